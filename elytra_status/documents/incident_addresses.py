# SPDX-License-Identifier: MIT
"""Permanent names and addresses of the pages of incidents and maintenance."""

from __future__ import annotations

from elytra_status.documents.document import Texts

FOLDER = "incidents"
ARCHIVE = f"{FOLDER}/index.html"


def name_of_page(identifier: str) -> str:
    """Return the name of the page of an incident or a window of maintenance."""
    return f"{FOLDER}/{identifier}.html"


def address_of_page(texts: Texts, identifier: str) -> str:
    """Return the address of the page of an incident or a window of maintenance.

    It is relative to status.json if the address of the documents is not known, and '' if such pages are not published.
    """
    has_pages = ARCHIVE in dict(texts.other_forms)
    return f"{texts.address or ''}{name_of_page(identifier)}" if has_pages else ""
