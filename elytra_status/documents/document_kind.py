# SPDX-License-Identifier: MIT
"""The kinds of documents: what each has in common with the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from elytra_status.documents.document import Document, Subscription
from elytra_status.documents.facts import Publication


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document, which may be several files.

    `link` is the address and text of the page's link to it, None for no link. `subscriptions` are the channels by which
    visitors get news from it. If it `keeps_time`, a document shows the
    time of its last change and is published unchanged until any other part of it changes.

    `news` returns the part of a body that counts as news. While that part stays the same, the document is published
    unchanged, for at most `published_for`. Without `news`, each run publishes what it has rendered.
    """

    render: Callable[[Publication], list[Document]]
    link: tuple[str, str] | None = None
    subscriptions: tuple[Subscription, ...] = ()
    keeps_time: bool = False
    news: Callable[[bytes], object] | None = None
    published_for: timedelta = timedelta(0)
