# SPDX-License-Identifier: MIT
"""HTTP requests with limits of size and time, and errors that have a remedy."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from elytra_status import __version__
from elytra_status.errors import CertificateError, FetchError
from elytra_status.net import http_failures, server_dates
from elytra_status.net.body_memory import BodyMemory
from elytra_status.net.concurrency import DeadlineExceededError, run_all
from elytra_status.net.hosts import host_with_port
from elytra_status.net.login_pages import LoginPageError, is_login
from elytra_status.net.peers import PrivateAddressError, names_private, public_only
from elytra_status.net.response_limits import LARGEST_BODY, response_limits, too_large
from elytra_status.system.clock import SYSTEM_CLOCK, Deadline
from elytra_status.system.journal import one_line

if TYPE_CHECKING:
    import requests

USER_AGENT = f"elytra-status/{__version__}"
CONNECT_SECONDS = 10
# Bytes of the body that are read at most if only the status counts.
LARGEST_IGNORED = 256 * 1024
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 64 * 1024
# A compressed response of a few kilobytes could expand to gigabytes, so no compression is accepted.
_PLAIN = {"Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Response:
    """A response.

    Header names are in lower case, and values hold no control character: messages quote values, and a server must not
    write on the administrator's terminal. Keep it while its body is used: the memory of the body counts for as long as
    the response exists.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    memory: BodyMemory | None = field(default=None, repr=False, compare=False)

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def open_session(ca_bundle: str | None = None, client_certificate: tuple[str, str] | None = None) -> requests.Session:
    """Return a session that trusts `ca_bundle`, or the system's certificates.

    It sends no credentials of its own. It uses the connections of the whole process with the same certificates.
    `client_certificate` holds the paths of a readable client certificate and its key. Raise CertificateError if
    `ca_bundle` cannot be read.
    """
    import requests

    from elytra_status.net import connection_pool, proxies

    class Session(requests.Session):
        # By server. requests would search the whole environment for proxies before each of a hundred requests.
        environment: dict[tuple[str, str], Any]

        def merge_environment_settings(self, url: Any, *settings: Any) -> Any:
            """Return proxies and certificates of a server, as found at its first request.

            Raise ProxyError if the address of its proxy is invalid.
            """
            server = urlsplit(url)[:2]
            if server not in self.environment:
                if proxy := proxies.proxy_for(url):
                    proxy.check(host_with_port(url))
                self.environment[server] = super().merge_environment_settings(url, *settings)
            return dict(self.environment[server])

        def get_redirect_target(self, resp: requests.Response) -> None:
            """Report no redirect: requests would read the whole body of each redirect."""

    session = Session()
    session.environment = {}
    session.headers["User-Agent"] = USER_AGENT
    try:
        adapter = connection_pool.adapter(ca_bundle, client_certificate)
    except OSError:
        raise CertificateError(
            "CA_BUNDLE contains no valid certificate", "set it to a PEM file that this user can read"
        ) from None
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    # Without this, requests would send a password from ~/.netrc.
    session.auth = lambda request: request
    return session


def close_kept_connections() -> None:
    """Close idle connections, so that the next requests open new ones."""
    from elytra_status.net import connection_pool

    connection_pool.close_kept()


@dataclass(frozen=True)
class Redirects:
    """Which redirects to follow.

    With `same_site`, a redirect may only lead to the same host, with or without "www.". Unless `to_private`, a redirect
    of a public address may not lead to an address that is not public.
    """

    same_site: bool = False
    to_private: bool = False


class OtherSiteError(FetchError):
    """A redirect leads to another host and is not followed."""


class _Sent(NamedTuple):
    """A response, and whether its server is known to have a public address."""

    response: Response
    is_public: bool


@dataclass(frozen=True)
class _Request:
    """A request and the limits of its response.

    If `is_cut`, a longer body is cut off; else it is refused.
    """

    method: str
    seconds: float
    headers: Mapping[str, str]
    password: str | None = None
    body: bytes | None = None
    largest: int = LARGEST_BODY
    is_cut: bool = False


def get(
    session: requests.Session,
    url: str,
    *,
    seconds: float,
    password: str | None = None,
    headers: Mapping[str, str] | None = None,
    redirects: Redirects | None = None,
    headers_only: bool = False,
    largest: int = LARGEST_BODY,
) -> Response:
    """Return the response to a GET of `url`, or to a HEAD if `headers_only`.

    The status may be any; a HEAD follows no redirect. `password` is sent by HTTP basic authentication with an empty
    user name, and never with redirects. Raise FetchError if no complete response arrives within `seconds` (however
    slowly it trickles in), if the body is larger than `largest` bytes, or if it redirects and `redirects` does not
    allow that: None allows no redirect. If the body breaks off, the request is sent once more within `seconds`.
    """
    assert password is None or not redirects
    method = "HEAD" if headers_only else "GET"
    request = _Request(method, seconds, headers or {}, password, largest=largest)
    return _in_time(url, seconds, partial(_follow_again, session, url, request, redirects))


def status(session: requests.Session, url: str, *, seconds: float, redirects: Redirects | None = None) -> int:
    """Return the status of a GET of `url`, reading at most the body's beginning.

    Raise FetchError as `get` does, but not because of the size.
    """
    request = _Request("GET", seconds, {}, largest=LARGEST_IGNORED, is_cut=True)
    return _in_time(url, seconds, partial(_follow, session, url, request, redirects)).status


def post(
    session: requests.Session, url: str, body: bytes, *, seconds: float, headers: Mapping[str, str], largest: int
) -> Response:
    """Return the response to a POST of `url`, whatever its status.

    Redirects are not followed. A longer body is cut off at `largest` bytes. Raise FetchError as `get` does.
    """
    request = _Request("POST", seconds, headers, body=body, largest=largest, is_cut=True)
    return _in_time(url, seconds, lambda: _send(session, url, request).response)


def _in_time(url: str, seconds: float, send: Callable[[], Response]) -> Response:
    host = host_with_port(url)
    # As the kernel's timeouts for the connection.
    (response,) = run_all({host: (seconds, send)}, SYSTEM_CLOCK).values()
    if isinstance(response, DeadlineExceededError):
        raise DeadlineExceededError(
            f"timed out, no complete response within {seconds:.0f} s",
            "check whether it is overloaded or stuck",
            host=host,
        )
    if isinstance(response, Exception):
        raise response
    return response


def _follow_again(session: requests.Session, url: str, request: _Request, redirects: Redirects | None) -> Response:
    deadline = Deadline.after(SYSTEM_CLOCK, request.seconds)
    try:
        return _follow(session, url, request, redirects)
    except http_failures.BrokenOffError:
        left = deadline.left()
        if left <= 0:
            raise
        return _follow(session, url, replace(request, seconds=left), redirects)


def _follow(session: requests.Session, url: str, request: _Request, redirects: Redirects | None) -> Response:
    came_from_public = False
    for _ in range(MOST_REDIRECTS + 1 if redirects else 1):
        with public_only(came_from_public and redirects is not None and not redirects.to_private):
            sent = _send(session, url, request)
        response = sent.response
        if request.method == "HEAD" or response.status not in _REDIRECTS or "location" not in response.headers:
            return response
        before, url = url, _redirected(url, response.headers["location"])
        came_from_public = came_from_public or sent.is_public
        if redirects:
            _check_redirect(before, url, redirects, came_from_public)
    host = host_with_port(before)
    if redirects:
        raise FetchError(f"redirects more than {MOST_REDIRECTS} times", "set the final address", host=host)
    target = urlsplit(url)
    is_same = target.netloc == host
    if is_login(url):
        page = "a login page" if is_same else f"a login page, {target.scheme}://{host_with_port(url)}"
        raise LoginPageError(
            f"redirects to {page}", "let the proxy in front of it pass this machine; see its log", host=host
        )
    where = "another path" if is_same else f"{target.scheme}://{host_with_port(url)}"
    raise FetchError(f"redirects to {where}", "set the address it redirects to; keys are not sent on", host=host)


def _check_redirect(before: str, after: str, redirects: Redirects, came_from_public: bool) -> None:
    """Raise FetchError if `redirects` does not allow this redirect."""
    if redirects.same_site and site_of(before) != site_of(after):
        raise OtherSiteError(
            "redirects to another host", "set the address it redirects to", host=host_with_port(before)
        )
    if came_from_public and not redirects.to_private and names_private(urlsplit(after).hostname or ""):
        raise PrivateAddressError(host_with_port(before))


def site_of(url: str) -> str:
    """Return the host of a URL without "www.", which identifies the site."""
    return (urlsplit(url).hostname or "").rstrip(".").removeprefix("www.")


def _redirected(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        if urlsplit(target).scheme in ("http", "https") and urlsplit(target).netloc:
            return target
    except ValueError:
        pass
    raise FetchError("redirects to an invalid address", "check its address", host=host_with_port(url))


def _send(session: requests.Session, url: str, request: _Request) -> _Sent:
    import requests
    import urllib3

    from elytra_status.net import proxies

    host = host_with_port(url)
    try:
        with (
            response_limits(host, request.seconds, request.largest) as deadline,
            session.request(
                request.method,
                url,
                data=request.body,
                # Slightly less than `seconds`, so that the error is that of a host that accepts no connections.
                timeout=(min(CONNECT_SECONDS, 0.9 * request.seconds), request.seconds),
                stream=True,
                headers={**_PLAIN, **request.headers},
                auth=("", request.password) if request.password is not None else None,
                # Repeated here, because REQUESTS_CA_BUNDLE from the environment would override the session.
                verify=session.verify,
                allow_redirects=False,
            ) as response,
        ):
            # A server behind the proxy never sends this.
            if response.status_code == proxies.LOGIN_REQUIRED and (proxy := proxies.proxy_for(url)):
                raise proxy.error(*proxy.explain_status(response.status_code), host)
            # Noted before the body, which may take long to arrive.
            lowered = {name.lower(): one_line(value) for name, value in response.headers.items()}
            ends = getattr(getattr(response.raw, "_original_response", None), "ends", None)
            server_dates.note_date(host, lowered, here=ends is not None and ends.is_same)
            # Behind a proxy the address of the server is not known. Proxies are searched only after redirects: it takes
            # long.
            is_public = ends is None or ends.is_public
            if response.is_redirect and not is_public:
                is_public = proxies.proxy_for(url) is not None
            if request.method == "HEAD":
                # There is no body, but the connection is free for the next request only once it has been read.
                return _Sent(Response(response.status_code, lowered, response.content), is_public)
            # The body of a redirect is not needed.
            body, memory = (b"", None) if response.is_redirect else _read(response, host, request, deadline)
            return _Sent(Response(response.status_code, lowered, body, memory), is_public)
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        proxy = proxies.proxy_for(url)
        if proxy and proxy.is_to_blame(error):
            raise proxy.error(*proxy.explain(str(error)), host) from None
        raise http_failures.explain_failure(error, host) from None


def _read(
    response: requests.Response, host: str, request: _Request, deadline: Deadline
) -> tuple[bytes, BodyMemory | None]:
    """Return the body, and its memory.

    Raise FetchError if the body exceeds a limit or is incomplete.
    """
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        if request.is_cut:
            return b"", None
        raise FetchError(
            "is compressed, which is not accepted", "switch off compression in its proxy", host=host, of_its="response"
        )
    announced = "" if "Transfer-Encoding" in response.headers else response.headers.get("Content-Length", "")
    length = int(announced) if announced.isdecimal() and len(announced) < 20 else None
    if length is not None and length > request.largest and not request.is_cut:
        raise too_large(host, request.largest)
    # Unlike joining a list of parts, this holds the body in memory only once.
    body = io.BytesIO()
    memory = BodyMemory(host, request.largest if length is None else min(length, request.largest))
    for part in response.iter_content(_CHUNK):
        if body.tell() + len(part) > request.largest:
            if not request.is_cut:
                raise too_large(host, request.largest)
            break
        memory.grow(body.tell() + len(part), deadline)
        body.write(part)
    else:
        # urllib3 1 takes a connection that is closed early for the end of the response.
        if length is not None and body.tell() < length:
            raise http_failures.broken_off(host)
    memory.end(body.tell())
    return body.getvalue(), memory
