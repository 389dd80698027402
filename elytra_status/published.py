# SPDX-License-Identifier: MIT
"""Puts together all that documents are made of."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from urllib.parse import unquote, urlsplit

from elytra_status import guarded, logo, visitor
from elytra_status.assess import Assessment
from elytra_status.documents import Component, Day, Published, Texts
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.documents.words import SENTENCES
from elytra_status.history.past import ALL_DAYS, Past
from elytra_status.history.whole_days import DAYS
from elytra_status.leak_guard import Private
from elytra_status.model import Announcements, ComponentDecision
from elytra_status.settings import Settings

# What is over is shown for as long as days are.
SHOWN = timedelta(days=DAYS)


def published(settings: Settings, assessment: Assessment, now: datetime, private: Private) -> Published:
    """Return all that the public is told of an assessment.

    What was said in the past and has become `private` since, by a new monitor's name say, is left out: nobody could
    take it back. What is said now is for the leak guard to refuse.
    """
    moment = now.replace(microsecond=0)
    past = assessment.past.together
    return Published(
        assessment.decision,
        moment,
        texts(settings, private),
        past.windows[ALL_DAYS].share if past else None,
        _days(past),
        tuple(_component(one, assessment.past.parts.get(one.name)) for one in assessment.components),
        _without_private(
            _for_the_public(assessment.announcements, moment - SHOWN, {one.name for one in assessment.components}),
            moment,
            private,
        ),
        tuple(change for change in assessment.past.changes if change.time >= moment - SHOWN),
    )


def texts(settings: Settings, private: Private) -> Texts:
    """Return the administrator's own words for the documents."""
    address = visitor.beside(settings.status_url, ".") if settings.status_url else None
    return Texts(
        # That of a trial may be an IP address, which is told nobody.
        address=address if address and guarded.may_be_told(address, private, frozenset()) else None,
        title=settings.page_title,
        beside=settings.publish,
        status_name=_status_name(settings),
        logo=logo.address(settings.page_logo, private) if "page" in settings.publish else "",
        colour=settings.page_color,
        links=settings.page_links,
        backup_policy=settings.backup_policy,
        infrastructure_model=settings.infrastructure_model,
        infrastructure_regions=settings.infrastructure_regions,
        infrastructure_notes=settings.infrastructure_notes,
        fresh_for=timedelta(minutes=settings.freshness_max_age_minutes),
        cache_max_age=timedelta(seconds=settings.cache_max_age_seconds),
    )


def _status_name(settings: Settings) -> str:
    """Return what status.json is called beside the others: that is where the page asks for it."""
    path = unquote(urlsplit(settings.status_url).path) if settings.status_url else ""
    return posixpath.basename(path or (settings.status_bucket_key if settings.status_bucket else "")) or STATUS


def _component(decided: ComponentDecision, past: Past | None) -> Component:
    return Component(
        decided.name,
        decided.status,
        decided.in_maintenance,
        decided.uptime,
        past.windows[ALL_DAYS].share if past else None,
        _days(past),
    )


def _days(past: Past | None) -> tuple[Day, ...]:
    return tuple(
        Day(day, measured.share, min(measured.observed, Fraction(1)), measured.seconds.up, measured.seconds.down)
        for day, measured in (past.days.items() if past else ())
    )


def _for_the_public(announcements: Announcements, since: datetime, components: Collection[str]) -> Announcements:
    """Return announcements without persons, overrides of the past, components of the past, and what was over long ago.

    A component that COMPONENTS does not name any more is shown nowhere else either.
    """
    override = announcements.override and replace(announcements.override, by="", ended_by="")
    maintenance = tuple(
        replace(one, by="", components=tuple(name for name in one.components if name in components))
        for one in announcements.maintenance
        if one.until >= since
    )
    incidents = (one for one in announcements.incidents if one.resolved is None or one.resolved >= since)
    without = tuple(replace(one, updates=tuple(replace(update, by="") for update in one.updates)) for one in incidents)
    return Announcements(override, maintenance, without)


def _without_private(announcements: Announcements, now: datetime, private: Private) -> Announcements:
    """Return announcements without texts of the past that may not be told any more."""

    def may_be_told(text: str) -> bool:
        return guarded.may_be_told(text, private, SENTENCES)

    incidents = []
    for incident in announcements.incidents:
        *earlier, last = incident.updates
        updates = tuple(update for update in earlier if may_be_told(update.text))
        if incident.resolved is None or may_be_told(last.text):
            updates = (*updates, last)
        if updates:
            incidents.append(replace(incident, updates=updates))
    maintenance = tuple(one for one in announcements.maintenance if one.until > now or may_be_told(one.text))
    return replace(announcements, incidents=tuple(incidents), maintenance=maintenance)
