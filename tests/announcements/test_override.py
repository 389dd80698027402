# SPDX-License-Identifier: MIT
"""A status that a person sets by hand: what is accepted, what is then published, and how it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors
from elytra_status.announcements import override as overrides
from elytra_status.announcements import store
from elytra_status.commands.override import STATUSES
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.model import Override, PlatformStatus
from elytra_status.run import assess, job
from elytra_status.settings import Settings
from elytra_status.system import files
from elytra_status.system.clock import SystemClock, to_text
from tests.conftest import API_KEY, MovableClock
from tests.in_process import run_command
from tests.installation import Installation

pytestmark = pytest.mark.slow

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]
Set = Callable[..., int]


@pytest.fixture
def kuma(start_kuma: Start, make_settings: Make) -> ReplayServer:
    """A replayed Uptime Kuma in which all is up, that the settings name."""
    kuma = start_kuma("v2.5.3", "all-up")
    ask(make_settings, kuma)
    return kuma


def ask(make_settings: Make, kuma: ReplayServer, **more: str) -> Settings:
    return make_settings(
        UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra", **more
    )


@pytest.fixture
def set_override(tmp_path: Path) -> Set:
    def call(status: str = "outage", note: str = "A disk has failed.", *more: str) -> int:
        return run_command(tmp_path, "override", "set", "--status", status, "--note", note, *more)

    return call


def published(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "public" / "status.json").read_bytes())
    return document


def test_what_can_be_set_is_what_can_be_published() -> None:
    assert list(STATUSES) == [status.value for status in PlatformStatus]


@pytest.mark.parametrize("status", ["outage", "degraded", "unknown"])
def test_it_is_published_at_once_and_ends_when_it_is_cleared(
    status: str, kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_override(status) == 0
    document = published(tmp_path)
    assert document["platform_status"] == status
    (notice,) = document["notices"]
    assert (notice["kind"], notice["text"]) == ("override", "A disk has failed.")
    assert f"set: {status}, until {notice['until']} (4 hours), by " in capsys.readouterr().out

    assert run_command(tmp_path, "override", "clear") == 0
    assert published(tmp_path)["platform_status"] == "operational"
    assert published(tmp_path)["notices"] == []
    assert "cleared: " in capsys.readouterr().out


def test_it_outlives_the_process_and_runs_out_by_itself(
    kuma: ReplayServer, set_override: Set, make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    set_override("outage", "A disk has failed.", "--until", "90m")
    until = published(tmp_path)["notices"][0]["until"]
    settings = ask(make_settings, kuma)
    kuma.clock = lambda: clock.now()
    clock = MovableClock(SystemClock().now() + timedelta(minutes=89))
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "outage"
    assert not any("override-ended" in line for line in log_lines)

    clock.moment += timedelta(minutes=1)
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "operational"
    assert published(tmp_path)["notices"] == []
    (line,) = [line for line in log_lines if "override-ended" in line]
    assert f"to outage has run out at {until}; the status is operational" in line

    job.run(settings, clock, tmp_path)
    assert len([line for line in log_lines if "override-ended" in line]) == 1, "it is said once"
    (past,) = store.read(tmp_path).past_overrides
    assert (to_text(past.ended or past.since), past.ended_by) == (until, "")


@pytest.mark.parametrize(("ahead", "counts"), [(timedelta(hours=23), True), (timedelta(days=90), False)])
def test_one_that_was_set_while_the_clock_was_wrong_does_not_wait_for_that_time_to_come(
    ahead: timedelta, counts: bool, kuma: ReplayServer, make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    clock = MovableClock()
    since = clock.now() + ahead
    override = Override(PlatformStatus.OUTAGE, "A disk has failed.", since, since + timedelta(hours=4), "root")
    store.change(tmp_path, clock, lambda there: overrides.set_to(there, override))
    job.run(ask(make_settings, kuma), clock, tmp_path)
    assert (published(tmp_path)["platform_status"] == "outage") is counts
    assert (store.read(tmp_path).override is not None) is counts
    if not counts:
        (line,) = [line for line in log_lines if "override-ended" in line]
        assert "set by root to outage" in line
        assert f"of {to_text(since)}, when the clock was wrong" in line


@pytest.mark.parametrize("scenario", ["one-down", "all-up"])
def test_operational_is_not_taken_lightly_while_something_is_down(
    scenario: str, start_kuma: Start, make_settings: Make, set_override: Set, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    ask(make_settings, start_kuma("v2.5.3", scenario))
    status = set_override("operational", "All is well.")
    if scenario == "all-up":
        assert status == 0
    else:
        assert status == errors.USAGE
        words = capsys.readouterr().err
        assert "1 of 6 monitors down, 0 of them confirmed: nothing was set" in words
        assert "--force" in words
        assert store.read(tmp_path).override is None
        assert not (tmp_path / "public").exists()
        assert set_override("operational", "All is well.", "--force") == 0
        assert "WARNING: operational only because of an override" in capsys.readouterr().err
    assert published(tmp_path)["platform_status"] == "operational"


def test_operational_is_not_taken_lightly_while_nobody_answers(
    kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("/metrics", "/api/status-page/elytra", "/api/status-page/heartbeat/elytra"):
        kuma.faults[path] = ReplayFault(status=503)
    assert set_override("operational", "All is well.") == errors.USAGE
    words = capsys.readouterr().err
    assert (
        "nothing was set, because it is unknown whether the platform works: uptime_kuma did not report any state"
        in words
    )
    assert "--force" in words
    assert set_override("outage", "Nothing works.") == 0, "an outage can be told all the same"
    assert set_override("operational", "All is well.", "--force") == 0
    assert published(tmp_path)["platform_status"] == "operational"


@pytest.mark.parametrize(
    "name",
    ["Café Zoë", "CAFÉ ZOË", "café  zoë's", "Cafe\u0301 Zoe\u0308", "Ca\u200bfé Zo\u00adë", "Caf%C3%A9%20Zo%C3%AB"],
)
def test_a_name_of_a_client_is_refused_at_the_prompt(
    name: str, kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {
        path: replace(answer, body=answer.body.replace(b"Scheduler", "Café Zoë".encode()))
        for path, answer in kuma.recording.answers.items()
    }
    kuma.recording = replace(kuma.recording, answers=answers)
    assert set_override("outage", f"We repair {name} now.") == errors.REFUSED
    words = capsys.readouterr()
    assert "ERROR: --note: nothing was changed, because it contains the name of monitor uptime_kuma:" in words.err
    assert name not in words.err + words.out
    assert store.read(tmp_path).override is None
    assert not (tmp_path / "public").exists()


def test_a_secret_in_a_note_is_refused_and_not_repeated(
    kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_override("outage", f"The key is {API_KEY}.") == errors.REFUSED
    words = capsys.readouterr()
    assert "secret UPTIME_KUMA_API_KEY" in words.err
    assert API_KEY not in words.err + words.out
    assert store.read(tmp_path).override is None


@pytest.mark.parametrize("note", ["", " ", "one\ntwo", "x" * 10_000, "\x1b[31mred", "turned \u202eabout", "\udce4"])
def test_an_invalid_note_is_refused_before_any_source_is_queried(
    note: str, kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_override("outage", note) == errors.USAGE
    assert "ERROR: --note " in capsys.readouterr().err
    assert kuma.requests == []
    assert not (tmp_path / store.FILE).exists()


@pytest.mark.parametrize(
    "note", ["🔧 Wir arbeiten daran – „bald“", "العمل جارٍ على الإصلاح.", '<b>"&\\', "维护中", "unknown"]
)
def test_every_script_is_published_as_it_is(note: str, make_settings: Make, set_override: Set, tmp_path: Path) -> None:
    make_settings()
    assert set_override("outage", note) == 0
    assert published(tmp_path)["notices"][0]["text"] == note


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("0m", "which is not later than now, "),
        ("2020-01-01T00:00Z", "--until is 2020-01-01T00:00:00Z, which is not later than now, "),
        ("8d", "Give at most 7 days."),
        ("2025-11-10T18:00", "--until has no time zone"),
        ("tomorrow", "--until cannot be read as a time"),
    ],
)
def test_it_ends_at_a_time_to_come_that_is_not_far_away(
    until: str, words: str, make_settings: Make, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    assert set_override("outage", "A disk has failed.", "--until", until) == errors.USAGE
    assert words in capsys.readouterr().err
    assert not (tmp_path / store.FILE).exists()


def test_another_one_takes_its_place_and_both_are_recorded_with_who_and_when(
    make_settings: Make, set_override: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    make_settings()
    for name in ("alice", "bob"):
        monkeypatch.setenv("SUDO_USER", name)
        assert set_override("outage", f"{name} says so.") == 0
    assert "in place of: outage, until " in capsys.readouterr().out
    there = store.read(tmp_path)
    assert there.override
    (past,) = there.past_overrides
    assert (there.override.by, past.by, past.ended_by) == ("bob", "alice", "bob")
    assert past.ended == there.override.since
    assert run_command(tmp_path, "override", "show") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("set: outage, until ")
    assert first.endswith("by bob: bob says so.")
    assert second.startswith("before: outage, ")
    assert second.endswith("by alice, ended by bob: alice says so.")
    assert "alice" not in json.dumps(published(tmp_path)).replace("alice says so.", "")
    assert b'bob"' not in (tmp_path / "public" / "status.json").read_bytes()


def test_without_one_there_is_nothing_to_clear_or_show(
    kuma: ReplayServer, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for action in ("clear", "show"):
        assert run_command(tmp_path, "override", action) == 0
        assert capsys.readouterr().out == "no override is set: the status is what the monitors say\n"
    assert {request.method for request in kuma.requests} == {"HEAD"}, "asked for nothing but the time"


def test_one_that_is_set_while_a_run_is_under_way_counts_for_that_run(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    now = clock.now().replace(microsecond=0)
    override = Override(PlatformStatus.DEGRADED, "We know.", now, now + timedelta(hours=1))

    def say() -> None:
        store.change(tmp_path, SystemClock(), lambda there: overrides.set_to(there, override))

    clock.before_waking = say
    job.run(ask(make_settings, kuma), clock, tmp_path)
    assert clock.sleeps
    assert published(tmp_path)["platform_status"] == "degraded"
    assert store.read(tmp_path).override == override


def test_a_run_by_hand_that_is_under_way_is_waited_for(
    make_settings: Make, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    with ExitStack() as stack:
        stack.enter_context(files.lock_directory(tmp_path))
        release = threading.Timer(0.8, stack.pop_all().close)
        release.start()
        assert set_override() == 0
        release.join()
    assert capsys.readouterr().err.count("another run is under way: waiting for it to end") == 1
    assert published(tmp_path)["platform_status"] == "outage"


def test_a_source_that_hangs_keeps_nobody_waiting_for_what_a_person_says(
    kuma: ReplayServer, make_settings: Make, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/metrics", "/api/status-page/elytra", "/api/status-page/heartbeat/elytra"):
        kuma.faults[path] = ReplayFault(hang=True)
    monkeypatch.setattr(assess, "SECONDS_UNDER_OVERRIDE", 1)
    now = SystemClock().now()
    override = Override(PlatformStatus.OUTAGE, "We know.", now, now + timedelta(hours=1))
    store.change(tmp_path, SystemClock(), lambda there: overrides.set_to(there, override))
    outcome = job.run(ask(make_settings, kuma, SOURCE_DEADLINE_SECONDS="100"), SystemClock(), tmp_path)
    assert " 1 s" in str(outcome.assessment.reports[0].problem)
    assert published(tmp_path)["platform_status"] == "outage"


def test_a_summary_says_what_it_would_be_without_one(
    kuma: ReplayServer, set_override: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_override("outage")
    capsys.readouterr()
    assert run_command(tmp_path, "summary") == 0
    shown = capsys.readouterr().out
    assert "Platform  outage: set by hand until " in shown
    assert "without it the status would be operational: 6 monitors" in shown
    assert "Notice    override: A disk has failed." in shown


def test_what_several_people_say_at_once_is_all_kept_and_published(installation: Installation) -> None:
    """Real processes, each of which does the whole job after it."""
    words = [["override", "set", "--status", "degraded", "--note", "It is slow."]]
    words += [["incident", "open", "--text", f"Something is slow, {number}."] for number in range(3)]
    processes = [installation.start(*each) for each in words]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert {notice["text"] for notice in installation.published()["notices"]} == {
        "It is slow.", "Something is slow, 0.", "Something is slow, 1.", "Something is slow, 2.",
    }  # fmt: skip
    assert installation.left_behind() == []
