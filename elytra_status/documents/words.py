# SPDX-License-Identifier: MIT
"""Words and formats that documents share."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from elytra_status.announcements.incidents import EASED_TEXT, ENDED_TEXT, RESOLVED_TEXT
from elytra_status.decision.notices import MAINTENANCE_TEXT, NO_INCIDENT_TEXT, NO_MAINTENANCE_TEXT, NO_NOTE, PLANNED
from elytra_status.decision.uptimes import percentage
from elytra_status.documents.document import DEFAULT_TITLE, Document
from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.locale import Language, to_translate
from elytra_status.model import Maintenance, Notice, PlatformStatus
from elytra_status.settings.definitions import DEFAULT_INCIDENT_TEXT
from elytra_status.system.clock import to_text

JSON = "application/json"

# Each of these occurs as a whole text only, and is no leak even if a monitor has that name.
LABELS = {
    PlatformStatus.OPERATIONAL: to_translate("Operational"),
    PlatformStatus.DEGRADED: to_translate("Degraded"),
    PlatformStatus.OUTAGE: to_translate("Outage"),
    PlatformStatus.UNKNOWN: to_translate("Unknown"),
}
# The state of a component that is degraded only by announced maintenance.
MAINTENANCE_LABEL = to_translate("Maintenance")
SENTENCES = frozenset(
    {
        DEFAULT_INCIDENT_TEXT,
        EASED_TEXT,
        ENDED_TEXT,
        RESOLVED_TEXT,
        MAINTENANCE_TEXT,
        NO_INCIDENT_TEXT,
        NO_MAINTENANCE_TEXT,
        f"{PLANNED}{NO_MAINTENANCE_TEXT}",
        NO_NOTE,
        DEFAULT_TITLE,
        MAINTENANCE_LABEL,
        *LABELS.values(),
    }
)

_NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")


def json_document(name: str, content: Any, publication: Publication, own_values: Iterable[str] = ()) -> Document:
    """Return a JSON document on one line.

    `own_values` are texts in it that neither a person nor a source has written.
    """
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    body = text.encode("utf-8", "replace") + b"\n"
    own_words = SENTENCES.union(_keys(content), own_headline(publication), own_values)
    return Document(name, body, JSON, publication.texts.cache_control, own_words)


def own_headline(publication: Publication) -> set[str]:
    """Return the headline as own words: its names were searched on their own."""
    return {publication.headline.code, publication.headline.text}


def _keys(content: Any) -> set[str]:
    """Return the names of all fields, which are the program's own."""
    if isinstance(content, dict):
        return set(content).union(*map(_keys, content.values()))
    return set().union(*map(_keys, content)) if isinstance(content, list) else set()


def component_state(status: PlatformStatus, in_maintenance: bool, language: Language) -> str:
    """Return the state of a component in one word."""
    return language.text(MAINTENANCE_LABEL if in_maintenance else LABELS[status])


def translated(text: str, language: Language) -> str:
    """Return a text of an announcement, translated if no person has written it."""
    return language.text(text) if text in SENTENCES else text


def notice_text(notice: Notice, language: Language) -> str:
    """Return the text of a notice; a prefix marks maintenance that has not begun."""
    if notice.kind == "maintenance" and notice.text.startswith(PLANNED):
        text = translated(notice.text.removeprefix(PLANNED), language)
        return language.text("Planned maintenance: {text}", text=text)
    return translated(notice.text, language)


def sentences_in(languages: Iterable[Language]) -> frozenset[str]:
    """Return SENTENCES in English and in some languages."""
    return SENTENCES.union(*({one.text(sentence) for sentence in SENTENCES} for one in languages))


def writable(text: str) -> str:
    """Return a text without characters that XML and HTML cannot represent."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def markup_of(root: ET.Element) -> set[str]:
    """Return the names of all elements and attributes, and the values of attributes."""
    words: set[str] = set()
    for element in root.iter():
        words |= {element.tag, *element.attrib, *element.attrib.values()}
    return words


def time(moment: datetime | None) -> str | None:
    """Return a moment in the format of the contract; None for None."""
    return None if moment is None else to_text(moment)


def percent(ratio: Fraction | None) -> float | None:
    """Return a ratio as a published percentage; None if it is unknown."""
    return None if ratio is None else percentage(ratio)


def announced(window: Maintenance) -> datetime:
    """Return when maintenance was announced.

    If that is not recorded, return the beginning of the day in its identifier.
    """
    if window.announced:
        return window.announced
    if match := re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=-)", window.identifier):
        return datetime.strptime(match[0], "%Y-%m-%d").replace(tzinfo=UTC)
    return window.since


def changed(window: Maintenance, now: datetime) -> datetime:
    """Return when maintenance was last announced, changed, begun or ended."""
    moments = (window.since, window.until, window.changed)
    return max((one for one in moments if one and one <= now), default=min(announced(window), now))


def uptime_percentages(of: Publication | PublicComponent) -> dict[str, float | None]:
    """Return the uptime in percent for each window."""
    found = of.uptime if isinstance(of, PublicComponent) else of.decision.uptime
    ratios = {**vars(found), "last_90d": of.last_90d}
    return {window: percent(ratio) for window, ratio in ratios.items()}
