# SPDX-License-Identifier: MIT
"""SPACES_ENDPOINT or SPACES_REGION is wrong: the message names the setting, and blames neither bucket nor key."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.doctor import rights
from elytra_status.errors import PublishError
from elytra_status.publish import s3_bucket
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import free_port, make_certificate
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import NOW, bucket_settings, documents_of

Make = Callable[..., Settings]
Refused = Callable[..., PublishError]


@pytest.fixture
def refused(hostile: HostileS3, make_settings: Make, tmp_path: Path, waits: list[float]) -> Refused:
    """Return a function that publishes with settings, and returns the error."""

    def publish_with(**values: object) -> PublishError:
        settings = bucket_settings(make_settings, hostile, **values)
        with pytest.raises(PublishError) as caught:
            publish_set(publish.configured(settings, tmp_path, SYSTEM_CLOCK), documents_of(), NOW, clock=SYSTEM_CLOCK)
        return caught.value

    return publish_with


@pytest.fixture
def tls_url(tmp_path: Path) -> Iterator[str]:
    """Serve with TLS, and yield the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path))
    with HostileS3(context) as server:
        yield server.url


PAGE = b"<html><body>Log in to this network</body></html>"
OTHER_SERVERS = {
    "a web server": Reply(404, PAGE, {"Content-Type": "text/html; charset=utf-8"}),
    "an API": Reply(404, b'{"error": "not found"}', {"Content-Type": "application/json"}),
    "a server of metrics": Reply(404, b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"}),
    "an API with a login": Reply(401, b'{"error": "who are you?"}', {"Content-Type": "application/json"}),
    "the login page of a network": Reply(200, PAGE, {"Content-Type": "text/html"}),
    "a redirect to a login page": Reply(302, PAGE, {"Content-Type": "text/html", "Location": "http://login.example/"}),
}


@pytest.mark.parametrize("reply", OTHER_SERVERS.values(), ids=OTHER_SERVERS)
def test_a_server_that_is_no_storage(reply: Reply, hostile: HostileS3, refused: Refused) -> None:
    hostile.always(reply)
    found = refused()
    assert found.remedy.startswith("set SPACES_ENDPOINT to the storage's own address")
    assert "storage" in found.problem
    for blamed in ("bucket", "key", "region"):
        assert blamed not in str(found)
    assert not hostile.asked("PUT")


@pytest.mark.parametrize("reply", [Reply(404), error(404, "NoSuchBucket")], ids=["no body", "XML"])
def test_an_answer_that_storage_sends_is_taken_for_its_own(reply: Reply, hostile: HostileS3, refused: Refused) -> None:
    hostile.always(reply)
    assert "there is no bucket status" in refused().problem


def test_a_name_that_is_not_in_dns(refused: Refused) -> None:
    found = refused(SPACES_ENDPOINT="https://storage.invalid")
    assert found.problem.startswith("the endpoint is unreachable, ")
    assert "DNS" in found.problem
    assert found.remedy == "check SPACES_ENDPOINT and the network"


def test_a_port_at_which_nothing_listens(refused: Refused) -> None:
    found = refused(SPACES_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert found.problem == "the endpoint is unreachable, connection refused"


def test_https_at_a_port_without_tls(hostile: HostileS3, refused: Refused) -> None:
    found = refused(SPACES_ENDPOINT=hostile.url.replace("http:", "https:"))
    assert found.problem == "the endpoint does not speak TLS"
    assert "the port of SPACES_ENDPOINT" in found.remedy


def test_http_at_a_port_with_tls(tls_url: str, refused: Refused) -> None:
    found = refused(SPACES_ENDPOINT=tls_url.replace("https:", "http:"))
    assert "SPACES_ENDPOINT" in found.remedy
    assert "https" in found.remedy


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "AuthorizationHeaderMalformed", "set SPACES_REGION=garage-1"),
        (301, "PermanentRedirect", "set SPACES_ENDPOINT and SPACES_REGION to those of garage-1"),
    ],
)
def test_the_region_that_the_storage_names(
    status: int, code: str, remedy: str, hostile: HostileS3, refused: Refused
) -> None:
    # botocore signs for the other region by itself, which changes nothing here.
    hostile.answer = lambda request: error(status, code, "<Region>garage-1</Region>")
    assert refused().remedy == remedy


def test_what_cannot_be_a_region_is_not_quoted(hostile: HostileS3, refused: Refused) -> None:
    hostile.answer = lambda request: error(400, "AuthorizationHeaderMalformed", "<Region>Log in at http://x</Region>")
    found = refused()
    assert "Log in" not in str(found)
    # Newer botocore tries to sign for it.
    assert found.remedy in (
        "set SPACES_REGION to its own",
        "check that SPACES_ENDPOINT is the address of an S3 service",
    )


def test_too_many_requests_are_no_other_server(hostile: HostileS3, refused: Refused) -> None:
    """A proxy that limits requests answers with a page of its own."""

    def answer(request: Request) -> Reply:
        return Reply(429, PAGE, {"Content-Type": "text/html"})

    hostile.answer = answer
    assert "the storage limits the rate of requests" in refused().problem


def test_what_was_tried_once_was_not_tried_1_times(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    hostile.always(error(503, "SlowDown"))
    bucket = s3_bucket.status_bucket(bucket_settings(make_settings, hostile))
    assert bucket is not None
    with pytest.raises(PublishError, match="the storage limits the rate of requests, tried once"):
        rights.check_may_list(replace(bucket.account, attempts=1), bucket.name)
