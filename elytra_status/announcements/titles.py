# SPDX-License-Identifier: MIT
"""Titles of incidents and maintenance. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from elytra_status.locale import ENGLISH, Language, to_translate
from elytra_status.model import Incident, Maintenance

# A title is one line. The page shows the whole text below it.
LONGEST_TITLE = 120
# So many components are named in a title that no person has written.
MOST_NAMED = 3


def title_of(incident: Incident, language: Language = ENGLISH) -> str:
    """Return the title of an incident.

    It is the title that a person has given, else the components that are out, else the beginning of the first text.
    While an automatic incident is open, they are those that do not work now, then all that were in outage.
    """
    return incident.title or unavailable(incident, language) or shortened_title(incident.updates[0].text)


def unavailable(incident: Incident, language: Language = ENGLISH) -> str:
    """Return the title of an automatic incident, '' if no component is out."""
    if not (incident.automatic and incident.out):
        return ""
    return naming(to_translate("{names} unavailable"), incident.out, language)


def title_of_work(window: Maintenance, language: Language = ENGLISH) -> str:
    """Return the title of a window of maintenance.

    It is the title that a person has given, else one with the components if there are any.
    """
    if window.title:
        return window.title
    if not window.components:
        return language.text("Maintenance")
    return naming(to_translate("Maintenance of {names}"), window.components, language)


def naming(text: str, components: Sequence[str], language: Language, most: int = LONGEST_TITLE) -> str:
    """Return a text with the names of components.

    If it would be longer than `most` characters, it has their number instead.
    """
    named = language.text(text, names=language.names(components, MOST_NAMED))
    if len(named) <= most:
        return named
    count = language.count("{number} component", "{number} components", len(components))
    return language.text(text, names=count)


def short_title_of_work(window: Maintenance) -> str:
    """Return the title of a window for lists that show no components.

    It is the title that a person has given, else the beginning of the text.
    """
    return window.title or shortened_title(window.text)


def shortened_title(text: str, most: int = LONGEST_TITLE) -> str:
    """Return a text of at most `most` characters, cut between words if possible."""
    if len(text) <= most:
        return text
    start = text[: most - 1]
    return f"{start.rpartition(' ')[0] or start}…"
