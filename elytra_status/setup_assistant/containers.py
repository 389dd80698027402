# SPDX-License-Identifier: MIT
"""The package's drop-in for containers that refuse the sandbox of the services."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from elytra_status.alerts.failure import CONTAINER_DROP_IN, OF_CONTAINERS
from elytra_status.problem import Problem, SettingsError
from elytra_status.system.systemd import ServiceResult

SHIPPED = Path(CONTAINER_DROP_IN)
UNITS = ("elytra-status.service", "elytra-status-freshness.service", "elytra-status-alert@.service")
NAME = "container.conf"
SYSTEM = Path("/etc/systemd/system")


def refuses(ended: ServiceResult) -> bool:
    """Whether a run ended because a container refuses the sandbox.

    The drop-in may then help.
    """
    return not ended.well and ended.exit_status in OF_CONTAINERS and SHIPPED.is_file() and not is_written()


def is_written() -> bool:
    """Whether the drop-in exists already."""
    return (SYSTEM / f"{UNITS[0]}.d" / NAME).exists()


def files() -> list[Path]:
    """Return the files that `write_drop_ins` writes."""
    return [SYSTEM / f"{unit}.d" / NAME for unit in UNITS]


def write_drop_ins() -> None:
    """Copy the drop-in to each unit and reload systemd.

    Raise SettingsError on failure.
    """
    try:
        for file in files():
            file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            temporary = file.with_name(f".{file.name}.new")
            shutil.copyfile(SHIPPED, temporary)
            temporary.chmod(0o644)
            temporary.replace(file)
        subprocess.run(["systemctl", "daemon-reload"], stdin=subprocess.DEVNULL, check=True, capture_output=True)
    except OSError as error:
        named = error.filename2 or error.filename or SYSTEM
        raise SettingsError(
            [Problem(f"cannot be written ({error.strerror})", "Run this as root", str(named))]
        ) from None
    except subprocess.CalledProcessError:
        raise SettingsError([Problem("systemctl daemon-reload failed", "See systemctl status")]) from None
