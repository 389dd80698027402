# SPDX-License-Identifier: MIT
"""index.html, for people: complete without scripts; a script keeps it current.

The page loads nothing from other sites. Its Content-Security-Policy allows its own script and styles by their hashes.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from urllib.parse import quote

from elytra_status.documents.appearance import (
    COLOURS,
    DASHES,
    SHAPES,
    appearance_of,
    asset,
    freshness_script,
    readable,
)
from elytra_status.documents.document import PAGE, Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.feed import NAME as FEED
from elytra_status.documents.incident_addresses import ARCHIVE
from elytra_status.documents.language_links import alternates, language_switch
from elytra_status.documents.logo import address_of_logo, logo_documents
from elytra_status.documents.markup import (
    DOCTYPE,
    Content,
    direction,
    element,
    filled,
    long_words,
    own_words,
    serialised,
    source_hash,
    theirs,
)
from elytra_status.documents.page_announcements import components_links
from elytra_status.documents.page_components import shape
from elytra_status.documents.page_sections import sections
from elytra_status.documents.page_subscribe import subscribe
from elytra_status.documents.page_words import LINKS, OTHER_FORMS, SKIP, SUBSCRIBE
from elytra_status.documents.preview_tags import locale_tag, picture_tags
from elytra_status.documents.public_announcements import public_announcements
from elytra_status.documents.script_names import with_short_names
from elytra_status.documents.script_texts import script_texts
from elytra_status.documents.validity import validity
from elytra_status.documents.words import SENTENCES, own_headline, writable
from elytra_status.locale import to_translate
from elytra_status.model import PlatformStatus
from elytra_status.system.clock import to_text

NAME = PAGE
CONTENT_TYPE = "text/html; charset=utf-8"
# So many components are named below the headline. The rows below show all.
MOST_NAMED = 4

# The grounds of incidents in page.css. A colour that is readable on them is readable on the page's ground too.
GROUNDS = {"light": "#f6f8fa", "dark": "#171d24"}


def render(publication: Publication) -> list[Document]:
    """Return the page in each of its languages, and the logo that it shows."""
    return [*logo_documents(publication.texts), *map(_page, publication.in_each_language)]


def _page(publication: Publication) -> Document:
    texts, language = publication.texts, publication.language
    style, script = _style(texts.colour), _script(publication)
    root = element(
        "html",
        element("head", *_head(publication, style, script)),
        element(
            "body",
            element("a", language.text(SKIP), class_="skip", href="#main"),
            _header(publication),
            element(
                "main", _now(publication), element("div", *sections(publication), id="rest"), id="main", tabindex="-1"
            ),
            _footer(publication),
            _shapes(),
            element("script", script),
        ),
        lang=language.code,
        **direction(language),
    )
    titles = {one.title for one in public_announcements(publication) if one.own_title}
    own = SENTENCES.union(own_words(root), own_headline(publication), titles, {DOCTYPE, _title(publication)}) - {""}
    return Document(texts.folder + NAME, serialised(root), CONTENT_TYPE, texts.cache_control, own)


def _head(publication: Publication, style: str, script: str) -> list[ET.Element]:
    texts, appearance = publication.texts, appearance_of(publication)
    address = [element("link", rel="canonical", href=texts.page_address)] if texts.page_address else []
    feed = element("link", rel="alternate", type="application/atom+xml", href=texts.up + FEED)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {source_hash(script)}",
            f"style-src {source_hash(style)}",
            "img-src 'self' data:",
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
        *alternates(texts, NAME),
        *_preview(publication),
        *([feed] if FEED in dict(texts.other_forms) else []),
        element("style", style),
    ]


def _title(publication: Publication) -> str:
    """Return the title: headline and name of the platform, for tabs and links."""
    return f"{publication.headline.text} · {publication.texts.title}"


def _preview(publication: Publication) -> list[ET.Element]:
    """Return the tags for a preview with a picture, as few as possible.

    Programs take the rest from title and description.
    """
    picture = picture_tags(publication)
    title = element("meta", property="og:title", content=writable(publication.headline.text))
    return [title, locale_tag(publication.language), *picture] if picture else []


def _description(publication: Publication) -> str:
    language = publication.language
    return language.text(
        "{headline}. Last checked {moment}.",
        headline=publication.headline.text,
        moment=language.moment(publication.now),
    )


def _header(publication: Publication) -> ET.Element:
    texts, language = publication.texts, publication.language
    logo = [element("img", src=address_of_logo(texts), alt="")] if texts.logo else []
    items = [element("li", theirs("a", text, href=address)) for text, address in texts.links]
    if any(subscribe(texts)):
        items.append(element("li", element("a", language.text(SUBSCRIBE), href="#channels", id="subscribe-link")))
    nav = [element("nav", element("ul", *items), aria_label=language.text(LINKS))] if items else []
    title = element("p", *logo, theirs("bdi", texts.title, id="title"))
    return element("header", title, *nav, *language_switch(texts, NAME))


def _now(publication: Publication) -> ET.Element:
    """Return the part of the page that the script keeps current, with its data."""
    status, headline = publication.decision.status, publication.headline
    return element(
        "div",
        shape(appearance_of(publication)),
        element(
            "div", element("h1", theirs("bdi", headline.text, id="words"), **long_words(headline.text)), role="status"
        ),
        element("p", *_affected(publication), id="affected", **long_words(headline.text)),
        element("p", *validity(publication), id="when"),
        id="now",
        data_status=appearance_of(publication),
        data_platform=status.value,
        data_code=headline.code,
        data_updated=to_text(publication.now),
        data_stale=to_text(publication.stale_after),
        data_report=publication.texts.up + quote(publication.texts.status_name),
    )


def _affected(publication: Publication) -> list[Content]:
    """Return sentences that name the affected components, with links to them.

    Components under maintenance have a sentence of their own.
    """
    sentences: list[Content] = []
    language = publication.language
    wrong = (PlatformStatus.OUTAGE, PlatformStatus.DEGRADED)
    for in_maintenance in (False, True):
        names = [
            component.name
            for component in publication.components
            if component.status in wrong and component.in_maintenance is in_maintenance
        ]
        if not names:
            continue
        named = components_links(publication, names, MOST_NAMED)
        if in_maintenance:
            sentence = language.count("{names} under maintenance.", "{names} under maintenance.", len(names))
        else:
            sentence = language.count("{names} is affected.", "{names} are affected.", len(names))
        sentences += [" " if sentences else None, *filled(sentence, names=named)]
    return sentences


def _footer(publication: Publication) -> ET.Element:
    texts, language = publication.texts, publication.language
    forms = ((quote(texts.status_name), to_translate("Status as JSON")), *texts.other_forms)
    # The pages of incidents are in the folder of each page.
    hrefs = (address if address == ARCHIVE else texts.up + address for address, _ in forms)
    items = (
        element("li", element("a", language.text(words), href=href))
        for href, (_, words) in zip(hrefs, forms, strict=True)
    )
    nav = element("nav", element("ul", *items), aria_label=language.text(OTHER_FORMS))
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


def _script(publication: Publication) -> str:
    texts = json.dumps(script_texts(publication), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    script = with_short_names(f"{freshness_script()}\n{asset('page_days.js')}\n{asset('page.js')}")
    return f"{{\nconst TEXTS={texts};\n{script}\n}}"


KIND = DocumentKind(render)
