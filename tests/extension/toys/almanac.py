# SPDX-License-Identifier: MIT
"""A toy document: an almanac about the platform."""

from __future__ import annotations

from elytra_status.documents.document import Document, Subscription
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Publication
from elytra_status.documents.words import json_document

NAME = "almanac.json"


def render(published: Publication) -> list[Document]:
    """Return the document."""
    texts = published.texts
    sayings = [texts.infrastructure_notes, texts.infrastructure_model, texts.backup_policy]
    content = {"outlook": published.headline.text, "sayings": sayings}
    return [json_document(NAME, content, published)]


KIND = DocumentKind(render, link=(NAME, "Almanac"), subscriptions=(Subscription("Sayings", NAME),))
