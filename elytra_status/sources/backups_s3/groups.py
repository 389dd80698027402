# SPDX-License-Identifier: MIT
"""What is known of each backup group, and what a listed page adds to it. Pure.

One backup of each group is known: the newest that was seen. It is a witness: while it exists, the group has a backup at
least as new. That there is no newer backup is known only after the whole group was listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from elytra_status.model import CLOCK_SKEW
from elytra_status.sources.backups_s3.layout import Layout
from elytra_status.sources.backups_s3.listing import ListedObject, ListingPage

# Names are sorted by date if no name after the newest backup is older by more than this: files of one night may be
# uploaded in any order.
DISORDER = timedelta(hours=6)


@dataclass(frozen=True)
class Group:
    """What is known of one group.

    `key` and `time` are those of the newest known backup, last seen in the run of `seen`. In the run of `whole` the
    group was listed completely, and `ordered` says whether its names were sorted by date. Since the run of
    `missing_since` the group has been empty.
    """

    key: str | None = field(default=None, repr=False)
    time: datetime | None = None
    seen: datetime | None = None
    whole: datetime | None = None
    ordered: bool = False
    missing_since: datetime | None = None


@dataclass(frozen=True)
class Cursor:
    """The progress of a listing: all keys with `prefix` up to `after` were seen.

    It is within the group `name`, which it reached in the run of `began`; None before the first. `last` is the time of
    that group's last backup by name.
    """

    prefix: str = field(repr=False)
    after: str = field(repr=False)
    name: str | None = field(repr=False)
    began: datetime
    last: datetime | None = None


@dataclass(frozen=True)
class Costs:
    """What runs cost that query only what is due.

    From the run of `since` on, `runs` runs made `requests`, including those of the full listing that was tried in the
    first of them.
    """

    since: datetime | None = None
    runs: int = 0
    requests: int = 0

    def with_run(self, requests: int, now: datetime) -> Costs:
        """Return the costs with one more run that queried only what was due."""
        return Costs(self.since or now, self.runs + 1, self.requests + requests)


@dataclass
class BucketState:
    """What is known of a bucket.

    The names of its groups were last complete in the run of `listed`. The listing of names under way began in the run
    of `list_began` and has reached `list_after`. In the run of `tried` it cost too much to list the bucket in full;
    None if the last run has done that. The rest is of this run alone.
    """

    groups: dict[str, Group] = field(default_factory=dict)
    cursor: Cursor | None = None
    listed: datetime | None = None
    list_began: datetime | None = None
    list_after: str = ""
    tried: datetime | None = None
    costs: Costs = Costs()

    keys: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    in_future: set[str] = field(default_factory=set)


def learn(state: BucketState, layout: Layout, page: ListingPage, now: datetime) -> None:
    """Add what a page shows: new groups, newer backups, and deleted ones."""
    backups: dict[str, ListedObject] = {}
    newest: dict[str, ListedObject | None] = {}
    for each in page.objects:
        state.keys.add(each.key)
        name = layout.group_of(each.key)
        if name is None:
            _note_outside(state, layout, each)
            continue
        best = newest.setdefault(name, None)
        if layout.is_backup(each):
            if each.modified > now + CLOCK_SKEW:
                state.in_future.add(each.key)
                continue
            backups[each.key] = each
            if best is None or (each.modified, each.key) > (best.modified, best.key):
                newest[name] = each
    if not page.delimiter:  # Folded keys may exist or not.
        for name, group in list(state.groups.items()):
            if group.key is not None and group.time is not None and page.covers(group.key):
                backup = backups.get(group.key)
                if backup is None or backup.modified < group.time:
                    _begin_anew(state, name, Group())
    for name, best in newest.items():
        if name not in state.groups or state.groups[name].missing_since:
            _begin_anew(state, name, Group())
        group = state.groups[name]
        if best and (group.time is None or (best.modified, best.key) >= (group.time, group.key)):
            state.groups[name] = replace(group, key=best.key, time=best.modified, seen=now)


def learn_groups(state: BucketState, layout: Layout, page: ListingPage, now: datetime) -> None:
    """Add a page of the list of groups, folded at each /: new and empty groups."""
    for each in page.objects:
        _note_outside(state, layout, each)
    there = {layout.group_of(beginning) for beginning in page.folded}
    for name in there:
        if name is not None and (name not in state.groups or state.groups[name].missing_since):
            _begin_anew(state, name, Group())
    for name, group in list(state.groups.items()):
        if name not in there and not group.missing_since and page.covers(layout.home(name)):
            _begin_anew(state, name, Group(missing_since=now))


def keep_missing(state: BucketState, before: BucketState, now: datetime) -> None:
    """Keep the groups of `before` that a listing of the whole bucket does not show."""
    for name, group in before.groups.items():
        state.groups.setdefault(name, Group(missing_since=group.missing_since or now))


def list_on(state: BucketState, layout: Layout, page: ListingPage, now: datetime) -> None:
    """Add a page, after `learn`, as the next one of the listing under way.

    A group is complete when another one begins.
    """
    if state.cursor is None:  # The progress so far has just been found to be void.
        return
    prefix, name, began, last = state.cursor.prefix, state.cursor.name, state.cursor.began, state.cursor.last
    for each in page.objects:
        its_name = layout.group_of(each.key)
        if its_name is not None and its_name != name:
            _is_whole(state, name, began, last)
            name, began, last = its_name, now, None
        if its_name is not None and layout.is_backup(each) and each.modified <= now + CLOCK_SKEW:
            last = each.modified
    if page.until is None:
        _is_whole(state, name, began, last)
        state.cursor = None
    else:
        state.cursor = Cursor(prefix, page.until, name, began, last)


def _is_whole(state: BucketState, name: str | None, began: datetime, last: datetime | None) -> None:
    """Note that a group was listed to its end.

    `learn` has seen all of it since `began`.
    """
    if name is not None and name in state.groups:
        group = state.groups[name]
        ordered = group.time is not None and last is not None and last >= group.time - DISORDER
        state.groups[name] = replace(group, whole=began, ordered=ordered)


def _begin_anew(state: BucketState, name: str, group: Group) -> None:
    """Forget what is known of a group, and the progress of its listing."""
    state.groups[name] = group
    if state.cursor and state.cursor.name == name:
        state.cursor = None


def _note_outside(state: BucketState, layout: Layout, each: ListedObject) -> None:
    # The object that the control panel creates for a folder is no stray.
    if len(each.key) > len(layout.prefix):
        state.outside.add(each.key)
