# SPDX-License-Identifier: MIT
"""The places: may each key do what it must, and no more, and is nothing open to the world that should not be."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from elytra_status.clock import Clock, for_people
from elytra_status.doctor import rights
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
from elytra_status.errors import ElytraStatusError, PublishError
from elytra_status.publish import directory, spaces_bucket
from elytra_status.publish.place import updated_at
from elytra_status.publish.spaces_bucket import Bucket
from elytra_status.settings import Settings
from elytra_status.side_by_side import side_by_side
from elytra_status.sources import spaces_backups
from elytra_status.spaces import Account

# For each question; some are asked once another is answered.
SECONDS = 4.5
# A key that no backup has: who may write this may write any.
_NEW_BACKUP = "elytra-status-doctor"
# Of this many backups it is tried whether all the world may read them.
_BACKUPS_TRIED = 3
_FULL_KEY = "a thief of it would have them all"


def checks(context: Context) -> Iterator[Finding]:
    """Yield what the keys may do, all asked side by side, without writing anything."""
    settings = context.settings
    tasks: dict[str, Callable[[], Finding]] = {}
    if settings.status_bucket:
        tasks |= _status_bucket(settings, settings.status_bucket, context.clock)
    else:
        yield from _directory(context)
    if settings.backup_bucket:
        tasks |= _backup_bucket(settings, settings.backup_bucket)
    if settings.status_bucket and settings.backup_bucket:
        tasks |= _one_key_in_the_others_bucket(settings, settings.status_bucket, settings.backup_bucket)
    answers = side_by_side({name: (2 * SECONDS, task) for name, task in tasks.items()})
    for name, answer in answers.items():
        if isinstance(answer, Exception):
            answer = of_exception(Level.WARNING, name, answer, "look again later", context)
        yield answer


def _once(account: Account) -> Account:
    """Return an account whose questions are asked once: what keeps them from being answered is what is to be found."""
    return replace(account, attempts=1)


def _directory(context: Context) -> Iterator[Finding]:
    path = directory.path_of(context.settings, context.state_directory)
    if not path.exists():
        yield skipped("directory", f"{path}: not there yet, the first run makes it")
        return
    mode = path.stat().st_mode
    if not mode & 0o001:
        yield warning("directory", f"{path}: a web server may not enter it", f"chmod o+x {path}")
    elif not os.access(path, os.W_OK) and os.geteuid() == path.stat().st_uid:
        yield fault("directory", f"{path}: cannot be written to", "is the disk read-only? mount -o remount,rw")
    else:
        yield ok("directory", f"{path}; without STATUS_BUCKET nothing leaves this machine")


def _status_bucket(settings: Settings, bucket: str, clock: Clock) -> dict[str, Callable[[], Finding]]:
    account, key = _once(spaces_bucket.account(settings)), settings.status_bucket_key
    closed = "in the control panel: the bucket, Settings, Restrict File Listing"
    return {
        "write status": partial(_must_write, account, bucket, key),
        "read status": partial(_must_read, settings, account, bucket, clock),
        "status listing": partial(_no_list_for_all, "status listing", account, bucket, warning, closed),
    }


def _must_write(account: Account, bucket: str, key: str) -> Finding:
    try:
        rights.check_may_write(account, bucket, key)
    except PublishError as error:
        return of_error(Level.FAULT, "write status", error, "see the key's rights")
    return ok("write status", f"the key may write {key} in bucket {bucket}")


def _must_read(settings: Settings, account: Account, bucket: str, clock: Clock) -> Finding:
    name = "read status"
    try:
        found = Bucket(settings, bucket, account, time.monotonic() + SECONDS).read(STATUS)
    except PublishError as error:
        return of_error(Level.FAULT, name, error, "see the key's rights")
    if found is None:
        remedy = "let it run once: systemctl start elytra-status.service; else give the key the right to read"
        return warning(name, f"{settings.status_bucket_key} is not there, or the key may not read it", remedy)
    moment = updated_at(found.body)
    age = f"a status {for_people((clock.now() - moment).total_seconds())} old" if moment else "something else"
    return ok(name, f"the key may read it: {age}, {len(found.body)} bytes")


def _backup_bucket(settings: Settings, bucket: str) -> dict[str, Callable[[], Finding]]:
    account, prefix = _once(spaces_backups.account(settings)), settings.backup_prefix
    private = "at once: make the bucket private, and see who has been there"
    return {
        "backup key": partial(_must_not_write_backups, account, bucket, prefix),
        "backup listing": partial(_no_list_for_all, "backup listing", account, bucket, fault, private),
        "backup reading": partial(_no_backup_for_all, account, bucket, prefix, private),
    }


def _must_not_write_backups(account: Account, bucket: str, prefix: str) -> Finding:
    name = "backup key"
    try:
        rights.check_may_write(account, bucket, prefix + _NEW_BACKUP)
    except PublishError as error:
        if rights.is_refusal(error):
            return ok(name, "the key may not write backups")
        return _not_found_out(name, error)
    remedy = f"set {account.names.access_key} to a key limited to reading: {_FULL_KEY}"
    if account.names.access_key != "BACKUP_ACCESS_KEY":
        remedy = "set BACKUP_ACCESS_KEY and BACKUP_SECRET_KEY to a key limited to reading that bucket"
    return warning(name, "the key may write and delete backups", remedy)


def _one_key_in_the_others_bucket(
    settings: Settings, status_bucket: str, backup_bucket: str
) -> dict[str, Callable[[], Finding]]:
    own, others = _once(spaces_bucket.account(settings)), _once(spaces_backups.account(settings))
    if (own.endpoint, status_bucket) == (others.endpoint, backup_bucket):
        words = "status and backups lie in one bucket: the key that publishes may overwrite backups"
        return {"buckets": lambda: warning("buckets", words, "create a bucket for the status alone")}
    if own == others:
        return {}  # It has to do both, and what it may do beyond is found where it does it.
    # Each key where the other's bucket is.
    status_key = replace(others, access_key=own.access_key, secret_key=own.secret_key)
    backup_key = replace(own, access_key=others.access_key, secret_key=others.secret_key)

    def status_key_reaches() -> Finding:
        name = "status key limits"
        asked = (
            ("list", lambda: rights.check_may_list(status_key, backup_bucket, settings.backup_prefix)),
            ("write", lambda: rights.check_may_write(status_key, backup_bucket, settings.backup_prefix + _NEW_BACKUP)),
        )
        may = [right for right, ask in asked if not _is_refused(ask, is_elsewhere=own.endpoint != others.endpoint)]
        if may:
            remedy = f"limit SPACES_ACCESS_KEY to bucket {status_bucket}"
            return warning(name, f"may {' and '.join(may)} backups too", remedy)
        return ok(name, "does not reach the backups")

    def backup_key_reaches() -> Finding:
        name = "backup key limits"
        key = settings.status_bucket_key
        elsewhere = own.endpoint != others.endpoint
        if _is_refused(lambda: rights.check_may_write(backup_key, status_bucket, key), is_elsewhere=elsewhere):
            return ok(name, "may not write the status")
        return warning(name, "may write the status too", f"limit BACKUP_ACCESS_KEY to bucket {backup_bucket}")

    return {"status key limits": status_key_reaches, "backup key limits": backup_key_reaches}


def _is_refused(ask: Callable[[], None], *, is_elsewhere: bool) -> bool:
    """Whether a key is refused; `is_elsewhere`: at another service, which may well not know it at all."""
    try:
        ask()
    except PublishError as error:
        if rights.is_refusal(error) or (is_elsewhere and error.code == "InvalidAccessKeyId"):
            return True
        raise
    return False


def _no_list_for_all(
    name: str, account: Account, bucket: str, level: Callable[[str, str, str], Finding], remedy: str
) -> Finding:
    if rights.anyone_may_list(account, bucket, SECONDS):
        return level(name, f"all the world may list bucket {bucket}", remedy)
    return ok(name, f"bucket {bucket} cannot be listed without a key")


def _no_backup_for_all(account: Account, bucket: str, prefix: str, remedy: str) -> Finding:
    name = "backup reading"
    try:
        keys = rights.some_keys(account, bucket, prefix, _BACKUPS_TRIED)
    except PublishError as error:
        return _not_found_out(name, error)
    if not keys:
        return skipped(name, "there is nothing there that the world could read")
    if any(rights.anyone_may_read(account, bucket, key, SECONDS / len(keys)) for key in keys):
        return fault(name, "all the world may read backups", remedy)
    return ok(name, f"{len(keys)} that were tried cannot be read without a key")


def _not_found_out(name: str, error: ElytraStatusError) -> Finding:
    return of_error(Level.WARNING, name, error, "look again later")


AREA = Area("places", checks)
