# SPDX-License-Identifier: MIT
"""Show the history as a table, as bars, or as JSON.

The output is for the administrator, since it names the monitors.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from elytra_status.decision.uptimes import percentage
from elytra_status.history.overview import Overview
from elytra_status.history.uptime import Measured, Past
from elytra_status.model import number_of
from elytra_status.system.clock import to_text

HEADINGS = {"last_24h": "24 h", "last_7d": "7 d", "last_30d": "30 d", "last_90d": "90 d"}
WIDEST_NAME = 40
NARROWEST_NAME = 20
# The lowest ratio of uptime for each sign that stands for a day.
LEAST = (Fraction(1), Fraction("0.999"), Fraction("0.99"), Fraction("0.95"), Fraction("0.75"), Fraction(0))
BARS = "█▇▆▅▃▁"
BARS_IN_ASCII = "#%+=-_"
NOT_KNOWN = "·"
NOT_KNOWN_IN_ASCII = "."


def windows_table(overview: Overview, *, minimum: bool = False) -> str:
    """Return a table of all windows."""
    pasts = _pasts(overview)
    rows = [["", *HEADINGS.values()]]
    rows += [[_label(past, overview, minimum), *(_cell(past.windows[window]) for window in HEADINGS)] for past in pasts]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.append("(N%): how much of the time was observed, if not all of it")
    if any(cell.startswith("-") for row in rows for cell in row[1:]):
        lines.append("-: not known, because less than half of the time, or too few of the monitors, were observed")
    if any(not past.watched for past in overview.monitors):
        lines.append("*: not watched at present, and not counted in the last row")
    return "\n".join(lines)


def bars(overview: Overview, columns: int, *, ascii_only: bool, minimum: bool = False) -> str:
    """Return a bar for each monitor, with a sign for each day.

    If there are too few columns, show fewer days.
    """
    pasts = _pasts(overview)
    labels = [_label(past, overview, minimum) for past in pasts]
    widest = min(max(_width(label) for label in labels), WIDEST_NAME)
    days = [day for past in pasts[:1] for day in past.days]
    days = days[-max(1, columns - max(NARROWEST_NAME, min(widest, columns - len(days) - 2)) - 2) :]
    width = max(NARROWEST_NAME, min(widest, columns - len(days) - 2))
    signs, unknown = (BARS_IN_ASCII, NOT_KNOWN_IN_ASCII) if ascii_only else (BARS, NOT_KNOWN)
    lines = []
    for label, past in zip(labels, pasts, strict=True):
        drawn = "".join(_bar(past.days[day].ratio, signs, unknown) for day in days)
        lines.append(f"{_padded(_cut(label, width, '~' if ascii_only else '…'), width)}  {drawn}".rstrip())
    if days:
        lines.append(f"{number_of(len(days), 'day')} by UTC, {days[0]} to {days[-1]}")
    meanings = [f"{sign} {'all' if least == 1 else f'from {float(least * 100):g}%'}" for sign, least in _pairs(signs)]
    lines.append(f"up: {', '.join(meanings)}; {unknown} not known")
    return "\n".join(lines)


def overview_as_json(overview: Overview) -> bytes:
    """Return the overview as a JSON document."""
    value = {
        "generated_at": to_text(overview.now),
        "monitors": [
            {"key": past.key, "name": past.name, "watched": past.watched, **_past(past)} for past in overview.monitors
        ],
        "together": _past(overview.together),
    }
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # Except for the line breaks of the layout, unprintable characters occur only inside strings.
    escaped = "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)
    return escaped.encode("utf-8", "replace") + b"\n"


def _pasts(overview: Overview) -> list[Past]:
    """Return the rows: each monitor, and all watched monitors together, if any."""
    watched = [past for past in overview.monitors if past.watched]
    return [*overview.monitors, *([overview.together] if watched else [])]


def _past(past: Past) -> dict[str, Any]:
    return {
        "windows": {window: _measured(measured) for window, measured in past.windows.items()},
        "days": [{"day": day.isoformat(), **_measured(measured)} for day, measured in past.days.items()],
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "uptime_percent": None if measured.ratio is None else percentage(measured.ratio),
        "observed_percent": percentage(measured.observed),
        "up_seconds": measured.seconds.up,
        "down_seconds": measured.seconds.down,
        "maintenance_seconds": measured.seconds.maintenance,
    }


def _label(past: Past, overview: Overview, minimum: bool) -> str:
    if past is overview.together:
        count = sum(past.watched for past in overview.monitors)
        return f"Together ({'minimum' if minimum else 'mean'} of {count})"
    return f"{_escaped(past.name) or past.key}{'' if past.watched else ' *'}"


def _escaped(text: str) -> str:
    """Return a text with unprintable characters escaped.

    A name must not move the cursor.
    """
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def _cell(measured: Measured) -> str:
    ratio = "-" if measured.ratio is None else f"{percentage(measured.ratio):g}%"
    observed = int(min(measured.observed, Fraction(1)) * 100)
    return ratio if observed == 100 else f"{ratio} ({observed}%)"


def _bar(ratio: Fraction | None, signs: str, unknown: str) -> str:
    if ratio is None:
        return unknown
    return next(sign for sign, least in _pairs(signs) if ratio >= least)


def _pairs(signs: str) -> Sequence[tuple[str, Fraction]]:
    return list(zip(signs, LEAST, strict=True))


def _width(text: str) -> int:
    """Return the width of a text on a terminal, in columns."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _cut(text: str, width: int, sign: str) -> str:
    if _width(text) <= width:
        return text
    while _width(text) > width - 1:
        text = text[:-1]
    return text + sign
