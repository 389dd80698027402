# SPDX-License-Identifier: MIT
"""What the public reads: one module each, facts in, bytes out.

A module has a function `render(decision, now, texts)` that returns a Document. To add one, write such
a module and name it here. `status.json` is the last: who reads it may count on all the others.
"""

from __future__ import annotations

from datetime import datetime

from elytra_status.documents import status_json
from elytra_status.documents.document import Document, Texts
from elytra_status.model import Decision

MODULES = (status_json,)


__all__ = ["MODULES", "Document", "Texts", "render_all"]


def render_all(decision: Decision, now: datetime, texts: Texts) -> list[Document]:
    """Return every document, in the order of publication."""
    return [module.render(decision, now, texts) for module in MODULES]
