# SPDX-License-Identifier: MIT
"""Facts for tests of the rules, made of a few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from elytra_status.model import BACKUPS, MONITORS, Announcements, BackupGroup, Facts, Monitor, Override, Report, State

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def monitors(*states: str) -> tuple[Monitor, ...]:
    """Return monitors from words such as 'down' (not confirmed), 'down!' (confirmed), 'critical up'."""
    return tuple(
        Monitor(
            f"kuma:{number}",
            "",
            State(word.removeprefix("critical ").rstrip("!")),
            confirmed=word.endswith("!"),
            critical=word.startswith("critical "),
        )
        for number, word in enumerate(states)
    )


def facts(*states: str, override: Override | None = None, failed: bool = False) -> Facts:
    reports = [Report("kuma", MONITORS, monitors=monitors(*states))]
    if failed:
        reports.append(Report("other", MONITORS, problem="no answer"))
    return Facts(NOW, tuple(reports), Announcements(override))


def backup_report(*ages: float | None) -> Report:
    groups = (BackupGroup("", None if age is None else NOW - timedelta(hours=age)) for age in ages)
    return Report("s3", BACKUPS, backup_groups=tuple(groups))
