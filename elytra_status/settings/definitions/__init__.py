# SPDX-License-Identifier: MIT
"""All settings, each defined once: name, kind, default, meaning, requirements.

The sample file, the manual page and the checks are made from them. The name of a setting in the file is the name of its
field in capital letters. Each area has its own module.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from elytra_status.settings.definitions.backups import BackupSettings
from elytra_status.settings.definitions.deciding import DecisionSettings
from elytra_status.settings.definitions.definition import Definition
from elytra_status.settings.definitions.machine import MachineSettings
from elytra_status.settings.definitions.monitoring import MonitoringSettings
from elytra_status.settings.definitions.monitoring_systems import MonitoringSystemSettings
from elytra_status.settings.definitions.notifications import NotificationSettings
from elytra_status.settings.definitions.own_checks import OwnCheckSettings
from elytra_status.settings.definitions.public_texts import DEFAULT_INCIDENT_TEXT, PublicTextSettings
from elytra_status.settings.definitions.publishing import DOCUMENTS, PublishingSettings

__all__ = [
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


DEFINITIONS: tuple[Definition, ...] = tuple(
    Definition(name=part.name.upper(), attribute=part.name, default=part.default, **part.metadata)
    for area in _AREAS
    for part in dataclasses.fields(area)
)

_KINDS_OF_SOURCES = dict.fromkeys(definition.of[0] for definition in DEFINITIONS if len(definition.of) == 1)
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
