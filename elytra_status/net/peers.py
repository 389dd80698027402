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

# NAT64 has the IPv4 address in the last 32 bits: the prefix of RFC 6052, and the usual local one of RFC 8215.
_NAT64 = tuple(ipaddress.IPv6Network(prefix) for prefix in ("64:ff9b::/96", "64:ff9b:1::/96"))
# The IPv6 Internet. Other addresses are reserved, or of one site (fec0::/10), or have an IPv4 address (::127.0.0.1).
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
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

    Loopback, link-local, site-local, private, shared and reserved addresses are not. An address of a translator (NAT64,
    6to4) is what the IPv4 address in it is.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = _ipv4_in(found)
        if inner is None:
            return found.is_global and found in _GLOBAL_UNICAST
        found = inner
    return found.is_global and not found.is_multicast


def _ipv4_in(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address to which a packet for an IPv6 address goes, if to one."""
    if any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


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
