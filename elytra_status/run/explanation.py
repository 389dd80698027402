# SPDX-License-Identifier: MIT
"""Explain a decision: its rules, monitors, backup groups and their evidence.

The text is for the administrator alone, since it may name clients. It is neither published nor logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from elytra_status.decision.backup_policy import worst_first
from elytra_status.decision.ended_groups import ended_in_words, way_out
from elytra_status.decision.rules import Rules
from elytra_status.model import (
    BAD_STATES,
    MONITORS,
    BackupGroup,
    BackupStatus,
    Decision,
    GroupDecision,
    Monitor,
    MonitorDecision,
    Report,
    State,
    and_more,
    number_of,
    replace,
    wrap,
)
from elytra_status.run.assess import Assessment, policy_rules
from elytra_status.run.summary import errors, head, unconfirmed
from elytra_status.settings import Settings
from elytra_status.system.clock import for_people, to_text

WIDTH = 80
# The longest lists. If hundreds of monitors are down, nobody needs a list of them.
MOST_IN_ORDER = 20
MOST_ODD = 50
_WORST_FIRST = (State.DOWN, State.PENDING, State.UNKNOWN, State.MAINTENANCE, State.UP)


def explain(settings: Settings, assessment: Assessment, now: datetime, names: Mapping[str, str] | None = None) -> str:
    """Return a decision in words, with the rules tried and their evidence.

    `names` are the names of missing monitors, by key. No line has more than WIDTH characters.
    """
    chosen = policy_rules(settings)
    lines = []
    for line in (*head(assessment, now), *unconfirmed(assessment, settings.confirm_after_seconds)):
        lines += _wrapped(line, "", " " * 10)
    lines += ["", "Rules: the first that matches decides"]
    column = max(len(step.rule) for step in assessment.decision.steps)
    for step in assessment.decision.steps:
        lines += _row("YES" if step.matched else "no", f"{step.rule:{column}}  ", step.reason)
        if step.matched and step is not assessment.decision.steps[-1]:
            lines.append("  without it:")
    for report in assessment.reports:
        report = _with_names(report, names or {})
        lines += ["", *_about_source(report, assessment.decision, chosen, now)]
    lines += ["", *_wrapped("The names above may be names of clients: do not pass this output on.")]
    return "\n".join(lines)


def _about_source(report: Report, decision: Decision, chosen: Rules, now: datetime) -> Iterator[str]:
    if report.about == MONITORS:
        return _monitors(report, decision, chosen, now)
    return _backups(report, decision.groups_of(report.source), chosen, now)


def _with_names(report: Report, names: Mapping[str, str]) -> Report:
    return replace(
        report, monitors=tuple(replace(one, name=one.name or names.get(one.key, "")) for one in report.monitors)
    )


def _monitors(report: Report, decision: Decision, chosen: Rules, now: datetime) -> Iterator[str]:
    yield from _wrapped(f"Monitors of {report.source}, worst first")
    yield from _about(report)
    if report.problem:
        return
    ordered = sorted(report.monitors, key=lambda monitor: _WORST_FIRST.index(monitor.state))
    judged = {one.key: decision.of_monitor(one.key) for one in ordered}
    is_odd = {one.key: one.state is not State.UP or judged[one.key].is_flapping for one in ordered}
    odd = [monitor for monitor in ordered if is_odd[monitor.key]]
    for monitor in odd[:MOST_ODD]:
        state = "flaps" if judged[monitor.key].is_flapping else monitor.state.value
        yield from _row(state, "", _title(monitor))
        yield from _row("", "", "; ".join(_evidence(monitor, judged[monitor.key], chosen, now)))
    yield from _left_out(odd[MOST_ODD:])
    fine = [monitor for monitor in ordered if not is_odd[monitor.key]]
    for monitor in fine[:MOST_IN_ORDER]:
        evidence = _evidence(monitor, judged[monitor.key], chosen, now, brief=True)
        yield from _row("up", "", f"{_title(monitor)}: {'; '.join(evidence)}")
    yield from _left_out(fine[MOST_IN_ORDER:])


def _about(report: Report) -> Iterator[str]:
    """Yield remarks about a source as a whole."""
    if report.problem:
        yield from _row("!", "", f"unavailable: {report.problem}")
    if report.isolation:
        yield from _row("!", "", f"it {report.isolation}: what failed then is unknown")
    for words in errors(report):
        yield from _row("error", "", words)
    for warning in report.warnings:
        yield from _row("!", "", str(warning))
    for words in report.remarks:
        yield from _row("note", "", words)


def _title(monitor: Monitor) -> str:
    name = f" {monitor.name!r}" if monitor.name else ""
    return f"{monitor.key}{name}{', critical' if monitor.critical else ''}"


def _evidence(
    monitor: Monitor, judged: MonitorDecision, chosen: Rules, now: datetime, *, brief: bool = False
) -> Iterator[str]:
    # If the source does not say since when, the polls of earlier runs do.
    seen = None if monitor.since else judged.bad_since
    if seen and seen == monitor.heartbeats[-1].time:
        seen = None  # only this poll has seen it
    since = monitor.since or seen
    if since and (judged.is_flapping or monitor.state is not State.UP):
        lasts = for_people((now - since).total_seconds())
        yield f"{'seen ' if seen else ''}{monitor.state.value} for {lasts} (since {to_text(since)})"
    if monitor.state in BAD_STATES:
        yield f"confirmed by {monitor.confirmed_by or 'its source'}" if monitor.confirmed else "not confirmed"
    yield from monitor.evidence
    if monitor.rests_on_heartbeats and monitor.heartbeats:
        newest = monitor.heartbeats[-1]
        shown = _ago(newest.time, now) if brief else f"{newest.state.value}, {_moment(newest.time, now)}"
        yield f"newest heartbeat {shown}"
    if judged.changes:
        often = f"changed {number_of(judged.changes, 'time')} in {_length(chosen.flap_within)}"
        yield f"{often}, more than {chosen.flap_changes}" if judged.is_flapping else often


def _backups(report: Report, groups: Iterable[GroupDecision], chosen: Rules, now: datetime) -> Iterator[str]:
    limits = f"success under {_length(chosen.backup_success_within)}, failed from {_length(chosen.backup_failed_from)}"
    yield from _wrapped(f"Backups of {report.source}, worst first: {limits}")
    yield from _about(report)
    if words := ended_in_words(report):
        yield from _row("note", "", f"{words} (elytra-status backups list)")
    ordered = worst_first(groups, now)
    odd = [one for one in ordered if one.status is not BackupStatus.SUCCESS]
    fine = [one for one in ordered if one.status is BackupStatus.SUCCESS]
    for listed, most in ((odd, MOST_ODD), (fine, MOST_IN_ORDER)):
        for one in listed[:most]:
            end = "" if one.status is BackupStatus.SUCCESS else way_out(one.group)
            words = f"{one.group.name!r}: {_age(one.group, now)}"
            yield from _row(one.status.value, "", "; ".join(filter(None, (words, end))))
        yield from _left_out(listed[most:])


def _age(group: BackupGroup, now: datetime) -> str:
    newest = "nothing that counts as a backup" if group.newest is None else f"newest {_moment(group.newest, now)}"
    why = group.reason or ("the last run failed" if group.failed else "")
    age = f"{why}; {newest}" if why else newest
    return f"{age}; missing from the evidence since {to_text(group.missing_since)}" if group.missing_since else age


def _left_out(rest: Sequence[object]) -> list[str]:
    return _row("…", "", and_more(len(rest))) if rest else []


def _moment(moment: datetime, now: datetime) -> str:
    return f"{_ago(moment, now)} ({to_text(moment)})"


def _ago(moment: datetime, now: datetime) -> str:
    seconds = (now - moment).total_seconds()
    return f"{for_people(seconds)} {'ago' if seconds >= 0 else 'ahead'}"


def _length(length: timedelta) -> str:
    minutes = length / timedelta(minutes=1)
    return f"{minutes / 60:g} hours" if minutes >= 120 else f"{minutes:g} minutes"


def _row(word: str, label: str, text: str) -> list[str]:
    """Return a line with a word in its own column, wrapped below its text."""
    first = f"  {word:11} {label}"
    return _wrapped(text, first, " " * len(first))


def _wrapped(text: str, first: str = "", others: str = "") -> list[str]:
    return wrap(text, WIDTH, first, others, breaks_words=True)
