# SPDX-License-Identifier: MIT
"""A small S3 server on loopback that stores objects, records requests, and answers as badly as a test wants.

    with HostileS3() as server:
        server.answer = lambda request: error(503, "SlowDown") if request.method == "PUT" else None

Where `answer` returns None the server does what S3 does: put, delete, list, get (without a key only what is
public-read). It knows neither keys nor signatures. It serves as a plain web server too, for what visitors may get.
`conditional` says how it takes conditions of a PUT: "any" form of a tag, "bare" (Ceph 16: no quotes), "quoted" alone,
"ignored", or "refused" with 501. If it `encrypts`, as with SSE-KMS, an ETag is no MD5.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

XML = {"Content-Type": "application/xml"}
PAGE = 1000


@dataclass(frozen=True)
class Request:
    """A request as it came: `target` has its query, `path` has not and is decoded; header names are in lower case."""

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def is_signed(self) -> bool:
        return "authorization" in self.headers


@dataclass(frozen=True)
class Reply:
    """An answer. `fault` is what goes wrong with it: hang (nothing comes), reset (before anything comes),
    cut (half of the body, then the end), trickle (a byte of the body each 50 ms), no length (in the headers)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Stored:
    body: bytes
    headers: dict[str, str]
    acl: str
    modified: datetime
    # With SSE-KMS, an ETag is the MD5 of what is encrypted, which differs each time.
    salt: bytes = b""

    @property
    def tag(self) -> str:
        """Its ETag, without quotes."""
        return md5(self.body + self.salt, usedforsecurity=False).hexdigest()


def error(status: int, code: str, inner: str = "", message: str = "") -> Reply:
    """An error as S3 words it. Ceph leaves the message empty, others put names of buckets and keys into it."""
    text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>{inner}<RequestId>1</RequestId></Error>"
    return Reply(status, text.encode(), XML)


ENDS = "<IsTruncated>false</IsTruncated>"


def listing(objects: Iterable[tuple[str, int, datetime]], *, more: str = ENDS) -> Reply:
    """A page of a listing (key, size, time). `more` is XML that says whether it goes on."""
    entries = "".join(
        f"<Contents><Key>{escape(key)}</Key><LastModified>{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        f"</LastModified><ETag>&quot;0&quot;</ETag><Size>{size}</Size></Contents>"
        for key, size, time in objects
    )
    return Reply(200, f"<ListBucketResult>{more}{entries}</ListBucketResult>".encode(), XML)


def goes_on(token: str) -> str:
    """What a listing says that is to be continued."""
    return f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"


class HostileS3:
    """The server. `objects`, by path, `page` (the entries of one) and `answer` may be changed at any time."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.host = host
        self.tls = tls
        self.objects: dict[str, Stored] = {}
        self.page = PAGE
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Reply | None] = lambda request: None
        self.web_headers: dict[str, str] = {"Access-Control-Allow-Origin": "*"}
        self.conditional = "any"
        self.encrypts = False
        self._writing = threading.Lock()
        self.stopping = threading.Event()
        self.url = ""
        # What time it says it is in each answer, if it says so at all.
        self.sends_date = True
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __enter__(self) -> HostileS3:
        self._server = _Server((self.host, 0), _Handler)
        self._server.hostile = self
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if self.tls else ''}://{self.host}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def always(self, reply: Reply) -> None:
        """Answer everything with this."""
        self.answer = lambda request: reply

    def asked(self, method: str, part: str = "") -> list[Request]:
        """The requests of a method whose target holds `part`, oldest first."""
        return [request for request in self.requests if request.method == method and part in request.target]

    def put(self, path: str, body: bytes, modified: datetime | None = None, **headers: str) -> None:
        """Put an object there that everyone may read; `headers` with _ for -."""
        dashed = {name.replace("_", "-"): value for name, value in headers.items()}
        self.objects[path] = Stored(body, dashed, "public-read", modified or datetime.now(UTC))

    def lose_answer(self, request: Request) -> Reply:
        """Do what a request asks for, and reset the connection before its answer."""
        answer, self.answer = self.answer, lambda request: None
        self.reply_to(request)
        self.answer = answer
        return Reply(fault="reset")

    def reply_to(self, request: Request) -> Reply:
        reply = self.answer(request)
        if reply is not None:
            return reply
        if "uploadId" in request.query:
            return error(404, "NoSuchUpload")  # there are none
        if request.method == "PUT" and "acl" in request.query and request.path not in self.objects:
            return error(404, "NoSuchKey")
        if request.method == "PUT":
            with self._writing:
                return self._put(request)
        if request.method == "DELETE":
            self.objects.pop(request.path, None)
            return Reply(204)
        if "list-type" in request.query:
            return self._list(request)
        stored = self.objects.get(request.path)
        if stored is None:
            return error(404, "NoSuchKey")
        if not request.is_signed and stored.acl != "public-read":
            return error(403, "AccessDenied")
        own = {"Last-Modified": format_datetime(stored.modified, usegmt=True), "ETag": f'"{stored.tag}"'}
        return Reply(200, stored.body, {**stored.headers, **own})

    def _put(self, request: Request) -> Reply:
        conditions = {name: request.headers[name] for name in ("if-match", "if-none-match") if name in request.headers}
        if conditions and self.conditional == "refused":
            return error(501, "NotImplemented")
        if self.conditional != "ignored" and not self._is_met(conditions, self.objects.get(request.path)):
            return error(412, "PreconditionFailed")
        names = ("content-type", "cache-control")
        kept = {
            name: value for name, value in request.headers.items() if name in names or name.startswith("x-amz-meta-")
        }
        acl = request.headers.get("x-amz-acl", "private")
        salt = os.urandom(8) if self.encrypts else b""
        stored = self.objects[request.path] = Stored(request.body, kept, acl, datetime.now(UTC), salt)
        return Reply(200, b"", {"ETag": f'"{stored.tag}"'})

    def _is_met(self, conditions: dict[str, str], stored: Stored | None) -> bool:
        if "if-none-match" in conditions:
            return stored is None
        if "if-match" not in conditions:
            return True
        tag = conditions["if-match"]
        is_quoted = tag.startswith('"')
        is_understood = self.conditional == "any" or (self.conditional == "quoted") is is_quoted
        return stored is not None and is_understood and tag.strip('"') == stored.tag

    def _list(self, request: Request) -> Reply:
        bucket = f"{request.path.rstrip('/')}/"
        prefix, delimiter = request.query.get("prefix", ""), request.query.get("delimiter", "")
        after = unquote(request.query.get("continuation-token", "")) or request.query.get("start-after", "")
        entries: dict[str, str] = {}
        for path in sorted(self.objects):
            key = path[len(bucket) :]
            if path.startswith(bucket + prefix) and key > after:
                before, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
                # A common prefix of the previous page is not listed again.
                if not found or f"{prefix}{before}{found}" > after:
                    entries.setdefault(f"{prefix}{before}{found}" if found else key, path)
        page = list(entries)[: self.page]
        whole = len(page) == len(entries)
        more = ENDS if whole else f"<EncodingType>url</EncodingType>{goes_on(quote(page[-1]))}"
        encode = str if whole else quote
        stored = {key: self.objects[entries[key]] for key in page if entries[key] == bucket + key}
        folded = "".join(
            f"<CommonPrefixes><Prefix>{escape(encode(key))}</Prefix></CommonPrefixes>"
            for key in page
            if key not in stored
        )
        objects = ((encode(key), len(each.body), each.modified) for key, each in stored.items())
        return listing(objects, more=more + folded)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    hostile: HostileS3

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        hostile = self.server.hostile
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            self.path,
            unquote(parts.path),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        hostile.requests.append(request)
        self._send(hostile.reply_to(request), hostile)

    do_HEAD = do_PUT = do_OPTIONS = do_DELETE = do_POST = do_GET  # noqa: N815

    def _send(self, reply: Reply, hostile: HostileS3) -> None:
        self.close_connection = True
        if reply.fault == "hang":
            hostile.stopping.wait()
            return
        if reply.fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        self.send_response_only(reply.status)
        if "Date" not in reply.headers and hostile.sends_date:
            self.send_header("Date", format_datetime(hostile.now(), usegmt=True))
        for name, value in {**hostile.web_headers, **reply.headers}.items():
            self.send_header(name, value)
        if reply.fault != "no length":
            self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if reply.fault == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
        elif reply.fault == "trickle":
            for byte in reply.body:
                if hostile.stopping.wait(0.05):
                    return
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(reply.body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""
