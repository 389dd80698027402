# SPDX-License-Identifier: MIT
"""Check the rights of each key at the targets, and that nothing else is public."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from posixpath import dirname

from elytra_status.doctor import evidence, publishers, rights
from elytra_status.doctor.finding import (
    Area,
    Context,
    Finding,
    Level,
    fault,
    of_error,
    of_exception,
    ok,
    skipped,
    warning,
)
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.errors import PublishError
from elytra_status.net import s3_errors
from elytra_status.net.concurrency import run_all
from elytra_status.net.s3 import Account
from elytra_status.publish import directory, s3_bucket, visitor, visitor_check
from elytra_status.publish.s3_bucket import S3Bucket
from elytra_status.publish.stamp import updated_at
from elytra_status.settings import Settings
from elytra_status.sources import only_watches
from elytra_status.system.clock import Clock, Deadline, for_people

# Without these nothing is published. The other checks are about security.
WRITE_STATUS, READ_STATUS = "write status", "read status"
_NEEDED = (WRITE_STATUS, READ_STATUS)
STATUS_ACL = "status ACL"


def checks(context: Context) -> Iterator[Finding]:
    """Yield what the keys may do. All checks run in parallel and write nothing."""
    settings = context.settings
    tasks: dict[str, Callable[[], Finding]] = {}
    bucket = s3_bucket.status_bucket(settings)
    if bucket:
        account = evidence.once(bucket.account)
        tasks |= _status_bucket(settings, account, bucket.name, context.clock)
        tasks |= publishers.publisher_checks(context, _open(settings, account, bucket.name, context.clock))
    else:
        yield from _directory(context)
        path = directory.path_of(settings.public_directory, context.state_directory)
        if path.exists() and not only_watches(settings):
            tasks |= publishers.publisher_checks(context, directory.Directory(path, context.clock))
    tasks |= evidence.evidence_checks(settings, bucket)
    answers = run_all({name: (2 * evidence.SECONDS, task) for name, task in tasks.items()}, context.clock)
    for name, answer in answers.items():
        if isinstance(answer, Exception):
            level = Level.FAULT if name in _NEEDED else Level.WARNING
            answer = of_exception(level, name, answer, "try again later", context)
        yield answer


def _directory(context: Context) -> Iterator[Finding]:
    if only_watches(context.settings):
        yield skipped("directory", "this machine publishes nothing, except by runs that are started by hand")
        return
    path = directory.path_of(context.settings.public_directory, context.state_directory)
    if not path.exists():
        yield skipped("directory", f"{path}: does not exist yet; the first run creates it")
        return
    if not os.access(path, os.W_OK) and os.geteuid() == path.stat().st_uid:
        yield fault("directory", f"{path}: cannot be written to", "if the disk is read-only: mount -o remount,rw")
    elif closed := directory.closed_directories(path):
        words = f"{closed[0]}: a web server that is not in its group cannot enter it, and so cannot read {path}"
        yield warning("directory", words, f"chmod o+x {closed[0]}")
    else:
        yield ok("directory", f"{path}; without STATUS_BUCKET nothing leaves this machine")


def _status_bucket(settings: Settings, account: Account, bucket: str, clock: Clock) -> dict[str, Callable[[], Finding]]:
    key, opened = settings.status_bucket_key, partial(_open, settings, account, bucket, clock)
    closed = "in the control panel: the bucket, Settings, Restrict File Listing"
    return {
        WRITE_STATUS: partial(_must_write, account, bucket, key),
        READ_STATUS: partial(_must_read, opened, key, clock),
        STATUS_ACL: partial(
            _must_be_public, settings.status_acl, visitor.origin_url(settings), opened, account, bucket, key
        ),
        "status listing": partial(evidence.no_list_for_all, "status listing", account, bucket, warning, closed),
    }


def _must_write(account: Account, bucket: str, key: str) -> Finding:
    try:
        rights.check_may_write(account, bucket, key)
    except PublishError as error:
        return of_error(Level.FAULT, WRITE_STATUS, error, "see the key's rights")
    return ok(WRITE_STATUS, f"the key may write {key} in bucket {bucket}")


def _open(settings: Settings, account: Account, bucket: str, clock: Clock) -> S3Bucket:
    return S3Bucket(settings, bucket, account, Deadline.after(clock, evidence.SECONDS))


def _must_read(opened: Callable[[], S3Bucket], key: str, clock: Clock) -> Finding:
    name = READ_STATUS
    try:
        found = opened().read(STATUS).document
    except PublishError as error:
        return of_error(Level.FAULT, name, error, "see the key's rights")
    if found is None:
        remedy = "let it run once: systemctl start elytra-status.service; else give the key the right to read"
        return warning(name, f"{key} is not there, or the key may not read it", remedy)
    moment = updated_at(found.body)
    age = f"a status {for_people((clock.now() - moment).total_seconds())} old" if moment else "no status"
    return ok(name, f"the key may read it: {age}, {len(found.body)} bytes")


def _must_be_public(
    acl: str, address: str | None, opened: Callable[[], S3Bucket], account: Account, bucket: str, key: str
) -> Finding:
    """Check whether the bucket accepts the ACL of the documents.

    Visitors may then read them. Amazon's storage can be queried for that. For other storage the published documents
    show it. The ACL is tried as long as there are none, and on storage that may have disabled ACLs.
    """
    name = STATUS_ACL
    if acl != "none" and rights.refuses_acls(account, bucket):
        words = f"ACLs are disabled on bucket {bucket} (BucketOwnerEnforced), and STATUS_ACL={acl}"
        return fault(name, words, s3_bucket.WITHOUT_ACL)
    if address is None:
        return ok(name, "STATUS_ACL=none: STATUS_URL alone is public, see public address")
    status = rights.status_for_anyone(account, bucket, key, evidence.SECONDS)
    if status == HTTPStatus.OK:
        # The key may not have the right to the query above. That visitors may read a document shows nothing where a
        # policy lets them.
        if acl != "none" and rights.refusal_of_acl(account, bucket, dirname(key), acl) == s3_errors.ACLS_DISABLED:
            return _refused_acl(s3_errors.ACLS_DISABLED, acl)
        return ok(name, f"everybody may read {key} in bucket {bucket}")
    try:
        found = opened().read(STATUS).document
    except PublishError:
        found = None
    if found is None:
        code = rights.refusal_of_acl(account, bucket, dirname(key), acl) if acl != "none" else ""
        if code:
            return _refused_acl(code, acl)
        return skipped(name, f"{key} is not there, or the key may not read it")
    remedy = visitor_check.NO_POLICY if acl == "none" else s3_bucket.NO_ACL
    return fault(name, f"visitors get {status} for {key} in bucket {bucket}, with STATUS_ACL={acl}", remedy)


def _refused_acl(code: str, acl: str) -> Finding:
    return fault(STATUS_ACL, f"{code}, the storage refuses STATUS_ACL={acl}", s3_bucket.WITHOUT_ACL)


AREA = Area("targets", checks)
