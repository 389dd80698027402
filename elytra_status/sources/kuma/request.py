# SPDX-License-Identifier: MIT
"""One request to Uptime Kuma: its headers, and what a refusal means.

The headers include those for a proxy before it.
"""

from __future__ import annotations

import base64

from elytra_status.errors import SourceError
from elytra_status.net import http
from elytra_status.net.login_pages import LoginPageError, is_login_form
from elytra_status.net.response_limits import LARGEST_BODY
from elytra_status.settings import Settings
from elytra_status.settings.secret_kinds import headers_of
from elytra_status.sources.json_api import Refusal

# Kuma caches its public answers for one to five minutes. With this header it returns a fresh one and does not cache it.
FRESH = {"x-apicache-bypass": "1"}
_OPEN = "let the proxy in front of Uptime Kuma pass /metrics, /api/status-page and /api/badge without a login"
_LOG_IN = (
    "set UPTIME_KUMA_HEADERS to the login that the proxy accepts (Cloudflare Access: a service token), or"
    f" UPTIME_KUMA_USER and UPTIME_KUMA_PASSWORD; or {_OPEN}"
)
_NOT_ACCEPTED = f"the proxy refused UPTIME_KUMA_HEADERS or UPTIME_KUMA_USER: see its log; or {_OPEN}"
_KEY_INSTEAD = (
    "the proxy requires a login in the header that holds UPTIME_KUMA_API_KEY: let it pass /metrics without one, or by"
    " UPTIME_KUMA_HEADERS"
)


def base_url(given: str | None) -> str:
    """Return the address to which paths are added, from UPTIME_KUMA_URL.

    A superfluous slash would lead to its web page.
    """
    url = (given or "").rstrip("/")
    # An older setting held the address of /metrics itself.
    return url.removesuffix("/metrics").rstrip("/")


def request_headers(settings: Settings) -> dict[str, str]:
    """Return the headers of each request.

    They are sent to UPTIME_KUMA_URL alone, since no redirect is followed.
    """
    sent = dict(FRESH)
    if settings.uptime_kuma_user and settings.uptime_kuma_password:
        pair = f"{settings.uptime_kuma_user}:{settings.uptime_kuma_password.reveal()}"
        sent["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return sent | headers_of(settings.uptime_kuma_headers)


def query(
    settings: Settings,
    url: str,
    seconds: float,
    content_type: str,
    refusal: Refusal,
    password: str | None = None,
    largest: int = LARGEST_BODY,
) -> http.Response:
    """Return an answer with the right status and type.

    `password` is the API key. A request with it sends no other Authorization. Raise NoAnswerError for any other answer,
    and for a body of more than `largest` bytes.
    """
    has_login = bool(settings.uptime_kuma_headers or settings.uptime_kuma_password)
    try:
        with http.open_session(settings.ca_bundle) as session:
            response = http.get(
                session, url, seconds=seconds, password=password, headers=request_headers(settings), largest=largest
            )
    except LoginPageError as error:
        raise SourceError(error.problem, _remedy_of_login(has_login=has_login)) from None
    if response.status == 401 and "realm" in response.headers.get("www-authenticate", "").lower():
        # Uptime Kuma's own challenge names no realm.
        remedy = (
            _KEY_INSTEAD
            if password is not None and settings.uptime_kuma_password
            else _remedy_of_login(has_login=has_login)
        )
        raise SourceError("401, a proxy in front of Uptime Kuma requires a login", remedy)
    if response.status != 200:
        raise SourceError(*refusal(response))
    if response.content_type != content_type:
        if is_login_form(response.content_type, response.body):
            raise SourceError("a login page came instead of data", _remedy_of_login(has_login=has_login))
        raise SourceError(
            f"a web page came instead of data ({response.content_type or 'no content type'})",
            "UPTIME_KUMA_URL must be Uptime Kuma's own address, without a further path",
        )
    return response


def _remedy_of_login(*, has_login: bool) -> str:
    return _NOT_ACCEPTED if has_login else _LOG_IN


def refusal_of_metrics(has_key: bool) -> Refusal:
    """Return what a refusal of /metrics means."""
    refused = (
        ("401, the API key is refused", "create an API key under Settings → API Keys and set UPTIME_KUMA_API_KEY")
        if has_key
        else ("401, an API key is required", "set UPTIME_KUMA_API_KEY, or UPTIME_KUMA_STATUS_PAGE to do without")
    )
    words = {
        401: refused,
        403: (
            "403, access is forbidden",
            "a proxy or firewall in front of Uptime Kuma refuses this machine: allow it, or see UPTIME_KUMA_HEADERS",
        ),
        404: (
            "404, /metrics does not exist",
            "check whether a proxy blocks it, or set UPTIME_KUMA_STATUS_PAGE to do without it",
        ),
    }
    return lambda response: words.get(response.status) or _other_status(response.status)


def refusal_of_page(response: http.Response) -> tuple[str, str]:
    """Return what a refusal of the page or its heartbeats means."""
    status = response.status
    if status in (401, 403):
        return (
            f"{status}, the page is not public",
            "a proxy in front of Uptime Kuma refuses this machine: allow /api/status-page, or see UPTIME_KUMA_HEADERS",
        )
    if status == 404:
        return "404, the status page does not exist", "set UPTIME_KUMA_STATUS_PAGE to the slug of one that is published"
    return _other_status(status)


def _other_status(status: int) -> tuple[str, str]:
    if status >= 500:
        return f"{status} from Uptime Kuma, or from a proxy in front of it", "see its log"
    return f"{status}, not the answer of Uptime Kuma", "check UPTIME_KUMA_URL"
