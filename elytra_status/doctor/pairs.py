# SPDX-License-Identifier: MIT
"""Check a pair: who publishes, whether both run, and what both know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from elytra_status.announcements.written import ShapeError
from elytra_status.doctor import evidence
from elytra_status.doctor.finding import Context, Finding, Level, fault, of_error, ok, skipped, warning
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import FetchError, PublishError
from elytra_status.history import shared_past, sharing
from elytra_status.history import store as history_store
from elytra_status.history.shared_past import NewerPastError, PastShapeError, SharedPast
from elytra_status.history.store import HistoryError
from elytra_status.model import Announcements
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish import lease as leases
from elytra_status.publish.lease import Lease, PairMachine
from elytra_status.publish.shared_objects import SharedObjects, SharedVersion
from elytra_status.publish.stamp import RECENT, Found, replaces_unmarked
from elytra_status.publish.target import Target
from elytra_status.run import earlier_documents, pair_history, publisher, publishing, saved_pair
from elytra_status.run.pair import settings_digest
from elytra_status.run.pair_objects import ANEW, LEASE, PRIVATE, STATE, lease_in, open_objects, state_in
from elytra_status.run.shared_state import LARGEST, SharedState
from elytra_status.system.clock import for_people

PAIR, OBJECTS, PUBLISHER, CONDITIONAL = "pair", "pair objects", "publisher", "conditional writes"
_RUN = "systemctl start elytra-status.service"


def pair_objects(context: Context) -> SharedObjects:
    """Return the objects of the pair."""
    saved = saved_pair.read_pair(context.state_directory)
    objects = open_objects(context.settings, context.clock, saved.form or TagForm.BARE)
    return replace(objects, account=evidence.once(objects.account))


def read_announced(objects: SharedObjects) -> Announcements:
    """Return the announcements of both machines.

    Raise PublishError and AnnouncementsError.
    """
    there = objects.read(STATE, LARGEST)
    return Announcements() if there.body is None else state_in(objects, there).announcements


def pair_checks(context: Context, objects: SharedObjects, target: Target) -> dict[str, Callable[[], Finding]]:
    """Return the checks, by name. Nothing is written."""
    saved = saved_pair.read_pair(context.state_directory)
    return {
        PAIR: partial(_pair, context, objects),
        OBJECTS: partial(_objects, context, objects),
        PUBLISHER: partial(_publisher, context, objects, target),
        CONDITIONAL: partial(_conditional, saved),
    }


def _own(context: Context) -> frozenset[str]:
    return publisher.read(context.state_directory).own


def _pair(context: Context, objects: SharedObjects) -> Finding:
    """Find out which machine publishes, and whether both run with the same settings."""
    try:
        there = objects.read(LEASE, leases.LARGEST)
        lease = lease_in(objects, there)
    except PublishError as error:
        return of_error(Level.FAULT, PAIR, error, "see the key's rights")
    own = _own(context)
    mine = lease.machine_of(own) if lease else None
    if lease is None or mine is None:
        return skipped(PAIR, f"this machine has not run as one of a pair yet: {_RUN}")
    return _of_other(context, lease, mine, there) if lease.others(own) else _alone()


def _alone() -> Finding:
    remedy = "install the package on the second machine, copy the settings to it, and start the timer there"
    return warning(PAIR, "only this machine has run: no other machine can take over", remedy)


def _of_other(context: Context, lease: Lease, mine: PairMachine, there: SharedVersion) -> Finding:
    other = max(lease.others(frozenset(mine.marks)), key=lambda one: one.ran)
    is_publishing = lease.holder in mine.marks
    role = "this machine publishes" if is_publishing else f"{lease.name} publishes, and this machine stands by"
    ago = for_people((there.now - other.ran).total_seconds())
    if there.now - other.ran > RECENT:
        return warning(
            PAIR,
            f"{role}; {other.name} ran last {ago} ago",
            f"see there: elytra-status doctor; if {other.name} will not return, set up another machine,"
            " or set PUBLISHERS=one",
        )
    if lease.has_expired(there.now):
        return warning(PAIR, f"the lease has expired, and {other.name} ran {ago} ago", _RUN)
    if other.settings != settings_digest(context.settings):
        return warning(
            PAIR,
            f"{role}; the settings of {other.name} differ in what is decided or published",
            "copy the settings, and let both machines run once",
        )
    return ok(PAIR, f"{role}; {other.name} ran {ago} ago")


def _objects(context: Context, objects: SharedObjects) -> Finding:
    """Find out whether what both machines know is sound and private."""
    where = objects.describe(STATE)
    try:
        body = objects.read(STATE, LARGEST).body
        if body is None:
            return skipped(OBJECTS, f"{where} does not exist yet: the first run writes it")
        state = SharedState.from_bytes(body)
    except PublishError as error:
        return of_error(Level.FAULT, OBJECTS, error, "see the key's rights")
    except ShapeError as error:
        return fault(OBJECTS, f"{where} is damaged: {error}", ANEW)
    try:
        is_public = objects.is_public(STATE)
    except FetchError as error:
        return of_error(Level.WARNING, OBJECTS, error, "try again later")
    if is_public:
        return fault(OBJECTS, f"everybody may read {where}", PRIVATE)
    return _history(context, objects) or ok(OBJECTS, f"{where}: sound and private, changed {state.revision} times")


def _history(context: Context, objects: SharedObjects) -> Finding | None:
    """Return what is wrong with the history of the pair, None if nothing is."""
    where = objects.describe(pair_history.NAME)
    try:
        body = objects.read(pair_history.NAME, shared_past.LARGEST).body
        shared = history_store.read(context.state_directory / history_store.FILE, sharing.read_shared)
        if body is None:
            remedy = pair_history.ANEW
            return warning(OBJECTS, f"{where} is missing", remedy) if shared.version else None
        SharedPast.from_bytes(body)
    except (PublishError, HistoryError) as error:
        return of_error(Level.WARNING, OBJECTS, error, "see the key's rights")
    except NewerPastError as error:
        return warning(OBJECTS, f"{where} {error}", pair_history.UPGRADE)
    except PastShapeError as error:
        return warning(OBJECTS, f"{where} is damaged: {error}", pair_history.ANEW)
    return None


def _publisher(context: Context, objects: SharedObjects, target: Target) -> Finding:
    """Find out whether a machine publishes that is not of the pair."""
    try:
        found = target.read(STATUS)
        lease = lease_in(objects, objects.read(LEASE, leases.LARGEST))
    except PublishError as error:
        return of_error(Level.WARNING, PUBLISHER, error, "see the key's rights")
    if found.stamp is None:
        return of_unmarked(context, publisher.read(context.state_directory), found)
    ago = for_people((found.now - found.stamp.decided).total_seconds())
    mark = frozenset({found.stamp.mark})
    machine = lease.machine_of(mark) if lease else None
    if machine:
        return ok(PUBLISHER, f"{machine.name} published {ago} ago")
    if mark <= _own(context):
        return ok(PUBLISHER, f"this machine published {ago} ago")
    if found.is_recent:
        return fault(PUBLISHER, f"a machine that is not of the pair published {ago} ago", publisher.REMEDY)
    return warning(PUBLISHER, f"a machine that is not of the pair published last, {ago} ago", _RUN)


def of_unmarked(context: Context, saved: publisher.SavedPublisher, found: Found) -> Finding:
    """Return the finding about a status without a mark of its publisher."""
    earlier = earlier_documents.read(context.state_directory)
    last = publishing.last_status(context.settings, context.state_directory, saved, earlier)
    if replaces_unmarked(found, last):
        return fault(PUBLISHER, f"the published status {publishing.UNMARKED}", publisher.UNMARKED_REMEDY)
    return skipped(PUBLISHER, "the published status has no mark of its publisher: the next run leaves one")


def _conditional(saved: saved_pair.SavedPair) -> Finding:
    """Report what runs have found out about the storage."""
    if saved.form is None:
        return skipped(CONDITIONAL, "not known yet: the first run finds out whether the storage enforces them")
    quoted = ", with tags in quotes" if saved.form is TagForm.QUOTED else ""
    return ok(CONDITIONAL, f"the storage enforces If-Match and If-None-Match{quoted}")
