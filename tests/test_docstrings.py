# SPDX-License-Identifier: MIT
"""Docstrings begin with a summary that fits in one line of a terminal; ruff checks that there are docstrings."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

TREE = Path(__file__).parent.parent
LONGEST = 79
MODULES = [
    path.relative_to(TREE).as_posix()
    for path in (*sorted(TREE.glob("elytra_status/**/*.py")), *sorted(TREE.glob("tools/*.py")))
]


def summaries(source: str) -> list[str]:
    """Return the first line of each docstring of a module."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, documented))
    return [text.partition("\n")[0] for text in map(ast.get_docstring, nodes) if text]


@pytest.mark.parametrize("module", MODULES)
def test_each_summary_is_a_short_sentence(module: str) -> None:
    found = summaries((TREE / module).read_text("utf-8"))
    assert [line for line in found if len(line) > LONGEST] == []
    assert [line for line in found if not line.endswith((".", "?", ":"))] == []


def test_summaries_of_all_kinds_are_found() -> None:
    source = """
        '''A.'''
        class B:
            '''B.

            More.
            '''
            def c(self):
                '''C.'''
        async def d():
            '''D.'''
    """
    assert sorted(summaries(textwrap.dedent(source))) == ["A.", "B.", "C.", "D."]
