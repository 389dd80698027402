# SPDX-License-Identifier: MIT
"""Check whether dpkg has finished with the package.

A half-configured package may run, and its dependencies may be missing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

from elytra_status.doctor.finding import Area, Context, Finding, fault, ok, skipped, warning

NAME = "elytra-status"
SECONDS = 1.5
_REMEDY = "dpkg --configure --pending; if that does not help, apt-get --fix-broken install"


def checks(context: Context) -> Iterator[Finding]:
    """Yield what dpkg says of the package, if it knows the package."""
    try:
        done = subprocess.run(
            ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${db:Status-Eflag} ${Version}", NAME],
            capture_output=True,
            timeout=SECONDS,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except FileNotFoundError:
        yield skipped("package", "dpkg is not used here")
        return
    except (OSError, subprocess.SubprocessError):
        yield warning("package", "dpkg-query timed out or could not be run", f"dpkg --status {NAME}")
        return
    state, flag, version = (*done.stdout.decode("utf-8", "replace").split(" ", 2), "", "", "")[:3]
    if done.returncode != 0 or state in ("", "not-installed", "config-files"):
        yield skipped("package", "not installed by dpkg")
    elif flag == "reinstreq":
        yield fault("package", "was only partly unpacked", f"apt-get --reinstall install {NAME}")
    elif state != "installed":
        yield fault("package", f"is {state}: an installation or upgrade did not finish", _REMEDY)
    else:
        yield ok("package", f"installed, {version}")


AREA = Area("package", checks, needs_settings=False, as_caller=True)
