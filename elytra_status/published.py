# SPDX-License-Identifier: MIT
"""Puts together all that documents are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from elytra_status import components, journal, visitor
from elytra_status.assess import Assessment, rules
from elytra_status.documents import Component, Day, Published, Texts
from elytra_status.history.overview import ALL_DAYS, DAYS, Past, together
from elytra_status.model import IN_MAINTENANCE, Announcements, Facts
from elytra_status.settings import Settings

# What is over is shown for as long as days are.
SHOWN = timedelta(days=DAYS)


def published(settings: Settings, assessment: Assessment, now: datetime) -> Published:
    """Return all that the public is told of an assessment."""
    moment = now.replace(microsecond=0)
    announcements = assessment.progress.announcements if assessment.progress else Announcements()
    overview = assessment.past.overview
    watched = [past for past in overview.monitors if past.watched] if overview else []
    return Published(
        assessment.decision,
        moment,
        texts(settings),
        overview.together.windows[ALL_DAYS].share if overview else None,
        _days(watched, overview.together) if overview else (),
        _components(settings, Facts(moment, assessment.reports, announcements), watched),
        _for_the_public(announcements, moment - SHOWN),
        tuple(change for change in assessment.past.changes if change.time >= moment - SHOWN),
    )


def texts(settings: Settings) -> Texts:
    """Return the administrator's own words for the documents."""
    return Texts(
        address=visitor.beside(settings.status_url, ".") if settings.status_url else None,
        backup_policy=settings.backup_policy,
        infrastructure_model=settings.infrastructure_model,
        infrastructure_regions=settings.infrastructure_regions,
        infrastructure_notes=settings.infrastructure_notes,
        fresh_for=timedelta(minutes=settings.freshness_max_age_minutes),
        cache_max_age=timedelta(seconds=settings.cache_max_age_seconds),
    )


def _components(settings: Settings, facts: Facts, watched: Sequence[Past]) -> tuple[Component, ...]:
    minimum = settings.uptime_aggregate == "minimum"
    found = []
    for name, monitors in settings.components:
        keys = components.keys_of(monitors)
        if absent := components.missing(facts.reports, keys):
            journal.info(f"COMPONENTS: no answer names {', '.join(absent)} of {name!r}", event="components")
        decision = components.judge(facts, keys, rules(settings))
        pasts = [past for past in watched if past.key in keys]
        whole = together(pasts, minimum)
        found.append(
            Component(
                name,
                decision.status,
                decision.rule in IN_MAINTENANCE,
                decision.uptime,
                whole.windows[ALL_DAYS].share,
                _days(pasts, whole),
            )
        )
    return tuple(found)


def _days(pasts: Sequence[Past], whole: Past) -> tuple[Day, ...]:
    """Return the days of several monitors together, with the mean of their seconds."""
    days = []
    for day, measured in whole.days.items():
        seconds = [seconds for past in pasts if (seconds := past.days[day].seconds)]
        up, down = (sum(getattr(one, word) for one in seconds) // max(len(seconds), 1) for word in ("up", "down"))
        days.append(Day(day, measured.share, min(measured.observed, Fraction(1)), up, down))
    return tuple(days)


def _for_the_public(announcements: Announcements, since: datetime) -> Announcements:
    """Return announcements without persons, without the record of overrides, and without what was over long ago."""
    override = announcements.override and replace(announcements.override, by="", ended_by="")
    maintenance = tuple(replace(one, by="") for one in announcements.maintenance if one.until >= since)
    incidents = (one for one in announcements.incidents if one.resolved is None or one.resolved >= since)
    without = tuple(replace(one, updates=tuple(replace(update, by="") for update in one.updates)) for one in incidents)
    return Announcements(override, maintenance, without)
