# SPDX-License-Identifier: MIT
"""Maintenance that is announced for some components: what it concerns counts as in maintenance, and nothing else. Pure.

Maintenance of the whole platform hides an outage anywhere, because a person has said that anything may fail;
maintenance of components hides one only there. The contract's row "outage" holds for all that no window concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from elytra_status.announcements.maintenance import concerned, current
from elytra_status.model import Facts, Maintenance, Monitor, Report, State


def of_whole(facts: Facts) -> list[Maintenance]:
    """Return the windows in progress that concern the whole platform."""
    return [window for window in current(facts.announcements, facts.now) if not window.components]


def of_components(facts: Facts) -> list[Maintenance]:
    """Return the windows in progress that concern some components."""
    return [window for window in current(facts.announcements, facts.now) if window.components]


def keys_at_work(facts: Facts, components: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the keys of the monitors that windows of components concern; `components` are keys by name."""
    keys = (concerned(window, components) or frozenset() for window in of_components(facts))
    return frozenset().union(*keys)


def at_work(reports: Iterable[Report], keys: frozenset[str]) -> tuple[Report, ...]:
    """Return reports in which the monitors with these keys are in maintenance, whatever was seen of them."""

    def working(monitor: Monitor) -> Monitor:
        return (
            replace(monitor, state=State.MAINTENANCE, confirmed=False, heartbeats=())
            if monitor.key in keys
            else monitor
        )

    return tuple(replace(report, monitors=tuple(map(working, report.monitors))) for report in reports)


def is_at_work(report: Report, keys: frozenset[str]) -> bool:
    """Whether all monitors that a source is known to have are at work: that it is silent says nothing of others."""
    return bool(report.monitors) and all(monitor.key in keys for monitor in report.monitors)


def for_component(facts: Facts, keys: frozenset[str], components: Mapping[str, frozenset[str]]) -> Facts:
    """Return facts for the component with these keys: with windows of the whole and those that concern all of it.

    Of a window that concerns some of its monitors, because another component has them too, these are in maintenance.
    """

    def is_kept(window: Maintenance) -> bool:
        concerns = concerned(window, components)
        return concerns is None or bool(keys and keys <= concerns)

    reports = at_work(facts.reports, keys_at_work(facts, components))
    windows = tuple(filter(is_kept, facts.announcements.maintenance))
    return replace(facts, reports=reports, announcements=replace(facts.announcements, maintenance=windows))
