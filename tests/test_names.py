# SPDX-License-Identifier: MIT
"""A name means one thing in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent


def test_no_public_class_name_occurs_twice() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for statement in ast.parse(path.read_text("utf-8")).body:
            if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
                found[statement.name].append(str(path.relative_to(PACKAGE)))
    assert len(found) > 100
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
