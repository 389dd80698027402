# SPDX-License-Identifier: MIT
"""Find IP addresses in all spellings that a resolver accepts.

Versions, dates, times and prices pass.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from contextlib import suppress

from elytra_status.leak_guard.lists import PATTERN

_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "127.0.0.0/24", "172.16.0.0/12", "192.168.0.0/16")))
# The beginning of nearly all private addresses.
_OWN = ("10", "127", "172", "192")
# Versions that are named without the word "version" hardly ever have larger parts.
_LARGEST_OF_VERSION = 99
# How far back a word says what a number is.
_BACK = 40


def holds_address(text: str) -> bool:
    """Return whether a text, after `read`, contains an IP address."""
    return (
        ("." in text and any(_is_dotted(text, match) for match in PATTERN["dotted"].finditer(text)))
        or any(_is_number(text, match) for match in PATTERN["number"].finditer(text))
        or (PATTERN["colons"].search(text) is not None and any(map(_is_ipv6, PATTERN["groups"].findall(text))))
    )


def _is_dotted(text: str, match: re.Match[str]) -> bool:
    parts, before = re.split(r"\.| \. ", match[0]), text[max(0, match.start() - _BACK) : match.start()]
    # A part with leading zeros is octal for a resolver, and decimal for a person.
    spellings = [parts, [part.lstrip("0") or "0" for part in parts]] if len(parts) == 4 else [parts]
    if not any(_accepted(".".join(one)) for one in spellings) or PATTERN["version before"].search(before):
        return False
    if len(parts) < 4 and "x" not in match[0] and not _is_short(match, parts, before):
        return False
    # A product has versions of small numbers, but a machine of that name has an address.
    is_small = all(part.isdigit() and int(part) <= _LARGEST_OF_VERSION for part in parts)
    is_version = is_small and PATTERN["product before"].search(before)
    is_other = is_version or PATTERN["counted before"].search(before) or PATTERN["paragraph"].match(text, match.start())
    return parts[0] in _OWN or not is_other


def _is_short(match: re.Match[str], parts: list[str], before: str) -> bool:
    """Return whether two or three numbers are meant as an address."""
    own, is_pair = parts[0] in _OWN, len(parts) == 2
    # "lodash@4.17" is a version; "root@10.258" is not.
    is_host = before.endswith("//") or (before.endswith("@") and (own or int(parts[1]) > 255))
    if is_host or PATTERN["date"].match(match[0]) or (is_pair and int(parts[1]) <= 255):
        return is_host and not PATTERN["date"].match(match[0])
    if (own or is_pair) and PATTERN["address before"].search(before.removesuffix("@")):
        return True
    is_phrase = own and is_pair and PATTERN["preposition before"].search(before)
    return bool(is_phrase and PATTERN["sentence"].match(match.string, match.end()))


def _is_number(text: str, match: re.Match[str]) -> bool:
    """Return whether a number is an address.

    It is one after a word that says so, or in a private network.
    """
    spelled, before = match[0].lower(), text[max(0, match.start() - _BACK) : match.start()]
    is_octal = re.fullmatch("0[0-7]+", spelled)
    value = int(spelled, 16 if "x" in spelled else 8 if is_octal else 10)
    if value >= 2**32 or PATTERN["address before"].search(before):
        return value < 2**32
    is_private = not is_octal and any(ipaddress.ip_address(value) in network for network in _PRIVATE)
    return is_private and not PATTERN["counted before"].search(before)


def _accepted(spelling: str) -> bool:
    with suppress(OSError, UnicodeError):
        return bool(socket.inet_aton(spelling))
    return False


def _is_ipv6(run: str) -> bool:
    # A colon before or after may belong to the sentence: "at fe80::1: refused".
    for one in (run, run.removeprefix(":"), run.removesuffix(":"), run.removeprefix(":").removesuffix(":")):
        # "Bad::Cafe" and "::dec" are words of a program. An address with so few groups has a digit.
        if one.count(":") > 2 or any(map(str.isdigit, one)):
            with suppress(ValueError):
                return bool(ipaddress.IPv6Address(one))
    return False
