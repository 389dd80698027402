# SPDX-License-Identifier: MIT
"""A proxy of the environment that gives no connection is said to be the cause, to storage and to any other server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status.errors import NoAnswerError, ProxyError, SourceError
from elytra_status.net import http, s3
from elytra_status.secret import Secret
from tests.alert_servers import free_port, make_certificate
from tests.hostile_s3 import HostileS3
from tests.proxies import connecting_proxy, refusing_proxy

# The proxy resolves it, and nothing else does.
HOST = "planted.example"
NAMES = s3.Names("KEY", "SECRET", "ENDPOINT", "REGION")


@pytest.fixture(autouse=True)
def through(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets the proxy of the environment."""
    monkeypatch.setenv("NO_PROXY", "")

    def use(address: str) -> None:
        monkeypatch.setenv("HTTPS_PROXY", address)

    return use


def by_get() -> NoAnswerError:
    with pytest.raises(NoAnswerError) as caught, http.open_session() as session:
        http.get(session, f"https://{HOST}/status.json", seconds=10)
    assert caught.value.problem.startswith(f"{HOST} is unreachable, the proxy ")
    assert isinstance(caught.value, ProxyError)
    return caught.value


def by_storage() -> NoAnswerError:
    account = s3.Account(f"https://{HOST}", "nyc3", Secret("planted-a"), Secret("planted-b"), None, NAMES, attempts=1)
    with pytest.raises(SourceError) as caught, s3.errors_as(SourceError, account, "planted", "list it"):
        s3.open_client(account).list_objects_v2(Bucket="planted")
    assert caught.value.problem.startswith("the proxy ")
    return caught.value


REFUSALS = {
    "407 Proxy Authentication Required": ("returned 407, it requires a login", "USER:PASSWORD@"),
    "403 Forbidden": ("returned 403 in place of a connection", "NO_PROXY"),
    "503 Service Unavailable": ("returned 503 in place of a connection", "NO_PROXY"),
}


@pytest.mark.parametrize("request_by", [by_get, by_storage])
@pytest.mark.parametrize("status", REFUSALS)
def test_the_answer_of_a_proxy_is_not_that_of_the_server(
    status: str, request_by: Callable[[], NoAnswerError], through: Callable[[str], None]
) -> None:
    problem, remedy = REFUSALS[status]
    with refusing_proxy(status) as address:
        through(address)
        error = request_by()
    assert problem in error.problem
    assert remedy in error.remedy


@pytest.mark.parametrize("request_by", [by_get, by_storage])
def test_a_proxy_that_does_not_run_is_named(
    request_by: Callable[[], NoAnswerError], through: Callable[[str], None]
) -> None:
    through(f"http://127.0.0.1:{free_port()}")
    error = request_by()
    assert "the proxy is unreachable, connection refused" in error.problem
    assert error.remedy == "check HTTPS_PROXY in the environment"


ADDRESS = "write HTTPS_PROXY as http://HOST:PORT"


@pytest.mark.parametrize("request_by", [by_get, by_storage])
@pytest.mark.parametrize(
    ("address", "problem", "remedy"),
    [
        ("socks5://127.0.0.1:1080", "the proxy is a SOCKS proxy", "set HTTPS_PROXY to an HTTP proxy"),
        ("http:/proxy.example:3128", "the proxy has an invalid address", ADDRESS),
        ("http://127.0.0.1:port", "the proxy has an invalid address", ADDRESS),
        ("http://user:planted#one@127.0.0.1:9", "the proxy has an invalid address", "# as %23"),
        ("http://user:1/planted@127.0.0.1:9", "the proxy has an invalid address", "/ as %2F"),
        ("ftp://127.0.0.1:9", "the proxy has an invalid address", ADDRESS),
    ],
)
def test_an_address_that_cannot_be_used_is_that_of_the_proxy(
    address: str, problem: str, remedy: str, request_by: Callable[[], NoAnswerError], through: Callable[[str], None]
) -> None:
    through(address)
    error = request_by()
    assert problem in error.problem
    assert error.remedy.startswith(remedy) or remedy in error.remedy
    assert "planted" not in str(error).replace(HOST, "")


@pytest.mark.parametrize("request_by", [by_get, by_storage])
@pytest.mark.parametrize("address", ["127.0.0.1:{}", "http://127.0.0.1:{}/", "http://user:p%23ss@127.0.0.1:{}"])
def test_an_address_is_valid_without_scheme_and_with_a_login(
    address: str, request_by: Callable[[], NoAnswerError], through: Callable[[str], None]
) -> None:
    through(address.format(free_port()))
    assert "the proxy is unreachable, connection refused" in request_by().problem


@pytest.mark.parametrize("request_by", [by_get, by_storage])
@pytest.mark.parametrize("accepts", [True, False])
def test_a_proxy_that_drops_packets_is_the_cause(
    accepts: bool,
    request_by: Callable[[], NoAnswerError],
    through: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(s3, "CONNECT_SECONDS", 0.3)
    s3.open_client.cache_clear()
    # The kernel completes one connection of a full queue, and drops the packets of others.
    with socket.socket() as queue, socket.socket() as first, socket.socket() as second:
        queue.bind(("127.0.0.1", 0))
        queue.listen(5 if accepts else 0)
        if not accepts:
            for one in (first, second):
                one.setblocking(False)
                one.connect_ex(queue.getsockname())
        through(f"http://127.0.0.1:{queue.getsockname()[1]}")
        error = request_by()
    s3.open_client.cache_clear()
    assert "the proxy timed out" in error.problem
    assert error.remedy == "check HTTPS_PROXY in the environment, and that no firewall blocks the proxy"


@pytest.mark.parametrize("request_by", [by_get, by_storage])
@pytest.mark.parametrize("variable", ["https_proxy", "ALL_PROXY", "all_proxy"])
def test_the_variable_that_names_the_proxy_is_named(
    variable: str, request_by: Callable[[], NoAnswerError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    if variable == "https_proxy":
        monkeypatch.setenv("HTTPS_PROXY", "http://another.example")
    assert request_by().remedy == f"check {variable} in the environment"


def test_a_proxy_without_tls_that_is_named_with_https(through: Callable[[str], None]) -> None:
    with refusing_proxy("200 OK") as address:
        through(address.replace("http:", "https:"))
        errors = [by_get(), by_storage()]
    for error in errors:
        assert "the proxy does not speak TLS" in error.problem
        assert error.remedy.startswith("write HTTPS_PROXY as http://HOST:PORT")


def test_without_tls_a_proxy_that_requires_a_login_answers_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    account = s3.Account(f"http://{HOST}", "nyc3", Secret("planted-a"), Secret("planted-b"), None, NAMES, attempts=1)
    with refusing_proxy("407 Proxy Authentication Required") as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        with pytest.raises(ProxyError) as by_http, http.open_session() as session:
            http.get(session, f"http://{HOST}/status.json", seconds=10)
        with pytest.raises(SourceError) as by_s3, s3.errors_as(SourceError, account, "planted", "list it"):
            s3.open_client(account).list_objects_v2(Bucket="planted")
    for caught in (by_http, by_s3):
        assert "the proxy returned 407, it requires a login" in caught.value.problem
        assert caught.value.remedy == "write HTTP_PROXY as http://USER:PASSWORD@HOST:PORT"


@pytest.mark.parametrize(
    ("ends", "of_proxy", "words"),
    [(1, True, "the proxy passes on a certificate that is self-signed"), (-1, False, "has expired")],
)
def test_a_proxy_may_show_a_certificate_of_its_own_but_no_expired_one(
    ends: int, of_proxy: bool, words: str, tmp_path: Path, through: Callable[[str], None]
) -> None:
    file = make_certificate(tmp_path, -timedelta(days=9), timedelta(days=ends))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with HostileS3(context) as server, connecting_proxy() as address:
        through(address)
        with pytest.raises(NoAnswerError) as caught, http.open_session(None if of_proxy else str(file)) as session:
            http.get(session, f"{server.url}/status.json", seconds=10)
    assert isinstance(caught.value, ProxyError) is of_proxy
    assert words in caught.value.problem
