# SPDX-License-Identifier: MIT
"""The sections of the page below the status, most urgent first."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from elytra_status.documents import page_announcements, page_days, page_tables
from elytra_status.documents.facts import Publication
from elytra_status.documents.markup import Content, element, theirs, time_element
from elytra_status.documents.page_components import chart_with_ends, components, state
from elytra_status.documents.page_words import BACKUPS, NOT_RECORDED, WINDOWS, percent_text


def sections(publication: Publication) -> Iterator[ET.Element]:
    """Yield each section that has content."""
    yield from _section("Incidents and maintenance", list(page_announcements.announcements_in_force(publication)))
    yield from _section("Planned maintenance", list(page_announcements.planned(publication)))
    rows = list(components(publication))
    has_charts = any(one.days for one in publication.components)
    yield from _section("Components", [*rows, *([page_days.legend()] if has_charts else [])])
    yield from _section("Uptime", list(_uptime(publication, has_legend=has_charts)))
    yield from _section("Backups", list(_backups(publication)))
    yield from _section("Past incidents and maintenance", list(page_announcements.past(publication)))
    yield from _section("The platform", list(_infrastructure(publication)))


def _section(heading: str, content: list[ET.Element]) -> Iterator[ET.Element]:
    if content:
        yield element("section", element("h2", heading), *content)


def _uptime(publication: Publication, *, has_legend: bool) -> Iterator[ET.Element]:
    ratios = {**vars(publication.decision.uptime), "last_90d": publication.last_90d}
    known = {WINDOWS[window]: ratio for window, ratio in ratios.items() if ratio is not None}
    if known:
        figures = (element("span", element("b", percent_text(ratio)), f" in {name}") for name, ratio in known.items())
        yield element("p", *figures, class_="figures now")
    since = next((day.date for day in publication.days if day.observed), None)
    if since is None:
        yield element("p", NOT_RECORDED, class_="soft")
    elif len(known) < len(WINDOWS):
        yield element("p", f"Recorded since {since.day} {since:%b %Y}.", class_="soft")
    yield from chart_with_ends(publication)
    if publication.days and not has_legend:
        yield page_days.legend()
    yield from page_tables.tables(publication)


def _backups(publication: Publication) -> Iterator[ET.Element]:
    backups, texts = publication.decision.backups, publication.texts
    like, words = BACKUPS[backups.status]
    yield element("p", state(like.value, words))
    if texts.backup_policy:
        yield theirs("p", texts.backup_policy)
    rows = []
    for term, time in (
        ("All is backed up as of", backups.last_successful_backup),
        ("Newest backup", backups.last_backup),
    ):
        if time:
            said: list[Content] = [time_element(time), ", ", page_announcements.age(time, publication)]
            rows += [element("dt", term), element("dd", *said)]
    if rows:
        yield element("dl", *rows, class_="facts")


def _infrastructure(publication: Publication) -> Iterator[ET.Element]:
    texts = publication.texts
    for text in (texts.infrastructure_model, texts.infrastructure_notes):
        if text:
            yield theirs("p", text)
    if texts.infrastructure_regions:
        listed = theirs("dd", ", ".join(texts.infrastructure_regions))
        yield element("dl", element("dt", "Regions"), listed, class_="facts")
