# SPDX-License-Identifier: MIT
"""What a document is, and what every document may need to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Document:
    """Bytes to publish under a name, with the headers they go out with.

    `own_words` are the document's fixed words, which are no leak where they stand as a field's name or
    as a whole value, whatever a monitor is called.
    """

    name: str
    body: bytes
    content_type: str
    cache_control: str
    own_words: frozenset[str]


@dataclass(frozen=True)
class Texts:
    """The administrator's own words for the public, and how long what is published is good for."""

    backup_policy: str = ""
    infrastructure_model: str = ""
    infrastructure_regions: tuple[str, ...] = ()
    infrastructure_notes: str = ""
    fresh_for: timedelta = timedelta(minutes=30)
    cache_max_age: timedelta = timedelta(minutes=5)

    @property
    def cache_control(self) -> str:
        """The Cache-Control header of all documents."""
        return f"public, max-age={int(self.cache_max_age.total_seconds())}"
