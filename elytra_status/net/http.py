# SPDX-License-Identifier: MIT
"""One GET over HTTP, with a cap on size and time, and errors that say what to do."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from elytra_status import __version__
from elytra_status.errors import FetchError
from elytra_status.net import http_failures, server_dates
from elytra_status.net.concurrency import DeadlineExceededError, run_all
from elytra_status.net.login_pages import LoginPageError, is_login

if TYPE_CHECKING:
    import requests

USER_AGENT = f"elytra-status/{__version__}"
CONNECT_SECONDS = 10
# No answer of use is larger: 10,000 monitors make 22 MB of metrics, 9,000 make 60 MB of heartbeats.
LARGEST_ANSWER = 64 * 1024 * 1024
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 64 * 1024
# Compressed, an answer of a few kilobytes can hold gigabytes; an answer without compression is asked for.
_PLAIN = {"Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Response:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def open_session(ca_bundle: str | None = None, client_certificate: tuple[str, str] | None = None) -> requests.Session:
    """Return a session that trusts `ca_bundle` (or the system's certificates) and sends no key of its own.

    It uses the connections of the whole process, unless it shows a client certificate (files of it and of its key):
    those connections are its own. Raise FetchError where `ca_bundle` cannot be read.
    """
    import requests

    from elytra_status.net import connection_pool

    class Session(requests.Session):
        # By server: requests would search the whole environment for proxies before each of a hundred requests.
        environment: dict[tuple[str, str], Any]

        def merge_environment_settings(self, url: Any, *settings: Any) -> Any:
            """Return proxies and certificates for a server as they were at the first request to it."""
            server = urlsplit(url)[:2]
            if server not in self.environment:
                self.environment[server] = super().merge_environment_settings(url, *settings)
            return dict(self.environment[server])

        def get_redirect_target(self, resp: requests.Response) -> None:
            """Find no redirect: requests would read the whole body of one, even where it does not follow it."""

    session = Session()
    session.environment = {}
    session.headers["User-Agent"] = USER_AGENT
    try:
        adapter = connection_pool.adapter(ca_bundle)
    except OSError:
        raise FetchError(
            "CA_BUNDLE contains no valid certificate", "set it to a PEM file that this user can read"
        ) from None
    if client_certificate:
        session.verify, session.cert = ca_bundle or True, client_certificate
    else:
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
    # Without this a key from ~/.netrc would be sent.
    session.auth = lambda request: request
    return session


def close_kept_connections() -> None:
    """Have the next requests open connections anew."""
    from elytra_status.net import connection_pool

    connection_pool.close_kept()


def get(
    session: requests.Session,
    url: str,
    *,
    seconds: float,
    password: str | None = None,
    headers: Mapping[str, str] | None = None,
    follow_redirects: bool = False,
    headers_only: bool = False,
) -> Response:
    """Return what a GET of `url` gives, whatever its status; with `headers_only` a HEAD, be it a redirect.

    `password` goes into HTTP basic authentication with an empty user name, and to no address that `url`
    redirects to. Raise FetchError where no whole answer comes within `seconds` (however slowly it
    trickles in), where it is larger than LARGEST_ANSWER, or where it redirects and `follow_redirects`
    is not set.
    """
    assert password is None or not follow_redirects
    host = urlsplit(url).netloc
    method = "HEAD" if headers_only else "GET"
    ask = partial(_ask, session, method, url, seconds, password, {**_PLAIN, **(headers or {})}, follow_redirects)
    (answer,) = run_all({host: (seconds, ask)}).values()
    if isinstance(answer, DeadlineExceededError):
        raise DeadlineExceededError(
            f"{host} timed out: no complete answer within {seconds:.0f} s", "check whether it is overloaded or stuck"
        )
    if isinstance(answer, Exception):
        raise answer
    return answer


def _ask(
    session: requests.Session,
    method: str,
    url: str,
    seconds: float,
    password: str | None,
    headers: dict[str, str],
    follow_redirects: bool,
) -> Response:
    for _ in range(MOST_REDIRECTS + 1 if follow_redirects else 1):
        answer = _ask_once(session, method, url, seconds, password, headers)
        if method == "HEAD" or answer.status not in _REDIRECTS or "location" not in answer.headers:
            return answer
        host, url = urlsplit(url).netloc, _redirected(url, answer.headers["location"])
    if not follow_redirects:
        target = urlsplit(url)
        where = "another path" if target.netloc == host else f"{target.scheme}://{target.netloc.rpartition('@')[2]}"
        if is_login(url):
            page = "a login page" if target.netloc == host else f"a login page, {where}"
            raise LoginPageError(
                f"{host} redirects to {page}", "let the proxy before it pass this machine; see its log"
            )
        raise FetchError(f"{host} redirects to {where}", "set the address it redirects to; keys are not sent on")
    raise FetchError(f"{host} redirects more than {MOST_REDIRECTS} times", "set the address that it ends at")


def _redirected(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        if urlsplit(target).scheme in ("http", "https") and urlsplit(target).netloc:
            return target
    except ValueError:
        pass
    raise FetchError(f"{urlsplit(url).netloc} redirects to what is no address", "check its address")


def _ask_once(
    session: requests.Session, method: str, url: str, seconds: float, password: str | None, headers: dict[str, str]
) -> Response:
    import requests
    import urllib3

    host = urlsplit(url).netloc
    try:
        with session.request(
            method,
            url,
            # A little less than `seconds`, so that this is said of a host that does not accept connections.
            timeout=(min(CONNECT_SECONDS, 0.9 * seconds), seconds),
            stream=True,
            headers=headers,
            auth=("", password) if password is not None else None,
            # Said again here, as the environment (REQUESTS_CA_BUNDLE) would go before the session.
            verify=session.verify,
        ) as response:
            # Before the body, which may take long to come.
            lowered = {name.lower(): value for name, value in response.headers.items()}
            server_dates.note(host.rpartition("@")[2], lowered, here=_is_here(response))
            if method == "HEAD":
                # There is no body, but only once it was read is the connection free for the next request.
                return Response(response.status_code, lowered, response.content)
            # The body of a redirect is of no use, and may be of any size.
            body = b"" if response.is_redirect else _read(response, host)
            return Response(response.status_code, lowered, body)
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise http_failures.explain(error, host) from None


def _is_here(response: requests.Response) -> bool:
    """Whether an answer came from this machine, whatever its name: both ends of the connection have one address."""
    connection: Any = getattr(response.raw, "connection", None)
    try:
        return bool(connection.sock.getsockname()[0] == connection.sock.getpeername()[0])
    except (AttributeError, OSError):
        return False


def _read(response: requests.Response, host: str) -> bytes:
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise FetchError(f"the answer of {host} is compressed, unasked", "switch that off in the proxy before it")
    announced = response.headers.get("Content-Length", "")
    length = int(announced) if announced.isdecimal() and len(announced) < 20 else None
    if length is not None and length > LARGEST_ANSWER:
        raise _too_large(host)
    # Unlike a list of parts that are joined at the end, this holds the answer in memory once.
    body = io.BytesIO()
    for part in response.iter_content(_CHUNK):
        if body.tell() + len(part) > LARGEST_ANSWER:
            raise _too_large(host)
        body.write(part)
    # urllib3 1 takes a connection that is closed early for the end of the answer.
    if length is not None and body.tell() < length and "Transfer-Encoding" not in response.headers:
        raise http_failures.broken_off(host)
    return body.getvalue()


def _too_large(host: str) -> FetchError:
    return FetchError(f"the answer of {host} has more than {LARGEST_ANSWER // 2**20} MB", "check its address")
