# SPDX-License-Identifier: MIT
"""card.js: the element `<elytra-status src="…/status.json">` for any website.

The file is the same in every run, and depends on LANGUAGE alone: it reads status.json and judges it as the page does.
"""

from __future__ import annotations

import json
from functools import cache

from elytra_status.documents.appearance import SHAPES, asset, freshness_script
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.script_texts import card_texts
from elytra_status.locale import Language

NAME = "card.js"
CONTENT_TYPE = "text/javascript"


def render(publication: Publication) -> list[Document]:
    """Return the script."""
    script = _script(publication.language)
    # All of it is the program's own.
    own_words = frozenset({script})
    return [Document(NAME, script.encode("ascii"), CONTENT_TYPE, publication.texts.cache_control, own_words)]


@cache
def _script(language: Language) -> str:
    texts = json.dumps(card_texts(language), separators=(",", ":"))
    style, shapes = asset("card.css").replace("\n", ""), json.dumps(SHAPES, separators=(",", ":"))
    given = f"const STYLE = {json.dumps(style)};\nconst SHAPES = {shapes};\nconst TEXTS = {texts};"
    parts = (given, freshness_script(), asset("card.js"))
    # Websites include it as a classic script, so its names must not become global.
    return "\n".join(("/*! elytra-status, MIT */", "(() => {", '"use strict";', *parts, "})();", ""))


KIND = DocumentKind(render)
