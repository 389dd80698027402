# SPDX-License-Identifier: MIT
"""What the machines of a pair know together: whole or refused, and nothing is forgotten at a takeover."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.announcements import incidents
from elytra_status.announcements.written import ShapeError
from elytra_status.decision.ended_groups import Accepted
from elytra_status.decision.missing_monitors import KnownMonitors, LastSeen
from elytra_status.model import Announcements, Change, PlatformStatus, State
from elytra_status.run import accepted
from elytra_status.run.shared_state import LARGEST, SharedState, merged_changes, merged_known, outline, with_known
from elytra_status.system.clock import SYSTEM_CLOCK

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def seen(ago: timedelta = timedelta(0)) -> LastSeen:
    return LastSeen("0123", State.UP, NOW - ago, confirmed=False, critical=False)


def known(scope: str = "all", **ago: timedelta) -> dict[str, KnownMonitors]:
    return {"uptime_kuma": KnownMonitors({key: seen(one) for key, one in ago.items()}, NOW, scope)}


STATE = SharedState(
    incidents.begin(Announcements(), "A disk \ud800 has failed.", NOW, "ann"),
    (
        Change(NOW - DAY, PlatformStatus.OPERATIONAL),
        Change(NOW - DAY / 2, PlatformStatus.DEGRADED, in_maintenance=True),
        Change(NOW, PlatformStatus.OUTAGE),
    ),
    known(web=timedelta(0)),
    {accepted.MONITORS.name: {"uptime_kuma:8": Accepted(NOW - DAY, "ann", NOW)}},
    7,
    ("ab" * 8,),
)


def test_what_is_written_is_read() -> None:
    whole = STATE.with_register(accepted.GROUPS, {"backup_restic:1": Accepted(None, "ben", NOW, "web-1")})
    assert SharedState.from_bytes(SharedState().to_bytes()) == SharedState()
    plain = incidents.begin(Announcements(), "A disk.", NOW, "ann")
    for state in (whole, STATE):
        state = SharedState(plain, state.changes, state.known, state.registers, state.revision, state.writes)
        assert SharedState.from_bytes(state.to_bytes()) == state


def test_what_json_can_hold_can_be_copied_to_a_register(tmp_path: Path) -> None:
    records = {"uptime_kuma:\ud800": Accepted(NOW, "ann \ud800", NOW)}
    accepted.MONITORS.put(tmp_path, SYSTEM_CLOCK, records)
    assert accepted.MONITORS.read(tmp_path) == records


def spoiled(**changes: Any) -> bytes:
    return json.dumps({**json.loads(SharedState().to_bytes()), **changes}).encode()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "not JSON"),
        (b"[]", "other fields"),
        (b" " * (LARGEST + 1), "larger"),
        (spoiled(more=1), "other fields"),
        (spoiled(version=2), "version"),
        (spoiled(revision=-1), "revision"),
        (spoiled(writes=None), "writes"),
        (spoiled(writes=[5]), "writes"),
        (spoiled(announcements={}), r"announcements\.version"),
        (spoiled(announcements=None), r"announcements"),
        (spoiled(changes=[["2026-03-01T04:00:00Z", "good"]]), "changes"),
        (spoiled(changes=[["yesterday", "outage"]]), "changes"),
        (spoiled(changes=5), "changes"),
        (spoiled(known_monitors=[]), "known_monitors"),
        (spoiled(known_monitors={"uptime_kuma": {}}), "known_monitors"),
        (spoiled(registers=[]), "registers"),
        (spoiled(registers={"accepted-monitors": {"a": {"seen": 5}}}), "registers"),
    ],
)
def test_malformed_state_is_refused_with_the_field(body: bytes, fault: str) -> None:
    with pytest.raises(ShapeError, match=fault):
        SharedState.from_bytes(body)


def test_a_monitor_that_only_the_other_machine_knows_is_missing_here_too() -> None:
    both = with_known(known(web=timedelta(0)), known(web=timedelta(minutes=5), mail=DAY), {})
    assert both["uptime_kuma"].monitors == {"web": seen(), "mail": seen(DAY)}
    assert set(both["uptime_kuma"].missing(NOW, timedelta(minutes=30))) == {"mail"}


def test_a_machine_without_saved_state_takes_that_of_the_other() -> None:
    assert with_known({}, known(mail=DAY), {}) == known(mail=DAY)
    assert with_known(known(mail=DAY), {}, {}) == known(mail=DAY)


def test_monitors_of_other_settings_are_not_missing() -> None:
    assert with_known(known(web=timedelta(0)), known("tagged", mail=DAY), {}) == known(web=timedelta(0))


@pytest.mark.parametrize(
    ("ago", "counts"),
    [
        (timedelta(hours=30), True),
        (timedelta(hours=13), True),
        (timedelta(hours=1), False),  # It has come back since.
    ],
)
def test_an_accepted_monitor_is_accepted_whenever_this_machine_saw_it_last(ago: timedelta, *, counts: bool) -> None:
    record = Accepted(NOW - timedelta(hours=14), "ann", NOW - timedelta(hours=12))
    both = with_known(known(mail=ago), known(mail=timedelta(hours=14)), {"mail": record})
    assert (both["uptime_kuma"].monitors["mail"].seen == record.seen) is counts


def test_the_outline_changes_with_what_is_missing_and_not_with_each_run() -> None:
    before = known(web=timedelta(0), mail=DAY)
    later = {"uptime_kuma": KnownMonitors({"web": seen(), "mail": seen(DAY)}, NOW, "all")}
    assert outline(before) == outline(later)
    assert outline(known(web=timedelta(0))) != outline(before)
    assert outline(known(web=DAY, mail=DAY)) != outline(before)


def change(minutes: int, status: PlatformStatus) -> Change:
    return Change(NOW + timedelta(minutes=minutes), status)


UP, DOWN, UNSURE = PlatformStatus.OPERATIONAL, PlatformStatus.OUTAGE, PlatformStatus.UNKNOWN


@pytest.mark.parametrize(
    ("own", "there", "merged"),
    [
        ([(0, UP), (9, DOWN)], [(0, UP)], [(0, UP), (9, DOWN)]),
        ([(0, UP), (9, DOWN)], [(0, UP), (7, UNSURE)], [(0, UP), (7, UNSURE), (9, DOWN)]),
        ([(0, UP), (9, DOWN)], [(0, UP), (11, UNSURE)], [(0, UP), (9, DOWN), (11, UNSURE)]),
        ([(0, UP), (9, DOWN)], [(0, UP), (7, DOWN)], [(0, UP), (7, DOWN)]),
        # This run has forgotten a change that a wrong clock had dated.
        ([(9, DOWN)], [(0, UP), (7, UNSURE)], [(7, UNSURE), (9, DOWN)]),
        # Only a wrong clock orders them otherwise.
        ([(0, UP), (-9, DOWN)], [(0, UP)], [(0, UP), (-9, DOWN)]),
    ],
)
def test_changes_of_both_machines_are_kept_by_their_time(
    own: list[tuple[int, PlatformStatus]],
    there: list[tuple[int, PlatformStatus]],
    merged: list[tuple[int, PlatformStatus]],
) -> None:
    found = merged_changes((change(0, UP),), tuple(change(*one) for one in own), tuple(change(*one) for one in there))
    assert found == tuple(change(*one) for one in merged)


def test_the_cause_of_a_change_is_kept_when_both_machines_have_changes() -> None:
    work, wrong = Change(NOW, PlatformStatus.DEGRADED, in_maintenance=True), Change(NOW + DAY, PlatformStatus.DEGRADED)
    assert merged_changes((), (work,), (wrong,)) == (work, wrong)


def test_monitors_and_sources_that_the_other_machine_has_met_meanwhile_are_kept() -> None:
    before, own = known(web=DAY, old=DAY), known(web=timedelta(0), mine=timedelta(0))
    there = {**known(web=DAY, old=DAY, theirs=timedelta(0)), "gatus": KnownMonitors({"api": seen()}, NOW, "all")}
    found = merged_known(before, own, there)
    assert found["uptime_kuma"].monitors.keys() == {"web", "mine", "theirs"}, "this run has forgotten the old one"
    assert found["uptime_kuma"].monitors["web"] == seen()
    assert found["gatus"] == there["gatus"]


def test_what_this_run_has_forgotten_does_not_come_back_and_other_settings_stay_apart() -> None:
    assert merged_known(known(web=DAY), {}, known(web=DAY)) == {}
    own = known(web=timedelta(0))
    assert merged_known({}, own, known("tagged", mail=DAY)) == own
