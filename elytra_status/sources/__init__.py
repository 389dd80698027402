# SPDX-License-Identifier: MIT
"""The sources of facts: one module for each, all of one shape.

A module has a function `sources(settings)` that returns the configured sources, which may be none. To add a monitoring
system or a kind of backup evidence, write such a module and name it here.
"""

from __future__ import annotations

from importlib import import_module

from elytra_status.decision.components import keys_of, source_of
from elytra_status.model import MONITORS, replace
from elytra_status.settings import Settings, parts
from elytra_status.settings.definitions import CONNECTIVITY_KINDS
from elytra_status.settings.named import is_configured
from elytra_status.sources.source import Source

# The module of each kind of source. Importing all of them would take a tenth of a run, so only those that the settings
# name are imported.
MODULES = {
    "uptime_kuma": "kuma.uptime_kuma",
    "prometheus": "prometheus.prometheus",
    "better_stack": "better_stack.better_stack",
    "gatus": "gatus",
    "healthchecks": "healthchecks",
    "systemd_units": "systemd_units",
    "probes": "probes",
    "spaces_backups": "backups_s3.spaces_backups",
    "backup_evidence": "backup_evidence",
}


def configured(settings: Settings) -> list[Source]:
    """Return every configured source.

    Each has its CONNECTIVITY_URL, and what the settings expect of its monitors.
    """
    modules = (import_module(f"{__name__}.{path}") for kind, path in MODULES.items() if is_configured(settings, kind))
    sources: list[Source] = [source for module in modules for source in module.sources(settings)]
    connectivity = {name: part.connectivity_url for kind in CONNECTIVITY_KINDS for name, part in parts(settings, kind)}
    sources = [replace(source, connectivity_url=connectivity.get(source.name)) for source in sources]
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
