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


def is_this_machine(host: str) -> bool:
    """Whether a host, without a port, is localhost or a loopback address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
