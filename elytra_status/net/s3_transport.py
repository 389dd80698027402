# SPDX-License-Identifier: MIT
"""Sends botocore's requests over this process's connections, with limits.

botocore itself reads a response of any size, and its parser builds a tree of all of it.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import urllib3
import urllib3.exceptions

from elytra_status.net import connection_pool, proxies
from elytra_status.net.body_memory import BodyMemory
from elytra_status.net.response_limits import LimitExceededError, response_limits, too_large
from elytra_status.system.clock import Deadline

# The timeout of one response, also with a document of 16 MB.
RESPONSE_SECONDS = 60.0
_SERVER = "the storage"
# Bytes. A listing of 1,000 keys of 1,024 characters, percent-encoded, has 4 MB.
LARGEST_XML = 8 * 2**20
# Elements, and quotes of attributes. A listing of 1,000 objects with their owners has 20,000.
MOST_MARKS = 200_000


@contextmanager
def _errors_of_botocore(request: Any, proxy: proxies.Proxy | None = None) -> Iterator[None]:
    """Raise the error of botocore for each of urllib3, as its own sender does.

    An error that `proxy` is to blame for becomes that of a proxy.
    """
    try:
        yield
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _of_botocore(error, request, proxy) from error


@contextmanager
def _broken_off() -> Iterator[None]:
    """Raise the error after which botocore repeats a request if a body breaks off."""
    try:
        yield
    except urllib3.exceptions.ProtocolError as error:
        from botocore.exceptions import ResponseStreamingError

        raise ResponseStreamingError(error=error) from error


def _of_botocore(error: Exception, request: Any, proxy: proxies.Proxy | None) -> Any:
    from botocore import exceptions

    if proxy and proxy.is_to_blame(error):
        return exceptions.ProxyConnectionError(proxy_url="", proxy=proxy, error=error)
    of_endpoint = {"endpoint_url": request.url, "error": error}
    # The first that fits counts: in urllib3 1, NewConnectionError is a ConnectTimeoutError.
    by_class: tuple[tuple[Any, Any], ...] = (
        (urllib3.exceptions.SSLError, exceptions.SSLError),
        ((urllib3.exceptions.NewConnectionError, socket.gaierror), exceptions.EndpointConnectionError),
        (urllib3.exceptions.ConnectTimeoutError, exceptions.ConnectTimeoutError),
        (urllib3.exceptions.ReadTimeoutError, exceptions.ReadTimeoutError),
    )
    for of_urllib3, of_botocore in by_class:
        if isinstance(error, of_urllib3):
            return of_botocore(**of_endpoint)
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return exceptions.ConnectionClosedError(**of_endpoint, request=request)
    return exceptions.HTTPClientError(error=error)


def send_for_botocore(
    ca_bundle: str | None, connect_seconds: float, read_seconds: float, request: Any, **others: object
) -> Any:
    """Handle botocore's event before-send: send a request, return an AWSResponse.

    Raise botocore's errors, as its own sender does, so that it retries after transient ones. Raise NoAnswerError if the
    response exceeds a limit, and ProxyError if the proxy's address is invalid or it requires a login.
    """
    from botocore.awsrequest import AWSResponse

    proxy = proxies.proxy_for(request.url)
    with _errors_of_botocore(request):
        pool, target = _pool_and_target(ca_bundle, request.url, proxy)
    with _errors_of_botocore(request, proxy), response_limits(_SERVER, RESPONSE_SECONDS) as deadline:
        response = pool.urlopen(
            method=request.method,
            url=target,
            body=request.body,
            headers=request.headers,
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
            retries=urllib3.Retry(False),
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            # urllib3 1 takes a connection that is closed early for the end of the body.
            enforce_content_length=True,
            chunked=request.headers.get("Transfer-Encoding") == "chunked",
        )
        if proxy and response.status == proxies.LOGIN_REQUIRED:
            response.close()
            raise proxy.error(*proxy.explain_status(response.status))
        # An error has an XML body even if an object was requested.
        if not request.stream_output or response.status >= 300:
            with _broken_off():
                response = read_whole(response, deadline)
        return AWSResponse(request.url, response.status, response.headers, response)


def _pool_and_target(ca_bundle: str | None, url: str, proxy: proxies.Proxy | None) -> tuple[Any, str]:
    """Return the connections for a URL, through its proxy, and the target to request.

    Raise ProxyError if the address of the proxy is invalid.
    """
    if proxy:
        proxy.check()
    try:
        if proxy:
            address = proxy.url if "://" in proxy.url else f"http://{proxy.url}"
            manager = connection_pool.adapter(ca_bundle).proxy_manager_for(address)
        else:
            manager = connection_pool.manager(ca_bundle)
    except OSError as error:
        raise urllib3.exceptions.SSLError(error) from error
    parts = urlsplit(url)
    # A proxy gets requests without TLS in absolute form (RFC 9112, 3.2.2).
    is_absolute = proxy and parts.scheme == "http"
    target = url if is_absolute else f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return manager.connection_from_url(url), target


class _Whole(urllib3.HTTPResponse):
    """A response whose body is in memory, which counts for as long as it exists."""

    def __init__(self, memory: BodyMemory, *others: Any, **more: Any) -> None:
        super().__init__(*others, **more)
        self.memory = memory


def read_whole(response: Any, deadline: Deadline) -> urllib3.HTTPResponse:
    """Return a response with its body in memory.

    Raise LimitExceededError if the body is too large to parse, or there is no memory for it by the deadline.
    """
    body, memory = bytearray(), BodyMemory(_SERVER, LARGEST_XML)
    try:
        for part in response.stream(2**16):
            if len(body) + len(part) > LARGEST_XML:
                raise too_large(_SERVER, LARGEST_XML)
            memory.grow(len(body) + len(part), deadline)
            body += part
        _check_xml(body)
    except LimitExceededError:
        response.close()
        raise
    memory.end(len(body))
    return _Whole(
        memory,
        io.BytesIO(body),
        response.headers,
        response.status,
        preload_content=False,
        decode_content=False,
        # The body is complete. A response to HEAD names the length of a body that it does not have.
        enforce_content_length=False,
    )


def _check_xml(body: bytearray) -> None:
    """Raise LimitExceededError if parsing a body would need much memory.

    That is so if it declares entities or has too many elements.
    """
    # expat reads UTF-16 too.
    if b"<!DOCTYPE" in body.replace(b"\0", b""):
        raise LimitExceededError("declares a document type", "check its address", host=_SERVER, of_its="response")
    if sum(map(body.count, (b"<", b'"', b"'"))) > MOST_MARKS:
        raise LimitExceededError("has too many elements", "check its address", host=_SERVER, of_its="response")
