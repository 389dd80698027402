# SPDX-License-Identifier: MIT
"""The tags by which programs show a preview of a link: Open Graph and Twitter."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import NamedTuple

from elytra_status.announcements.titles import shortened_title
from elytra_status.documents.document import PREVIEW_SIZE
from elytra_status.documents.facts import Publication
from elytra_status.documents.markup import element
from elytra_status.documents.preview_picture import NAME
from elytra_status.documents.words import writable
from elytra_status.locale import Language

# In characters. Programs that show a preview cut off longer descriptions.
LONGEST_DESCRIPTION = 200
# In digits of the checksum. Another picture has another address, because programs keep pictures for days.
_VERSION = 8


class Preview(NamedTuple):
    """What programs show for a link to a page.

    The title is made of texts that were searched; the description is a text of a person. The picture shows the present,
    so that a page about the past has none.
    """

    title: str
    description: str = ""
    has_picture: bool = False


def preview_tags(publication: Publication, name: str, preview: Preview, kind: str) -> list[ET.Element]:
    """Return the tags of the page with this name in the folder of its language.

    `kind` is website or article.
    """
    texts = publication.texts
    description = writable(shortened_title(preview.description, LONGEST_DESCRIPTION))
    address = texts.address_of(name)
    picture = picture_tags(publication) if preview.has_picture else []
    return [
        element("meta", property="og:title", content=writable(preview.title), dir="auto"),
        *([element("meta", property="og:description", content=description, dir="auto")] if description else []),
        element("meta", property="og:site_name", content=writable(texts.title), dir="auto"),
        element("meta", property="og:type", content=kind),
        locale_tag(texts.language),
        *([element("meta", property="og:url", content=address)] if address else []),
        *(picture or [element("meta", name="twitter:card", content="summary")]),
    ]


def locale_tag(language: Language) -> ET.Element:
    """Return the tag of the language of a page."""
    return element("meta", property="og:locale", content=language.with_territory)


def picture_tags(publication: Publication) -> list[ET.Element]:
    """Return the tags of the picture.

    Without an absolute address, no program would find it.
    """
    texts, picture = publication.texts, publication.preview
    if not texts.address or picture is None:
        return []
    width, height = map(str, PREVIEW_SIZE)
    values = (
        ("og:image", f"{texts.address}{NAME}?v={picture.drawn_from[:_VERSION]}"),
        ("og:image:width", width),
        ("og:image:height", height),
        ("og:image:alt", writable(publication.headline.text)),
    )
    tags = [element("meta", property=name, content=content) for name, content in values]
    return [*tags, element("meta", name="twitter:card", content="summary_large_image")]
