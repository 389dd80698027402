# SPDX-License-Identifier: MIT
"""Run the backup programs, and write their output as docs/backups.md says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

# Longer than any of them takes on a slow machine: a program that hangs fails its test.
TIMEOUT_SECONDS = 120
# Root may read every file. Without these capabilities it reads only what its permissions allow.
AS_ORDINARY_USER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
# Older than BACKUP_FAILED_AGE_HOURS.
LONG_AGO = timedelta(days=5)


def time_ago(age: timedelta) -> datetime:
    """Return a time in the past, in UTC and whole seconds."""
    return (datetime.now(UTC) - age).replace(microsecond=0)


def run(
    *command: str | Path, environment: Mapping[str, str] | None = None, expected: Sequence[int] = (0,), user: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command as root or as `user`. Fail with its output if its exit status is not `expected`."""
    as_user = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups") if user else ()
    done = subprocess.run(
        [*as_user, *command],
        env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode in expected, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done


def keep(file: Path, evidence: str, exit_status: int | None = None) -> Path:
    """Write evidence to a file, and the exit status of the backup next to it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if exit_status is not None:
        file.with_name(f"{file.name}.exit").write_text(f"{exit_status}\n")
    file.write_text(evidence)
    return file
