# SPDX-License-Identifier: MIT
"""Withhold texts of announcements that must not be published. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from elytra_status.decision.notices import NO_INCIDENT_TEXT, NO_MAINTENANCE_TEXT, NO_NOTE, PLANNED
from elytra_status.documents.withheld import Redactor
from elytra_status.model import Announcements, Incident, Maintenance, Notice
from elytra_status.settings.definitions import DEFAULT_INCIDENT_TEXT

_INSTEAD = {"override": NO_NOTE, "incident": NO_INCIDENT_TEXT, "maintenance": NO_MAINTENANCE_TEXT}


class AnnouncedTexts:
    """Withhold texts of announcements, and of the notices made from them.

    Both then say the same.
    """

    def __init__(self, redactor: Redactor, now: datetime, incident_text: str) -> None:
        self._redactor, self._now, self._incident_text = redactor, now, incident_text
        # By the kind of a notice and its original text.
        self._said: dict[tuple[str, str], str] = {}

    def cleaned(self, announcements: Announcements) -> Announcements:
        """Return announcements whose texts can all be published."""
        override = announcements.override
        if override:
            override = replace(override, note=self._say("override", "the note of the override", override.note, NO_NOTE))
        incidents = [self._incident(incident) for incident in announcements.incidents]
        return replace(
            announcements,
            override=override,
            incidents=tuple(incident for incident in incidents if incident),
            maintenance=self._windows(announcements.maintenance),
            cancelled=self._windows(announcements.cancelled, all_over=True),
        )

    def notices(self, notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
        """Return notices with the texts that `cleaned` chose for their announcements."""
        return tuple(replace(notice, text=self._notice(notice)) for notice in notices)

    def _notice(self, notice: Notice) -> str:
        text = notice.text.removeprefix(PLANNED) if notice.kind == "maintenance" else notice.text
        clean = self._said.get((notice.kind, text))
        if clean is None:
            clean = self._redactor.clean(f"a notice of kind {notice.kind}", text, _INSTEAD[notice.kind])
        return clean if text == notice.text else self._redactor.compose(f"{PLANNED}{clean}")

    def _say(self, kind: str, name: str, text: str, instead: str) -> str:
        clean = self._redactor.clean(name, text, instead)
        self._said[kind, text] = clean
        return clean

    def _incident(self, incident: Incident) -> Incident | None:
        """Return an incident without past updates that are private by now.

        Return None if no update is left.
        """
        *earlier, last = incident.updates
        past = f"an update of incident {incident.identifier}"
        updates = [update for update in earlier if self._redactor.keep(past, update.text)]
        if incident.resolved is None:
            if incident.automatic and last.text == self._incident_text:
                name, instead = "INCIDENT_TEXT", DEFAULT_INCIDENT_TEXT
            else:
                name, instead = f"incident {incident.identifier}", NO_INCIDENT_TEXT
            updates.append(replace(last, text=self._say("incident", name, last.text, instead)))
        elif self._redactor.keep(past, last.text):
            updates.append(last)
        if not updates:
            return None
        postmortem = incident.postmortem
        if postmortem and not self._redactor.keep(f"the postmortem of incident {incident.identifier}", postmortem.text):
            postmortem = None
        name, is_over = f"the title of incident {incident.identifier}", incident.resolved is not None
        title = self._title(name, incident.title, is_over=is_over)
        return replace(incident, updates=tuple(updates), title=title, postmortem=postmortem)

    def _title(self, name: str, title: str, *, is_over: bool) -> str:
        """Return a title, '' if there is none or it must be withheld."""
        if not is_over:
            return self._redactor.clean(name, title)
        return title if self._redactor.keep(name, title) else ""

    def _windows(self, windows: Iterable[Maintenance], *, all_over: bool = False) -> tuple[Maintenance, ...]:
        """Return maintenance windows without past ones that are private by now."""
        cleaned = (self._window(window, is_over=all_over or window.until <= self._now) for window in windows)
        return tuple(window for window in cleaned if window)

    def _window(self, window: Maintenance, *, is_over: bool) -> Maintenance | None:
        name = f"maintenance {window.identifier}"
        window = replace(window, title=self._title(f"the title of {name}", window.title, is_over=is_over))
        if is_over:
            return window if self._redactor.keep(name, window.text) else None
        return replace(window, text=self._say("maintenance", name, window.text, NO_MAINTENANCE_TEXT))
