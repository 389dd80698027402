# SPDX-License-Identifier: MIT
"""og.png: the picture that programs show beside a link to the page. Pure.

The picture is drawn elsewhere, and only if it shows something new. Its bytes cannot be searched for leaks: the texts
that it shows are searched instead.
"""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from elytra_status.documents.appearance import appearance_of
from elytra_status.documents.document import Document
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.words import SENTENCES, own_headline

NAME = "og.png"
CONTENT_TYPE = "image/png"


class Subject(NamedTuple):
    """What a picture shows.

    `appearance` is a key of COLOURS, `colour` is #rrggbb, and `logo` is the data: URL of a logo, '' for none.
    """

    title: str
    headline: str
    appearance: str
    colour: str
    logo: str

    def fingerprint(self, *more: object) -> str:
        """Return a checksum of the subject, and of whatever else the picture depends on."""
        return hashlib.sha256(json.dumps([*self, *more]).encode()).hexdigest()


def subject_of(publication: Publication) -> Subject:
    """Return what the picture of a publication shows."""
    texts = publication.texts
    return Subject(
        _drawable(texts.title),
        _drawable(publication.headline.text),
        appearance_of(publication),
        texts.colour,
        texts.logo,
    )


def render(publication: Publication) -> list[Document]:
    """Return the picture, and nothing if none was drawn."""
    if publication.preview is None:
        return []
    subject = subject_of(publication)
    own_words = SENTENCES.union(own_headline(publication), {subject.headline})
    texts = tuple(text for text in (subject.title, subject.headline) if text)
    cache = publication.texts.cache_control
    return [Document(NAME, publication.preview.body, CONTENT_TYPE, cache, own_words, kept=True, drawn=texts)]


def _drawable(text: str) -> str:
    """Return a text on one line, without characters that have no shape."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


KIND = DocumentKind(render)
