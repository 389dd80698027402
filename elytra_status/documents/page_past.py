# SPDX-License-Identifier: MIT
"""The last days of the page: what was announced, and what was recorded."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents.facts import Day, Publication
from elytra_status.documents.incident_addresses import ARCHIVE
from elytra_status.documents.markup import element, filled, theirs
from elytra_status.documents.page_announcements import PAST_DAYS, anchor, article
from elytra_status.documents.page_words import ALL_PAST, NO_EVIDENCE, NO_INCIDENTS, SPAN
from elytra_status.documents.public_announcements import INCIDENT, PublicAnnouncement, public_announcements
from elytra_status.locale import Language, to_translate
from elytra_status.model import PlatformStatus

# What was recorded of days without an incident: on one day, and on each of several days.
_TROUBLES = {
    "down": (
        to_translate("Downtime of {length}, no incident reported"),
        to_translate("Downtime of up to {length} a day, no incident reported"),
    ),
    "degraded": (
        to_translate("Degraded for {length}, no incident reported"),
        to_translate("Degraded for up to {length} a day, no incident reported"),
    ),
}


class _PastDay(NamedTuple):
    """The content of a day. Equal days in a row share one element.

    `ended` are announcements that ended on it, `others` those that were in progress. Without an incident, `trouble` is
    a field of Day, the worst of which there is time, and `sentence` is about a day without trouble.
    """

    ended: tuple[PublicAnnouncement, ...]
    others: tuple[PublicAnnouncement, ...]
    trouble: str = ""
    sentence: str = ""


def past(publication: Publication) -> Iterator[ET.Element]:
    """Yield the last days, newest first, each with what happened on it.

    An announcement is in full on the day on which it ended; other days of its span name it.
    """
    language = publication.language
    today = publication.now.date()
    days = [today - timedelta(days=back) for back in range(PAST_DAYS)]
    events = on_days(public_announcements(publication), days[::-1])
    for content, run in groupby(days, lambda day: _content(day, events[day], publication)):
        same = list(run)
        sentence = _sentence_of_trouble(content.trouble, same, publication) if content.trouble else content.sentence
        shown = [article(one, publication) for one in content.ended]
        shown += [_line(one, language) for one in content.others]
        shown += [element("p", sentence, class_="soft")] if sentence else []
        if shown:
            yield element("div", element("h3", _dates(same, language)), element("div", *shown), class_="day")
    if ARCHIVE in dict(publication.texts.other_forms):
        yield element("p", element("a", language.text(ALL_PAST), href=ARCHIVE))


def on_days(
    announcements: Iterable[PublicAnnouncement], days: Sequence[date], component: str | None = None
) -> dict[date, list[PublicAnnouncement]]:
    """Return the announcements in progress on each day, the oldest day first.

    With `component`, only those that concern this component count.
    """
    found: dict[date, list[PublicAnnouncement]] = {day: [] for day in days}
    for one in announcements:
        if one.is_planned or one.is_cancelled or (component is not None and not one.concerns(component)):
            continue
        first, last = one.since.date(), one.last_day(days[-1])
        if last < days[0]:
            continue
        for day in (day for day in days if first <= day <= last):
            found[day].append(one)
    return found


def _content(day: date, events: Sequence[PublicAnnouncement], publication: Publication) -> _PastDay:
    ended = tuple(one for one in events if one.is_over and one.last_day(day) == day)
    others = tuple(one for one in events if one not in ended)
    if any(one.kind == INCIDENT for one in events):
        return _PastDay(ended, others)
    if trouble := next((name for name in _TROUBLES if _longest(name, [day], publication)), ""):
        return _PastDay(ended, others, trouble)
    return _PastDay(ended, others, sentence="" if events else _of_quiet_day(day, publication))


def _sentence_of_trouble(trouble: str, days: Sequence[date], publication: Publication) -> str:
    sentence = _TROUBLES[trouble][len(days) > 1]
    return publication.language.text(
        sentence, length=publication.language.duration(_longest(trouble, days, publication))
    )


def _longest(trouble: str, days: Sequence[date], publication: Publication) -> int:
    """Return the most seconds that a chart of the page shows for one of the days."""
    charts = (publication.days, *(one.days for one in publication.components))
    return max((getattr(one, trouble) for chart in charts for one in chart if one.date in days), default=0)


def _of_quiet_day(day: date, publication: Publication) -> str:
    """Return a sentence about a day without downtime and announcements.

    Before the first day with enough evidence, it is "".
    """
    known = {one.date: one for one in publication.days}
    first = next((one.date for one in publication.days if one.uptime is not None), None)
    if first is None or day < first:
        return ""
    language, status = publication.language, publication.decision.status
    is_today = day == publication.now.date()
    if is_today and status is not PlatformStatus.OPERATIONAL and not publication.headline.is_maintenance:
        return language.text(SENTENCES[status.value])
    return language.text(NO_INCIDENTS if _is_known(known.get(day)) else NO_EVIDENCE)


def _is_known(day: Day | None) -> bool:
    return day is not None and day.uptime is not None


def _line(one: PublicAnnouncement, language: Language) -> ET.Element:
    """Return a line about an announcement that is in full further above."""
    title = element("a", theirs("bdi", one.title), href=f"#{anchor(one)}")
    present = {} if one.is_over else {"class_": "now"}
    said = filled(language.text("{title} ({state})"), title=title, state=language.within(one.state))
    return element("p", *said, **present)


def _dates(days: Sequence[date], language: Language) -> str:
    """Return the dates of days in a row, the newest first."""
    first, last = language.day_of_year(days[-1]), language.day_of_year(days[0])
    return last if len(days) == 1 else language.text(SPAN, first=first, last=last)
