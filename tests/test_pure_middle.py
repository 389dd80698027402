# SPDX-License-Identifier: MIT
"""decision/, documents/ and leak_guard/ are pure: the same facts and the same clock give the same bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
PURE = sorted(path for folder in ("decision", "documents", "leak_guard") for path in (PACKAGE / folder).glob("*.py"))
# Modules that read a file, a clock, the network or the settings of a process.
IMPURE_MODULES = {"http", "os", "pathlib", "random", "requests", "socket", "sqlite3", "subprocess", "threading", "time"}
IMPURE_PARTS = {"alerts", "commands", "doctor", "history", "net", "publish", "run", "settings", "sources"}
IMPURE_SYSTEM = {"files", "journal", "process", "systemd"}
IMPURE_NAMES = {"open", "print", "input", "SystemClock"}
IMPURE_CALLS = {"now", "today", "utcnow", "monotonic", "read_bytes", "read_text", "write_bytes", "write_text"}
# What is pure in a part that is not: a text, and how a value is written in a settings file.
PURE_NAMES = {
    "elytra_status.settings.definitions.DEFAULT_INCIDENT_TEXT",
    "elytra_status.settings.file.quoted",
}
# The lists of shapes and names of the package, read once in a process, and inet_aton(), which only converts.
EXCEPTIONS = {"leak_guard/lists.py": ["read_text"], "leak_guard/addresses.py": ["socket"]}
# The scripts and styles of the package, read when it is imported.
READS_ASSETS = ("documents/appearance.py", "_without_comments")
EXCEPTIONS[READS_ASSETS[0]] = ["read_text"]


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the full names of what a statement imports."""
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{name.name}" for name in node.names)


def is_impure(name: str) -> bool:
    first, *rest = name.split(".")
    if first != "elytra_status":
        return first in IMPURE_MODULES
    return (rest[0] in IMPURE_PARTS and name not in PURE_NAMES) or (
        rest[0] == "system" and bool(IMPURE_SYSTEM & set(rest))
    )


def impurities(path: Path) -> list[str]:
    """Return what a module does that a pure function must not do."""
    tree = ast.parse(path.read_text("utf-8"))
    found = [name for node in ast.walk(tree) for name in imported(node) if is_impure(name)]
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found += [one.id for one in calls if isinstance(one, ast.Name) and one.id in IMPURE_NAMES]
    found += [one.attr for one in calls if isinstance(one, ast.Attribute) and one.attr in IMPURE_CALLS]
    return found


@pytest.mark.parametrize("path", PURE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_module_of_the_middle_is_pure(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    assert impurities(path) == EXCEPTIONS.get(name, [])


def test_assets_are_read_when_the_package_is_imported_and_never_later() -> None:
    tree = ast.parse((PACKAGE / READS_ASSETS[0]).read_text("utf-8"))
    callers = [
        statement
        for statement in tree.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == READS_ASSETS[1]
    ]
    assert [type(one) for one in callers] == [ast.Assign]


def test_the_check_finds_what_is_not_pure(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "import os.path\nfrom elytra_status.system import clock, files\nfrom elytra_status.run.job import run\n"
        "from elytra_status.settings import Settings\nfrom elytra_status.settings.file import quoted\n"
        "now = datetime.now()\nwith open('file'):\n    pass\n"
    )
    assert impurities(module) == [
        "os.path", "elytra_status.system.files", "elytra_status.run.job.run", "elytra_status.settings.Settings",
        "open", "now",
    ]  # fmt: skip


# Functions that judge by a rule. Their results are in the decision.
JUDGING = {"bad_since", "changes", "decide", "headline_code", "is_flapping", "judge_all", "judge_groups"}
READERS = ("alerts", "documents", "run/explanation.py", "run/summary.py")


@pytest.mark.parametrize("where", READERS)
def test_nothing_is_judged_again_after_the_decision(where: str) -> None:
    paths = [PACKAGE / where] if where.endswith(".py") else (PACKAGE / where).glob("*.py")
    names = {name for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in imported(node)}
    judging = {name for name in names if name.startswith("elytra_status.decision.") and name.split(".")[-1] in JUDGING}
    assert judging == set()
