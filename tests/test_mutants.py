# SPDX-License-Identifier: MIT
"""The changes of tools/mutants.py, and that its list of changes that make no difference contains only real changes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.pure

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tools" / "mutants.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_expression_is_changed_by_itself(tool: ModuleType) -> None:
    source = "def late(age: int = 5) -> bool:\n    assert age\n    return not age or 0 < age < max(age, -7)\n"
    changed = {mutant.name: mutant.source.splitlines()[-1].strip() for mutant in tool.mutants("clock", source)}
    assert changed == {
        "late: 5 => 6": "return not age or 0 < age < max(age, -7)",
        "late: not age or 0 < age < max(age, -7) => not age and 0 < age < max(age, -7)": (
            "return not age and 0 < age < max(age, -7)"
        ),
        "late: not age => age": "return age or 0 < age < max(age, -7)",
        "late: 0 < age < max(age, -7) => 0 <= age < max(age, -7)": "return not age or 0 <= age < max(age, -7)",
        "late: 0 < age < max(age, -7) => 0 < age <= max(age, -7)": "return not age or 0 < age <= max(age, -7)",
        "late: 0 => 1": "return not age or 1 < age < max(age, -7)",
        "late: max(age, -7) => min(age, -7)": "return not age or 0 < age < min(age, -7)",
        "late: -7 => 7": "return not age or 0 < age < max(age, 7)",
        "late: 7 => 8": "return not age or 0 < age < max(age, -8)",
    }


def test_a_condition_without_an_operator_is_negated(tool: ModuleType) -> None:
    source = (
        "def late(age):\n    if age():\n        return [one for one in age if one]\n    return age if age else one\n"
    )
    assert [mutant.name for mutant in tool.mutants("clock", source)] == [
        "late: age() => not age()",
        "late: one => not one",
        "late: age if age else one => age if not age else one",
    ]


def test_equal_positions_are_distinguished(tool: ModuleType) -> None:
    names = [mutant.name for mutant in tool.mutants("clock", "a = 1\nb = 1\n")]
    assert names == [": 1 => 2", ": 1 => 2 #2"]


def test_what_is_named_as_making_no_difference_is_a_change_and_has_a_reason(tool: ModuleType) -> None:
    named = tool.equivalent()
    assert all(named.values())
    changes = set()
    for module in {line.partition(": ")[0] for line in named}:
        source = (ROOT / "elytra_status" / f"{module}.py").read_text(encoding="utf-8")
        changes |= {mutant.line for mutant in tool.mutants(module, source)}
    assert named.keys() <= changes


def test_every_module_of_decisions_is_changed_and_has_tests(tool: ModuleType) -> None:
    package = ROOT / "elytra_status"
    deciding = {f"decision/{path.stem}" for path in (package / "decision").iterdir() if path.suffix == ".py"}
    every = tool.modules()
    assert deciding - {"decision/__init__", "decision/rules"} <= set(every)
    assert len(set(every)) == len(every)
    for module in every:
        assert (package / f"{module}.py").exists()
        assert all((ROOT / file).exists() for file in tool.tests_of(module))
        assert {f"{name}.py" for name in tool.TESTS.get(module, ())} <= {
            str(path.relative_to(ROOT / "tests")) for path in (ROOT / "tests").rglob("test_*.py")
        }


def test_a_module_is_tried_with_the_tests_of_its_name_too(tool: ModuleType) -> None:
    assert tool.tests_of("announcements/incidents") == [
        "tests/announcements/test_rules.py",
        "tests/announcements/test_incidents.py",
        tool.VALUES,
    ]
    assert tool.tests_of("decision/flapping") == ["tests/decision/test_flapping.py", tool.VALUES]
    assert "tests/sources/kuma/test_states.py" in tool.tests_of("sources/kuma/states")
