# SPDX-License-Identifier: MIT
"""A function that needs one or two settings is given these, not all settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
# A function that reads so many settings may take all of them.
MANY = 3
# Functions whose caller does not know which settings they need: another function of the same table needs more.
SHAPES = {
    "alerts/*.py:channel": "CHANNELS: a channel by mail needs nine",
    "run/private_terms.py:_whose_name": "_WHOSE: a host is compared with every setting that has an address",
    "sources/systemd_units.py:poll": "Source.poll: Uptime Kuma needs six",
    "sources/backup_evidence/*.py:_rules": "EvidenceKind.rules: what a kind needs is known to its module alone",
}
# Reads settings by names that it computes.
ALL = "*"


class Function(NamedTuple):
    """The settings that a function reads, and the functions that it hands all settings on to."""

    reads: frozenset[str]
    hands_on: tuple[str, ...]


def test_a_function_of_few_settings_is_given_their_values() -> None:
    found = list(takes_all(PACKAGE))
    assert [one for one in found if not any(fnmatchcase(one, shape) for shape in SHAPES)] == []
    assert [shape for shape in SHAPES if not any(fnmatchcase(one, shape) for one in found)] == [], "remove it"


def test_a_function_that_takes_all_settings_for_few_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "from functools import partial\n"
        "from elytra_status import other\n"
        "def one(settings: Settings): return settings.a\n"
        "def optional(given: Settings | None): return given.a + given.b\n"
        "def three(settings: Settings): return settings.a, settings.b, settings.c\n"
        "def hands_on_for_three(settings: Settings): return three(settings)\n"
        "def hands_on_for_one(settings: Settings): return one(settings)\n"
        "def hands_on_later(settings: Settings): return partial(one, settings)\n"
        "def adds_up(settings: Settings): return optional(settings), settings.c\n"
        "def elsewhere(settings: Settings): return other.few(settings)\n"
        "def by_name(settings: Settings): return getattr(settings, 'a')\n"
        "def value(a: str): return a\n",
        "utf-8",
    )
    (tmp_path / "other.py").write_text("def few(settings: Settings): return settings.d\n", "utf-8")
    few = ["one", "optional", "hands_on_for_one", "hands_on_later", "elsewhere"]
    assert list(takes_all(tmp_path)) == [*(f"module.py:{name}" for name in few), "other.py:few"]


def takes_all(package: Path) -> Iterator[str]:
    """Yield each function that reads few settings, also by those that it hands all settings on to."""
    functions = dict(functions_of(package))
    needs = {name: set(function.reads) for name, function in functions.items()}
    before: dict[str, set[str]] = {}
    while before != needs:
        before = {name: set(read) for name, read in needs.items()}
        for name, function in functions.items():
            needs[name].update(*(before.get(other, {ALL}) for other in function.hands_on))
    yield from (name for name, read in needs.items() if ALL not in read and len(read) < MANY)


def functions_of(package: Path) -> Iterator[tuple[str, Function]]:
    """Yield each function that takes all settings, by "module.py:name"."""
    for path in sorted(package.rglob("*.py")):
        module, tree = path.relative_to(package).as_posix(), ast.parse(path.read_text("utf-8"))
        names = dict(imported(package, tree))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                arguments = function.args
                for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                    if is_settings(one.annotation):
                        yield f"{module}:{function.name}", needs_of(function, one.arg, module, names)


def imported(package: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that a module imports from the package, and "module.py" or "module.py:name"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE.name:
            folder = "/".join((node.module or "").split(".")[1:])
            for alias in node.names:
                path = f"{folder}/{alias.name}".lstrip("/")
                yield alias.asname or alias.name, file_of(package, path) or f"{file_of(package, folder)}:{alias.name}"


def file_of(package: Path, path: str) -> str:
    """Return the file of a module or folder, '' if there is none."""
    return next((file for file in (f"{path}.py", f"{path}/__init__.py") if (package / file).exists()), "")


def is_settings(annotation: ast.expr | None) -> bool:
    """Whether an annotation names Settings."""
    return annotation is not None and "Settings" in ast.unparse(annotation).replace(".", " ").split()


def needs_of(function: ast.FunctionDef, name: str, module: str, names: dict[str, str]) -> Function:
    """Return what a function does with an argument that holds all settings."""
    nodes = list(ast.walk(function))
    reads = [one.attr for one in nodes if isinstance(one, ast.Attribute) and is_name(one.value, name)]
    hands_on = []
    for call in (one for one in nodes if isinstance(one, ast.Call)):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if count := sum(is_name(one, name) for one in given):
            called = call.args[0] if is_name(call.func, "partial") else call.func
            hands_on += [meant(called, module, names)] * count
    seen = len(reads) + len(hands_on)
    is_kept = seen < sum(is_name(one, name) for one in nodes)
    return Function(frozenset(reads) | ({ALL} if is_kept else set()), tuple(hands_on))


def meant(called: ast.expr, module: str, names: dict[str, str]) -> str:
    """Return "module.py:name" of a function that is called, ALL for any other expression."""
    if isinstance(called, ast.Name):
        return names.get(called.id, f"{module}:{called.id}")
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return f"{names.get(called.value.id, ALL)}:{called.attr}"
    return ALL


def is_name(node: ast.AST, name: str) -> bool:
    """Whether a node is a name."""
    return isinstance(node, ast.Name) and node.id == name
