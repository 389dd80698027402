# SPDX-License-Identifier: MIT
"""Components of the platform, judged by the same rules as the whole. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from elytra_status.announcements.override import in_force
from elytra_status.decision import announced_work, policy
from elytra_status.decision.rules import Rules
from elytra_status.model import (
    MONITORS,
    ComponentDecision,
    Decision,
    Facts,
    Override,
    PlatformStatus,
    Report,
    replace,
)

# An override to one of these statuses holds for each component. Other statuses do not say where something is wrong.
_OF_EACH_PART = (PlatformStatus.OPERATIONAL, PlatformStatus.UNKNOWN)


def keys_of(monitors: Iterable[str]) -> frozenset[str]:
    """Return the keys of monitors in COMPONENTS; a number is an id of Uptime Kuma."""
    return frozenset(f"uptime_kuma:{monitor}" if monitor.isdigit() else monitor for monitor in monitors)


def judge_all(named: Iterable[tuple[str, frozenset[str]]], facts: Facts, rules: Rules) -> tuple[ComponentDecision, ...]:
    """Return the decision about each component, in the order of `named`.

    `named` holds the names of the components and the keys of their monitors.
    """
    judged = ((name, judge(facts, keys, rules)) for name, keys in named)
    return tuple(ComponentDecision(name, of.status, of.in_maintenance, of.uptime) for name, of in judged)


def judge(facts: Facts, keys: frozenset[str], rules: Rules) -> Decision:
    """Return the decision on the monitors with these keys.

    As for the whole platform, paused monitors do not count. A monitor that no answer names is unknown. So is the
    component if no monitor is left or their source did not answer. A Kuma group of monitors counts here because it is
    named. If all monitors of a component are down, that is an outage of the component, whatever OUTAGE_THRESHOLD says.
    """
    facts = announced_work.for_component(facts, keys, rules.components)
    reports = tuple(_reports(facts.reports, keys))
    count = sum(len(report.monitors) for report in reports)
    if rules.outage_count is not None:
        rules = replace(rules, outage_count=max(1, min(rules.outage_count, count)))
    override = _of_each_part(in_force(facts.announcements, facts.now))
    announcements = replace(facts.announcements, override=override)
    return policy.decide(replace(facts, reports=reports, announcements=announcements), rules)


def _reports(reports: tuple[Report, ...], keys: frozenset[str]) -> Iterable[Report]:
    sources = {report.source for report in reports if report.about == MONITORS}
    sources_of_keys = {source_of(key, sources) for key in keys}
    for report in reports:
        if report.about != MONITORS:
            yield report
            continue
        monitors = tuple(replace(monitor, repeats=False) for monitor in report.monitors if monitor.key in keys)
        if monitors or (report.problem and report.source in sources_of_keys):
            # All monitors of a component are named, so monitors that may be missing from the list do not matter here.
            yield replace(report, monitors=monitors, unlisted="")


def source_of(key: str, sources: Iterable[str]) -> str | None:
    """Return the source that a monitor's key belongs to, None if it is none of them."""
    return max((source for source in sources if key.startswith(f"{source}:")), key=len, default=None)


def _of_each_part(override: Override | None) -> Override | None:
    return override if override and override.status in _OF_EACH_PART else None
