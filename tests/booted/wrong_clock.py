# SPDX-License-Identifier: MIT
"""Wrong clocks on booted machines.

Machines have the clock of this host, so libfaketime of their release changes the time that a program sees.
"""

from __future__ import annotations

from pathlib import Path

from tests.booted.machine import Machine, copy_of, enter

LIBRARY = "/opt/libfaketime.so.1"


def fetch_library(root: Path, directory: Path) -> Path:
    """Fetch the library for the release of a root, from its archive, into `directory`; return the file."""
    with copy_of(root, directory / "fetching") as copy:
        download = "cd /root && apt-get -q download libfaketime"
        enter(copy, f"{download} || {{ apt-get -q update && {download}; }}")
        enter(copy, "dpkg -x /root/libfaketime_*.deb /root/libfaketime")
        (found,) = (copy / "root/libfaketime/usr/lib").glob("*/faketime/libfaketime.so.1")
        kept = directory / found.name
        kept.write_bytes(found.read_bytes())
    return kept


def variables(seconds: int) -> str:
    """Return the environment in which the clock is ahead by `seconds`, or behind by them if they are negative."""
    return f"LD_PRELOAD={LIBRARY} FAKETIME={seconds:+d}s FAKETIME_DONT_FAKE_MONOTONIC=1"


def set_clock_of(machine: Machine, unit: str, seconds: int) -> None:
    """Let the clock of a unit be ahead by `seconds`; 0 makes it right again."""
    file = f"/etc/systemd/system/{unit}.d/clock.conf"
    if seconds:
        # The library has its shared memory in /dev/shm.
        machine.write(file, f"[Service]\nEnvironment={variables(seconds)}\nInaccessiblePaths=\n")
    else:
        machine.run(["rm", "-f", file])
    machine.run("systemctl daemon-reload")
