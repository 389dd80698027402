# SPDX-License-Identifier: MIT
"""Connections of urllib3 with limits on responses and on the addresses reached."""

from __future__ import annotations

import http.client
import socket
from typing import Any

from elytra_status.net.peers import ConnectionEnds, check_peer
from elytra_status.net.response_limits import LimitedReader


class LimitedResponse(http.client.HTTPResponse):
    """A response that enforces the limits of its request.

    Raise LimitExceededError or DeadlineExceededError beyond them. `ends` is recorded at once, because the connection
    may be closed when it is needed.
    """

    def __init__(self, sock: socket.socket, *others: Any, **more: Any) -> None:
        super().__init__(sock, *others, **more)
        self.ends = ConnectionEnds.of(sock)
        self.fp = self._reader = LimitedReader(self.fp, sock)

    def begin(self) -> None:
        """Read the status line and the header."""
        super().begin()
        self._reader.begin_body()


class LimitedConnection(http.client.HTTPConnection):
    """A mixin for the connection classes of urllib3."""

    response_class = LimitedResponse

    def connect(self) -> None:
        """Connect. Raise PrivateAddressError, before sending, if the address is refused."""
        super().connect()
        self._check_peer()

    def putrequest(self, *words: Any, **options: Any) -> None:
        """Begin a request, also on a kept connection.

        Raise PrivateAddressError as `connect` does.
        """
        self._check_peer()
        super().putrequest(*words, **options)

    def _check_peer(self) -> None:
        # A proxy itself decides what it connects to.
        if self.sock is not None and not getattr(self, "proxy", None):
            check_peer(self.sock)
