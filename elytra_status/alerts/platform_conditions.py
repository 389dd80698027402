# SPDX-License-Identifier: MIT
"""Conditions of the published status: platform, backups, override, texts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from elytra_status.alerts.condition import (
    ANSWERS,
    BACKUP,
    MISSING_MONITORS,
    OVERRIDE,
    PLATFORM,
    TEXTS,
    Condition,
)
from elytra_status.decision.backup_policy import WORST_FIRST, worst_first
from elytra_status.documents.withheld import Withheld
from elytra_status.documents.words import LABELS
from elytra_status.leak_guard import NAME
from elytra_status.locale import ENGLISH, Language, to_translate
from elytra_status.model import (
    BACKUPS,
    BAD_STATES,
    MISSING,
    MONITORS,
    UNNAMED,
    Announcements,
    BackupGroup,
    BackupStatus,
    Decision,
    GroupDecision,
    Override,
    PlatformStatus,
    Report,
    State,
)
from elytra_status.system.clock import to_text
from elytra_status.system.digest import digest

# The severity of each status; 0 is well. Unknown is worse than degraded.
PLATFORM_LEVELS = {
    PlatformStatus.OPERATIONAL: 0,
    PlatformStatus.DEGRADED: 1,
    PlatformStatus.UNKNOWN: 2,
    PlatformStatus.OUTAGE: 3,
}
BACKUP_LEVELS = {BackupStatus.SUCCESS: 0, BackupStatus.UNKNOWN: 1, BackupStatus.WARNING: 2, BackupStatus.FAILED: 3}
# How long before an override ends it is notified: enough time for a person, and for two runs.
ENDS_SOON = timedelta(minutes=45)
_MOST_NAMES = 20
# The states of monitors that are named.
_STATES = {
    State.DOWN: to_translate("down"),
    State.PENDING: to_translate("pending"),
    State.UNKNOWN: to_translate("unknown"),
}


def of_decision(
    decision: Decision,
    reports: tuple[Report, ...],
    announcements: Announcements,
    now: datetime,
    language: Language = ENGLISH,
) -> list[Condition]:
    """Return all watched conditions, with evidence in a language."""
    found = []
    # Whoever announced maintenance, here or in the monitoring system, knows that it makes the platform degraded.
    if any(report.about == MONITORS for report in reports) and not decision.is_announced_work:
        measured = decision.measured or decision.status
        evidence = f"{decision.reason}; rule {decision.rule}"
        found.append(Condition(PLATFORM, PLATFORM_LEVELS[measured], measured.value, evidence, _bad(reports, language)))
    found += _answers(reports)
    watched = [report for report in reports if report.about == BACKUPS]
    if watched:
        found.append(_backups(watched, decision, now, language))
    found.append(_override(announcements.override, now, language))
    return found


def _backups(watched: list[Report], decision: Decision, now: datetime, language: Language) -> Condition:
    status, covered = decision.backups.status, decision.backups.last_successful_backup
    by = [
        language.isolated(report.why_unavailable)
        if report.problem
        else language.text(
            "{source}: {groups}",
            source=language.isolated(report.source),
            groups=_groups(report, decision.groups_of(report.source), language),
        )
        for report in watched
    ]
    by.append(
        language.text("every group is covered until {moment}", moment=language.isolated(to_text(covered)))
        if covered
        else language.text("not every group has a backup")
    )
    names = _worst_groups(decision.groups, now, language)
    silent = frozenset(report.source for report in watched if report.problem)
    keys = frozenset(_keys_of_groups(decision.groups))
    return Condition(BACKUP, BACKUP_LEVELS[status], status.value, language.text("; ").join(by), names, keys, silent)


def _override(override: Override | None, now: datetime, language: Language) -> Condition:
    if override is None or not timedelta(0) < override.until - now <= ENDS_SOON:
        return Condition(OVERRIDE, 0, "none")
    until = to_text(override.until)
    words = language.text(
        "{status}, set by {person}, ends at {moment}, in {duration}",
        status=language.within(language.text(LABELS[override.status])),
        person=language.isolated(override.by) if override.by else language.text("somebody"),
        moment=language.isolated(until),
        duration=language.rough_length((override.until - now).total_seconds()),
    )
    return Condition(OVERRIDE, 1, "ends", words, keys=frozenset({until}))


def of_texts(withheld: tuple[Withheld, ...]) -> Condition:
    """Return the condition of public texts: each withheld text makes it worse.

    Withheld past texts are no news.
    """
    withheld = tuple(text for text in withheld if not text.is_past)
    evidence = "; ".join(f"{text.name} holds {text.cause()}" for text in withheld)
    names = tuple(dict.fromkeys(word for text in withheld if text.rule == NAME for word in text.words))[:_MOST_NAMES]
    keys = frozenset(f"{text.name}: {text.cause()}" for text in withheld)
    return Condition(TEXTS, len(keys), "withheld" if withheld else "none", evidence, names, keys, counts=True)


def _answers(reports: tuple[Report, ...]) -> Iterator[Condition]:
    """Yield whether each source that answered did so completely, with all monitors.

    If a source did not answer, its missing monitors are not known.
    """
    about = [report for report in reports if report.about == MONITORS]
    silent = frozenset(report.source for report in about if report.problem)
    problems = [(report.source, one) for report in about if not report.problem for one in report.problems]
    missing = [(source, one) for source, one in problems if one.kind == MISSING]
    others = [(source, one) for source, one in problems if one.kind != MISSING]
    if others or (about and not silent):
        words = "; ".join(f"{source}: {one}" for source, one in others)
        kinds = {one.kind for _, one in others}
        word = "complete" if not others else "unnamed" if kinds == {UNNAMED} else "incomplete"
        keys = frozenset(f"{source}: {one.kind} {key}" for source, one in others for key in one.keys or ("",))
        yield Condition(ANSWERS, len(keys), word, words, keys=keys, silent=silent, counts=True)
    if about:
        words = "; ".join(f"{source}: {one}" for source, one in missing)
        keys = frozenset(key for _, one in missing for key in one.keys)
        word = "missing" if missing else "none"
        yield Condition(MISSING_MONITORS, len(keys), word, words, keys=keys, silent=silent, counts=True)


def _bad(reports: tuple[Report, ...], language: Language) -> tuple[str, ...]:
    worst_first = [*sorted(BAD_STATES), State.UNKNOWN]
    bad = [
        (worst_first.index(monitor.state), monitor.name or monitor.key, language.text(_STATES[monitor.state]))
        for report in reports
        for monitor in report.monitors
        if monitor.state in worst_first
    ]
    return tuple(f"{language.isolated(name)} ({state})" for _, name, state in sorted(bad)[:_MOST_NAMES])


def _groups(report: Report, groups: tuple[GroupDecision, ...], language: Language) -> str:
    """Return the status of the groups of a source, in counts."""
    if not report.backup_groups:
        return language.text("no group counts")
    statuses = [one.status for one in groups]
    bad = [_counted(one, statuses.count(one), language) for one in WORST_FIRST[:-1] if one in statuses]
    runs = sum(one.group.failed for one in groups)
    if runs:
        bad.append(language.count("the last run of {number} failed", "the last run of {number} failed", runs))
    counted = language.count("{number} group", "{number} groups", len(statuses))
    states = language.listed(bad) if bad else language.text("all in order")
    return language.text("of {groups} {states}", groups=counted, states=states)


def _counted(status: BackupStatus, number: int, language: Language) -> str:
    if status is BackupStatus.FAILED:
        return language.count("{number} failed", "{number} failed", number)
    if status is BackupStatus.WARNING:
        return language.count("{number} warning", "{number} warning", number)
    return language.count("{number} unknown", "{number} unknown", number)


def _worst_groups(groups: tuple[GroupDecision, ...], now: datetime, language: Language) -> tuple[str, ...]:
    bad = worst_first((one for one in groups if one.status is not BackupStatus.SUCCESS), now)
    return tuple(f"{language.isolated(one.group.name)} ({_age(one.group, language)})" for one in bad[:_MOST_NAMES])


def _keys_of_groups(groups: tuple[GroupDecision, ...]) -> Iterator[str]:
    """Yield keys for each group that is not good.

    A worse group has more keys, so that getting better makes no new key.
    """
    for one in groups:
        level = BACKUP_LEVELS[one.status]
        name = digest(one.group.name)
        yield from (f"{one.source}:{name}:{worse}" for worse in range(1, level + 1))


def _age(group: BackupGroup, language: Language) -> str:
    newest = (
        language.text("newest of {moment}", moment=language.isolated(to_text(group.newest)))
        if group.newest
        else language.text("none")
    )
    facts = [language.text("the last run failed"), newest] if group.failed else [newest]
    if group.missing_since:
        since = language.isolated(to_text(group.missing_since))
        facts.append(language.text("missing from the evidence since {moment}", moment=since))
    return language.listed(facts)
