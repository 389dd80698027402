# SPDX-License-Identifier: MIT
"""The rules by which the status is decided. Pure: the same facts give the same decision."""

from __future__ import annotations

from elytra_status.announcements.override import in_force
from elytra_status.backup_policy import judge_backups
from elytra_status.clock import to_text
from elytra_status.model import (
    BACKUPS,
    BAD_STATES,
    MONITORS,
    Backups,
    BackupStatus,
    Decision,
    Facts,
    Monitor,
    PlatformStatus,
    Report,
    State,
    Uptime,
    replace,
)
from elytra_status.notices import notices
from elytra_status.rules import Rules
from elytra_status.uptimes import aggregate, percentage


def decide(facts: Facts, rules: Rules) -> Decision:
    """Return what the public is told. The rules are those of the table in the README, first match wins.

    A bad state that is not confirmed makes the status degraded at worst; `awaits_confirmation` then says
    that it would be another status were the bad state confirmed, or gone.
    """
    reports = [report for report in facts.reports if report.about == MONITORS]
    monitors = [monitor for report in reports if not report.problem for monitor in report.monitors]
    uptime = aggregate((monitor.uptime for monitor in monitors), minimum=rules.minimum_of_uptimes)
    backups = judge_backups([report for report in facts.reports if report.about == BACKUPS], facts.now, rules)
    awaits = False
    if not any(not report.problem for report in reports):
        status, rule, reason = PlatformStatus.UNKNOWN, "no-answer", _why_no_answer(reports)
    elif not monitors:
        status, rule, reason = PlatformStatus.UNKNOWN, "nothing-watched", "no monitor is watched"
    elif rules.by_uptime:
        status, rule, reason = _by_uptime(uptime, backups, rules)
    else:
        some_failed = any(report.problem for report in reports)
        status, rule, reason = _by_monitors(monitors, some_failed, rules)
        if any(monitor.state in BAD_STATES and not monitor.confirmed for monitor in monitors):
            confirmed = [_if_confirmed(monitor) for monitor in monitors]
            gone = [_if_gone(monitor) for monitor in monitors]
            awaits = _by_monitors(confirmed, some_failed, rules)[0] != _by_monitors(gone, some_failed, rules)[0]
    measured = status
    if override := in_force(facts.announcements, facts.now):
        reason = f"set by hand until {to_text(override.until)}; without that it would be {status.value}: {reason}"
        status, rule, awaits = override.status, "override", False
    return Decision(status, rule, reason, uptime, backups, notices(facts), awaits, measured)


def _why_no_answer(reports: list[Report]) -> str:
    if not reports:
        return "no source of monitors is set"
    return f"no answer from {', '.join(report.source for report in reports)}"


def _by_monitors(monitors: list[Monitor], some_failed: bool, rules: Rules) -> tuple[PlatformStatus, str, str]:
    down = [monitor for monitor in monitors if monitor.state is State.DOWN and monitor.confirmed]
    bad = [monitor for monitor in monitors if monitor.state in BAD_STATES]
    unknown = [monitor for monitor in monitors if monitor.state is State.UNKNOWN]
    total = len(monitors)
    if down and _reaches_threshold(len(down), total, rules):
        return PlatformStatus.OUTAGE, "outage", f"{len(down)} of {total} monitors confirmed down: {_keys(down)}"
    if bad:
        return PlatformStatus.DEGRADED, "some-down", f"{len(bad)} of {total} monitors down or pending: {_keys(bad)}"
    if unknown:
        return PlatformStatus.UNKNOWN, "some-unknown", f"{len(unknown)} of {total} monitors unknown: {_keys(unknown)}"
    if some_failed:
        return PlatformStatus.UNKNOWN, "some-unknown", "a source did not answer"
    if all(monitor.state is State.MAINTENANCE for monitor in monitors):
        return PlatformStatus.DEGRADED, "all-maintenance", f"all {total} monitors are in maintenance"
    return PlatformStatus.OPERATIONAL, "all-up", f"{total} monitors, none down, pending or unknown"


def _reaches_threshold(down: int, total: int, rules: Rules) -> bool:
    if rules.outage_share is not None:
        return down >= rules.outage_share * total
    assert rules.outage_count is not None
    return down >= rules.outage_count


def _by_uptime(uptime: Uptime, backups: Backups, rules: Rules) -> tuple[PlatformStatus, str, str]:
    if uptime.last_24h is None:
        return PlatformStatus.UNKNOWN, "uptime-unknown", "the uptime of the last 24 hours is not known"
    percent = uptime.last_24h * 100
    reason = f"uptime of the last 24 hours {percentage(uptime.last_24h)} %, backups {backups.status.value}"
    if percent >= rules.operational_percent and backups.status is BackupStatus.SUCCESS:
        return PlatformStatus.OPERATIONAL, "uptime-operational", reason
    if percent >= rules.degraded_percent:
        return PlatformStatus.DEGRADED, "uptime-degraded", reason
    return PlatformStatus.OUTAGE, "uptime-outage", reason


def _keys(monitors: list[Monitor]) -> str:
    shown = ", ".join(monitor.key for monitor in monitors[:5])
    return shown + (f" and {len(monitors) - 5} more" if len(monitors) > 5 else "")


def _if_confirmed(monitor: Monitor) -> Monitor:
    return replace(monitor, confirmed=True) if monitor.state in BAD_STATES else monitor


def _if_gone(monitor: Monitor) -> Monitor:
    return replace(monitor, state=State.UP) if monitor.state in BAD_STATES and not monitor.confirmed else monitor


def confirm(earlier: Report, later: Report) -> Report:
    """Return the later of two looks at one source, with what was bad in both of them confirmed."""
    bad_before = {monitor.key for monitor in earlier.monitors if monitor.state in BAD_STATES}
    monitors = tuple(_if_confirmed(monitor) if monitor.key in bad_before else monitor for monitor in later.monitors)
    return replace(later, monitors=monitors)
