# SPDX-License-Identifier: MIT
"""The common parts of incident pages and archive: no scripts, nothing loaded."""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence

from elytra_status.announcements.titles import shortened_title
from elytra_status.documents.appearance import asset, readable
from elytra_status.documents.document import Document, Texts
from elytra_status.documents.facts import Publication
from elytra_status.documents.language_links import alternates, language_switch, root_of
from elytra_status.documents.logo import address_of_logo
from elytra_status.documents.markup import DOCTYPE, direction, element, own_words, serialised, theirs
from elytra_status.documents.preview_tags import LONGEST_DESCRIPTION, Preview, preview_tags
from elytra_status.documents.words import SENTENCES, writable

CONTENT_TYPE = "text/html; charset=utf-8"
# The grounds in incident.css, on which the accent must be readable.
_GROUNDS = {"light": "#ffffff", "dark": "#0f1318"}


def small_page(
    publication: Publication,
    name: str,
    preview: Preview,
    content: Sequence[ET.Element],
    links: Iterable[tuple[str, str]],
    *,
    archived: bool,
    own_titles: Iterable[str] = (),
) -> Document:
    """Return a page with this name in the folder of its language.

    `links` are addresses and texts for its end. `own_titles` are titles that no person has written.
    """
    texts = publication.texts
    style = _style(texts.colour)
    nav = element(
        "nav", *(element("a", words, href=address) for address, words in links), aria_label=texts.language.text("More")
    )
    root = element(
        "html",
        element("head", *_head(publication, name, preview, style)),
        element("body", _header(texts, name), element("main", *content), nav),
        lang=texts.language.code,
        **direction(texts.language),
    )
    title = writable(f"{preview.title} · {texts.title}")
    own = SENTENCES.union(own_words(root), {DOCTYPE, title, writable(preview.title), *map(writable, own_titles)}) - {""}
    return Document(texts.folder + name, serialised(root), CONTENT_TYPE, texts.cache_control, own, archived=archived)


def _head(publication: Publication, name: str, preview: Preview, style: str) -> list[ET.Element]:
    texts = publication.texts
    description = writable(shortened_title(preview.description, LONGEST_DESCRIPTION))
    described = [element("meta", name="description", content=description, dir="auto")] if description else []
    policy = f"default-src 'none'; style-src {_hash(style)}; img-src 'self'; base-uri 'none'; form-action 'none'"
    address = f"{texts.address}{texts.folder}{name}" if texts.address else ""
    return [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        theirs("title", f"{preview.title} · {texts.title}"),
        *described,
        *preview_tags(publication, name, preview, "article" if description else "website"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        *([element("link", rel="canonical", href=address)] if address else []),
        *alternates(texts, name),
        element("style", style),
    ]


def _header(texts: Texts, name: str) -> ET.Element:
    logo = [element("img", src=root_of(texts, name) + address_of_logo(texts), alt="")] if texts.logo else []
    title = element("a", *logo, theirs("span", texts.title), href=f"{'../' * name.count('/')}index.html")
    return element("header", title, *language_switch(texts, name))


def _style(colour: str) -> str:
    accents = "".join(f"--accent-on-{ground}:{readable(colour, _GROUNDS[ground])};" for ground in _GROUNDS)
    return f":root{{{accents}}}\n{asset('incident.css')}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
