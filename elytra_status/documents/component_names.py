# SPDX-License-Identifier: MIT
"""File names of documents about one component, such as components/web-sites.atom."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from elytra_status.documents.facts import Publication, PublicComponent

FOLDER = "components"
# In characters. Most file systems allow names of 255 bytes.
_LONGEST = 60


def name_beside(publication: Publication, component: PublicComponent, suffix: str) -> str:
    """Return the file name of a document about a component.

    It depends on the public name of the component alone. If the name has no Latin letters or digits, or if another
    component's name has the same, a checksum is added.
    """
    others = (one.name for one in publication.components if one.name != component.name)
    plain = _plain(component.name)
    if not plain or plain in map(_plain, others):
        checksum = hashlib.sha256(component.name.encode("utf-8", "replace")).hexdigest()[:8]
        plain = f"{plain}-{checksum}".strip("-")
    return f"{FOLDER}/{plain}.{suffix}"


def _plain(name: str) -> str:
    """Return the Latin letters and digits of a name, in lower case.

    Words are joined by -.
    """
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:_LONGEST].strip("-")
