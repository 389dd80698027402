# SPDX-License-Identifier: MIT
"""When what a person announced begins, counts and ends, and what the job says of an outage by itself: at the edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.announcements import incidents, maintenance, override, times
from elytra_status.announcements.progress import progress
from elytra_status.errors import UsageError
from elytra_status.model import (
    Announcements,
    Backups,
    BackupStatus,
    Decision,
    Incident,
    IncidentUpdate,
    Maintenance,
    Override,
    PlatformStatus,
    Uptime,
)

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEXT = "Part of the platform is not available."
OPERATIONAL, DEGRADED, OUTAGE, UNKNOWN = PlatformStatus


@pytest.mark.parametrize(
    ("longest", "days"), [(override.LONGEST, 7), (maintenance.LONGEST, 7), (maintenance.FURTHEST, 366)]
)
def test_an_announcement_has_a_longest_duration(longest: timedelta, days: int) -> None:
    assert times.within("--until", NOW + days * DAY, NOW, longest) == NOW + days * DAY
    with pytest.raises(UsageError):
        times.within("--until", NOW + days * DAY + SECOND, NOW, longest)


# Override.


def by_hand(since: timedelta, until: timedelta) -> Announcements:
    return Announcements(Override(OUTAGE, "A disk.", NOW + since, NOW + until, "alice"))


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (-HOUR, HOUR, True),
        (-HOUR, SECOND, True),
        (-HOUR, 0 * HOUR, False),
        # Its beginning is ahead: the clock was wrong when it was set, or took a zone for UTC.
        (DAY, 2 * DAY, True),
        (DAY + SECOND, 2 * DAY, False),
    ],
)
def test_an_override_counts_until_it_runs_out(since: timedelta, until: timedelta, counts: bool) -> None:
    there = by_hand(since, until)
    assert (override.in_force(there, NOW) is not None) is counts
    after = override.run_out(there, NOW)
    assert (after is there) is counts
    assert (after.override is None) is not counts


def test_an_override_that_ends_is_kept_with_when_and_by_whom() -> None:
    there = by_hand(-HOUR, HOUR)
    (cleared,) = override.clear(there, NOW + timedelta(microseconds=7), "bob").past_overrides
    assert (cleared.ended, cleared.ended_by) == (NOW, "bob")
    (ran_out,) = override.run_out(there, NOW + 2 * HOUR).past_overrides
    assert (ran_out.ended, ran_out.ended_by) == (NOW + HOUR, "")
    (at_its_end,) = override.clear(there, NOW + HOUR, "bob").past_overrides
    assert (at_its_end.ended, at_its_end.ended_by) == (NOW + HOUR, "")
    assert override.clear(Announcements(), NOW, "bob") == Announcements()
    other = Override(DEGRADED, "Still.", NOW, NOW + HOUR, "bob")
    after = override.set_to(there, other)
    assert (after.override, [one.ended_by for one in after.past_overrides]) == (other, ["bob"])


# Maintenance.


def window(since: timedelta, until: timedelta, identifier: str = "1") -> Maintenance:
    return Maintenance(identifier, "Work.", NOW + since, NOW + until)


@pytest.mark.parametrize(
    ("since", "until", "lasts", "is_to_come"),
    [
        (0 * HOUR, HOUR, True, False),
        (SECOND, HOUR, False, True),
        (-HOUR, SECOND, True, False),
        (-HOUR, 0 * HOUR, False, False),
    ],
)
def test_maintenance_lasts_from_its_beginning_on_and_before_its_end(
    since: timedelta, until: timedelta, lasts: bool, is_to_come: bool
) -> None:
    there = Announcements(maintenance=(window(since, until),))
    assert bool(maintenance.current(there, NOW)) is lasts
    assert bool(maintenance.to_come(there, NOW)) is is_to_come
    if lasts or is_to_come:
        assert maintenance.find(there, "1", NOW) == there.maintenance[0]
    else:
        with pytest.raises(UsageError, match="is over"):
            maintenance.find(there, "1", NOW)


def test_windows_are_found_by_their_identifiers_alone() -> None:
    there = Announcements(maintenance=(window(-2 * HOUR, -HOUR, "1"), window(-HOUR, HOUR, "2"), window(HOUR, DAY, "3")))
    assert maintenance.find(there, "3", NOW).identifier == "3"
    for identifier, words in (("1", "is over"), ("4", "there is no maintenance")):
        with pytest.raises(UsageError, match=words):
            maintenance.find(there, identifier, NOW)
    assert [one.identifier for one in maintenance.remove(there, "3", NOW).maintenance] == ["1", "2"]
    ended = maintenance.remove(there, "2", NOW).maintenance
    assert [(one.identifier, one.until) for one in ended] == [("1", NOW - HOUR), ("3", NOW + DAY), ("2", NOW)]
    # What has just begun lasted for no time.
    begins = Announcements(maintenance=(window(0 * HOUR, HOUR),))
    assert maintenance.remove(begins, "1", NOW).maintenance == ()


def test_a_window_concerns_all_or_the_monitors_of_its_components() -> None:
    parts = {"Web": frozenset({"k:1", "k:2"}), "Mail": frozenset({"k:3"})}
    whole = window(-HOUR, HOUR)
    assert maintenance.concerned(whole, parts) is None
    for names, keys in ((("Web",), "12"), (("Web", "Mail"), "123"), (("Gone",), "")):
        expected = frozenset(f"k:{key}" for key in keys)
        assert maintenance.concerned(replace(whole, components=names), parts) == expected


@pytest.mark.parametrize("to_come", [0, 10, 20])
def test_twenty_windows_that_are_not_over_are_the_most(to_come: int) -> None:
    times_ = [(HOUR, DAY)] * to_come + [(-HOUR, HOUR)] * (20 - to_come)
    over = window(-2 * HOUR, -HOUR)
    there = Announcements(maintenance=(over, *(window(*one) for one in times_)))
    with pytest.raises(UsageError, match="20 windows"):
        maintenance.add(there, window(HOUR, DAY), NOW)
    one_less = replace(there, maintenance=there.maintenance[:-1])
    assert len(maintenance.add(one_less, window(HOUR, DAY), NOW).maintenance) == 21


# Incidents.


def decided(status: PlatformStatus, rule: str = "", *, awaits: bool = False) -> Decision:
    backups = Backups(BackupStatus.UNKNOWN)
    return Decision(status, rule or status.value, "", Uptime(), backups, awaits_confirmation=awaits)


def incident(*by: str, resolved: timedelta | None = None, automatic: bool = True, identifier: str = "1") -> Incident:
    """Return an incident with an update by each of these, an hour apart; '' is the job."""
    updates = tuple(IncidentUpdate(NOW + (number - len(by)) * HOUR, f"{number}", one) for number, one in enumerate(by))
    ended = None if resolved is None else NOW + resolved
    return Incident(identifier, updates[0].time, updates, ended, automatic)


def followed(status: PlatformStatus, *there: Incident, rule: str = "", text: str | None = TEXT) -> tuple[Incident, ...]:
    return incidents.follow(Announcements(incidents=there), decided(status, rule), NOW, text).incidents


def test_the_newest_open_incident_comes_first_and_is_found_by_its_identifier() -> None:
    there = Announcements(
        incidents=(incident("a"), incident("a", resolved=-HOUR, identifier="2"), incident("a", identifier="3"))
    )
    assert [one.identifier for one in incidents.ongoing(there)] == ["3", "1"]
    assert incidents.find(there, "1").identifier == "1"
    with pytest.raises(UsageError, match="is resolved"):
        incidents.find(there, "2")
    with pytest.raises(UsageError, match="there is no incident"):
        incidents.find(there, "4")


def test_twenty_open_incidents_are_the_most() -> None:
    there = Announcements(incidents=tuple(incident("a", identifier=f"{number}") for number in range(19)))
    over = incident("a", resolved=-HOUR, identifier="over")
    full = incidents.begin(replace(there, incidents=(over, *there.incidents)), "x", NOW, "alice")
    assert not full.incidents[-1].automatic
    with pytest.raises(UsageError, match="20 incidents"):
        incidents.begin(full, "x", NOW, "alice")


@pytest.mark.parametrize("rule", ["override", "maintenance", "some-maintenance", "all-maintenance"])
def test_what_a_person_says_of_now_says_nothing_of_the_outage(rule: str) -> None:
    there = incident("")
    assert followed(DEGRADED, there, rule=rule) == (there,)
    assert followed(OUTAGE, rule="override") == ()
    assert followed(OUTAGE, there, rule="override") == (there,)


def test_an_outage_opens_an_incident_of_the_job_unless_one_is_open() -> None:
    (opened,) = followed(OUTAGE)
    assert (opened.automatic, opened.opened, opened.updates[-1].text, opened.updates[-1].by) == (True, NOW, TEXT, "")
    by_person = incident("alice", automatic=False)
    assert followed(OUTAGE, by_person) == (by_person,)
    assert followed(OUTAGE, text=None) == ()
    assert followed(UNKNOWN, incident("")) == (incident(""),)


def test_only_the_jobs_own_incident_is_worded_anew_and_resolved() -> None:
    ours, theirs = incident("", ""), incident("alice", automatic=False, identifier="2")
    for status, words in ((OUTAGE, TEXT), (DEGRADED, incidents.EASED_TEXT), (OPERATIONAL, incidents.RESOLVED_TEXT)):
        first, second = followed(status, ours, theirs)
        assert (first.updates[-1].text, second) == (words, theirs)
        assert (first.resolved == NOW) is (status is OPERATIONAL)
        assert len(followed(status, first, theirs)[0].updates) == (4 if status is OPERATIONAL else 3) - (
            status is OPERATIONAL
        )
    # A person's word on it stays the last one, also where an earlier one was the job's.
    worded = incident("", "", "alice")
    assert followed(OUTAGE, worded) == followed(DEGRADED, worded) == (worded,)
    again = incident("", "alice", "")
    assert followed(OUTAGE, again)[0].updates[-1].text == TEXT
    assert followed(OUTAGE, ours, text=None) == (ours,)


@pytest.mark.parametrize(
    ("there", "opens_again"),
    [
        (incident("", "", "", resolved=SECOND - HOUR), True),
        (incident("", "", "", resolved=-HOUR), False),
        # Its last word was a person's, or not: people know more.
        (incident("", "", "alice", resolved=SECOND - HOUR), None),
        (incident("", "alice", "", resolved=SECOND - HOUR), True),
        (incident("alice", "alice", "", resolved=SECOND - HOUR, automatic=False), False),
        (incident("alice", resolved=-DAY, automatic=False), False),
    ],
)
def test_what_comes_back_within_an_hour_is_the_same_incident(there: Incident, opens_again: bool | None) -> None:
    found = followed(OUTAGE, there)
    if opens_again is None:
        assert found == (there,)
    elif opens_again:
        assert [(one.resolved, one.updates[-1].text) for one in found] == [(None, TEXT)]
    else:
        assert (found[0], found[1].automatic, found[1].opened) == (there, True, NOW)


def test_of_several_within_an_hour_the_last_comes_back_unless_a_person_ended_any() -> None:
    job = [incident("", resolved=-minutes * MINUTE, identifier=f"{minutes}") for minutes in (50, 40, 30)]
    assert [one.resolved is None for one in followed(OUTAGE, *job)] == [False, False, True]
    person = incident("", "alice", resolved=-20 * MINUTE, identifier="20")
    assert followed(OUTAGE, *job, person) == (*job, person)


# Dates that a wrong clock made.


LIMIT = 5 * MINUTE


def dated(*updates: tuple[timedelta, str], resolved: timedelta | None = None, automatic: bool = True) -> Incident:
    made = tuple(IncidentUpdate(NOW + ahead, f"{number}", by) for number, (ahead, by) in enumerate(updates))
    ended = None if resolved is None else NOW + resolved
    return Incident("1", made[0].time, made, ended, automatic)


@pytest.mark.parametrize(
    ("there", "kept", "resolved"),
    [
        (dated((-HOUR, ""), (LIMIT, ""), resolved=LIMIT), 2, LIMIT),
        (dated((-HOUR, ""), (LIMIT + SECOND, ""), resolved=LIMIT + SECOND), 1, None),
        (dated((-HOUR, ""), (DAY, ""), resolved=LIMIT), 1, LIMIT),
        # What a person said stays, and what a person ended stays so: it was said before now.
        (dated((-HOUR, ""), (DAY, "alice"), resolved=DAY), 2, timedelta(0)),
        (dated((-HOUR, ""), (DAY, ""), (DAY, "alice"), resolved=DAY), 2, timedelta(0)),
        (dated((DAY, "alice"), automatic=False), 1, None),
        (dated((-HOUR, "alice"), (DAY, ""), resolved=DAY, automatic=False), 1, None),
        (dated((-HOUR, ""), (-MINUTE, ""), (DAY, "")), 2, None),
        (dated((-HOUR, "alice"), (-MINUTE, ""), (DAY, ""), resolved=-SECOND), 2, -SECOND),
        (dated((-2 * HOUR, ""), (-HOUR, "alice"), (-MINUTE, ""), (DAY, ""), resolved=DAY), 3, None),
        (dated((LIMIT, ""), (LIMIT + SECOND, "")), 1, None),
        # The job itself opened it in the future, or all of it is of the job's future.
        (dated((LIMIT + SECOND, ""), (DAY, "alice")), 0, None),
        (dated((DAY, ""), automatic=False), 0, None),
    ],
)
def test_what_the_job_dated_in_the_future_is_taken_back(there: Incident, kept: int, resolved: timedelta | None) -> None:
    before = Announcements(incidents=(there,))
    found = incidents.without_future(before, NOW)
    if kept:
        (one,) = found.incidents
        assert (len(one.updates), one.resolved) == (kept, None if resolved is None else NOW + resolved)
        assert max(one.opened, *(update.time for update in one.updates)) <= NOW + LIMIT
    else:
        assert found.incidents == ()
    dates = (there.opened, *(update.time for update in there.updates))
    assert (found is before) is (max(dates) <= NOW + LIMIT)


# What becomes of all that as time goes on.


def test_what_is_over_is_forgotten_after_400_days() -> None:
    edge = -400 * DAY
    there = Announcements(
        maintenance=(window(-500 * DAY, edge, "1"), window(-500 * DAY, edge - SECOND, "2")),
        incidents=(
            incident("a", resolved=edge, identifier="1"),
            incident("a", resolved=edge - SECOND, identifier="2"),
            incident("a", automatic=False, identifier="3"),
        ),
        past_overrides=tuple(
            Override(OUTAGE, note, NOW + edge - DAY, NOW + until, ended=None if ended is None else NOW + ended)
            for note, until, ended in (
                ("1", edge, None),
                ("2", edge - SECOND, None),
                ("3", DAY, edge - SECOND),
                ("4", edge - DAY, edge),
            )
        ),
        cancelled=(window(-500 * DAY, edge, "1"), window(-500 * DAY, edge - SECOND, "2")),
    )
    found = progress(there, decided(UNKNOWN), NOW, None).announcements
    assert [one.identifier for one in found.maintenance] == ["1"]
    assert [one.identifier for one in found.incidents] == ["1", "3"]
    assert [one.note for one in found.past_overrides] == ["1", "4"]
    assert [one.identifier for one in found.cancelled] == ["1"]


def said(there: Announcements, status: PlatformStatus, **more: bool) -> list[str]:
    return [one.message for one in progress(there, decided(status), NOW, TEXT, **more).events]


def test_what_becomes_of_incidents_and_overrides_is_said() -> None:
    job = Announcements(incidents=(incident(""), incident("alice", automatic=False, identifier="2")))
    assert said(Announcements(), OPERATIONAL) == []
    assert said(Announcements(), OUTAGE) == ["incident 2025-11-10-1 opened by the job"]
    assert said(job, OPERATIONAL) == ["incident 1 resolved by the job"]
    assert said(job, DEGRADED) == ["incident 1 updated by the job"]
    recent = Announcements(incidents=(incident("", resolved=-MINUTE),))
    assert said(recent, OUTAGE) == ["incident 1 opened again by the job"]
    earlier = Override(DEGRADED, "x", NOW - 9 * HOUR, NOW - 8 * HOUR, "carol")
    for by, who in (("alice", "alice"), ("", "somebody")):
        ends = Announcements(Override(OUTAGE, "x", NOW - HOUR, NOW, by), past_overrides=(earlier,))
        assert said(ends, UNKNOWN) == [
            f"the override set by {who} to outage has run out at 2025-11-10T15:30:00Z; the status is unknown"
        ]
    ahead = Announcements(Override(OUTAGE, "x", NOW + 2 * DAY, NOW + 3 * DAY, "alice"))
    assert said(ahead, UNKNOWN) == [
        "the override set by alice to outage is of 2025-11-12T15:30:00Z, when the clock was wrong, and no longer"
        " counts; the status is unknown"
    ]


def test_dates_of_the_future_are_taken_back_only_by_a_clock_that_is_confirmed() -> None:
    there = Announcements(incidents=(dated((-HOUR, ""), (DAY, "")),))
    assert said(there, UNKNOWN) == []
    assert said(there, UNKNOWN, clock_is_confirmed=True) == ["incidents: dates made by a wrong clock are taken back"]
    sound = Announcements(incidents=(dated((-HOUR, "")),))
    assert said(sound, UNKNOWN, clock_is_confirmed=True) == []
