# SPDX-License-Identifier: MIT
"""Starts the service that does the job, for a command that root calls and that gives root's rights away."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

UNIT = "elytra-status.service"
# It is there where systemd is process number 1; see sd_booted(3).
BOOTED = Path("/run/systemd/system")

# Restarted, as a start would be as good as none while a run is under way that has decided already: that run
# ends, and leaves the last good document.
_SCRIPT = """
read -r word || exit 0
systemctl restart "$1" 2>/dev/null
echo "Restarted=$?"
systemctl show --property=Result,ExecMainStatus,StatusText "$1"
"""


@dataclass(frozen=True)
class ServiceResult:
    """How a run of the service ended: well or not, systemd's word for it, its status, and what it said of itself."""

    well: bool
    result: str
    exit_status: int
    status_text: str


def can_be_started() -> bool:
    """Whether this process may start the service: it is root's, systemd runs, and knows the unit."""
    if os.geteuid() != 0 or not BOOTED.is_dir():
        return False
    words = ["systemctl", "show", "--property=LoadState", "--value", UNIT]
    try:
        shown = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return shown.stdout.strip() == "loaded"


class Starter:
    """A process that keeps the right to start the service, and waits for one word. It ends with this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh", UNIT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            text=True,
        )

    def __enter__(self) -> Starter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def run_service(self) -> ServiceResult:
        """Start the service and wait for the end of its run."""
        shown, _ = self._process.communicate("go\n")
        values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        result, status = values.get("Result", ""), values.get("ExecMainStatus", "")
        well = values.get("Restarted") == "0" and result == "success"
        return ServiceResult(well, result, int(status) if status.isdecimal() else 0, values.get("StatusText", ""))
