# SPDX-License-Identifier: MIT
"""The ways in which programs write evidence: JSON, times, dates in names. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from elytra_status.errors import SourceError
from elytra_status.system import bounded_json

_VERBOSITY = "Run the program without -v, or write its JSON alone to the file"
_WHOLE = "Write it under another name and rename it when it is whole"

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3])(?P<colon>[-:._h]?)[0-5]\d(?:(?P=colon)[0-5]\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
# A date, perhaps with the time of day, a week, a month, or seconds since 1970, but no longer number.
_DATE = re.compile(
    rf"(?<!\d)(?:(?:{_YEAR}(?P<dash>[-._]?){_MONTH}(?P=dash){_DAY}|{_DAY}(?P<dot>[-._]){_MONTH}(?P=dot){_YEAR})"
    rf"(?:[T_ @.-]?{_TIME})?|{_YEAR}-?W[0-5]\d|{_YEAR}-{_MONTH}|1\d{{9}})(?!\d)"
)
_SEPARATORS = " -_.:@+"


def without_date(name: str) -> str:
    """Return a name without its date and time, which one series of backups shares."""
    parts = (part.strip(_SEPARATORS) for part in _undated(name))
    return "-".join(part for part in parts if part)


def _undated(name: str) -> Iterator[str]:
    start = 0
    for found in _DATE.finditer(name):
        yield name[start : found.start()]
        start = found.end()
    yield name[start:]


def json_value(text: str) -> Any:
    """Return the one JSON value of a text. Lines before and after it are skipped.

    Raise SourceError if there is none, only part of one, or more than one.
    """
    try:
        return bounded_json.loads(text)
    except bounded_json.UnboundedJSONError as error:
        raise SourceError(f"the JSON cannot be used ({error})", error.remedy_after(_WHOLE)) from None
    except ValueError:
        pass
    decoder, found, position = json.JSONDecoder(), [], 0
    while position < len(text):
        line_end = text.find("\n", position)
        line_end = len(text) if line_end < 0 else line_end
        if text[position : position + 1] not in ("{", "["):
            position = line_end + 1
            continue
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            # A line such as "[WARNING]: …" is not JSON. If the error is in a later line, the JSON is incomplete.
            if error.pos >= line_end:
                raise SourceError("the JSON breaks off", _WHOLE) from None
            position = line_end + 1
            continue
        except (ValueError, RecursionError):
            raise SourceError("the JSON cannot be read", _WHOLE) from None
        try:
            bounded_json.check_depth(value)
        except bounded_json.UnboundedJSONError as error:
            raise SourceError(f"the JSON cannot be used ({error})", _WHOLE) from None
        line_end = text.find("\n", end)
        line_end = len(text) if line_end < 0 else line_end
        if text[end:line_end].strip():
            position = line_end + 1
            continue
        found.append(value)
        position = line_end + 1
    if len(found) == 1:
        return found[0]
    if found:
        raise SourceError("it holds more than one JSON value", "Write the output of one run to each file")
    raise SourceError("it holds no complete JSON value", f"{_WHOLE}. {_VERBOSITY}")


def written_name(value: Any) -> str:
    """Return a name. Raise TypeError if it is no text: programs write no other names."""
    if not isinstance(value, str):
        raise TypeError
    return value


def written_moment(text: str) -> datetime:
    """Return a time as programs write it, naive if it has no zone.

    Raise ValueError if it is malformed.
    """
    # Go writes more digits than microseconds, which Python does not accept.
    head, point, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return datetime.fromisoformat(f"{head}{point}{digits[:6]}{rest[len(digits) :]}" if point else text)


def parse_time(text: str) -> datetime:
    """Return a time as programs write it, in UTC.

    Raise ValueError if it has no zone.
    """
    found = written_moment(text)
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found.astimezone(UTC)
