# SPDX-License-Identifier: MIT
"""The sources of facts: one module for each, all of one shape.

A module has a function `sources(settings)` that returns the configured sources, which may be none. To add a monitoring
system or a kind of backup evidence, write such a module and name it here.
"""

from __future__ import annotations

from elytra_status.decision.components import keys_of, source_of
from elytra_status.model import MONITORS, replace
from elytra_status.settings import Settings
from elytra_status.sources import backup_evidence, gatus, healthchecks, probes, systemd_units
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.sources.better_stack import better_stack
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.sources.prometheus import prometheus
from elytra_status.sources.source import Source

MODULES = (
    *(uptime_kuma, prometheus, better_stack, gatus, healthchecks, systemd_units, probes),
    *(spaces_backups, backup_evidence),
)


def configured(settings: Settings) -> list[Source]:
    """Return every configured source, with what the settings expect of its monitors."""
    sources = [source for module in MODULES for source in module.sources(settings)]
    names = [source.name for source in sources if source.about == MONITORS]
    if not names:
        return sources
    of_source: dict[str, dict[str, str]] = {name: {} for name in names}
    for key in sorted(key for _, monitors in settings.components for key in keys_of(monitors)):
        # A monitor of a source that is not configured is unknown too, wherever it is shown.
        of_source[source_of(key, names) or names[0]][key] = "COMPONENTS"
    return [_with_expected(source, of_source.get(source.name, {})) for source in sources]


def only_watches(settings: Settings) -> bool:
    """Whether this machine only checks what another publishes, by its settings."""
    has_target = bool(settings.status_bucket or settings.public_directory)
    return bool(settings.status_url) and not has_target and not configured(settings)


def _with_expected(source: Source, named: dict[str, str]) -> Source:
    """Return a source that is expected to have these monitors too."""
    return replace(source, expected=replace(source.expected, named={**named, **source.expected.named}))
