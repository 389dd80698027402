# SPDX-License-Identifier: MIT
"""Incidents: opened and resolved by people, and by the job itself of an outage that it has confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status import errors
from elytra_status.announcements import incidents, store
from elytra_status.announcements.progress import KEPT, progress
from elytra_status.announcements.titles import title_of
from elytra_status.decision.notices import NO_INCIDENT_TEXT, of_incident
from elytra_status.demo.replay import ReplayServer
from elytra_status.errors import UsageError
from elytra_status.model import (
    Announcements,
    Backups,
    BackupStatus,
    ComponentDecision,
    Decision,
    Impact,
    IncidentPhase,
    IncidentUpdate,
    Maintenance,
    Override,
    PlatformStatus,
    Uptime,
)
from elytra_status.run import job
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock, recording
from tests.in_process import run_command

pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEXT = "Part of the platform is not available."
NAMES = ("Websites", "Mail", "DNS")
RULES = {"operational": "all-up", "degraded": "some-down", "outage": "outage", "unknown": "some-unknown"}

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]


def decided(status: str, rule: str = "", *, awaits: bool = False) -> Decision:
    backups = Backups(BackupStatus.UNKNOWN)
    return Decision(PlatformStatus(status), rule or RULES[status], "", Uptime(), backups, awaits_confirmation=awaits)


def after(*statuses: str, minutes: float = 10, there: Announcements | None = None) -> Announcements:
    """Return what becomes of announcements after decisions that are so many minutes apart; 'outage/override' has
    another rule than usual."""
    announcements = there or Announcements()
    for number, word in enumerate(statuses):
        status, _, rule = word.partition("/")
        moment = NOW + number * minutes * MINUTE
        announcements = progress(announcements, decided(status, rule), moment, TEXT).announcements
    return announcements


def told(announcements: Announcements) -> list[list[str]]:
    """Return the texts of each incident."""
    return [[update.text for update in incident.updates] for incident in announcements.incidents]


def test_a_confirmed_outage_opens_one_and_its_end_resolves_it() -> None:
    (incident,) = after("operational", "outage", "outage").incidents
    assert (incident.opened, incident.resolved, incident.automatic) == (NOW + 10 * MINUTE, None, True)
    assert of_incident(incident).text == TEXT
    (incident,) = after("operational", "outage", "outage", "operational", "operational").incidents
    assert incident.resolved == NOW + 30 * MINUTE
    assert [update.text for update in incident.updates] == [TEXT, incidents.RESOLVED_TEXT]


@pytest.mark.parametrize("status", ["degraded", "unknown", "outage/override", "degraded/maintenance", "operational"])
def test_nothing_else_opens_one(status: str) -> None:
    assert after(status, status).incidents == ()


def test_what_is_not_confirmed_opens_and_changes_none() -> None:
    there = after("outage")
    for status in PlatformStatus:
        assert incidents.follow(there, decided(status.value, awaits=True), NOW, TEXT) == there
    assert incidents.follow(Announcements(), decided("outage", awaits=True), NOW, TEXT) == Announcements()


@pytest.mark.parametrize("status", ["unknown", "degraded/override", "degraded/maintenance", "outage/override"])
def test_what_says_nothing_of_the_outage_changes_nothing(status: str) -> None:
    assert after("outage", status) == after("outage")


def test_degraded_is_not_over_and_says_so() -> None:
    announcements = after("outage", "degraded", "degraded", "outage", "degraded", "operational")
    assert told(announcements) == [[TEXT, incidents.EASED_TEXT, TEXT, incidents.EASED_TEXT, incidents.RESOLVED_TEXT]]


def with_components(status: str, *out: str) -> Decision:
    """Return a decision in which these of the components Websites, Mail and DNS are in outage."""
    states = {name: PlatformStatus.OUTAGE if name in out else PlatformStatus.OPERATIONAL for name in NAMES}
    return replace(decided(status), components=tuple(ComponentDecision(*pair) for pair in states.items()))


def test_the_jobs_incident_names_what_is_out_and_then_every_component_that_was() -> None:
    there = incidents.follow(Announcements(), with_components("outage", "Mail"), NOW, TEXT)
    (incident,) = there.incidents
    assert (title_of(incident), incident.impact) == ("Mail unavailable", Impact.MAJOR)
    there = incidents.follow(there, with_components("outage", "Websites"), NOW + MINUTE, TEXT)
    assert title_of(there.incidents[0]) == "Websites unavailable"
    assert told(there) == [[TEXT, "Available again: Mail. Unavailable now: Websites."]]
    there = incidents.follow(there, with_components("operational"), NOW + 42 * MINUTE, TEXT)
    assert title_of(there.incidents[0]) == "Mail and Websites unavailable"
    assert there.incidents[0].duration == 42 * MINUTE
    # It comes back within the hour, elsewhere.
    there = incidents.follow(there, with_components("outage", "DNS"), NOW + 50 * MINUTE, TEXT)
    (incident,) = there.incidents
    assert (title_of(incident), incident.duration) == ("DNS unavailable", None)
    assert incident.components == ("Mail", "Websites", "DNS")
    assert incident.phase is IncidentPhase.INVESTIGATING


def test_a_persons_title_and_phase_stay_while_the_outage_goes_on() -> None:
    there = incidents.follow(Announcements(), with_components("outage", "Mail"), NOW, TEXT)
    identifier = there.last_identifier
    named = incidents.Details(title="Mail is slow", components=("Mail",), impact=Impact.CRITICAL)
    there = incidents.update(there, identifier, "A disk.", NOW, "alice", named, IncidentPhase.IDENTIFIED)
    there = incidents.follow(there, with_components("outage", "Mail", "DNS"), NOW + MINUTE, TEXT)
    (incident,) = there.incidents
    assert (title_of(incident), incident.impact, incident.phase.value) == (
        "Mail is slow", Impact.CRITICAL, "identified",
    )  # fmt: skip
    assert incident.components == ("Mail", "DNS")


@pytest.mark.parametrize(
    ("count", "length", "title"),
    [
        (0, 5, TEXT),
        (1, 5, "N0000 unavailable"),
        (3, 5, "N0000, N0001 and N0002 unavailable"),
        (5, 5, "N0000, N0001, N0002 and 2 more unavailable"),
        (3, 80, "3 components unavailable"),
    ],
)
def test_a_title_fits_however_many_components_there_are(count: int, length: int, title: str) -> None:
    names = [f"N{number:0{length - 1}}" for number in range(count)]
    decision = replace(
        decided("outage"), components=tuple(ComponentDecision(name, PlatformStatus.OUTAGE) for name in names)
    )
    (incident,) = incidents.follow(Announcements(), decision, NOW, TEXT).incidents
    assert title_of(incident) == title


def test_phases_go_on_until_the_incident_is_resolved() -> None:
    there = incidents.begin(Announcements(), "It is slow.", NOW, "alice", phase=IncidentPhase.IDENTIFIED)
    identifier = there.last_identifier
    there = incidents.update(there, identifier, "Still slow.", NOW, "alice")
    there = incidents.update(there, identifier, "It is fast.", NOW, "alice", phase=IncidentPhase.MONITORING)
    there = incidents.resolve(there, identifier, "It stays fast.", NOW + MINUTE, "alice")
    (incident,) = there.incidents
    assert [update.phase.value for update in incident.updates] == [
        "identified", "identified", "monitoring", "resolved",
    ]  # fmt: skip


def test_a_postmortem_is_of_a_resolved_incident_and_can_be_replaced() -> None:
    there = incidents.begin(Announcements(), "It is slow.", NOW, "alice")
    identifier = there.last_identifier
    with pytest.raises(UsageError, match="that incident is open"):
        incidents.review(there, identifier, "A disk.", NOW, "alice")
    with pytest.raises(UsageError, match="there is no incident with this ID"):
        incidents.review(there, "2025-01-01-1", "A disk.", NOW, "alice")
    there = incidents.resolve(there, identifier, "It is well.", NOW, "alice")
    there = incidents.review(there, identifier, "A disk.", NOW + MINUTE, "alice")
    there = incidents.review(there, identifier, "Two disks.", NOW + 2 * MINUTE, "bob")
    (postmortem,) = (one.postmortem for one in there.incidents)
    assert postmortem == IncidentUpdate(NOW + 2 * MINUTE, "Two disks.", "bob", IncidentPhase.RESOLVED)
    assert there.incidents[0].resolved == NOW


def test_an_incident_can_be_removed_and_its_identifier_is_not_given_again() -> None:
    there = incidents.remove(incidents.begin(Announcements(), "A slip.", NOW, "alice"), "2025-11-10-1")
    assert there.incidents == ()
    assert incidents.begin(there, "It is slow.", NOW, "alice").incidents[0].identifier == "2025-11-10-2"
    with pytest.raises(UsageError, match="there is no incident with this ID"):
        incidents.remove(there, "2025-11-10-1")


def test_an_override_that_says_operational_ends_it() -> None:
    assert after("outage", "operational/override").incidents[0].resolved


def test_what_comes_back_within_an_hour_is_the_same_incident() -> None:
    flapping = ["outage", "operational"] * 20
    assert len(after(*flapping).incidents) == 1
    (incident,) = after(*flapping, "outage").incidents
    assert incident.resolved is None
    assert incident.opened == NOW
    assert len(after("outage", "operational", "outage", minutes=60).incidents) == 2
    assert len(after("outage", "operational", "outage", minutes=59.9).incidents) == 1


def test_a_persons_incident_is_never_resolved_by_the_job_and_keeps_it_from_opening_another() -> None:
    there = incidents.begin(Announcements(), "It is slow.", NOW, "alice")
    assert after("outage", "degraded", "operational", "operational", there=there) == there


def test_a_persons_word_on_the_jobs_incident_stays_until_it_is_over() -> None:
    there = after("outage")
    identifier = there.incidents[0].identifier
    there = incidents.update(there, identifier, "A disk has failed.", NOW, "alice")
    assert after("degraded", "outage", there=there) == there
    assert told(after("operational", there=there))[0][-2:] == ["A disk has failed.", incidents.RESOLVED_TEXT]


def test_what_a_person_resolves_is_left_alone_for_an_hour() -> None:
    there = after("outage")
    there = incidents.resolve(there, there.incidents[0].identifier, "It was the check.", NOW, "alice")
    assert after("outage", "outage", there=there) == there
    assert len(after(*["outage"] * 8, there=there).incidents) == 2


def test_it_can_be_switched_off() -> None:
    for status in PlatformStatus:
        assert incidents.follow(Announcements(), decided(status.value), NOW, None) == Announcements()
    assert incidents.follow(after("outage"), decided("operational"), NOW, None).incidents[0].resolved == NOW


def test_identifiers_are_of_their_day_and_unlike_all_before() -> None:
    there = incidents.begin(Announcements(), "one", NOW, "alice")
    there = incidents.begin(there, "two", NOW, "alice")
    there = incidents.begin(there, "three", NOW + timedelta(days=1), "alice")
    there = incidents.begin(there, "with the clock set back", NOW, "alice")
    assert [one.identifier for one in there.incidents] == [
        "2025-11-10-1", "2025-11-10-2", "2025-11-11-1", "2025-11-11-2",
    ]  # fmt: skip


def test_more_than_can_be_read_is_refused() -> None:
    there = Announcements()
    for number in range(incidents.MOST):
        there = incidents.begin(there, f"{number}", NOW, "alice")
    with pytest.raises(UsageError, match="20 incidents are open already"):
        incidents.begin(there, "one more", NOW, "alice")
    there = incidents.resolve(there, "2025-11-10-7", "over", NOW, "alice")
    incidents.begin(there, "one more", NOW, "alice")


def test_what_is_over_is_kept_for_400_days() -> None:
    override = Override(PlatformStatus.OUTAGE, "x", NOW, NOW, ended=NOW)
    window = Maintenance("1", "x", NOW - MINUTE, NOW)
    there = replace(after("outage", "operational", minutes=0), past_overrides=(override,), maintenance=(window,))
    for days, kept in ((400, 1), (401, 0)):
        moment = NOW + timedelta(days=days)
        now = progress(there, decided("unknown"), moment, TEXT).announcements
        assert [len(now.incidents), len(now.past_overrides), len(now.maintenance)] == [kept] * 3
    assert timedelta(days=400) == KEPT
    still_open = after("outage")
    assert progress(still_open, decided("unknown"), NOW + 2 * KEPT, TEXT).announcements == still_open


words = st.sampled_from([*RULES, "outage/override", "operational/override", "degraded/maintenance"])


@given(st.lists(words, max_size=30), st.floats(1, 100))
def test_whatever_happens_one_is_open_at_most_and_none_while_all_is_well(statuses: list[str], minutes: float) -> None:
    announcements = after(*statuses, minutes=minutes)
    open_ones = incidents.ongoing(announcements)
    assert len(open_ones) <= 1
    if statuses and statuses[-1] == "outage":
        assert len(open_ones) == 1
    if statuses and statuses[-1].startswith("operational"):
        assert not open_ones
    if "outage" not in statuses:
        assert not announcements.incidents
    # Each begins more than an hour after the one before has ended.
    for earlier, later in zip(announcements.incidents, announcements.incidents[1:], strict=False):
        assert earlier.resolved
        assert later.opened - earlier.resolved >= incidents.SAME_WITHIN


# Through the whole job


def published(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "public" / "status.json").read_bytes())
    return document


def notices(directory: Path) -> list[tuple[str, str, str]]:
    found = published(directory)["notices"]
    return [(notice["kind"], notice["text"], notice["since"]) for notice in found if notice["kind"] == "incident"]


def ask(make_settings: Make, kuma: ReplayServer, **more: str) -> Settings:
    return make_settings(
        UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra", **more
    )


def test_an_outage_is_published_with_its_incident_until_it_is_over(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    settings = ask(make_settings, kuma, INCIDENT_TEXT="Some sites are down.")
    job.run(settings, clock, tmp_path)
    document = published(tmp_path)
    assert document["platform_status"] == "outage"
    ((kind, text, since),) = notices(tmp_path)
    assert (kind, text) == ("incident", "Some sites are down.")
    assert any("incident-opened" in line and "opened by the job" in line for line in log_lines)

    clock.moment += 10 * MINUTE
    job.run(settings, clock, tmp_path)
    assert notices(tmp_path) == [(kind, text, since)]

    kuma.recording = recording("v2.5.3", "all-up")
    clock.moment += 10 * MINUTE
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["notices"] == []
    assert any("incident-resolved" in line for line in log_lines)
    (incident,) = store.read(tmp_path).incidents
    assert incident.resolved


def test_switched_off_an_outage_is_published_without_an_incident(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    job.run(ask(make_settings, kuma, INCIDENTS="manual"), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "outage"
    assert published(tmp_path)["notices"] == []


def test_a_summary_shows_the_incident_that_a_run_would_open_and_opens_none(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kuma = start_kuma("v2.5.3", "one-down")
    answer = kuma.recording.answers["/api/status-page/heartbeat/elytra"]
    heartbeats = json.loads(answer.body)
    heartbeats["heartbeatList"]["5"][-2]["status"] = 0  # confirmed by two heartbeats
    body = json.dumps(heartbeats).encode()
    kuma.recording = replace(
        kuma.recording,
        answers={**kuma.recording.answers, "/api/status-page/heartbeat/elytra": replace(answer, body=body)},
    )
    ask(make_settings, kuma)
    assert run_command(tmp_path, "summary") == 0
    assert f"Notice    incident: {TEXT}" in capsys.readouterr().out
    assert not (tmp_path / store.FILE).exists()


def test_people_open_update_and_resolve(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(make_settings, start_kuma("v2.5.3", "all-up"))
    assert run_command(tmp_path, "incident", "list") == 0
    assert capsys.readouterr().out == "no incident is open\n"
    assert run_command(tmp_path, "incident", "open", "--text", "Sites load slowly.") == 0
    assert published(tmp_path)["platform_status"] == "operational", "the status stays what it is"
    ((_, text, since),) = notices(tmp_path)
    assert text == "Sites load slowly."
    identifier = store.read(tmp_path).incidents[0].identifier
    assert capsys.readouterr().out.startswith(f"{identifier}, opened {since}, open\n")

    assert run_command(tmp_path, "incident", "update", identifier, "--text", "A disk is full.") == 0
    assert notices(tmp_path) == [("incident", "A disk is full.", since)]
    capsys.readouterr()
    assert run_command(tmp_path, "incident", "list") == 0
    shown = capsys.readouterr().out
    assert [line.partition(": ")[2] for line in shown.splitlines()[1:]] == ["Sites load slowly.", "A disk is full."]

    assert run_command(tmp_path, "incident", "resolve", identifier) == 0
    assert notices(tmp_path) == []
    capsys.readouterr()
    assert run_command(tmp_path, "incident", "list", "--all") == 0
    assert f"{identifier}, opened {since}, resolved " in capsys.readouterr().out
    for words in (["update", identifier, "--text", "x"], ["resolve", identifier]):
        assert run_command(tmp_path, "incident", *words) == errors.USAGE
        assert "ERROR: that incident is resolved. Open another one" in capsys.readouterr().err
        assert run_command(tmp_path, "incident", words[0], "2025-01-01-1", *words[2:]) == errors.USAGE
        assert "ERROR: there is no incident with this ID. Run elytra-status incident list" in capsys.readouterr().err


def test_no_text_of_an_incident_holds_a_clients_name(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(make_settings, start_kuma("v2.5.3", "all-up"))
    assert run_command(tmp_path, "incident", "open", "--text", "The scheduler is down.") == errors.REFUSED
    assert run_command(tmp_path, "incident", "open", "--text", "Something is down.") == 0
    identifier = store.read(tmp_path).incidents[0].identifier
    capsys.readouterr()
    for action in ("update", "resolve"):
        assert (
            run_command(tmp_path, "incident", action, identifier, "--text", "It was the scheduler.") == errors.REFUSED
        )
        assert "ERROR: --text: nothing was changed, because it contains" in (words := capsys.readouterr().err)
        assert "cheduler" not in words
    assert told(store.read(tmp_path)) == [["Something is down."]]


def test_one_whose_text_has_become_a_clients_name_can_be_resolved(
    start_kuma: Start, make_settings: Make, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    make_settings()
    assert run_command(tmp_path, "incident", "open", "--text", "The scheduler is down.") == 0
    ask(make_settings, kuma)
    assert run_command(tmp_path, "run") == 0
    assert [text for _, text, *_ in notices(tmp_path)] == [NO_INCIDENT_TEXT]
    assert run_command(tmp_path, "incident", "resolve", store.read(tmp_path).incidents[0].identifier) == 0
    assert published(tmp_path)["platform_status"] == "operational"


def test_the_texts_of_the_jobs_incidents_are_checked_with_the_settings(
    start_kuma: Start, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    ask(make_settings, kuma, INCIDENT_TEXT="The scheduler is down.")
    assert run_command(tmp_path, "config", "check") == errors.SETTINGS
    assert (
        ": INCIDENT_TEXT is withheld from the public, as it holds the name of monitor uptime_kuma:"
        in capsys.readouterr().err
    )
