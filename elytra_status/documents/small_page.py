# SPDX-License-Identifier: MIT
"""The common parts of incident pages and archive, which load nothing."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence

from elytra_status import __version__
from elytra_status.announcements.titles import shortened_title
from elytra_status.documents.appearance import asset, readable
from elytra_status.documents.document import Document, Texts
from elytra_status.documents.facts import Publication
from elytra_status.documents.language_links import alternates, language_switch, root_of
from elytra_status.documents.logo import address_of_logo
from elytra_status.documents.markup import DOCTYPE, direction, element, own_words, serialised, source_hash, theirs
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
    own_titles: Iterable[str] = (),
    made_from: str = "",
    script: str = "",
) -> Document:
    """Return a page with this name in the folder of its language.

    `links` are addresses and texts for its end. `own_titles` are titles that no person has written. `made_from` is the
    checksum of a page of the archive. `script` is at the end of the page, if there is one.
    """
    texts = publication.texts
    style = _style(texts.colour)
    nav = element(
        "nav", *(element("a", words, href=address) for address, words in links), aria_label=texts.language.text("More")
    )
    root = element(
        "html",
        element("head", *_head(publication, name, preview, style, script)),
        element(
            "body",
            _header(texts, name),
            element("main", *content),
            nav,
            *([element("script", script)] if script else []),
        ),
        lang=texts.language.code,
        **direction(texts.language),
    )
    title = writable(f"{preview.title} · {texts.title}")
    own = SENTENCES.union(own_words(root), {DOCTYPE, title, writable(preview.title), *map(writable, own_titles)}) - {""}
    return Document(texts.folder + name, serialised(root), CONTENT_TYPE, texts.cache_control, own, made_from=made_from)


def surroundings(publication: Publication) -> str:
    """Return what a page shows besides its content, for a checksum."""
    texts = publication.texts
    pages = [(language.code, folder) for language, folder in texts.pages]
    logo = address_of_logo(texts) if texts.logo else ""
    shown = (texts.title, texts.address, logo, texts.folder, texts.language.code, pages, texts.cache_control)
    return f"{__version__} {_style(texts.colour)} {shown}"


def _head(publication: Publication, name: str, preview: Preview, style: str, script: str) -> list[ET.Element]:
    texts = publication.texts
    description = writable(shortened_title(preview.description, LONGEST_DESCRIPTION))
    described = [element("meta", name="description", content=description, dir="auto")] if description else []
    allowed = f"script-src {source_hash(script)}; " if script else ""
    allowed += f"style-src {source_hash(style)}; img-src 'self'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    address = texts.address_of(name)
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
    title = element("a", *logo, theirs("bdi", texts.title), href=f"{'../' * name.count('/')}index.html")
    return element("header", title, *language_switch(texts, name))


def _style(colour: str) -> str:
    accents = "".join(f"--accent-on-{ground}:{readable(colour, _GROUNDS[ground])};" for ground in _GROUNDS)
    return f":root{{{accents}}}\n{asset('incident.css')}"
