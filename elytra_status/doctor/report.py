# SPDX-License-Identifier: MIT
"""Print findings as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from elytra_status.doctor.finding import Finding, Level
from elytra_status.model import number_of, wrap
from elytra_status.system.clock import to_text

# The table is as wide as the terminal, within these limits.
NARROWEST, WIDEST = 80, 100
# A longer name is on a line of its own.
LONGEST_NAME = 20
_INDENT = 4


@dataclass(frozen=True)
class Style:
    """The signs and colours that the terminal can show."""

    signs: dict[Level, str]
    arrow: str
    colours: dict[Level, str]


_SIGNS = {Level.OK: "✓", Level.SKIPPED: "–", Level.WARNING: "⚠", Level.FAULT: "✗"}
_ASCII_SIGNS = {Level.OK: "+", Level.SKIPPED: "-", Level.WARNING: "!", Level.FAULT: "X"}
_COLOURS = {Level.OK: "32", Level.SKIPPED: "2", Level.WARNING: "33", Level.FAULT: "31;1"}
_WORDS = {Level.FAULT: "fault", Level.WARNING: "warning", Level.OK: "in order", Level.SKIPPED: "skipped"}


def style(encoding: str, *, coloured: bool) -> Style:
    """Return the signs that an encoding has, with or without colours."""
    try:
        "".join((*_SIGNS.values(), "→")).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return Style(_ASCII_SIGNS, "->", _COLOURS if coloured else {})
    return Style(_SIGNS, "→", _COLOURS if coloured else {})


def findings_table(findings: Sequence[Finding], seconds: float, width: int, style: Style) -> str:
    """Return the findings by area, and the number of each level."""
    width = min(max(width, NARROWEST), WIDEST)
    findings = _merged(findings)
    names = [_name(finding) for finding in findings]
    column = max((len(name) for name in names if len(name) <= LONGEST_NAME), default=0)
    lines = []
    for area, found in groupby(findings, lambda finding: finding.area):
        lines.append(f"\033[1m{area}\033[0m" if style.colours else area)
        for finding in found:
            lines += _rows(finding, column, width, style)
    counts = Counter(finding.level for finding in findings)
    counted = [f"{_sign(level, style)} {_number(counts[level], level)}" for level in _WORDS if counts[level]]
    return "\n".join([*lines, "", f"{', '.join(counted)}; {seconds:.1f} s, nothing changed"])


def _number(count: int, level: Level) -> str:
    """Return how many findings have a level: "1 warning", "2 warnings"."""
    word = _WORDS[level]
    return number_of(count, word) if level in (Level.FAULT, Level.WARNING) else f"{count} {word}"


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, with those of an area merged that have the same cause.

    A merged finding has the names of all.
    """
    merged: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        # Findings that are in order stay separate.
        key = (finding.area, finding.seen, finding.remedy, "" if finding.remedy else finding.name)
        before = merged.get(key)
        if before is None:
            merged[key] = finding
            continue
        names = f"{_name(before)}, {_name(finding)}" if _name(finding) != _name(before) else _name(before)
        level = max(before.level, finding.level, key=list(Level).index)
        merged[key] = replace(before, label=names, level=level)
    return list(merged.values())


def _name(finding: Finding) -> str:
    return finding.label or finding.name


def _rows(finding: Finding, column: int, width: int, style: Style) -> list[str]:
    name, indent = _name(finding), _INDENT + column + 2
    parts = _wrapped(finding.seen, width - indent)
    if len(name) > column:
        first, *more = _wrapped(name, width - _INDENT)
        rows = [f"  {_sign(finding.level, style)} {first}", *(" " * _INDENT + part for part in more)]
        rows += [" " * indent + part for part in parts]
    else:
        rows = [f"  {_sign(finding.level, style)} {name:{column}}  {parts[0]}"]
        rows += [" " * indent + part for part in parts[1:]]
    if finding.remedy:
        arrow = f"{style.arrow} "
        remedy = _wrapped(finding.remedy, width - indent - len(arrow))
        rows += [
            " " * indent + (arrow if number == 0 else " " * len(arrow)) + part for number, part in enumerate(remedy)
        ]
    return rows


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width) or [""]


def _sign(level: Level, style: Style) -> str:
    colour = style.colours.get(level)
    return f"\033[{colour}m{style.signs[level]}\033[0m" if colour else style.signs[level]


def document(findings: Sequence[Finding], seconds: float, now: datetime, exit_status: int) -> bytes:
    """Return the findings as JSON, without names of monitors and backup groups.

    It may go into tickets.
    """
    content = {
        "checked_at": to_text(now),
        "seconds": round(seconds, 1),
        "exit_status": exit_status,
        "findings": [
            {
                "area": finding.area,
                "name": finding.name,
                "level": finding.level.value,
                "seen": finding.seen,
                "remedy": finding.remedy or None,
            }
            for finding in findings
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"
