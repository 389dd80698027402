# SPDX-License-Identifier: MIT
"""Announcements in the language of a document. Pure.

A person may write a text in several languages. A document in another language has the text that was written for all.
"""

from __future__ import annotations

from dataclasses import replace

from elytra_status.model import Announcements, Incident, IncidentUpdate, Maintenance, Translations


def merged(earlier: Translations, later: Translations) -> Translations:
    """Return the earlier translations, replaced by the later ones.

    An empty translation removes the earlier one.
    """
    together = {**dict(earlier), **dict(later)}
    return tuple(sorted((code, text) for code, text in together.items() if text))


def announcements_in(given: Announcements, code: str) -> Announcements:
    """Return announcements with the texts that persons have written for a language.

    A text without one for it stays. The texts for further languages stay beside them.
    """
    override = given.override
    return replace(
        given,
        override=override and replace(override, note=chosen(override.note, override.notes, code)),
        maintenance=tuple(_window(one, code) for one in given.maintenance),
        incidents=tuple(_incident(one, code) for one in given.incidents),
        cancelled=tuple(_window(one, code) for one in given.cancelled),
    )


def _incident(incident: Incident, code: str) -> Incident:
    updates = tuple(_update(one, code) for one in incident.updates)
    postmortem = incident.postmortem and _update(incident.postmortem, code)
    return replace(
        incident, updates=updates, title=chosen(incident.title, incident.titles, code), postmortem=postmortem
    )


def _update(update: IncidentUpdate, code: str) -> IncidentUpdate:
    return replace(update, text=chosen(update.text, update.texts, code))


def _window(window: Maintenance, code: str) -> Maintenance:
    title = chosen(window.title, window.titles, code)
    return replace(window, text=chosen(window.text, window.texts, code), title=title)


def chosen(text: str, texts: Translations, code: str) -> str:
    """Return the text for a language, `text` if there is none for it."""
    return dict(texts).get(code, text)
