# SPDX-License-Identifier: MIT
"""One machine of a pair (PUBLISHERS=pair): its lease, and what both know.

The storage holds what both know, and decides who publishes. This machine's copy of the announcements is used only while
the storage is unreachable, when nothing can be published anyway.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from elytra_status.announcements import store
from elytra_status.decision.components import keys_of
from elytra_status.decision.missing_monitors import KnownMonitors
from elytra_status.errors import AnnouncementsError, ElytraStatusError, LockedError, PublishError, message
from elytra_status.history import History, PublicHistory, history_of, windows_of
from elytra_status.history.spans import AnnouncedSpans
from elytra_status.history.status_changes import CHANGES_KEPT, changes_in, replace_changes
from elytra_status.history.store import HistoryError
from elytra_status.model import Announcements, Change
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish import lease as leases
from elytra_status.publish.lease import Claim, Claimant, Lease
from elytra_status.publish.shared_objects import PROBE, SharedObjects, SharedVersion
from elytra_status.publish.stamp import RECENT, Publisher, Stamp
from elytra_status.publish.target import ConditionalWrites
from elytra_status.run import accepted, pair_history, saved_pair, shared_state
from elytra_status.run.pair_history import PairHistory
from elytra_status.run.pair_objects import (
    LEASE,
    STATE,
    address_digest,
    check_private,
    lease_in,
    open_objects,
    state_in,
)
from elytra_status.run.publisher import confirm_mark, trial_counts
from elytra_status.run.saved_pair import SavedPair, read_pair
from elytra_status.run.saved_state import SavedState
from elytra_status.run.shared_state import SharedState
from elytra_status.settings import DEFINITIONS, Settings
from elytra_status.settings.definitions.deciding import DecisionSettings
from elytra_status.settings.definitions.public_texts import PublicTextSettings
from elytra_status.settings.definitions.publishing import PublishingSettings
from elytra_status.system import journal
from elytra_status.system.clock import Clock, to_text
from elytra_status.system.digest import digest

# The announcements that a machine had before it joined a pair.
OWN_BEFORE = "announcements.json.before-pair"
# The interval of elytra-status.timer. A run polls before it claims the lease, for up to RUN_DEADLINE_SECONDS (240).
_INTERVAL, _SHORTEST = timedelta(minutes=10), timedelta(minutes=15)


def settings_digest(settings: Settings) -> str:
    """Return a digest of the settings that both machines of a pair should have alike."""
    areas = (DecisionSettings, PublicTextSettings, PublishingSettings)
    names = {name.upper() for area in areas for name in area.__dataclass_fields__}
    lines = [
        f"{one.name}={getattr(settings, one.attribute)!r}"
        for one in DEFINITIONS
        if one.name in names and not one.is_secret and not one.per_machine
    ]
    return digest("\n".join(lines))


def lease_lasts(freshness_max_age_minutes: int) -> timedelta:
    """Return how long a lease lasts.

    It is half of FRESHNESS_MAX_AGE_MINUTES, so that the other machine takes over before the status is stale, but long
    enough for a timer of ten minutes: else a late run would move it. A status that is stale after ten minutes cannot
    come from such a timer.
    """
    age = timedelta(minutes=freshness_max_age_minutes)
    return age / 2 if age <= _INTERVAL else max(age / 2, _SHORTEST)


@dataclass
class Pair:
    """This machine as one of a pair. Methods raise PublishError if the storage fails.

    They raise AnnouncementsError if what both know is damaged. `publisher` holds the marks of this machine's runs, and
    `state` is what both know as it was last read.
    """

    settings: Settings
    clock: Clock
    state_directory: Path
    publisher: Publisher
    saved: SavedPair
    state: SharedState | None = None
    claimed: Claim | None = None
    _problem: PublishError | None = field(default=None, repr=False)
    _begun: SharedState | None = field(default=None, repr=False)
    _history: PairHistory | None = field(default=None, repr=False)

    @property
    def own(self) -> frozenset[str]:
        """The marks of this machine's runs, with this one."""
        return (self.publisher.own or frozenset()) | {self.publisher.mark}

    @property
    def holds(self) -> bool:
        """Whether this machine held the lease when it last claimed it."""
        return self.claimed is not None and self.claimed.holds

    @property
    def standing_by(self) -> str:
        """Who publishes and since when, '' if this machine does."""
        if self.claimed is None or self.claimed.holds:
            return ""
        lease = self.claimed.lease
        return f"{lease.name} publishes since {to_text(lease.taken)}"

    @property
    def other_stopped(self) -> str:
        """When the other machine ran last, '' if that was lately or there is none."""
        lease = self.claimed.lease if self.claimed else None
        mine, others = (lease.machine_of(self.own), lease.others(self.own)) if lease else (None, ())
        if mine is None or not others:
            return ""
        last = max(others, key=lambda one: one.ran)
        return f"{last.name} ran last at {to_text(last.ran)}" if mine.ran - last.ran > RECENT else ""

    @property
    def objects(self) -> SharedObjects:
        """The objects of the pair, on storage that enforces conditions."""
        now = self.clock.now()
        found = open_objects(self.settings, self.clock, self.saved.form or TagForm.BARE)
        if self.saved.form is None or not trial_counts(self.saved.tried, now):
            form = found.find_form(self.publisher.mark)
            check_private(found, PROBE, STATE, pair_history.NAME)
            self.save(replace(self.saved, form=form, tried=now.replace(microsecond=0)))
            found = replace(found, form=form)
        return found

    def save(self, saved: SavedPair) -> None:
        """Save what this machine knows of its pair, if that has changed."""
        if saved != self.saved:
            self.saved = saved
            saved_pair.write_pair(self.state_directory, saved)

    # What both know.

    def announced(self) -> Announcements:
        """Return the announcements of both machines.

        If the storage fails and this run has not read them yet, return this machine's copy, and let no claim succeed.
        """
        try:
            self.state = self.read_state()
        except PublishError as error:
            if self.state is None:
                self._problem = error
                return store.read(self.state_directory)
        assert self.state is not None
        return self.state.announcements

    def read_state(self) -> SharedState:
        """Return what both machines know."""
        objects = self.objects
        digest = address_digest(objects)
        if self.saved.joined != digest:
            state = self._join(objects)
            check_private(objects, STATE, pair_history.NAME)
            self.save(replace(self.saved, joined=digest))
            return state
        return state_in(objects, objects.read(STATE, shared_state.LARGEST))

    def _join(self, objects: SharedObjects) -> SharedState:
        """Take over what the other machine knows, or write what this one does."""
        own = store.read(self.state_directory)
        history = _history(self.settings, self.state_directory)
        records = {one.name: one.read(self.state_directory) for one in accepted.REGISTERS}
        first = SharedState(
            own, changes_in(history.path, self.clock.now()), registers=records, writes=(secrets.token_hex(8),)
        )

        def begin(there: SharedVersion) -> bytes | None:
            if there.body is None:
                return first.to_bytes()
            # A new machine may have joined first, with nothing to announce.
            state = state_in(objects, there)
            return None if state.announcements != Announcements() else _joined(state, first)

        state = state_in(objects, objects.update(STATE, shared_state.LARGEST, begin))
        if own not in (state.announcements, Announcements()):
            path = self.state_directory / store.FILE
            with suppress(OSError):
                path.rename(path.with_name(OWN_BEFORE))
            say = journal.log_error if own.override else journal.log_warning
            say(
                "pair: this machine had announcements of its own, and uses those of the pair from now on."
                f" Its own are in {OWN_BEFORE}: announce again what still applies.",
                event="pair",
            )
        return state

    def change(self, how: Callable[[SharedState], SharedState]) -> tuple[SharedState, SharedState]:
        """Change what both machines know; return it before and after.

        `how` may be called several times; if it raises, nothing changes.
        """
        self.state = self.read_state()
        objects = self.objects
        write = secrets.token_hex(8)
        seen: list[SharedState] = []

        def changed(there: SharedVersion) -> bytes | None:
            before = state_in(objects, there)
            if write in before.writes:
                seen[1] = before
                return None
            after = how(before)
            seen[:] = [before, after]
            if after == before:
                return None
            seen[1] = after = after.after(before, write)
            body = after.to_bytes()
            if len(body) > shared_state.LARGEST:
                raise AnnouncementsError(
                    f"{objects.describe(STATE)} would be larger than {shared_state.LARGEST // 2**20} MB",
                    "remove incidents that nobody needs: elytra-status incident list --all",
                )
            return body

        objects.update(STATE, shared_state.LARGEST, changed)
        self.state = seen[1]
        return seen[0], seen[1]

    def change_announcements(
        self, how: Callable[[Announcements], Announcements]
    ) -> tuple[Announcements, Announcements]:
        """Change the announcements of both machines; return them before and after."""
        before, after = self.change(lambda there: replace(there, announcements=how(there.announcements)))
        self.copy_here()
        return before.announcements, after.announcements

    def copy_here(self) -> None:
        """Keep a copy of what both know in the state directory. A failure is a warning."""
        state = self.state
        if state is None:
            return
        try:
            if store.read(self.state_directory) != state.announcements:
                store.change(self.state_directory, self.clock, lambda there: state.announcements)
            for register in accepted.REGISTERS:
                register.put(self.state_directory, self.clock, state.register(register))
        except (AnnouncementsError, LockedError, ElytraStatusError) as error:
            words = message(f"this machine's copy of the announcements is old ({error.problem})", error.remedy, "pair")
            journal.log_warning(words, event="pair")

    def begin(self, saved_state: SavedState) -> SavedState:
        """Return saved state with what the other machine knows, and copy that here.

        If the storage fails, return it as it is: this run cannot publish.
        """
        self.announced()
        state = self.state
        if state is None:
            return saved_state
        self._begun = state
        self.copy_here()
        history = _history(self.settings, self.state_directory)
        try:
            history.write(int(self.clock.now().timestamp()), partial(replace_changes, state.changes))
        except HistoryError as error:
            journal.log_warning(str(error), event="history")
        self._history = PairHistory(self.objects, history, self.clock, self._maintenance)
        self._history.merge()
        records = state.register(accepted.MONITORS)
        known = shared_state.with_known(saved_state.known, state.known, records)
        seen = {key: one.seen for key, one in records.items() if one.seen}
        return replace(saved_state, known=known, accepted=seen, retired=dict(state.register(accepted.GROUPS)))

    def _maintenance(self) -> AnnouncedSpans:
        """Return the announced maintenance, by what it concerns."""
        maintenance = self.state.announcements.maintenance if self.state else ()
        return windows_of(maintenance, {name: keys_of(monitors) for name, monitors in self.settings.components})

    def record(self, past: PublicHistory, known: Mapping[str, KnownMonitors]) -> None:
        """Let the other machine know what was published.

        That includes the known monitors, and the history. What that one has recorded since `begin` is kept. If the
        storage fails, the next run does this.
        """
        self._record_state(past.changes, known)
        if self._history:
            self._history.share(past.changes_of_parts)

    def _record_state(self, changes: tuple[Change, ...], known: Mapping[str, KnownMonitors]) -> None:
        before = self._begun or SharedState()

        def recorded(there: SharedState) -> SharedState:
            kept = shared_state.merged_changes(before.changes, changes, there.changes)[-CHANGES_KEPT:]
            both = shared_state.merged_known(before.known, known, there.known)
            is_same = shared_state.outline(there.known) == shared_state.outline(both)
            return replace(there, changes=kept, known=there.known if is_same else both)

        state = self.state
        if state is not None and recorded(state) == state:
            return
        try:
            self.change(recorded)
        except PublishError as error:
            words = message(f"the other machine does not know these changes ({error.problem})", error.remedy, "pair")
            journal.log_warning(words, event="pair")

    # The lease.

    def claim(self, *, answers: bool) -> None:
        """Renew or take the lease, or stand by. `answers`: a source of this machine does."""
        if self._problem:
            raise self._problem
        by = Claimant(self.publisher.mark, self.own, _host_name(), answers, settings_digest(self.settings))
        objects, minutes = self.objects, self.settings.freshness_max_age_minutes

        def claimed(there: SharedVersion) -> bytes:
            self.claimed = leases.claim(lease_in(objects, there), by, there.now, lease_lasts(minutes))
            return self.claimed.lease.to_bytes()

        objects.update(LEASE, leases.LARGEST, claimed)
        assert self.claimed is not None
        confirm_mark(self.state_directory, self.publisher.mark)
        self.save(replace(self.saved, standing_by=self.standing_by))
        _log_claim(self.claimed)

    def still_holds(self) -> bool:
        """Whether this machine holds the lease now, by the storage's clock."""
        if self.claimed is None or not self.claimed.holds:
            return False
        there = self.objects.read(LEASE, leases.LARGEST)
        lease = lease_in(self.objects, there)
        if lease is not None and lease.is_held(self.claimed.lease.generation, self.own, there.now):
            return True
        if lease is not None and lease.holder not in self.own:
            self.claimed = Claim(lease, leases.Standing.STANDS_BY)
            self.save(replace(self.saved, standing_by=self.standing_by))
        journal.log_warning("pair: the lease was lost during this run, which publishes nothing more", event="pair")
        return False

    @contextmanager
    def releasing(self) -> Iterator[None]:
        """Give the lease up if the rest of a run fails."""
        try:
            yield
        except Exception:
            with suppress(ElytraStatusError):
                self.release()
            raise

    def release(self) -> None:
        """Give the lease up if this machine holds it."""
        objects = self.objects

        def released(there: SharedVersion) -> bytes | None:
            lease = lease_in(objects, there)
            return leases.release(lease, self.own, there.now).to_bytes() if lease else None

        if self.holds:
            objects.update(LEASE, leases.LARGEST, released)

    def as_publisher(self) -> Publisher:
        """Return the marks of this machine and of the other one, for the publication."""
        return replace(self.publisher, partner=self._partner_marks(self.claimed.lease if self.claimed else None))

    @property
    def conditions(self) -> ConditionalWrites:
        """How the storage takes conditional writes, which a pair requires."""
        return ConditionalWrites(self.saved.form or TagForm.BARE, enforced=True)

    def is_of_partner(self, stamp: Stamp | None) -> bool:
        """Whether the other machine left a stamp, by the lease as it is now."""
        if stamp is None:
            return False
        lease = lease_in(self.objects, self.objects.read(LEASE, leases.LARGEST))
        return stamp.mark in self._partner_marks(lease)

    def _partner_marks(self, lease: Lease | None) -> frozenset[str]:
        others = lease.others(self.own) if lease else ()
        return frozenset(mark for one in others for mark in one.marks)


def open_pair(settings: Settings, clock: Clock, state_directory: Path, publisher: Publisher | None = None) -> Pair:
    """Return this machine as one of its pair. `publisher` is that of a run."""
    by = publisher or Publisher(secrets.token_hex(8), frozenset())
    return Pair(settings, clock, state_directory, by, read_pair(state_directory))


def _history(settings: Settings, state_directory: Path) -> History:
    return history_of(settings, state_directory, learns=True)


def _host_name() -> str:
    name = journal.one_line(socket.gethostname())[: leases.LONGEST_NAME]
    return name if name and name.isprintable() else "unnamed"


def _log_claim(claim: Claim) -> None:
    lease, standing = claim.lease, claim.standing
    fields: dict[str, Any] = {"event": "lease", "generation": lease.generation}
    if standing is leases.Standing.STANDS_BY:
        journal.log_info(f"standing by: {lease.name} publishes since {to_text(lease.taken)}", **fields)
    elif standing is leases.Standing.RENEWED:
        journal.log_info(f"pair: this machine holds the lease until {to_text(lease.until)}", **fields)
    else:
        why = {
            leases.Standing.FIRST: "no machine held it",
            leases.Standing.EXPIRED: "the other machine has not renewed it",
            leases.Standing.SILENT: "no source of the other machine responds",
        }[standing]
        journal.log_warning(f"pair: this machine takes the lease and publishes from now on ({why})", **fields)


def _joined(theirs: SharedState, own: SharedState) -> bytes | None:
    """Return what both know, with what the machine that joins knows.

    Return None if that machine has announced nothing. Its changes of the status count until the pair began: later ones
    were not published by the pair.
    """
    if own.announcements == Announcements():
        return None
    names = {*theirs.registers, *own.registers}
    registers = {name: {**own.registers.get(name, {}), **theirs.registers.get(name, {})} for name in names}
    before = [one for one in own.changes if not theirs.changes or one.time < theirs.changes[0].time]
    changes = (*before, *theirs.changes)[-CHANGES_KEPT:]
    both = replace(theirs, announcements=own.announcements, registers=registers, changes=changes)
    return both.after(theirs, own.writes[0]).to_bytes()
