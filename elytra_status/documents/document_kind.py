# SPDX-License-Identifier: MIT
"""The shape of a kind of document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from elytra_status.documents.document import Document
from elytra_status.documents.facts import Publication


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document, which may be several files.

    `link` is the address and the text by which the page links to it, None for no link. A kind that `keeps_time` bears
    the time of its last change: while nothing else in it changes, it is published as it was.

    `news` returns what is news in the body of a document. While that stays the same, the document is published as it
    was, for at most `published_for`. A document without it is published as it is rendered in each run.
    """

    render: Callable[[Publication], list[Document]]
    link: tuple[str, str] | None = None
    keeps_time: bool = False
    news: Callable[[bytes], object] | None = None
    published_for: timedelta = timedelta(0)
