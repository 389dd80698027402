# SPDX-License-Identifier: MIT
"""Maintenance that a person announces: before it, while it lasts, afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors
from elytra_status.announcements import maintenance, store
from elytra_status.announcements.progress import progress
from elytra_status.decision.components import judge_all
from elytra_status.decision.notices import MAINTENANCE_TEXT
from elytra_status.decision.policy import Rules, decide
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.errors import UsageError
from elytra_status.history import complete, windows_of
from elytra_status.history.overview import overview
from elytra_status.history.store import FILE
from elytra_status.model import MONITORS, Announcements, Facts, Maintenance, Monitor, Report, State
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock, from_text, to_text
from tests.conftest import API_KEY, MovableClock
from tests.in_process import run_command
from tests.remembering import NOON, SOURCE, heartbeats, history, report

pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXT = "The database moves to a new machine."

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]


def announced(*hours: tuple[float, float]) -> Announcements:
    """Return windows from so many hours after now until so many."""
    announcements = Announcements()
    for begin, end in hours:
        announcements = maintenance.add(
            announcements, Maintenance("", TEXT, NOW + begin * HOUR, NOW + end * HOUR, "alice"), NOW
        )
    return announcements


def facts(states: list[str], *hours: tuple[float, float], failed: bool = False) -> Facts:
    monitors = tuple(
        Monitor(f"kuma:{number}", "", State(word), confirmed=True, since=NOW - HOUR)
        for number, word in enumerate(states)
    )
    reports = [Report("kuma", MONITORS, monitors=monitors)]
    if failed:
        reports.append(Report("other", MONITORS, problem="no answer"))
    return Facts(NOW, tuple(reports), announced(*hours))


@pytest.mark.parametrize("states", [["up"], ["down"], ["up", "down"], ["unknown"], ["pending", "maintenance"]])
@pytest.mark.parametrize("failed", [False, True])
def test_while_it_lasts_all_that_is_watched_is_in_maintenance(states: list[str], failed: bool) -> None:
    decision = decide(facts(states, (-1, 1), failed=failed), Rules())
    assert (decision.status.value, decision.rule) == ("degraded", "maintenance")
    assert decision.reason == "announced maintenance until 2025-11-10T16:30:00Z"
    assert not decision.awaits_confirmation
    (notice,) = decision.notices
    assert (notice.kind, notice.text, notice.since, notice.until) == ("maintenance", TEXT, NOW - HOUR, NOW + HOUR)


@pytest.mark.parametrize("hours", [(-2, -1), (-1, 0), (1 / 3600, 1)])
def test_before_and_afterwards_an_outage_is_an_outage(hours: tuple[float, float]) -> None:
    assert decide(facts(["down", "up"], hours), Rules()).status.value == "outage"
    assert decide(facts(["up", "up"], hours), Rules()).status.value == "operational"


def test_it_lasts_from_its_first_second_on() -> None:
    assert decide(facts(["up"], (0, 1)), Rules()).rule == "maintenance"


def test_what_nobody_answers_for_is_unknown_all_the_same() -> None:
    nobody = Facts(NOW, (Report("kuma", MONITORS, problem="no answer"),), announced((-1, 1)))
    assert decide(nobody, Rules()).status.value == "unknown"
    assert decide(facts([], (-1, 1)), Rules()).status.value == "unknown"


def test_the_policy_by_uptime_goes_by_uptime() -> None:
    decision = decide(facts(["up"], (-1, 1)), Rules(by_uptime=True))
    assert decision.rule == "uptime-unknown"
    assert [notice.text for notice in decision.notices] == [TEXT]


def test_what_is_to_come_is_announced_and_cannot_be_taken_for_the_present() -> None:
    decision = decide(facts(["up"], (3, 4), (1, 2), (-2, -1)), Rules())
    assert decision.status.value == "operational"
    assert [(notice.text, notice.since) for notice in decision.notices] == [
        (f"Planned maintenance: {TEXT}", NOW + HOUR),
        (f"Planned maintenance: {TEXT}", NOW + 3 * HOUR),
    ]


def test_maintenance_is_announced_once_where_the_monitors_say_so_too() -> None:
    assert [notice.text for notice in decide(facts(["maintenance"], (-1, 1)), Rules()).notices] == [TEXT]
    assert [notice.text for notice in decide(facts(["maintenance"], (1, 2)), Rules()).notices] == [
        MAINTENANCE_TEXT,
        f"Planned maintenance: {TEXT}",
    ]


def test_removing_takes_back_what_is_planned_ends_what_lasts_and_keeps_what_is_over() -> None:
    there = announced((1, 2), (-1, 1), (-3, -2))
    planned, lasting, over = (window.identifier for window in there.maintenance)
    assert [one.identifier for one in maintenance.remove(there, planned, NOW).maintenance] == [lasting, over]
    ended = maintenance.remove(there, lasting, NOW).maintenance[-1]
    assert (ended.since, ended.until) == (NOW - HOUR, NOW)
    with pytest.raises(UsageError, match="is over"):
        maintenance.remove(there, over, NOW)
    with pytest.raises(UsageError, match="no maintenance with this ID"):
        maintenance.remove(there, "2025-11-10-9", NOW)
    # What was taken back may be known to readers by its name, and nothing else gets that.
    again = maintenance.add(maintenance.remove(there, planned, NOW), there.maintenance[0], NOW)
    assert again.maintenance[-1].identifier not in (planned, lasting, over)


def test_cancelled_maintenance_stays_in_the_record_and_changes_no_figure() -> None:
    there = maintenance.add(Announcements(), Maintenance("", TEXT, NOW + HOUR, NOW + 2 * HOUR), NOW)
    there = maintenance.remove(there, there.last_identifier, NOW + timedelta(minutes=5))
    assert (there.maintenance, maintenance.to_come(there, NOW)) == ((), ())
    (window,) = there.cancelled
    assert (window.announced, window.changed, window.changes) == (NOW, NOW + timedelta(minutes=5), 1)
    decision = decide(facts(["up"]), Rules())
    for days, kept in ((400, 1), (401, 0)):
        later = NOW + 2 * HOUR + timedelta(days=days)
        assert len(progress(there, decision, later, None).announcements.cancelled) == kept


def test_more_than_can_be_read_is_refused() -> None:
    there = announced(*[(number, number + 1) for number in range(maintenance.MOST)])
    window = Maintenance("", TEXT, NOW, NOW + HOUR)
    with pytest.raises(UsageError, match="20 windows of maintenance are announced already"):
        maintenance.add(there, window, NOW)
    assert maintenance.add(there, window, NOW + 5 * HOUR)


# Through the whole job


def published(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "public" / "status.json").read_bytes())
    return document


def ask(make_settings: Make, kuma: ReplayServer) -> Settings:
    return make_settings(
        UPTIME_KUMA_URL=kuma.url,
        UPTIME_KUMA_API_KEY=API_KEY,
        UPTIME_KUMA_STATUS_PAGE="elytra",
        CONFIRM_AFTER_SECONDS="1",
    )


def test_it_is_published_before_while_and_not_after(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = MovableClock(SystemClock().now())
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    settings = ask(make_settings, kuma)
    assert run_command(tmp_path, "maintenance", "add", "--from", "1d", "--until", "90m", "--text", TEXT) == 0
    (window,) = store.read(tmp_path).maintenance
    assert window.until - window.since == 1.5 * HOUR
    words = f"{window.identifier}, planned, {to_text(window.since)} to {to_text(window.until)} (90 minutes), by "
    assert capsys.readouterr().out.startswith(f"announced: {words}")
    # The command has run the job by the machine's clock: what is run from here on is later than that.
    clock.moment = SystemClock().now() + timedelta(minutes=1)
    seen = []
    for moment in (clock.moment, window.since, window.until - timedelta(seconds=1), window.until):
        clock.moment = moment
        job.run(settings, clock, tmp_path)
        document = published(tmp_path)
        texts = [notice["text"] for notice in document["notices"] if notice["kind"] == "maintenance"]
        seen.append((document["platform_status"], texts))
    assert seen == [
        ("outage", [f"Planned maintenance: {TEXT}"]),
        ("degraded", [TEXT]),
        ("degraded", [TEXT]),
        ("outage", []),
    ]
    assert store.read(tmp_path).maintenance == (window,), "it stays for the figures"


def test_an_outage_within_it_opens_no_incident(start_kuma: Start, make_settings: Make, tmp_path: Path) -> None:
    ask(make_settings, start_kuma("v2.5.3", "one-down"))
    assert run_command(tmp_path, "maintenance", "add", "--until", "2h", "--text", TEXT) == 0
    assert published(tmp_path)["platform_status"] == "degraded"
    assert [notice["kind"] for notice in published(tmp_path)["notices"]] == ["maintenance"]


def test_a_title_is_published_and_refused_like_a_text(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(make_settings, start_kuma("v2.5.3", "all-up"))
    given = ("maintenance", "add", "--until", "2h", "--text", TEXT, "--title")
    assert run_command(tmp_path, *given, "t" * 121) == errors.USAGE
    assert "--title has 121 characters. Use at most 120" in capsys.readouterr().err
    assert run_command(tmp_path, *given, f"With {API_KEY}") == errors.REFUSED
    assert "--title: nothing was changed" in capsys.readouterr().err
    assert store.read(tmp_path).maintenance == ()
    assert run_command(tmp_path, *given, " New disks ") == 0
    assert f": New disks. {TEXT}" in capsys.readouterr().out
    assert store.read(tmp_path).maintenance[0].title == "New disks"
    assert "SUMMARY:New disks" in (tmp_path / "public" / "calendar.ics").read_text("utf-8")


def test_it_can_be_listed_and_taken_back(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(make_settings, start_kuma("v2.5.3", "all-up"))
    assert run_command(tmp_path, "maintenance", "list") == 0
    assert capsys.readouterr().out == "no maintenance is announced\n"
    run_command(tmp_path, "maintenance", "add", "--from", "2h", "--until", "2h", "--text", TEXT)
    now = SystemClock().now().replace(microsecond=0)
    window = Maintenance("", "A disk is replaced.", now - HOUR, now + HOUR, "alice")
    store.change(tmp_path, SystemClock(), lambda there: maintenance.add(there, window, now))
    planned, lasting = (window.identifier for window in store.read(tmp_path).maintenance)
    capsys.readouterr()
    run_command(tmp_path, "maintenance", "list")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(", ")[:2] for line in lines] == [[lasting, "now"], [planned, "planned"]]

    assert run_command(tmp_path, "maintenance", "remove", planned) == 0
    assert f"taken back: {planned}, planned, " in capsys.readouterr().out
    assert run_command(tmp_path, "maintenance", "remove", lasting) == 0
    assert f"ended: {lasting}, over, " in capsys.readouterr().out
    assert (published(tmp_path)["platform_status"], published(tmp_path)["notices"]) == ("operational", [])
    assert run_command(tmp_path, "maintenance", "remove", lasting) == errors.USAGE
    assert "ERROR: that maintenance is over. It stays in the record" in capsys.readouterr().err
    run_command(tmp_path, "maintenance", "list", "--all")
    assert capsys.readouterr().out.startswith(f"{lasting}, over, ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--until", "8d"], "--until is "),
        (["--until", "0m"], "which is not later than now, "),
        (["--from", "2020-01-01T00:00Z", "--until", "2h"], "--from is 2020-01-01T00:00:00Z, which is not later than"),
        (["--from", "2d", "--until", "2020-01-01T00:00Z"], "which is not later than --from, "),
        (["--from", "367d", "--until", "2h"], "Give at most 366 days."),
        (["--from", "2025-11-12T22:00", "--until", "2h"], "--from has no time zone"),
        (["--until", "soon"], "--until cannot be read as a time"),
    ],
)
def test_what_cannot_be_is_refused(
    options: list[str], words: str, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    assert run_command(tmp_path, "maintenance", "add", "--text", TEXT, *options) == errors.USAGE
    assert words in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()


def test_a_clients_name_in_it_is_refused_though_it_is_shown_later_and_kuma_is_down(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    ask(make_settings, kuma)
    words = ("maintenance", "add", "--from", "2d", "--until", "2h", "--text", "The scheduler moves.")
    assert run_command(tmp_path, *words) == errors.REFUSED
    assert "cheduler" not in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()
    # The saved state of the last run holds the names in Uptime Kuma.
    assert run_command(tmp_path, "run") == 0
    for path in ("/metrics", "/api/status-page/elytra", "/api/status-page/heartbeat/elytra"):
        kuma.faults[path] = ReplayFault(status=503)
    assert run_command(tmp_path, *words) == errors.REFUSED
    told = capsys.readouterr().err
    assert "cheduler" not in told
    assert (
        "uptime_kuma: unreachable, or the request was refused. The text was compared only with names known before"
        in told
    )


def test_the_time_is_published_as_it_is_in_utc(make_settings: Make, tmp_path: Path) -> None:
    make_settings()
    here = (SystemClock().now() + timedelta(days=2)).replace(second=0, microsecond=0)
    text = f"{(here + 1 * HOUR).strftime('%Y-%m-%dT%H:%M')}+01:00"
    assert run_command(tmp_path, "maintenance", "add", "--from", text, "--until", "2h", "--text", TEXT) == 0
    (notice,) = published(tmp_path)["notices"]
    assert (from_text(notice["since"]), from_text(notice["until"])) == (here, here + 2 * HOUR)


# Of components

PARTS = {"Web": frozenset({"kuma:0"}), "Mail": frozenset({"kuma:1", "kuma:2"}), "Both": frozenset({"kuma:0", "kuma:1"})}


def work_on(*names: str, states: list[str], problem: bool = False) -> Facts:
    """Return facts with states of kuma:0 and so on, while work on components is in progress."""
    there = facts(states)
    if problem:
        other = Report("other", MONITORS, monitors=(Monitor("other:9", "", State.UP),), problem="no answer")
        there = replace(there, reports=(*there.reports, other))
    window = Maintenance("2025-11-10-1", TEXT, NOW - HOUR, NOW + HOUR, "alice", names)
    return replace(there, announcements=Announcements(maintenance=(window,)))


@pytest.mark.parametrize(
    ("names", "states", "expected", "rule"),
    [
        (("Web",), ["down", "up", "up"], "degraded", "some-maintenance"),
        (("Web",), ["up", "up", "up"], "degraded", "some-maintenance"),
        (("Web",), ["unknown", "up", "up"], "degraded", "some-maintenance"),
        (("Web",), ["up", "down", "up"], "outage", "outage"),
        (("Web",), ["down", "down", "up"], "outage", "outage"),
        (("Web",), ["down", "pending", "up"], "degraded", "some-down"),
        (("Web",), ["down", "up", "unknown"], "unknown", "some-unknown"),
        (("Web", "Mail"), ["down", "down", "pending"], "degraded", "some-maintenance"),
        # What such a component was is not known: nothing is hidden by it.
        (("Renamed",), ["down", "up", "up"], "outage", "outage"),
        (("Renamed",), ["up", "up", "up"], "degraded", "some-maintenance"),
    ],
)
def test_work_on_components_hides_an_outage_there_and_nowhere_else(
    names: tuple[str, ...], states: list[str], expected: str, rule: str
) -> None:
    decision = decide(work_on(*names, states=states), Rules(components=PARTS))
    assert (decision.status.value, decision.rule) == (expected, rule)
    assert not decision.awaits_confirmation


def test_a_source_that_is_silent_is_unknown_unless_all_that_it_has_is_at_work() -> None:
    given = work_on("Web", states=["down", "up", "up"], problem=True)
    assert decide(given, Rules(components=PARTS)).rule == "some-unknown"
    with_it = {**PARTS, "Web": PARTS["Web"] | {"other:9"}}
    assert decide(given, Rules(components=with_it)).rule == "some-maintenance"


@pytest.mark.parametrize(
    ("part", "states", "expected"),
    [
        ("Web", ["down", "up", "up"], ("degraded", True)),
        ("Web", ["up", "up", "up"], ("degraded", True)),
        ("Mail", ["down", "up", "up"], ("operational", False)),
        ("Mail", ["down", "down", "up"], ("outage", False)),
        # It has a monitor of Web's.
        ("Both", ["down", "up", "up"], ("operational", False)),
        ("Both", ["up", "down", "up"], ("outage", False)),
    ],
)
def test_only_the_components_that_are_named_are_in_maintenance(
    part: str, states: list[str], expected: tuple[str, bool]
) -> None:
    (found,) = judge_all([(part, PARTS[part])], work_on("Web", states=states), Rules(components=PARTS))
    assert (found.status.value, found.in_maintenance) == expected


def test_its_downtime_is_left_out_of_the_figures_of_what_it_concerns_and_of_nothing_else(tmp_path: Path) -> None:
    window = Maintenance("2025-11-10-1", TEXT, NOON - 72 * HOUR, NOON, "alice", ("Web",))
    seen = heartbeats(NOON - 4 * HOUR, [State.UP] * 120 + [State.DOWN] * 120)
    keys = {"Web": frozenset({f"{SOURCE}:1"})}
    complete(history(tmp_path), (report({"1": seen, "2": seen}),), NOON, (window,), components=keys)
    known = {one.key: one for one in overview(tmp_path / FILE, NOON, windows_of((window,), keys)).monitors}
    of_web, of_mail = (known[f"{SOURCE}:{key}"].windows["last_24h"].seconds for key in ("1", "2"))
    assert (of_web.down, of_mail.maintenance) == (0, 0)
    assert of_web.maintenance > 3600
    assert of_mail.down > 3600


def test_components_are_named_kept_and_shown(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    make_settings(
        UPTIME_KUMA_URL=kuma.url,
        UPTIME_KUMA_API_KEY=API_KEY,
        UPTIME_KUMA_STATUS_PAGE="elytra",
        CONFIRM_AFTER_SECONDS="1",
        COMPONENTS="Steady things: 1,2; Shaky things: 5",
    )
    words = ("maintenance", "add", "--until", "2h", "--text", TEXT)
    assert run_command(tmp_path, *words, "--component", "Shaky") == errors.USAGE
    assert "COMPONENTS. Use Steady things, Shaky things" in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()

    assert run_command(tmp_path, *words, "--component", "Steady things") == 0
    document = published(tmp_path)
    assert document["platform_status"] == "outage", "it is elsewhere"
    assert document["headline"] == {
        "code": "outage",
        "text": "Service outage: Shaky things",
        "components": ["Shaky things"],
    }
    identifier = store.read(tmp_path).maintenance[0].identifier
    assert run_command(tmp_path, "maintenance", "remove", identifier) == 0

    assert run_command(tmp_path, *words, "--component", "Shaky things") == 0
    document = published(tmp_path)
    assert document["platform_status"] == "degraded"
    assert document["headline"] == {"code": "maintenance", "text": "Maintenance in progress", "components": []}
    public = tmp_path / "public"
    states = {
        one["name"]: one["status"] for one in json.loads((public / "api/v2/components.json").read_text())["components"]
    }
    assert states == {"Steady things": "operational", "Shaky things": "under_maintenance"}
    (active,) = json.loads((public / "api/v2/scheduled-maintenances/active.json").read_text())["scheduled_maintenances"]
    assert [one["name"] for one in active["components"]] == ["Shaky things"]
    assert "LOCATION:Shaky things" in (public / "calendar.ics").read_text()
    assert "<p>Shaky things</p>" in (public / "feed.atom").read_text().replace("html:", "")
    assert 'class="state" data-status="maintenance"' in (public / "index.html").read_text()
    capsys.readouterr()
    run_command(tmp_path, "maintenance", "list")
    assert ", now of Shaky things, " in capsys.readouterr().out


def test_what_was_announced_before_components_could_be_named_is_read(tmp_path: Path) -> None:
    store.change(tmp_path, SystemClock(), lambda there: announced((-1, 1)))
    (window,) = json.loads((tmp_path / store.FILE).read_text())["maintenance"]
    assert "components" not in window
    assert store.read(tmp_path).maintenance[0].components == ()
    named = replace(store.read(tmp_path).maintenance[0], components=("Web", "Mail"))
    store.change(tmp_path, SystemClock(), lambda there: replace(there, maintenance=(named,)))
    assert store.read(tmp_path).maintenance == (named,)
