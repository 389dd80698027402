# SPDX-License-Identifier: MIT
"""A name means one thing in the whole package: a public class, and a public function of a module.

Somebody who searches for a name finds what it is, and nothing else. A function may have the same name in several
modules only if they have it for the same purpose, as every source has `poll`: `SHARED` lists these names.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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


def test_no_public_class_name_occurs_twice() -> None:
    found = places(ast.ClassDef)
    assert len(found) > 100
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}


def test_no_public_function_name_stands_for_two_things() -> None:
    found = places(ast.FunctionDef)
    assert len(found) > 500
    assert list(ambiguous(found)) == []


def test_every_shared_name_is_shared() -> None:
    found = places(ast.FunctionDef)
    assert [name for name in SHARED if len(found[name]) < 2] == []


def test_a_name_for_two_things_is_found() -> None:
    assert list(ambiguous({"host_of": ["leak_guard/terms.py", "net/hosts.py"]})) == [
        "host_of: leak_guard/terms.py, net/hosts.py"
    ]
    assert list(ambiguous({"poll": ["sources/gatus.py", "setup_assistant/polling.py"]})) == [
        "poll: sources/gatus.py, setup_assistant/polling.py"
    ]
    assert list(ambiguous({"poll": ["sources/gatus.py", "sources/kuma/uptime_kuma.py"], "ask": ["net/http.py"]})) == []


def places(kind: type[ast.ClassDef | ast.FunctionDef]) -> Modules:
    """Return the modules that define each public name of a kind at their top level."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for statement in ast.parse(path.read_text("utf-8")).body:
            if isinstance(statement, kind) and not statement.name.startswith("_"):
                found[statement.name].append(path.relative_to(PACKAGE).as_posix())
    return found


def ambiguous(found: Modules) -> Iterator[str]:
    """Yield each name that several modules define, unless they share it."""
    for name, modules in found.items():
        is_shared = all(any(fnmatchcase(one, pattern) for pattern in SHARED.get(name, ())) for one in modules)
        if len(modules) > 1 and not is_shared:
            yield f"{name}: {', '.join(modules)}"
