# SPDX-License-Identifier: MIT
"""Runs a command in a process of its own, and measures its peak of memory and its time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from elytra_status import schema
from elytra_status.system import files
from tests.installation import environment

# Without ru_maxrss: that of a child includes what its parent took before it began.
# The clock of the program may go faster. Then all its timeouts are shorter, and none is passed in.
_PROGRAM = """
import sys
import time
from datetime import UTC, datetime, timedelta
from elytra_status import start
from elytra_status.system.clock import SystemClock

speed, began, now = float(sys.argv.pop(1)), time.monotonic(), datetime.now(UTC)
if speed != 1:
    SystemClock.monotonic = lambda clock: speed * (time.monotonic() - began)
    SystemClock.now = lambda clock: now + timedelta(seconds=clock.monotonic())
    SystemClock.sleep = lambda clock, seconds: time.sleep(max(0, seconds) / speed)

try:
    status = start.main()
except SystemExit as error:
    status = error.code
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"peak {peak}", file=sys.stderr, flush=True)
sys.exit(status)
"""
# Deadlines for hosts that stay silent, so that a case takes seconds.
QUICK = {"SOURCE_DEADLINE_SECONDS": "8", "RUN_DEADLINE_SECONDS": "61", "CONFIRM_AFTER_SECONDS": "1"}


class Outcome(NamedTuple):
    """What a command came to: exit status, peak in MB, seconds, what it printed, and the published status.

    The peak is 0 if the command did not end by itself.
    `requests` is how many requests an ill server has had.
    """

    exit_status: int
    peak: float
    seconds: float
    output: str
    document: dict[str, Any]
    requests: int = 0


def run_measured(
    directory: Path,
    command: tuple[str, ...],
    values: dict[str, str],
    seconds: float = 90,
    speed: float = 1,
    **variables: str,
) -> Outcome:
    """Run a command with settings, a state directory below `directory`, and more variables of the environment.

    Its clock goes `speed` times as fast as time does.
    """
    file, state = directory / "elytra-status.conf", directory / "state"
    text = "".join(f'{name}="{value}"\n' for name, value in {**QUICK, **values}.items())
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    words = [
        sys.executable,
        "-c",
        _PROGRAM,
        str(speed),
        *command,
        *(() if command[0] == "setup" else ("--config", str(file))),
        "--state-directory",
        str(state),
    ]
    began = time.monotonic()
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, env=environment(**variables), timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        return Outcome(-signal.SIGKILL, 0, seconds, (error.stderr or b"").decode(errors="replace"), {})
    output = done.stdout + done.stderr
    peak = next((int(line.split()[1]) / 1024 for line in done.stderr.splitlines() if line.startswith("peak ")), 0.0)
    document: dict[str, Any] = {}
    # A test may have replaced it by a directory or a link.
    with suppress(OSError):
        body = files.read_regular(state / "public" / "status.json")
        _, problems = schema.parse_status(body)
        assert not problems
        document = json.loads(body)
    return Outcome(done.returncode, peak, time.monotonic() - began, output, document)
