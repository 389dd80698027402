# SPDX-License-Identifier: MIT
"""What every connection adds to that of urllib3: limits for responses, and a way to reach public addresses only."""

from __future__ import annotations

import http.client
import socket
from typing import Any

from elytra_status.net.peers import Ends, check_peer
from elytra_status.net.response_limits import LimitedReader


class LimitedResponse(http.client.HTTPResponse):
    """A response that raises LimitExceededError or DeadlineExceededError beyond the limits of its request.

    `ends` says where it came from: by the time that somebody asks, the connection may be closed.
    """

    def __init__(self, sock: socket.socket, *others: Any, **more: Any) -> None:
        super().__init__(sock, *others, **more)
        self.ends = Ends.of(sock)
        self.fp = self._reader = LimitedReader(self.fp, sock)

    def begin(self) -> None:
        """Read the status line and the header."""
        super().begin()
        self._reader.begin_body()


class LimitedConnection(http.client.HTTPConnection):
    """A base to put before a connection class of urllib3."""

    response_class = LimitedResponse

    def connect(self) -> None:
        """Connect. Raise PrivateAddressError before anything is sent to an address that is not allowed."""
        super().connect()
        self._check_peer()

    def putrequest(self, *words: Any, **options: Any) -> None:
        """Begin a request, also on a kept connection. Raise PrivateAddressError as `connect` does."""
        self._check_peer()
        super().putrequest(*words, **options)

    def _check_peer(self) -> None:
        # A proxy decides by itself what it reaches.
        if self.sock is not None and not getattr(self, "proxy", None):
            check_peer(self.sock)
