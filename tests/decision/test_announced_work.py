# SPDX-License-Identifier: MIT
"""What announced maintenance of some components hides, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.decision import announced_work
from elytra_status.model import MONITORS, Announcements, Facts, Heartbeat, Maintenance, Monitor, Report, State, replace

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARTS = {"Web": frozenset({"k:1", "k:2"}), "Mail": frozenset({"k:2", "k:3"}), "Empty": frozenset()}
DOWN = tuple(
    Monitor(f"k:{key}", "", State.DOWN, confirmed=True, heartbeats=(Heartbeat(NOW, State.DOWN),), critical=True)
    for key in "123"
)
REPORT = Report("k", MONITORS, DOWN)


def facts(*components: str, since: float = -1, until: float = 1) -> Facts:
    """Return facts with one window, of these components or of the whole platform."""
    window = Maintenance("2025-11-10-1", "Work.", NOW + since * HOUR, NOW + until * HOUR, components=components)
    return Facts(NOW, (REPORT,), Announcements(maintenance=(window,)))


def test_a_window_is_of_the_whole_or_of_components() -> None:
    whole, part = facts(), facts("Web")
    assert [
        len(of(one)) for of in (announced_work.of_whole, announced_work.of_components) for one in (whole, part)
    ] == [
        1,
        0,
        0,
        1,
    ]
    assert not announced_work.of_components(facts("Web", since=0.1))


def test_only_monitors_of_the_components_are_at_work() -> None:
    assert announced_work.keys_at_work(facts("Web"), PARTS) == {"k:1", "k:2"}
    assert announced_work.keys_at_work(facts("Web", "Mail"), PARTS) == {"k:1", "k:2", "k:3"}
    assert announced_work.keys_at_work(facts("Web", until=0), PARTS) == frozenset()
    assert announced_work.keys_at_work(facts(), PARTS) == frozenset()
    # A component that no longer exists hides nothing.
    assert announced_work.keys_at_work(facts("Gone"), PARTS) == frozenset()


def test_monitors_under_announced_work_are_in_maintenance_whatever_they_were() -> None:
    (report,) = announced_work.at_work([REPORT], frozenset({"k:1"}))
    assert report.monitors == (Monitor("k:1", "", State.MAINTENANCE, critical=True), *DOWN[1:])


@pytest.mark.parametrize(("keys", "expected"), [("123", True), ("12", False), ("", False)])
def test_a_source_is_at_work_where_all_that_it_has_is(keys: str, expected: bool) -> None:
    assert announced_work.is_at_work(REPORT, frozenset(f"k:{key}" for key in keys)) is expected
    assert not announced_work.is_at_work(replace(REPORT, monitors=()), frozenset({"k:1"}))


@pytest.mark.parametrize(
    ("components", "states", "is_kept"),
    [
        ((), "ddd", True),
        (("Web",), "mmd", True),
        # One monitor of Web is in maintenance, because Mail has it too.
        (("Mail",), "dmm", False),
        (("Web", "Mail"), "mmm", True),
    ],
)
def test_a_component_is_in_maintenance_where_a_window_concerns_all_of_it(
    components: tuple[str, ...], states: str, is_kept: bool
) -> None:
    found = announced_work.for_component(facts(*components), PARTS["Web"], PARTS)
    letters = {State.DOWN: "d", State.MAINTENANCE: "m"}
    assert "".join(letters[monitor.state] for monitor in found.reports[0].monitors) == states
    assert bool(found.announcements.maintenance) is is_kept


def test_a_component_without_monitors_is_in_no_window_but_one_of_the_whole() -> None:
    for components, is_kept in (((), True), (("Web",), False), (("Empty",), False)):
        found = announced_work.for_component(facts(*components), frozenset(), PARTS)
        assert bool(found.announcements.maintenance) is is_kept
