# SPDX-License-Identifier: MIT
"""Check who can read and write buckets with backups or backup evidence.

Only their own key should read them, and nobody should write them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from elytra_status.doctor import rights
from elytra_status.doctor.finding import Finding, Level, fault, of_error, ok, skipped, warning
from elytra_status.errors import ElytraStatusError, PublishError
from elytra_status.net.s3 import Account, Bucket
from elytra_status.settings import Settings, kinds
from elytra_status.sources.backups_s3 import spaces_backups

# For each query; some are made only after another is answered.
SECONDS = 4.5
# A key that no backup has: whoever may write this may write any.
_NEW = "elytra-status-doctor"
# This many objects are tested for whether everybody may read them.
_TRIED = 3
_FULL_KEY = "whoever steals this key could delete all backups"


class _Evidence(NamedTuple):
    """The location of evidence: a bucket, and a prefix of keys or a whole key."""

    word: str
    account: Account
    bucket: str
    prefix: str

    @property
    def new_key(self) -> str:
        """A key that can be written by whoever may write evidence there."""
        return self.prefix if self.prefix.endswith(".json") else self.prefix + _NEW


def _evidence(settings: Settings) -> list[_Evidence]:
    """Return the evidence of backups in buckets, each bucket once."""
    found = []
    account = spaces_backups.backup_account(settings)
    if account is None:
        return []
    account = once(account)
    if settings.backup_bucket:
        found.append(_Evidence("backup", account, settings.backup_bucket, settings.backup_prefix))
    manifest = kinds.in_bucket(settings.backup_manifest or "")
    if manifest and manifest[0] != settings.backup_bucket:
        found.append(_Evidence("manifest", account, *manifest))
    return found


def evidence_checks(settings: Settings, status_bucket: Bucket | None) -> dict[str, Callable[[], Finding]]:
    """Return the checks for each bucket with evidence."""
    tasks: dict[str, Callable[[], Finding]] = {}
    for evidence in _evidence(settings):
        tasks |= _of_evidence(evidence)
        if status_bucket:
            tasks |= _one_key_in_the_others_bucket(settings, status_bucket, evidence)
    return tasks


def once(account: Account) -> Account:
    """Return an account whose requests are made once.

    An error is a result, and need not be retried.
    """
    return replace(account, attempts=1)


def _of_evidence(evidence: _Evidence) -> dict[str, Callable[[], Finding]]:
    account, word = evidence.account, evidence.word
    private = "make the bucket private at once, and see in its access log who has read it"
    listing = f"{word} listing"
    return {
        f"{word} key": partial(_must_not_write, evidence),
        listing: partial(no_list_for_all, listing, account, evidence.bucket, fault, private),
        f"{word} reading": partial(_nothing_for_all, evidence, private),
    }


def _must_not_write(evidence: _Evidence) -> Finding:
    name, account = f"{evidence.word} key", evidence.account
    try:
        rights.check_may_write(account, evidence.bucket, evidence.new_key)
    except PublishError as error:
        if rights.is_refusal(error):
            return ok(name, f"the key may not write {evidence.word}s")
        return _not_found_out(name, error)
    remedy = f"set {account.names.access_key} to a key limited to reading: {_FULL_KEY}"
    if account.names.access_key != "BACKUP_ACCESS_KEY":
        remedy = "set BACKUP_ACCESS_KEY and BACKUP_SECRET_KEY to a key limited to reading that bucket"
    return warning(name, f"the key may write and delete {evidence.word}s", remedy)


def _one_key_in_the_others_bucket(
    settings: Settings, status_bucket: Bucket, evidence: _Evidence
) -> dict[str, Callable[[], Finding]]:
    own, others = once(status_bucket.account), evidence.account
    kind = f"{evidence.word}s"
    if (own.endpoint, status_bucket.name) == (others.endpoint, evidence.bucket):
        words = f"status and {kind} are in one bucket: the key that publishes may overwrite {kind}"
        return {f"{evidence.word} bucket": lambda: warning("buckets", words, "create a bucket for the status only")}
    if own == others:
        return {}  # The key must be able to do both. What it can do beyond that is found when it tries.
    # Each key is used where the other's bucket is.
    status_key = replace(others, access_key=own.access_key, secret_key=own.secret_key)
    backup_key = replace(own, access_key=others.access_key, secret_key=others.secret_key)

    limits = "status key limits" if evidence.word == "backup" else f"status key limits, {kind}"

    def status_key_reaches() -> Finding:
        attempts = (
            ("list", lambda: rights.check_may_list(status_key, evidence.bucket, evidence.prefix)),
            ("write", lambda: rights.check_may_write(status_key, evidence.bucket, evidence.new_key)),
        )
        may = [
            right
            for right, attempt in attempts
            if not _is_refused(attempt, is_elsewhere=own.endpoint != others.endpoint)
        ]
        if may:
            remedy = f"limit SPACES_ACCESS_KEY to bucket {status_bucket.name}"
            return warning(limits, f"may {' and '.join(may)} {kind} too", remedy)
        return ok(limits, f"does not reach the {kind}")

    def backup_key_reaches() -> Finding:
        name = "backup key limits"
        key = settings.status_bucket_key
        elsewhere = own.endpoint != others.endpoint
        if _is_refused(lambda: rights.check_may_write(backup_key, status_bucket.name, key), is_elsewhere=elsewhere):
            return ok(name, "may not write the status")
        buckets = " and ".join(one.bucket for one in _evidence(settings))
        return warning(name, "may write the status too", f"limit BACKUP_ACCESS_KEY to bucket {buckets}")

    # If there are two buckets with evidence, whether their key reaches the status is checked once.
    return {limits: status_key_reaches, "backup key limits": backup_key_reaches}


def _is_refused(attempt: Callable[[], None], *, is_elsewhere: bool) -> bool:
    """Whether a key is refused.

    `is_elsewhere` says that it is used at another service, which may not know the key at all.
    """
    try:
        attempt()
    except PublishError as error:
        if rights.is_refusal(error) or (is_elsewhere and error.code == "InvalidAccessKeyId"):
            return True
        raise
    return False


def no_list_for_all(
    name: str, account: Account, bucket: str, level: Callable[[str, str, str], Finding], remedy: str
) -> Finding:
    """Return whether everybody may list a bucket: a finding of `level` if so."""
    if rights.anyone_may_list(account, bucket, SECONDS):
        return level(name, f"everybody may list bucket {bucket}", remedy)
    return ok(name, f"bucket {bucket} cannot be listed without a key")


def _nothing_for_all(evidence: _Evidence, remedy: str) -> Finding:
    name, account = f"{evidence.word} reading", evidence.account
    try:
        keys = rights.some_keys(account, evidence.bucket, evidence.prefix, _TRIED)
    except PublishError as error:
        return _not_found_out(name, error)
    if not keys:
        return skipped(name, "there is no object that could be read")
    if any(rights.anyone_may_read(account, evidence.bucket, key, SECONDS / len(keys)) for key in keys):
        return fault(name, f"everybody may read {evidence.word}s", remedy)
    return ok(name, f"{len(keys)} that were tried cannot be read without a key")


def _not_found_out(name: str, error: ElytraStatusError) -> Finding:
    return of_error(Level.WARNING, name, error, "try again later")
