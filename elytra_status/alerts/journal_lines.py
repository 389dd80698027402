# SPDX-License-Identifier: MIT
"""The last lines of a run, from the systemd journal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elytra_status.alerts.failed_runs import FAILED, is_of
from elytra_status.alerts.failure import Failure
from elytra_status.system.clock import Clock

MOST_LINES = 20
LONGEST_LINE = 500
_MOST_ENTRIES = MOST_LINES + 10
# The journal may receive a run's last lines only while the alert is already starting.
PATIENCE_SECONDS = 3.0
_PAUSE_SECONDS = 0.2
# Priorities of syslog. Debug lines, which come after info, may contain clients' names.
_ERROR = 3
_INFO = 6
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class JournalLine:
    """A line of the journal. `is_reason` says that the run logged it as an error."""

    time: str
    text: str
    is_reason: bool


def last_lines(failure: Failure, clock: Clock, files: Sequence[str] | None = None) -> list[JournalLine]:
    """Return the last lines of a run, none if the journal is unreadable.

    The lines are oldest first. Wait a short time for systemd's line that the run has failed. `files` are journal files
    to read instead of the machine's own.
    """
    deadline = clock.monotonic() + PATIENCE_SECONDS
    while True:
        entries = _entries(failure, files)
        end = next((number for number, entry in enumerate(entries, 1) if is_of(entry, FAILED)), None)
        if end or not failure.invocation or clock.monotonic() >= deadline:
            # Lines after the end of a run are about its restarts.
            shown = entries[:end] if failure.invocation else entries
            return [line for entry in shown for line in _lines(entry)][-MOST_LINES:]
        clock.sleep(_PAUSE_SECONDS)


def _entries(failure: Failure, files: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the last entries of a run, oldest first.

    They are those of its own processes, and systemd's about it.
    """
    from systemd import journal  # type: ignore[attr-defined]

    entries: list[dict[str, Any]] = []
    try:
        with journal.Reader(files=files) as reader:
            own, about = (
                ("_SYSTEMD_INVOCATION_ID", "INVOCATION_ID") if failure.invocation else ("_SYSTEMD_UNIT", "UNIT")
            )
            wanted = failure.invocation or failure.unit
            reader.add_match(f"{own}={wanted}")
            reader.add_disjunction()
            # Any process may write the field INVOCATION_ID, but only the journal writes _PID.
            reader.add_match(f"{about}={wanted}", "_PID=1")
            reader.seek_tail()
            while len(entries) < _MOST_ENTRIES and (entry := reader.get_previous()):
                if _priority(entry) <= _INFO:
                    entries.append(entry)
    except OSError:
        pass  # The alert is sent without the lines, and says where they are.
    return entries[::-1]


def _priority(entry: dict[str, Any]) -> int:
    priority = entry.get("PRIORITY", _INFO)
    return priority if isinstance(priority, int) else _INFO


def _lines(entry: dict[str, Any]) -> list[JournalLine]:
    message = entry.get("MESSAGE", "")
    if isinstance(message, list):
        message = message[-1]
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
    moment = entry.get("__REALTIME_TIMESTAMP")
    time = f"{moment.astimezone(UTC):%H:%M:%S}" if isinstance(moment, datetime) else ""
    is_reason = _priority(entry) <= _ERROR and entry.get("_PID") != 1
    parts = [_UNPRINTABLE.sub(" ", part).rstrip() for part in text.split("\n")]
    shown = [part if len(part) <= LONGEST_LINE else f"{part[:LONGEST_LINE]} ..." for part in parts if part.strip()]
    return [JournalLine("" if number else time, part, is_reason) for number, part in enumerate(shown)]
