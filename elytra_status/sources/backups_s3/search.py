# SPDX-License-Identifier: MIT
"""One run's requests to a bucket of backups.

A bucket is listed in full, or only what is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from elytra_status.sources.backups_s3 import schedule
from elytra_status.sources.backups_s3.folding import best_fold
from elytra_status.sources.backups_s3.groups import BucketState, Cursor, Group, learn, learn_groups, list_on
from elytra_status.sources.backups_s3.layout import ALL, Layout
from elytra_status.sources.backups_s3.listing import ListingPage
from elytra_status.sources.backups_s3.schedule import is_recent

# How often the names of groups are listed: a new client is found within this time.
NAMES_AGAIN = timedelta(hours=1)
# A listing that takes longer than this starts again.
LISTED_WITHIN = timedelta(days=1)


class Listing(Protocol):
    """The listing of a bucket: `BucketListing`, or a stand-in."""

    requests: int

    def page(self, prefix: str, after: str = "", delimiter: str = "") -> ListingPage:
        """Return a page of the listing. Raise SourceError on failure."""

    def is_late(self) -> bool:
        """Whether the deadline has passed."""


@dataclass(frozen=True)
class Limits:
    """The number of requests in a run.

    `few` may always be spent on a full listing, and a run makes as many if nothing is due. `usual` applies to a bucket
    of many groups, `most` if much is due.
    """

    few: int = 5
    usual: int = 20
    most: int = 200


USUAL_LIMITS = Limits()


@dataclass
class Search:
    """One run's search, which adds to what is `state`.

    `max_age` is the age at which a backup is too old.
    """

    state: BucketState
    layout: Layout
    bucket: Listing
    now: datetime
    max_age: timedelta
    limits: Limits = USUAL_LIMITS
    # The delimiter that folds most of the old backups of the groups.
    fold: str = ""

    def whole(self, most: float) -> bool:
        """List the bucket from its first key, and return whether its end was reached.

        Make at most `most` requests, until the deadline.
        """
        state = self.state
        if not self.layout.grouped:
            state.groups.setdefault(ALL, Group())
        state.cursor = Cursor(self.layout.prefix, "", None if self.layout.grouped else ALL, self.now)
        while state.cursor and self._may_request(most):
            if self._list_on(state.cursor).until is None:
                state.listed = self.now
                return True
        return False

    def due(self) -> None:
        """Query what is due, then the groups that have not been seen for longest.

        The latter use up what a run makes if nothing is due, and more if not all groups would be seen in time.
        """
        state = self.state
        if state.cursor and not is_recent(state.cursor.began, self.now, LISTED_WITHIN):
            state.cursor = None
        if self.layout.grouped:
            self._list_groups()
        self._query_all_due()
        self._query_unseen()
        # If one of these was deleted, the rest of its group is due.
        self._query_all_due()

    def _query_unseen(self) -> None:
        names = self._unseen()
        enough = len(names) - schedule.seen_per_run(len(self.state.groups))
        while names:
            limit = self.limits.usual if len(names) > enough else self.limits.few
            if not self._may_request(limit):
                break
            self._query_newest(names[0], together=len(names) > limit - self.bucket.requests)
            names = self._unseen()

    def _may_request(self, limit: float) -> bool:
        return self.bucket.requests < limit and not self.bucket.is_late()

    def _list_groups(self) -> None:
        """Query the names of all groups, or a page of them now and then.

        All names are needed if nothing can be reported without them.
        """
        state = self.state
        while not is_recent(state.listed, self.now, NAMES_AGAIN):
            is_enough = is_recent(state.listed, self.now, schedule.AGAIN)
            if not self._may_request(self.limits.usual if is_enough else self.limits.most):
                break
            if not state.list_after:
                state.list_began = self.now
            page = self.bucket.page(self.layout.prefix, state.list_after, "/")
            learn_groups(state, self.layout, page, self.now)
            # 0 follows / in the order of keys, so this is behind the last group.
            state.list_after = f"{page.until[:-1]}0" if page.until and page.until.endswith("/") else page.until or ""
            if page.until is None:
                state.listed = state.list_began
            if is_enough:
                break

    def _query_all_due(self) -> None:
        queried: set[str] = set()
        while names := [name for name in self._due() if name not in queried]:
            queried.update(names)
            for name in names:
                self._query(name)

    def _due(self) -> list[str]:
        """Return the groups that must be queried now.

        The group that is being listed comes first, then the most urgent.
        """
        listed = self.state.cursor.name if self.state.cursor else None
        names = [name for name in self.state.groups if self._is_due(name)]

        def urgency(name: str) -> tuple[bool, datetime, str]:
            due = schedule.next_query(self.state.groups[name], self.now, self.max_age)
            return name != listed, due, self.layout.home(name)

        return sorted(names, key=urgency)

    def _query(self, name: str) -> None:
        """Query a group if it is still due.

        If its newest backup was deleted, list the group.
        """
        if self._is_due(name) and not self._must_be_listed(name) and self._may_request(self.limits.most):
            self._query_newest(name, together=self.bucket.requests < self.limits.few)
        while self._is_due(name) and self._must_be_listed(name) and self._may_request(self.limits.most):
            self._list(name)

    def _is_due(self, name: str) -> bool:
        return schedule.next_query(self.state.groups[name], self.now, self.max_age) <= self.now

    def _must_be_listed(self, name: str) -> bool:
        return schedule.must_be_listed(self.state.groups[name], self.now, self.max_age)

    def _unseen(self) -> list[str]:
        """Return the groups not queried in this run, oldest first.

        One request often shows the following group as well, so that group counts by the older of both times.
        """
        groups = self.state.groups
        names = sorted((name for name, each in groups.items() if each.seen), key=self.layout.home)
        ages = {
            name: max(groups[name].seen or self.now, groups[following].seen or self.now)
            for name, following in zip(names, [*names[1:], *names[-1:]], strict=True)
        }
        return sorted((name for name in names if groups[name].seen != self.now), key=lambda name: ages[name])

    def _list(self, name: str) -> None:
        """Request the next page of a group, or the first if it is not being listed."""
        cursor, home = self.state.cursor, self.layout.home(name)
        if not cursor or cursor.name != name:
            wide = self._is_next_due(name)
            prefix, after = (self.layout.prefix, home) if wide else (home, "")
            cursor = self.state.cursor = Cursor(prefix, after, name, self.now)
        self._list_on(cursor)

    def _list_on(self, cursor: Cursor) -> ListingPage:
        page = self.bucket.page(cursor.prefix, cursor.after)
        learn(self.state, self.layout, page, self.now)
        list_on(self.state, self.layout, page, self.now)
        return page

    def _is_next_due(self, name: str) -> bool:
        """Whether the following group must be listed too."""
        groups, home = self.state.groups, self.layout.home
        following = min((each for each in groups if home(each) > home(name)), key=home, default=None)
        return following is not None and self._is_due(following) and self._must_be_listed(following)

    def _query_newest(self, name: str, together: bool) -> None:
        """Query the newest known backup of a group, and what is sorted behind it.

        `together` with it come the newest backups of the groups that follow, as many as the page has room for. They are
        nearer if old backups are folded. A storage that folds differently costs more requests but gives no wrong
        result.
        """
        key = self.state.groups[name].key
        assert key is not None
        # With few exceptions, the keys behind the beginning of a key are that key and its successors.
        after = key[:-1]
        if not together or not self.layout.grouped:
            learn(self.state, self.layout, self.bucket.page(self.layout.home(name), after), self.now)
            return
        fold = "" if self.fold in key[len(self.layout.prefix) :] else self.fold
        page = self.bucket.page(self.layout.prefix, after, fold)
        learn(self.state, self.layout, page, self.now)
        if not fold:
            newest = [group.key for group in self.state.groups.values() if group.key]
            self.fold = best_fold(page, self.layout, newest)
        elif self.state.groups[name].seen != self.now:
            self.fold = ""
            self._query_newest(name, together=False)
        elif sum(group.key is not None and page.covers(group.key) for group in self.state.groups.values()) < 2:
            self.fold = ""
