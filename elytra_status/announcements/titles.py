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

    It is the title that a person has given, else the components in outage, else the beginning of the first text.
    """
    return incident.title or unavailable(incident, language) or shortened_title(incident.updates[0].text)


def unavailable(incident: Incident, language: Language = ENGLISH) -> str:
    """Return the title of an automatic incident that has components, else ''."""
    if not (incident.automatic and incident.components):
        return ""
    return _naming(to_translate("{names} unavailable"), incident.components, language)


def title_of_work(window: Maintenance, language: Language = ENGLISH) -> str:
    """Return the title of a window of maintenance.

    It is the title that a person has given, else one with the components if there are any.
    """
    if window.title:
        return window.title
    if not window.components:
        return language.text("Maintenance")
    return _naming(to_translate("Maintenance of {names}"), window.components, language)


def _naming(title: str, components: Sequence[str], language: Language) -> str:
    """Return a title with the names of components, or their number if too long."""
    named = language.text(title, names=language.names(components, MOST_NAMED))
    if len(named) <= LONGEST_TITLE:
        return named
    count = language.count("{number} component", "{number} components", len(components))
    return language.text(title, names=count)


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
