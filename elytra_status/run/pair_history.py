# SPDX-License-Identifier: MIT
"""The history that both machines of a pair have in common.

It is merged before a run, and written after its publication. Each machine polls, and records a history of its own. It
lacks the time before the machine joined the pair, and the time when it was off. A history that cannot be shared is a
warning, and never stops the publication.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from elytra_status.errors import PublishError, message
from elytra_status.history import History, sharing
from elytra_status.history import store as history_store
from elytra_status.history.completing import if_usable
from elytra_status.history.component_changes import Changes, save_components
from elytra_status.history.shared_past import (
    LARGEST,
    MOST_ROLLUPS,
    Kept,
    NewerPastError,
    PastShapeError,
    SharedPast,
    component_changes_of_both,
    united,
)
from elytra_status.history.sharing import MergeTime, Shared
from elytra_status.history.spans import AnnouncedSpans
from elytra_status.model import CLOCK_SKEW, number_of
from elytra_status.publish.shared_objects import SharedObjects, SharedVersion
from elytra_status.system import journal
from elytra_status.system.clock import Clock
from elytra_status.system.digest import digest

NAME = "history.json.gz"
# The remedy if it is missing or damaged.
ANEW = (
    "the machine that publishes writes a new object at its next run: find out who else writes there, or what deletes it"
)
UPGRADE = "install the same version of elytra-status on both machines"
# How often days are left out, half of them each time, until the object is small enough.
_HALVES = 6


@dataclass
class PairHistory:
    """The history of this machine, and the object that both machines share.

    `maintenance` returns what is announced. No method raises an exception if the object, the storage or the history
    cannot be used: it logs a warning.
    """

    objects: SharedObjects
    history: History
    clock: Clock
    maintenance: Callable[[], AnnouncedSpans]
    _found: SharedVersion | None = field(default=None, repr=False)

    def merge(self) -> None:
        """Merge what the other machine knows, if the object has changed.

        The version that this machine merged or wrote last is saved in its history. If this machine knows more, add that
        to the object: no matter which machine was set up first.
        """
        if_usable(partial(self._in_words, self._merge), None)

    def share(self, components: Changes) -> None:
        """Record published changes of components, and write the object.

        It is written once an hour, and also if a component has changed, or if the object is not the one that this
        machine knows.
        """
        now = int(self.clock.now().timestamp())
        if_usable(lambda: self.history.write(now, partial(save_components, components)), None)
        if_usable(partial(self._in_words, self._share), None)

    def _in_words(self, work: Callable[[], None]) -> None:
        try:
            work()
        except PublishError as error:
            words = message(f"the history of both machines is not shared ({error.problem})", error.remedy, "pair")
            journal.log_warning(words, event="pair")

    def _merge(self) -> None:
        found = self._found = self.objects.find(NAME)
        now = self.clock.now()
        if abs(now - found.now) > CLOCK_SKEW:
            # The run finds out that the clock is wrong, and says so. Until then nothing is dated.
            self._found = None
            return
        shared = self._read_shared()
        if not found.tag:
            if shared.version:
                journal.log_warning(f"pair: {self.objects.describe(NAME)} is missing. {ANEW}.", event="pair")
            return
        is_due = shared.again and now.timestamp() >= shared.again
        if shared.version == self._number(found.tag) and not is_due:
            return
        there = self.objects.read(NAME, LARGEST)
        self._found = replace(there, body=None)
        past = self._past_in(there)
        if past is None:
            return
        when = self._when(now)
        work = partial(sharing.merge_past, past, when, self._number(there.tag))
        merged = self.history.write(when.now, work)
        if merged.monitors:
            count = number_of(merged.monitors, "monitor")
            journal.log_info(f"pair: the history of {count} is completed with what the other machine saw", event="pair")
        if merged.knows_more:
            self._write(self._with_what_is_missing, Shared(again=self._read_shared().again))

    def _share(self) -> None:
        found = self._found
        if found is None:
            return
        now = self.clock.now()
        shared = self._read_shared()
        present = history_store.read(self.history.path, partial(sharing.present_extent, int(now.timestamp())))
        is_known = bool(found.tag) and shared.version == self._number(found.tag)
        if is_known and present._replace(version=shared.version, again=shared.again) == shared:
            return
        self._write(self._with_what_was_published, present._replace(again=shared.again))

    def _write(self, how: Callable[[SharedVersion], bytes | None], shared: Shared) -> None:
        """Write the object, and save which version that is."""
        assert self._found is not None
        merged = self._found.tag
        replaced: list[str] = []

        def noted(there: SharedVersion) -> bytes | None:
            replaced.append(there.tag)
            return how(there)

        written = self.objects.update(NAME, LARGEST, noted)
        # What another machine wrote meanwhile is not merged yet: the next run reads it.
        if written.tag and replaced[-1] == merged:
            self._found = replace(written, body=None)
            shared = shared._replace(version=self._number(written.tag))
            work = partial(sharing.save_shared, shared)
            self.history.write(int(self.clock.now().timestamp()), work)

    def _with_what_was_published(self, there: SharedVersion) -> bytes | None:
        """Return the object with the past of this machine, which publishes.

        If both observed the same time, this machine counts. A damaged object is replaced, one of a newer version is
        not.
        """
        try:
            past = SharedPast() if there.body is None else SharedPast.from_bytes(there.body)
        except NewerPastError:
            return None
        except PastShapeError:
            past = SharedPast()
        for half in range(_HALVES):
            kept, own = self._own_past(past, MOST_ROLLUPS >> half)
            components = component_changes_of_both(own.components, past.components)
            with suppress(PastShapeError):
                return replace(united(own, past, kept), components=components).to_bytes()
        raise PublishError(f"{self.objects.describe(NAME)} would be too large", "shorten the names of monitors")

    def _with_what_is_missing(self, there: SharedVersion) -> bytes | None:
        """Return the object with what this machine knows better.

        That is limited to the hours that the object covers. Return None if there is no room.
        """
        past = self._past_in(there)
        if past is None:
            return None
        kept, own = self._own_past(past, MOST_ROLLUPS)
        components = component_changes_of_both(own.components, past.components)
        both = united(past, own, kept._replace(until=min(kept.until, past.until)))
        with suppress(PastShapeError):
            return replace(both, components=components).to_bytes()
        return None

    def _own_past(self, there: SharedPast, most: int) -> tuple[Kept, SharedPast]:
        work = partial(sharing.own_past, self._when(self.clock.now()), len(there.monitors), most)
        return history_store.read(self.history.path, work)

    def _past_in(self, there: SharedVersion) -> SharedPast | None:
        """Return the past in the object, None with a warning if it is damaged."""
        try:
            return None if there.body is None else SharedPast.from_bytes(there.body)
        except PastShapeError as error:
            where, is_newer = self.objects.describe(NAME), isinstance(error, NewerPastError)
            problem, remedy = (f"{where} {error}", UPGRADE) if is_newer else (f"{where} is damaged ({error})", ANEW)
            journal.log_warning(f"pair: {problem}. {remedy}.", event="pair")
            return None

    def _when(self, now: datetime) -> MergeTime:
        return MergeTime(int(now.timestamp()), self.maintenance(), self.history.days_kept)

    def _read_shared(self) -> Shared:
        return history_store.read(self.history.path, sharing.read_shared)

    def _number(self, tag: str) -> int:
        """Return a number for a version of the object at this place."""
        objects = self.objects
        return int(digest(f"{objects.account.endpoint} {objects.bucket} {objects.prefix} {tag}", 15), 16)
