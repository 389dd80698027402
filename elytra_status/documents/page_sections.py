# SPDX-License-Identifier: MIT
"""The sections of the page below the status, most urgent first."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from elytra_status.documents import page_announcements, page_days, page_past, page_tables
from elytra_status.documents.facts import Publication
from elytra_status.documents.markup import element, filled, theirs, time_element
from elytra_status.documents.page_components import chart_with_ends, components, state
from elytra_status.documents.page_words import BACKUPS, NOT_RECORDED, WINDOWS
from elytra_status.locale import to_translate


def sections(publication: Publication) -> Iterator[ET.Element]:
    """Yield each section that has content."""

    def section(heading: str, content: list[ET.Element]) -> Iterator[ET.Element]:
        if content:
            yield element("section", element("h2", publication.language.text(heading)), *content)

    yield from section(
        to_translate("Incidents and maintenance"), list(page_announcements.announcements_in_force(publication))
    )
    yield from section(to_translate("Planned maintenance"), list(page_announcements.planned(publication)))
    rows = list(components(publication))
    has_charts = any(one.days for one in publication.components)
    yield from section(
        to_translate("Components"), [*rows, *([page_days.legend(publication.language)] if has_charts else [])]
    )
    yield from section(to_translate("Uptime"), list(_uptime(publication, has_legend=has_charts)))
    yield from section(to_translate("Backups"), list(_backups(publication)))
    yield from section(to_translate("Past incidents and maintenance"), list(page_past.past(publication)))
    yield from section(to_translate("The platform"), list(_infrastructure(publication)))


def _uptime(publication: Publication, *, has_legend: bool) -> Iterator[ET.Element]:
    language = publication.language
    ratios = {**vars(publication.decision.uptime), "last_90d": publication.last_90d}
    known = {WINDOWS[window]: ratio for window, ratio in ratios.items() if ratio is not None}
    if known:
        figures = (
            element("span", *filled(language.text(window), percent=element("b", language.percent(ratio))))
            for window, ratio in known.items()
        )
        yield element("p", *figures, class_="figures now")
    since = next((day.date for day in publication.days if day.observed), None)
    if since is None:
        yield element("p", language.text(NOT_RECORDED), class_="soft")
    elif len(known) < len(WINDOWS):
        yield element("p", language.text("Recorded since {day}.", day=language.day(since)), class_="soft")
    yield from chart_with_ends(publication, language)
    if publication.days and not has_legend:
        yield page_days.legend(publication.language)
    yield from page_tables.tables(publication)


def _backups(publication: Publication) -> Iterator[ET.Element]:
    backups, texts, language = publication.decision.backups, publication.texts, publication.language
    like, words = BACKUPS[backups.status]
    yield element("p", state(like.value, language.text(words)))
    if texts.backup_policy:
        yield theirs("p", texts.backup_policy)
    rows = []
    for term, time in (
        (to_translate("Everything is backed up as of"), backups.last_successful_backup),
        (to_translate("Newest backup"), backups.last_backup),
    ):
        if time:
            age = page_announcements.age(time, publication)
            said = filled(language.text("{moment}, {age}"), moment=time_element(time, language), age=age)
            rows += [element("dt", language.text(term)), element("dd", *said)]
    if rows:
        yield element("dl", *rows, class_="facts")


def _infrastructure(publication: Publication) -> Iterator[ET.Element]:
    texts = publication.texts
    for text in (texts.infrastructure_model, texts.infrastructure_notes):
        if text:
            yield theirs("p", text)
    if texts.infrastructure_regions:
        listed = theirs("dd", texts.language.listed(texts.infrastructure_regions))
        yield element("dl", element("dt", texts.language.text("Regions")), listed, class_="facts")
