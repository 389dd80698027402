# SPDX-License-Identifier: MIT
"""What is tried again if the storage fails, and what its refusals mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.errors import PublishError
from elytra_status.net import s3
from elytra_status.publish import s3_bucket
from elytra_status.publish.target import Target
from elytra_status.publish.upload import publish as publish_set
from elytra_status.system.clock import SYSTEM_CLOCK, Deadline
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import KEY, NOW, SECRET, STATUS, Make, body_of, bucket_settings, documents_of

pytestmark = pytest.mark.slow

# What is tried again, and what not


BAD_MOMENTS = [error(503, "SlowDown"), error(500, "InternalError"), Reply(503, b""), Reply(fault="reset")]


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("bad", BAD_MOMENTS)
def test_what_passes_is_tried_again_with_backoff(
    bad: Reply, method: str, bucket: Target, hostile: HostileS3, waits: list[float]
) -> None:
    hostile.answer = lambda request: bad if request.method == method and len(hostile.asked(method)) <= 2 else None
    assert publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert hostile.objects[STATUS].body == documents_of()[-1].body
    assert {put.body for put in hostile.asked("PUT")} == {documents_of()[-1].body}
    assert len(hostile.asked("PUT")) == (3 if method == "PUT" else 1)
    assert len(waits) == 2
    assert 0 < waits[0] <= 1
    assert 0 < waits[1] <= 2


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_it_gives_up_after_some_tries(method: str, bucket: Target, hostile: HostileS3, waits: list[float]) -> None:
    hostile.answer = lambda request: error(503, "SlowDown") if request.method == method else None
    with pytest.raises(PublishError, match=f"limits the rate of requests, tried {s3.ATTEMPTS} times"):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert len(hostile.asked(method)) == s3.ATTEMPTS


REFUSALS = {
    "InvalidAccessKeyId": (403, "SPACES_ACCESS_KEY"),
    "SignatureDoesNotMatch": (403, "SPACES_SECRET_KEY"),
    "AccessDenied": (403, "may not write status.json"),
    "RequestTimeTooSkewed": (403, "timedatectl"),
    "NoSuchBucket": (404, "there is no bucket status"),
    "PermanentRedirect": (301, "SPACES_ENDPOINT"),
    "AuthorizationHeaderMalformed": (400, "SPACES_REGION"),
    "QuotaExceeded": (403, "full"),
    "EntityTooLarge": (400, "EntityTooLarge"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_each_refusal_has_its_own_words_and_is_not_tried_again(
    code: str, bucket: Target, hostile: HostileS3, log_lines: list[str]
) -> None:
    status, words = REFUSALS[code]
    inner = f"<AWSAccessKeyId>{KEY}</AWSAccessKeyId><StringToSign>{SECRET}</StringToSign>"
    hostile.answer = lambda request: error(status, code, inner) if request.method == "PUT" else None
    with pytest.raises(PublishError) as caught:
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert len(hostile.asked("PUT")) == 1
    for text in (str(caught.value), repr(caught.value), repr(bucket), *log_lines):
        assert KEY not in text
        assert SECRET not in text


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"])
def test_a_refusal_of_the_first_read_says_the_same(code: str, bucket: Target, hostile: HostileS3) -> None:
    hostile.answer = lambda request: error(REFUSALS[code][0], code)
    with pytest.raises(PublishError, match=REFUSALS[code][1]):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert len(hostile.requests) == 1


def test_a_wrong_signature_may_be_the_fault_of_a_proxy(bucket: Target, hostile: HostileS3) -> None:
    hostile.answer = lambda request: error(403, "SignatureDoesNotMatch")
    with pytest.raises(PublishError, match="the secret key is wrong, or a proxy has changed the request") as caught:
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    for word in ("SPACES_SECRET_KEY", "SPACES_ENDPOINT", "Host and path"):
        assert word in caught.value.remedy


def test_a_key_that_may_not_list_is_enough(bucket: Target, hostile: HostileS3) -> None:
    def answer(request: Request) -> Reply | None:
        # To whom may not list, S3 does not say whether an object is there.
        missing = request.path not in hostile.objects
        return error(403, "AccessDenied") if request.method == "GET" and missing else None

    hostile.answer = answer
    assert publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)


def test_a_key_that_may_not_read_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    hostile.answer = lambda request: error(403, "AccessDenied") if request.method == "GET" else None
    with pytest.raises(PublishError, match="right to read"):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize(("method", "fault"), [("GET", "hang"), ("GET", "trickle"), ("PUT", "hang")])
def test_a_storage_that_is_stuck_does_not_hold_the_run(
    method: str, fault: str, hostile: HostileS3, make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_bucket, "SECONDS", 1.0)
    hostile.put(STATUS, body_of(minutes=10))
    stuck = Reply(200, b"x" * 1000, fault=fault)
    hostile.answer = lambda request: stuck if request.method == method else None
    place = publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK)
    with pytest.raises(PublishError, match="within") as caught:
        publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert caught.value.remedy


def test_the_message_of_a_timeout_has_its_real_seconds(hostile: HostileS3, make_settings: Make) -> None:
    """The doctor waits for a few seconds only."""
    settings = bucket_settings(make_settings, hostile)
    bucket = s3_bucket.status_bucket(settings)
    assert bucket is not None
    hostile.always(Reply(fault="hang"))
    place = s3_bucket.S3Bucket(settings, bucket.name, bucket.account, Deadline.after(SYSTEM_CLOCK, 1.5))
    with pytest.raises(PublishError, match=r"no complete response within 1\.5 s"):
        place.read("status.json")


def test_a_body_that_breaks_off_is_an_error_in_words(bucket: Target, hostile: HostileS3, waits: list[float]) -> None:
    hostile.put(STATUS, body_of(minutes=10))
    hostile.answer = lambda request: Reply(200, b"x" * 1000, fault="cut") if request.method == "GET" else None
    with pytest.raises(PublishError, match="broke off"):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
