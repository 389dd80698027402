# SPDX-License-Identifier: MIT
"""The objects in which both machines of a pair keep what they share."""

from __future__ import annotations

from elytra_status.announcements import written
from elytra_status.errors import AnnouncementsError, FetchError, PublishError, message
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish import lease as leases
from elytra_status.publish.lease import Lease
from elytra_status.publish.s3_bucket import status_bucket
from elytra_status.publish.shared_objects import SharedObjects, SharedVersion
from elytra_status.run import saved_pair
from elytra_status.run.shared_state import SharedState
from elytra_status.settings import Settings
from elytra_status.system import journal
from elytra_status.system.clock import Clock
from elytra_status.system.digest import digest

LEASE, STATE = "lease.json", "state.json"
# The remedy if what both know is missing or damaged.
ANEW = (
    f"put the object aside, and remove {saved_pair.FILE} from the state directory of the machine whose announcements"
    " apply: its next run writes a new object"
)
# The remedy if everybody may read them.
PRIVATE = (
    "set PAIR_BUCKET on both machines to a private bucket, or leave the objects of the pair out of what makes the"
    " bucket public; then delete what everybody could read"
)


def open_objects(settings: Settings, clock: Clock, form: TagForm) -> SharedObjects:
    """Return the objects of the pair that the settings name."""
    bucket = status_bucket(settings)
    if bucket is None:
        # A check of the settings reports it, but a setting that cannot be used may have been left out.
        raise PublishError("PUBLISHERS=pair is set without a bucket", "set STATUS_BUCKET, its endpoint and its key")
    return SharedObjects(bucket.account, settings.pair_bucket or bucket.name, settings.pair_key, clock, form)


def check_private(objects: SharedObjects, *names: str) -> None:
    """Raise PublishError if everybody may read one of the objects.

    What both machines know may name clients. If it cannot be found out, a warning is logged.
    """
    for name in names:
        try:
            is_public = objects.is_public(name)
        except FetchError as error:
            words = message(
                f"it is not known whether {objects.describe(name)} is private ({error.problem})", error.remedy, "pair"
            )
            journal.log_warning(words, event="pair")
            continue
        if is_public:
            raise PublishError(f"everybody may read {objects.describe(name)}, which may hold private names", PRIVATE)


def lease_in(objects: SharedObjects, there: SharedVersion) -> Lease | None:
    """Return the lease in an object, None if there is no object. Raise PublishError."""
    try:
        return None if there.body is None else Lease.from_bytes(there.body)
    except leases.LeaseShapeError as error:
        raise PublishError(
            f"{objects.describe(LEASE)} is damaged ({error})",
            "find out who else writes there, and delete the object: the next run of either machine takes the lease",
        ) from None


def state_in(objects: SharedObjects, there: SharedVersion) -> SharedState:
    """Return what both know, from its object.

    Raise AnnouncementsError if it is missing or damaged.
    """
    where = objects.describe(STATE)
    if there.body is None:
        raise AnnouncementsError(f"{where} is missing, so what both machines announce is unknown", ANEW)
    try:
        return SharedState.from_bytes(there.body)
    except written.ShapeError as error:
        raise AnnouncementsError(f"{where} is damaged ({error})", ANEW) from None


def address_digest(objects: SharedObjects) -> str:
    """Return a digest of where the objects are."""
    return digest(f"{objects.account.endpoint} {objects.bucket} {objects.prefix}")
