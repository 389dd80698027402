# SPDX-License-Identifier: MIT
"""Titles of incidents and maintenance. Pure."""

from __future__ import annotations

from elytra_status.model import Incident, Maintenance, in_a_sentence, number_of

# A title is one line. The page shows the whole text below it.
LONGEST_TITLE = 120


def title_of(incident: Incident) -> str:
    """Return the title of an incident.

    It is the title that a person has given, else the components in outage, else the beginning of the first text.
    """
    return incident.title or unavailable(incident) or shortened_title(incident.updates[0].text)


def unavailable(incident: Incident) -> str:
    """Return the title of an automatic incident that has components, else ''."""
    if not (incident.automatic and incident.components):
        return ""
    title = f"{in_a_sentence(incident.components)} unavailable"
    return title if len(title) <= LONGEST_TITLE else f"{number_of(len(incident.components), 'component')} unavailable"


def title_of_work(window: Maintenance) -> str:
    """Return the title of a window of maintenance.

    It is the title that a person has given, else one with the components if there are any.
    """
    if window.title:
        return window.title
    title = f"Maintenance of {in_a_sentence(window.components)}" if window.components else "Maintenance"
    return title if len(title) <= LONGEST_TITLE else f"Maintenance of {number_of(len(window.components), 'component')}"


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
