# SPDX-License-Identifier: MIT
"""When a heartbeat is due, and which answers of Uptime Kuma are about the same monitor. Times are in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest

from elytra_status.model import Heartbeat, State
from elytra_status.sources.kuma.matching import MergedMonitor, Moment, gather, key_without_id, usual_gap
from elytra_status.sources.kuma.responses import Metrics, MonitorSeries, PageHeartbeats, PageMonitor

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MOMENT = Moment(NOW, timedelta(minutes=15))
DAY = 86400
UP, DOWN, PENDING, MAINTENANCE = State.UP, State.DOWN, State.PENDING, State.MAINTENANCE
LETTERS = {"u": UP, "d": DOWN, "p": PENDING, "m": MAINTENANCE}


def heartbeats(gaps: list[int], states: str = "", newest: float = 0) -> tuple[Heartbeat, ...]:
    """Return heartbeats with these gaps between them, oldest first; 'uup' are their states."""
    times = [0, *accumulate(gaps)]
    end = NOW - timedelta(seconds=newest)
    states = states or "u" * len(times)
    return tuple(
        Heartbeat(end - timedelta(seconds=times[-1] - at), LETTERS[letter])
        for at, letter in zip(times, states, strict=True)
    )


def monitor(gaps: list[int], states: str = "", kind: str = "http", newest: float = 0) -> MergedMonitor:
    return MergedMonitor("k:1", 1, "Acme shop", kind, heartbeats=heartbeats(gaps, states, newest))


# When a heartbeat is due.


@pytest.mark.parametrize(
    ("gaps", "states", "usual"),
    [
        ([60], "", 60),
        ([60, 60, 300], "", 60),
        ([60, 80], "", 70),
        ([30 * DAY], "", 24 * DAY),
        # A pending monitor is checked again after the retry interval.
        ([60, 20, 20, 60], "uppuu", 60),
        ([20, 20], "ppp", 20),
        ([20, 20, 60], "uppp", 20),
    ],
)
def test_the_usual_gap_lies_between_checks_that_are_no_retries(gaps: list[int], states: str, usual: int) -> None:
    assert usual_gap(heartbeats(gaps, states)) == timedelta(seconds=usual)
    assert monitor(gaps, states).usual_gap == timedelta(seconds=usual)


def test_fewer_than_two_heartbeats_have_no_gap() -> None:
    for few in ((), heartbeats([])):
        assert usual_gap(few) == timedelta(0)
    assert MergedMonitor("k:1", 1, "", "").usual_gap == timedelta(0)


@pytest.mark.parametrize(
    ("gaps", "newest", "limit", "are_of_now"),
    [
        ([60, 50, 60], 900, 900, True),
        ([60, 50, 60], 901, 900, False),
        ([60, 50, 60], -300, 900, True),
        ([60, 50, 60], -301, 900, False),
        ([3600], 7200, 7200, True),
        ([3600], 7201, 7200, False),
    ],
)
def test_heartbeats_are_of_now_for_a_quarter_of_an_hour_or_twice_the_usual_gap(
    gaps: list[int], newest: int, limit: int, are_of_now: bool
) -> None:
    one = monitor(gaps, newest=newest)
    assert MOMENT.age(one) == timedelta(seconds=newest)
    assert MOMENT.limit(one) == timedelta(seconds=limit)
    assert MOMENT.is_checked(one) is are_of_now
    assert not MOMENT.is_checked(MergedMonitor("k:1", 1, "", "", heartbeats=()))


@pytest.mark.parametrize(
    ("kind", "gaps", "seconds"),
    [
        ("http", [], 900),
        ("http", [60], 120),
        ("http", [60, 60], 120),
        # A check is given up after four fifths of its interval and ten seconds.
        ("http", [20, 20], 46),
        ("http", [40, 40], 82),
        # The interval may have become longer, or one gap may have been a retry.
        ("http", [60, 60, 100], 200),
        ("http", [60, 60, 20], 120),
        ("http", [60, 60, 1000], 900),
        ("http", [600, 600], 1200),
        # Pushes come in bursts: three times the mean and a minute.
        ("push", [60], 240),
        ("push", [60, 60], 240),
        ("push", [60, 60, 60, 10], 240),
        ("push", [10, 10, 10, 100, 100], 157.5),
        ("push", [600, 600], 1200),
        # Others too, where the mean is more than twice the usual gap.
        ("http", [10, 10, 10, 100, 100], 157.5),
        ("http", [10, 10, 10, 70, 70], 135),
        ("http", [10, 10, 10, 50, 50], 100),
        # The longest gap may have been a pause.
        ("http", [60, 60, 60, 80000, 60], 120),
    ],
)
def test_the_next_heartbeat_is_overdue_after_the_longest_that_a_check_takes(
    kind: str, gaps: list[int], seconds: float
) -> None:
    assert MOMENT.expected_within(monitor(gaps, kind=kind)) == timedelta(seconds=seconds)
    assert not MOMENT.is_overdue(monitor(gaps, kind=kind, newest=seconds))
    assert MOMENT.is_overdue(monitor(gaps, kind=kind, newest=seconds + 1))


# The same monitor.


def series(
    state: State = UP, identifier: int | None = None, name: str = "Shop", url: str = "", *, critical: bool = False
) -> MonitorSeries:
    return MonitorSeries(identifier, name, "http", url, "", "", state, critical=critical)


def metrics(*of: MonitorSeries) -> Metrics:
    return Metrics(of, "1.23.17", None)


def page(*numbers: int, name: str = "Shop") -> dict[int, PageMonitor]:
    return {number: PageMonitor(number, name, "http", "") for number in numbers}


def page_heartbeats(**states: str) -> PageHeartbeats:
    """Return current heartbeats by number, such as _1='u'; 'U' is of a monitor that has stopped."""
    return PageHeartbeats(
        {
            int(number[1:]): heartbeats([60, 60], "uu" + letter.lower(), newest=5 if letter.islower() else 5000)
            for number, letter in states.items()
        },
        {},
    )


def test_page_and_heartbeats_name_monitors_by_id() -> None:
    known = gather("k", None, {2: PageMonitor(2, "Shop", "http", "", critical=True)}, page_heartbeats(_1="u"), MOMENT)
    assert [(one.key, one.identifier, one.name, one.kind, one.critical) for one in known] == [
        ("k:1", 1, "", "", False),
        ("k:2", 2, "Shop", "http", True),
    ]
    assert [bool(one.heartbeats) for one in known] == [True, False]
    assert known[1].heartbeats is None
    assert not any(one.may_be_in_metrics or one.series for one in known)
    assert gather("k", None, page(1), None, MOMENT)[0].heartbeats is None
    assert gather("k", None, None, None, MOMENT) == []


def test_metrics_with_ids_are_of_the_monitors_with_these_ids() -> None:
    listed = {1: PageMonitor(1, "On the page", "ping", "", critical=True), 3: PageMonitor(3, "Other", "http", "")}
    old, new = series(DOWN, 3, "Old"), series(UP, 3, "New", critical=True)
    known = gather("k", metrics(series(UP, 7, "Private"), series(UP, 1, "Named anew"), old, new), listed, None, MOMENT)
    assert [(one.key, one.name, one.kind, one.critical) for one in known] == [
        ("k:1", "On the page", "ping", True),
        ("k:3", "Other", "http", True),
        ("k:7", "Private", "http", False),
    ]
    assert [one.series for one in known] == [series(UP, 1, "Named anew"), old, series(UP, 7, "Private")]
    assert known[1].all_series == (old, new)


def test_a_monitor_that_only_heartbeats_name_has_the_name_and_type_of_its_series() -> None:
    (known,) = gather("k", metrics(series(UP, 1, "Named")), None, page_heartbeats(_1="u"), MOMENT)
    assert (known.name, known.kind) == ("Named", "http")


def test_without_ids_a_name_that_stands_once_on_both_sides_is_one_monitor() -> None:
    (known,) = gather("k", metrics(series(DOWN)), page(4), page_heartbeats(_4="U"), MOMENT)
    assert (known.key, known.series, known.all_series) == ("k:4", series(DOWN), (series(DOWN),))


@pytest.mark.parametrize(
    ("on_page", "in_metrics", "added", "may_be_in_metrics"),
    [
        # Each current heartbeat explains a series with its state.
        ("uu", "uu", "", False),
        ("ud", "ud", "", False),
        ("dd", "dd", "", False),
        ("uU", "u", "", False),
        ("Uu", "uu", "u", True),
        ("uu", "uuu", "u", True),
        ("UU", "uu", "uu", True),
        ("u", "ud", "d", True),
        ("u", "uu", "u", True),
        # A series that is not up, or that no heartbeat explains, always counts.
        ("uu", "ud", "d", False),
        ("uu", "dd", "dd", False),
        ("uu", "mm", "mm", False),
        ("du", "uu", "", False),
        ("pu", "du", "d", False),
        ("p", "ud", "d", True),
        ("", "u", "u", False),
        ("", "du", "du", False),
    ],
)
def test_without_ids_metrics_add_what_the_page_does_not_have(
    on_page: str, in_metrics: str, added: str, may_be_in_metrics: bool
) -> None:
    numbers = range(1, len(on_page) + 1)
    lasts = {f"_{number}": letter for number, letter in zip(numbers, on_page, strict=True)}
    found = gather(
        "k",
        metrics(*(series(LETTERS[letter], url=f"https://{place}") for place, letter in enumerate(in_metrics))),
        page(*numbers),
        page_heartbeats(**lasts),
        MOMENT,
    )
    shown = {state: letter for letter, state in LETTERS.items()}
    extra = [one for one in found if one.identifier is None]
    assert "".join(sorted(shown[one.series.state] for one in extra if one.series)) == added
    assert {one.may_be_in_metrics for one in found if one.identifier} == ({may_be_in_metrics} if on_page else set())
    assert [one.key for one in extra] == sorted({one.key for one in extra})
    assert all(one.all_series == (one.series,) and one.key.startswith("k:~") for one in extra)


def test_of_equal_names_one_that_has_stopped_stands_for_none() -> None:
    """It is not overdue by its limit alone: a check each minute that is five minutes late is paused."""
    late = PageHeartbeats({1: heartbeats([60, 60], newest=5), 2: heartbeats([60, 60], newest=300)}, {})
    found = gather("k", metrics(series(url="a"), series(url="b")), page(1, 2), late, MOMENT)
    assert len([one for one in found if one.identifier is None]) == 1


def test_one_that_metrics_call_critical_is_critical() -> None:
    (known,) = gather("k", metrics(series(critical=True)), None, None, MOMENT)
    assert known.critical


def test_the_key_without_an_id_is_that_of_earlier_versions_and_reveals_no_name() -> None:
    assert key_without_id("k", "Shop", "http", "", "", "") == "k:~94e1a75c99c0"
    assert "Acme" not in repr(monitor([60]))
