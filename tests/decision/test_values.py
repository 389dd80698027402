# SPDX-License-Identifier: MIT
"""Nothing changes a decision, or the facts for one, once they exist."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

from elytra_status import decision

DECIDING = [f"elytra_status.decision.{module.name}" for module in pkgutil.iter_modules(decision.__path__)]
FACTS = [
    "elytra_status.announcements.incidents",
    "elytra_status.announcements.progress",
    "elytra_status.model",
    "elytra_status.history.spans",
]
NAMES = ("backups_s3.groups", "kuma.matching", "kuma.readings", "kuma.states")
SOURCES = [f"elytra_status.sources.{name}" for name in NAMES]
# Classes in which answers are collected before anything is decided.
GATHERED = {"elytra_status.sources.backups_s3.groups.BucketState", "elytra_status.sources.kuma.matching.MergedMonitor"}


@pytest.mark.parametrize("name", [*DECIDING, *FACTS, *SOURCES])
def test_no_value_of_a_decision_can_be_changed(name: str) -> None:
    for value in vars(importlib.import_module(name)).values():
        if not isinstance(value, type) or not dataclasses.is_dataclass(value) or value.__module__ != name:
            continue
        if f"{name}.{value.__name__}" not in GATHERED:
            made = object.__new__(value)
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(made, dataclasses.fields(value)[0].name, None)
