# SPDX-License-Identifier: MIT
"""The page as its HTML says it, for tests without a browser."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

from elytra_status import leak_guard
from elytra_status.documents import Document, Publication, page
from elytra_status.leak_guard import Private
from elytra_status.model import PlatformStatus

STATUSES = list(PlatformStatus)
NOTHING = Private({}, frozenset(), frozenset(), frozenset())
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>%s</title><path d="M0 0h9v9"/></svg>'


def html(value: Publication) -> str:
    *_, document = page.render(value)
    return document.body.decode()


class TextsOfPage(HTMLParser):
    """The texts of a page without its script and styles, and its elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style") and data.strip():
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def read(value: Publication) -> str:
    return " ".join(TextsOfPage(html(value)).texts)


def found_by_guard(document: Document, guard: Private) -> list[leak_guard.Leak]:
    return leak_guard.search(document.name, document.body, document.content_type, document.own_words, guard)
