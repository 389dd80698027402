# SPDX-License-Identifier: MIT
"""The sections of the page below the status: what is going on, uptime, components, backups, the past, the platform."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction

from elytra_status.decision.notices import MAINTENANCE_TEXT
from elytra_status.documents import page_days
from elytra_status.documents.appearance import appearance_of
from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.documents.markup import element, moment, theirs
from elytra_status.documents.words import LABELS, uptime
from elytra_status.model import BackupStatus, Incident, Maintenance, PlatformStatus
from elytra_status.system.clock import for_people, to_text

# What is over is told with the newest first, and no more than this: a page is not an archive.
MOST_PAST = 20

_WINDOWS = {"last_24h": "24 hours", "last_7d": "7 days", "last_30d": "30 days", "last_90d": "90 days"}
# How the backups are shown: like which status, and in which words.
_BACKUPS = {
    BackupStatus.SUCCESS: (PlatformStatus.OPERATIONAL, "Up to date"),
    BackupStatus.WARNING: (PlatformStatus.DEGRADED, "Late"),
    BackupStatus.FAILED: (PlatformStatus.OUTAGE, "Failed"),
    BackupStatus.UNKNOWN: (PlatformStatus.UNKNOWN, "Unknown"),
}


def sections(publication: Publication) -> Iterator[ET.Element]:
    """Yield every section that there is something to tell in."""
    yield from _section("Incidents and maintenance", list(_present(publication)))
    yield from _section(
        "Planned maintenance", [_of_window(one, "Maintenance") for one in publication.maintenance_to_come]
    )
    yield from _section("Uptime", list(_uptime(publication)))
    yield from _section("Components", list(_components(publication)))
    yield from _section("Backups", list(_backups(publication)))
    yield from _section("Past incidents and maintenance", list(_past(publication)))
    yield from _section("The platform", list(_infrastructure(publication)))


def shape(appearance: str, **attributes: str) -> ET.Element:
    """Return the picture that tells apart how things look without their colour."""
    return element("svg", element("use", href=f"#{appearance}"), aria_hidden="true", viewBox="0 0 24 24", **attributes)


def _section(heading: str, content: list[ET.Element]) -> Iterator[ET.Element]:
    if content:
        yield element("section", element("h2", heading), *content)


def _state(appearance: str, words: str) -> ET.Element:
    return element(
        "span", shape(appearance), element("span", words, class_="word"), class_="state", data_status=appearance
    )


def _present(publication: Publication) -> Iterator[ET.Element]:
    for notice in publication.decision.notices:
        if notice.kind == "override":
            yield element("article", theirs("p", notice.text), class_="open")
    for incident in publication.open_incidents:
        yield _of_incident(incident, "Incident")
    for window in publication.current_maintenance:
        yield _of_window(window, "Maintenance")
    if any(notice.text == MAINTENANCE_TEXT for notice in publication.decision.notices):
        yield element("article", element("p", MAINTENANCE_TEXT), class_="open")


def _of_incident(incident: Incident, heading: str) -> ET.Element:
    told = []
    for update in reversed(incident.updates):
        told.append(element("div", moment(update.time), theirs("p", update.text), class_="said"))
    kind = {} if incident.resolved else {"class": "open"}
    return element("article", element("h3", heading), *told, **kind)


def _of_window(window: Maintenance, heading: str, *, is_over: bool = False) -> ET.Element:
    span = element("p", moment(window.since), " to ", moment(window.until), class_="soft")
    kind = {} if is_over else {"class": "open work"}
    concerns = [theirs("p", ", ".join(window.components), class_="soft")] if window.components else []
    return element("article", element("h3", heading), span, *concerns, theirs("p", window.text), **kind)


def _past(publication: Publication) -> Iterator[ET.Element]:
    over: list[tuple[datetime, str, ET.Element]] = []
    for incident in publication.past_incidents:
        assert incident.resolved
        over.append((incident.resolved, incident.identifier, _of_incident(incident, "Incident, resolved")))
    for window in publication.past_maintenance:
        article = _of_window(window, "Maintenance, completed", is_over=True)
        over.append((window.until, window.identifier, article))
    over.sort(key=lambda one: one[:2], reverse=True)
    yield from (article for _, _, article in over[:MOST_PAST])


def _uptime(publication: Publication) -> Iterator[ET.Element]:
    found = uptime(publication)
    figures = (
        element("div", element("dt", words), element("dd", _percent(found[window])))
        for window, words in _WINDOWS.items()
    )
    yield element("dl", *figures, class_="figures")
    yield from _bars(publication)
    if table := page_days.table(publication):
        yield page_days.key()
        yield table
    else:
        yield element("p", "There is no record of the past days yet.", class_="soft said")


def _bars(of: Publication | PublicComponent) -> Iterator[ET.Element]:
    if of.days:
        yield page_days.bars(of.days)
        ends = (element("span", words, aria_hidden="true") for words in (f"{len(of.days)} days ago", "today"))
        yield element("p", *ends, class_="ends soft")


def _components(publication: Publication) -> Iterator[ET.Element]:
    rows = []
    for component in publication.components:
        words = "Maintenance" if component.in_maintenance else LABELS[component.status]
        row = element("div", theirs("h3", component.name), _state(appearance_of(component), words), class_="row")
        bars = list(_bars(component))
        if bars and component.last_90d is not None:
            (_, ends) = bars
            ends.insert(1, element("span", f"{_share(component.last_90d)} up"))
        rows.append(element("li", row, *bars))
    if rows:
        yield element("ul", *rows, class_="parts")


def _backups(publication: Publication) -> Iterator[ET.Element]:
    backups, texts = publication.decision.backups, publication.texts
    like, words = _BACKUPS[backups.status]
    yield element("p", _state(like.value, words))
    if texts.backup_policy:
        yield theirs("p", texts.backup_policy)
    rows = []
    for term, time in (
        ("All is backed up as of", backups.last_successful_backup),
        ("Newest backup", backups.last_backup),
    ):
        if time:
            age = f"{for_people((publication.now - time).total_seconds())} before this report"
            told = element("dd", moment(time), ", ", element("span", age, data_since=to_text(time)))
            rows += [element("dt", term), told]
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


def _share(share: Fraction) -> str:
    return _percent(float(Fraction(int(share * 100_000), 1000)))


def _percent(percent: float | None) -> str:
    return "not known" if percent is None else f"{percent:g}%"
