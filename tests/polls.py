# SPDX-License-Identifier: MIT
"""Polls of one source over time, with what runs save in between about its monitors."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from elytra_status.decision.missing_monitors import Saved, monitors_to_save, with_missing_monitors
from elytra_status.model import MISSING, Report
from elytra_status.run.saved_monitors import missing
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK


class Polls:
    """The polls of the only source of some settings."""

    def __init__(self, settings: Settings) -> None:
        (self.source,) = configured(settings)
        self.stale_after = timedelta(minutes=settings.monitor_stale_minutes)
        self.saved = Saved()
        self.now: datetime

    def at(self, now: datetime) -> Report:
        """Poll the source, save its monitors, and return the report."""
        self.now = now
        answer = self.source.poll(PollRequest(now, 60, clock=SYSTEM_CLOCK))
        report = with_missing_monitors(answer, self.source.expected, self.saved, now, self.stale_after)
        self.saved = replace(self.saved, known=monitors_to_save(report, self.source.expected, self.saved, now))
        return report

    def accept_all(self) -> None:
        """Accept each missing monitor, as an administrator does."""
        assert self.saved.known
        accepted = {key: one.seen for key, one in missing([self.saved.known]).items()}
        self.saved = replace(self.saved, accepted=accepted)


def missing_keys(report: Report) -> list[str]:
    """Return the keys of the monitors that a report calls missing."""
    return [key for one in report.problems if one.kind == MISSING for key in one.keys]
