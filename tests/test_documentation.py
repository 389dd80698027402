# SPDX-License-Identifier: MIT
"""The README and the guides agree with the program."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status import LANGUAGE_CODES
from elytra_status.cli import build_parser
from elytra_status.documents import history_json, render_all
from elytra_status.documents.statuspage_components import WORDS
from elytra_status.errors import EXIT_STATUSES
from elytra_status.settings.definitions import DEFINITIONS, DOCUMENTS
from elytra_status.settings.keys import find_key
from tests.published import published
from tests.test_glossary import replaced_words, texts_of

TREE = Path(__file__).parent.parent
README = (TREE / "README.md").read_text("utf-8")
GUIDES = {path.relative_to(TREE): path.read_text("utf-8") for path in (*TREE.glob("*.md"), *TREE.glob("docs/*.md"))}
RUNBOOK = (TREE / "docs" / "runbook.md").read_text("utf-8")
ALL = "\n".join(GUIDES.values())
# A field of the journal, a variable of systemd, and the variables of make deb and make repo.
OTHERS = {"ELYTRA_STATUS_EVENT", "EXIT_STATUS", "DEB_BUILD_OPTIONS", "REPOSITORY_KEY", "REPOSITORY_URL"}
# A variable of the website.
OTHERS |= {"STATUS_REVALIDATE_SECRET"}
# Variables of the environment that name a proxy.
OTHERS |= {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"}


def test_the_exit_statuses_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE))
    assert rows == {str(status): meaning for status, meaning in EXIT_STATUSES.items()}


def test_the_readme_is_short() -> None:
    assert README.count("\n") <= 150


def test_each_decision_takes_five_lines() -> None:
    heading, *decisions = (TREE / "docs/decisions.md").read_text("utf-8").split("\n## ")
    assert heading
    lines = {one.partition("\n")[0]: one.strip().split("\n")[2:] for one in decisions}
    assert [title for title, body in lines.items() if len(body) > 5 or "" in body or max(map(len, body)) > 120] == []


def test_every_setting_that_is_named_exists() -> None:
    shown = set(re.findall(r"^ +([A-Z_]+)=", ALL, re.MULTILINE)) | set(re.findall(r"`([A-Z]+_[A-Z_]+)[=`]", ALL))
    assert len(shown) > 50
    assert not [name for name in shown if find_key(name) is None and name not in OTHERS]


def test_every_setting_is_listed_in_its_section() -> None:
    guide = (TREE / "docs" / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| (.+) \|$", guide.partition("## All settings")[2], re.MULTILINE)
    sections: dict[str, list[str]] = {}
    for definition in DEFINITIONS:
        sections.setdefault(definition.section or [*sections][-1], []).append(f"`{definition.name}`")
    assert rows[1:] == [(section, ", ".join(names)) for section, names in sections.items()]


def test_every_language_is_named() -> None:
    guide = (TREE / "docs" / "documents.md").read_text("utf-8")
    *others, last = (f"`{code}`" for code in LANGUAGE_CODES)
    assert f"notifications: {', '.join(others)} or {last} |" in guide


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_a_command_with_an_acl_says_when_to_leave_it_out(guide: Path) -> None:
    for section in GUIDES[guide].split("\n## "):
        if re.search("^ +aws .*--acl", section, re.MULTILINE):
            assert "leave out `--acl public-read` where" in " ".join(section.split()).replace("Leave", "leave")


def test_every_command_is_named() -> None:
    (commands,) = (action for action in build_parser()._actions if action.dest == "command")
    assert commands.choices
    for command in commands.choices:
        assert f"| `{command}" in README


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", ALL, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("path", GUIDES, ids=str)
def test_links_lead_to_what_is_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", GUIDES[path]):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        if name.removeprefix("../").startswith("web/") and not (TREE / "web").exists():
            continue  # Debian's package is built, and tested, without the parts for a site.
        file = (TREE / path).parent / name if name else TREE / path
        assert file.exists(), target
        headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in map(anchor_of, headings), target


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading in rendered Markdown."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", GUIDES, ids=str)
def test_the_command_lines_are_understood(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = build_parser()
    for line in re.findall(r"^ {4}elytra-status ([a-z-].*)$", GUIDES[path], re.MULTILINE):
        words = shlex.split(line.partition(" > ")[0].partition(" | ")[0], comments=True)
        try:
            parser.parse_args(words)
        except SystemExit:
            pytest.fail(f"elytra-status {line}\n{capsys.readouterr().err}")


def test_the_messages_in_the_runbook_are_those_of_the_program() -> None:
    texts = [" ".join(text.split()) for _, text in (*texts_of("messages"), *texts_of("scripts of the page"))]
    quoted = re.findall(r'"([^"\n]+(?:\n[^"\n]+)?)"', re.sub(r"`[^`]*`|^ {4}.*$", "", RUNBOOK, flags=re.MULTILINE))
    assert len(quoted) > 40
    patterns = {text: ".*".join(map(re.escape, re.split(r"\s*…\s*", " ".join(text.split())))) for text in quoted}
    assert [text for text, pattern in patterns.items() if not any(re.search(pattern, said) for said in texts)] == []


@pytest.mark.parametrize("guide", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_files_that_a_guide_to_the_code_names_exist(guide: str) -> None:
    named = set(re.findall(r"`([\w./-]+(?:\.py|/))`", GUIDES[Path(guide)]))
    named = {name for name in named if "NAME" not in name and not name.startswith(("dist/", "web/"))}
    files = ["/" + path.relative_to(TREE).as_posix() for top in ("elytra_status", "tests", "tools") for path in
             (TREE / top).rglob("*")]  # fmt: skip
    missing = [name for name in named if not (TREE / name).exists()
               and not any(file.endswith("/" + name.rstrip("/")) for file in files)]  # fmt: skip
    assert len(named) > 20
    assert missing == []


def test_the_lists_to_which_a_newcomer_adds_exist() -> None:
    steps = re.findall(r"`(elytra_status/[\w/]+\.py)`:\s+add\s[^`.]*to\s`([A-Z_]+)`", GUIDES[Path("CONTRIBUTING.md")])
    assert len(steps) == 6
    assert [step for step in steps if f"\n{step[1]}" not in (TREE / step[0]).read_text("utf-8")] == []


def test_the_glossary_of_the_guide_is_the_one_that_is_tested() -> None:
    table = GUIDES[Path("CONTRIBUTING.md")].partition("| use | for | not |\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|–]+) \|$", table, re.MULTILINE)
    words = {word.strip() for row in rows for word in row.split(",")}
    assert len(words) > 20
    # Ordinary sentences contain these too: the test finds them in a phrase that has the meaning of the table.
    words -= {"time", "ends", "known", "word", "the service"}
    assert [word for word in words if not replaced_words([("guide", f"the {word} of it")])] == []


def test_every_document_is_described() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "documents.md").read_text("utf-8")
    for document in render_all(published(), DOCUMENTS):
        name = re.sub(r"^api/v2/(.*)\.json$", r"\1", document.name)
        name = re.sub(r"^components/.*(?=\.)", "components/NAME", name)
        name = re.sub(r"\d{4}-\d{2}-\d{2}-\d+", "ID", re.sub(r"\d{4}-\d{2}\.", "YEAR-MONTH.", name))
        name = re.sub(r"^components/[^.]*", "components/NAME", name)
        assert f"`{name}`" in guide, document.name
    for appearance, (indicator, component) in WORDS.items():
        assert re.search(f"\\| `?{appearance}`? \\| `{indicator}` \\| `{component}`", guide)


def test_the_documents_that_each_run_writes_are_those_with_its_time() -> None:
    guide = (TREE / "docs" / "documents.md").read_text("utf-8")
    listed = re.search(r"Each run writes (.*?), which carry the time of the\s+run;", guide, re.DOTALL)
    assert listed
    now = replace(published(), updated=published().now)
    this, next_one = (
        {one.name: one.body for one in render_all(run, DOCUMENTS) if not one.local and not one.kept}
        for run in (now, replace(now, now=now.now + timedelta(minutes=10)))
    )
    changed = {name for name in this if this[name] != next_one[name]}
    not_over = {"incidents/2025-11-09-1.html", "incidents/2025-11-10-1.html"}
    assert changed == set(re.findall(r"`(.*?)`", listed[1])) | not_over


def test_every_field_of_the_history_is_described() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "documents.md").read_text("utf-8")
    (document,) = history_json.render(published())
    fields = set(re.findall(r'"(\w+)":', document.body.decode())) - {
        "schema_version",
        "last_24h",
        "last_7d",
        "last_30d",
    }
    assert not [field for field in fields if not re.search(rf"[`.\]]{field}\b", guide)]
