# SPDX-License-Identifier: MIT
"""An Uptime Kuma behind a proxy that requires a login: Authelia, Cloudflare Access, basic authentication."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.errors import NoAnswerError
from elytra_status.model import Report
from elytra_status.net.http import Response
from elytra_status.net.login_pages import is_login, is_login_form
from elytra_status.run.private_terms import private
from elytra_status.settings import Settings, load
from elytra_status.settings.secret_kinds import headers_of
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.auth_proxy import Headers, auth_proxy
from tests.conftest import API_KEY, MovableClock

pytestmark = pytest.mark.slow

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]

ID, SECRET = "planted-client.access", "planted-client-secret"
ACCESS = f"CF-Access-Client-Id: {ID}; CF-Access-Client-Secret: {SECRET}"
PASSWORD = "planted-p\u00e4ssword"
BASIC = f"Basic {base64.b64encode(f'elytra:{PASSWORD}'.encode()).decode()}"
TO_LOGIN = (302, {"Location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/kuma?meta=x"}, b"")
CHALLENGE = (401, {"WWW-Authenticate": 'Basic realm="Restricted"', "Content-Type": "text/html"}, b"planted")
FORM = (200, {"Content-Type": "text/html"}, b"<form><input name=p type='password'></form>")


def poll(settings: Settings) -> Report:
    return uptime_kuma.poll(settings, PollRequest(MovableClock().now(), 10.0, clock=SYSTEM_CLOCK))


def refusal(settings: Settings) -> str:
    with pytest.raises(NoAnswerError) as caught:
        poll(settings)
    assert "planted" not in str(caught.value)
    return str(caught.value)


def by_service_token(path: str, headers: Headers) -> bool:
    return (headers.get("cf-access-client-id"), headers.get("cf-access-client-secret")) == (ID, SECRET)


def by_basic(path: str, headers: Headers) -> bool:
    return headers.get("authorization") == BASIC


def nobody(path: str, headers: Headers) -> bool:
    return False


def values(url: str, **more: Any) -> dict[str, Any]:
    return {"UPTIME_KUMA_URL": url, "UPTIME_KUMA_STATUS_PAGE": "elytra", **more}


def test_a_service_token_lets_every_request_in(start_kuma: Start, make_settings: Make) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    with auth_proxy(kuma.url, by_service_token, TO_LOGIN) as proxy:
        report = poll(make_settings(**values(proxy.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_HEADERS=ACCESS)))
        paths = {path.split("?")[0] for path, _ in proxy.requests}
    assert report.problems == ()
    assert len(report.monitors) >= 6
    assert "/metrics" in paths
    assert any(path.startswith("/api/badge/") for path in paths)
    assert all(by_service_token(path, headers) for path, headers in proxy.requests)


def test_a_login_lets_the_page_in_and_metrics_are_sent_the_key(start_kuma: Start, make_settings: Make) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    login = {"UPTIME_KUMA_USER": "elytra", "UPTIME_KUMA_PASSWORD": PASSWORD}
    with auth_proxy(kuma.url, lambda path, headers: path == "/metrics" or by_basic(path, headers), CHALLENGE) as proxy:
        report = poll(make_settings(**values(proxy.url, UPTIME_KUMA_API_KEY=API_KEY, **login)))
    assert report.problems == ()
    assert len(report.monitors) >= 6
    with auth_proxy(kuma.url, by_basic, CHALLENGE) as proxy:
        report = poll(make_settings(**values(proxy.url, UPTIME_KUMA_API_KEY=API_KEY, **login)))
    (problem,) = report.problems
    assert str(problem).startswith("401, a proxy in front of Uptime Kuma requires a login (metrics). ")
    assert "let it pass /metrics without one" in problem.remedy


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (TO_LOGIN, "redirects to a login page, https://team.cloudflareaccess.com"),
        ((302, {"Location": "/login?next=/metrics"}, b""), "redirects to a login page ("),
        ((303, {"Location": "https://auth.example.com/?rd=x"}, b""), "redirects to a login page, https://auth"),
        (FORM, "a login page came instead of data"),
        (CHALLENGE, "401, a proxy in front of Uptime Kuma requires a login"),
    ],
)
def test_a_login_page_is_called_that_with_the_settings_that_help(
    refused: tuple[int, Headers, bytes], words: str, start_kuma: Start, make_settings: Make
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    with auth_proxy(kuma.url, nobody, refused) as proxy:
        said = refusal(make_settings(**values(proxy.url, UPTIME_KUMA_API_KEY=API_KEY)))
        assert words in said
        assert "Set UPTIME_KUMA_HEADERS to the login that the proxy accepts" in said
        assert "UPTIME_KUMA_USER and UPTIME_KUMA_PASSWORD" in said
        said = refusal(make_settings(**values(proxy.url, UPTIME_KUMA_HEADERS=ACCESS)))
        assert words in said
        assert "The proxy refused UPTIME_KUMA_HEADERS" in said
    assert kuma.requests == []


def test_nothing_that_lets_in_follows_a_redirect(start_kuma: Start, make_settings: Make) -> None:
    elsewhere = start_kuma("v2.5.3", "all-up")
    login = {"UPTIME_KUMA_USER": "elytra", "UPTIME_KUMA_PASSWORD": PASSWORD, "UPTIME_KUMA_HEADERS": ACCESS}
    away = (307, {"Location": f"{elsewhere.url}/metrics"}, b"")
    with auth_proxy(elsewhere.url, nobody, away) as proxy:
        refusal(make_settings(**values(proxy.url, UPTIME_KUMA_API_KEY=API_KEY, **login)))
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        (ACCESS, {"CF-Access-Client-Id": ID, "CF-Access-Client-Secret": SECRET}),
        ("Cookie: a=b; c=d", {"Cookie": "a=b; c=d"}),
        ("X-A: b;X-C: d e", {"X-A": "b", "X-C": "d e"}),
        ("Proxy-Authorization: Basic dTpw", {"Proxy-Authorization": "Basic dTpw"}),
    ],
)
def test_headers_are_read(text: str, headers: dict[str, str], make_settings: Make) -> None:
    settings = make_settings(UPTIME_KUMA_URL="https://kuma.example.com", UPTIME_KUMA_HEADERS=text)
    assert headers_of(settings.uptime_kuma_headers) == headers
    assert text not in repr(settings)


@pytest.mark.parametrize(
    "text",
    [
        "planted",
        "Host: planted.example",
        "X planted: y",
        "X-A: pl\u00e4nted",
        "X-A:",
        "X-A: planted\u2026",
        "Connection: x",
    ],
)
def test_what_is_no_list_of_headers_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.conf"
    file.write_text(f'UPTIME_KUMA_URL=https://kuma.example.com\nUPTIME_KUMA_HEADERS="{text}"\n', encoding="utf-8")
    with pytest.raises(Exception, match="UPTIME_KUMA_HEADERS") as caught:
        load(file, {})
    assert "planted" not in str(caught.value)
    assert "Write Name: value, with ; before a further header." in str(caught.value)


def test_the_leak_guard_searches_for_each_value(make_settings: Make) -> None:
    settings = make_settings(
        UPTIME_KUMA_URL="https://kuma.example.com",
        UPTIME_KUMA_HEADERS=f"{ACCESS}; Authorization: Bearer planted-token; X-Mode: on",
    )
    secrets = set(private(settings, ()).secrets.values())
    assert {ID, SECRET, "planted-token"} <= secrets
    assert not {"on", "Bearer"} & secrets


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://team.cloudflareaccess.com/x", True),
        ("https://auth.example.com/", True),
        ("https://login.microsoftonline.com/common/oauth2/authorize", True),
        ("https://kuma.example.com/oauth2/start?rd=/", True),
        ("https://kuma.example.com/login.php", True),
        ("https://kuma.example.com/dashboard", False),
        ("https://authors.example.com/loginless", False),
        ("https://kuma.example.com/", False),
    ],
)
def test_an_address_of_a_login_page_is_recognised(url: str, is_one: bool) -> None:
    assert is_login(url) is is_one


@pytest.mark.parametrize(
    ("content_type", "body", "is_one"),
    [
        ("text/html", b'<input id="x" type="password">', True),
        ("text/html; charset=utf-8", b"<title>Login - Authelia</title>", True),
        ("text/html", b"<title>Sign in \xc2\xb7 Cloudflare Access</title>", True),
        ("text/html", b"<title>Uptime Kuma</title><input type=text>", False),
        ("text/plain", b'<input type="password">', False),
        ("text/html", b"<input " + b"a" * 600_000, False),
    ],
)
def test_a_login_form_is_recognised(content_type: str, body: bytes, is_one: bool) -> None:
    assert is_login_form(Response(200, {"content-type": content_type}, body).content_type, body) is is_one
