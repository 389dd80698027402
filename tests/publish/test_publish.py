# SPDX-License-Identifier: MIT
"""Publishing: never over a newer document, one PUT of exactly the bytes, and what somebody else writes meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors, publish
from elytra_status.errors import PublishError
from elytra_status.net import s3
from elytra_status.publish import s3_bucket
from elytra_status.publish.target import Target
from elytra_status.publish.upload import publish as publish_set
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.publishing import BADGE, KEY, NOW, SECRET, STATUS, Make, body_of, bucket_settings, documents_of, warnings_in

pytestmark = pytest.mark.slow

# Never over a newer one


@pytest.fixture(params=["directory", "bucket"])
def lying_there(
    request: pytest.FixtureRequest, make_settings: Make, tmp_path: Path, hostile: HostileS3
) -> tuple[Target, Callable[[bytes], None], Callable[[], bytes]]:
    """A place, a way to put something there, and a way to see what lies there."""
    if request.param == "directory":
        file = tmp_path / "public" / "status.json"
        file.parent.mkdir()

        def put(body: bytes) -> None:
            file.write_bytes(body)

        return publish.configured(make_settings(), tmp_path, SYSTEM_CLOCK), put, file.read_bytes

    def keep(body: bytes) -> None:
        hostile.put(STATUS, body, Content_Type="application/json", Cache_Control="public, max-age=300")

    settings = bucket_settings(make_settings, hostile)
    return publish.configured(settings, tmp_path, SYSTEM_CLOCK), keep, lambda: hostile.objects[STATUS].body


Lying = tuple[Target, Callable[[bytes], None], Callable[[], bytes]]


@pytest.mark.parametrize("newer", [{"seconds": 1}, {"seconds": 290}])
def test_the_older_run_yields(newer: dict[str, float], lying_there: Lying) -> None:
    place, put, see = lying_there
    there = documents_of(NOW + timedelta(**newer))[-1].body
    put(there)
    assert not publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert see() == there


def test_an_older_or_equal_document_is_replaced(lying_there: Lying, log_lines: list[str]) -> None:
    place, put, see = lying_there
    for there in (body_of(minutes=10), body_of(days=400), body_of()):
        put(there)
        assert publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
        assert see() == documents_of()[-1].body
    assert warnings_in(log_lines) == []


def test_a_document_of_a_wrong_clock_does_not_stop_the_job_for_ever(lying_there: Lying, log_lines: list[str]) -> None:
    place, put, see = lying_there
    put(body_of(hours=-1))
    assert publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert see() == documents_of()[-1].body
    assert any("in the future" in line for line in warnings_in(log_lines))


def edited(**changes: object) -> bytes:
    return json.dumps({**json.loads(body_of(hours=-1)), **changes}).encode()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"<html>It works!</html>",
        edited(platform_status="splendid"),
        edited(updated_at=None),
        edited(updated_at="2030-02-30T00:00:00Z"),
        edited(updated_at="2030-01-01T00:00:00+00:00"),
        edited(updated_at=4102444800),
        edited(updated_at="9999-12-31T23:59:59Z"),
        edited(updated_at="0000-01-01T00:00:00Z"),
        edited(extra="field"),
    ],
)
def test_garbage_is_replaced(garbage: bytes, lying_there: Lying) -> None:
    place, put, see = lying_there
    put(garbage)
    assert publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert see() == documents_of()[-1].body


def test_a_giant_in_its_place_is_not_read_whole(
    bucket: Target, hostile: HostileS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_bucket, "LARGEST_DOCUMENT", 10_000)
    hostile.put(STATUS, documents_of(NOW + timedelta(minutes=1))[-1].body + b" " * 20_000)
    assert publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)


# To a bucket


def test_it_is_one_put_of_exactly_the_bytes_with_acl_and_headers(bucket: Target, hostile: HostileS3) -> None:
    documents = documents_of()
    *local, document = documents
    assert all(each.local for each in local)
    assert publish_set(bucket, documents, NOW, clock=SYSTEM_CLOCK)
    (put,) = hostile.asked("PUT")
    assert put.target.partition("?")[0] == STATUS
    assert put.query.keys() <= {"x-id"}
    assert put.body == document.body
    assert put.headers["x-amz-acl"] == "public-read"
    assert put.headers["content-type"] == "application/json"
    assert put.headers["cache-control"] == "public, max-age=300"
    # It is not known whether the storage enforces conditions: the newest document is read again before the upload.
    assert [(each.method, each.path) for each in hostile.requests] == [
        ("GET", STATUS),
        ("GET", STATUS),
        ("PUT", STATUS),
        ("GET", STATUS),
        ("GET", STATUS),
    ]
    *_, visit = hostile.requests
    assert not visit.is_signed
    assert visit.headers["origin"].startswith("https://")
    assert "?" not in visit.target


def test_status_json_comes_last_and_the_others_are_in_its_folder(
    hostile: HostileS3, make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    settings = bucket_settings(make_settings, hostile, STATUS_BUCKET_KEY="site/öffentlich 1/now.json")
    other = replace(BADGE, name="index.html", content_type="text/html; charset=utf-8")
    assert publish_set(
        publish.configured(settings, tmp_path, SYSTEM_CLOCK), [BADGE, other, *documents_of()], NOW, clock=SYSTEM_CLOCK
    )
    folder = "/status/site/öffentlich 1"
    *others, last = (put.path for put in hostile.asked("PUT"))
    assert sorted(others) == [f"{folder}/badge.svg", f"{folder}/index.html"]
    assert last == f"{folder}/now.json"
    assert hostile.objects[f"{folder}/badge.svg"].headers["content-type"] == "image/svg+xml"
    page = hostile.objects[f"{folder}/index.html"].headers
    assert page["content-type"] == "text/html; charset=utf-8"
    assert page["cache-control"] == "public, max-age=300"
    assert not any("Content-Type" in line for line in log_lines)
    assert {each.acl for each in hostile.objects.values()} == {"public-read"}


def test_the_set_must_end_with_status_json(bucket: Target, hostile: HostileS3) -> None:
    with pytest.raises(AssertionError):
        publish_set(bucket, [*documents_of(), BADGE], NOW, clock=SYSTEM_CLOCK)
    assert hostile.requests == []


@pytest.mark.parametrize("missing", ["spaces_endpoint", "spaces_access_key", "spaces_secret_key", "status_bucket"])
def test_there_is_no_half_a_bucket(missing: str, make_settings: Make) -> None:
    settings = make_settings(
        SPACES_ENDPOINT="https://s3.example.com",
        SPACES_ACCESS_KEY=KEY,
        SPACES_SECRET_KEY=SECRET,
        STATUS_BUCKET="status",
    )
    assert s3_bucket.status_bucket(settings)
    assert s3_bucket.status_bucket(replace(settings, **{missing: None})) is None


def test_moto_keeps_acl_and_headers(s3_server: str, make_settings: Make, tmp_path: Path) -> None:
    settings = make_settings(
        SPACES_ENDPOINT=s3_server, SPACES_ACCESS_KEY=KEY, SPACES_SECRET_KEY=SECRET, STATUS_BUCKET="test-publish"
    )
    bucket = s3_bucket.status_bucket(settings)
    assert bucket is not None
    client = s3.open_client(bucket.account)
    client.create_bucket(Bucket="test-publish")
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    for moment in (NOW, NOW + timedelta(minutes=10)):
        assert publish_set(place, documents_of(moment), moment, clock=SYSTEM_CLOCK)
        found = client.get_object(Bucket="test-publish", Key="status.json")
        assert found["Body"].read() == documents_of(moment)[-1].body
        assert (found["ContentType"], found["CacheControl"]) == ("application/json", "public, max-age=300")
        grants = client.get_object_acl(Bucket="test-publish", Key="status.json")["Grants"]
        assert ("http://acs.amazonaws.com/groups/global/AllUsers", "READ") in {
            (grant["Grantee"].get("URI"), grant["Permission"]) for grant in grants
        }


# Someone else writes at the same time


def after_the_put(hostile: HostileS3, path: str, body: bytes, **changes: Any) -> None:
    """Replace the object at `path` once status.json has been written."""

    def answer(request: Request) -> Reply | None:
        if hostile.asked("PUT", STATUS) and request.method == "GET":
            kept = hostile.objects[path]
            hostile.objects[path] = replace(kept, body=body, **changes)
        return None

    hostile.answer = answer


@pytest.mark.parametrize("newer", [{"seconds": 40}, {"minutes": 5}])
def test_a_run_that_is_overtaken_between_upload_and_read_back_yields(
    newer: dict[str, float], bucket: Target, hostile: HostileS3
) -> None:
    after_the_put(hostile, STATUS, documents_of(NOW + timedelta(**newer))[-1].body)
    assert not publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert len(hostile.asked("PUT")) == 1


@pytest.mark.parametrize(
    "other", [b"{}", b"<html>", body_of(minutes=10), body_of(hours=-1), body_of()[:-1], body_of() + b" "]
)
def test_what_someone_else_has_put_there_is_an_error(other: bytes, bucket: Target, hostile: HostileS3) -> None:
    after_the_put(hostile, STATUS, other)
    with pytest.raises(PublishError, match=r"reads back .* and differs") as caught:
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert caught.value.exit_status == errors.UNAVAILABLE


def test_another_document_of_a_newer_run_makes_this_run_yield(bucket: Target, hostile: HostileS3) -> None:
    newer = documents_of(NOW + timedelta(minutes=1))[-1].body

    def answer(request: Request) -> Reply | None:
        if hostile.asked("PUT", STATUS) and request.method == "GET":
            hostile.put(STATUS, newer)
            hostile.put("/status/badge.svg", b"<svg>2</svg>", Content_Type="image/svg+xml")
        return None

    hostile.answer = answer
    assert not publish_set(bucket, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)


def test_another_document_that_someone_else_has_changed_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    after_the_put(hostile, "/status/badge.svg", b"<svg>hacked</svg>")
    with pytest.raises(PublishError, match=r"badge.svg reads back"):
        publish_set(bucket, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize("header", ["content-type", "cache-control"])
def test_a_header_that_reads_back_otherwise_is_an_error(header: str, bucket: Target, hostile: HostileS3) -> None:
    headers = {"content-type": "application/json", "cache-control": "public, max-age=300", header: "text/plain"}
    after_the_put(hostile, STATUS, body_of(), headers=headers)
    with pytest.raises(PublishError, match=header):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)


def test_a_document_that_is_missing_from_the_bucket_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    hostile.answer = lambda request: Reply(200) if request.method == "PUT" else None
    with pytest.raises(PublishError, match="is not there"):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
