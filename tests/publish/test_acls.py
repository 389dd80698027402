# SPDX-License-Identifier: MIT
"""Storage that has no ACLs, refuses them or ignores them, and what the doctor finds of that."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

import pytest

from elytra_status import freshness, publish
from elytra_status.doctor import targets
from elytra_status.errors import PublishError
from elytra_status.publish import visitor
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK, SystemClock
from tests.examined import context, examine, of
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import BADGE, NOW, STATUS, body_of, bucket_settings, cached, documents_of
from tests.storage_kinds import Amazon, AmazonWithLock, BackblazeB2, CloudflareR2, Storage

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]


def public_address(server: HostileS3, storage: HostileS3) -> None:
    """Serve what lies in a bucket at another address, as a public address or a CDN does."""

    def answer(request: Request) -> Reply:
        stored = storage.objects.get(f"/status{request.path}")
        return cached(stored.body, stored.headers["content-type"]) if stored else Reply(404)

    server.answer = answer


@pytest.fixture
def public(hostile: HostileS3) -> Iterator[HostileS3]:
    with HostileS3() as server:
        public_address(server, hostile)
        yield server


def public_url(server: HostileS3) -> str:
    return f"{server.url.replace('127.0.0.1', 'localhost')}/status.json"


@pytest.mark.parametrize("kind", [Amazon, CloudflareR2, BackblazeB2])
def test_a_refused_acl_names_the_setting(
    kind: type[Storage], hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.answer = kind(hostile)
    with pytest.raises(PublishError) as caught:
        publish_set(
            publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    assert "STATUS_ACL=none" in caught.value.remedy
    assert "with ACL public-read" in caught.value.problem
    assert not hostile.objects


@pytest.mark.parametrize(
    ("answer", "names_acl"),
    [
        (error(501, "NotImplemented"), False),
        (error(400, "InvalidArgument", "<ArgumentName>x-amz-meta-x</ArgumentName>", "Not in your place"), False),
        (error(400, "InvalidRequest", message="The oracle rejects it"), False),
        (error(400, "InvalidArgument", "<ArgumentName>x-amz-acl</ArgumentName>"), True),
        (error(400, "InvalidArgument", message="Cannot use ACL API, uniform bucket-level access is enabled."), True),
        (error(400, "InvalidRequest", message="Access Control Lists are off."), True),
    ],
)
def test_only_a_refusal_that_names_the_acl_is_blamed_on_it(
    answer: Reply, names_acl: bool, hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    """Without its ACL, a document of DigitalOcean Spaces would be private."""
    hostile.answer = lambda request: answer if request.method == "PUT" else None
    with pytest.raises(PublishError) as caught:
        publish_set(
            publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    code = answer.body.decode().partition("<Code>")[2].partition("<")[0]
    if names_acl:
        assert caught.value.problem == f"{code}, the storage refused status.json with ACL public-read"
        assert caught.value.remedy.startswith("set STATUS_ACL=none")
    else:
        assert caught.value.problem == f"{code}, the storage refused to write status.json"
        assert caught.value.remedy.startswith(f"find {code} in the documentation of the storage; if it has no ACLs: ")


@pytest.mark.parametrize("kind", [Storage, Amazon, CloudflareR2, BackblazeB2])
def test_without_an_acl_visitors_read_at_the_public_address_alone(
    kind: type[Storage],
    hostile: HostileS3,
    public: HostileS3,
    make_settings: Make,
    tmp_path: Path,
    log_lines: list[str],
) -> None:
    hostile.answer = kind(hostile)
    settings = bucket_settings(make_settings, hostile, STATUS_ACL="none", STATUS_URL=public_url(public))
    assert publish_set(
        publish.configured(settings, tmp_path, SYSTEM_CLOCK), [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK
    )
    assert hostile.objects[STATUS].body == documents_of()[-1].body
    assert all("x-amz-acl" not in put.headers for put in hostile.asked("PUT"))
    assert all(request.is_signed for request in hostile.requests)
    assert {request.path for request in public.requests} == {"/status.json", "/badge.svg"}
    assert [finding.where for finding in freshness.check(settings, SystemClock(), tmp_path)] == [public_url(public)]


def test_what_nobody_may_read_is_an_error_without_an_acl_too(
    hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.answer = Storage(hostile)
    settings = bucket_settings(make_settings, hostile, STATUS_ACL="none")
    with pytest.raises(PublishError, match="visitors get 403 for") as caught:
        publish_set(publish.configured(settings, tmp_path, SYSTEM_CLOCK), documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert "STATUS_URL" in caught.value.remedy
    assert "s3:GetObject" in caught.value.remedy


def test_a_bucket_policy_is_enough(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    hostile.answer = kind = Amazon(hostile)
    kind.is_public = True
    settings = bucket_settings(make_settings, hostile, STATUS_ACL="none")
    assert publish_set(publish.configured(settings, tmp_path, SYSTEM_CLOCK), documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert visitor.origin_url(settings) == f"{hostile.url}/status/status.json"


def test_storage_that_ignores_an_acl_is_an_error(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    hostile.answer = Storage(hostile)
    with pytest.raises(PublishError, match="visitors get 403") as caught:
        publish_set(
            publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    assert "STATUS_ACL=none" in caught.value.remedy


@pytest.mark.parametrize(("minutes", "is_good"), [(5, True), (45, False)])
def test_the_age_of_a_copy_is_judged_by_what_the_key_reads(
    minutes: int, is_good: bool, hostile: HostileS3, public: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.answer = Storage(hostile)
    old = cached(body_of(minutes=minutes))
    public.answer = lambda request: old
    settings = bucket_settings(make_settings, hostile, STATUS_ACL="none", STATUS_URL=public_url(public))
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    if is_good:
        assert publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
    else:
        with pytest.raises(PublishError, match="another document"):
            publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize(
    ("kind", "acl", "level", "words"),
    [
        (Amazon, "public-read", "fault", "BucketOwnerEnforced"),
        (CloudflareR2, "public-read", "fault", "visitors get 400"),
        (BackblazeB2, "public-read", "fault", "visitors get 403"),
        (Storage, "public-read", "fault", "visitors get 403"),
        (Storage, "none", "fault", "visitors get 403"),
        (None, "public-read", "ok", "everybody may read"),
    ],
)
def test_the_doctor_finds_out_whether_acls_count(
    kind: type[Storage] | None, acl: str, level: str, words: str, hostile: HostileS3, tmp_path: Path
) -> None:
    hostile.put(STATUS, body_of())
    if kind:
        hostile.objects[STATUS] = hostile.objects[STATUS].__class__(body_of(), {}, "private", datetime.now(UTC))
        hostile.answer = kind(hostile)
    keys = {"SPACES_ACCESS_KEY": "DO00KEY", "SPACES_SECRET_KEY": "secret"}
    values = {"SPACES_ENDPOINT": hostile.url, "STATUS_BUCKET": "status", "STATUS_ACL": acl, **keys}
    finding = of(examine(targets.AREA, context(tmp_path, **values)), "status ACL")
    assert finding.level.value == level
    assert words in finding.seen
    assert level == "ok" or "STATUS_ACL=none" in finding.remedy or acl == "none"


@pytest.mark.parametrize(
    ("kind", "level", "words"),
    [
        (Amazon, "fault", "BucketOwnerEnforced"),
        (CloudflareR2, "fault", "NotImplemented, the storage refuses STATUS_ACL=public-read"),
        (BackblazeB2, "fault", "InvalidArgument, the storage refuses STATUS_ACL=public-read"),
        (None, "skipped", "status.json is not there"),
    ],
)
def test_the_doctor_finds_a_refused_acl_before_anything_is_published(
    kind: type[Storage] | None, level: str, words: str, hostile: HostileS3, tmp_path: Path
) -> None:
    if kind:
        hostile.answer = kind(hostile)
    keys = {"SPACES_ACCESS_KEY": "DO00KEY", "SPACES_SECRET_KEY": "secret"}
    values = {"SPACES_ENDPOINT": hostile.url, "STATUS_BUCKET": "status", **keys}
    finding = of(examine(targets.AREA, context(tmp_path, **values)), "status ACL")
    assert finding.level.value == level
    assert words in finding.seen
    assert level == "skipped" or finding.remedy.startswith("set STATUS_ACL=none")
    assert not hostile.objects


class AmazonWithLimitedKey(Amazon):
    """AWS S3 where the key may not read the ownership controls, and a policy lets everybody read."""

    is_public = True

    def refused(self, request: Request) -> Reply | None:
        if "ownershipControls" in request.query:
            return error(403, "AccessDenied")
        return super().refused(request)


class PublicStorage(Storage):
    """Storage that ignores the ACL of an object, and does not know the request to set one."""

    is_public = True

    def refused(self, request: Request) -> Reply | None:
        return error(501, "NotImplemented") if "acl" in request.query else None


@pytest.mark.parametrize(
    ("kind", "acl", "level", "words"),
    [
        (AmazonWithLimitedKey, "public-read", "fault", "AccessControlListNotSupported"),
        (AmazonWithLimitedKey, "none", "ok", "everybody may read"),
        (PublicStorage, "public-read", "ok", "everybody may read"),
    ],
)
def test_the_doctor_finds_a_refused_acl_beside_a_document_that_everybody_may_read(
    kind: type[Storage], acl: str, level: str, words: str, hostile: HostileS3, tmp_path: Path
) -> None:
    hostile.answer = kind(hostile)
    hostile.put(STATUS, body_of(), Content_Type="application/json")
    keys = {"SPACES_ACCESS_KEY": "DO00KEY", "SPACES_SECRET_KEY": "secret"}
    values = {"SPACES_ENDPOINT": hostile.url, "STATUS_BUCKET": "status", "STATUS_ACL": acl, **keys}
    finding = of(examine(targets.AREA, context(tmp_path, **values)), "status ACL")
    assert finding.level.value == level
    assert words in finding.seen
    assert level == "ok" or finding.remedy.startswith("set STATUS_ACL=none")
    assert list(hostile.objects) == [STATUS]


def test_the_doctor_leaves_no_object_where_a_server_takes_the_acl_of_none_for_one(
    hostile: HostileS3, tmp_path: Path
) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method != "PUT" or "acl" not in request.query:
            return None
        hostile.put(request.path, b"")
        return Reply(200)

    hostile.answer = answer
    keys = {"SPACES_ACCESS_KEY": "DO00KEY", "SPACES_SECRET_KEY": "secret"}
    examine(targets.AREA, context(tmp_path, SPACES_ENDPOINT=hostile.url, STATUS_BUCKET="status", **keys))
    assert any("acl" in put.query for put in hostile.asked("PUT"))
    assert not hostile.objects


def test_object_lock_gets_its_md5(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    hostile.answer = AmazonWithLock(hostile)
    assert publish_set(
        publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
        documents_of(),
        NOW,
        clock=SYSTEM_CLOCK,
    )
    (put,) = hostile.asked("PUT")
    assert put.headers["content-md5"] == b64encode(md5(put.body, usedforsecurity=False).digest()).decode()
