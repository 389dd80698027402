# SPDX-License-Identifier: MIT
"""The layers of docs/architecture.md: imports have one direction, for typing too."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "elytra_status"
# From the top to the bottom. A module imports from its own layer and from those below.
LAYERS = (
    ("__main__", "start", "cli", "elytra"),
    ("commands",),
    ("setup_assistant", "demo"),
    ("run", "freshness", "site_revalidation", "doctor", "alerts"),
    ("documents", "leak_guard", "publish", "sources"),
    ("decision", "history", "announcements"),
    ("settings",),
    ("locale", "net", "schema", "system"),
    ("model", "problem", "errors", "secret", "__init__"),
)
MOST_AT_THE_TOP = 10
# A function is shorter than this.
MOST_LINES = 50

Graph = Mapping[str, set[str]]


def name_of(path: Path) -> str:
    """Return the name of a module below the package: `net.http`; a package is `net.__init__`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


@cache
def trees() -> Mapping[str, ast.Module]:
    """Return the syntax tree of each module of the package. It takes a second, which not every process needs."""
    return {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(tree: ast.Module) -> set[str]:
    """Return the modules of the package that a module imports, in functions and for typing too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import is absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    below = [name.partition(".")[2] for name in found if name.partition(".")[0] == PACKAGE.name]
    return {target for name in below if (target := module_of(name))}


def module_of(name: str) -> str:
    """Return the module in which an imported name is: the module itself, or the one that defines the name."""
    for candidate in (name, name.rpartition(".")[0]):
        for module in (candidate, f"{candidate}.__init__".lstrip(".")):
            if module in trees():
                return module
    raise AssertionError(f"elytra_status.{name} is no module, and in none")


@cache
def imports() -> Graph:
    """Return which module of the package imports which others."""
    return {module: imports_of(tree) - {module} for module, tree in trees().items()}


def folder(module: str) -> str:
    """Return the folder, or the module at the top level."""
    return module.partition(".")[0]


def circles(graph: Graph) -> list[set[str]]:
    """Return each set of nodes of which every one leads to every other."""
    reached = {node: reachable(graph, node) for node in graph}
    found = []
    for node in graph:
        if node in reached[node] and not any(node in circle for circle in found):
            found.append({other for other in reached[node] if node in reached[other]})
    return found


def reachable(graph: Graph, start: str) -> set[str]:
    """Return the nodes that a node leads to, by one step or more."""
    found: set[str] = set()
    ahead = [*graph[start]]
    while ahead:
        node = ahead.pop()
        if node not in found:
            found.add(node)
            ahead += graph[node]
    return found


def between_folders(graph: Graph) -> dict[str, set[str]]:
    """Return which folder imports from which other folders."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, targets in graph.items():
        found[folder(module)] |= {folder(target) for target in targets} - {folder(module)}
    return dict(found)


def upward(graph: Graph) -> list[str]:
    """Return the imports that lead from a layer to one above."""
    layer = {name: number for number, names in enumerate(LAYERS) for name in names}
    pairs = ((module, target) for module, targets in graph.items() for target in targets)
    return sorted(f"{one} imports {other}" for one, other in pairs if layer[folder(other)] < layer[folder(one)])


def test_every_folder_and_module_of_the_top_level_has_a_layer() -> None:
    assert {folder(module) for module in trees()} == {name for names in LAYERS for name in names}


def test_imports_lead_to_the_same_layer_or_down() -> None:
    assert upward(imports()) == []


def test_no_folders_import_from_each_other() -> None:
    assert circles(between_folders(imports())) == []


def test_no_modules_import_each_other() -> None:
    assert circles(imports()) == []


def test_the_top_level_is_small() -> None:
    assert len([module for module in trees() if "." not in module and module != "__init__"]) <= MOST_AT_THE_TOP


def test_functions_fit_on_a_screen() -> None:
    functions = (
        (module, node)
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )
    lengths = {f"{module}.{node.name}": (node.end_lineno or 0) - node.lineno + 1 for module, node in functions}
    assert {name: lines for name, lines in lengths.items() if lines >= MOST_LINES} == {}


def test_a_broken_rule_is_found() -> None:
    """The rules detect what breaks them."""
    assert upward({"net.http": {"settings.load"}, "run.job": {"alerts.sending", "net.http"}}) == [
        "net.http imports settings.load"
    ]
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [{"b", "c"}]
    assert imports_of(ast.parse("def f():\n from elytra_status.net import http\n from elytra_status import cli")) == {
        "net.http",
        "cli",
    }
