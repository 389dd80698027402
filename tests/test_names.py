# SPDX-License-Identifier: MIT
"""A name means one thing in the whole package: a public class or other type, and a public function of a module.

Somebody who searches for a name finds what it is, and nothing else. A function may have the same name in several
modules only if they have it for the same purpose, as every source has `poll`: `SHARED` lists these names.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
# What is said, and the command that says it.
ANNOUNCED = ("announcements/*.py", "commands/*.py")
# What is kept in the state directory.
STORES = (
    *("alerts/reminder_store.py", "announcements/store.py", "history/store.py", "run/earlier_documents.py"),
    *("run/publisher.py", "run/saved_state.py", "system/fallback_files.py"),
)
SAVED = (
    *("alerts/reminders.py", "announcements/written.py", "decision/*.py", "run/saved_monitors.py"),
    *("sources/backups_s3/saved_listing.py", "sources/kuma/readings.py"),
)
SHARED: dict[str, tuple[str, ...]] = {
    "accept": ("commands/*.py",),
    "begin": ANNOUNCED,
    "channel": ("alerts/*.py",),
    "checks": ("doctor/*.py",),
    "clear": ANNOUNCED,
    "configured": ("alerts/__init__.py", "publish/__init__.py", "sources/__init__.py"),
    "exit_status": ("doctor/__init__.py", "freshness.py"),
    "figures": ("sources/*/figures.py",),
    "find": ("announcements/*.py",),
    "from_json": SAVED,
    "main": ("cli.py", "demo/replay.py", "elytra.py", "start.py"),
    "poll": ("sources/*.py",),
    "read": STORES,
    # How a command describes itself.
    "register": ("commands/*.py",),
    "remove": ANNOUNCED,
    "render": ("documents/*.py",),
    "resolve": ANNOUNCED,
    "review": ANNOUNCED,
    # The command, and the job that it runs.
    "run": ("commands/run.py", "run/job.py"),
    # With questions, and without.
    "set_up": ("setup_assistant/*.py",),
    "show": ("commands/*.py",),
    "source": ("sources/backup_evidence/*.py",),
    "sources": ("sources/*.py",),
    "to_json": SAVED,
    "try_answers": ("setup_assistant/*.py",),
    "update": ANNOUNCED,
    "write": STORES,
}

Modules = Mapping[str, Sequence[str]]


def test_no_public_name_of_a_type_occurs_twice() -> None:
    found = places(types_of)
    assert len(found) > 120
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}


def test_types_have_names_by_class_and_by_assignment() -> None:
    module = ast.parse(
        """
class Step: pass
Rules = frozenset[tuple[str, str]]
Key: TypeAlias = str
Number = NewType("Number", int)
Row = NamedTuple("Row", [("key", str)])
Word = TypeVar("Word")
_Private = str
LIMIT, NYC3 = 3, "nyc3"
usual = 5
"""
    )
    assert list(types_of(module)) == ["Step", "Rules", "Key", "Number", "Row", "Word"]


def test_no_public_function_name_stands_for_two_things() -> None:
    found = places(functions_of)
    assert len(found) > 500
    assert list(ambiguous(found)) == []


def test_every_shared_name_is_shared() -> None:
    found = places(functions_of)
    assert [name for name in SHARED if len(found[name]) < 2] == []


def test_a_name_for_two_things_is_found() -> None:
    assert list(ambiguous({"host_of": ["leak_guard/terms.py", "net/hosts.py"]})) == [
        "host_of: leak_guard/terms.py, net/hosts.py"
    ]
    assert list(ambiguous({"poll": ["sources/gatus.py", "setup_assistant/polling.py"]})) == [
        "poll: sources/gatus.py, setup_assistant/polling.py"
    ]
    assert list(ambiguous({"poll": ["sources/gatus.py", "sources/kuma/uptime_kuma.py"], "ask": ["net/http.py"]})) == []


def types_of(module: ast.Module) -> Iterator[str]:
    """Yield the names of the public classes of a module, and of its aliases and other types that it assigns."""
    for statement in module.body:
        names = []
        if isinstance(statement, ast.ClassDef):
            names = [statement.name]
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if name[0].isupper() and not name.isupper())


def functions_of(module: ast.Module) -> Iterator[str]:
    """Yield the names of the public functions of a module."""
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef) and not statement.name.startswith("_"):
            yield statement.name


def places(names_of: Callable[[ast.Module], Iterator[str]]) -> Modules:
    """Return the modules that define each public name of a kind at their top level."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in names_of(ast.parse(path.read_text("utf-8"))):
            found[name].append(path.relative_to(PACKAGE).as_posix())
    return found


def ambiguous(found: Modules) -> Iterator[str]:
    """Yield each name that several modules define, unless they share it."""
    for name, modules in found.items():
        is_shared = all(any(fnmatchcase(one, pattern) for pattern in SHARED.get(name, ())) for one in modules)
        if len(modules) > 1 and not is_shared:
            yield f"{name}: {', '.join(modules)}"
