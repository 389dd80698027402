# SPDX-License-Identifier: MIT
"""Check the timers and their services: last run, result, and next run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from elytra_status.alerts.failure import CONTAINER_DROP_IN, FRESHNESS, OF_CONTAINERS, RUN, Failure, how, meaning
from elytra_status.doctor.finding import Area, Context, Finding, fault, ok, skipped, warning
from elytra_status.errors import AsTyped
from elytra_status.sources import only_watches
from elytra_status.system import systemd
from elytra_status.system.clock import for_people

SECONDS = 1.5
SERVICES = (RUN, FRESHNESS)
RUN_TIMER = RUN.replace(".service", ".timer")
PROPERTIES = (
    *("Id", "LoadState", "UnitFileState", "ActiveState", "SubState", "Result", "ExecMainStatus", "ExecMainCode"),
    *("NextElapseUSecRealtime", "LastTriggerUSec", "ExecMainStartTimestamp", "ExecMainExitTimestamp"),
    "ActiveEnterTimestamp",
)
# systemd writes this file in a container.
CONTAINER = Path("/run/systemd/container")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) UTC")
# A signal ended it (CLD_KILLED, CLD_DUMPED); the status is then the signal's number.
_BY_SIGNAL = ("2", "3")

Unit = Mapping[str, str]


def checks(context: Context) -> Iterator[Finding]:
    """Yield the state of each timer and its last run."""
    if not systemd.BOOTED.is_dir():
        yield skipped("systemd", "does not run here: timers and last runs were not checked")
        return
    timers = [name.replace(".service", ".timer") for name in SERVICES]
    try:
        units = unit_properties([*timers, *SERVICES])
        failed = failed_alerts()
    except (OSError, subprocess.SubprocessError) as error:
        why = "timed out" if isinstance(error, subprocess.TimeoutExpired) else "failed"
        yield warning("systemd", f"systemctl {why}", "see systemctl status")
        return
    now = context.clock.now()
    for timer, started in zip(timers, SERVICES, strict=True):
        yield _timer(timer, units.get(timer, {}), now, context)
        of_started = units.get(started, {})
        if started == RUN and is_off(units.get(timer, {})) and only_watches(context.settings):
            continue
        if of_started.get("LoadState") == "loaded":
            yield _last_run(started, of_started, now, context)
        elif (
            of_started.get("LoadState") != "not-found"
        ):  # The finding about the timer reports that nothing is installed.
            yield _not_loaded(started, of_started)
    for unit in failed:
        yield fault(unit, "has failed: a notification was not sent by every channel", f"journalctl -u '{unit}' -n 30")


def unit_properties(names: list[str]) -> dict[str, Unit]:
    """Return properties of units by name.

    Raise OSError or SubprocessError if systemd does not answer.
    """
    text = _systemctl("show", f"--property={','.join(PROPERTIES)}", *names)
    blocks = (dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n"))
    return {block["Id"]: block for block in blocks if "Id" in block}


def failed_alerts() -> list[str]:
    """Return the units that failed to notify. Raise the errors of `unit_properties`."""
    lines = _systemctl("list-units", "--failed", "--plain", "--no-legend", "elytra-status-alert@*").splitlines()
    return [line.split()[0] for line in lines if line.strip()]


def _systemctl(*arguments: str) -> str:
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
    done = subprocess.run(["systemctl", *arguments], capture_output=True, timeout=SECONDS, env=environment, check=True)
    return done.stdout.decode("utf-8", "replace")


def _time(unit: Unit, name: str) -> datetime | None:
    match = _TIME.search(unit.get(name, ""))
    return datetime.fromisoformat(match[1]).replace(tzinfo=UTC) if match else None


def _not_loaded(name: str, unit: Unit) -> Finding:
    state = unit.get("LoadState", "")
    if state == "masked":
        start = f"; systemctl enable --now {name}" if name.endswith(".timer") else ""
        return fault(name, "is masked: systemd does not start it", AsTyped(f"systemctl unmask {name}{start}"))
    if state in ("", "not-found"):
        return warning(name, "is not installed: nothing runs by itself", AsTyped("apt install elytra-status"))
    return fault(name, f"cannot be loaded ({state}): nothing runs by itself", AsTyped(f"systemd-analyze verify {name}"))


def _timer(name: str, unit: Unit, now: datetime, context: Context) -> Finding:
    start = AsTyped(f"systemctl enable --now {name}")
    if unit.get("LoadState") != "loaded":
        return _not_loaded(name, unit)
    due = _time(unit, "NextElapseUSecRealtime")
    if name == RUN_TIMER and is_off(unit) and only_watches(context.settings):
        return ok(name, "is off: this machine publishes nothing, and only watches STATUS_URL")
    if unit.get("ActiveState") != "active":
        return fault(name, "is stopped: nothing runs by itself", start)
    if unit.get("UnitFileState") not in ("enabled", "enabled-runtime"):
        return warning(name, "is not enabled: after a boot nothing runs by itself", start)
    last, since = _time(unit, "LastTriggerUSec"), _time(unit, "ActiveEnterTimestamp")
    longest = timedelta(minutes=context.settings.freshness_max_age_minutes)
    if not last and since and now - since > longest:
        remedy = AsTyped(f"systemctl restart {name}; systemctl list-timers --all")
        return fault(name, f"has never fired since it was started {_ago(since, now)}", remedy)
    fired = f", fired {_ago(last, now)}" if last else ""
    if due is None:
        # That is so while its service is running.
        return ok(name, f"active{fired}, due after the current run")
    return ok(name, f"active{fired}, due in {for_people((due - now).total_seconds())}")


def is_off(unit: Unit) -> bool:
    """Whether a person has turned a timer off, now and at boot."""
    return unit.get("ActiveState") != "active" and unit.get("UnitFileState") == "disabled"


def _last_run(name: str, unit: Unit, now: datetime, context: Context) -> Finding:
    begun, ended = _time(unit, "ExecMainStartTimestamp"), _time(unit, "ExecMainExitTimestamp")
    by_signal = unit.get("ExecMainCode") in _BY_SIGNAL
    again = unit.get("SubState") == "auto-restart"
    if unit.get("ActiveState") == "activating" and not again:
        return ok(name, f"runs, since {_ago(begun, now)}" if begun else "is starting")
    if unit.get("Result", "success") != "success":
        status = unit.get("ExecMainStatus", "")
        failure = Failure(name, unit["Result"], _signal(status) if by_signal else status)
        words = f"failed {_ago(ended, now)}" if ended else "failed"
        words += ", is tried again" if again else ""
        words += f": {how(failure)}" + (f", {why}" if (why := meaning(failure)) else "")
        return fault(name, words, _remedy(name, failure))
    if begun is None or ended is None:
        return warning(name, "has not run since the machine was started", f"systemctl start {name}")
    longest = timedelta(minutes=context.settings.freshness_max_age_minutes)
    if now - ended > longest:
        return fault(name, f"last ran {_ago(ended, now)}", f"systemctl list-timers --all; systemctl start {name}")
    if by_signal:
        return warning(name, f"was stopped {_ago(ended, now)}, before it ended", f"systemctl start {name}")
    return ok(name, f"succeeded {_ago(ended, now)}, in {for_people((ended - begun).total_seconds())}")


def _remedy(name: str, failure: Failure) -> str:
    start = f"then systemctl start {name}"
    if failure.exit_status in OF_CONTAINERS and CONTAINER.exists():
        return f"this is a container: the commands are in the first lines of {CONTAINER_DROP_IN}; {start}"
    return f"journalctl -u {name} -n 50 says why; {start}"


def _signal(number: str) -> str:
    try:
        return signal.Signals(int(number)).name.removeprefix("SIG")
    except ValueError:
        return number


def _ago(moment: datetime, now: datetime) -> str:
    return f"{for_people((now - moment).total_seconds())} ago"


AREA = Area("timers", checks, needs_settings=False, as_caller=True)
