# SPDX-License-Identifier: MIT
"""Any S3 storage: addressed by host name, behind proxies, with answers of every kind."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.errors import NoAnswerError, PublishError
from elytra_status.net import s3
from elytra_status.net.s3_errors import PASSING
from elytra_status.publish import s3_bucket, visitor
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import make_certificate
from tests.hostile_s3 import HostileS3, Reply, error
from tests.publishing import BADGE, NOW, STATUS, body_of, bucket_settings, documents_of

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]


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
