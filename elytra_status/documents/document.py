# SPDX-License-Identifier: MIT
"""What a document is, and what every document may need to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

# What the page is called where the administrator has given it no name.
DEFAULT_TITLE = "Platform status"
DEFAULT_COLOUR = "#0b57d0"


@dataclass(frozen=True)
class Document:
    """Bytes to publish under a name, which may be a path, with the headers they go out with.

    `own_words` are the document's fixed words, which are no leak where they stand as a field's name or
    as a whole value, whatever a monitor is called. What is `local` stays on this machine, in the state directory.
    """

    name: str
    body: bytes
    content_type: str
    cache_control: str
    own_words: frozenset[str]
    local: bool = False


@dataclass(frozen=True)
class Texts:
    """The administrator's own words for the public, and how long what is published is good for.

    `address` is where visitors find the documents, with a / at its end; None where it is not known. `other_forms` are
    the addresses of other documents with the text of a link to each; `status_name` is the name of status.json there.
    `logo` is a picture as a data: address, `colour` is #rrggbb, `links` are texts with an address each.
    """

    title: str = DEFAULT_TITLE
    address: str | None = None
    other_forms: tuple[tuple[str, str], ...] = ()
    status_name: str = "status.json"
    logo: str = ""
    colour: str = DEFAULT_COLOUR
    links: tuple[tuple[str, str], ...] = ()
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
