# SPDX-License-Identifier: MIT
"""The rules by which the status is decided. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from elytra_status.announcements.override import in_force
from elytra_status.decision import announced_work
from elytra_status.decision.backup_policy import judge_backups
from elytra_status.decision.confirmation import if_confirmed, if_recovered
from elytra_status.decision.flapping import is_flapping
from elytra_status.decision.notices import notices
from elytra_status.decision.rules import Rules
from elytra_status.decision.uptimes import aggregate, coverage, percentage
from elytra_status.model import (
    BACKUPS,
    BAD_STATES,
    MONITORS,
    Backups,
    BackupStatus,
    Decision,
    Facts,
    Maintenance,
    Monitor,
    PlatformStatus,
    Report,
    State,
    Step,
    Uptime,
    abbreviate,
    number_of,
    out_of,
)
from elytra_status.system.clock import to_text


class _Row(NamedTuple):
    """A row of the table of rules: the status, and why it matches or does not."""

    rule: str
    status: PlatformStatus
    matches: bool
    why: str
    why_not: str = ""


class _Judged(NamedTuple):
    """The facts that the rules judge."""

    facts: Facts
    rules: Rules
    reports: list[Report]
    uptime: Uptime
    backups: Backups
    keys_at_work: frozenset[str]


def decide(facts: Facts, rules: Rules) -> Decision:
    """Return the decision by the table of rules in docs/status.md.

    The first rule that matches wins. An unconfirmed bad state makes the status degraded at worst. `awaits_confirmation`
    then means that the status would be different if the bad state were confirmed or had ended.
    """
    keys = frozenset() if rules.by_uptime else announced_work.keys_at_work(facts, rules.components)
    reports = [report for report in announced_work.at_work(facts.reports, keys) if report.about == MONITORS]
    monitors = [
        monitor for report in reports if not report.problem for monitor in report.monitors if not monitor.repeats
    ]
    # A source that does not answer now still has a past. But if nobody knows which monitors it has, the figures of the
    # others do not stand for the whole.
    watched = [monitor for report in reports for monitor in report.monitors if not monitor.repeats]
    is_whole = all(report.monitors for report in reports if report.problem)
    is_whole = is_whole and not any(report.unlisted for report in reports)
    uptime = aggregate(watched, minimum=rules.minimum_of_uptimes) if is_whole else Uptime()
    backups = judge_backups([report for report in facts.reports if report.about == BACKUPS], facts.now, rules)
    judged = _Judged(facts, rules, reports, uptime, backups, keys)
    tried = _tried(judged, monitors)
    status, rule, reason = tried[-1].status, tried[-1].rule, tried[-1].why
    steps = [Step(row.rule, row.matches, row.why if row.matches else row.why_not) for row in tried]
    confirmed = [if_confirmed(monitor) for monitor in monitors]
    recovered = [if_recovered(monitor) for monitor in monitors]
    # Usually no bad state is unconfirmed, and the rules need not be tried again.
    awaits = confirmed != recovered and _tried(judged, confirmed)[-1].status is not _tried(judged, recovered)[-1].status
    measured = status
    if override := in_force(facts.announcements, facts.now):
        reason = f"set by hand until {to_text(override.until)}; without it the status would be {status.value}: {reason}"
        status, rule, awaits = override.status, "override", False
        steps.insert(0, Step(rule, True, f"set by hand until {to_text(override.until)}"))
    else:
        steps.insert(0, Step("override", False, "no override is set"))
    return Decision(
        status,
        rule,
        reason,
        uptime,
        backups,
        notices(facts),
        awaits,
        measured,
        tuple(steps),
        coverage(watched) if is_whole else {},
    )


def _tried(judged: _Judged, monitors: list[Monitor]) -> list[_Row]:
    """Return the rows of the table up to the first that matches."""
    tried = []
    for row in _rows(judged, monitors):
        tried.append(row)
        if row.matches:
            break
    return tried


def _rows(judged: _Judged, monitors: list[Monitor]) -> Iterator[_Row]:
    reports = judged.reports
    answered = [report for report in reports if not report.problem]
    if reports:
        why = f"no source of monitors answered ({', '.join(report.source for report in reports)})"
    else:
        why = "no source of monitors is set"
    why_not = f"{out_of(len(answered), len(reports), 'source')} of monitors answered"
    yield _Row("no-answer", PlatformStatus.UNKNOWN, not answered, why, why_not)
    why_not = f"{number_of(len(monitors), 'monitor', 'is', 'are')} watched"
    yield _Row("nothing-watched", PlatformStatus.UNKNOWN, not monitors, "no monitor is watched", why_not)
    if judged.rules.by_uptime:
        yield from _by_uptime(judged, monitors)
        return
    windows = announced_work.of_whole(judged.facts)
    why = f"announced maintenance until {_last(windows)}"
    why_not = "the whole platform is not in maintenance"
    yield _Row("maintenance", PlatformStatus.DEGRADED, bool(windows), why, why_not)
    yield from _by_monitors(judged, monitors)


def _by_monitors(judged: _Judged, monitors: list[Monitor]) -> Iterator[_Row]:
    flapping, steady = _partition(monitors, lambda monitor: is_flapping(monitor, judged.facts.now, judged.rules))
    yield from _of_failures(judged.rules, monitors, steady, flapping)
    yield _of_the_unknown(judged, monitors)
    yield from _of_maintenance(judged, monitors)
    words = f"{number_of(len(monitors), 'monitor')}, none down, pending or unknown"
    yield _Row("all-up", PlatformStatus.OPERATIONAL, True, words)


def _of_failures(
    rules: Rules, monitors: list[Monitor], steady: list[Monitor], flapping: list[Monitor]
) -> Iterator[_Row]:
    total = len(monitors)
    down = [monitor for monitor in steady if monitor.state is State.DOWN and monitor.confirmed]
    critical = [monitor for monitor in down if monitor.critical]
    words = f"{out_of(len(critical), sum(monitor.critical for monitor in monitors), 'critical monitor')} confirmed down"
    yield _Row("critical-down", PlatformStatus.OUTAGE, bool(critical), f"{words}{_keys(critical)}", words)

    words = f"{out_of(len(down), total, 'monitor')} confirmed down"
    reached = bool(down) and _reaches_threshold(len(down), total, rules)
    why, why_not = f"{words}{_keys(down)}", f"{words}, outage from {_threshold(rules)}"
    yield _Row("outage", PlatformStatus.OUTAGE, reached, why, why_not)

    bad = [monitor for monitor in steady if monitor.state in BAD_STATES]
    words = f"{out_of(len(bad), total, 'monitor')} down or pending{_keys(bad)}"
    why_not = f"no monitor is down or pending{', except those that flap' if flapping else ''}"
    yield _Row("some-down", PlatformStatus.DEGRADED, bool(bad), words, why_not)

    often = f"changed more than {rules.flap_changes} times in {rules.flap_within.total_seconds() / 60:g} minutes"
    words = f"{out_of(len(flapping), total, 'monitor')} flapping{_keys(flapping)}, which {often}"
    yield _Row("some-flapping", PlatformStatus.DEGRADED, bool(flapping), words, f"no monitor has {often}")


def _of_the_unknown(judged: _Judged, monitors: list[Monitor]) -> _Row:
    unknown = [monitor for monitor in monitors if monitor.state is State.UNKNOWN]
    silent = [
        f"{report.source} did not answer"
        for report in judged.reports
        if report.problem and not announced_work.is_at_work(report, judged.keys_at_work)
    ]
    silent += [f"{report.source} {report.unlisted}" for report in judged.reports if report.unlisted]
    isolated = [f"{report.source} {report.isolation}" for report in judged.reports if report.isolation]
    counts = [f"{out_of(len(unknown), len(monitors), 'monitor')} unknown{_keys(unknown)}"] if unknown else []
    words = "; ".join((*counts, *isolated, *silent))
    return _Row("some-unknown", PlatformStatus.UNKNOWN, bool(unknown or silent), words, "no monitor is unknown")


def _of_maintenance(judged: _Judged, monitors: list[Monitor]) -> Iterator[_Row]:
    windows = announced_work.of_components(judged.facts)
    words = f"announced maintenance of components until {_last(windows)}"
    why_not = "no component is in announced maintenance"
    yield _Row("some-maintenance", PlatformStatus.DEGRADED, bool(windows), words, why_not)

    total, at_work = len(monitors), [monitor for monitor in monitors if monitor.state is State.MAINTENANCE]
    words = f"all of {number_of(total, 'monitor', 'is', 'are')} in maintenance"
    why_not = f"{out_of(len(at_work), total, 'monitor')} in maintenance"
    yield _Row("all-maintenance", PlatformStatus.DEGRADED, len(at_work) == total, words, why_not)


def _last(windows: list[Maintenance]) -> str:
    """Return when the last of some windows ends, '' if there are none."""
    return to_text(max(window.until for window in windows)) if windows else ""


def _reaches_threshold(down: int, total: int, rules: Rules) -> bool:
    if rules.outage_ratio is not None:
        return down >= rules.outage_ratio * total
    assert rules.outage_count is not None
    return down >= rules.outage_count


def _threshold(rules: Rules) -> str:
    return f"{float(rules.outage_ratio * 100):g}%" if rules.outage_ratio is not None else str(rules.outage_count)


def _by_uptime(judged: _Judged, monitors: list[Monitor]) -> Iterator[_Row]:
    # A monitoring system that has stopped keeps its figures. Without this rule, the status would stay operational for a
    # day.
    unknown = [monitor for monitor in monitors if monitor.state is State.UNKNOWN]
    why = f"all of {number_of(len(monitors), 'monitor')} unknown"
    why_not = f"{out_of(len(unknown), len(monitors), 'monitor')} unknown"
    yield _Row("all-unknown", PlatformStatus.UNKNOWN, len(unknown) == len(monitors), why, why_not)
    ratio, rules, backups = judged.uptime.last_24h, judged.rules, judged.backups.status
    why = "the uptime of the last 24 hours is not known"
    yield _Row("uptime-unknown", PlatformStatus.UNKNOWN, ratio is None, why, "it is known")
    if ratio is None:
        return
    why = f"uptime of the last 24 hours {percentage(ratio)}%, backups {backups.value}"
    good = ratio * 100 >= rules.operational_percent and backups is BackupStatus.SUCCESS
    why_not = f"{why}; operational requires {float(rules.operational_percent):g}% and success"
    yield _Row("uptime-operational", PlatformStatus.OPERATIONAL, good, why, why_not)
    fair = ratio * 100 >= rules.degraded_percent
    why_not = f"degraded requires {float(rules.degraded_percent):g}%"
    yield _Row("uptime-degraded", PlatformStatus.DEGRADED, fair, why, why_not)
    yield _Row("uptime-outage", PlatformStatus.OUTAGE, True, why)


def _partition(monitors: list[Monitor], holds: Callable[[Monitor], bool]) -> tuple[list[Monitor], list[Monitor]]:
    """Return the monitors for which a condition holds, and the others."""
    sides: tuple[list[Monitor], list[Monitor]] = ([], [])
    for monitor in monitors:
        sides[not holds(monitor)].append(monitor)
    return sides


def _keys(monitors: list[Monitor]) -> str:
    """Return keys in brackets, since the status is the label of a reason."""
    return f" ({abbreviate([monitor.key for monitor in monitors])})"
