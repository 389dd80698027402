# SPDX-License-Identifier: MIT
"""Problem, remedy and subject are values: nothing recovers one of them from prose, and nothing guesses a command."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from elytra_status.errors import AsTyped, message
from elytra_status.problem import Problem, SettingsProblem
from tests.labels import sentences_with_two_labels

PACKAGE = Path(__file__).parent.parent / "elytra_status"
# What holds sentences for people: names of variables and attributes, in the singular.
PROSE = {"evidence", "fault", "message", "problem", "reason", "remedy", "seen", "sentence", "warning", "words"}
PARSING = {
    *("endswith", "find", "index", "partition", "removeprefix", "removesuffix", "replace", "rpartition", "rsplit"),
    *("split", "splitlines", "startswith"),
}
MATCHING = {"findall", "finditer", "fullmatch", "match", "search", "split", "sub"}
# Commands that a remedy may begin with. Printed as a sentence, they would begin with a capital.
COMMANDS = ("apt", "chmod", "chown", "dpkg", "elytra-status", "install -m", "journalctl", "mkdir", "sudo", "systemctl")
# Errors and problems that are printed behind the name of their source, server, setting or file.
BEHIND_A_NAME = (
    *("DeadlineExceededError", "FetchError", "InvalidValueError", "LogoError", "NoAnswerError", "Problem"),
    *("ReportProblem", "SettingsProblem", "SourceError", "VisitorFault"),
)
# Whose text is that of another program.
OF_OTHERS = {
    "sources/prometheus/api.py": "Prometheus documents how annotations of its answers begin",
}


def is_prose(node: ast.expr) -> bool:
    """Whether an expression is a variable or an attribute that holds a sentence, or several."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str":
        return len(node.args) == 1 and is_prose(node.args[0])
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.strip("_") in PROSE | {f"{word}s" for word in PROSE}


def parsed(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each line that takes a sentence to pieces, or searches it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            is_parsed = name in PARSING and is_prose(node.func.value)
            is_parsed = is_parsed and not has_fields(node) and not is_full_stop(node)
            if is_parsed or (name in MATCHING and any(map(is_prose, node.args))):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Compare) and any(isinstance(one, ast.In | ast.NotIn) for one in node.ops):
            left = node.left
            is_text = isinstance(left, ast.JoinedStr) or (
                isinstance(left, ast.Constant) and isinstance(left.value, str)
            )
            if is_text and any(map(is_prose, node.comparators)):
                yield node.lineno, ast.unparse(node)


def has_fields(call: ast.Call) -> bool:
    """Whether `replace` gives a value other fields, as dataclasses and datetime do."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "replace" and bool(call.keywords)


def is_full_stop(call: ast.Call) -> bool:
    """Whether a call concerns the full stop of a sentence alone, which is no part of what it says."""
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == "."


def text_of(node: ast.expr) -> str:
    """Return a string, with … for each value in it; '' if the expression is none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def labelled_twice(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each problem with a label of its own that is printed behind a name.

    Of other texts, yield those in which one sentence strings two labels of values.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BEHIND_A_NAME:
            if node.args and ": " in (text := text_of(node.args[0])):
                yield node.lineno, text
        elif isinstance(node, ast.JoinedStr) and re.search(r"…: (?:[^.;]* )?…: ", text := text_of(node)):
            yield node.lineno, text


def test_no_message_has_two_labels() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        lines = labelled_twice(ast.parse(path.read_text("utf-8")))
        found += [f"{path.relative_to(PACKAGE)}:{line}: {text}" for line, text in lines]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'SourceError(f"{what}: {error.problem}", remedy)',
        'FetchError(f"is unreachable: {cause}", remedy)',
        'Problem(f"cannot be read: {cause}", remedy, file)',
        'words = f"{where}: {problem}: do it once"',
        'words = f"{name}: the file {path}: {problem}"',
    ],
)
def test_a_message_with_two_labels_is_found(line: str) -> None:
    assert list(labelled_twice(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        'SourceError(f"{problem} (in {what})", remedy)',
        'words = f"{where}: {problem}. Try: {command}"',
        'words = f"{where}: {problem}"',
    ],
)
def test_a_message_with_one_label_is_not_found(line: str) -> None:
    assert list(labelled_twice(ast.parse(line))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("outage: 1 of 3 monitors down: kuma:3; published", ["outage: 1 of 3 monitors down: kuma:3"]),
        ("kuma is unavailable: it timed out. Try: elytra-status doctor", []),
        ("state: /x/y cannot be read (No such file: /x/y)", []),
        ('notified by smtp: "[elytra-status] web1: there is an outage"', []),
        ("the machine's clock is wrong: it is behind the server's", []),
        ("a: the monitor's state: down, the others' states", ["a: the monitor's state: down, the others' states"]),
    ],
)
def test_labels_of_joined_messages(text: str, found: list[str]) -> None:
    """The whole suite holds the lines of the journal to this: see `one_label` in conftest.py."""
    assert sentences_with_two_labels(text) == found


def test_no_sentence_is_taken_to_pieces() -> None:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = str(path.relative_to(PACKAGE))
        if lines := [f"{name}:{line}: {text}" for line, text in parsed(ast.parse(path.read_text("utf-8")))]:
            found[name] = lines
    assert [line for name, lines in found.items() if name not in OF_OTHERS for line in lines] == []


@pytest.mark.parametrize(
    "line",
    [
        'seen, _, remedy = words.partition(". ")',
        'remedy.startswith("It is ignored")',
        'error.problem.endswith(")")',
        'str(warning).rpartition(": ")',
        're.findall(r"[A-Z]+", words)',
        '"not a setting" in problem.remedy',
        '"heartbeat" in monitor.evidence',
    ],
)
def test_a_sentence_that_is_taken_to_pieces_is_found(line: str) -> None:
    assert len(list(parsed(ast.parse(line)))) == 1


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the remedies of a module that stand in it as a text: of errors, problems and messages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function == "message" or function.endswith(("Error", "Problem")):
                given = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "remedy")]
                yield from ((one.lineno, beginning(one)) for one in given)


def beginning(node: ast.expr) -> str:
    """Return how a text in the source begins; empty for anything else."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def test_a_remedy_that_begins_with_a_command_is_marked_as_typed() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        every = texts(ast.parse(path.read_text("utf-8")))
        found += [f"{path.relative_to(PACKAGE)}:{line}: {text}" for line, text in every if text.startswith(COMMANDS)]
    assert found == []
    (seen,) = texts(ast.parse('UsageError("x", f"sudo elytra-status {command}")'))
    assert seen == (1, "sudo elytra-status ")


def test_a_message_changes_no_command() -> None:
    assert message("is masked", AsTyped("systemctl unmask a.timer"), "a.timer") == (
        "a.timer: is masked. systemctl unmask a.timer"
    )
    assert message("is masked", "unmask it", "a.timer") == "a.timer: is masked. Unmask it."


def test_a_problem_of_the_settings_names_its_setting_apart_from_its_words() -> None:
    problem = SettingsProblem("LOG_LEVEL is wrong", "Write info", "file:1", setting="LOG_LEVEL")
    assert str(problem) == "file:1: LOG_LEVEL is wrong. Write info."
    assert problem.seen == "file:1: LOG_LEVEL is wrong"
    assert isinstance(problem, Problem)
