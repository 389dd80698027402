# SPDX-License-Identifier: MIT
"""index.html, for people: complete without scripts; a script keeps it current.

The page loads nothing from other sites. Its Content-Security-Policy allows its own script and styles by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from urllib.parse import quote

from elytra_status.documents.appearance import COLOURS, DASHES, SHAPES, appearance_of, asset, readable
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.feed import NAME as FEED
from elytra_status.documents.markup import DOCTYPE, Content, element, own_words, serialised, theirs, time_element
from elytra_status.documents.page_announcements import components_links
from elytra_status.documents.page_components import shape
from elytra_status.documents.page_sections import sections
from elytra_status.documents.page_subscribe import subscribe
from elytra_status.documents.page_words import LINKS, OTHER_FORMS, SKIP, SUBSCRIBE
from elytra_status.documents.public_announcements import public_announcements
from elytra_status.documents.words import SENTENCES, own_headline
from elytra_status.model import PlatformStatus
from elytra_status.system.clock import to_text

NAME = "index.html"
CONTENT_TYPE = "text/html; charset=utf-8"
# So many components are named below the headline. The rows below show all.
MOST_NAMED = 4

# The grounds of incidents in page.css. A colour that is readable on them is readable on the page's ground too.
GROUNDS = {"light": "#f6f8fa", "dark": "#171d24"}


def render(publication: Publication) -> list[Document]:
    """Return the page."""
    texts = publication.texts
    style, script = _style(texts.colour), _script()
    root = element(
        "html",
        element("head", *_head(publication, style, script)),
        element(
            "body",
            element("a", SKIP, class_="skip", href="#main"),
            _header(publication),
            element(
                "main", _now(publication), element("div", *sections(publication), id="rest"), id="main", tabindex="-1"
            ),
            _footer(publication),
            _shapes(),
            element("script", script),
        ),
        lang="en",
    )
    titles = {one.title for one in public_announcements(publication) if one.own_title}
    own = SENTENCES.union(own_words(root), own_headline(publication), titles, {DOCTYPE, _title(publication)}) - {""}
    return [Document(NAME, serialised(root), CONTENT_TYPE, texts.cache_control, own)]


def _head(publication: Publication, style: str, script: str) -> list[ET.Element]:
    texts, appearance = publication.texts, appearance_of(publication)
    address = [element("link", rel="canonical", href=texts.address + NAME)] if texts.address else []
    feed = element("link", rel="alternate", type="application/atom+xml", href=FEED)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        theirs("title", _title(publication)),
        element("meta", name="description", content=_description(publication)),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="theme-color", content=COLOURS[appearance]),
        element("meta", name="referrer", content="no-referrer"),
        element("link", rel="icon", href=_icon(appearance)),
        *address,
        *([feed] if FEED in dict(texts.other_forms) else []),
        element("style", style),
    ]


def _title(publication: Publication) -> str:
    """Return the title: headline and name of the platform, for tabs and links."""
    return f"{publication.headline.text} · {publication.texts.title}"


def _description(publication: Publication) -> str:
    now = publication.now
    return f"{publication.headline.text}. Last checked {now.day} {now:%b %Y, %H:%M} UTC."


def _header(publication: Publication) -> ET.Element:
    texts = publication.texts
    logo = [element("img", src=texts.logo, alt="")] if texts.logo else []
    items = [element("li", theirs("a", text, href=address)) for text, address in texts.links]
    if any(subscribe(texts)):
        items.append(element("li", element("a", SUBSCRIBE, href="#channels", id="subscribe-link")))
    nav = [element("nav", element("ul", *items), aria_label=LINKS)] if items else []
    return element("header", element("p", *logo, theirs("span", texts.title, id="title")), *nav)


def _now(publication: Publication) -> ET.Element:
    """Return the part of the page that the script keeps current, with its data."""
    status, headline = publication.decision.status, publication.headline
    until = time_element(publication.stale_after, as_seen_on=publication.now)
    checked = time_element(publication.now)
    holds = ("Last checked ", checked, ". Unknown from ", until, " on.")
    return element(
        "div",
        shape(appearance_of(publication)),
        element("div", theirs("h1", headline.text, id="words"), role="status"),
        element("p", *_affected(publication), id="affected"),
        element("p", *holds, id="when"),
        id="now",
        data_status=appearance_of(publication),
        data_platform=status.value,
        data_code=headline.code,
        data_updated=to_text(publication.now),
        data_stale=to_text(publication.stale_after),
        data_report=quote(publication.texts.status_name),
    )


def _affected(publication: Publication) -> list[Content]:
    """Return sentences that name the affected components, with links to them.

    Components under maintenance have a sentence of their own.
    """
    sentences: list[Content] = []
    wrong = (PlatformStatus.OUTAGE, PlatformStatus.DEGRADED)
    for in_maintenance, one, several in ((False, "is affected", "are affected"), (True, *["under maintenance"] * 2)):
        names = [
            component.name
            for component in publication.components
            if component.status in wrong and component.in_maintenance is in_maintenance
        ]
        if not names:
            continue
        named = components_links(publication, names, MOST_NAMED)
        sentences += [" " if sentences else None, *named, f" {one if len(names) == 1 else several}."]
    return sentences


def _footer(publication: Publication) -> ET.Element:
    texts = publication.texts
    forms = ((quote(texts.status_name), "Status as JSON"), *texts.other_forms)
    items = (element("li", element("a", words, href=address)) for address, words in forms)
    nav = element("nav", element("ul", *items), aria_label=OTHER_FORMS)
    return element("footer", *subscribe(publication.texts), nav)


def _shape(appearance: str) -> tuple[ET.Element, ET.Element]:
    outline, sign = SHAPES[appearance]
    dashes = {"stroke_dasharray": DASHES} if appearance == PlatformStatus.UNKNOWN.value else {}
    return element("path", d=outline, **dashes), element("path", d=sign)


def _shapes() -> ET.Element:
    symbols = (element("symbol", *_shape(appearance), id=appearance) for appearance in SHAPES)
    return element("svg", *symbols, class_="shapes", aria_hidden="true")


def _icon(appearance: str) -> str:
    """Return the icon for the browser's tab as a data: URL."""
    picture = element(
        "svg", *_shape(appearance), xmlns="http://www.w3.org/2000/svg", viewBox="0 0 24 24",
        fill=COLOURS[appearance], stroke="#fff", stroke_width="2",
    )  # fmt: skip
    return "data:image/svg+xml," + quote(ET.tostring(picture).decode(), safe="/:=,")


def _style(colour: str) -> str:
    accents = "".join(f"--accent-on-{ground}:{readable(colour, GROUNDS[ground])};" for ground in GROUNDS)
    return f":root{{{accents}}}\n{asset('page.css')}"


def _script() -> str:
    return f"{{\n{asset('freshness.js')}\n{asset('page_days.js')}\n{asset('page.js')}\n}}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


KIND = DocumentKind(render)
