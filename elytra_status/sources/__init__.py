# SPDX-License-Identifier: MIT
"""Where facts come from: one module each, all of one shape.

A module has a function `sources(settings)` that returns the sources which the settings ask for, none
if they ask for none. To add a monitoring system or a backup place, write such a module and name it here.
"""

from __future__ import annotations

from elytra_status.settings import Settings
from elytra_status.sources import (
    backup_evidence,
    better_stack,
    probes,
    prometheus,
    spaces_backups,
    systemd_units,
    uptime_kuma,
)
from elytra_status.sources.source import Source

MODULES = (
    *(uptime_kuma, prometheus, better_stack, systemd_units, probes),
    *(spaces_backups, backup_evidence),
)


def configured(settings: Settings) -> list[Source]:
    """Return every source that the settings ask for."""
    return [source for module in MODULES for source in module.sources(settings)]
