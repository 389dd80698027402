# SPDX-License-Identifier: MIT
"""Refusals of the storage with backups, and answers that are no whole listing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from elytra_status.decision.backup_policy import judge_backups
from elytra_status.errors import NoAnswerError
from elytra_status.model import Backups, BackupStatus
from elytra_status.net import s3
from elytra_status.run.assess import policy_rules
from tests.hostile_s3 import HostileS3, Reply, Request, error, goes_on, listing
from tests.listed_backups import (
    CLIENT,
    DEFAULTS,
    HTML,
    KEY,
    NOW,
    OWN_KEY,
    OWN_SECRET,
    SECRET,
    WHOLE,
    XML,
    Make,
    ago,
    judge,
    poll,
    settings_of,
)

pytestmark = pytest.mark.slow

# Refusals


REFUSALS = {
    "InvalidAccessKeyId": (403, "BACKUP_ACCESS_KEY"),
    "SignatureDoesNotMatch": (403, "BACKUP_SECRET_KEY"),
    "AccessDenied": (403, "may not list the backups"),
    "RequestTimeTooSkewed": (403, "clock"),
    "NoSuchBucket": (404, "there is no bucket backups"),
    "PermanentRedirect": (301, "BACKUP_ENDPOINT"),
    "AuthorizationHeaderMalformed": (400, "BACKUP_REGION"),
    "IllegalLocationConstraintException": (400, "BACKUP_REGION"),
    "NotImplemented": (501, "does not support the request to list the backups"),
    "TooManyBuckets": (400, "TooManyBuckets"),
    "ServiceUnavailable": (503, "not available"),
    "InternalError": (500, "InternalError"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_each_refusal_has_its_own_words_and_no_secret(
    code: str, hostile: HostileS3, make_settings: Make, waits: list[float]
) -> None:
    status, words = REFUSALS[code]
    inner = f"<BucketName>backups</BucketName><Key>{CLIENT}</Key><AWSAccessKeyId>{OWN_KEY}</AWSAccessKeyId>"
    hostile.answer = lambda request: error(status, code, inner)
    settings = settings_of(
        make_settings,
        hostile.url,
        BACKUP_ENDPOINT=hostile.url,
        BACKUP_ACCESS_KEY=OWN_KEY,
        BACKUP_SECRET_KEY=OWN_SECRET,
    )
    with pytest.raises(NoAnswerError) as caught:
        poll(settings)
    text = str(caught.value)
    assert words in text
    assert caught.value.remedy
    assert caught.value.code == code
    assert "\n" not in text
    for private in (OWN_KEY, OWN_SECRET, KEY, SECRET, CLIENT):
        assert private not in text
    gets = len(hostile.asked("GET"))
    assert gets == (s3.ATTEMPTS if status in (500, 503) else 1)


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ((), ("SPACES_ACCESS_KEY", "SPACES_ENDPOINT", "BACKUP_REGION")),
        (("BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY"), ("BACKUP_ACCESS_KEY", "SPACES_ENDPOINT", "BACKUP_REGION")),
        (("BACKUP_ENDPOINT",), ("SPACES_ACCESS_KEY", "BACKUP_ENDPOINT", "BACKUP_REGION")),
    ],
)
def test_the_remedy_names_the_setting_that_counts(
    own: tuple[str, ...], named: tuple[str, ...], hostile: HostileS3, make_settings: Make, waits: list[float]
) -> None:
    values = {name: hostile.url if name == "BACKUP_ENDPOINT" else OWN_KEY for name in own}
    settings = settings_of(make_settings, hostile.url, **values)
    cases = (
        (error(403, "InvalidAccessKeyId"), named[0]),
        (Reply(200, b"<html>", {}), named[1]),
        (error(400, "AuthorizationHeaderMalformed"), named[2]),
    )
    for reply, name in cases:
        hostile.always(reply)
        with pytest.raises(NoAnswerError) as caught:
            poll(settings)
        assert name in str(caught.value), reply


@pytest.mark.parametrize("code", [f"{CLIENT} is unknown", "A" * 500, "", "x\ny", "<![CDATA[<b>]]>", OWN_SECRET])
def test_a_code_that_is_no_word_is_not_repeated(code: str, hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: error(400, code)
    with pytest.raises(NoAnswerError) as caught:
        poll(settings_of(make_settings, hostile.url))
    assert CLIENT not in str(caught.value)
    assert OWN_SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "<" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("code", ["AuthorizationHeaderMalformed", "PermanentRedirect"])
def test_a_wrong_region_that_the_storage_corrects_is_followed_and_only_on_its_own_host(
    code: str, hostile: HostileS3, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    resolve = socket.getaddrinfo

    def note(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", note)

    def answer(request: Request) -> Reply:
        if "/fra1/s3/" in request.headers["authorization"]:
            return listing([("1.gz", 1, ago(hours=1))])
        inner = "<Region>fra1</Region><Endpoint>backups.s3.fra1.amazonaws.com</Endpoint>"
        return error(301 if code == "PermanentRedirect" else 400, code, inner)

    hostile.answer = answer
    assert judge(settings_of(make_settings, hostile.url)).status is BackupStatus.SUCCESS
    assert set(asked) <= {"127.0.0.1"}


def test_slow_down_is_tried_again_with_growing_waits_and_then_given_up(
    hostile: HostileS3, make_settings: Make, waits: list[float]
) -> None:
    hostile.answer = lambda request: error(503, "SlowDown")
    with pytest.raises(NoAnswerError, match=f"limits the rate of requests, tried {s3.ATTEMPTS} times"):
        poll(settings_of(make_settings, hostile.url))
    assert len(hostile.requests) == s3.ATTEMPTS
    assert [0 < seconds <= 2**number for number, seconds in enumerate(waits)] == [True] * (s3.ATTEMPTS - 1)


@pytest.mark.parametrize(
    "bad", [error(503, "SlowDown"), error(500, "InternalError"), Reply(fault="reset"), Reply(502, b"<html>Bad gateway")]
)
def test_what_passes_is_tried_again(bad: Reply, hostile: HostileS3, make_settings: Make, waits: list[float]) -> None:
    good = listing([("1.gz", 1, ago(hours=1))])
    hostile.answer = lambda request: bad if len(hostile.requests) <= 2 else good
    assert judge(settings_of(make_settings, hostile.url)).status is BackupStatus.SUCCESS
    assert len(hostile.requests) == 3


BROKEN_OFF = {
    "in the middle": Reply(200, WHOLE.body, XML, fault="cut"),
    "before its first byte": Reply(200, b"<", XML, fault="cut"),
    "after a whole document": Reply(200, WHOLE.body + b" " * (len(WHOLE.body) + 2), XML, fault="cut"),
    "within a chunk": Reply(200, b"40\r\n<ListBucketResult>", XML | {"Transfer-Encoding": "chunked"}, "no length"),
    "between chunks": Reply(200, b"4\r\n<Lis\r\n", XML | {"Transfer-Encoding": "chunked"}, "no length"),
    "an error": replace(error(403, "AccessDenied"), fault="cut"),
}


@pytest.mark.parametrize("case", BROKEN_OFF)
def test_a_listing_that_breaks_off_is_fetched_again(
    case: str, hostile: HostileS3, make_settings: Make, waits: list[float]
) -> None:
    hostile.answer = lambda request: BROKEN_OFF[case] if len(hostile.requests) <= 2 else WHOLE
    assert judge(settings_of(make_settings, hostile.url)).status is BackupStatus.SUCCESS
    assert len(hostile.requests) == 3
    hostile.requests.clear()
    hostile.answer = lambda request: BROKEN_OFF[case]
    with pytest.raises(NoAnswerError, match="the answer broke off"):
        poll(settings_of(make_settings, hostile.url))
    assert len(hostile.requests) == s3.ATTEMPTS


# Answers that are no listing


NO_LISTINGS = {
    "cut in the middle": Reply(200, WHOLE.body, XML, fault="cut"),
    "ends in the middle": Reply(200, WHOLE.body[:-40], XML),
    "a web page": Reply(200, f"<!DOCTYPE html><html><body>{CLIENT}<br></body></html>".encode(), HTML),
    "a web page that is XML": Reply(200, f"<html><body>{CLIENT}</body></html>".encode(), HTML),
    "JSON": Reply(200, b'{"keys": ["Acme-Shop"]}', {"Content-Type": "application/json"}),
    "nothing": Reply(200, b"", XML),
    "not UTF-8": Reply(200, WHOLE.body.replace(b"1.gz", b"\xff\xfe"), XML),
    "another document": Reply(200, b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>", XML),
    "an error with status 200": Reply(200, error(200, "InternalError").body, XML),
    "an object without size": Reply(200, WHOLE.body.replace(b"<Size>1</Size>", b""), XML),
    "an object without time": Reply(200, WHOLE.body.replace(b"LastModified", b"Modified"), XML),
    "an object without key": Reply(200, WHOLE.body.replace(b"Key>", b"Name>"), XML),
    "a time that is none": Reply(200, WHOLE.body.replace(b"2026-03-01T03", b"last tuesday"), XML),
    "a size that is none": Reply(200, WHOLE.body.replace(b"<Size>1", b"<Size>Acme-Shop"), XML),
    "a redirect": Reply(302, b"", {"Location": "http://elsewhere.invalid/"}),
    "a proxy's refusal": Reply(407, b"<html>who are you", HTML),
    "keys that were not asked for": listing([("other/1.gz", 1, ago(hours=1))]),
}


@pytest.mark.parametrize("case", NO_LISTINGS)
def test_what_is_no_listing_is_an_error_in_words(
    case: str, hostile: HostileS3, make_settings: Make, waits: list[float], log_lines: list[str]
) -> None:
    reply = NO_LISTINGS[case]
    hostile.answer = lambda request: reply
    prefix = "mine/" if case == "keys that were not asked for" else ""
    with pytest.raises(NoAnswerError) as caught:
        poll(settings_of(make_settings, hostile.url, BACKUP_PREFIX=prefix))
    assert caught.value.remedy
    assert CLIENT not in str(caught.value)


PAGES: dict[str, Callable[[int], Reply]] = {
    "cut short without saying where to go on": lambda number: listing(
        [(f"{CLIENT}/{number}", 1, ago(hours=1))], more="<IsTruncated>true</IsTruncated>"
    ),
    "the same token again": lambda number: listing([(f"{CLIENT}/{number:06}", 1, ago(hours=1))], more=goes_on("t")),
    "the same keys again": lambda number: listing([(f"{CLIENT}/1", 1, ago(hours=1))], more=goes_on(f"t{number}")),
    "two pages in turns": lambda number: listing(
        [(f"{CLIENT}/{number % 2}", 1, ago(hours=1))], more=goes_on(f"t{number % 2}")
    ),
    "empty pages for ever": lambda number: listing([], more=goes_on(f"t{number}")),
}


@pytest.mark.parametrize("case", PAGES)
def test_a_listing_that_is_not_whole_is_an_error_in_time(case: str, hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: PAGES[case](len(hostile.requests))
    with pytest.raises(NoAnswerError, match="the listing") as caught:
        poll(settings_of(make_settings, hostile.url), seconds=10.0)
    assert CLIENT not in str(caught.value)


def test_a_listing_that_never_ends_is_left_in_time_and_unknown(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: listing(
        [(f"{CLIENT}/{len(hostile.requests):06}", 1, ago(hours=30))], more=goes_on(f"t{len(hostile.requests)}")
    )
    report = poll(settings_of(make_settings, hostile.url), seconds=1.0)
    assert judge_backups([report], NOW, policy_rules(DEFAULTS)) == Backups(BackupStatus.UNKNOWN)
    assert any("not fully listed yet" in warning for warning in map(str, report.warnings))


def test_keys_in_no_order_are_an_error_where_the_listing_goes_on(hostile: HostileS3, make_settings: Make) -> None:
    mixed = [("b.gz", 1, ago(hours=1)), ("a.gz", 1, ago(hours=30))]
    hostile.answer = lambda request: listing(mixed, more=goes_on("t"))
    with pytest.raises(NoAnswerError, match="is not sorted"):
        poll(settings_of(make_settings, hostile.url))
    hostile.answer = lambda request: listing(mixed)
    assert judge(settings_of(make_settings, hostile.url)).status is BackupStatus.SUCCESS


def test_a_page_that_does_not_come_leaves_no_half_a_list(
    hostile: HostileS3, make_settings: Make, waits: list[float]
) -> None:
    first = listing([("1.gz", 1, ago(hours=60))], more=goes_on("t"))
    hostile.answer = lambda request: error(503, "SlowDown") if "continuation-token" in request.query else first
    with pytest.raises(NoAnswerError, match="SlowDown"):
        poll(settings_of(make_settings, hostile.url))


def test_no_answer_is_tried_again_and_given_up(
    hostile: HostileS3, make_settings: Make, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "READ_SECONDS", 0.2)
    hostile.answer = lambda request: Reply(fault="hang")
    with pytest.raises(NoAnswerError, match="timed out"):
        poll(settings_of(make_settings, hostile.url))
    assert len(hostile.requests) == s3.ATTEMPTS


def test_the_usual_deadline_leaves_time_for_every_try() -> None:
    longest = s3.ATTEMPTS * s3.READ_SECONDS + 2**s3.ATTEMPTS
    assert longest < DEFAULTS.source_deadline_seconds


def test_a_closed_port_is_named_as_such(make_settings: Make, waits: list[float]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(NoAnswerError, match="SPACES_ENDPOINT"):
        poll(settings_of(make_settings, f"http://127.0.0.1:{port}"))


def test_a_server_that_speaks_no_tls_is_named_as_such(
    hostile: HostileS3, make_settings: Make, waits: list[float]
) -> None:
    with pytest.raises(NoAnswerError, match="does not speak TLS"):
        poll(settings_of(make_settings, hostile.url.replace("http:", "https:")))


def test_a_ca_bundle_that_is_not_there_is_named_as_such(
    hostile: HostileS3, make_settings: Make, waits: list[float]
) -> None:
    with pytest.raises(NoAnswerError, match="CA_BUNDLE cannot be read"):
        poll(settings_of(make_settings, hostile.url.replace("http:", "https:"), CA_BUNDLE="/nowhere/authority.pem"))
