# SPDX-License-Identifier: MIT
"""What the public reads: one module each, facts in, bytes out.

A module has a `KIND`, whose `render(publication)` returns a list of Documents. To add one, write such a module, and
name it here and in the setting PUBLISH. `status.json` is the last: who reads it may count on all the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from elytra_status.documents import badge, calendar, card, feed, history_json, metrics, page, status_json, statuspage
from elytra_status.documents.document import Document, Texts
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Day, Publication, PublicComponent

# By the word that PUBLISH knows it by.
KINDS: Mapping[str, DocumentKind] = {
    "page": page.KIND,
    "card": card.KIND,
    "badge": badge.KIND,
    "feed": feed.KIND,
    "calendar": calendar.KIND,
    "statuspage": statuspage.KIND,
    "history": history_json.KIND,
}

__all__ = [
    "KINDS",
    "PublicComponent",
    "Day",
    "Document",
    "EarlierDocument",
    "Publication",
    "Texts",
    "digest",
    "links",
    "render_all",
]


@dataclass(frozen=True)
class EarlierDocument:
    """A document as it was published: the time that it bears as that of its last change, and its `digest`."""

    updated: datetime
    digest: str


def digest(document: Document) -> str:
    """Return what tells a document from others, headers included."""
    parts = (document.content_type.encode(), document.cache_control.encode(), document.body)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def links(wanted: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return address and text of the page's link to each of the `wanted` documents that has such a link."""
    return tuple(kind.link for word, kind in KINDS.items() if word in wanted and kind.link)


def render_all(
    publication: Publication, wanted: Collection[str] = (), earlier: Mapping[str, EarlierDocument] | None = None
) -> list[Document]:
    """Return all `wanted` documents in the order of publication. Metrics and status.json are always there.

    A document in which nothing else has changed since it was published `earlier`, by name, bears the time of then.
    """
    documents: list[Document] = []
    for word, kind in KINDS.items():
        if word in wanted:
            rendered = kind.render(publication)
            documents += _settled(rendered, kind.render, publication, earlier or {}) if kind.keeps_time else rendered
    return [*metrics.render(publication), *documents, *status_json.render(publication)]


def _settled(
    rendered: list[Document],
    render: Callable[[Publication], list[Document]],
    publication: Publication,
    earlier: Mapping[str, EarlierDocument],
) -> list[Document]:
    """Return documents as they were published earlier, where nothing but their own time differs."""
    before = {document.name: earlier[document.name] for document in rendered if document.name in earlier}
    times = {one.updated for one in before.values() if one.updated <= publication.now}
    as_then = {time: {each.name: each for each in render(replace(publication, updated=time))} for time in times}
    settled = []
    for document in rendered:
        one = before.get(document.name)
        then = as_then.get(one.updated, {}).get(document.name) if one else None
        settled.append(then if one and then and digest(then) == one.digest else document)
    return settled
