# SPDX-License-Identifier: MIT
"""Publish the documents of a run, save what is learned about the target, and log."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from posixpath import dirname
from typing import TYPE_CHECKING

from elytra_status import publish
from elytra_status.documents import Document, EarlierDocument, body_digest, status_json
from elytra_status.errors import PublishError
from elytra_status.publish import upload
from elytra_status.publish.directory import path_of
from elytra_status.publish.stamp import NOBODY
from elytra_status.publish.target import Target
from elytra_status.publish.upload import PublishResult
from elytra_status.run import earlier_documents, publisher
from elytra_status.run.publisher import SavedPublisher
from elytra_status.settings import Settings
from elytra_status.system import journal
from elytra_status.system.clock import Clock, to_text
from elytra_status.system.digest import digest

if TYPE_CHECKING:
    from elytra_status.run.pair import Pair

UNMARKED = "is by somebody who leaves no mark, and not what this machine published last"
# So many documents are removed in one run, the rest in later runs.
MOST_REMOVED = 20


def target_of(settings: Settings, state_directory: Path) -> str:
    """Return what identifies the target: bucket and folder, or the directory."""
    if settings.status_bucket:
        folder = dirname(settings.status_bucket_key)
        return digest(f"{settings.spaces_endpoint} {settings.status_bucket} {folder}")
    return digest(os.fspath(path_of(settings.public_directory, state_directory)))


def publish_documents(
    settings: Settings,
    state_directory: Path,
    clock: Clock,
    documents: list[Document],
    now: datetime,
    earlier: Mapping[str, EarlierDocument],
    *,
    left_out: Collection[str] = frozenset(),
    polled: float | None = None,
    clock_is_right: bool,
    pair: Pair | None = None,
) -> tuple[str, PublishResult]:
    """Publish the documents that were decided `now`.

    Return the target in words, and the result. Raise PublishError. `earlier` are the documents as they were published
    before. Those that are neither published nor `left_out` are removed. `polled` is when the last poll began, by the
    monotonic clock. With a wrong clock a good status of another machine stays. A machine of a `pair` publishes only
    while it holds the lease.
    """
    saved = publisher.read(state_directory)
    bucket = publisher.target_id(settings.spaces_endpoint, settings.status_bucket)
    conditions = pair.conditions if pair else publisher.conditions(bucket, saved, now)
    target = publish.configured(settings, state_directory, clock, conditions)
    by = pair.as_publisher() if pair else publisher.begin_publishing(state_directory, saved)
    by = replace(by, last=last_status(settings, state_directory, saved, earlier))
    # A later run would take a mark that could not be saved for that of another machine.
    is_known = pair or by.own is not None or by.mark in publisher.read(state_directory).own
    result = upload.publish(
        target,
        documents,
        now,
        earlier_documents.unchanged(documents, earlier),
        publisher=by if is_known else NOBODY,
        tags=earlier_documents.tags(earlier),
        leaves_good_for=timedelta(minutes=0 if clock_is_right else settings.freshness_max_age_minutes),
        may_publish=pair.still_holds if pair else upload.always,
        clock=clock,
        decided=polled,
    )
    if pair:
        result = _of_pair(pair, result)
    publisher.write(bucket, state_directory, now, target.conditions, result, by.mark)
    if result.done:
        names = {document.name for document in documents if not document.local}.union(left_out)
        still_there = names | remove_outdated(target, earlier_documents.outdated(names, earlier))
        moment, where = now.replace(microsecond=0), target_of(settings, state_directory)
        earlier_documents.write(state_directory, documents, earlier, moment, still_there, result.tags, where)
    return target.description, result


def _of_pair(pair: Pair, result: PublishResult) -> PublishResult:
    """Return the result, in which the partner is no other publisher."""
    if pair.is_of_partner(result.other):
        # It has taken over during this run.
        result = replace(result, other=None)
    return replace(result, to_partner=not (result.done or result.lost or result.other))


def remove_outdated(target: Target, outdated: Mapping[str, EarlierDocument]) -> frozenset[str]:
    """Remove `outdated` documents; return the names that later runs must remove.

    A document is removed only if the target holds it exactly as it was published: another one is somebody else's. A
    failure is a warning, as the publication itself is complete.
    """
    later = set(outdated)
    for name in sorted(outdated)[:MOST_REMOVED]:
        try:
            there = target.read(name).document
            if there is not None and body_digest(there) == outdated[name].of_body:
                target.remove(name)
                journal.log_info(
                    f"removed {name} from {target.description}: it is no longer published", event="removed"
                )
        except PublishError as error:
            journal.log_warning(f"{name} is no longer published, but still there ({error.problem})", event="removed")
            break
        later.discard(name)
    return frozenset(later)


def log_result(target: str, documents: list[Document], now: datetime, seconds: float, result: PublishResult) -> None:
    """Log the result of the publication. Another machine that publishes is an error."""
    if result.done:
        others = sum(not document.local for document in documents) - 1
        words = f"published {status_json.NAME} of {to_text(now)} and {others} others to {target}"
        words += f", the run took {seconds:.1f} s"
    elif result.lost:
        words = f"this machine has lost the lease of the pair, and publishes nothing to {target}"
    elif result.kept_good:
        words = f"{target} contains a good status of another machine, and this run leaves it, as the clock is wrong"
    else:
        words = f"{target} contains a newer document, and this run publishes nothing"
    is_as_planned = result.done or result.lost or result.to_partner
    log = journal.log_info if is_as_planned else journal.log_warning
    log(words, event="published" if result.done else "yielded", seconds=f"{seconds:.3f}")
    if result.other:
        remedy = publisher.REMEDY if result.other.mark else publisher.UNMARKED_REMEDY
        journal.log_error(f"publisher: {other_publisher(target, result)}. {remedy}.", event="publisher")


def other_publisher(target: str, result: PublishResult) -> str:
    """Return that another machine publishes too, '' if none was noticed."""
    if not result.other:
        return ""
    moment = to_text(result.other.decided)
    if not result.other.mark:
        return f"{status_json.NAME} in {target}, read at {moment}, {UNMARKED}"
    return f"another machine published to {target} at {moment}"


def last_status(
    settings: Settings, state_directory: Path, saved: SavedPublisher, earlier: Mapping[str, EarlierDocument]
) -> str:
    """Return the digest of the status.json that this machine published last.

    It is "" if this machine has left no mark at its present target, or did not save the digest.
    """
    is_same_target = earlier_documents.read_target(state_directory) == target_of(settings, state_directory)
    last = earlier.get(status_json.NAME)
    return last.of_body if last and saved.confirmed and is_same_target else ""
