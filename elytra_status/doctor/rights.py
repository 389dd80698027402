# SPDX-License-Identifier: MIT
"""What a key, or anyone without one, may do in a bucket, found out without changing anything there."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from elytra_status.errors import PublishError
from elytra_status.net import http, s3
from elytra_status.net.s3 import Account

# No upload has this name, so that nothing can be added to one.
NO_UPLOAD = "elytra-status-doctor-asks"


def check_may_write(account: Account, bucket: str, key: str) -> None:
    """Return where a key may write an object, and raise PublishError where it may not, or something is wrong.

    It offers an empty part for an upload that was never begun. Storage looks at the right to write
    (s3:PutObject) before it looks for the upload, and no server can keep the part: there is nowhere to put
    it. A write with a checksum that is wrong on purpose would tell as much of Ceph, and so of Spaces, but
    there are servers that keep what came all the same.
    """
    try:
        with s3.errors_as(PublishError, account, bucket, f"write {key}"):
            s3.open_client(account).upload_part(Bucket=bucket, Key=key, UploadId=NO_UPLOAD, PartNumber=1, Body=b"")
    except PublishError as error:
        if error.code == "NoSuchUpload":
            return
        raise
    raise PublishError(
        "the storage accepts a part of an upload that does not exist",
        f"check that {account.names.endpoint} leads to an S3 service",
    )


def check_may_list(account: Account, bucket: str, prefix: str = "") -> None:
    """Return where a key may list a bucket, and raise PublishError where it may not, or something is wrong."""
    some_keys(account, bucket, prefix, 1)


def is_refusal(error: PublishError) -> bool:
    """Whether the right is not there, rather than something else wrong."""
    return error.code in ("AccessDenied", "403")


def some_keys(account: Account, bucket: str, prefix: str, count: int) -> list[str]:
    """Return the keys of a few objects. Raise PublishError."""
    with s3.errors_as(PublishError, account, bucket, "list it"):
        page = s3.open_client(account).list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=count)
        return [item["Key"] for item in page.get("Contents", [])]


def anyone_may_list(account: Account, bucket: str, seconds: float) -> bool:
    """Return whether all the world may list a bucket. Raise FetchError where no answer comes."""
    with http.open_session(account.ca_bundle) as session:
        url = f"{account.bucket_url(bucket)}/?list-type=2&max-keys=1"
        return http.get(session, url, seconds=seconds).status == 200


def anyone_may_read(account: Account, bucket: str, key: str, seconds: float) -> bool:
    """Return whether all the world may read an object. Raise FetchError where no answer comes."""
    return status_for_anyone(account, bucket, key, seconds) == HTTPStatus.OK


def status_for_anyone(account: Account, bucket: str, key: str, seconds: float) -> int:
    """Return the HTTP status that a visitor without a key gets for an object. Raise FetchError where none comes."""
    with http.open_session(account.ca_bundle) as session:
        url = f"{account.bucket_url(bucket)}/{quote(key)}"
        return http.get(session, url, seconds=seconds, headers_only=True).status


def refuses_acls(account: Account, bucket: str) -> bool:
    """Whether a bucket says that it takes no ACLs. Other storage than Amazon's does not know the question."""
    try:
        with s3.errors_as(PublishError, account, bucket, "read its ownership controls"):
            response = s3.open_client(account).get_bucket_ownership_controls(Bucket=bucket)
    except PublishError:
        return False
    rules = response.get("OwnershipControls", {}).get("Rules", [])
    return any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)
