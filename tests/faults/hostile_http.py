# SPDX-License-Identifier: MIT
"""A web server on loopback that sends any raw bytes that a test wants, however many and malformed.

Unlike `tests.hostile_s3`, it uses no library, which would refuse to send them.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from types import TracebackType

MEGABYTE = 2**20
# What is endless ends after this, so that a client without limits ends too, and shows what it took.
ENDLESS_BYTES = 400 * MEGABYTE
_BLOCK = b"x" * MEGABYTE

# What a server sends for a request, given the type that the client expects.
Ill = Callable[[str], Iterator[bytes]]


def head(content_type: str, *lines: str, status: str = "200 OK") -> bytes:
    """Return a status line and a header."""
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *lines, "", ""]).encode()


def whole(body: bytes, *lines: str, status: str = "200 OK") -> Ill:
    """Return a response with a body."""
    length = f"Content-Length: {len(body)}"
    return lambda kind: iter([head(kind, length, *lines, status=status), body])


def _blocks(block: bytes = _BLOCK) -> Iterator[bytes]:
    return itertools.repeat(block, ENDLESS_BYTES // len(block))


def endless_body(kind: str) -> Iterator[bytes]:
    """Send a body that does not end."""
    yield head(kind, "Connection: close")
    yield from _blocks()


def endless_chunks(kind: str) -> Iterator[bytes]:
    """Send chunks of a megabyte that do not end."""
    yield head(kind, "Transfer-Encoding: chunked")
    yield from _blocks(b"100000\r\n" + _BLOCK + b"\r\n")


def tiny_chunks(kind: str) -> Iterator[bytes]:
    """Send chunks of a byte that do not end."""
    yield head(kind, "Transfer-Encoding: chunked")
    yield from _blocks(b"1\r\nx\r\n" * 100_000)


def large_header(kind: str) -> Iterator[bytes]:
    """Send 90 lines of header of 60 KB each."""
    yield head(kind, *(f"X-{number}: {'y' * 60_000}" for number in range(90)), "Content-Length: 0")


def endless_header_line(kind: str) -> Iterator[bytes]:
    """Send a line of header that does not end."""
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    yield from _blocks()


def endless_interim(kind: str) -> Iterator[bytes]:
    """Send interim responses that do not end."""
    yield from _blocks(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000)


def endless_extension(kind: str) -> Iterator[bytes]:
    """Send a chunk whose extension does not end."""
    yield head(kind, "Transfer-Encoding: chunked")
    yield b"5;name="
    yield from _blocks()


def endless_trailers(kind: str) -> Iterator[bytes]:
    """Send trailers that do not end."""
    yield head(kind, "Transfer-Encoding: chunked")
    yield b"2\r\n{}\r\n0\r\n"
    yield from _blocks(b"X-Trailer: y\r\n" * 10_000)


@cache
def _double_gzip() -> bytes:
    return gzip.compress(gzip.compress(bytes(ENDLESS_BYTES), 9), 9)


def double_gzip(kind: str) -> Iterator[bytes]:
    """Send a few kilobytes that hold much more, compressed twice."""
    body = _double_gzip()
    yield head(kind, "Content-Encoding: gzip, gzip", f"Content-Length: {len(body)}")
    yield body


def huge_length(kind: str) -> Iterator[bytes]:
    """Announce an exabyte, and close."""
    yield head(kind, f"Content-Length: {10**18}") + b"{"


def huge_chunk(kind: str) -> Iterator[bytes]:
    """Announce a chunk of an exabyte, and close."""
    yield head(kind, "Transfer-Encoding: chunked") + b"DE0B6B3A7640000\r\n{"


def slow_body(kind: str) -> Iterator[bytes]:
    """Send a byte of the body each half second."""
    yield head(kind, "Content-Length: 1000")
    while True:
        time.sleep(0.5)
        yield b" "


def stuck_body(kind: str) -> Iterator[bytes]:
    """Send nearly as much as a body may have, and stay."""
    yield head(kind, "Connection: close")
    yield from itertools.repeat(_BLOCK, 60)
    time.sleep(600)


def slow_header(kind: str) -> Iterator[bytes]:
    """Send a byte of the header each half second."""
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    while True:
        time.sleep(0.5)
        yield b"y"


def redirects(kind: str) -> Iterator[bytes]:
    """Redirect to another path, again and again, with an endless body."""
    yield head(kind, "Location: /on/and/on", status="302 Found")
    yield from _blocks()


def not_http(kind: str) -> Iterator[bytes]:
    """Send random bytes."""
    yield bytes(range(256)) * 4000


def endless_reply(kind: str) -> Iterator[bytes]:
    """Send an SMTP reply whose lines do not end."""
    yield from _blocks(b"220-mail.example ESMTP\r\n" * 10_000)


def slow_reply(kind: str) -> Iterator[bytes]:
    """Send a line of an SMTP reply each half second."""
    while True:
        yield b"220-mail.example ESMTP\r\n"
        time.sleep(0.5)


def nothing(kind: str) -> Iterator[bytes]:
    """Close at once."""
    yield b""


def silence(kind: str) -> Iterator[bytes]:
    """Send nothing, and stay."""
    time.sleep(600)
    yield b""


_DEEP = 20_000
_MANY = 15 * MEGABYTE // 3
# Bodies that are small enough, and take much memory or depth to parse.
largest_body = whole(_BLOCK * 63)
deep_json = whole(b"[" * _DEEP + b"]" * _DEEP)
deep_object = whole(b'{"a":' * _DEEP + b"1" + b"}" * _DEEP)
many_values = whole(b"[" + b"[]," * _MANY + b"[]]")
many_objects = whole(b"[" + b'{"":1},' * (_MANY // 3) + b"{}]")
# Just below the limits.
largest_objects = whole(b"[" + b'{"name":"value"},' * 199_000 + b"{}]")
largest_strings = whole(b"[" + b'"a text of some length",' * 600_000 + b'""]')
# One emoji, and each character of the text takes four bytes.
_EMOJI = "😀".encode()
wide_text = whole(b'["' + b"x" * (11 * MEGABYTE) + _EMOJI + b'"]')
wide_texts = whole(b"[" + b'"%b%b",' % (b"x" * 200, _EMOJI) * (11 * MEGABYTE // 207) + b'""]')
wide_escapes = whole(b"[" + b'"%b\\ud83d\\ude00",' % (b"x" * 200) * (60 * MEGABYTE // 215) + b'""]')
widest_text = whole(
    b'{"heartbeatList":{"1":[{"status":1,"time":"2026-12-01 00:00:00.000","msg":"%b%b"}]},"uptimeList":{}}'
    % (b"x" * (60 * MEGABYTE), _EMOJI)
)
wide_metrics = whole(b'monitor_status{monitor_name="%b%b"} 1\n' % (b"x" * 2**19, _EMOJI) * 100)
huge_number = whole(b'{"value": ' + b"9" * MEGABYTE + b"}")
deep_xml = whole(b"<a>" * 100_000)
many_elements = whole(b"<ListBucketResult>" + b"<a/>" * (7 * MEGABYTE // 4) + b"</ListBucketResult>")
many_attributes = whole(b"<a " + b" ".join(b'a%d=""' % number for number in range(500_000)) + b"/>")
entities = whole(
    b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 10_000 + b'">' + b'<!ENTITY b "' + b"&a;" * 1000 + b'">]><a>&b;&b;</a>'
)
refusal = whole(json.dumps({"error": "x" * 10_000}).encode(), status="500 Internal Server Error")


def endless_refusal(kind: str) -> Iterator[bytes]:
    """Refuse, with a body that does not end."""
    yield head(kind, "Connection: close", status="403 Forbidden")
    yield from _blocks()


ILLS: dict[str, Ill] = {
    ill.__name__: ill
    for ill in (
        endless_body,
        endless_chunks,
        tiny_chunks,
        large_header,
        endless_header_line,
        endless_interim,
        endless_extension,
        endless_trailers,
        double_gzip,
        huge_length,
        huge_chunk,
        slow_body,
        stuck_body,
        slow_header,
        redirects,
        not_http,
        endless_reply,
        slow_reply,
        nothing,
        silence,
        endless_refusal,
    )
} | {
    "largest_body": largest_body,
    "deep_json": deep_json,
    "deep_object": deep_object,
    "many_values": many_values,
    "many_objects": many_objects,
    "wide_text": wide_text,
    "wide_texts": wide_texts,
    "wide_escapes": wide_escapes,
    "widest_text": widest_text,
    "wide_metrics": wide_metrics,
    "huge_number": huge_number,
    "largest_objects": largest_objects,
    "largest_strings": largest_strings,
    "deep_xml": deep_xml,
    "many_elements": many_elements,
    "many_attributes": many_attributes,
    "entities": entities,
    "refusal": refusal,
}


def reset(kind: str) -> Iterator[bytes]:
    """Reset the connection after half of a body. The server does it when this raises."""
    yield head(kind, "Content-Length: 1000") + b'{"'
    raise ConnectionResetError


# What proxies, captive portals and overloaded servers answer, whatever was asked for.
_PAGE = b"<html><body>Sign in to use this network</body></html>"
cut = whole(b'{"status": "suc', "Content-Length: 5000")
bad_gateway = whole(_PAGE, status="502 Bad Gateway")
portal = whole(_PAGE)
empty = whole(b"")
busy = whole(b"{}", f"Retry-After: {10**12}", status="429 Too Many Requests")
unavailable = whole(b"{}", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", status="503 Service Unavailable")
no_content = whole(b"", status="204 No Content")
odd_status = whole(b"{}", status="999")
charset = whole(b"\xff\xfe{\x00}\x00", "Content-Type: text/plain; charset=no-such-charset")
odd_dates = whole(b"{}", "Date: Fri, 31 Dec 9999 23:59:59 GMT", "Last-Modified: Mon, 01 Jan 0001 00:00:00 +1400")
odd_header = whole(
    b"{}", f"Age: {10**30}", "Cache-Control: max-age=-1e9, =", "ETag: \xff", "Location: http://[", ": x", "y"
)
odd_redirect = whole(b"", "Location: http://[", status="302 Found")
proxy_refusal = whole(_PAGE, "Proxy-Authenticate: Basic", status="407 Proxy Authentication Required")


def many_header_lines(kind: str) -> Iterator[bytes]:
    """Send lines of header that do not end."""
    yield b"HTTP/1.1 200 OK\r\n"
    yield from _blocks(b"X-Line: y\r\n" * 10_000)


def connected(kind: str) -> Iterator[bytes]:
    """Accept CONNECT as a proxy, and send no TLS."""
    yield b"HTTP/1.1 200 Connection established\r\n\r\n"
    yield bytes(range(256)) * 4000


def connected_and_silent(kind: str) -> Iterator[bytes]:
    """Accept CONNECT as a proxy, and send nothing more."""
    yield b"HTTP/1.1 200 Connection established\r\n\r\n"
    time.sleep(600)


ILLS |= {ill.__name__: ill for ill in (reset, many_header_lines)} | {
    "cut": cut,
    "bad_gateway": bad_gateway,
    "portal": portal,
    "empty": empty,
    "busy": busy,
    "unavailable": unavailable,
    "no_content": no_content,
    "odd_status": odd_status,
    "charset": charset,
    "odd_dates": odd_dates,
    "odd_header": odd_header,
    "odd_redirect": odd_redirect,
}
# What a proxy between a client and a server with TLS may answer to CONNECT.
PROXY_ILLS: dict[str, Ill] = {
    "proxy_refusal": proxy_refusal,
    "connected": connected,
    "connected_and_silent": connected_and_silent,
    **{
        name: ILLS[name]
        for name in (
            *("bad_gateway", "portal", "nothing", "reset", "silence", "not_http", "odd_status", "slow_header"),
            *("endless_body", "endless_header_line", "endless_interim", "many_header_lines", "large_header"),
        )
    },
}


# They take the whole deadline of a source.
SLOW = (
    *(
        "slow_body",
        "stuck_body",
        "slow_header",
        "slow_reply",
        "silence",
        "connected_and_silent",
        "tiny_chunks",
        "endless_trailers",
    ),
    "busy",
)


def never_well(request: bytes) -> bytes | None:
    """Be ill at each request."""
    return None


class WellUntilWritten:
    """A storage that accepts what is written, and is ill for whoever reads it back."""

    def __init__(self) -> None:
        self._is_written = False

    def __call__(self, request: bytes) -> bytes | None:
        """Return the response to a request, None to be ill."""
        if request.startswith(b"PUT "):
            self._is_written = True
            return head("text/plain", 'ETag: "0"', "Content-Length: 0", "Connection: close")
        if self._is_written:
            return None
        body = b"<Error><Code>NoSuchKey</Code></Error>"
        length = f"Content-Length: {len(body)}"
        return head("application/xml", length, "Connection: close", status="404 Not Found") + body


class HostileHTTP:
    """The server. `ill` is what it sends for each request, with the Content-Type `kind`; or at once, as for SMTP.

    `well` returns the response to requests at which it is not ill. `requests` are the others.
    """

    def __init__(
        self,
        ill: Ill,
        kind: str = "application/json",
        *,
        speaks_first: bool = False,
        well: Callable[[bytes], bytes | None] = never_well,
    ) -> None:
        self.ill, self.well = ill, well
        self.speaks_first = speaks_first
        self.kind = kind
        self.requests: list[bytes] = []

    def __enter__(self) -> HostileHTTP:
        hostile = self

        class Handler(socketserver.BaseRequestHandler):
            request: socket.socket

            def handle(self) -> None:
                self.request.settimeout(30)
                asked = b""
                while not hostile.speaks_first and b"\r\n\r\n" not in asked and (part := self.request.recv(65536)):
                    asked += part
                if not asked and not hostile.speaks_first:
                    return  # It was only connected to.
                if (answer := hostile.well(asked)) is not None:
                    self._read_body(asked)
                    self.request.sendall(answer)
                    return
                hostile.requests.append(asked)
                try:
                    for block in hostile.ill(hostile.kind):
                        self.request.sendall(block)
                except ConnectionResetError:
                    # Close with a reset, as a firewall does.
                    self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

            def _read_body(self, asked: bytes) -> None:
                """Read the rest of a request: a socket that is closed before would be reset."""
                header, _, body = asked.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)\ncontent-length: *([0-9]+)", header)
                left = int(length[1]) - len(body) if length else 0
                if b"100-continue" in header:
                    self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                while left > 0 and (part := self.request.recv(65536)):
                    left -= len(part)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None:
                """Clients that leave are no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
