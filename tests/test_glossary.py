# SPDX-License-Identifier: MIT
"""One term for one thing: no text, docstring, comment or test's name contains a word that the glossary replaces."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import pytest

TREE = Path(__file__).parent.parent


class Replaced(NamedTuple):
    """A pattern of what is not written, the term to write in its place, and an example that the pattern finds.

    `prose` is the pattern for docstrings and comments, where the word may be ordinary English: '' for none, None for
    the same pattern.
    """

    pattern: str
    term: str
    example: str
    prose: str | None = None


REPLACED = (
    Replaced(r"\bbeats?\b", "heartbeat, check", "two beats"),
    # A person looks at something, or into a problem. A letter looks like another, and an old copy looks fresh.
    Replaced(
        r"\blook(?:s|ed|ing)?\b(?! (?:at|into|like|fresh|old)\b|-alike)",
        "poll, check",
        "a second look",
        r"\b(?:second|earlier|last) look\b",
    ),
    # The assistant of setup and apt ask an administrator for something, or ask nothing.
    Replaced(
        r"(?<!setup )(?<!setup` )(?<!-)\bask(?:s|ed|ing)?\b(?! for\b| nothing\b| no question)",
        "query, poll",
        "the source is asked",
        r"\b(?:sources?|servers?|storage|system|Kuma|Prometheus) (?:is|are|was|were) asked\b|\basked again\b",
    ),
    # A secret, a name and a text have words. A status is none.
    Replaced(
        r"\b(?:fifth|server's|last) word\b|\bword for\b|\bword that (?:it|a reader)\b",
        "status",
        "a fifth word",
        r"\bfifth word\b",
    ),
    Replaced(r"\bl(?:ies|ie|ay|ying) beside\b", "documents, publication", "all that lies beside"),
    # One thing takes the place of another, or is put in its place.
    Replaced(
        r"(?<!in )(?<!take the )(?<!takes the )(?<!in its )\bplaces?\b", "target, position", "published to a place", ""
    ),
    Replaced(r"\b(?:tell|tells|telling|told)\b", "notify, show, say", "nobody is told"),
    # A run is under way, imports run one way, and an administrator does something in a way.
    Replaced(
        r"(?<!under )(?<!one )(?<!half-)(?<!the same )(?<!in this )(?<!in that )(?<!another )\bway\b(?! out\b)"
        r"|\bways\b(?! out\b)|\banother way, in\b",
        "channel",
        "no way to send alerts",
        "",
    ),
    # A program uses memory. BACKUP_LISTING has the value remembered.
    Replaced(
        r"(?<![=`|])\bremember\w*\b(?!:)|\b(?:the|from|no) memory\b",
        "saved state",
        "what is remembered",
        r"\bremember\w*",
    ),
    Replaced(r"\bsums?\b", "rollup", "daily sums", r"\b(?:daily|hourly) sums\b"),
    # Saved state of earlier releases holds this.
    Replaced(
        r"(?!\Acut off\Z)\bcut off\b|\bdoubt\w*", "isolated", "Uptime Kuma is cut off", r"\bcut off from\b|\bdoubt\w*"
    ),
    Replaced(
        r"\bvanish\w*|\bgone\b|\bknown (?:monitor|group)s?\b", "missing", "known monitors", r"\bvanish\w*|\bgone\b"
    ),
    # A directory is called share. Two publishers share a lease.
    Replaced(
        r"(?<!/)\bshares?\b(?!/| a lease\b| no code\b| one\b)",
        "ratio, percentage",
        "a share of the monitors",
        r"\b(?:a|the|this|least) share\b",
    ),
    # Ordinary sentences hold "time" and "ends". The time of a request that has ended is a timeout.
    Replaced(r"\btime (?:is|was) (?:up|over)\b|\b(?:its|whose) time ends\b", "timeout, deadline", "its time is up"),
    # "There is none" says that something is missing.
    Replaced(
        r"(?<!there )\b(?:is|are|was|were) none\b|\bsomething else\b",
        "invalid, malformed",
        "what is none",
        r"\bwhat is none\b|\bsomething else\b",
    ),
    Replaced(r"\bfault in elytra-status\b", "internal error", "a fault in elytra-status"),
    Replaced(
        r"\b(?:cannot|could not|can not) be asked\b|\bg(?:ive|ives|ave|iving) no answer\b|\bno answer from\b",
        "unreachable, refused, timed out",
        "the server gives no answer",
    ),
    # systemd has services.
    Replaced(
        r"\bthe service (?:says|answers|refuse[sd]|named)\b",
        "storage",
        "the service refused the key",
        r"\bthe service (?:refuse[sd]|named)\b",
    ),
)

# Phrases in names of tests that are ordinary English.
ORDINARY = re.compile(r"\b(?:in|takes?|are put in) (?:(?:the|its) )?place\b|\b(?:gives|under) way\b|\bwith ways? out\b")


def areas() -> dict[str, Callable[[], Iterator[tuple[str, str]]]]:
    """Return what people read, by area: a function that yields each text with where it stands."""
    documents = [*TREE.glob("*.md"), *TREE.glob("docs/*.md"), *TREE.glob("docs/examples/*"), *TREE.glob("systemd/*"),
                 TREE / "web/README.md", TREE / "debian/NEWS", TREE / "debian/changelog"]  # fmt: skip
    # Debian's package is built, and tested, without web/.
    return {str(path.relative_to(TREE)): partial(paragraphs, path) for path in documents if path.is_file()} | {
        "messages": messages,
        "manual pages": partial(literals, TREE / "tools/manual.py"),
        "schema": descriptions,
        "scripts of the page": texts_of_scripts,
    }


def messages() -> Iterator[tuple[str, str]]:
    """Yield the texts of the package."""
    for path in sorted(TREE.glob("elytra_status/**/*.py")):
        yield from literals(path)


def descriptions() -> Iterator[tuple[str, str]]:
    """Yield the descriptions in the schema."""
    schema = (TREE / "schema/status.schema.json").read_text("utf-8")
    for text in re.findall(r'"description": "([^"]*)"', schema):
        yield "schema", text


def texts_of_scripts() -> Iterator[tuple[str, str]]:
    """Yield the texts in the scripts of the page."""
    for path in TREE.glob("elytra_status/documents/assets/*.js"):
        for text in re.findall(r"[\"`]([A-Z][^\"`\n]* [^\"`\n]*)[\"`]", path.read_text("utf-8")):
            yield str(path.relative_to(TREE)), text


def paragraphs(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs of a file: a phrase may go on in the next line. The glossary itself is left out."""
    line = 1
    for text in re.split(r"\n(?=\s*\n)", path.read_text("utf-8")):
        if not text.lstrip().startswith("| use | for | not |"):
            yield f"{path.relative_to(TREE)}:{line}", text
        line += text.count("\n") + 1


def literals(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the strings of a module that hold a space and are neither docstrings nor SQL: its texts."""
    module = ast.parse(path.read_text("utf-8"))
    parts = {id(part) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in node.values}
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | docstrings:
            text = node.value
        else:
            continue
        if " " in text.strip() and not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|WITH|PRAGMA)\b", text):
            yield f"{path.relative_to(TREE)}:{node.lineno}", text


def prose(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the docstrings and comments of a module, without names and quotes of code."""
    source = path.read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            yield f"{path.relative_to(TREE)}:{getattr(node, 'lineno', 1)}", re.sub(r"`[^`]*`|\"[^\"]*\"", "…", text)
    lines: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            before = lines.pop(line - 1, "")
            lines[line] = f"{before} {token.string.lstrip('# ')}"
    for line, text in lines.items():
        yield f"{path.relative_to(TREE)}:{line}", re.sub(r"`[^`]*`|\"[^\"]*\"", "…", text)


def names_of_tests(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the names of a module's test functions and fixtures, with spaces for underscores.

    Ordinary phrases are left out.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
            node.name.startswith("test_") or any("fixture" in ast.unparse(each) for each in node.decorator_list)
        ):
            yield f"{path.relative_to(TREE)}:{node.lineno}", ORDINARY.sub("…", node.name.replace("_", " "))


def names_of_code(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the names that a module gives to functions, classes, arguments and variables."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                yield f"{path.relative_to(TREE)}:{node.lineno}", name.strip("_").replace("_", " ")


def replaced_words(
    texts: list[tuple[str, str]], words: Sequence[Replaced] = REPLACED, *, in_prose: bool = False
) -> list[str]:
    """Return each use of a word that the glossary replaces: where, in what, and the term to write."""
    found = []
    for where, text in texts:
        flat = " ".join(text.split())
        for word in words:
            pattern = word.pattern if word.prose is None or not in_prose else word.prose
            for match in re.finditer(pattern, flat, re.IGNORECASE) if pattern else ():
                around = flat[max(0, match.start() - 40) : match.end() + 40]
                found.append(f"{where}: …{around}… Write: {word.term}.")
    return found


AREAS = areas()


@cache
def texts_of(area: str) -> list[tuple[str, str]]:
    """Return the texts of an area. Reading all of them takes a second, which not every process needs."""
    return list(AREAS[area]())


# This module quotes the words.
MODULES = [
    path
    for folder in ("elytra_status", "tools", "tests")
    for path in sorted(TREE.glob(f"{folder}/**/*.py"))
    if path != Path(__file__)
]
# What names in code do not hold. A group has a way out, work is under way, and a figure gives way to another one. An
# object is written in place of a version, and characters look alike. The assistant of setup asks.
NOT_IN_CODE = re.compile(
    r"\b(?:beats?|looks?(?! alike)|looked|asked|tells?|told|places?(?! of\b)|ways?(?! out\b)(?<!under way)(?<!give way)"
    r"|gone|vanished|doubt\w*)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("area", AREAS)
def test_texts_hold_no_word_that_the_glossary_replaces(area: str) -> None:
    assert replaced_words(texts_of(area)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(TREE)))
def test_docstrings_and_comments_hold_no_word_that_the_glossary_replaces(path: Path) -> None:
    assert replaced_words(list(prose(path)), in_prose=True) == []


@pytest.mark.parametrize("path", sorted(TREE.glob("tests/**/*.py")), ids=lambda path: str(path.relative_to(TREE)))
def test_names_of_tests_hold_no_word_that_the_glossary_replaces(path: Path) -> None:
    assert replaced_words(list(names_of_tests(path))) == []


@pytest.mark.parametrize(
    "path", sorted(TREE.glob("elytra_status/**/*.py")), ids=lambda path: str(path.relative_to(TREE))
)
def test_names_in_code_hold_no_word_that_the_glossary_replaces(path: Path) -> None:
    assert [(where, name) for where, name in names_of_code(path) if NOT_IN_CODE.search(name)] == []


@pytest.mark.parametrize("name", ["_look", "Place", "saved place", "way", "was told", "ASKED", "two beats"])
def test_a_replaced_word_in_a_name_is_found(name: str) -> None:
    assert NOT_IN_CODE.search(name.strip("_"))


@pytest.mark.parametrize("name", ["way out", "with ways out", "under way", "only in place of", "look alike", "placed"])
def test_an_ordinary_name_is_not_found(name: str) -> None:
    assert not NOT_IN_CODE.search(name)


@pytest.mark.parametrize("word", REPLACED, ids=lambda word: word.example)
def test_a_replaced_word_is_found(word: Replaced) -> None:
    assert len(replaced_words([("somewhere", f"This is {word.example}, as it\n    stands.")])) == 1


def test_docstrings_and_comments_are_read() -> None:
    module = Path(__file__)
    texts = dict(prose(module))
    assert any("Yield the docstrings and comments" in text for text in texts.values())
    assert any("A person looks at something" in text and "an old copy looks fresh" in text for text in texts.values())
    assert replaced_words([("somewhere", "The sources are asked again. Nothing is remembered.")], in_prose=True) != []
    assert replaced_words([("somewhere", "A sum is cut off in one place, in a way.")], in_prose=True) == []


def test_names_of_tests_and_fixtures_are_read() -> None:
    names = [name for path in (Path(__file__), TREE / "tests/conftest.py") for _, name in names_of_tests(path)]
    assert {"test names of tests and fixtures are read", "make settings"} <= set(names)
    assert replaced_words([("somewhere", "test evidence in another place")]) != []


@pytest.mark.parametrize(
    "sentence",
    [
        "Look at the journal. Cyrillic look-alike letters count.",
        "elytra-status setup asks for the settings. --answers FILE asks nothing.",
        "It counts as a whole word. The last one takes the place of the first, in place of the status.",
        "Another run is under way. There are two ways out.",
        "A run needs 70 MB of memory. If there is none, the heartbeat and the checksum are in /usr/share/doc.",
        "The timeout ends. The time of the last backup is not known. The service has started.",
    ],
)
def test_ordinary_sentences_are_not_found(sentence: str) -> None:
    assert replaced_words([("somewhere", sentence)]) == []
