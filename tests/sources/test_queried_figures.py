# SPDX-License-Identifier: MIT
"""Which figures are queried in a run, and what is saved of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.errors import SourceError
from elytra_status.model import MONITORS, Report, Uptime
from elytra_status.sources.json_api import TooManyRequestsError
from elytra_status.sources.queried_figures import Figures, query_figures
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import Deadline
from tests.conftest import MovableClock

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
WINDOWS = ("last_24h", "last_7d", "last_30d")
HALF = Fraction(1, 2)
Answer = Callable[[str, str], Fraction | None]


class Service:
    """A service that answers with half for each figure, or as `answer` says."""

    def __init__(self) -> None:
        self.answer: Answer = lambda monitor, window: HALF
        self.queried: list[tuple[str, str]] = []

    def query(self, monitor: str, window: str, deadline: Deadline) -> Fraction | None:
        self.queried.append((monitor, window))
        return self.answer(monitor, window)

    def figures(
        self,
        monitors: list[str],
        saved: Mapping[str, Any] | None = None,
        *,
        now: datetime = NOW,
        seconds: float = 60,
        earlier: Report | None = None,
    ) -> Figures:
        self.queried.clear()
        clock = MovableClock(now)
        request = PollRequest(now, seconds, earlier, saved or {}, clock=clock)
        return query_figures(monitors, WINDOWS, self.query, request, Deadline.after(clock, seconds))


@pytest.fixture
def service() -> Service:
    return Service()


MANY = [f"m{number:02}" for number in range(25)]


def test_a_run_queries_60_figures_and_the_next_one_the_others_first(service: Service) -> None:
    first = service.figures(MANY)
    assert sorted(service.queried) == sorted((monitor, window) for monitor in MANY[:20] for window in WINDOWS)
    assert [len([one for one in vars(first.uptimes[name]).values() if one]) for name in MANY] == [3] * 20 + [0] * 5
    later = service.figures(MANY, first.saved, now=NOW + HOUR)
    assert len(service.queried) == 60
    assert {monitor for monitor, _ in service.queried[:12]} <= set(MANY[20:])
    assert all(later.uptimes[name] == Uptime(HALF, HALF, HALF) for name in MANY)


def test_a_figure_is_queried_again_after_an_hour(service: Service) -> None:
    first = service.figures(["a"])
    assert first.kept == {"a": frozenset()}
    soon = service.figures(["a"], first.saved, now=NOW + HOUR - SECOND)
    assert (service.queried, soon.uptimes, soon.kept) == ([], first.uptimes, {"a": frozenset(WINDOWS)})
    service.answer = lambda monitor, window: Fraction(1)
    later = service.figures(["a", "b"], first.saved, now=NOW + HOUR)
    assert later.uptimes == dict.fromkeys("ab", Uptime(Fraction(1), Fraction(1), Fraction(1)))
    # What is saved of other monitors is left out.
    assert [item[0] for item in service.figures(["b"], later.saved, now=NOW + HOUR).saved["figures"]] == ["b"] * 3


def test_a_figure_that_there_is_not_is_queried_again_after_an_hour_too(service: Service) -> None:
    first = service.figures(["a"])
    service.answer = lambda monitor, window: None if window == "last_7d" else HALF
    without = service.figures(["a"], first.saved, now=NOW + HOUR)
    assert without.uptimes == {"a": Uptime(HALF, None, HALF)}
    again = service.figures(["a"], without.saved, now=NOW + 2 * HOUR - SECOND)
    assert (service.queried, again.uptimes) == ([], without.uptimes)
    service.answer = lambda monitor, window: HALF
    there = service.figures(["a"], again.saved, now=NOW + 2 * HOUR)
    assert there.uptimes == {"a": Uptime(HALF, HALF, HALF)}
    assert set(there.saved) == {"figures"}
    assert set(service.figures(["b"], without.saved, now=NOW + HOUR).saved) == {"figures"}


def test_when_the_service_limits_requests_no_more_are_made(service: Service) -> None:
    first = service.figures(MANY[:4])

    def refuse(monitor: str, window: str) -> Fraction:
        raise TooManyRequestsError("429, too many requests", "wait")

    service.answer = refuse
    later = service.figures(MANY[:4], first.saved, now=NOW + HOUR)
    assert len(service.queried) == 6
    assert later.uptimes == first.uptimes
    assert [str(one) for one in later.warnings] == [
        "429, too many requests (uptime figures); earlier ones are used. Wait."
    ]


def test_figures_that_cannot_be_read_are_counted_and_do_not_stop_the_others(service: Service) -> None:
    def answer(monitor: str, window: str) -> Fraction:
        if monitor == "m01":
            raise SourceError("malformed")
        return HALF

    service.answer = answer
    found = service.figures(MANY[:4])
    assert len(service.queried) == 12
    assert [one.problem for one in found.warnings] == ["3 uptime figures could not be read"]
    assert found.uptimes == {name: Uptime() if name == "m01" else Uptime(HALF, HALF, HALF) for name in MANY[:4]}
    assert service.figures(MANY[:1]).warnings == ()


@pytest.mark.parametrize(("seconds", "count"), [(2.5, 3), (2, 0), (1, 0)])
def test_two_seconds_of_a_poll_are_kept_for_the_rest(seconds: float, count: int, service: Service) -> None:
    service.figures(["a"], seconds=seconds)
    assert len(service.queried) == count


def test_a_confirmation_poll_uses_saved_figures(service: Service) -> None:
    first = service.figures(["a"])
    found = service.figures(["a", "b"], first.saved, now=NOW + 2 * HOUR, earlier=Report("kuma", MONITORS))
    assert (service.queried, found.uptimes) == ([], {**first.uptimes, "b": Uptime()})
