# SPDX-License-Identifier: MIT
"""Announced maintenance of components. Pure.

Maintenance of the whole platform hides an outage anywhere, because a person has said that anything may fail.
Maintenance of components hides an outage only there. The rule "outage" still holds for all monitors that no window
concerns.
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
    """Return the keys of monitors whose components are in maintenance.

    `components` holds the keys of the monitors of each component, by name.
    """
    keys = (concerned(window, components) or frozenset() for window in of_components(facts))
    return frozenset().union(*keys)


def at_work(reports: Iterable[Report], keys: frozenset[str]) -> tuple[Report, ...]:
    """Return reports in which the monitors with these keys are in maintenance.

    Their measured state does not matter.
    """

    def working(monitor: Monitor) -> Monitor:
        return (
            replace(monitor, state=State.MAINTENANCE, confirmed=False, heartbeats=())
            if monitor.key in keys
            else monitor
        )

    return tuple(replace(report, monitors=tuple(map(working, report.monitors))) for report in reports)


def is_at_work(report: Report, keys: frozenset[str]) -> bool:
    """Whether all monitors of a source that are known are in maintenance.

    If such a source is silent, that says nothing about other monitors.
    """
    return bool(report.monitors) and all(monitor.key in keys for monitor in report.monitors)


def for_component(facts: Facts, keys: frozenset[str], components: Mapping[str, frozenset[str]]) -> Facts:
    """Return facts for the component with these keys, with its maintenance windows.

    These are the windows of the whole platform and of the component. If a window concerns only some of its monitors,
    because another component contains them too, these monitors are in maintenance.
    """

    def is_kept(window: Maintenance) -> bool:
        concerns = concerned(window, components)
        return concerns is None or bool(keys and keys <= concerns)

    reports = at_work(facts.reports, keys_at_work(facts, components))
    windows = tuple(filter(is_kept, facts.announcements.maintenance))
    return replace(facts, reports=reports, announcements=replace(facts.announcements, maintenance=windows))
