# SPDX-License-Identifier: MIT
"""Storage that differs from DigitalOcean Spaces in ACLs, MD5 and addresses, according to its documentation.

server.answer = CloudflareR2(server)
"""

from __future__ import annotations

from dataclasses import replace

from tests.hostile_s3 import XML, HostileS3, Reply, Request, error

_OWNERSHIP = (
    "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"
)


class Storage:
    """Storage that ignores ACLs: MinIO, Cloudflare R2 since 2022. `is_public` is what a policy allows."""

    is_public = False

    def __init__(self, server: HostileS3) -> None:
        self.server = server

    def refused(self, request: Request) -> Reply | None:
        """Return the answer to a request that this storage refuses, None for others."""
        return None

    def __call__(self, request: Request) -> Reply | None:
        if reply := self.refused(request):
            return reply
        if "ownershipControls" in request.query:
            return error(501, "NotImplemented")
        if request.method == "PUT" and "uploadId" not in request.query:
            plain = {name: value for name, value in request.headers.items() if name != "x-amz-acl"}
            self.server.answer = lambda request: None
            reply = self.server.reply_to(replace(request, headers=plain))
            self.server.answer = self
            return reply
        stored = self.server.objects.get(request.path)
        if stored and self.is_public and not request.is_signed:
            return Reply(200, stored.body, stored.headers)
        return None


class Amazon(Storage):
    """AWS S3 with buckets since April 2023: Object Ownership is BucketOwnerEnforced, and ACLs are refused."""

    def refused(self, request: Request) -> Reply | None:
        if "ownershipControls" in request.query:
            return Reply(200, _OWNERSHIP.encode(), XML)
        if request.headers.get("x-amz-acl", "bucket-owner-full-control") != "bucket-owner-full-control":
            return error(400, "AccessControlListNotSupported")
        return None


class AmazonWithLock(Storage):
    """AWS S3 with a default retention of Object Lock: a PUT needs Content-MD5 or a checksum."""

    is_public = True

    def refused(self, request: Request) -> Reply | None:
        has_sum = any(name == "content-md5" or name.startswith("x-amz-checksum-") for name in request.headers)
        if request.method == "PUT" and "uploadId" not in request.query and not has_sum:
            return error(400, "InvalidRequest")
        return None


class CloudflareR2(Storage):
    """Cloudflare R2 until 2022: ACLs are not implemented. Its S3 address requires a key."""

    def refused(self, request: Request) -> Reply | None:
        if not request.is_signed:
            return error(400, "InvalidArgument")
        acl = request.headers.get("x-amz-acl")
        message = f"Header 'x-amz-acl' with value '{acl}' not implemented"
        return error(501, "NotImplemented", message=message) if acl else None


class BackblazeB2(Storage):
    """A private bucket of Backblaze B2: an object's ACL must be the bucket's."""

    def refused(self, request: Request) -> Reply | None:
        acl = request.headers.get("x-amz-acl", "private")
        message = f"Unsupported value for canned acl '{acl}'"
        return error(400, "InvalidArgument", message=message) if acl != "private" else None
