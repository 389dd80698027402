# SPDX-License-Identifier: MIT
"""A function that needs one or two settings is given these, not all settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
# A function that reads so many settings may take all of them.
MANY = 3
# Functions that are called through a shape that several share, of which some need more; and two that make a value.
SHAPES = {
    "alerts/*.py:channel": "a channel of CHANNELS",
    "run/languages.py:public_languages": "makes the languages of a publication, for each that is rendered",
    "run/private_terms.py:_whose_*": "a function of _WHOSE",
    "sources/*.py:poll": "the query of a Source",
    "sources/backup_evidence/*.py:_rules": "the function of an EvidenceKind that takes from the settings what it needs",
}


def test_a_function_of_few_settings_is_given_their_values() -> None:
    found = [f"{module}:{name}" for module, name in takes_all(PACKAGE)]
    assert [one for one in found if not any(fnmatchcase(one, shape) for shape in SHAPES)] == []
    assert [shape for shape in SHAPES if not any(fnmatchcase(one, shape) for one in found)] == [], "remove it"


def test_a_function_that_takes_all_settings_for_few_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "def one(settings: Settings): return settings.a\n"
        "def optional(given: Settings | None): return given.a + given.b\n"
        "def three(settings: Settings): return settings.a, settings.b, settings.c\n"
        "def hands_on(settings: Settings): return three(settings)\n"
        "def value(a: str): return a\n",
        "utf-8",
    )
    assert list(takes_all(tmp_path)) == [("module.py", "one"), ("module.py", "optional")]


def takes_all(package: Path) -> Iterator[tuple[str, str]]:
    """Yield module and name of each function that reads few settings and does not hand all of them on."""
    for path in sorted(package.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                arguments = function.args
                for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                    if is_settings(one.annotation) and reads_few(function, one.arg):
                        yield path.relative_to(package).as_posix(), function.name


def is_settings(annotation: ast.expr | None) -> bool:
    """Whether an annotation names Settings."""
    return annotation is not None and "Settings" in ast.unparse(annotation).replace(".", " ").split()


def reads_few(function: ast.FunctionDef, name: str) -> bool:
    """Whether a function only reads attributes of an argument, and few of them."""
    nodes = list(ast.walk(function))
    reads = [one.attr for one in nodes if isinstance(one, ast.Attribute) and is_name(one.value, name)]
    return len(reads) == sum(is_name(one, name) for one in nodes) and len(set(reads)) < MANY


def is_name(node: ast.AST, name: str) -> bool:
    """Whether a node is a name."""
    return isinstance(node, ast.Name) and node.id == name
