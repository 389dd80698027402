# SPDX-License-Identifier: MIT
"""The components that are out in an incident of the job, and its updates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from elytra_status.announcements.titles import naming
from elytra_status.locale import ENGLISH, Language, to_translate
from elytra_status.model import ComponentChange, ComponentDecision, Incident, IncidentUpdate, PlatformStatus

# One flapping component would fill an incident in hours, and visitors read all its texts. Then only the title changes.
MOST_CHANGES = 20
# A notice has three such sentences at most, and the schema allows it 1000 characters.
_LONGEST_SENTENCE = 250
_RESTORED = to_translate("Available again: {names}.")
_REMAINING = to_translate("Still unavailable: {names}.")
_FAILED = to_translate("Unavailable now: {names}.")
_FAILED_TOO = to_translate("Also unavailable now: {names}.")


def sentences_of(change: ComponentChange, language: Language = ENGLISH) -> str:
    """Return what the job says of a change, '' if no component is left in it."""
    failed = _FAILED_TOO if change.remaining else _FAILED
    said = (
        (_RESTORED, change.restored),
        (_REMAINING, change.remaining if change.restored else ()),
        (failed, change.failed),
    )
    return " ".join(naming(sentence, names, language, _LONGEST_SENTENCE) for sentence, names in said if names)


def available_again(name: str, language: Language) -> str:
    """Return the title of an incident in the feed of a component that works again."""
    return naming(_RESTORED, (name,), language).rstrip(".。")


def followed(incident: Incident, components: Iterable[ComponentDecision], now: datetime, *, writes: bool) -> Incident:
    """Return an open incident of the job after a decision on the components.

    A component is out from an outage until it is operational: while it is degraded, some of its users are without
    service, and unknown proves nothing. If `writes`, and no person has written the last text, an update says what has
    changed. The title follows in any case: it would otherwise name a component that works.
    """
    states = {one.name: one.status for one in components}
    out = [name for name, status in states.items() if status is PlatformStatus.OUTAGE]
    concerned = tuple(dict.fromkeys((*incident.components, *out)))
    after = with_working(replace(incident, components=concerned), components_in(states, PlatformStatus.OPERATIONAL))
    after = replace(after, restored=tuple(name for name in after.restored if name not in out))
    if after == incident:
        return incident
    changed = replace(after, changed=now)
    written = sum(update.change is not None for update in incident.updates)
    if not writes or incident.updates[-1].by or written >= MOST_CHANGES:
        return changed
    change = ComponentChange(
        tuple(name for name in out if name not in incident.out),
        tuple(name for name in incident.out if name in out),
        tuple(name for name in after.restored if name not in incident.restored),
    )
    update = IncidentUpdate(now, sentences_of(change), "", incident.phase, change=change)
    return replace(after, updates=(*incident.updates, update), changed=None)


def components_in(states: Mapping[str, PlatformStatus], status: PlatformStatus) -> frozenset[str]:
    """Return the names of the components with a status."""
    return frozenset(name for name, one in states.items() if one is status)


def with_working(incident: Incident, working: frozenset[str]) -> Incident:
    """Note which components of an incident work again: those of `working`."""
    names = (name for name in incident.components if name in incident.restored or name in working)
    return replace(incident, restored=tuple(names))
