# SPDX-License-Identifier: MIT
"""Check that one machine alone publishes, and that visitors get an override.

Check also whether the storage keeps the publications of two runs apart.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from elytra_status import schema
from elytra_status.announcements import store
from elytra_status.announcements.override import in_force
from elytra_status.doctor import pairs
from elytra_status.doctor.finding import Context, Finding, Level, fault, of_error, ok, skipped, warning
from elytra_status.doctor.pairs import CONDITIONAL, PUBLISHER
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import AnnouncementsError, PublishError
from elytra_status.model import Announcements
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish.stamp import NO_TIME, NO_TIME_REMEDY, RECENT, Found
from elytra_status.publish.target import Target
from elytra_status.run import publisher
from elytra_status.system.clock import for_people, to_text

OVERRIDE = "published override"
_RUN = "systemctl start elytra-status.service"


def publisher_checks(context: Context, target: Target) -> dict[str, Callable[[], Finding]]:
    """Return the checks, by name. Nothing is written."""
    if context.settings.publishers == "pair":
        objects = pairs.pair_objects(context)
        announced = partial(pairs.read_announced, objects)
        remedy = f"on the machine that publishes: {_RUN}"
        return {
            **pairs.pair_checks(context, objects, target),
            OVERRIDE: partial(_override, context, target, announced, remedy),
        }
    announced = partial(store.read, context.state_directory)
    remedy = f"{_RUN}; if the next run of another machine replaces it, stop that one"
    return {
        PUBLISHER: partial(_publisher, context, target),
        **({CONDITIONAL: partial(_conditional, context)} if context.settings.status_bucket else {}),
        OVERRIDE: partial(_override, context, target, announced, remedy),
    }


def _publisher(context: Context, target: Target) -> Finding:
    """Find out whether another machine publishes to the same target."""
    saved = publisher.read(context.state_directory)
    try:
        found = target.read(STATUS)
    except PublishError as error:
        return of_error(Level.WARNING, PUBLISHER, error, "see the key's rights")
    if found.stamp is None:
        return pairs.of_unmarked(context, saved, found)
    if saved.is_damaged:
        return skipped(PUBLISHER, f"{publisher.FILE} is damaged: the next run writes it anew")
    ago = for_people((found.now - found.stamp.decided).total_seconds())
    if found.stamp.mark not in saved.own:
        if found.is_recent:
            return fault(PUBLISHER, f"another machine published {ago} ago", publisher.REMEDY)
        remedy = f"if this machine should publish: {_RUN}"
        return warning(PUBLISHER, f"another machine published last, {ago} ago", remedy)
    if saved.other and found.now - saved.other < RECENT:
        words = f"this machine published {ago} ago, and another one at {to_text(saved.other)}"
        return fault(PUBLISHER, words, publisher.REMEDY)
    if not found.sent_time:
        return warning(PUBLISHER, f"this machine published {ago} ago; {target.description} {NO_TIME}", NO_TIME_REMEDY)
    return ok(PUBLISHER, f"this machine published {ago} ago, and no other one in the hour before")


def _conditional(context: Context) -> Finding:
    """Report what runs have found out about the storage."""
    saved = publisher.read(context.state_directory)
    target = publisher.target_id(context.settings.spaces_endpoint, context.settings.status_bucket)
    conditions = publisher.conditions(target, saved, context.clock.now())
    if conditions.enforced is None:
        return skipped(CONDITIONAL, "not known yet: the second run finds out whether the storage enforces them")
    if conditions.enforced:
        quoted = ", with tags in quotes" if conditions.form is TagForm.QUOTED else ""
        return ok(CONDITIONAL, f"the storage enforces If-Match{quoted}: an older run cannot replace a newer document")
    words = "the storage does not enforce If-Match: each run reads the newest document again before it uploads"
    return ok(CONDITIONAL, words)


def _override(context: Context, target: Target, announced: Callable[[], Announcements], remedy: str) -> Finding:
    """Find out whether visitors get the override in force, here or in the pair."""
    try:
        override = in_force(announced(), context.clock.now())
    except AnnouncementsError as error:
        return of_error(Level.FAULT, OVERRIDE, error, "see announcements")
    except PublishError as error:
        return of_error(Level.WARNING, OVERRIDE, error, "see the key's rights")
    if override is None:
        return skipped(OVERRIDE, "no override is set")
    try:
        found = target.read(STATUS)
    except PublishError as error:
        return of_error(Level.WARNING, OVERRIDE, error, "see the key's rights")
    if _shows_override(found, to_text(override.until)):
        return ok(OVERRIDE, f"the published status shows the override until {to_text(override.until)}")
    return fault(OVERRIDE, "an override is set, and the published status does not show it", remedy)


def _shows_override(found: Found, until: str) -> bool:
    document, _ = schema.parse_status(found.document.body) if found.document else (None, [])
    notices = document.get("notices", []) if document else []
    return any(notice["kind"] == "override" and notice["until"] == until for notice in notices)
