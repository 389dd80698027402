# SPDX-License-Identifier: MIT
"""Odd but valid input is the fault of whoever sent it, never an internal error. `make fuzz` tries far more."""

from __future__ import annotations

import random

import pytest

from elytra_status.alerts import CHANNELS
from elytra_status.sources import MODULES
from tests.fuzz.targets import TARGETS, Target

# So many inputs are drawn for each target, the same in each run.
_EXAMPLES = 60
# Targets with another name than their source.
_NAMES = {"uptime_kuma": "kuma-page", "spaces_backups": "listing", "backup_evidence": "backup-restic"}
# Nothing of an answer is parsed but its status, or a library of the system parses it.
_NOT_PARSED = {"probes", "systemd_units", "smtp", "webhook", "ntfy"}


def test_every_source_and_channel_that_parses_an_answer_is_a_target() -> None:
    expected = {_NAMES.get(name, name.replace("_", "-")) for name in (*MODULES, *CHANNELS) if name not in _NOT_PARSED}
    assert expected - {target.name for target in TARGETS} == set()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_was_found_before_is_no_finding_any_more(target: Target) -> None:
    assert target.seeds()
    for text in target.seeds():
        assert target.findings(text) is None


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_changed_input_raises_errors_of_ours_alone(target: Target) -> None:
    chance = random.Random(0)
    seeds = target.seeds()
    for _ in range(_EXAMPLES):
        text = target.mutate(chance.choice(seeds), chance)
        error = target.findings(text)
        if error:
            raise AssertionError(f"{target.name}: {text[:2000]!r}") from error
