# SPDX-License-Identifier: MIT
"""The documents for the public: one module for each kind, facts in, bytes out.

A module has a `KIND`, whose `render(publication)` returns a list of Documents. To add a document, write such a module,
and add it to MODULES here and to the setting PUBLISH. `status.json` is the last: its readers may rely on all others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module

from elytra_status.documents import metrics, status_json
from elytra_status.documents.document import Document, Subscription, Texts
from elytra_status.documents.document_kind import DocumentKind
from elytra_status.documents.facts import Day, Publication, PublicComponent

# The module of each kind by its name in PUBLISH, in the order of publication: what others link to comes first. Only
# modules of published documents are imported: the others would take a thirtieth of a run that publishes status.json
# alone.
MODULES = {
    "incidents": "incident_pages",
    "page": "page",
    "card": "card",
    "badge": "badge",
    "feed": "feed",
    "calendar": "calendar",
    "statuspage": "statuspage",
    "history": "history_json",
    "preview": "preview_picture",
}

__all__ = [
    "MODULES",
    "PublicComponent",
    "Day",
    "Document",
    "EarlierDocument",
    "Publication",
    "Texts",
    "body_digest",
    "document_digest",
    "links",
    "render_all",
    "subscriptions",
]


@dataclass(frozen=True)
class EarlierDocument:
    """A document as an earlier run published it.

    `updated` is the time of its last change, and `digest` that of its content. `tag` is its tag at the storage, '' if
    that is not known. `body` is None if the bytes were not kept. `of_body` is the `body_digest`, and `made_from` that
    of the Document, each '' if an earlier version published it.
    """

    updated: datetime
    digest: str
    tag: str = ""
    body: bytes | None = None
    of_body: str = ""
    made_from: str = ""


def document_digest(document: Document) -> str:
    """Return a checksum of a document, its headers included."""
    parts = (document.content_type.encode(), document.cache_control.encode(), document.body)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def body_digest(document: Document) -> str:
    """Return a checksum of a document's body."""
    return hashlib.sha256(document.body).hexdigest()


def links(wanted: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return address and text of the page's links to `wanted` documents.

    Not every kind of document has a link.
    """
    return tuple(kind.link for kind in _kinds(wanted) if kind.link)


def subscriptions(wanted: Collection[str]) -> tuple[Subscription, ...]:
    """Return the channels by which `wanted` documents bring news."""
    return tuple(one for kind in _kinds(wanted) for one in kind.subscriptions)


def _kinds(wanted: Collection[str]) -> list[DocumentKind]:
    """Return the kinds of the `wanted` documents in the order of publication."""
    return [import_module(f"{__name__}.{module}").KIND for word, module in MODULES.items() if word in wanted]


def render_all(
    publication: Publication, wanted: Collection[str] = (), earlier: Mapping[str, EarlierDocument] | None = None
) -> list[Document]:
    """Return all documents in the order of publication.

    Metrics and status.json are rendered even if they are not `wanted`. A document that has not changed since it was
    published `earlier`, by name, keeps the time of its last change.
    """
    documents: list[Document] = []
    earlier = earlier or {}
    for kind in _kinds(wanted):
        rendered = kind.render(publication)
        if kind.keeps_time:
            rendered = _settled(rendered, kind.render, publication, earlier)
        if kind.news:
            rendered = [_without_news(one, kind, publication.now, earlier.get(one.name)) for one in rendered]
        documents += rendered
    return [*metrics.render(publication), *documents, *status_json.render(publication)]


def _settled(
    rendered: list[Document],
    render: Callable[[Publication], list[Document]],
    publication: Publication,
    earlier: Mapping[str, EarlierDocument],
) -> list[Document]:
    """Return documents as published earlier if only their own time differs."""
    before = {document.name: earlier[document.name] for document in rendered if document.name in earlier}
    times = {one.updated for one in before.values() if one.updated <= publication.now}
    as_then = {time: {each.name: each for each in render(replace(publication, updated=time))} for time in times}
    settled = []
    for document in rendered:
        one = before.get(document.name)
        then = as_then.get(one.updated, {}).get(document.name) if one else None
        settled.append(then if one and then and document_digest(then) == one.digest else document)
    return settled


def _without_news(document: Document, kind: DocumentKind, now: datetime, earlier: EarlierDocument | None) -> Document:
    """Return a document as published `earlier` while it has no news.

    After `published_for`, return it as rendered now.
    """
    document = replace(document, kept=True)
    if earlier is None or earlier.body is None or not timedelta(0) <= now - earlier.updated < kind.published_for:
        return document
    then = replace(document, body=earlier.body)
    assert kind.news
    is_same = document_digest(then) == earlier.digest and _news(kind.news, then.body) == kind.news(document.body)
    return then if is_same else document


def _news(news: Callable[[bytes], object], body: bytes) -> object:
    """Return what is news in an earlier document; None if it has another format."""
    try:
        return news(body)
    except (LookupError, TypeError, ValueError):
        return None
