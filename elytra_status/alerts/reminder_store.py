# SPDX-License-Identifier: MIT
"""Save who was notified of what: one file for all conditions, under a lock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from elytra_status.alerts import FORMER_STATE_FILE, STATE_FILE, reminders
from elytra_status.alerts.reminders import Course, Notified
from elytra_status.errors import LockedError
from elytra_status.system import fallback_files, files, journal
from elytra_status.system.clock import Clock, from_text

LOCK_FILE = "alerts.lock"


@contextmanager
def lock_reminders(state_directory: Path, clock: Clock, seconds: float) -> Iterator[None]:
    """Hold the lock on the file. Raise LockedError after `seconds`.

    If no lock is possible, on a full disk for example, continue without it: the notification is more important.
    """
    path = state_directory / LOCK_FILE
    with ExitStack() as stack:
        try:
            stack.enter_context(files.lock_file(path, clock, seconds))
        except OSError as error:
            journal.log_warning(f"{path} cannot be opened ({error.strerror}); the notification is sent without a lock")
        except LockedError:
            problem = f"another notification holds the lock on {path}"
            raise LockedError(problem, "the next run tries again") from None
        yield


def read(state_directory: Path) -> dict[str, Course]:
    """Return the courses of all conditions, by name.

    A malformed course is left out, and its condition notified anew. Failures of units that an earlier version kept in a
    file of their own are included.
    """
    former = fallback_files.read(state_directory / FORMER_STATE_FILE).get("incidents")
    courses = {}
    for unit, value in former.items() if isinstance(former, dict) else ():
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            courses[unit] = _from_former(value)
    return {**courses, **reminders.from_json(fallback_files.read(state_directory / STATE_FILE))}


def write(state_directory: Path, courses: Mapping[str, Course]) -> None:
    """Write the courses, and remove the file of earlier versions.

    Log a failure: the next run would notify again.
    """
    path = state_directory / STATE_FILE
    try:
        if courses:
            fallback_files.write(path, json.dumps(reminders.to_json(courses), indent=1).encode())
        else:
            fallback_files.delete(path)
        fallback_files.delete(state_directory / FORMER_STATE_FILE)
    except OSError as error:
        journal.log_error(
            f"{path} cannot be written ({error.strerror}); the next run may send the same notifications again",
            event="alert",
        )


def _from_former(value: Mapping[str, Any]) -> Course:
    """Return the course of a unit's failure from the file of an earlier version."""
    over = from_text(value["over"]) if value["over"] else None
    notified = {
        channel: Notified(1, from_text(moment))
        for channel, moment in value["told"].items()
        if channel not in value["told_over"]
    }
    last = value["last"]
    details = {"failures": int(value["failures"]), "result": str(last["result"]), "status": str(last["status"])}
    return Course(from_text(value["since"]), int(over is None), notified=notified, over=over, details=details)
