# SPDX-License-Identifier: MIT
"""badge.svg, for wikis and readmes, and badge.json, which shields.io makes a badge of.

A picture cannot find out that it is old: both say of when they are.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime

from elytra_status.documents.appearance import COLOURS, appearance_of
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.words import json_document, markup_of, writable
from elytra_status.model import PlatformStatus

LABEL = "status"
_LABEL_COLOUR = "#24292f"
_HEIGHT = 20
_CHARACTER = 6.4
_PADDING = 8


def render(publication: Publication) -> list[Document]:
    """Return both."""
    status = publication.decision.status
    colour = COLOURS[appearance_of(publication)]
    message = f"{writable(publication.headline.text)} · {_moment(publication.now)}"
    endpoint = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": colour,
        # So that nobody paints it green.
        "isError": status is PlatformStatus.UNKNOWN,
        "cacheSeconds": max(300, int(publication.texts.cache_max_age.total_seconds())),
    }
    picture = _picture(message, colour)
    body = ET.tostring(picture, encoding="utf-8") + b"\n"
    # Nothing of it comes from anywhere else.
    own_words = frozenset(markup_of(picture) | set(picture.itertext()))
    return [
        Document("badge.svg", body, "image/svg+xml", publication.texts.cache_control, own_words),
        json_document("badge.json", endpoint, publication, (LABEL, message, colour)),
    ]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _picture(message: str, colour: str) -> ET.Element:
    left, right = (round(len(text) * _CHARACTER) + 2 * _PADDING for text in (LABEL, message))
    whole = f"{LABEL}: {message}"
    size = {"width": str(left + right), "height": str(_HEIGHT), "viewBox": f"0 0 {left + right} {_HEIGHT}"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "role": "img", "aria-label": whole})
    ET.SubElement(root, "title").text = whole
    box = {"y": "0", "height": str(_HEIGHT)}
    ET.SubElement(root, "rect", {"x": "0", "width": str(left + right), **box, "rx": "3", "fill": colour})
    ET.SubElement(root, "rect", {"x": "0", "width": str(left), **box, "rx": "3", "fill": _LABEL_COLOUR})
    ET.SubElement(root, "rect", {"x": str(left - 3), "width": "3", **box, "fill": _LABEL_COLOUR})
    font = {"fill": "#fff", "font-family": "Verdana,DejaVu Sans,sans-serif", "font-size": "11"}
    group = ET.SubElement(root, "g", {**font, "aria-hidden": "true"})
    for start, width, text in ((0, left, LABEL), (left, right, message)):
        # Whatever font there is, the text is as wide as its box.
        place = {"x": str(start + _PADDING), "y": "14", "textLength": str(width - 2 * _PADDING)}
        ET.SubElement(group, "text", place).text = text
    return root


KIND = DocumentKind(render)
