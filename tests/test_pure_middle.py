# SPDX-License-Identifier: MIT
"""decision/ and documents/ are pure: the same facts and the same clock give the same bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
PURE = sorted(path for folder in ("decision", "documents") for path in (PACKAGE / folder).glob("*.py"))
# Modules that read a file, a clock, the network or the settings of a process.
IMPURE_MODULES = {"http", "os", "pathlib", "random", "requests", "socket", "sqlite3", "subprocess", "threading", "time"}
IMPURE_PARTS = {"alerts", "commands", "doctor", "history", "net", "publish", "run", "sources"}
IMPURE_SYSTEM = {"files", "journal", "process", "systemd"}
IMPURE_NAMES = {"open", "print", "input", "SystemClock"}
IMPURE_CALLS = {"now", "today", "utcnow", "monotonic", "read_bytes", "read_text", "write_bytes", "write_text"}
# The scripts and styles of the package, read when it is imported.
READS_ASSETS = ("appearance.py", "_without_comments")


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
    return rest[0] in IMPURE_PARTS or (rest[0] == "system" and bool(IMPURE_SYSTEM & set(rest)))


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
    assert impurities(path) == (["read_text"] if path.name == READS_ASSETS[0] else [])


def test_assets_are_read_when_the_package_is_imported_and_never_later() -> None:
    tree = ast.parse((PACKAGE / "documents" / READS_ASSETS[0]).read_text("utf-8"))
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
        "now = datetime.now()\nwith open('file'):\n    pass\n"
    )
    assert impurities(module) == ["os.path", "elytra_status.system.files", "elytra_status.run.job.run", "open", "now"]
