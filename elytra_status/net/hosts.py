# SPDX-License-Identifier: MIT
"""The host of an address, and whether a host is this machine. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def host_of(address: str) -> str:
    """Return the host of a URL, of HOST or of HOST:PORT, in lower case; else ''."""
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
    return "" if any(sign.isspace() for sign in host) else host


def host_with_port(url: str) -> str:
    """Return the host of a URL, with its port if it has one, for messages."""
    return urlsplit(url).netloc.rpartition("@")[2]


def crosses_in_clear(url: str) -> bool:
    """Whether requests to a URL leave this machine without encryption.

    Raise ValueError if it is malformed.
    """
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_this_machine(parts.hostname or "")


def is_address(host: str) -> bool:
    """Whether a host, without a port, is an IP address."""
    try:
        return bool(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Whether a host, without a port, is localhost or a loopback address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
