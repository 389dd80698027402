# SPDX-License-Identifier: MIT
"""What visitors get is read back as they read it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import md5
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.errors import PublishError
from elytra_status.publish import visitor
from elytra_status.publish.target import Target, Unseen
from elytra_status.publish.upload import publish as publish_set
from elytra_status.publish.visitor_check import VisitorCheck
from elytra_status.system.clock import SYSTEM_CLOCK, Deadline
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, Stored, error
from tests.publishing import BADGE, NOW, STATUS, Make, body_of, bucket_settings, cached, documents_of, warnings_in

pytestmark = pytest.mark.slow

# What visitors get


def test_an_object_that_is_not_public_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method == "PUT":
            headers = {"content-type": "application/json", "cache-control": "public, max-age=300"}
            hostile.objects[STATUS] = Stored(request.body, headers, "private", datetime.now(UTC))
            return Reply(200)
        return None

    hostile.answer = answer
    with pytest.raises(PublishError, match="visitors get 403") as caught:
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert "PutObjectAcl" in caught.value.remedy


@pytest.mark.parametrize("status", [429, 503])
def test_a_storage_that_is_busy_for_a_moment_ends_no_run(status: int, bucket: Target, hostile: HostileS3) -> None:
    busy = [error(status, "SlowDown"), error(status, "SlowDown")]
    hostile.answer = lambda request: busy.pop() if busy and request.method == "GET" and not request.is_signed else None
    assert publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert not busy


@pytest.mark.parametrize("is_public_address", [False, True])
@pytest.mark.parametrize("times", [1, 4])
def test_a_read_that_breaks_off_ends_no_run(
    times: int, is_public_address: bool, bucket: Target, behind: Target, hostile: HostileS3, cache: HostileS3
) -> None:
    cut = [Reply(200, b"x" * 700, {"Content-Type": "application/json"}, fault="cut")] * times
    target, server = (behind, cache) if is_public_address else (bucket, hostile)
    cache.answer = lambda request: cut.pop() if cut and server is cache else cached(documents_of()[-1].body)
    hostile.answer = lambda request: (
        cut.pop() if cut and server is hostile and request.method == "GET" and not request.is_signed else None
    )
    assert publish_set(target, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert not cut


def test_a_read_that_always_breaks_off_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    cut = Reply(200, b"x" * 700, {"Content-Type": "application/json"}, fault="cut")
    hostile.answer = lambda request: cut if request.method == "GET" and not request.is_signed else None
    with pytest.raises(PublishError, match=r"visitors cannot read status.json .* broke off"):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert len([request for request in hostile.asked("GET") if not request.is_signed]) == 6


def test_an_object_that_is_not_public_is_an_error_even_where_a_cache_still_has_it(
    behind: Target, hostile: HostileS3, cache: HostileS3
) -> None:
    cache.answer = lambda request: cached(body_of(minutes=5))
    hostile.answer = lambda request: (
        error(403, "AccessDenied") if request.method == "GET" and not request.is_signed else None
    )
    with pytest.raises(PublishError, match="visitors get 403"):
        publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503, 204])
def test_what_visitors_do_not_get_is_an_error(status: int, behind: Target, cache: HostileS3) -> None:
    cache.answer = lambda request: Reply(status, b"")
    with pytest.raises(PublishError, match=f"visitors get {status}") as caught:
        publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert "STATUS_URL" in caught.value.remedy


@pytest.mark.parametrize(
    "other", [b"", b"<html>welcome", b"{}", body_of(minutes=31), body_of(hours=-1), documents_of()[-1].body + b"x"]
)
def test_another_document_for_visitors_is_an_error(other: bytes, behind: Target, cache: HostileS3) -> None:
    cache.answer = lambda request: cached(other)
    with pytest.raises(PublishError, match="visitors get another document"):
        publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize("minutes", [1, 30])
def test_an_older_copy_of_a_cache_is_good_for_as_long_as_the_status_itself(
    minutes: int, behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    cache.answer = lambda request: cached(body_of(minutes=minutes))
    assert publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)
    (warning,) = warnings_in(log_lines)
    assert f"{minutes} minute" in warning
    assert "cache" in warning


def test_an_older_copy_without_a_cache_between_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    def answer(request: Request) -> Reply | None:
        return cached(body_of(minutes=5)) if not request.is_signed else None

    hostile.answer = answer
    with pytest.raises(PublishError, match="visitors get another document"):
        publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize("where", ["at the storage", "behind a cache"])
def test_a_newer_copy_is_that_of_a_newer_run(
    where: str, bucket: Target, behind: Target, hostile: HostileS3, cache: HostileS3
) -> None:
    newer = cached(documents_of(NOW + timedelta(seconds=30))[-1].body)
    cache.answer = lambda request: newer
    hostile.answer = lambda request: newer if request.method == "GET" and not request.is_signed else None
    assert publish_set(bucket if where == "at the storage" else behind, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize("time", ["Fri, 31 Dec 9999 23:59:59 -1400", "Sat, 01 Jan 2200 00:00:00 GMT", "today"])
def test_a_copy_whose_time_is_out_of_range_is_another_document(
    time: str, behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    def answer(request: Request) -> Reply:
        if request.path == "/status.json":
            return cached(documents_of()[-1].body)
        return cached(b"<svg/>", BADGE.content_type, Last_Modified=time, Date=time)

    cache.answer = answer
    assert publish_set(behind, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    (warning,) = warnings_in(log_lines)
    assert "the public address returns another document" in warning


def with_headers(**headers: str) -> Callable[[Request], Reply]:
    """Return a cache that has the badge, with these headers in place of those of the storage, or without them."""
    tags = {"/badge.svg": f'"{md5(BADGE.body).hexdigest()}"'}

    def answer(request: Request) -> Reply:
        if request.path == "/status.json":
            return cached(documents_of()[-1].body)
        reply = cached(BADGE.body, BADGE.content_type, ETag=tags[request.path])
        kept = {**reply.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return replace(reply, headers={name: value for name, value in kept.items() if value})

    return answer


def requests_for(server: HostileS3, name: str) -> list[str]:
    return [request.method for request in server.requests if request.path.endswith(name)]


def test_a_document_that_headers_prove_is_not_read(
    behind: Target, hostile: HostileS3, cache: HostileS3, log_lines: list[str]
) -> None:
    cache.answer = with_headers()
    for unchanged, methods in ((frozenset[str](), ["GET"]), (frozenset({BADGE.name}), ["HEAD"])):
        hostile.requests.clear()
        cache.requests.clear()
        assert publish_set(behind, [BADGE, *documents_of()], NOW, unchanged, clock=SYSTEM_CLOCK)
        assert requests_for(cache, BADGE.name) == methods
        assert requests_for(cache, "status.json") == ["GET"]
    assert requests_for(hostile, BADGE.name) == ["HEAD"]
    assert not warnings_in(log_lines)


def only_get(request: Request) -> Reply:
    return Reply(405) if request.method == "HEAD" else with_headers()(request)


def resets_head(request: Request) -> Reply:
    return Reply(fault="reset") if request.method == "HEAD" else with_headers()(request)


@pytest.mark.parametrize(
    "answer",
    [
        with_headers(ETag=""),
        with_headers(ETag=f'W/"{md5(BADGE.body).hexdigest()}"'),
        with_headers(ETag=f'"{md5(b"another").hexdigest()}"'),
        with_headers(Content_Type="image/svg+xml; charset=utf-8"),
        with_headers(Cache_Control="public, max-age=60"),
        with_headers(Cache_Control=""),
        only_get,
        resets_head,
    ],
)
def test_a_document_that_headers_do_not_prove_is_read_at_the_public_address(
    answer: Callable[[Request], Reply], behind: Target, hostile: HostileS3, cache: HostileS3
) -> None:
    cache.answer = answer
    publish_set(behind, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    hostile.requests.clear()
    cache.requests.clear()
    publish_set(behind, [BADGE, *documents_of()], NOW, frozenset({BADGE.name}), clock=SYSTEM_CLOCK)
    assert requests_for(hostile, BADGE.name) == ["HEAD"]
    assert requests_for(cache, BADGE.name)[0] == "HEAD"
    assert requests_for(cache, BADGE.name)[-1] == "GET"


@pytest.mark.parametrize("length", [None, len(BADGE.body) - 1])
def test_a_length_that_is_missing_or_another_proves_nothing(
    length: int | None, behind: Target, hostile: HostileS3, cache: HostileS3
) -> None:
    def answer(request: Request) -> Reply:
        reply = with_headers()(request)
        if request.method != "HEAD":
            return reply
        return replace(reply, body=reply.body[:length], fault="" if length else "no length")

    cache.answer = answer
    publish_set(behind, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    cache.requests.clear()
    publish_set(behind, [BADGE, *documents_of()], NOW, frozenset({BADGE.name}), clock=SYSTEM_CLOCK)
    assert requests_for(cache, BADGE.name) == ["HEAD", "GET"]


def test_other_documents_may_be_older_copies_too(
    behind: Target, hostile: HostileS3, cache: HostileS3, log_lines: list[str]
) -> None:
    def answer(request: Request) -> Reply:
        if request.path == "/status.json":
            return cached(documents_of()[-1].body)
        written = format_datetime(datetime.now(UTC) - timedelta(minutes=12), usegmt=True)
        return cached(b"<svg>0</svg>", "image/svg+xml", Last_Modified=written)

    cache.answer = answer
    assert publish_set(behind, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    assert sorted(request.path for request in cache.requests) == ["/badge.svg", "/status.json"]
    assert any("badge.svg" in line and "minutes ago" in line for line in warnings_in(log_lines))


def test_a_slow_public_address_keeps_nothing_from_being_published(
    hostile: HostileS3, cache: HostileS3, make_settings: Make, tmp_path: Path, clock: MovableClock
) -> None:
    """Each document takes it four seconds of the run's clock, and there are thirty. The storage is fast."""
    hostile.now = clock.now
    url = f"{cache.url.replace('127.0.0.1', 'localhost')}/status.json"
    settings = bucket_settings(make_settings, hostile, STATUS_URL=url)
    badges = [replace(BADGE, name=f"badge-{number}.svg") for number in range(30)]

    def answer(request: Request) -> Reply:
        clock.moment += timedelta(seconds=4)
        stored = hostile.objects[f"/status{request.path}"]
        return cached(stored.body, stored.headers["content-type"])

    cache.answer = answer
    for unchanged in (frozenset[str](), frozenset(badge.name for badge in badges)):
        began = clock.now()
        documents = [*badges, *documents_of(began)]
        assert publish_set(
            publish.configured(settings, tmp_path, clock), documents, began, unchanged, clock=SYSTEM_CLOCK
        )
        assert hostile.objects[STATUS].body == documents[-1].body
        assert clock.now() - began < timedelta(seconds=90)


@pytest.mark.parametrize("where", ["storage", "public address"])
@pytest.mark.parametrize("left", [0.0, 0.2])
def test_a_document_for_which_too_little_time_is_left_is_a_warning(
    left: float, where: str, hostile: HostileS3, cache: HostileS3, make_settings: Make, clock: MovableClock
) -> None:
    slow = hostile if where == "storage" else cache
    slow.answer = lambda request: Reply(fault="hang")
    hostile.put("/status/badge.svg", BADGE.body)
    url = f"{cache.url.replace('127.0.0.1', 'localhost')}/status.json"
    settings = bucket_settings(make_settings, hostile, STATUS_URL=url)
    ends = Deadline.after(clock, left)
    check = VisitorCheck(settings, ends if where == "storage" else Deadline.after(clock, 60), "")
    (warning,) = check.check(BADGE, ends)
    assert "not read back in time" in warning
    with pytest.raises(PublishError):
        check.check(documents_of()[-1], ends)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Last_Modified": "long ago"},
        {"Last_Modified": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"Last_Modified": "Thu, 01 Jan 2026 00:00:00 -0000"},
        {"Last_Modified": "Thu, 01 Jan 2099 00:00:00 GMT"},
    ],
)
def test_other_documents_of_unknown_or_great_age_are_warned_of(
    headers: dict[str, str], behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    def answer(request: Request) -> Reply:
        if request.path == "/status.json":
            return cached(documents_of()[-1].body)
        return cached(b"<svg>0</svg>", "image/svg+xml", **headers)

    cache.answer = answer
    assert publish_set(behind, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    (warning,) = warnings_in(log_lines)
    assert "visitors of badge.svg: the public address returns another document" in warning


def test_a_proxy_that_lets_through_status_json_alone_is_warned_of_in_one_line(
    behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    found = cached(documents_of()[-1].body)
    cache.answer = lambda request: found if request.path == "/status.json" else Reply(404)
    others = [replace(BADGE, name=name) for name in ("badge.svg", "api/v2/summary.json", "a", "b", "c", "d", "e")]
    assert publish_set(behind, [*others, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    (warning,) = warnings_in(log_lines)
    assert "visitors of badge.svg, api/v2/summary.json, a and 4 more: the public address" in warning


def test_status_json_stays_as_it_was_where_another_cannot_be_written(bucket: Target, hostile: HostileS3) -> None:
    others = [replace(BADGE, name=f"{number}.svg") for number in range(9)]
    hostile.answer = lambda request: error(403, "AccessDenied") if request.path == "/status/3.svg" else None
    with pytest.raises(PublishError, match=r"3\.svg"):
        publish_set(bucket, [*others, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    assert STATUS not in hostile.objects
    assert "/status/8.svg" not in hostile.objects


def test_a_document_may_lie_in_a_folder(
    bucket: Target, hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    deeper = replace(BADGE, name="api/v2/incidents/unresolved.json")
    documents = [deeper, *documents_of()]
    assert publish_set(bucket, documents, NOW, clock=SYSTEM_CLOCK)
    assert hostile.objects["/status/api/v2/incidents/unresolved.json"].body == deeper.body
    directory = publish.configured(make_settings(PUBLIC_DIRECTORY=tmp_path / "public"), tmp_path, SYSTEM_CLOCK)
    assert publish_set(directory, documents, NOW, clock=SYSTEM_CLOCK)
    path = tmp_path / "public" / "api" / "v2" / "incidents"
    assert (path / "unresolved.json").read_bytes() == deeper.body
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_an_address_without_a_path_has_the_others_beside_it(
    hostile: HostileS3, cache: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    def answer(request: Request) -> Reply:
        document = BADGE if request.path == "/badge.svg" else documents_of()[-1]
        return cached(document.body, document.content_type)

    cache.answer = answer
    settings = bucket_settings(make_settings, hostile, STATUS_URL=cache.url.replace("127.0.0.1", "localhost"))
    assert publish_set(
        publish.configured(settings, tmp_path, SYSTEM_CLOCK), [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK
    )
    assert sorted(request.path for request in cache.requests) == ["/", "/badge.svg"]


def test_a_public_address_that_is_out_of_reach_is_an_error(
    hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    settings = bucket_settings(make_settings, hostile, STATUS_URL="http://localhost:1/status.json")
    with pytest.raises(PublishError, match=r"visitors cannot read status.json \(.*refused"):
        publish_set(publish.configured(settings, tmp_path, SYSTEM_CLOCK), documents_of(), NOW, clock=SYSTEM_CLOCK)


def test_a_proxy_of_this_machine_says_nothing_about_visitors(
    hostile: HostileS3, make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    settings = bucket_settings(make_settings, hostile, STATUS_URL="https://status.example.com/status.json")
    target = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    with pytest.raises(PublishError, match=r"not known whether visitors can read status.json \(.*the proxy") as caught:
        publish_set(target, [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK)
    assert caught.value.remedy == "check HTTPS_PROXY in the environment"
    assert target.unseen(BADGE.name) is Unseen.PROXY
    (warning,) = target.check_as_visitor(BADGE)
    assert "not known whether visitors can read badge.svg" in warning


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_a_public_address_that_is_stuck_is_an_error_in_time(
    fault: str, behind: Target, cache: HostileS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "SECONDS", 0.5)
    cache.answer = lambda request: Reply(200, b"x" * 1000, fault=fault)
    with pytest.raises(PublishError, match="visitors cannot read"):
        publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)


def test_a_redirect_is_followed_as_a_browser_would(behind: Target, hostile: HostileS3, cache: HostileS3) -> None:
    cache.answer = lambda request: Reply(302, b"", {"Location": hostile.url + STATUS})
    assert publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Access-Control-Allow-Origin": "https://other.example"}, "CORS"),
        ({"Cache-Control": "public, max-age=86400"}, "86400"),
        ({"Cache-Control": "public"}, "Cache-Control"),
        ({"Content-Type": "text/plain"}, "text/plain"),
    ],
)
def test_wrong_headers_for_visitors_are_warned_of(
    headers: dict[str, str], words: str, behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    reply = cached(documents_of()[-1].body)
    cache.answer = lambda request: replace(reply, headers={**reply.headers, **headers})
    assert publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)
    (warning,) = warnings_in(log_lines)
    assert words in warning


def test_a_bucket_without_cors_rules_is_warned_of_once(
    bucket: Target, hostile: HostileS3, log_lines: list[str]
) -> None:
    hostile.web_headers = {}
    assert publish_set(bucket, documents_of(), NOW, clock=SYSTEM_CLOCK)
    (warning,) = warnings_in(log_lines)
    assert "elytra-status cors apply" in warning


def test_nothing_of_a_run_needs_more_than_these_requests(behind: Target, hostile: HostileS3, cache: HostileS3) -> None:
    cache.answer = lambda request: cached(documents_of()[-1].body)
    behind.conditions.enforced = True
    assert publish_set(behind, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert len(hostile.requests) == 4
    assert len(cache.requests) == 1
    for request in (*hostile.requests[3:], *cache.requests):
        assert "origin" in request.headers
        assert "authorization" not in request.headers
        assert "?" not in request.target


def test_a_copy_of_a_document_that_has_not_changed_for_long_is_judged_by_the_time_of_now(
    behind: Target, hostile: HostileS3, cache: HostileS3, log_lines: list[str]
) -> None:
    """An old copy is not ten minutes old for ever because the document itself is old too."""
    hostile.now = lambda: NOW
    headers = {"content_type": BADGE.content_type, "cache_control": BADGE.cache_control}
    for age, is_good in ((timedelta(), True), (timedelta(days=7), False)):
        log_lines.clear()
        written = NOW - age
        hostile.put("/status/badge.svg", BADGE.body, written, **headers)
        copy = cached(
            b"<svg>0</svg>", BADGE.content_type, Last_Modified=format_datetime(written - timedelta(minutes=10))
        )
        good = cached(documents_of()[-1].body)
        cache.answer = lambda request, copy=copy, good=good: copy if "badge" in request.path else good
        publish_set(behind, [BADGE, *documents_of()], NOW, frozenset({"badge.svg"}), clock=SYSTEM_CLOCK)
        (line,) = [line for line in warnings_in(log_lines) if "badge.svg" in line]
        assert ("10 minutes ago" in line) is is_good
