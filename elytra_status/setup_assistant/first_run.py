# SPDX-License-Identifier: MIT
"""Start the service, and show what it has published."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from elytra_status.alerts.failure import Failure, meaning
from elytra_status.doctor import timers
from elytra_status.doctor.finding import Context, Level
from elytra_status.documents.status_json import NAME
from elytra_status.errors import DONE, UNAVAILABLE, NoAnswerError
from elytra_status.problem import Problem
from elytra_status.publish import directory, visitor
from elytra_status.settings import Settings
from elytra_status.setup_assistant.as_service import call_as_service
from elytra_status.system import bounded_json, files, systemd
from elytra_status.system.clock import Clock
from elytra_status.system.journal import one_line
from elytra_status.system.systemd import UNIT, ServiceResult, Starter

Say = Callable[[str], None]


@dataclass(frozen=True)
class FirstPublication:
    """What visitors get: address, status and headline.

    Status and headline are '' if they cannot be read.
    """

    address: str
    status: str = ""
    headline: str = ""


def start(unit: str = UNIT) -> ServiceResult:
    """Start the service and wait until its run has ended."""
    with Starter(unit) as starter:
        return starter.run_service()


def show_first_run(ended: ServiceResult, settings: Settings, state_directory: Path, clock: Clock, say: Say) -> int:
    """Print how the run ended and what is published now; return the exit status."""
    if not ended.well:
        failure = Failure(UNIT, ended.result, str(ended.exit_status))
        why = ended.status_text.removeprefix("failed: ") or meaning(failure) or ended.result
        say(f"{UNIT} failed with status {ended.exit_status}: {why}. See journalctl -u {UNIT} -n 30.")
        return ended.exit_status if ended.exit_status in (65, 66, 69, 70, 75, 78) else UNAVAILABLE
    found = publication(settings, state_directory, clock)
    say(f"published: {found.address}")
    if found.status:
        say(f"status:    {found.status}")
        say(f"headline:  {found.headline}")
    if ended.status_text:
        say(f"why:       {ended.status_text}")
    return DONE


def publication(settings: Settings, state_directory: Path, clock: Clock) -> FirstPublication:
    """Read the publication as a visitor does, or from the local directory."""
    address = settings.status_url or visitor.origin_url(settings)
    if address is None:
        path = directory.path_of(settings.public_directory, state_directory) / NAME
        return _parsed(str(path), call_as_service(state_directory, lambda: _content(path), clock))
    with suppress(NoAnswerError):
        return _parsed(address, visitor.visitor_of(settings).fetch(address).body)
    return FirstPublication(address)


def _content(path: Path) -> bytes:
    """Return the content of the published file, nothing if it cannot be read."""
    with suppress(OSError):
        return files.read_regular(path)
    return b""


def _parsed(address: str, body: bytes) -> FirstPublication:
    try:
        document = bounded_json.loads(body)
        status, headline = str(document["platform_status"]), str(document["headline"]["text"])
        # Whoever serves the address must not write on the terminal of root.
        return FirstPublication(address, one_line(status), one_line(headline))
    except (ValueError, KeyError, TypeError):
        return FirstPublication(address)


def obstacle() -> str:
    """Return why the service cannot be started by this process, '' if it can."""
    if not systemd.BOOTED.is_dir():
        return "systemd does not run here, so nothing was started. The timer starts the service after the next boot."
    if not systemd.can_be_started():
        return f"{UNIT} is not installed here, so nothing was started. Install it: apt install elytra-status."
    return ""


def last_was_good() -> bool:
    """Whether the service has run since boot, and its last run succeeded."""
    words = ["systemctl", "show", "--property=Result,ExecMainExitTimestampMonotonic", UNIT]
    try:
        shown = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    return values.get("Result") == "success" and values.get("ExecMainExitTimestampMonotonic", "0") != "0"


def timer_faults(context: Context) -> list[Problem]:
    """Return why timers do not start the service by themselves, nothing if they do."""
    bad = (Level.WARNING, Level.FAULT)
    found = [one for one in timers.checks(context) if one.name.endswith(".timer") and one.level in bad]
    return [Problem(one.seen, one.remedy, one.name) for one in found]
