# SPDX-License-Identifier: MIT
"""The doctor's findings about the history and about announcements."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.announcements import incidents, store
from elytra_status.announcements.override import set_to
from elytra_status.doctor import announced, history, saved_state
from elytra_status.doctor.finding import Finding, Level
from elytra_status.history.store import FILE
from elytra_status.model import Announcements, Maintenance, Override, PlatformStatus
from elytra_status.run import accepted, earlier_documents, job
from tests.conftest import MovableClock
from tests.examined import bad, context, examine, levels, of
from tests.remembering import NOON, show, steady

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


# Announcements


def found(tmp_path: Path, announcements: Announcements) -> list[Finding]:
    at = context(tmp_path, MovableClock(NOW))
    store.change(at.state_directory, at.clock, lambda _: announcements)
    return examine(announced.AREA, at)


def overridden(until: datetime) -> Announcements:
    status = PlatformStatus.OUTAGE
    return set_to(Announcements(), Override(status, "A disk has failed.", NOW - timedelta(hours=1), until))


def test_nothing_announced(tmp_path: Path) -> None:
    findings = examine(announced.AREA, context(tmp_path))
    assert levels(findings) == {"override": "ok", "maintenance": "ok", "incidents": "ok"}


def test_a_status_that_is_set_by_hand(tmp_path: Path) -> None:
    (finding,) = bad(found(tmp_path, overridden(NOW + timedelta(hours=3))))
    assert (finding.name, finding.level) == ("override", Level.WARNING)
    assert finding.seen.endswith("set by hand: outage, until 2026-03-01T07:00:00Z (3 hours)")
    assert bad(found(tmp_path, overridden(NOW - timedelta(minutes=1)))) == []


def test_maintenance(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    windows = [(-3 * hour, -hour), (-hour, hour), (hour, 2 * hour), (2 * hour, 3 * hour)]
    maintenance = tuple(
        Maintenance(f"2026-03-01-{number}", "Work.", NOW + since, NOW + until)
        for number, (since, until) in enumerate(windows)
    )
    finding = of(found(tmp_path, Announcements(maintenance=maintenance)), "maintenance")
    assert (finding.level, finding.seen) == (Level.OK, "1 under way, 2 to come")


@pytest.mark.parametrize(("age", "automatic", "level"), [(20, False, "ok"), (30, False, "warning"), (30, True, "ok")])
def test_an_incident_that_may_have_been_forgotten(age: int, automatic: bool, level: str, tmp_path: Path) -> None:
    opened = incidents.begin(Announcements(), "It is slow.", NOW - timedelta(hours=age), "root", automatic=automatic)
    finding = of(found(tmp_path, opened), "incidents")
    assert finding.level.value == level
    identifier = opened.incidents[0].identifier
    assert (f"elytra-status incident resolve {identifier}" in finding.remedy) is (level == "warning")
    resolved = incidents.resolve(opened, identifier, "It is well.", NOW, "root")
    assert of(found(tmp_path, resolved), "incidents").seen == "none is open"


def test_announcements_that_cannot_be_read(tmp_path: Path) -> None:
    at = context(tmp_path)
    (at.state_directory / store.FILE).write_text("{")
    (finding,) = examine(announced.AREA, at)
    assert finding.level is Level.FAULT
    assert "nothing is published meanwhile" in finding.remedy


# History


def of_history(tmp_path: Path, now: datetime = NOON, **values: object) -> list[Finding]:
    return examine(history.AREA, context(tmp_path, MovableClock(now), **values))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a history that has seen two monitors up to noon."""
    state = tmp_path / "state"
    state.mkdir()
    show(state, NOON, {"1": steady(NOON - timedelta(hours=1), NOON), "2": steady(NOON - timedelta(hours=1), NOON)})
    return state / FILE


def test_before_the_first_run_there_is_no_history(tmp_path: Path) -> None:
    (finding,) = of_history(tmp_path)
    assert finding.level is Level.SKIPPED


def test_a_history_that_is_added_to(file: Path, tmp_path: Path) -> None:
    (finding,) = of_history(tmp_path, NOON + timedelta(minutes=9), UPTIME_KUMA_URL="http://127.0.0.1:9")
    assert finding.level is Level.OK
    assert finding.seen == "2 monitors, 0.0 MB, the newest seen 10 minutes ago"


def test_a_history_that_is_no_longer_added_to(file: Path, tmp_path: Path) -> None:
    (finding,) = of_history(tmp_path, NOON + timedelta(hours=3), UPTIME_KUMA_URL="http://127.0.0.1:9")
    assert finding.level is Level.FAULT
    assert "see whether the job runs" in finding.remedy
    # If nothing is watched, nothing can be added.
    assert bad(of_history(tmp_path, NOON + timedelta(hours=3))) == []


def spoil(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100] + b"\xff" * 9000)


def age(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("harm", "level", "remedy"), [(spoil, "warning", "sets the file aside"), (age, "fault", "install")]
)
def test_a_history_that_cannot_be_read(
    harm: Callable[[Path], None], level: str, remedy: str, file: Path, tmp_path: Path
) -> None:
    harm(file)
    before = file.read_bytes()
    (finding,) = of_history(tmp_path)
    assert finding.level.value == level
    assert remedy in finding.remedy
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_history_that_was_set_aside_is_a_warning(file: Path, tmp_path: Path) -> None:
    file.with_name(f"{FILE}.damaged-20260301T000000Z").touch()
    findings = of_history(tmp_path)
    assert [finding.level.value for finding in findings] == ["warning", "ok"]
    assert "1 damaged file is set aside" in findings[0].seen


def test_a_history_that_is_being_written_does_not_hold_up_the_check(file: Path, tmp_path: Path) -> None:
    """A run holds it only during the commit, and the doctor ends in time in any case."""
    with sqlite3.connect(file, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert bad(of_history(tmp_path)) == []
        connection.execute("ROLLBACK")
    connection.close()


# Each state file


def test_anything_but_a_regular_state_file_is_a_fault(tmp_path: Path) -> None:
    at = context(tmp_path)
    for register in accepted.REGISTERS:
        register.add(at.state_directory, at.clock, {"none": None}, "jane")
    store.change(at.state_directory, at.clock, lambda before: before)
    job.run(at.settings, at.clock, at.state_directory)
    documents = {"public", earlier_documents.DIRECTORY, "status.prom"}
    kept = {path.name for path in at.state_directory.iterdir()} - documents
    assert {"published.json", "last-run.json", "announcements.lock"} <= kept
    for name in kept:
        (at.state_directory / name).unlink()
        os.mkfifo(at.state_directory / name)
    faults = bad(examine(saved_state.AREA, at))
    assert kept <= {finding.name for finding in faults if finding.seen == "not a regular file"}
