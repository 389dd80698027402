# SPDX-License-Identifier: MIT
"""Connections are shared by sources, storage and visitors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.net import http, s3, tls_contexts
from elytra_status.publish import s3_bucket, visitor
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import make_certificate
from tests.keeping_server import Keeping, keeping_server
from tests.proxies import connecting_proxy
from tests.publishing import BADGE, KEY, SECRET, documents_of

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@pytest.fixture
def keeping(certificate: Path) -> Iterator[Keeping]:
    with keeping_server(certificate) as server:
        yield server


@pytest.fixture
def settings(keeping: Keeping, certificate: Path, make_settings: Make) -> Settings:
    keys = {"SPACES_ACCESS_KEY": KEY, "SPACES_SECRET_KEY": SECRET, "CA_BUNDLE": certificate}
    return make_settings(SPACES_ENDPOINT=keeping.url, STATUS_BUCKET="status", **keys)


def get(settings: Settings, keeping: Keeping, path: str = "/status/badge.svg") -> http.Response:
    return visitor.visitor_of(settings).fetch(f"{keeping.url}{path}")


def test_storage_and_visitors_share_one_connection(settings: Settings, keeping: Keeping, tmp_path: Path) -> None:
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    for _ in range(3):
        place.write(BADGE)
        assert place.read(BADGE.name).document == BADGE
        assert get(settings, keeping).body == BADGE.body
    assert (keeping.requests, len(keeping.connections)) == (9, 1)


def test_after_headers_alone_the_connection_serves_the_next_request(
    settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    place.write(BADGE)
    for _ in range(3):
        answer = visitor.visitor_of(settings).fetch(f"{keeping.url}/status/badge.svg", headers_only=True)
        assert (answer.status, answer.headers["content-length"]) == (200, str(len(BADGE.body)))
        assert get(settings, keeping).body == BADGE.body
    assert len(keeping.connections) == 1


def test_several_at_once_use_no_more_connections_than_threads(
    settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    place = publish.configured(settings, tmp_path, SYSTEM_CLOCK)
    status = documents_of()[-1]
    for _ in range(3):
        threads = [threading.Thread(target=place.write, args=(status,)) for _ in range(place.at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert keeping.requests == 3 * place.at_once
    assert len(keeping.connections) <= place.at_once


@pytest.mark.parametrize("after", [1, 2])
def test_a_kept_connection_that_the_server_closes_is_no_failure(
    after: int, settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    keeping.closes_after = after
    for _ in range(4):
        assert get(settings, keeping).body == BADGE.body


def test_a_server_that_closes_every_connection_gets_two_requests_at_most(
    settings: Settings, keeping: Keeping, tmp_path: Path
) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    keeping.closes_after = 0
    before = len(keeping.connections)
    with pytest.raises(NoAnswerError, match="connection closed without an answer"):
        get(settings, keeping)
    assert len(keeping.connections) - before <= 2


def test_no_certificate_of_another_authority_is_trusted_on_a_shared_connection(
    settings: Settings, keeping: Keeping, tmp_path: Path, make_settings: Make
) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    keys = {"SPACES_ACCESS_KEY": KEY, "SPACES_SECRET_KEY": SECRET}
    others = make_settings(SPACES_ENDPOINT=keeping.url, STATUS_BUCKET="status", **keys)
    with pytest.raises(NoAnswerError, match="certificate"):
        get(others, keeping)


def test_a_proxy_of_the_environment_is_used_for_storage_too(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    bucket = s3_bucket.status_bucket(settings)
    assert bucket is not None
    account = bucket.account
    with (
        pytest.raises(NoAnswerError, match="the proxy is unreachable"),
        s3.errors_as(SourceError, account, "status", "read"),
    ):
        s3.open_client(account).get_object(Bucket="status", Key="status.json")


@pytest.fixture
def proxy() -> Iterator[str]:
    with connecting_proxy() as address:
        yield address


def test_a_proxy_brings_no_other_authorities(
    settings: Settings, keeping: Keeping, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With CA_BUNDLE the system's certificates are not trusted: neither through a proxy, nor after a request by one."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    keeping.objects["/status/badge.svg"] = BADGE.body, {}
    before = tls_contexts.for_urllib3(settings.ca_bundle).cert_store_stats()
    assert get(settings, keeping).body == BADGE.body
    assert tls_contexts.for_urllib3(settings.ca_bundle).cert_store_stats() == before


def test_after_a_pause_connections_through_a_proxy_are_opened_anew(
    settings: Settings, keeping: Keeping, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    keeping.objects["/status/badge.svg"] = BADGE.body, {}
    for count in (1, 1, 2):
        if count == 2:
            http.close_kept_connections()
        assert get(settings, keeping).body == BADGE.body
        assert len(keeping.connections) == count


def test_after_a_pause_connections_are_opened_anew(settings: Settings, keeping: Keeping, tmp_path: Path) -> None:
    publish.configured(settings, tmp_path, SYSTEM_CLOCK).write(BADGE)
    assert get(settings, keeping).status == 200
    assert len(keeping.connections) == 1
    http.close_kept_connections()
    assert get(settings, keeping).status == 200
    assert len(keeping.connections) == 2
