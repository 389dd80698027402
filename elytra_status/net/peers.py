# SPDX-License-Identifier: MIT
"""Public addresses: whether a server has one, and requests that reach no other.

A server on the Internet must not be able to redirect this machine to one that only this machine can reach.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from elytra_status.errors import FetchError
from elytra_status.net.hosts import is_this_machine

_PUBLIC_ONLY: ContextVar[bool] = ContextVar("public_only", default=False)


class PrivateAddressError(FetchError):
    """A public server redirects to a loopback, link-local or private address."""

    def __init__(self, host: str) -> None:
        super().__init__(
            "redirects to an address that is not public",
            "set the address it redirects to, or PRIVATE_REDIRECTS=follow if it is one of yours",
            host=host,
        )


def is_public(address: str) -> bool:
    """Whether an IP address is public on the Internet.

    Loopback, link-local, private, shared and reserved addresses are not.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return (inner or found).is_global and not found.is_multicast


def names_private(host: str) -> bool:
    """Whether a host is localhost or a non-public IP address; no name is resolved."""
    try:
        return not is_public(host)
    except ValueError:
        return is_this_machine(host)


class ConnectionEnds(NamedTuple):
    """The ends of a connection: is their address the same, is the peer's public?"""

    is_same: bool
    is_public: bool

    @classmethod
    def of(cls, connection: socket.socket) -> ConnectionEnds:
        """Return the ends of a connection. A peer without an IP address is not public."""
        try:
            own, other = connection.getsockname()[0], str(connection.getpeername()[0])
            return cls(own == other, is_public(other))
        except (OSError, ValueError, IndexError):
            return cls(False, False)


@contextmanager
def public_only(is_set: bool) -> Iterator[None]:
    """If `is_set`, let requests in this context reach public addresses only."""
    token = _PUBLIC_ONLY.set(is_set)
    try:
        yield
    finally:
        _PUBLIC_ONLY.reset(token)


def check_peer(connection: socket.socket) -> None:
    """Raise PrivateAddressError if this context does not allow a connection's peer."""
    if _PUBLIC_ONLY.get() and not ConnectionEnds.of(connection).is_public:
        raise PrivateAddressError("a public server")
