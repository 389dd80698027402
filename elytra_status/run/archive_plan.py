# SPDX-License-Identifier: MIT
"""Choose the pages of past announcements that a run renders and publishes.

There may be thousands of them, in several languages, and few change. A run publishes a few, the latest first, and the
next runs the others. Nothing links to a page before it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from elytra_status.documents import EarlierDocument, Publication
from elytra_status.documents.facts import ArchivePlan
from elytra_status.documents.incident_pages import ArchivedPage, archived_announcements, archived_months

# In one run, so many pages of announcements and of months are written that are new or have changed, and so many others
# are checked. They are few because status.json is the last document, and a request to distant storage takes a second.
MOST_WRITTEN = 16
MOST_MONTHS = 8
MOST_CHECKED = 6
_RUN = timedelta(minutes=10)


def plan_archive(publication: Publication, earlier: Mapping[str, EarlierDocument]) -> ArchivePlan:
    """Return which pages of the archive a run leaves out, and which stay missing.

    `earlier` are the documents as they were published before, by name.
    """
    announcements, months = archived_announcements(publication), archived_months(publication)
    # An announcement or a month appears in all languages at once, because its pages link to each other.
    due = _first_due(announcements, earlier, MOST_WRITTEN)
    missing = {one.name for pages in announcements for one in pages} - earlier.keys() - due
    # What a month links to is known from here on.
    of_months = {one.name for pages in months for one in pages}
    with_missing = _with_missing(publication, missing | (of_months - earlier.keys()))
    due |= _first_due(archived_months(with_missing), earlier, MOST_MONTHS)
    missing |= of_months - earlier.keys() - due
    months = archived_months(_with_missing(publication, missing))
    every = [one for pages in (*months, *announcements) for one in pages]
    settled = [one.name for one in every if not _outdated([one], earlier)]
    chosen = due.union(_turn(settled, publication.now))
    return ArchivePlan(frozenset(one.name for one in every if one.name not in chosen), frozenset(missing))


def _with_missing(publication: Publication, missing: Iterable[str]) -> Publication:
    return replace(publication, archive=ArchivePlan(missing=frozenset(missing)))


def _first_due(groups: Iterable[Sequence[ArchivedPage]], earlier: Mapping[str, EarlierDocument], most: int) -> set[str]:
    """Return the names of about `most` pages to write first.

    All pages of a group are written at once.
    """
    waiting = [(urgency, pages) for pages in groups if (urgency := _urgency(pages, earlier)) is not None]
    due: set[str] = set()
    for _, pages in sorted(waiting, key=lambda one: one[0]):
        due |= {one.name for one in _outdated(pages, earlier)}
        if len(due) >= most:
            break
    return due


def _outdated(pages: Iterable[ArchivedPage], earlier: Mapping[str, EarlierDocument]) -> list[ArchivedPage]:
    """Return the pages that are not published as they are now."""
    return [one for one in pages if one.name not in earlier or earlier[one.name].made_from != one.made_from]


def _urgency(pages: Sequence[ArchivedPage], earlier: Mapping[str, EarlierDocument]) -> int | None:
    """Return how soon the pages of an announcement or a month must be written.

    0 is first, and None means that all are published as they are now. Pages whose content has changed come before new
    pages: what is over since, was edited or must now be withheld. Pages with only another title, colour or version come
    last.
    """
    found = [_urgency_of_page(one, earlier.get(one.name)) for one in _outdated(pages, earlier)]
    return min(found, default=None)


def _urgency_of_page(page: ArchivedPage, before: EarlierDocument | None) -> int:
    if before is None:
        return 1
    content, earlier_content = (one.partition("-")[0] for one in (page.made_from, before.made_from))
    return 2 if content == earlier_content else 0


def _turn(settled: Sequence[str], now: datetime) -> list[str]:
    """Return the published pages whose turn it is to be checked."""
    start = (now - datetime.fromtimestamp(0, UTC)) // _RUN * MOST_CHECKED % max(1, len(settled))
    return [*settled, *settled][start : start + min(MOST_CHECKED, len(settled))]
