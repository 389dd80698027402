# SPDX-License-Identifier: MIT
"""Any S3 storage: without ACLs, addressed by host name, behind proxies, with answers of every kind."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from elytra_status import freshness, publish
from elytra_status.doctor import targets
from elytra_status.errors import NoAnswerError, PublishError
from elytra_status.net import s3
from elytra_status.net.s3_errors import PASSING
from elytra_status.publish import s3_bucket, visitor
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.system.clock import SYSTEM_CLOCK, SystemClock
from tests.alert_servers import make_certificate
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


# Storage without ACLs


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


# Addressing


@pytest.mark.parametrize(
    ("style", "endpoint", "expected"),
    [
        ("auto", "https://nyc3.digitaloceanspaces.com", "https://nyc3.digitaloceanspaces.com/status"),
        ("auto", "https://s3.eu-central-1.amazonaws.com", "https://s3.eu-central-1.amazonaws.com/status"),
        ("auto", "https://s3.oss-eu-central-1.aliyuncs.com", "https://status.s3.oss-eu-central-1.aliyuncs.com"),
        ("auto", "https://cos.eu-frankfurt.myqcloud.com", "https://status.cos.eu-frankfurt.myqcloud.com"),
        ("path", "https://oss-eu-central-1.aliyuncs.com", "https://oss-eu-central-1.aliyuncs.com/status"),
        ("virtual", "http://s3.example.com:9000", "http://status.s3.example.com:9000"),
        ("auto", "http://127.0.0.1:9000", "http://127.0.0.1:9000/status"),
        ("virtual", "http://127.0.0.1:9000", "http://127.0.0.1:9000/status"),
        ("virtual", "https://[2001:db8::1]", "https://[2001:db8::1]/status"),
    ],
)
def test_where_a_bucket_is(style: str, endpoint: str, expected: str) -> None:
    assert s3.bucket_url(endpoint, "status", style) == expected


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer for every name under s3.example.com with loopback."""
    ask = socket.getaddrinfo

    def answer(host: Any, *others: Any, **more: Any) -> Any:  # what socket.getaddrinfo takes
        is_ours = isinstance(host, str) and host.endswith("s3.example.com")
        return ask("127.0.0.1" if is_ours else host, *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.usefixtures("dns")
def test_a_bucket_in_the_host_name(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    endpoint = hostile.url.replace("127.0.0.1", "s3.example.com")
    settings = bucket_settings(
        make_settings,
        hostile,
        SPACES_ENDPOINT=endpoint,
        SPACES_ADDRESSING="virtual",
        BACKUP_BUCKET="backups",
        BACKUP_ADDRESSING="path",
    )
    assert publish_set(
        publish.configured(settings, tmp_path, SYSTEM_CLOCK), [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK
    )
    assert {request.headers["host"].partition(":")[0] for request in hostile.requests} == {"status.s3.example.com"}
    assert {request.path for request in hostile.requests} == {"/status.json", "/badge.svg"}
    account = spaces_backups.backup_account(settings)
    assert account is not None
    assert account.addressing == "path"


def test_an_ip_address_has_no_host_for_a_bucket(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    settings = bucket_settings(make_settings, hostile, SPACES_ADDRESSING="virtual")
    assert publish_set(
        publish.configured(settings, tmp_path, SYSTEM_CLOCK), [BADGE, *documents_of()], NOW, clock=SYSTEM_CLOCK
    )
    assert {request.path for request in hostile.requests} == {"/status/status.json", "/status/badge.svg"}


@pytest.mark.parametrize("code", ["SecondLevelDomainForbidden", "PathStyleDomainForbidden"])
def test_storage_that_wants_the_bucket_in_the_host_name_says_so(
    code: str, hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.answer = lambda request: error(403, code)
    with pytest.raises(PublishError) as caught:
        publish_set(
            publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    assert "SPACES_ADDRESSING=virtual" in caught.value.remedy


# Answers


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("body", [b"", b"<Error><Code>TooManyRequests</Code></Error>", b"<html>slow down</html>"])
def test_429_is_tried_again(
    body: bytes, method: str, hostile: HostileS3, make_settings: Make, tmp_path: Path, waits: list[float]
) -> None:
    bad = Reply(429, body)
    hostile.answer = lambda request: bad if request.method == method and len(hostile.asked(method)) <= 2 else None
    assert publish_set(
        publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
        documents_of(),
        NOW,
        clock=SYSTEM_CLOCK,
    )
    assert len(waits) == 2


def test_429_for_ever_ends(hostile: HostileS3, make_settings: Make, tmp_path: Path, waits: list[float]) -> None:
    hostile.always(Reply(429))
    with pytest.raises(PublishError, match=f"429, the storage limits the rate of requests, tried {s3.ATTEMPTS} times"):
        publish_set(
            publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    assert len(hostile.requests) == s3.ATTEMPTS


def test_a_body_that_breaks_off_is_fetched_again(
    hostile: HostileS3, make_settings: Make, tmp_path: Path, waits: list[float]
) -> None:
    hostile.put(STATUS, body_of(minutes=10))
    cut = Reply(200, b"x" * 1000, fault="cut")
    hostile.answer = lambda request: cut if request.method == "GET" and len(hostile.asked("GET")) <= 2 else None
    assert publish_set(
        publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
        documents_of(),
        NOW,
        clock=SYSTEM_CLOCK,
    )
    assert len(waits) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 400])
def test_a_web_page_in_place_of_an_answer_is_said_to_be_one(
    status: int, hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.always(
        Reply(status, b"<html><body>Access to this site is blocked</body></html>", {"Content-Type": "text/html"})
    )
    with pytest.raises(PublishError) as caught:
        publish_set(
            publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    assert f"{status}, a web page" in caught.value.problem
    assert "proxy" in caught.value.remedy
    assert "ACCESS_KEY" not in str(caught.value)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_refusal_of_unknown_kind_has_its_code_and_the_request(
    method: str, hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.answer = lambda request: error(400, "XAmzContentSHA256Mismatch") if request.method == method else None
    with pytest.raises(PublishError) as caught:
        publish_set(
            publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK),
            documents_of(),
            NOW,
            clock=SYSTEM_CLOCK,
        )
    done = {"GET": "read", "PUT": "write"}[method]
    assert caught.value.problem == f"XAmzContentSHA256Mismatch, the storage refused to {done} status.json"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error(400, "S3.Weird_Code2"), "S3.Weird_Code2, the storage refused to read status.json"),
        (error(403, "Over_Limit.42"), "Over_Limit.42, the storage refused to read status.json"),
        (error(400, "acme-shop.example.com"), "400, the storage refused to read status.json"),
        (error(400, "acme.example.com"), "400, the storage refused to read status.json"),
        (error(400, "10.1.2.3"), "400, the storage refused to read status.json"),
        (
            error(400, "InvalidArgument"),
            "InvalidArgument, the storage refuses an argument of the request to read status",
        ),
        (
            Reply(400, b"no", {"Content-Type": "text/plain"}),
            "400, the answer to the request to read status.json is text",
        ),
        (
            Reply(400, b"{}", {"Content-Type": "application/json"}),
            "the request to read status.json is application/json",
        ),
        (Reply(400, b"<p>", {"Content-Type": "text/html"}), "answer to the request to read status.json"),
        (Reply(400), "400, the storage refused to read status.json"),
    ],
)
def test_a_refusal_of_any_form_names_the_request(
    reply: Reply, words: str, hostile: HostileS3, make_settings: Make, tmp_path: Path, waits: list[float]
) -> None:
    hostile.always(reply)
    with pytest.raises(PublishError) as caught:
        publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK).read("status.json")
    assert words in caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error(429, "Throttling"), "Throttling, the storage limits the rate of requests, tried 4 times"),
        (error(429, "Quota.Used_Up"), "Quota.Used_Up, the storage limits the rate of requests"),
        (error(503, "SlowDownRead"), "SlowDownRead, the storage limits the rate of requests"),
        (error(400, "ThrottlingException"), "ThrottlingException, the storage limits the rate of requests"),
        (Reply(429, b"{}", {"Content-Type": "application/json"}), "429, the storage limits the rate of requests"),
        (error(503, "Maintenance"), "Maintenance, the storage is not available"),
    ],
)
def test_what_may_pass_is_known_by_its_code_or_its_status(
    reply: Reply, words: str, hostile: HostileS3, make_settings: Make, tmp_path: Path, waits: list[float]
) -> None:
    hostile.always(reply)
    with pytest.raises(PublishError) as caught:
        publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK).read("status.json")
    assert words in caught.value.problem
    assert caught.value.code in PASSING
    assert len(hostile.requests) == s3.ATTEMPTS


# Certificates


def tls_server(tmp_path: Path, host: str, begins: timedelta) -> tuple[HostileS3, Path]:
    file = make_certificate(tmp_path, begins, begins + timedelta(days=30), host)
    context_ = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context_.load_cert_chain(file)
    return HostileS3(context_), file


@pytest.mark.parametrize(
    ("host", "ago", "is_trusted", "words"),
    [
        ("localhost", 1, False, "is self-signed"),
        ("localhost", 40, True, "has expired"),
        ("localhost", -5, True, "is not yet valid"),
        ("storage.example.org", 1, True, "is for another name"),
    ],
)
def test_each_fault_of_a_certificate_has_its_own_words(
    host: str, ago: int, is_trusted: bool, words: str, make_settings: Make, tmp_path: Path, waits: list[float]
) -> None:
    server, file = tls_server(tmp_path, host, timedelta(days=-ago))
    with server:
        more = {"CA_BUNDLE": file} if is_trusted else {}
        settings = bucket_settings(make_settings, server, **more)
        with pytest.raises(PublishError) as of_storage:
            publish_set(publish.configured(settings, tmp_path, SYSTEM_CLOCK), documents_of(), NOW, clock=SYSTEM_CLOCK)
        with pytest.raises(NoAnswerError) as of_visitor:
            visitor.visitor_of(settings).fetch(f"{server.url}/status/status.json")
    for caught in (of_storage, of_visitor):
        assert words in caught.value.problem
        assert caught.value.remedy


def test_what_is_larger_than_any_document_is_not_read_to_its_end(
    hostile: HostileS3, make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_bucket, "LARGEST_DOCUMENT", 100_000)
    hostile.put(STATUS, b"x" * 10_000_000)
    place = publish.configured(bucket_settings(make_settings, hostile), tmp_path, SYSTEM_CLOCK)
    found = place.read("status.json").document
    assert found is not None
    assert found.body == b""
