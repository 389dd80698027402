# SPDX-License-Identifier: MIT
"""Withhold texts of announcements that must not be published. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from elytra_status.announcements.outages import sentences_of
from elytra_status.decision.notices import NO_INCIDENT_TEXT, NO_MAINTENANCE_TEXT, NO_NOTE, PLANNED
from elytra_status.documents.withheld import Redactor
from elytra_status.locale import Language
from elytra_status.model import Announcements, Incident, IncidentUpdate, Maintenance, Notice, Translations
from elytra_status.settings.definitions import DEFAULT_INCIDENT_TEXT
from elytra_status.settings.keys import in_language

_INSTEAD = {"override": NO_NOTE, "incident": NO_INCIDENT_TEXT, "maintenance": NO_MAINTENANCE_TEXT}


class AnnouncedTexts:
    """Withhold texts of announcements, and of the notices made from them.

    Both then say the same. `incident_text` is INCIDENT_TEXT, and `incident_texts` the same in further languages.
    `languages` are the published ones: a text in another one is neither searched nor returned.
    """

    def __init__(
        self,
        redactor: Redactor,
        now: datetime,
        languages: Sequence[Language],
        incident_text: str,
        incident_texts: Translations = (),
    ) -> None:
        self._redactor, self._now, self._languages = redactor, now, languages
        self._codes = {language.code for language in languages}
        self._incident_text, self._incident_texts = incident_text, incident_texts
        # By the kind of a notice and its original text.
        self._said: dict[tuple[str, str], str] = {}
        # By the kind of a notice and its original texts in further languages.
        self._said_in: dict[tuple[str, Translations], Translations] = {}
        # The job's texts about components in each language, by the saved text.
        self._composed: dict[str, Translations] = {}

    def cleaned(self, announcements: Announcements) -> Announcements:
        """Return announcements whose texts can all be published."""
        override = announcements.override
        if override:
            name = "the note of the override"
            note = self._say("override", name, override.note, NO_NOTE)
            override = replace(override, note=note, notes=self._say_in("override", name, override.notes))
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
        return tuple(
            replace(
                notice,
                text=self._notice(notice),
                texts=self._composed_of(notice) or self._said_in.get((notice.kind, self._texts_of(notice)), ()),
            )
            for notice in notices
        )

    def _composed_of(self, notice: Notice) -> Translations:
        return self._composed.get(notice.text, ()) if notice.kind == "incident" else ()

    def _texts_of(self, notice: Notice) -> Translations:
        is_automatic = notice.kind == "incident" and notice.text == self._incident_text
        return notice.texts or (self._incident_texts if is_automatic else ())

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

    def _say_in(self, kind: str, name: str, texts: Translations) -> Translations:
        """Return a text in further languages, without those that must be withheld."""
        clean = self._clean_in(name, texts)
        self._said_in[kind, texts] = clean
        return clean

    def _clean_in(self, name: str, texts: Translations) -> Translations:
        published = self._published(texts)
        return tuple(one for one in published if self._redactor.clean(_name_in(name, one[0]), one[1]))

    def _keep_in(self, name: str, texts: Translations) -> Translations:
        """Return a past text in further languages, without those that are private by now."""
        published = self._published(texts)
        return tuple(one for one in published if self._redactor.keep(_name_in(name, one[0]), one[1]))

    def _published(self, texts: Translations) -> Translations:
        return tuple(one for one in texts if one[0] in self._codes)

    def _incident(self, incident: Incident) -> Incident | None:
        """Return an incident without past updates that are private by now.

        Return None if no update is left.
        """
        *earlier, last = map(self._with_own_text, incident.updates) if incident.automatic else incident.updates
        past = f"an update of incident {incident.identifier}"
        if incident.resolved is not None:
            earlier.append(last)
        updates = [
            update if update.change else replace(update, texts=self._keep_in(past, update.texts))
            for update in earlier
            if (update.text if update.change else self._redactor.keep(past, update.text))
        ]
        if incident.resolved is None and last.change:
            updates.append(last if last.text else replace(last, text=self._redactor.compose(NO_INCIDENT_TEXT)))
        elif incident.resolved is None:
            if incident.automatic and last.text == self._incident_text:
                name, instead = "INCIDENT_TEXT", DEFAULT_INCIDENT_TEXT
            else:
                name, instead = f"incident {incident.identifier}", NO_INCIDENT_TEXT
            text = self._say("incident", name, last.text, instead)
            updates.append(replace(last, text=text, texts=self._say_in("incident", name, last.texts)))
        if not updates:
            return None
        postmortem = self._postmortem(incident)
        name, is_over = f"the title of incident {incident.identifier}", incident.resolved is not None
        title = self._title(name, incident.title, is_over=is_over)
        titles = (self._keep_in if is_over else self._clean_in)(name, incident.titles)
        return replace(incident, updates=tuple(updates), title=title, postmortem=postmortem, titles=titles)

    def _postmortem(self, incident: Incident) -> IncidentUpdate | None:
        """Return a postmortem, None if there is none or it is private by now."""
        name, postmortem = f"the postmortem of incident {incident.identifier}", incident.postmortem
        if postmortem is None or not self._redactor.keep(name, postmortem.text):
            return None
        return replace(postmortem, texts=self._keep_in(name, postmortem.texts))

    def _with_own_text(self, update: IncidentUpdate) -> IncidentUpdate:
        """Return an update with the text of the job in each language.

        The names in it were searched on their own.
        """
        if update.change:
            sentences = ((one.code, sentences_of(update.change, one)) for one in self._languages)
            texts = tuple((code, self._redactor.compose(text)) for code, text in sentences if text)
            text = sentences_of(update.change)
            self._composed[update.text] = texts
            self._said["incident", update.text] = self._redactor.compose(text or NO_INCIDENT_TEXT)
            return replace(update, text=text, texts=texts)
        is_automatic = update.text == self._incident_text and not update.texts
        return replace(update, texts=self._incident_texts) if is_automatic else update

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
        name_of_title = f"the title of {name}"
        title = self._title(name_of_title, window.title, is_over=is_over)
        titles = (self._keep_in if is_over else self._clean_in)(name_of_title, window.titles)
        window = replace(window, title=title, titles=titles)
        if is_over:
            kept = self._redactor.keep(name, window.text)
            return replace(window, texts=self._keep_in(name, window.texts)) if kept else None
        text = self._say("maintenance", name, window.text, NO_MAINTENANCE_TEXT)
        return replace(window, text=text, texts=self._say_in("maintenance", name, window.texts))


def _name_in(name: str, code: str) -> str:
    """Return what the administrator calls a text in a further language."""
    return in_language(name, code) if name.isupper() else f"{name} in {code}"
