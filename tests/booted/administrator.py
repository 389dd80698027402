# SPDX-License-Identifier: MIT
"""What an administrator does and reads at the machine."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from elytra_status.system.clock import from_text, to_text
from tests.booted.machine import Machine
from tests.booted.outside import Archive
from tests.ceph_gateway import Keys

PACKAGE = "elytra-status"
RUN = "elytra-status.service"
FRESHNESS = "elytra-status-freshness.service"
ALERT_OF_RUN = f"elytra-status-alert@{RUN}.service"
ALERT_OF_FRESHNESS = f"elytra-status-alert@{FRESHNESS}.service"
SERVICES = (RUN, FRESHNESS, ALERT_OF_RUN, ALERT_OF_FRESHNESS)
RUN_TIMER = "elytra-status.timer"
FRESHNESS_TIMER = "elytra-status-freshness.timer"
TIMERS = (RUN_TIMER, FRESHNESS_TIMER)
# Its time is when the timer of the run last elapsed.
STAMP = f"/var/lib/systemd/timers/stamp-{RUN_TIMER}"
CONFIGURATION = "/etc/elytra-status/elytra-status.conf"
CREDENTIALS = "/etc/elytra-status/credentials"
STATE = "/var/lib/elytra-status"
PUBLIC = f"{STATE}/public/status.json"
# Messages of systemd about a unit's life: SD_MESSAGE_UNIT_STARTING and _FAILED of sd-messages.h.
STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
# A run with immediate answers takes a second or two, and on a busy host a minute. Nothing waits so long but what fails.
SECONDS = 180.0
# For OnCalendar=: no test lasts until then.
FAR = "2099-01-01"


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Wait until a condition is true, and return it. Fail after some seconds."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends, f"not within {seconds:g} seconds: {what}"
        time.sleep(0.2)
    return found


def trust(machine: Machine, certificates: Path) -> None:
    """Make the machine trust an authority."""
    machine.copy_in(certificates, "/usr/local/share/ca-certificates/outside.crt")
    machine.run("update-ca-certificates")


def add_archive(machine: Machine, archive: Archive) -> None:
    """Put the key and the .sources file of an archive where apt finds them, and update."""
    for name, place in (("asc", "/etc/apt/keyrings"), ("sources", "/etc/apt/sources.list.d")):
        machine.run(["mkdir", "-p", place])
        machine.copy_in(archive.directory / f"{PACKAGE}.{name}", f"{place}/{PACKAGE}.{name}")
    machine.run("apt-get -q -o APT::Update::Error-Mode=any update")


def apt(machine: Machine, action: str, *options: str) -> str:
    """Run apt-get without questions; return its output."""
    patient = ["-o", "DPkg::Lock::Timeout=300"]
    return machine.run(["apt-get", "-q", "-y", *patient, *options, *action.split()]).stdout


def write_settings(machine: Machine, settings: Mapping[str, object]) -> None:
    """Write the settings file, readable only by root."""
    machine.write(CONFIGURATION, _text(settings), 0o640)


def _text(settings: Mapping[str, object]) -> str:
    return "".join(f'{name}="{value}"\n' for name, value in settings.items())


def allow_pages(machine: Machine, settings: Mapping[str, object], keys: Keys) -> str:
    """Let the pages of CORS_ORIGINS read the bucket, with the keys of its owner; return the output."""
    lines = {**settings, "SPACES_ACCESS_KEY": keys.access_key, "SPACES_SECRET_KEY": keys.secret_key}
    machine.write("/root/owner.conf", _text(lines), 0o600)
    try:
        return machine.run("elytra-status cors apply --config /root/owner.conf").stdout
    finally:
        machine.run("rm /root/owner.conf")


def drop_in(machine: Machine, unit: str, text: str) -> None:
    """Change a unit by a drop-in file, as `systemctl edit` does."""
    machine.write(f"/etc/systemd/system/{unit}.d/test.conf", text)
    machine.run("systemctl daemon-reload")


def put_activations_off(machine: Machine, timer: str = "") -> None:
    """Put off the activations of both timers, so that none comes during a test. Wait for what is under way.

    `timer` is further text for the timer of the run. OnBootSec= is removed with its other times.
    """
    for unit in TIMERS:
        further = timer if unit == RUN_TIMER else ""
        machine.write(f"/etc/systemd/system/{unit}.d/test.conf", f"[Timer]\nOnCalendar=\nOnCalendar={FAR}\n{further}")
    machine.run("systemctl daemon-reload")
    wait_for_rest(machine)


def remove_drop_ins(machine: Machine) -> None:
    """Remove all drop-in files."""
    machine.run("rm -rf /etc/systemd/system/elytra-status*.d && systemctl daemon-reload")


def rest(machine: Machine) -> None:
    """Stop the timers and everything that runs, and reset failures: what follows is started by hand."""
    # If the package was removed, there is nothing to stop.
    machine.run(["systemctl", "stop", *TIMERS], check=False)
    machine.run(f"systemctl stop {RUN} {FRESHNESS} 'elytra-status-alert@*'", check=False)
    machine.run("systemctl reset-failed 'elytra-status*'", check=False)


def start(machine: Machine, unit: str = RUN, *, check: bool = True) -> bool:
    """Start a unit and wait for its end; return whether it succeeded."""
    return machine.run(["systemctl", "start", unit], check=check).returncode == 0


def begin(machine: Machine, unit: str = RUN) -> None:
    """Start a unit and do not wait for its end."""
    machine.run(["systemctl", "start", "--no-block", unit])


def is_failed(machine: Machine, unit: str) -> bool:
    """Whether a unit has failed, and no restart follows."""
    return machine.show(unit, "ActiveState")["ActiveState"] == "failed"


def is_at_rest(machine: Machine, unit: str) -> bool:
    """Whether a unit has ended, and no restart follows."""
    return machine.show(unit, "ActiveState")["ActiveState"] in ("inactive", "failed")


def wait_for_rest(machine: Machine) -> None:
    """Wait until neither the job nor the check is under way."""
    wait_until(lambda: all(is_at_rest(machine, unit) for unit in (RUN, FRESHNESS)), SECONDS, "what runs has ended")


def failed_units(machine: Machine) -> str:
    """Return what `systemctl --failed` shows."""
    return machine.run("systemctl --failed --no-legend --plain").stdout.strip()


@dataclass(frozen=True)
class Entry:
    """One entry of the journal, with all its fields."""

    fields: Mapping[str, Any]

    @property
    def message(self) -> str:
        """The message."""
        text = self.fields.get("MESSAGE", "")
        return text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")

    @property
    def moment(self) -> datetime:
        """When it was written."""
        return datetime.fromtimestamp(int(self.fields["__REALTIME_TIMESTAMP"]) / 1e6, UTC)

    @property
    def seconds(self) -> float:
        """When it was written, in seconds since the machine's start."""
        return int(self.fields["__MONOTONIC_TIMESTAMP"]) / 1e6


def entries(machine: Machine, *matches: str) -> list[Entry]:
    """Return the journal entries that match everything (options and FIELD=value of journalctl), oldest first."""
    machine.run(["journalctl", "--sync"])
    lines = machine.run(["journalctl", "--quiet", "--no-pager", "--all", "--output=json", *matches]).stdout.splitlines()
    return [Entry(json.loads(line)) for line in lines]


def starts(machine: Machine, unit: str = RUN, *, after: float = 0.0) -> list[Entry]:
    """Return the entries about starts of the unit, `after` this many seconds of the machine's clock."""
    found = entries(machine, f"MESSAGE_ID={STARTING}", f"UNIT={unit}")
    return [entry for entry in found if entry.seconds > after]


def endings(machine: Machine, *, after: float) -> list[Entry]:
    """Return what the job logs on SIGTERM, `after` this many seconds of the machine's clock.

    The process ends right after that. If the journal is behind, it cannot find the unit of the process any more.
    """
    found = entries(machine, "SYSLOG_IDENTIFIER=elytra-status", "ELYTRA_STATUS_EVENT=terminated")
    return [entry for entry in found if entry.seconds > after]


def uptime(machine: Machine) -> float:
    """Return the clock that entries' `seconds` are read from."""
    return float(machine.run("cat /proc/uptime").stdout.split()[0])


def next_run(machine: Machine, timer: str) -> datetime:
    """Return when a timer will elapse next. That is not known while its service is running: wait for its end."""
    text = wait_until(
        lambda: machine.show(timer, "NextElapseUSecRealtime")["NextElapseUSecRealtime"],
        SECONDS,
        f"{timer} has a next run",
    )
    seconds = machine.run(["date", "--date", text, "+%s"]).stdout
    return datetime.fromtimestamp(int(seconds), UTC)


def let_time_pass(machine: Machine, path: str, length: timedelta) -> None:
    """Move every time in a file of the state back, as if it had been written that much earlier."""
    earlier = re.sub(
        r"\d{4}-\d\d-\d\dT[\d:]{8}Z",
        lambda found: to_text(from_text(found[0]) - length),
        machine.run(["cat", path]).stdout,
    )
    machine.run(f"cat > {path}", input=earlier)


def state_of_things(machine: Machine) -> str:
    """Return what helps to understand a failure."""
    looks = (
        "systemctl list-timers --all --no-pager 'elytra-status*'",
        "systemctl status --no-pager --lines=0 'elytra-status*'",
        "systemctl --failed --no-legend",
        "systemctl list-jobs",
        "ls -laR /var/lib/elytra-status /etc/elytra-status",
        "journalctl --sync; journalctl --no-pager --output=short-precise --lines=200",
    )
    return "\n".join(f"$ {look}\n{machine.run(f'({look}) 2>&1', check=False, timeout=30).stdout}" for look in looks)
