# SPDX-License-Identifier: MIT
"""Backup evidence in files, judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from elytra_status.run import saved_state
from elytra_status.run.assess import Assessment, assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.made_evidence import Made

NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
FRESH, DEAD = Made(NOW - timedelta(hours=2)), Made(NOW - timedelta(days=5))
Make = Callable[..., Settings]


def judge(settings: Settings, state: Path | None = None, now: datetime = NOW) -> Assessment:
    """Do a run, and return its report; with a state directory, the saved state of the last run counts."""
    before = saved_state.read(state) if state else SavedState()
    assessment = assess(settings, MovableClock(now), before, confirming=False)
    if state:
        saved_state.write(state, assessment.saved_state)
    return assessment


def status(settings: Settings, state: Path | None = None, now: datetime = NOW) -> str:
    return judge(settings, state, now).decision.backups.status.value


def names(settings: Settings) -> list[str]:
    (report,) = judge(settings).reports
    return [group.name for group in report.backup_groups]


CHECK = "Command would have run if not in check mode"
