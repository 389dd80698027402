# SPDX-License-Identifier: MIT
"""Links between the pages of a publication in its languages, and beside them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from elytra_status.documents.document import Texts
from elytra_status.documents.markup import element


def root_of(texts: Texts, name: str) -> str:
    """Return the relative path from a page to the directory of status.json.

    `name` is the name of the page in the folder of its language.
    """
    return "../" * f"{texts.folder}{name}".count("/")


def alternates(texts: Texts, name: str) -> Iterator[ET.Element]:
    """Yield links to a page in all of its languages, for search engines."""
    base = texts.address or root_of(texts, name)
    for language, folder in texts.pages:
        yield element("link", rel="alternate", hreflang=language.code, href=f"{base}{folder}{name}")
    for _, folder in texts.pages[:1]:
        yield element("link", rel="alternate", hreflang="x-default", href=f"{base}{folder}{name}")


def language_switch(texts: Texts, name: str) -> Iterator[ET.Element]:
    """Yield the switch between the languages of a page, if there are several."""
    items, root = [], root_of(texts, name)
    for language, folder in texts.pages:
        here = {"aria_current": "true"} if language == texts.language else {}
        code = language.code
        items.append(
            element("li", element("a", language.name, href=f"{root}{folder}{name}", lang=code, hreflang=code, **here))
        )
    if items:
        yield element("nav", element("ul", *items), aria_label=texts.language.text("Languages"))
