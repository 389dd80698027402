# SPDX-License-Identifier: MIT
"""Announcements as JSON, written and read. Malformed announcements are refused and never skipped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from elytra_status.model import Announcements, Incident, IncidentUpdate, Maintenance, Override, PlatformStatus
from elytra_status.system.clock import from_text, to_text

VERSION = 1

Value = TypeVar("Value")


class ShapeError(ValueError):
    """Announcements are malformed. The text names the path of the fault and no value."""


def to_json(announcements: Announcements) -> dict[str, Any]:
    """Return what `from_json` reads."""
    return {
        "version": VERSION,
        "last_identifier": announcements.last_identifier,
        "override": None if announcements.override is None else _override_to_json(announcements.override),
        "past_overrides": [_override_to_json(one) for one in announcements.past_overrides],
        "maintenance": [_maintenance_to_json(window) for window in announcements.maintenance],
        "incidents": [_incident_to_json(incident) for incident in announcements.incidents],
    }


def _maintenance_to_json(window: Maintenance) -> dict[str, Any]:
    written = {
        "identifier": window.identifier,
        "text": window.text,
        "since": to_text(window.since),
        "until": to_text(window.until),
        "by": window.by,
    }
    # Earlier versions refuse a file with this field. They would take the maintenance for that of the whole platform.
    return {**written, "components": list(window.components)} if window.components else written


def _override_to_json(override: Override) -> dict[str, Any]:
    return {
        "status": override.status.value,
        "note": override.note,
        "since": to_text(override.since),
        "until": to_text(override.until),
        "by": override.by,
        "ended": None if override.ended is None else to_text(override.ended),
        "ended_by": override.ended_by,
    }


def _incident_to_json(incident: Incident) -> dict[str, Any]:
    return {
        "identifier": incident.identifier,
        "opened": to_text(incident.opened),
        "resolved": None if incident.resolved is None else to_text(incident.resolved),
        "automatic": incident.automatic,
        "updates": [
            {"time": to_text(update.time), "text": update.text, "by": update.by} for update in incident.updates
        ],
    }


def from_json(value: Any) -> Announcements:
    """Return what `to_json` wrote. Raise ShapeError for anything else, with the path of the fault."""
    version = value.get("version") if isinstance(value, dict) else None
    if type(version) is int and version > VERSION:
        raise ShapeError(f"is of version {version}, which only a later elytra-status can read")
    top = _Object(value, "", to_json(Announcements()))
    if type(version) is not int or version != VERSION:
        raise ShapeError("version: is not a version of this file")
    return Announcements(
        override=None if top.values["override"] is None else _override(top.values["override"], "override"),
        maintenance=top.many("maintenance", _maintenance),
        incidents=top.many("incidents", _incident),
        past_overrides=top.many("past_overrides", _override),
        last_identifier=top.text("last_identifier"),
    )


def _override(value: Any, path: str) -> Override:
    given = _Object(value, path, ("status", "note", "since", "until", "by", "ended", "ended_by"))
    try:
        status = PlatformStatus(given.text("status"))
    except ValueError:
        raise ShapeError(f"{path}.status: is not a status") from None
    return Override(
        status,
        given.text("note"),
        given.time("since"),
        given.time("until"),
        given.text("by"),
        given.time_or_none("ended"),
        given.text("ended_by"),
    )


def _maintenance(value: Any, path: str) -> Maintenance:
    fields = ("identifier", "text", "since", "until", "by")
    names_components = isinstance(value, dict) and "components" in value
    given = _Object(value, path, (*fields, "components") if names_components else fields)
    return Maintenance(
        given.text("identifier"),
        given.text("text"),
        given.time("since"),
        given.time("until"),
        given.text("by"),
        given.many("components", _name) if names_components else (),
    )


def _name(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise ShapeError(f"{path}: is not a text")
    return value


def _incident(value: Any, path: str) -> Incident:
    given = _Object(value, path, ("identifier", "opened", "resolved", "automatic", "updates"))
    if not isinstance(given.values["automatic"], bool):
        raise ShapeError(f"{path}.automatic: is neither true nor false")
    updates = given.many("updates", _update)
    if not updates:
        raise ShapeError(f"{path}.updates: is empty")
    return Incident(
        given.text("identifier"),
        given.time("opened"),
        updates,
        given.time_or_none("resolved"),
        given.values["automatic"],
    )


def _update(value: Any, path: str) -> IncidentUpdate:
    given = _Object(value, path, ("time", "text", "by"))
    return IncidentUpdate(given.time("time"), given.text("text"), given.text("by"))


class _Object:
    """A JSON object that has exactly these fields, and its path."""

    def __init__(self, value: Any, path: str, fields: Any) -> None:
        self._prefix = f"{path}." if path else ""
        if not isinstance(value, dict):
            raise ShapeError(f"{path or '(top)'}: is not an object")
        self.values: dict[str, Any] = value
        for name in fields:
            if name not in value:
                raise ShapeError(f"{self._prefix}{name}: is missing")
        if len(value) > len(fields):
            # An unknown field may be a typing error, and hold what a person wanted to announce.
            raise ShapeError(f"{path or '(top)'}: has an unknown field")

    def text(self, name: str) -> str:
        value = self.values[name]
        if not isinstance(value, str):
            raise ShapeError(f"{self._prefix}{name}: is not a text")
        return value

    def time(self, name: str) -> datetime:
        try:
            return from_text(self.text(name))
        except ValueError as error:
            if isinstance(error, ShapeError):
                raise
            raise ShapeError(f"{self._prefix}{name}: is not a time such as 2025-11-10T15:30:00Z") from None

    def time_or_none(self, name: str) -> datetime | None:
        return None if self.values[name] is None else self.time(name)

    def many(self, name: str, read: Callable[[Any, str], Value]) -> tuple[Value, ...]:
        value = self.values[name]
        if not isinstance(value, list):
            raise ShapeError(f"{self._prefix}{name}: is not a list")
        return tuple(read(one, f"{self._prefix}{name}[{number}]") for number, one in enumerate(value))
