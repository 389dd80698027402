# SPDX-License-Identifier: MIT
"""While this machine's clock is wrong nothing is forgotten, nothing ends, and nothing is dated by it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.alerts import notify
from elytra_status.announcements import store
from elytra_status.decision.clock_check import REMEDY
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.errors import PublishError
from elytra_status.history import build_public_history, complete, history_of, saved_private_names
from elytra_status.model import (
    MONITORS,
    Announcements,
    BackupStatus,
    Heartbeat,
    Incident,
    IncidentUpdate,
    Maintenance,
    Monitor,
    Override,
    PlatformStatus,
    Report,
    State,
)
from elytra_status.run import job as refresh
from elytra_status.run import saved_state
from elytra_status.settings import Settings
from elytra_status.system.clock import from_text, to_text
from tests import made_kuma
from tests.alert_servers import mail_server
from tests.conftest import API_KEY, MovableClock

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
RUN, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
WRONG = [31 * DAY, 3 * DAY, 5 * HOUR, timedelta(minutes=6), -timedelta(minutes=6), -5 * HOUR, -31 * DAY]

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]


class Machine:
    """A machine with a clock of its own, and an Uptime Kuma whose clock is right."""

    def __init__(self, start: Start, make: Make, state: Path, **values: object) -> None:
        self.right, self.off, self.state = MovableClock(NOW), timedelta(0), state
        self.kuma = start("v2.5.3", "all-up", clock=self.right.now)
        self.settings = make(
            UPTIME_KUMA_URL=self.kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra", **values
        )

    def run(self, off: timedelta = timedelta(0)) -> refresh.Outcome:
        """Do a run ten minutes after the last one, with the clock off by some time."""
        self.right.moment += RUN
        return refresh.run(self.settings, MovableClock(self.right.moment + off), self.state)

    def published(self, name: str = "status.json") -> Any:
        return json.loads((self.state / "public" / name).read_bytes())


@pytest.fixture
def machine(start_kuma: Start, make_settings: Make, tmp_path: Path) -> Machine:
    return Machine(start_kuma, make_settings, tmp_path)


def history_rows(directory: Path) -> list[str]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(directory / "history.sqlite")) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("off", WRONG)
def test_the_status_is_unknown_and_dated_by_the_servers(machine: Machine, off: timedelta, log_lines: list[str]) -> None:
    machine.run()
    assert machine.published()["platform_status"] == "operational"
    machine.run(off)
    document = machine.published()
    assert document["platform_status"] == "unknown"
    assert document["uptime"] == {"last_24h": None, "last_7d": None, "last_30d": None}
    assert abs(from_text(document["updated_at"]) - machine.right.moment) <= timedelta(seconds=2)
    way = "ahead" if off > timedelta(0) else "behind"
    assert any(line.startswith("ERROR this machine's clock is wrong") and way in line for line in log_lines)
    machine.run()
    assert machine.published()["platform_status"] == "operational"


def test_each_report_says_how_to_set_the_clock(machine: Machine) -> None:
    problems = [report.problem for report in machine.run(timedelta(minutes=6)).assessment.reports]
    assert [problem.remedy for problem in problems if problem] == [REMEDY]


@pytest.mark.parametrize("off", WRONG)
def test_nothing_is_forgotten_and_no_row_is_written(machine: Machine, off: timedelta) -> None:
    machine.run()
    rows, saved = history_rows(machine.state), saved_state.read(machine.state)
    names = saved_private_names(machine.state)
    assert names.names
    for _ in range(3):
        machine.run(off)
    assert history_rows(machine.state) == rows
    assert saved_state.read(machine.state) == saved
    assert saved_private_names(machine.state) == names


@pytest.mark.parametrize("off", WRONG)
def test_what_a_person_announced_neither_ends_nor_begins(machine: Machine, off: timedelta) -> None:
    machine.run()
    at = machine.right.moment
    announced = Announcements(
        Override(PlatformStatus.OUTAGE, "A disk has failed.", at, at + 4 * HOUR, "jane"),
        (Maintenance("m1", "We move.", at - HOUR, at + 2 * HOUR, "jane"),),
        (Incident("i1", at, (IncidentUpdate(at, "We see errors.", "jane"),)),),
        last_identifier="m1",
    )
    store.change(machine.state, machine.right, lambda _: announced)
    machine.run(off)
    assert store.read(machine.state) == announced
    kinds = [notice["kind"] for notice in machine.published()["notices"]]
    assert kinds == ["override", "incident", "maintenance"]
    machine.run()
    assert machine.published()["platform_status"] == "outage"
    machine.right.moment = at + 4 * HOUR
    machine.run()
    assert machine.published()["platform_status"] == "operational"


@pytest.mark.parametrize("off", WRONG)
def test_no_date_of_a_wrong_clock_stays_in_feed_and_api(machine: Machine, off: timedelta) -> None:
    machine.run()
    feed = (machine.state / "public" / "feed.atom").read_text()
    machine.run(off)
    machine.run()
    later = (machine.state / "public" / "feed.atom").read_text()
    assert later.count("<entry>") == feed.count("<entry>")
    assert to_text(machine.right.moment + off)[:10] not in later or abs(off) < DAY


def test_a_backup_group_is_not_forgiven_by_three_days_that_never_passed(
    start_kuma: Start, make_settings: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    machine = Machine(start_kuma, make_settings, tmp_path, BACKUP_MANIFEST=folder)
    write_manifest(folder, "acme", NOW - 30 * HOUR)
    write_manifest(folder, "bolt", NOW - HOUR)
    assert machine.run().decision.backups.status is BackupStatus.WARNING
    (folder / "acme.json").unlink()
    before = machine.run().decision.backups.status
    assert before is not BackupStatus.SUCCESS
    machine.run(3 * DAY)
    machine.run(31 * DAY)
    assert machine.run().decision.backups.status is before


def test_truncated_saved_state_makes_no_group_good(start_kuma: Start, make_settings: Make, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    machine = Machine(start_kuma, make_settings, tmp_path, BACKUP_MANIFEST=folder)
    write_manifest(folder, "acme", NOW - 30 * HOUR)
    write_manifest(folder, "bolt", NOW - HOUR)
    machine.run()
    (folder / "acme.json").unlink()
    machine.run()
    path = tmp_path / saved_state.FILE
    path.write_bytes(path.read_bytes()[:-40])
    for _ in range(3):
        decision = machine.run().decision
        assert decision.backups.status is BackupStatus.UNKNOWN
    saved_state.accept_damage(tmp_path, machine.right.now())
    assert machine.run().decision.backups.status is BackupStatus.SUCCESS


def write_manifest(folder: Path, name: str, moment: datetime) -> None:
    backup = {"group": name, "finished_at": to_text(moment), "key": f"{name}.sql.gz", "size": 10, "exit_status": 0}
    (folder / f"{name}.json").write_text(json.dumps(backup))


def test_a_wrong_time_in_saved_state_does_not_outlive_a_right_clock(machine: Machine) -> None:
    machine.kuma.faults = dict.fromkeys(("/metrics", "/api/status-page/elytra"), ReplayFault(headers={"Date": "none"}))
    saved_state.write(machine.state, saved_state.SavedState(highest=NOW + 31 * DAY))
    machine.kuma.faults = {}
    machine.run()
    assert machine.published()["platform_status"] == "operational"
    assert saved_state.read(machine.state).highest == machine.right.moment.replace(microsecond=0)


def test_with_no_server_to_go_by_nothing_is_published(make_settings: Make, tmp_path: Path) -> None:
    settings, clock = make_settings(), MovableClock(NOW)
    refresh.run(settings, clock, tmp_path)
    good = (tmp_path / "public" / "status.json").read_bytes()
    clock.moment -= HOUR
    with pytest.raises(PublishError, match="behind saved state"):
        refresh.run(settings, clock, tmp_path)
    assert (tmp_path / "public" / "status.json").read_bytes() == good
    saved_state.accept_damage(tmp_path, clock.now())
    assert refresh.run(settings, clock, tmp_path).published


def test_one_wrong_server_beside_others_is_named_and_outvoted(
    start_kuma: Start, make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    machine = Machine(start_kuma, make_settings, tmp_path)
    other = start_kuma("v2.5.3", "all-up", clock=lambda: machine.right.moment)
    machine.settings = make_settings(
        UPTIME_KUMA_URL=machine.kuma.url, UPTIME_KUMA_API_KEY=API_KEY, PROBE_URLS=f"{other.url}/metrics"
    )
    machine.kuma.clock = lambda: machine.right.moment - timedelta(minutes=20)
    check = machine.run().assessment.clock
    assert (check.believed, check.wrong_servers) == (True, 1)
    assert any("the time of 1 server differs" in line for line in log_lines)


def test_a_wrong_clock_is_notified_once_and_when_it_is_right_again(
    start_kuma: Start, make_settings: Make, tmp_path: Path
) -> None:

    with mail_server() as mailbox:
        machine = Machine(
            start_kuma, make_settings, tmp_path, SMTP_HOST="127.0.0.1", SMTP_PORT=mailbox.port, SMTP_SECURITY="none",
            SMTP_FROM="from@example.com", ALERT_EMAIL_TO="to@example.com",
        )  # fmt: skip
        subjects = []
        for off in (timedelta(0), 31 * DAY, 31 * DAY, 31 * DAY, timedelta(0), timedelta(0)):
            outcome = machine.run(off)
            notify.notify_conditions(machine.settings, outcome.clock, tmp_path, outcome.assessment)
            subjects.append([str(mail["Subject"]).partition(": ")[2] for mail in mailbox.mails])
            mailbox.mails.clear()
    assert [len(one) for one in subjects[:4]] == [0, 1, 0, 0]
    assert "the clock of this machine is wrong" in subjects[1][0]
    assert sum("right again" in one for mails in subjects[4:] for one in mails) == 1


def test_changes_that_a_wrong_clock_has_dated_are_taken_back(make_settings: Make, tmp_path: Path) -> None:
    history = history_of(make_settings(), tmp_path, learns=True)
    build_public_history(history, PlatformStatus.OPERATIONAL, NOW)
    build_public_history(history, PlatformStatus.UNKNOWN, NOW + 31 * DAY)
    shown = build_public_history(history, PlatformStatus.OPERATIONAL, NOW + RUN).changes
    assert [change.time for change in shown] == [NOW]
    build_public_history(history, PlatformStatus.OPERATIONAL, NOW + RUN, clock_is_confirmed=True)
    shown = build_public_history(history, PlatformStatus.OPERATIONAL, NOW + 32 * DAY).changes
    assert [change.time for change in shown] == [NOW]


def test_no_day_that_an_earlier_release_dated_in_the_future_is_published_when_it_comes(machine: Machine) -> None:
    """An earlier release believed a clock that was three days ahead, and saved what it saw under that date."""
    machine.run()
    wrong = NOW + 3 * DAY
    used = history_of(machine.settings, machine.state, learns=True)
    for minutes in range(0, 180, 10):
        seen = wrong + timedelta(minutes=minutes)
        heartbeats = tuple(Heartbeat(seen - timedelta(minutes=one), State.DOWN) for one in range(10, 0, -1))
        monitors = (Monitor("uptime_kuma:1", "Client Nine", State.DOWN, heartbeats=heartbeats),)
        complete(used, (Report("uptime_kuma", MONITORS, monitors=monitors),), seen)
        build_public_history(used, PlatformStatus.OUTAGE, seen)
    # Days later, what is older than two days becomes rollups.
    complete(used, (), wrong + 3 * DAY)
    build_public_history(used, PlatformStatus.UNKNOWN, wrong + 3 * DAY)
    person = Incident("i2", wrong, (IncidentUpdate(wrong, "We see errors.", "jane"),))
    store.change(machine.state, machine.right, lambda _: Announcements(incidents=(person,), last_identifier="i2"))
    machine.run()
    names = saved_private_names(machine.state).names
    (incident,) = store.read(machine.state).incidents
    assert (incident.updates[0].text, incident.opened) == ("We see errors.", machine.right.moment)
    assert_nothing_is_dated_after(machine, machine.right.moment)
    machine.right.moment = wrong + 4 * DAY
    machine.run()
    days = {day["date"]: day for day in machine.published("history.json")["platform"]["days"]}
    assert days[f"{NOW:%Y-%m-%d}"]["up_seconds"] > 0
    for day in (wrong, wrong + DAY, wrong + 2 * DAY, wrong + 3 * DAY):
        assert (days[f"{day:%Y-%m-%d}"]["uptime_percent"], days[f"{day:%Y-%m-%d}"]["down_seconds"]) == (None, 0)
    changes = build_public_history(used, None, machine.right.moment).changes
    assert PlatformStatus.OUTAGE not in [change.status for change in changes]
    assert names <= saved_private_names(machine.state).names


def assert_nothing_is_dated_after(machine: Machine, latest: datetime) -> None:
    """Assert it of every document, except for the time at which each becomes stale."""
    public = machine.state / "public"
    found = {path.name: path.read_text(errors="replace") for path in public.rglob("[!.]*") if path.is_file()}
    found["status.prom"] = (machine.state / "status.prom").read_text()
    assert {"feed.atom", "history.json", "incidents.json"} <= found.keys()
    stale_after = latest + timedelta(minutes=machine.settings.freshness_max_age_minutes)
    for name, text in found.items():
        # history.json becomes stale later than the others.
        texts = re.findall(r'(?<!"stale_after":")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', text)
        moments = [from_text(one) for one in texts if one != to_text(stale_after)]
        stamps = re.findall(r" (1\d{9})(?:\.0)?$", text, re.MULTILINE)
        moments += [moment for one in stamps if (moment := datetime.fromtimestamp(int(one), UTC)) != stale_after]
        assert all(moment <= latest for moment in moments), (name, moments)


def test_a_name_that_was_seen_only_before_stays_private_with_the_clock_31_days_ahead(
    start_kuma: Start, make_settings: Make, tmp_path: Path
) -> None:
    machine = Machine(start_kuma, make_settings, tmp_path)
    machine.run()
    assert "Elytra API" in saved_private_names(machine.state).names
    # The monitor is deleted, and its name is in a text of the administrator's.
    machine.kuma = start_kuma("v2.5.3", "empty-page", clock=machine.right.now)
    lines = made_kuma.metrics_text(made_kuma.series(1, 77, "Another"))
    machine.kuma.faults = {"/metrics": ReplayFault(status=200, body=lines, content_type=made_kuma.TEXT)}
    machine.settings = make_settings(
        UPTIME_KUMA_URL=machine.kuma.url, UPTIME_KUMA_API_KEY=API_KEY, BACKUP_POLICY="Backups of Elytra-API, nightly."
    )
    for off in (timedelta(0), 31 * DAY, 31 * DAY, 400 * DAY, timedelta(0)):
        outcome = machine.run(off)
        assert [text.name for text in outcome.withheld] == ["BACKUP_POLICY"]
        for path in (machine.state / "public").rglob("*"):
            assert path.is_dir() or b"Elytra-API" not in path.read_bytes()


def test_an_incident_that_the_job_has_dated_by_a_wrong_clock_is_taken_back(machine: Machine) -> None:
    later = NOW + 31 * DAY
    job = Incident("i1", later, (IncidentUpdate(later, "There is an outage."),), automatic=True)
    person = Incident("i2", NOW, (IncidentUpdate(NOW, "We see errors.", "jane"),))
    store.change(machine.state, machine.right, lambda _: Announcements(incidents=(job, person), last_identifier="i2"))
    machine.run()
    assert store.read(machine.state).incidents == (person,)
