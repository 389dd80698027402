# SPDX-License-Identifier: MIT
"""Start the service for a command that root calls and that drops root's rights."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

UNIT = "elytra-status.service"
# It exists if systemd is process number 1; see sd_booted(3).
BOOTED = Path("/run/systemd/system")

# It is restarted: a start would have no effect while a run is under way that has already decided. That run ends, and
# leaves the last good document.
_SCRIPT = """
read -r word || exit 0
systemctl restart "$1" 2>/dev/null
echo "Restarted=$?"
systemctl show --property=Result,ExecMainStatus,StatusText "$1"
"""


@dataclass(frozen=True)
class ServiceResult:
    """The result of a run of the service.

    It holds whether the run succeeded, systemd's name for the result, the exit status, and the status line.
    """

    well: bool
    result: str
    exit_status: int
    status_text: str


def can_be_started() -> bool:
    """Whether this process may start the service.

    It must be root's, and systemd must run and know the unit.
    """
    if os.geteuid() != 0 or not BOOTED.is_dir():
        return False
    words = ["systemctl", "show", "--property=LoadState", "--value", UNIT]
    try:
        shown = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return shown.stdout.strip() == "loaded"


class Starter:
    """A process that keeps root's right to start the service and ends with this one.

    It waits for one word.
    """

    def __init__(self, unit: str = UNIT) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh", unit],
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
        """Restart the service and wait until its run ends."""
        shown, _ = self._process.communicate("go\n")
        values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        result, status = values.get("Result", ""), values.get("ExecMainStatus", "")
        well = values.get("Restarted") == "0" and result == "success"
        return ServiceResult(well, result, int(status) if status.isdecimal() else 0, values.get("StatusText", ""))
