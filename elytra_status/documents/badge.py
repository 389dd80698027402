# SPDX-License-Identifier: MIT
"""Badges: badge.svg and badge.json of the platform, and a picture per component.

Wikis and readmes show the pictures, and shields.io draws badge.json. A picture cannot notice that it is old:
with BADGE_TIME, badges show the time of their status.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from unicodedata import bidirectional, east_asian_width

from elytra_status.documents.appearance import COLOURS, appearance_of
from elytra_status.documents.component_names import name_beside
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.documents.words import component_state, json_document, markup_of, writable
from elytra_status.locale import to_translate
from elytra_status.model import PlatformStatus

LABEL = to_translate("status")
_LABEL_COLOUR = "#24292f"
_HEIGHT = 20
_CHARACTER = 6.4
# Chinese, Japanese and Korean letters, which are as wide as the font is high.
_WIDE_CHARACTER = 11
_PADDING = 8
# The radius of the corners for each BADGE_STYLE.
_RADIUS = {"flat": "3", "flat-square": "0"}


def render(publication: Publication) -> list[Document]:
    """Return the badges of the platform and of all components."""
    texts, label = publication.texts, publication.language.text(LABEL)
    colour = COLOURS[appearance_of(publication)]
    message = _with_time(writable(publication.headline.text), publication)
    endpoint = {
        "schemaVersion": 1,
        "label": label,
        "message": message,
        "color": colour,
        "style": texts.badge_style,
        # With this, no client paints the badge green.
        "isError": publication.decision.status is PlatformStatus.UNKNOWN,
        "cacheSeconds": max(300, int(texts.cache_max_age.total_seconds())),
    }
    picture = _picture(label, message, colour, texts.badge_style)
    # All of it is the program's own.
    own_words = frozenset(markup_of(picture) | set(picture.itertext()))
    return [
        _document("badge.svg", picture, own_words, publication),
        json_document("badge.json", endpoint, publication, (label, message, colour, texts.badge_style)),
        *_of_components(publication),
    ]


def _of_components(publication: Publication) -> Iterator[Document]:
    for one in publication.components:
        message = _with_time(component_state(one.status, one.in_maintenance, publication.language), publication)
        name = writable(one.name)
        picture = _picture(name, message, COLOURS[appearance_of(one)], publication.texts.badge_style)
        # The name of the component is searched on its own.
        own_words = frozenset((markup_of(picture) | set(picture.itertext())) - {name})
        yield _document(_name(publication, one), picture, own_words, publication)


def _name(publication: Publication, component: PublicComponent) -> str:
    return name_beside(publication, component, "svg")


def _document(name: str, picture: ET.Element, own_words: frozenset[str], publication: Publication) -> Document:
    body = ET.tostring(picture, encoding="utf-8") + b"\n"
    return Document(name, body, "image/svg+xml", publication.texts.cache_control, own_words)


def _with_time(message: str, publication: Publication) -> str:
    return f"{message} · {_moment(publication.now)}" if publication.texts.badge_time else message


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _picture(label: str, message: str, colour: str, style: str) -> ET.Element:
    left, right = (_width(text) + 2 * _PADDING for text in (label, message))
    whole = f"{label}: {message}"
    size = {"width": str(left + right), "height": str(_HEIGHT), "viewBox": f"0 0 {left + right} {_HEIGHT}"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "role": "img", "aria-label": whole})
    ET.SubElement(root, "title").text = whole
    box, radius = {"y": "0", "height": str(_HEIGHT)}, _RADIUS[style]
    ET.SubElement(root, "rect", {"x": "0", "width": str(left + right), **box, "rx": radius, "fill": colour})
    ET.SubElement(root, "rect", {"x": "0", "width": str(left), **box, "rx": radius, "fill": _LABEL_COLOUR})
    ET.SubElement(root, "rect", {"x": str(left - 3), "width": "3", **box, "fill": _LABEL_COLOUR})
    font = {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,sans-serif", "font-size": "11"}
    group = ET.SubElement(root, "g", {**font, "aria-hidden": "true"})
    for start, width, text in ((0, left, label), (left, right, message)):
        # The text is as wide as its box in any font.
        attributes = {"x": str(start + _PADDING), "y": "14", "textLength": str(width - 2 * _PADDING)}
        if any(map(_is_joined, text)):
            # Space between joined letters would tear them apart.
            attributes["lengthAdjust"] = "spacingAndGlyphs"
        ET.SubElement(group, "text", attributes).text = text
    return root


def _width(text: str) -> int:
    return round(sum(_WIDE_CHARACTER if east_asian_width(one) in "WF" else _CHARACTER for one in text))


def _is_joined(letter: str) -> bool:
    return bidirectional(letter) == "AL"


KIND = DocumentKind(render)
