# SPDX-License-Identifier: MIT
"""How long a page holds, in a sentence that needs no script."""

from __future__ import annotations

from elytra_status.documents.facts import Publication
from elytra_status.documents.markup import Content, filled, time_element


def validity(publication: Publication) -> list[Content]:
    """Return when the status was checked, and from when on it is unknown."""
    language = publication.language
    until = time_element(publication.stale_after, language, as_seen_on=publication.now)
    checked = time_element(publication.now, language)
    return filled(language.text("Last checked {moment}. Unknown from {until} on."), moment=checked, until=until)
