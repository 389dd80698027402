# SPDX-License-Identifier: MIT
"""The changes of the published status: which are saved, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from elytra_status.history import store
from elytra_status.history.component_changes import KEPT, read_component_changes, save_components, with_news
from elytra_status.history.public_history import build_public_history
from elytra_status.history.status_changes import CHANGES_KEPT, changes_in, read_changes, replace_changes, save_change
from elytra_status.model import Change, ComponentDecision, PlatformStatus, State, replace
from tests.remembering import history, in_memory, rows, show, steady

START = 1_800_000_000
NOW = datetime.fromtimestamp(START, UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OPERATIONAL, DEGRADED, OUTAGE, UNKNOWN = PlatformStatus


def change(seconds: int, status: PlatformStatus) -> Change:
    return Change(datetime.fromtimestamp(START + seconds, UTC), status)


def words(*numbers: int) -> list[tuple[object, ...]]:
    """Return rows of changes with these numbers, a second apart, the last of which is operational."""
    last = numbers[-1]
    return [(number, START + number, ("outage", "operational")[(last - number) % 2 == 0]) for number in numbers]


def test_a_status_is_saved_when_it_changes() -> None:
    with in_memory() as connection:
        for seconds, status in enumerate((OUTAGE, OUTAGE, OPERATIONAL, OUTAGE)):
            found = save_change(change(seconds, status), START + 99, connection, forget=False)
        assert found == (change(0, OUTAGE), change(2, OPERATIONAL), change(3, OUTAGE))
        assert read_changes(START + 99, connection) == found
        assert read_changes(START + 2, connection) == found[:2]
        assert read_changes(START + 1, connection) == found[:1]


def test_the_cause_is_saved_if_it_is_maintenance(tmp_path: Path) -> None:
    used = history(tmp_path)
    given = ((OPERATIONAL, False), (DEGRADED, True), (DEGRADED, True), (DEGRADED, False), (DEGRADED, True))
    for minutes, (status, work) in enumerate(given):
        found = build_public_history(used, status, NOW + minutes * MINUTE, in_maintenance=work).changes
    assert found == tuple(Change(NOW + minutes * MINUTE, *given[minutes]) for minutes in (0, 1, 3, 4))
    assert changes_in(used.path, NOW + 9 * MINUTE) == found
    # A machine that only reads sees the change too.
    reading = replace(used, learns=False)
    now = NOW + 9 * MINUTE
    assert build_public_history(reading, DEGRADED, now, in_maintenance=True).changes == found
    assert build_public_history(reading, DEGRADED, now).changes == (*found, Change(now, DEGRADED))


def test_a_change_that_is_not_saved_counts_all_the_same() -> None:
    with in_memory(changes=words(1)) as connection:
        found = save_change(change(9, OUTAGE), START + 99, connection, forget=False, saves=False)
        assert found == (change(1, OPERATIONAL), change(9, OUTAGE))
        assert rows(connection, "changes") == words(1)


@pytest.mark.parametrize("forget", [True, False])
def test_changes_of_a_wrong_clock_are_deleted_once_the_clock_is_confirmed(forget: bool) -> None:
    with in_memory(changes=[(1, START, "operational"), (2, START + 99, "outage")]) as connection:
        found = save_change(change(5, OPERATIONAL), START + 50, connection, forget=forget)
        assert found == (change(0, OPERATIONAL),)
        assert len(rows(connection, "changes")) == (1 if forget else 2)


def test_the_last_500_changes_are_kept() -> None:
    with in_memory(changes=words(*range(1, 501))) as connection:
        save_change(change(600, OUTAGE), START + 999, connection, forget=False)
        kept = rows(connection, "changes")
        assert (len(kept), kept[0], kept[-1]) == (CHANGES_KEPT, words(2, 500)[0], (501, START + 600, "outage"))
        assert CHANGES_KEPT == 500


def test_other_changes_take_the_place_of_those_that_are_saved_unless_they_are_the_same() -> None:
    with in_memory(changes=words(7, 8)) as connection:
        before = connection.total_changes
        same = read_changes(START + 99, connection)
        replace_changes(same, connection)
        assert connection.total_changes == before
        many = [change(seconds, (OUTAGE, OPERATIONAL)[seconds % 2]) for seconds in range(600)]
        replace_changes(many, connection)
        assert read_changes(START + 999, connection) == tuple(many[-500:])
        replace_changes([], connection)
        assert rows(connection, "changes") == []


@pytest.mark.parametrize(("ahead", "is_read"), [(300, True), (301, False)])
def test_a_change_counts_up_to_five_minutes_ahead(ahead: int, is_read: bool, tmp_path: Path) -> None:
    used = history(tmp_path)
    store.write(used.path, START, lambda connection: replace_changes([change(ahead, OUTAGE)], connection))
    expected = (change(ahead, OUTAGE),) if is_read else ()
    assert changes_in(used.path, NOW) == expected
    # Without a status of its own, a run only reads them.
    assert build_public_history(used, None, NOW).changes == expected
    assert build_public_history(replace(used, learns=False), None, NOW).changes == expected


def test_no_history_has_no_changes_but_the_present(tmp_path: Path) -> None:
    assert changes_in(tmp_path / "history.sqlite", NOW) == ()
    assert build_public_history(None, OUTAGE, NOW).changes == (change(0, OUTAGE),)
    assert build_public_history(None, None, NOW).changes == ()


def test_a_history_that_is_only_read_adds_the_present_status_if_it_is_another(tmp_path: Path) -> None:
    learning, reading = history(tmp_path), history(tmp_path, learns=False)
    web = ComponentDecision("Web", OUTAGE)
    saved = build_public_history(learning, OPERATIONAL, NOW + timedelta(microseconds=5), components=[web])
    assert saved.changes == (change(0, OPERATIONAL),)
    assert build_public_history(reading, OPERATIONAL, NOW + MINUTE).changes == saved.changes
    later = build_public_history(reading, OUTAGE, NOW + MINUTE, components=[web])
    assert later.changes == (*saved.changes, change(60, OUTAGE))
    assert later.changes_of_parts == saved.changes_of_parts == {"Web": (change(0, OUTAGE),)}
    # Nothing of it was saved.
    assert build_public_history(learning, None, NOW + MINUTE, components=[web]).changes == saved.changes
    two = build_public_history(learning, OUTAGE, NOW + MINUTE, components=[web]).changes
    assert build_public_history(reading, OUTAGE, NOW + 2 * MINUTE).changes == two == later.changes


def test_the_past_is_a_mean_and_no_clock_is_confirmed_unless_it_is_said(tmp_path: Path) -> None:
    used = history(tmp_path)
    show(tmp_path, NOW, {"1": steady(NOW - DAY, NOW, gap=600), "2": steady(NOW - DAY, NOW, State.DOWN, gap=600)})
    store.write(used.path, START, lambda connection: replace_changes([change(9999, OUTAGE)], connection))
    together = build_public_history(used, OPERATIONAL, NOW).together
    assert together is not None
    assert together.days[NOW.date()].ratio == Fraction(1, 2)
    assert [one.status for one in store.read(used.path, partial(read_changes, START + 9999))] == [OUTAGE, OPERATIONAL]


def test_in_a_pair_a_change_of_the_status_is_saved_after_its_publication(tmp_path: Path) -> None:
    pair = replace(history(tmp_path), in_pair=True)
    for seconds in (0, 60):
        web = ComponentDecision("Web", OUTAGE)
        found = build_public_history(pair, OUTAGE, NOW + timedelta(seconds=seconds), components=[web])
        assert found.changes == (change(seconds, OUTAGE),)
        assert found.changes_of_parts == {"Web": (change(seconds, OUTAGE),)}


# Components


def test_the_last_5000_changes_of_components_are_kept() -> None:
    old = [(number, START + number, f"Part {number % 7}", "outage", 0) for number in range(1, 5001)]
    with in_memory(component_changes=old) as connection:
        saved = read_component_changes(START + 9_999_999, connection)
        changes = with_news(saved, [ComponentDecision("Web", OUTAGE)], NOW + 99_999 * MINUTE)
        save_components(changes, connection)
        kept = rows(connection, "component_changes")
        # Web is new, and the seven others are no longer there.
        assert (len(kept), kept[0][0], kept[-1][0]) == (KEPT, 9, 5008)
        assert KEPT == 5000


def test_a_component_that_is_no_longer_there_is_in_no_maintenance() -> None:
    with in_memory() as connection:
        save_components(with_news({}, [ComponentDecision("Web", DEGRADED, in_maintenance=True)], NOW), connection)
        found = with_news(read_component_changes(START + 99, connection), [], NOW + MINUTE)
        save_components(found, connection)
        save_components(found, connection)
        assert found["Web"] == (Change(NOW, DEGRADED, True), Change(NOW + MINUTE, UNKNOWN))
        assert read_component_changes(START + 99, connection) == found
