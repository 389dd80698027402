# SPDX-License-Identifier: MIT
"""No response takes more bytes, memory or time than its limits, whatever is malformed about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from elytra_status.errors import FetchError, NoAnswerError, SourceError
from elytra_status.net import http, response_limits, s3, s3_transport
from elytra_status.net.concurrency import DeadlineExceededError
from elytra_status.net.s3_errors import Names
from elytra_status.secret import Secret
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import make_certificate
from tests.faults import hostile_http
from tests.faults.hostile_http import MEGABYTE, HostileHTTP, head

pytestmark = pytest.mark.slow

NAMES = Names("KEY", "SECRET", "ENDPOINT", "REGION")


def get(server: HostileHTTP, seconds: float = 20, largest: int = MEGABYTE) -> http.Response:
    with http.open_session() as session:
        return http.get(session, server.url, seconds=seconds, largest=largest)


def account(server: HostileHTTP) -> s3.Account:
    return s3.Account(server.url, "nyc3", Secret("planted-access"), Secret("planted-secret"), None, NAMES, attempts=1)


@pytest.mark.parametrize(
    ("ill", "problem"),
    [
        (hostile_http.endless_body, "has more than 1 MB"),
        (hostile_http.endless_chunks, "has more than 1 MB"),
        (hostile_http.tiny_chunks, "has more than 1 MB"),
        (hostile_http.endless_trailers, "has more than 1 MB"),
        (hostile_http.endless_refusal, "has more than 1 MB"),
        (hostile_http.endless_extension, "line of more than 64 KB"),
        (hostile_http.large_header, "the response header of 127.0.0.1:"),
        (hostile_http.endless_interim, "the response header of 127.0.0.1:"),
        (hostile_http.endless_header_line, "line of more than 64 KB"),
        (hostile_http.huge_length, "has more than 1 MB"),
        (hostile_http.huge_chunk, "broke off"),
        (hostile_http.double_gzip, "is compressed, which is not accepted"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_response_beyond_a_limit_is_refused(ill: hostile_http.Ill, problem: str) -> None:
    with HostileHTTP(ill) as server, pytest.raises(FetchError) as caught:
        get(server)
    assert problem in caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize("ill", [hostile_http.slow_body, hostile_http.slow_header])
def test_a_byte_now_and_then_does_not_prolong_the_time(ill: hostile_http.Ill) -> None:
    with HostileHTTP(ill) as server, pytest.raises(DeadlineExceededError):
        get(server, seconds=1.2)


def test_a_slow_response_of_the_storage_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_transport, "RESPONSE_SECONDS", 1.2)
    with HostileHTTP(hostile_http.slow_body) as server, pytest.raises(SourceError, match="timed out"):
        list_objects(server)


def list_objects(server: HostileHTTP) -> object:
    with s3.errors_as(SourceError, account(server), "planted", "list it"):
        return s3.open_client(account(server)).list_objects_v2(Bucket="planted")


def read_object(server: HostileHTTP) -> s3.StoredObject:
    with s3.errors_as(SourceError, account(server), "planted", "read it"):
        return s3.read_object(account(server), "planted", "key", MEGABYTE, SYSTEM_CLOCK)


OF_LISTINGS = [
    (hostile_http.endless_body, "has more than 8 MB"),
    (hostile_http.endless_chunks, "has more than 8 MB"),
    (hostile_http.endless_extension, "line of more than 64 KB"),
    (hostile_http.large_header, "the response header of the storage"),
    (hostile_http.endless_refusal, "has more than 8 MB"),
    (hostile_http.many_elements, "has too many elements"),
    (hostile_http.many_attributes, "has too many elements"),
    (hostile_http.entities, "declares a document type"),
]


@pytest.mark.parametrize(("ill", "problem"), OF_LISTINGS)
def test_a_listing_beyond_a_limit_is_refused(ill: hostile_http.Ill, problem: str) -> None:
    with HostileHTTP(ill, "application/xml") as server, pytest.raises(SourceError) as caught:
        list_objects(server)
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    "declared", ["<!DOCTYPE a><a/>".encode("utf-16"), "<!DOCTYPE a><a/>".encode("utf-16-be"), b"<!DOCTYPE a><a/>"]
)
def test_a_document_type_is_found_in_each_encoding_of_xml(declared: bytes) -> None:
    with HostileHTTP(hostile_http.whole(declared)) as server, pytest.raises(SourceError, match="document type"):
        list_objects(server)


def test_an_object_is_read_up_to_its_limit_and_its_refusal_too() -> None:
    with HostileHTTP(hostile_http.endless_body) as server:
        assert MEGABYTE < len(read_object(server).body) <= MEGABYTE + 65536
    with HostileHTTP(hostile_http.endless_refusal) as server, pytest.raises(SourceError, match="more than 8 MB"):
        read_object(server)


def test_a_listing_of_a_thousand_long_keys_is_read() -> None:
    keys = b"".join(
        b"<Contents><Key>%s</Key><LastModified>2025-11-10T02:00:00.000Z</LastModified><ETag>&quot;0&quot;</ETag>"
        b"<Size>1</Size></Contents>" % (b"%%C3%%BC" * 400 + b"%04d" % number)
        for number in range(1000)
    )
    body = b"<ListBucketResult><IsTruncated>false</IsTruncated>" + keys + b"</ListBucketResult>"
    with HostileHTTP(hostile_http.whole(body), "application/xml") as server:
        listed = list_objects(server)
    assert isinstance(listed, dict)
    assert len(listed["Contents"]) == 1000


def test_a_body_of_exactly_the_limit_is_read_in_the_smallest_usual_chunks() -> None:
    def chunks(kind: str) -> Iterator[bytes]:
        yield head(kind, "Transfer-Encoding: chunked")
        yield (b"40\r\n" + b"x" * 64 + b"\r\n") * (MEGABYTE // 64)
        yield b"0\r\nX-Checksum: 1\r\n\r\n"

    with HostileHTTP(chunks) as server:
        assert len(get(server).body) == MEGABYTE


def test_a_header_as_large_as_servers_send_is_read() -> None:
    lines = [f"X-{number}: {'y' * 8000}" for number in range(12)]
    with HostileHTTP(hostile_http.whole(b"{}", *lines)) as server:
        assert get(server).body == b"{}"


def test_of_an_address_whose_status_counts_the_rest_is_not_read() -> None:
    with http.open_session() as session:
        with HostileHTTP(hostile_http.endless_body) as server:
            assert http.status(session, server.url, seconds=20, redirects=http.Redirects()) == 200
        with HostileHTTP(hostile_http.double_gzip) as server:
            assert http.status(session, server.url, seconds=20, redirects=http.Redirects()) == 200


def test_redirects_end() -> None:
    with (
        http.open_session() as session,
        HostileHTTP(hostile_http.redirects) as server,
        pytest.raises(NoAnswerError, match="redirects more than 5 times"),
    ):
        http.get(session, server.url, seconds=20, redirects=http.Redirects())
    assert len(server.requests) == 6


def test_a_proxy_is_held_to_the_same_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with HostileHTTP(hostile_http.large_header) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        monkeypatch.setenv("HTTP_PROXY", server.url)
        with http.open_session() as session, pytest.raises(NoAnswerError, match="has more than 128 KB"):
            http.get(session, "http://planted.example/", seconds=20)
        elsewhere = s3.Account(
            "https://planted.example", "nyc3", Secret("planted-access"), Secret("planted-secret"), None, NAMES, 1
        )
        with pytest.raises(SourceError), s3.errors_as(SourceError, elsewhere, "planted", "list it"):
            s3.open_client(elsewhere).list_objects_v2(Bucket="planted")
        assert [asked.split()[0] for asked in server.requests] == [b"GET", b"CONNECT"]


def test_a_client_certificate_does_not_lift_the_limits(tmp_path: Path) -> None:
    certificate = str(make_certificate(tmp_path))
    with (
        HostileHTTP(hostile_http.large_header) as server,
        http.open_session(client_certificate=(certificate, certificate)) as session,
        pytest.raises(NoAnswerError, match="has more than 128 KB"),
    ):
        http.get(session, server.url, seconds=20)


def test_the_limits_of_one_request_are_not_those_of_the_next() -> None:
    with response_limits.response_limits("a", 1, 10):
        pass
    with HostileHTTP(hostile_http.whole(b"x" * 1000)) as server:
        assert len(get(server).body) == 1000
