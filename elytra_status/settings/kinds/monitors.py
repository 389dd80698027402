# SPDX-License-Identifier: MIT
"""Kinds of values that name or count sources and monitors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from elytra_status.settings.kinds.kind import InvalidValueError, Kind
from elytra_status.settings.kinds.texts import join, read_list, read_text

# The longest name of a component in characters, so that it fits into columns and lines.
LONGEST_COMPONENT = 80


@dataclass(frozen=True)
class Threshold:
    """A number of monitors, or a ratio of them (0 to 1); the other one is None."""

    count: int | None = None
    ratio: Fraction | None = None

    def __str__(self) -> str:
        return f"{float(self.ratio * 100):g}%" if self.ratio is not None else str(self.count)


def _read_ids(text: str) -> tuple[int, ...]:
    parts = read_list(text)
    if any(not re.fullmatch(r"[0-9]{1,9}", part) for part in parts):
        raise InvalidValueError("is not a list of monitor ids", "Write numbers with commas between, such as 1,2,5")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _read_threshold(text: str) -> Threshold:
    if match := re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*%", text):
        ratio = Fraction(match[1]) / 100
        if 0 < ratio <= 1:
            return Threshold(ratio=ratio)
    elif re.fullmatch(r"[0-9]{1,6}", text) and int(text) >= 1:
        return Threshold(count=int(text))
    raise InvalidValueError("is neither a count nor a percentage", "Write 1 or more, or a percentage such as 25%")


def _read_sources(text: str) -> tuple[str, ...]:
    parts = read_list(text)
    for part in parts:
        if not re.fullmatch(r"[a-z][a-z0-9_]*(:[a-z][a-z0-9]{0,19})?", part):
            raise InvalidValueError(
                "is not a list of sources", "Write uptime_kuma, or uptime_kuma:office with a name of your own"
            )
    return parts


def _read_components(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    form = "Write names and monitors such as Websites: 1,2,5; Databases: prometheus:ab12"
    found: dict[str, tuple[str, ...]] = {}
    for part in read_text(text).split(";"):
        if not part.strip():
            continue
        name, _, monitors = part.partition(":")
        if not name.strip() or not monitors.strip():
            raise InvalidValueError("is not a list of names, each with monitors", form)
        if len(name.strip()) > LONGEST_COMPONENT:
            raise InvalidValueError(
                f"contains a name of more than {LONGEST_COMPONENT} characters", "Write a word or two"
            )
        keys = read_list(monitors)
        if any(not re.fullmatch(r"[0-9]{1,9}|[a-z][a-z0-9_]*:\S+", key) for key in keys):
            raise InvalidValueError("contains what is neither the id nor the key of a monitor", form)
        if found.setdefault(name.strip(), keys) is not keys:
            raise InvalidValueError("contains a name twice", "Write each component once, with all its monitors")
    if not found:
        raise InvalidValueError("contains no component", form)
    return tuple(found.items())


def _write_components(components: Any) -> str:
    return "; ".join(f"{name}: {','.join(keys)}" for name, keys in components)


IDS = Kind("list of numbers with commas between", _read_ids, join)
THRESHOLD = Kind("count, or percentage such as 25%", _read_threshold)
SOURCES = Kind("list of kinds of source, each with or without a name after a colon", _read_sources, join)
COMPONENTS = Kind(
    "names, each with a colon and the ids or keys of its monitors, with semicolons between",
    _read_components,
    _write_components,
)
