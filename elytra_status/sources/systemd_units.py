# SPDX-License-Identifier: MIT
"""Units of systemd on this machine."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from elytra_status.errors import SourceError
from elytra_status.model import BAD_STATES, MONITORS, Monitor, Report, State, number_of
from elytra_status.problem import Problem
from elytra_status.settings import Settings, parts
from elytra_status.sources.keys import key, only_these
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system.clock import moment_of, to_text

NAME = "systemd_units"
# The state for each ActiveState= of a unit, see systemd(1). A unit in SYSTEMD_UNITS is meant to be active.
STATES = {
    "active": State.UP,
    "reloading": State.UP,
    "refreshing": State.UP,
    "activating": State.PENDING,
    "deactivating": State.PENDING,
    "maintenance": State.MAINTENANCE,
    "inactive": State.DOWN,
    "failed": State.DOWN,
}
PROPERTIES = ("Id", "Names", "LoadState", "ActiveState", "SubState", "Result", "StateChangeTimestamp")
_STAMP = re.compile(r"@(\d{1,15})(?:\.\d+)?")


def sources(settings: Settings) -> list[Source]:
    """Return the units in the settings, as one source."""
    return [
        Source(name, MONITORS, partial(poll, part, name=name), expected=only_these(name, _units(part.systemd_units)))
        for name, part in parts(settings, NAME)
    ]


def _units(names: Iterable[str]) -> list[str]:
    return [name if "." in name else f"{name}.service" for name in names]


def poll(settings: Settings, request: PollRequest, *, name: str = NAME) -> Report:
    """Query systemd once. Raise SourceError if it does not answer."""
    units = _units(settings.systemd_units)
    shown = _show(units, request.seconds)
    monitors, missing = [], 0
    for unit in units:
        properties = shown.get(unit, {})
        # systemd reports a unit that does not exist as inactive, which is no evidence.
        is_there = properties.get("LoadState") in ("loaded", "masked")
        missing += not is_there
        state = STATES.get(properties.get("ActiveState", ""), State.UNKNOWN) if is_there else State.UNKNOWN
        since = _moment(properties.get("StateChangeTimestamp", ""))
        lasts = since is not None and request.now - since >= timedelta(seconds=settings.confirm_after_seconds)
        confirmed = state in BAD_STATES and lasts
        evidence = (_words(properties, since if state is State.UP else None),)
        monitors.append(Monitor(key(name, unit), unit, state, confirmed=confirmed, since=since, evidence=evidence))
    count = number_of(missing, "unit", "of SYSTEMD_UNITS is", "of SYSTEMD_UNITS are")
    warnings = (Problem(f"{count} not known to systemd", "See systemctl status"),) if missing else ()
    return Report(name, MONITORS, monitors=tuple(monitors), warnings=warnings, private_names=frozenset(units))


def _words(properties: dict[str, str], since: datetime | None) -> str:
    """Return the state of a unit in systemd's own words."""
    load, active = properties.get("LoadState", ""), properties.get("ActiveState", "")
    if load not in ("loaded", "masked"):
        return f"systemd does not know it ({load or 'it reports nothing'})"
    result = properties.get("Result", "success")
    details = [properties.get("SubState", ""), result if result != "success" else "", "masked" * (load == "masked")]
    shown = ", ".join(word for word in details if word and word != active)
    return f"systemd says {active}{f' ({shown})' if shown else ''}{f' since {to_text(since)}' if since else ''}"


def _show(units: list[str], seconds: float) -> dict[str, dict[str, str]]:
    """Return the properties of units, by each of their names."""
    command = ["systemctl", "show", "--timestamp=unix", f"--property={','.join(PROPERTIES)}", "--", *units]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
            # The environment is not passed on: a variable may hold a secret.
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"systemd timed out after {seconds:.0f} s", "see systemctl status") from None
    except OSError as error:
        raise SourceError(f"systemctl cannot be started ({error.strerror})", "check that systemd runs here") from None
    if done.returncode != 0:
        raise SourceError(
            f"systemctl ended with {done.returncode}",
            "run systemctl show as the user elytra-status, and check that dbus runs",
        )
    found: dict[str, dict[str, str]] = {}
    for block in done.stdout.decode("utf-8", "replace").split("\n\n"):
        properties = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for unit in properties.get("Names", "").split() or [properties.get("Id", "")]:
            found[unit] = properties
    return found


def _moment(text: str) -> datetime | None:
    """Return a time that systemd writes as @SECONDS, None if there is none."""
    match = _STAMP.fullmatch(text)
    try:
        return moment_of(int(match[1])) if match and int(match[1]) else None
    except ValueError:
        return None
