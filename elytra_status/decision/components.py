# SPDX-License-Identifier: MIT
"""Parts of the platform, each judged by the rules of the whole over its own monitors. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from elytra_status.announcements.override import in_force
from elytra_status.decision import announced_work, policy
from elytra_status.decision.rules import Rules
from elytra_status.model import (
    IN_MAINTENANCE,
    MONITORS,
    ComponentDecision,
    Decision,
    Facts,
    Override,
    PlatformStatus,
    Report,
    replace,
)

# An override with one of these words holds for each part. That something is wrong says not where.
_OF_EACH_PART = (PlatformStatus.OPERATIONAL, PlatformStatus.UNKNOWN)


def keys_of(monitors: Iterable[str]) -> frozenset[str]:
    """Return the keys of monitors that COMPONENTS names; a number is an id of Uptime Kuma."""
    return frozenset(f"uptime_kuma:{monitor}" if monitor.isdigit() else monitor for monitor in monitors)


def judge_all(named: Iterable[tuple[str, frozenset[str]]], facts: Facts, rules: Rules) -> tuple[ComponentDecision, ...]:
    """Return what is told of each component, in their order; `named` are their names and the keys of their monitors."""
    judged = ((name, judge(facts, keys, rules)) for name, keys in named)
    return tuple(ComponentDecision(name, of.status, of.rule in IN_MAINTENANCE, of.uptime) for name, of in judged)


def judge(facts: Facts, keys: frozenset[str], rules: Rules) -> Decision:
    """Return what is decided of the monitors with these keys.

    Monitors that are paused do not count, as in the whole. One that no answer names is unknown, and so is the part
    where none is left, or their source did not answer. A group of monitors counts here, as it is named. All of a part
    down is an outage of it, however many OUTAGE_THRESHOLD asks for.
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
    asked = {source_of(key, sources) for key in keys}
    for report in reports:
        if report.about != MONITORS:
            yield report
            continue
        monitors = tuple(replace(monitor, repeats=False) for monitor in report.monitors if monitor.key in keys)
        if monitors or (report.problem and report.source in asked):
            # Each monitor of a part is named: which others there are does not matter to it.
            yield replace(report, monitors=monitors, unlisted="")


def source_of(key: str, sources: Iterable[str]) -> str | None:
    """Return which of the sources a key of a monitor belongs to, None where it is none of them."""
    return max((source for source in sources if key.startswith(f"{source}:")), key=len, default=None)


def _of_each_part(override: Override | None) -> Override | None:
    return override if override and override.status in _OF_EACH_PART else None
