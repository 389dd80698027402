# SPDX-License-Identifier: MIT
"""Kinds of numbers and time zones."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, tzinfo

from elytra_status.settings.kinds.kind import InvalidValueError, Kind


def _of(unit: str) -> str:
    return f" {unit}" if unit else ""


def _read_whole_number(low: int, high: int, unit: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise InvalidValueError("is not a whole number", f"Write {low} to {high}{_of(unit)}")
        if not low <= int(text) <= high:
            raise InvalidValueError("is out of range", f"Write {low} to {high}{_of(unit)}")
        return int(text)

    return read


def _read_number(low: float, high: float, unit: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{1,6})?", text):
            raise InvalidValueError("is not a number", f"Write {low:g} to {high:g}{_of(unit)}, with a decimal point")
        if not low <= float(text) <= high:
            raise InvalidValueError("is out of range", f"Write {low:g} to {high:g}{_of(unit)}")
        return float(text)

    return read


def _write_number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def whole_number(low: int, high: int, unit: str) -> Kind:
    """Return a kind for whole numbers from `low` to `high`, both included."""
    return Kind(f"whole number{' of' if unit else ''}{_of(unit)}, {low} to {high}", _read_whole_number(low, high, unit))


def number(low: float, high: float, unit: str) -> Kind:
    """Return a kind for numbers from `low` to `high`, both included."""
    return Kind(f"number of {unit}, {low:g} to {high:g}", _read_number(low, high, unit), _write_number)


def timezone(name: str) -> tzinfo:
    """Return a time zone by its name; UTC also if the system has no zones.

    Raise InvalidValueError if there is no such zone.
    """
    if name.upper() == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise InvalidValueError("is not a time zone of this system", "Write a name like UTC or Europe/Berlin") from None


def _read_timezone(text: str) -> str:
    timezone(text)
    return text


TIMEZONE = Kind("time zone", _read_timezone)
