# SPDX-License-Identifier: MIT
"""The headline: one sentence about everything that is published. Pure.

The first code that matches wins. The headline never claims more than the rest of the publication supports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from elytra_status.announcements import incidents, maintenance
from elytra_status.locale import ENGLISH, Language, to_translate
from elytra_status.model import Announcements, BackupStatus, Decision, PlatformStatus

# The sentence of each code. {names} stands for the names of the components concerned.
SENTENCES = {
    "outage": to_translate("Service outage"),
    "unknown": to_translate("Status unknown"),
    "degraded": to_translate("Service degraded"),
    "maintenance": to_translate("Maintenance in progress"),
    "open_incident": to_translate("Operational, with an open incident"),
    "component_not_operational": to_translate("Operational, except {names}"),
    "backups_failed": to_translate("Platform operational, backups failed"),
    "backups_delayed": to_translate("Platform operational, backups delayed"),
    "backups_unknown": to_translate("Platform operational, backups unknown"),
    "backups_not_watched": to_translate("Platform operational"),
    "operational": to_translate("All systems operational"),
}
OUTAGE_OF = to_translate("Service outage: {names}")
# A headline has to fit a badge. Components that do not fit are counted.
LONGEST = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_BACKUPS = {
    BackupStatus.FAILED: "backups_failed",
    BackupStatus.WARNING: "backups_delayed",
    BackupStatus.UNKNOWN: "backups_unknown",
}


@dataclass(frozen=True)
class Headline:
    """The sentence for people, and its `code` of SENTENCES for programs.

    `names` are the names of the components concerned, also if the sentence only counts them. They come from the
    administrator, the rest from this program.
    """

    code: str
    text: str
    names: tuple[str, ...] = ()

    @property
    def is_maintenance(self) -> bool:
        """Whether announced work is the only thing that is wrong.

        It has a colour of its own, and is not a warning.
        """
        return self.code == "maintenance"


class NamedComponent(Protocol):
    """The parts of a component that a headline needs."""

    @property
    def name(self) -> str:
        """Its public name."""

    @property
    def status(self) -> PlatformStatus:
        """Its status."""


def headline_code(decision: Decision, announcements: Announcements, now: datetime) -> str:
    """Return the code of the headline for a decision with components and notices."""
    return next(_codes(decision, announcements, now))


def headline(code: str, components: Sequence[NamedComponent], language: Language = ENGLISH) -> Headline:
    """Return the headline of a code, with the public names of the components."""
    if code == "outage":
        names = [one.name for one in components if one.status is PlatformStatus.OUTAGE]
        if names:
            return _naming(code, OUTAGE_OF, names, language)
    if code == "component_not_operational":
        names = [one.name for one in components if one.status is not PlatformStatus.OPERATIONAL]
        return _naming(code, SENTENCES[code], names, language)
    return Headline(code, language.text(SENTENCES[code]))


def _codes(decision: Decision, announcements: Announcements, now: datetime) -> Iterator[str]:
    """Yield the codes that match. The first one wins."""
    status, backups = decision.status, decision.backups
    if status in (PlatformStatus.OUTAGE, PlatformStatus.UNKNOWN):
        yield status.value
    if status is PlatformStatus.DEGRADED and not decision.in_maintenance:
        yield "degraded"
    # An override may leave the status operational during the work, which is shown all the same.
    if status is PlatformStatus.DEGRADED or _is_at_work(decision, announcements, now):
        yield "maintenance"
    if incidents.ongoing(announcements):
        yield "open_incident"
    if any(one.status is not PlatformStatus.OPERATIONAL for one in decision.components):
        yield "component_not_operational"
    # Unknown backups contradict "All systems operational". If none are watched, the headline does not mention them.
    if backups.watched and backups.status in _BACKUPS:
        yield _BACKUPS[backups.status]
    yield "operational" if backups.watched else "backups_not_watched"


def _is_at_work(decision: Decision, announcements: Announcements, now: datetime) -> bool:
    """Whether work is announced for now, by a person or by the monitoring system."""
    noticed = (one for one in decision.notices if one.kind == "maintenance")
    return bool(maintenance.current(announcements, now)) or any(not one.since or one.since <= now for one in noticed)


def _naming(code: str, sentence: str, names: Sequence[str], language: Language) -> Headline:
    """Return a headline with the names of components, or their number if too long."""
    shown = tuple(_CONTROL.sub(" ", name) for name in names)
    listed = language.text(sentence, names=language.listed(shown))
    if len(listed) <= LONGEST:
        return Headline(code, listed, shown)
    count = language.count("{number} component", "{number} components", len(shown))
    return Headline(code, language.text(sentence, names=count), shown)
