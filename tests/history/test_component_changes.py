# SPDX-License-Identifier: MIT
"""The recorded status of components, and the degraded time that follows from it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.history import History, component_changes
from elytra_status.history.component_changes import Changes
from elytra_status.history.public_history import build_public_history
from elytra_status.history.store import FILE
from elytra_status.model import Change, ComponentDecision, PlatformStatus

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OPERATIONAL, DEGRADED, UNKNOWN = PlatformStatus.OPERATIONAL, PlatformStatus.DEGRADED, PlatformStatus.UNKNOWN


def seen(
    directory: Path, now: datetime, *components: ComponentDecision, learns: bool = True, confirmed: bool = False
) -> Changes:
    history = History(directory / FILE, learns, 400, timedelta(minutes=30))
    past = build_public_history(history, OPERATIONAL, now, components=components, clock_is_confirmed=confirmed)
    return past.changes_of_parts


def mail(status: PlatformStatus, *, in_maintenance: bool = False) -> ComponentDecision:
    return ComponentDecision("Mail", status, in_maintenance)


def test_each_change_of_a_component_is_recorded_once(tmp_path: Path) -> None:
    web = ComponentDecision("Web \ud800", OPERATIONAL)
    for minutes, status in enumerate((OPERATIONAL, DEGRADED, DEGRADED, OPERATIONAL)):
        found = seen(tmp_path, NOW + minutes * MINUTE, mail(status), web)
    assert found["Mail"] == (
        Change(NOW, OPERATIONAL),
        Change(NOW + MINUTE, DEGRADED),
        Change(NOW + 3 * MINUTE, OPERATIONAL),
    )
    assert [len(changes) for changes in found.values()] == [3, 1]
    found = seen(tmp_path, NOW + HOUR, mail(DEGRADED), web)
    found = seen(tmp_path, NOW + 2 * HOUR, mail(DEGRADED, in_maintenance=True), web)
    assert [one.in_maintenance for one in found["Mail"][-2:]] == [False, True]


def test_a_missing_component_is_unknown_from_then_on(tmp_path: Path) -> None:
    seen(tmp_path, NOW, mail(DEGRADED))
    seen(tmp_path, NOW + HOUR)
    found = seen(tmp_path, NOW + 2 * HOUR, mail(DEGRADED))
    assert [one.status for one in found["Mail"]] == [DEGRADED, UNKNOWN, DEGRADED]


def test_a_reader_that_does_not_learn_saves_nothing(tmp_path: Path) -> None:
    seen(tmp_path, NOW, mail(OPERATIONAL))
    assert len(seen(tmp_path, NOW + HOUR, mail(DEGRADED), learns=False)["Mail"]) == 2
    assert len(seen(tmp_path, NOW + HOUR, mail(OPERATIONAL), learns=False)["Mail"]) == 1


def test_what_a_wrong_clock_has_dated_is_deleted(tmp_path: Path) -> None:
    seen(tmp_path, NOW, mail(OPERATIONAL))
    seen(tmp_path, NOW + timedelta(days=31), mail(DEGRADED))
    assert len(seen(tmp_path, NOW + HOUR, mail(OPERATIONAL))["Mail"]) == 1
    seen(tmp_path, NOW + HOUR, mail(OPERATIONAL), confirmed=True)
    assert len(seen(tmp_path, NOW + timedelta(days=32), mail(OPERATIONAL))["Mail"]) == 1


def test_components_that_flicker_for_years_do_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(component_changes, "KEPT", 5)
    for minute in range(12):
        seen(tmp_path, NOW + minute * MINUTE, mail((DEGRADED, OPERATIONAL)[minute % 2]))
    found = seen(tmp_path, NOW + 11 * MINUTE, mail(OPERATIONAL))
    assert len(found["Mail"]) == 5


@pytest.mark.parametrize("change", ["status = 'purple'", f"time = {-(10**18)}", f"time = {-(10**12)}"])
def test_a_status_or_time_that_cannot_be_is_damage(tmp_path: Path, log_lines: list[str], change: str) -> None:
    seen(tmp_path, NOW, mail(OPERATIONAL))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute(f"UPDATE component_changes SET {change}")
    assert seen(tmp_path, NOW + HOUR, mail(OPERATIONAL)) == {"Mail": (Change(NOW + HOUR, OPERATIONAL),)}
    assert any("set aside" in line for line in log_lines)
