# SPDX-License-Identifier: MIT
"""Permanent names and addresses of the pages of incidents and maintenance."""

from __future__ import annotations

from elytra_status.documents.facts import Publication

FOLDER = "incidents"
ARCHIVE = f"{FOLDER}/index.html"


def name_of_page(identifier: str) -> str:
    """Return the name of the page of an incident or a window of maintenance."""
    return f"{FOLDER}/{identifier}.html"


def is_missing(publication: Publication, identifier: str) -> bool:
    """Return whether the page of an announcement is not there yet.

    Those of a large archive are published over several runs.
    """
    return f"{publication.texts.folder}{name_of_page(identifier)}" in publication.archive.missing


def has_page(publication: Publication, identifier: str) -> bool:
    """Return whether an announcement has a page in the folder of the documents."""
    return ARCHIVE in dict(publication.texts.other_forms) and not is_missing(publication, identifier)


def address_of_page(publication: Publication, identifier: str) -> str:
    """Return the address of the page of an incident or a window of maintenance.

    It is relative to status.json if the address of the documents is not known, and '' if there is no such page.
    """
    if not has_page(publication, identifier):
        return ""
    return f"{publication.texts.address or ''}{name_of_page(identifier)}"
