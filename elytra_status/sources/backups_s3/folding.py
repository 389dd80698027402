# SPDX-License-Identifier: MIT
"""Find a delimiter that folds most old backups of a listing. Pure.

One page then shows several groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from elytra_status.sources.backups_s3.layout import Layout
from elytra_status.sources.backups_s3.listing import ListingPage

# The ratio of groups whose newest backup may be folded together with the old ones.
FOLDED = 0.1
LONGEST_BEGINNING = 24


def best_fold(page: ListingPage, layout: Layout, newest: Collection[str]) -> str:
    """Return the delimiter that folds most backups, but few of the `newest`.

    It is / with a common beginning of names, such as /2025 for names that begin with a date. The names are those of the
    group with most backups on the page. Return '' if no delimiter fits.
    """
    names: dict[str, list[str]] = {}
    for each in page.objects:
        group = layout.group_of(each.key)
        if group is not None:
            names.setdefault(group, []).append(each.key[len(layout.home(group)) :])
    most = max(names.values(), key=len, default=[])
    behind_prefix = [key[len(layout.prefix) :] for key in newest]
    for beginning, count in Counter(_beginnings(most)).most_common():
        if count < 2:
            break
        if sum(f"/{beginning}" in key for key in behind_prefix) <= len(behind_prefix) * FOLDED:
            return f"/{beginning}"
    return ""


def _beginnings(names: Collection[str]) -> Iterator[str]:
    for name in names:
        for length in range(1, min(len(name), LONGEST_BEGINNING)):
            yield name[:length]
