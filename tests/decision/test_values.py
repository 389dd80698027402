# SPDX-License-Identifier: MIT
"""Nothing changes a decision, or the facts for one, once they exist."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import pytest

import elytra_status

PACKAGE = Path(elytra_status.__file__).parent
FOLDERS = ("announcements", "decision", "history", "model", "sources")
FILES = [file for folder in FOLDERS for file in sorted((PACKAGE / folder).rglob("[a-z]*.py"))]
MODULES = [".".join(("elytra_status", *file.relative_to(PACKAGE).with_suffix("").parts)) for file in FILES]
# Classes in which answers are collected before anything is decided.
COLLECTED = {
    "backup_evidence.report.Collected",
    "backups_s3.groups.BucketState",
    "backups_s3.search.Search",
    "kuma.matching.MergedMonitor",
    "kuma.monitors.Judged",
}


@pytest.mark.parametrize("name", MODULES)
def test_no_value_of_a_decision_can_be_changed(name: str) -> None:
    for value in vars(importlib.import_module(name)).values():
        if not isinstance(value, type) or not dataclasses.is_dataclass(value) or value.__module__ != name:
            continue
        if f"{name}.{value.__name__}".removeprefix("elytra_status.sources.") not in COLLECTED:
            made = object.__new__(value)
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(made, dataclasses.fields(value)[0].name, None)
