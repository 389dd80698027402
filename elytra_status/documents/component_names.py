# SPDX-License-Identifier: MIT
"""Names of the documents about one component, such as components/web-sites.atom."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from elytra_status.documents.facts import Publication, PublicComponent

FOLDER = "components"
# A name of a file may have 255 bytes on most systems.
_LONGEST = 60


def name_beside(publication: Publication, component: PublicComponent, suffix: str) -> str:
    """Return the name of a document about a component, from its public name; it stays while that name stays.

    A name that has no Latin letters, or that is like another's but for signs, is told apart by a checksum.
    """
    others = (one.name for one in publication.components if one.name != component.name)
    plain = _plain(component.name)
    if not plain or plain in map(_plain, others):
        checksum = hashlib.sha256(component.name.encode("utf-8", "replace")).hexdigest()[:8]
        plain = f"{plain}-{checksum}".strip("-")
    return f"{FOLDER}/{plain}.{suffix}"


def _plain(name: str) -> str:
    """Return the Latin letters and digits of a name, in lower case, with - between words."""
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:_LONGEST].strip("-")
