# SPDX-License-Identifier: MIT
"""Remembers which monitors there were, so that one which nobody answers for is unknown and not forgotten.

A source that answers in part (/metrics refused, the public page not) does not name the monitors of the
other part. They have not gone away: without this they would silently stop to count.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from elytra_status.model import Monitor, Report, State

NOT_NAMED = "no answer names it"


@dataclass(frozen=True)
class Known:
    """The monitors of one source: their keys, and for each a mark that is the same under another key.

    Uptime Kuma 1 names monitors by id on its page and by name alone in /metrics. The mark is a hash, as
    names may be clients'.
    """

    marks: Mapping[str, str]


def _mark(monitor: Monitor) -> str:
    return hashlib.sha256(monitor.name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def remember(report: Report, before: Known | None) -> Known:
    """Return the monitors there are: those of a complete report, or those of before and of an incomplete one."""
    marks = {} if report.complete or before is None else dict(before.marks)
    for monitor in report.monitors:
        marks.setdefault(monitor.key, _mark(monitor))
    return Known(marks)


def with_missing(report: Report, known: Known) -> Report:
    """Return an incomplete report with the known monitors that it does not name, as unknown.

    One with a problem names none: its monitors count for nothing but the uptime that is known of them.
    """
    if report.problem:
        return replace(report, monitors=tuple(_not_named(key) for key in known.marks))
    if report.complete:
        return report
    keys = {monitor.key for monitor in report.monitors}
    # Equal names are not equal monitors: only what stands under a new key can be a known one.
    renamed = Counter(_mark(monitor) for monitor in report.monitors if monitor.key not in known.marks)
    missing = []
    for key, mark in known.marks.items():
        if key in keys:
            continue
        if renamed[mark]:
            renamed[mark] -= 1
        else:
            missing.append(key)
    if not missing:
        return report
    words = f"{len(missing)} monitors that were there before are not in what was answered: unknown"
    words += " (see what else was not answered)"
    return replace(
        report,
        monitors=(*report.monitors, *map(_not_named, missing)),
        warnings=(*report.warnings, words),
    )


def _not_named(key: str) -> Monitor:
    return Monitor(key, "", State.UNKNOWN, evidence=(NOT_NAMED,))


def to_json(known: Mapping[str, Known]) -> dict[str, Any]:
    """Return what `from_json` reads."""
    return {"known_monitors": {source: dict(one.marks) for source, one in known.items()}}


def from_json(value: Mapping[str, Any]) -> dict[str, Known]:
    """Return what `to_json` wrote; what is not of its shape is left out."""
    sources = value.get("known_monitors")
    found = {}
    for source, marks in sources.items() if isinstance(sources, dict) else ():
        if isinstance(marks, dict) and _all_texts(marks.items()):
            found[source] = Known(marks)
    return found


def _all_texts(pairs: Iterable[tuple[Any, Any]]) -> bool:
    return all(isinstance(one, str) and isinstance(other, str) for one, other in pairs)
