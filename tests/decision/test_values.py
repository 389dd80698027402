# SPDX-License-Identifier: MIT
"""Whoever holds a decision, or facts for one, can rely on them: nothing changes them afterwards."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

from elytra_status import decision

DECIDING = [f"elytra_status.decision.{module.name}" for module in pkgutil.iter_modules(decision.__path__)]
FACTS = ["elytra_status.doubt", "elytra_status.model", "elytra_status.rules", "elytra_status.history.uptime"]
KUMA = [f"elytra_status.sources.{name}" for name in ("kuma_readings", "kuma_states")]


@pytest.mark.parametrize("name", [*DECIDING, *FACTS, *KUMA])
def test_no_value_of_a_decision_can_be_changed(name: str) -> None:
    for value in vars(importlib.import_module(name)).values():
        if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == name:
            made = object.__new__(value)
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(made, dataclasses.fields(value)[0].name, None)
