# SPDX-License-Identifier: MIT
"""Find out what a key, or anyone without one, may do in a bucket.

Nothing is left there.
"""

from __future__ import annotations

from posixpath import join
from secrets import token_hex

from elytra_status.errors import PublishError
from elytra_status.net import http, s3
from elytra_status.net.s3 import Account
from elytra_status.net.s3_errors import ACLS_DISABLED, code_of, names_acl
from elytra_status.publish.without_key import anyone_may_read, status_for_anyone

__all__ = ["anyone_may_read", "status_for_anyone"]

# No upload has this name, so that nothing can be added to one.
NO_UPLOAD = "elytra-status-doctor-asks"
# No object has a name that begins so.
NO_OBJECT = "elytra-status-doctor"
# Error codes of storage that does not know ACLs.
_WITHOUT_ACLS = (ACLS_DISABLED, "NotImplemented", "MethodNotAllowed", "501", "405")


def check_may_write(account: Account, bucket: str, key: str) -> None:
    """Return where a key may write an object. Raise PublishError if it may not.

    Send an empty part of an upload that was never begun. Storage checks the right to write (s3:PutObject) before it
    looks for the upload, and no server can keep the part. A write with a wrong checksum would show the same with Ceph,
    and so with Spaces, but some servers store the object anyway.
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
    """Return where a key may list a bucket. Raise PublishError if it may not."""
    some_keys(account, bucket, prefix, 1)


def is_refusal(error: PublishError) -> bool:
    """Whether an error means that the right is missing."""
    return error.code in ("AccessDenied", "403")


def some_keys(account: Account, bucket: str, prefix: str, count: int) -> list[str]:
    """Return the keys of a few objects. Raise PublishError."""
    with s3.errors_as(PublishError, account, bucket, "list it"):
        page = s3.open_client(account).list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=count)
        return [item["Key"] for item in page.get("Contents", [])]


def anyone_may_list(account: Account, bucket: str, seconds: float) -> bool:
    """Return whether everybody may list a bucket. Raise FetchError on failure."""
    with http.open_session(account.ca_bundle) as session:
        url = f"{account.bucket_url(bucket)}/?list-type=2&max-keys=1"
        return http.status(session, url, seconds=seconds) == 200


def refuses_acls(account: Account, bucket: str) -> bool:
    """Whether a bucket reports that it accepts no ACLs.

    Only Amazon's storage supports this query.
    """
    try:
        with s3.errors_as(PublishError, account, bucket, "read its ownership controls"):
            response = s3.open_client(account).get_bucket_ownership_controls(Bucket=bucket)
    except PublishError:
        return False
    rules = response.get("OwnershipControls", {}).get("Rules", [])
    return any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)


def refusal_of_acl(account: Account, bucket: str, directory: str, acl: str) -> str:
    """Return the error code with which the storage refuses an ACL.

    Return '' if it does not, or if that is not known. Set the ACL of an object that does not exist. Raise PublishError
    if there is no answer.
    """
    with s3.errors_as(PublishError, account, bucket, "set an ACL"):
        client, key = s3.open_client(account), join(directory, f"{NO_OBJECT}-{token_hex(8)}")
        from botocore.exceptions import ClientError

        try:
            client.put_object_acl(Bucket=bucket, Key=key, ACL=acl)
        except ClientError as error:
            code = code_of(error)
            return code if code in _WITHOUT_ACLS or names_acl(error) else ""
        # A server that does not know this request has stored an empty object.
        client.delete_object(Bucket=bucket, Key=key)
    return ""
