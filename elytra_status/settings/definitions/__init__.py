# SPDX-License-Identifier: MIT
"""All settings, each defined once: name, kind, default, meaning, requirements.

The sample file, the manual page and the checks are made from them. The name of a setting in the file is the name of its
field in capital letters. Each area has its own module.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elytra_status.settings.definitions.backups import BackupSettings
from elytra_status.settings.definitions.deciding import DecisionSettings
from elytra_status.settings.definitions.definition import NETWORK_KINDS, Definition
from elytra_status.settings.definitions.machine import MachineSettings
from elytra_status.settings.definitions.monitoring import MonitoringSettings
from elytra_status.settings.definitions.monitoring_systems import MonitoringSystemSettings
from elytra_status.settings.definitions.notifications import NotificationSettings
from elytra_status.settings.definitions.own_checks import OwnCheckSettings
from elytra_status.settings.definitions.public_texts import DEFAULT_INCIDENT_TEXT, PublicTextSettings
from elytra_status.settings.definitions.publishing import DOCUMENTS, PublishingSettings

__all__ = [
    "CONNECTIVITY_KINDS",
    "DEFAULT_INCIDENT_TEXT",
    "DEFINITIONS",
    "DOCUMENTS",
    "OF_KIND",
    "SHARED",
    "Definition",
    "Settings",
]

# In the order of the sample file. Only Settings is made, which has all their fields: with functions of their own, these
# would take a hundredth of a run.
_AREAS = (
    MonitoringSettings,
    MonitoringSystemSettings,
    OwnCheckSettings,
    DecisionSettings,
    PublishingSettings,
    BackupSettings,
    PublicTextSettings,
    NotificationSettings,
    MachineSettings,
)


@dataclass(frozen=True)
class Settings(
    MonitoringSettings,
    MonitoringSystemSettings,
    OwnCheckSettings,
    DecisionSettings,
    PublishingSettings,
    BackupSettings,
    PublicTextSettings,
    NotificationSettings,
    MachineSettings,
):
    """The settings of one run. None, or an empty list, means not set.

    `named` holds the settings of each source to which SOURCES gives a name, and `translated` those for each language,
    with its own texts.
    """

    named: tuple[tuple[str, Settings], ...] = ()
    translated: tuple[tuple[str, Settings], ...] = ()

    @property
    def page_languages(self) -> tuple[str, ...]:
        """The codes of the languages of the page, that of index.html first."""
        return self.page_language or (self.language,)

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of all languages of the publication, that of status.json first."""
        return tuple(dict.fromkeys((self.language, *self.page_languages)))


_FIELDS = tuple(part for area in _AREAS for part in dataclasses.fields(area))
_KINDS_OF_SOURCES = tuple(
    dict.fromkeys(
        kind
        for part in _FIELDS
        if len(part.metadata["of"]) == 1
        for kind in part.metadata["of"]
        if kind != NETWORK_KINDS
    )
)
# systemd knows the state of its units without the network.
_LOCAL_KINDS = ("systemd_units",)


def _with_kinds(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a field with the kinds that NETWORK_KINDS stands for."""
    if NETWORK_KINDS not in metadata["of"]:
        return dict(metadata)
    return {**metadata, "of": tuple(kind for kind in _KINDS_OF_SOURCES if kind not in _LOCAL_KINDS)}


DEFINITIONS: tuple[Definition, ...] = tuple(
    Definition(name=part.name.upper(), attribute=part.name, default=part.default, **_with_kinds(part.metadata))
    for part in _FIELDS
)

# The settings of each kind of source. The first makes the source exist; the last are those that several kinds share.
OF_KIND: dict[str, tuple[Definition, ...]] = {
    kind: tuple(
        sorted(
            (definition for definition in DEFINITIONS if kind in definition.of),
            key=lambda definition: len(definition.of) > 1,
        )
    )
    for kind in _KINDS_OF_SOURCES
}
# The settings that belong to several kinds.
SHARED: tuple[Definition, ...] = tuple(definition for definition in DEFINITIONS if len(definition.of) > 1)
# The kinds of source that have a CONNECTIVITY_URL.
CONNECTIVITY_KINDS: tuple[str, ...] = next(one.of for one in SHARED if one.name == "CONNECTIVITY_URL")
