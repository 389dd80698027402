# SPDX-License-Identifier: MIT
"""Limits on each HTTP response: total size, header size, line length and time.

http.client and urllib3 limit neither the length of a chunk's extensions nor the number of trailers, and a read timeout
starts again with each byte. So these limits apply to the bytes that arrive at the socket. Time is the machine's, as the
kernel counts the timeout of a socket.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from elytra_status.errors import FetchError
from elytra_status.net.concurrency import DeadlineExceededError
from elytra_status.system.clock import SYSTEM_CLOCK, Deadline

# Bytes. No useful response is larger: 10,000 monitors make 22 MB of metrics, 9,000 make 60 MB of heartbeats.
LARGEST_BODY = 64 * 2**20
# Bytes before the body: status line, header and interim responses (1xx). Servers send less than 16 KB.
LARGEST_HEADER = 128 * 1024
# Bytes of a header line, of a chunk's size line with its extensions, or of a trailer. As in http.client.
LONGEST_LINE = 64 * 1024
# Chunk sizes and trailers may add a quarter to a body, as they do with chunks of 32 bytes.
_FRAMING = 1.25
# The timeout if a request sets no limits.
_SECONDS = 60.0


class LimitExceededError(FetchError):
    """A response is larger than a limit allows."""


class _Limits(NamedTuple):
    """The limits of one response: bytes of its body, and its deadline.

    The deadline is in seconds of the monotonic clock.
    """

    server: str
    largest: int
    ends: float


_LIMITS: ContextVar[_Limits | None] = ContextVar("response_limits", default=None)


@contextmanager
def response_limits(server: str, seconds: float, largest: int = LARGEST_BODY) -> Iterator[Deadline]:
    """Limit responses in this context: `seconds` in all, `largest` bytes of body.

    `server` is the name for messages. The value is the deadline of the response.
    """
    deadline = Deadline.after(SYSTEM_CLOCK, seconds)
    token = _LIMITS.set(_Limits(server, largest, deadline.at))
    try:
        yield deadline
    finally:
        _LIMITS.reset(token)


def too_large(server: str, largest: int) -> LimitExceededError:
    """Return the error for a body of more than `largest` bytes."""
    size = f"{largest // 2**20} MB" if largest >= 2**20 else f"{largest // 1024} KB"
    return LimitExceededError(f"has more than {size}", "check its address", host=server, of_its="response")


class _LimitedSocket(io.RawIOBase):
    """The socket of one response, with its limits.

    Raise LimitExceededError or DeadlineExceededError beyond them.
    """

    def __init__(self, raw: Any, connection: socket.socket, limits: _Limits) -> None:
        self._raw = raw
        self._connection = connection
        self.limits = limits
        self._in_header = True
        self._room: float = LARGEST_HEADER

    def begin_body(self) -> None:
        """Set the limit of bytes to that of the body."""
        self._in_header = False
        self._room = _FRAMING * self.limits.largest + LONGEST_LINE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        server, largest, deadline = self.limits
        left = deadline - SYSTEM_CLOCK.monotonic()
        late = DeadlineExceededError("timed out, the response is incomplete", "check whether it is stuck", host=server)
        if left <= 0:
            raise late
        timeout = self._connection.gettimeout()
        if timeout is None or timeout > left:
            self._connection.settimeout(left)
        try:
            count = int(self._raw.readinto(buffer) or 0)
        except TimeoutError:
            if SYSTEM_CLOCK.monotonic() >= deadline:
                raise late from None
            raise
        self._room -= count
        if self._room < 0 and self._in_header:
            raise LimitExceededError(
                f"has more than {LARGEST_HEADER // 1024} KB",
                "check its address",
                host=server,
                of_its="response header",
            )
        if self._room < 0:
            raise too_large(server, largest)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class LimitedReader(io.BufferedReader):
    """The reader that http.client reads a response from.

    It limits the number of bytes, the length of a line and the time.
    """

    def __init__(self, file: Any, connection: socket.socket) -> None:
        """Take over `file`, with the limits of this context.

        `file` is an unused buffered reader of the connection.
        """
        limits = _LIMITS.get() or _Limits("the server", LARGEST_BODY, SYSTEM_CLOCK.monotonic() + _SECONDS)
        self._limited = _LimitedSocket(file.detach(), connection, limits)
        super().__init__(self._limited)

    def begin_body(self) -> None:
        """Begin the body: the header has been read."""
        self._limited.begin_body()

    def readline(self, size: int | None = -1) -> bytes:
        """Return a line. Raise LimitExceededError if it is too long.

        A caller that sets `size` gets a part of a long line instead.
        """
        if size is not None and 0 <= size <= LONGEST_LINE:
            return super().readline(size)
        line = super().readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise LimitExceededError(
                f"has a header, trailer or chunk line of more than {LONGEST_LINE // 1024} KB",
                "check its address",
                host=self._limited.limits.server,
                of_its="response",
            )
        return line
