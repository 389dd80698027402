# SPDX-License-Identifier: MIT
"""Announcements as JSON. Malformed announcements are refused, never skipped."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from elytra_status.model import (
    Announcements,
    ComponentChange,
    Impact,
    Incident,
    IncidentPhase,
    IncidentUpdate,
    Maintenance,
    Override,
    PlatformStatus,
    Translations,
)
from elytra_status.system.clock import from_text, to_text

VERSION = 1
# The code of a language: a later version may have more of them.
_LANGUAGE = re.compile("[a-z]{2,3}")
# The fields that only some incidents have, and those of a change of components.
_OF_INCIDENTS = ("title", "components", "impact", "postmortem", "titles", "restored", "changed")
_OF_CHANGES = ("failed", "remaining", "restored")

Value = TypeVar("Value")
_Member = TypeVar("_Member", bound=Enum)


class ShapeError(ValueError):
    """Announcements are malformed. The text names the path of the fault, no value."""


def to_json(announcements: Announcements) -> dict[str, Any]:
    """Return announcements as JSON that `from_json` reads.

    A field that 0.1.0 did not have is left out while it has its default, because earlier versions refuse unknown
    fields.
    """
    written = {
        "version": VERSION,
        "last_identifier": announcements.last_identifier,
        "override": None if announcements.override is None else _override_to_json(announcements.override),
        "past_overrides": [_override_to_json(one) for one in announcements.past_overrides],
        "maintenance": [_maintenance_to_json(window) for window in announcements.maintenance],
        "incidents": [_incident_to_json(incident) for incident in announcements.incidents],
    }
    return written | _set(cancelled=[_maintenance_to_json(window) for window in announcements.cancelled])


def _set(**fields: Any) -> dict[str, Any]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value}


def _maintenance_to_json(window: Maintenance) -> dict[str, Any]:
    written = {
        "identifier": window.identifier,
        "text": window.text,
        "since": to_text(window.since),
        "until": to_text(window.until),
        "by": window.by,
    }
    return written | _set(
        components=list(window.components),
        announced=window.announced and to_text(window.announced),
        changed=window.changed and to_text(window.changed),
        changes=window.changes,
        title=window.title,
        texts=dict(window.texts),
        titles=dict(window.titles),
    )


def _override_to_json(override: Override) -> dict[str, Any]:
    written = {
        "status": override.status.value,
        "note": override.note,
        "since": to_text(override.since),
        "until": to_text(override.until),
        "by": override.by,
        "ended": None if override.ended is None else to_text(override.ended),
        "ended_by": override.ended_by,
    }
    return written | _set(notes=dict(override.notes))


def _incident_to_json(incident: Incident) -> dict[str, Any]:
    *earlier, last = incident.updates
    written = {
        "identifier": incident.identifier,
        "opened": to_text(incident.opened),
        "resolved": None if incident.resolved is None else to_text(incident.resolved),
        "automatic": incident.automatic,
        "updates": [
            *(_update_to_json(update, IncidentPhase.INVESTIGATING) for update in earlier),
            _update_to_json(last, _last_phase(incident.resolved)),
        ],
    }
    postmortem = incident.postmortem
    return written | _set(
        title=incident.title,
        components=list(incident.components),
        impact="" if incident.impact is _usual_impact(incident.automatic) else incident.impact.value,
        postmortem=postmortem and _update_to_json(postmortem, IncidentPhase.RESOLVED),
        titles=dict(incident.titles),
        restored=list(incident.restored),
        changed=incident.changed and to_text(incident.changed),
    )


def _update_to_json(update: IncidentUpdate, usual: IncidentPhase) -> dict[str, Any]:
    written = {"time": to_text(update.time), "text": update.text, "by": update.by}
    return written | _set(
        phase="" if update.phase is usual else update.phase.value,
        texts=dict(update.texts),
        change=update.change and {name: list(names) for name, names in vars(update.change).items()},
    )


def _last_phase(resolved: datetime | None) -> IncidentPhase:
    """Return the phase of an incident's last update if none is stored."""
    return IncidentPhase.RESOLVED if resolved else IncidentPhase.INVESTIGATING


def _usual_impact(automatic: bool) -> Impact:
    """Return the impact of an incident if none is stored.

    The job opens incidents only in outages.
    """
    return Impact.MAJOR if automatic else Impact.MINOR


def from_json(value: Any) -> Announcements:
    """Return announcements from JSON that `to_json` wrote.

    Raise ShapeError, with the path of the fault, if the JSON is anything else.
    """
    version = value.get("version") if isinstance(value, dict) else None
    if type(version) is int and version > VERSION:
        raise ShapeError(f"is of version {version}, which only a later elytra-status can read")
    top = _Object(value, "", to_json(Announcements()), ("cancelled",))
    if type(version) is not int or version != VERSION:
        raise ShapeError("version is not a version of this file")
    return Announcements(
        override=None if top.values["override"] is None else _override(top.values["override"], "override"),
        maintenance=top.many("maintenance", _maintenance),
        incidents=top.many("incidents", _incident),
        past_overrides=top.many("past_overrides", _override),
        last_identifier=top.string("last_identifier"),
        cancelled=top.many("cancelled", _maintenance),
    )


def _override(value: Any, path: str) -> Override:
    given = _Object(value, path, ("status", "note", "since", "until", "by", "ended", "ended_by"), ("notes",))
    try:
        status = PlatformStatus(given.string("status"))
    except ValueError:
        raise ShapeError(f"{path}.status is not a status") from None
    return Override(
        status,
        given.string("note"),
        given.time("since"),
        given.time("until"),
        given.string("by"),
        given.time_or_none("ended"),
        given.string("ended_by"),
        given.translations("notes"),
    )


def _maintenance(value: Any, path: str) -> Maintenance:
    fields = ("identifier", "text", "since", "until", "by")
    optional = ("components", "announced", "changed", "changes", "title", "texts", "titles")
    given = _Object(value, path, fields, optional)
    changes = given.values.get("changes", 0)
    if type(changes) is not int or changes < 0:
        raise ShapeError(f"{path}.changes is not a count")
    return Maintenance(
        given.string("identifier"),
        given.string("text"),
        given.time("since"),
        given.time("until"),
        given.string("by"),
        given.many("components", _name),
        given.time_or_none("announced"),
        given.time_or_none("changed"),
        changes,
        given.string("title"),
        given.translations("texts"),
        given.translations("titles"),
    )


def _name(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise ShapeError(f"{path} is not a text")
    return _whole(value)


def _whole(text: str) -> str:
    """Return a text with ? for half of a surrogate pair, which no document can hold."""
    return text.encode("utf-8", "replace").decode()


def _incident(value: Any, path: str) -> Incident:
    fields = ("identifier", "opened", "resolved", "automatic", "updates")
    given = _Object(value, path, fields, _OF_INCIDENTS)
    automatic, resolved = given.values["automatic"], given.time_or_none("resolved")
    if not isinstance(automatic, bool):
        raise ShapeError(f"{path}.automatic is neither true nor false")
    updates = given.many("updates", _update)
    if not updates:
        raise ShapeError(f"{path}.updates is empty")
    if "phase" not in given.values["updates"][-1]:
        updates = (*updates[:-1], replace(updates[-1], phase=_last_phase(resolved)))
    postmortem = given.values.get("postmortem")
    return Incident(
        given.string("identifier"),
        given.time("opened"),
        updates,
        resolved,
        automatic,
        given.string("title"),
        given.many("components", _name),
        given.one_of("impact", _usual_impact(automatic)),
        postmortem and replace(_update(postmortem, f"{path}.postmortem"), phase=IncidentPhase.RESOLVED),
        given.translations("titles"),
        given.many("restored", _name),
        given.time_or_none("changed"),
    )


def _update(value: Any, path: str) -> IncidentUpdate:
    given = _Object(value, path, ("time", "text", "by"), ("phase", "texts", "change"))
    phase = given.one_of("phase", IncidentPhase.INVESTIGATING)
    text, by = given.string("text"), given.string("by")
    change = None if given.values.get("change") is None else _change(given.values["change"], f"{path}.change")
    return IncidentUpdate(given.time("time"), text, by, phase, given.translations("texts"), change)


def _change(value: Any, path: str) -> ComponentChange:
    given = _Object(value, path, _OF_CHANGES)
    return ComponentChange(*(given.many(name, _name) for name in _OF_CHANGES))


def _is_translation(code: object, text: object) -> bool:
    return isinstance(code, str) and _LANGUAGE.fullmatch(code) is not None and isinstance(text, str) and bool(text)


class _Object:
    """A JSON object and its path, with exactly these fields.

    `optional` fields may be missing.
    """

    def __init__(self, value: Any, path: str, fields: Any, optional: tuple[str, ...] = ()) -> None:
        self._prefix = f"{path}." if path else ""
        if not isinstance(value, dict):
            raise ShapeError(f"{path or '(top)'} is not an object")
        self.values: dict[str, Any] = value
        for name in fields:
            if name not in value:
                raise ShapeError(f"{self._prefix}{name} is missing")
        if not value.keys() <= {*fields, *optional}:
            # An unknown field may be a typo, and may hold what a person wanted to announce.
            raise ShapeError(f"{path or '(top)'} has an unknown field")

    def string(self, name: str) -> str:
        """Return a text; '' if the field is missing."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise ShapeError(f"{self._prefix}{name} is not a text")
        return _whole(value)

    def translations(self, name: str) -> Translations:
        """Return a text in further languages; none if the field is missing."""
        value = self.values.get(name, {})
        if not isinstance(value, dict) or not all(map(_is_translation, value, value.values())):
            raise ShapeError(f"{self._prefix}{name} is not an object with a text for each language")
        return tuple(sorted((code, _whole(text)) for code, text in value.items()))

    def one_of(self, name: str, usual: _Member) -> _Member:
        """Return a member of the enumeration of `usual`; `usual` if the field is missing."""
        if name not in self.values:
            return usual
        try:
            return type(usual)(self.string(name))
        except ShapeError:
            raise
        except ValueError:
            raise ShapeError(f"{self._prefix}{name} is not a valid value") from None

    def time(self, name: str) -> datetime:
        try:
            return from_text(self.string(name))
        except ValueError as error:
            if isinstance(error, ShapeError):
                raise
            raise ShapeError(f"{self._prefix}{name} is not a time such as 2025-11-10T15:30:00Z") from None

    def time_or_none(self, name: str) -> datetime | None:
        return None if self.values.get(name) is None else self.time(name)

    def many(self, name: str, read: Callable[[Any, str], Value]) -> tuple[Value, ...]:
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise ShapeError(f"{self._prefix}{name} is not a list")
        return tuple(read(one, f"{self._prefix}{name}[{number}]") for number, one in enumerate(value))
