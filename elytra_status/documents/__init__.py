# SPDX-License-Identifier: MIT
"""What the public reads: one module each, facts in, bytes out.

A module has a function `render(published)` that returns a list of Documents. To add one, write such a module,
and name it here and in the setting PUBLISH. `status.json` is the last: who reads it may count on all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from elytra_status.documents import badge, calendar, card, feed, history_json, metrics, page, status_json, statuspage
from elytra_status.documents.document import Document, Texts
from elytra_status.documents.facts import Component, Day, Published

# By the word that PUBLISH knows it by.
MODULES: Mapping[str, Callable[[Published], list[Document]]] = {
    "page": page.render,
    "card": card.render,
    "badge": badge.render,
    "feed": feed.render,
    "calendar": calendar.render,
    "statuspage": statuspage.render,
    "history": history_json.render,
}

__all__ = ["MODULES", "Component", "Day", "Document", "Published", "Texts", "render_all"]


def render_all(published: Published, wanted: Collection[str] = ()) -> list[Document]:
    """Return all `wanted` documents in the order of publication. Metrics and status.json are always there."""
    documents = [document for word, render in MODULES.items() if word in wanted for document in render(published)]
    return [*metrics.render(published), *documents, *status_json.render(published)]
