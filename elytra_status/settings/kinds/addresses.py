# SPDX-License-Identifier: MIT
"""Kinds of network addresses and of their parts."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from elytra_status.settings.kinds.kind import InvalidValueError, Kind
from elytra_status.settings.kinds.texts import join, read_list, read_text


def _read_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise InvalidValueError("is not an address", "Write an address such as https://host.example:443/path") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise InvalidValueError("is not a web address", "Write an address that begins with https:// or http://")
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise InvalidValueError("contains a space", "Write an address without spaces")
    if "\N{HORIZONTAL ELLIPSIS}" in text or re.search(r"[^\w.:\[\]%@-]", parts.netloc):
        raise InvalidValueError("contains a character that no host name has, or an ellipsis", "Copy the whole address")
    if "@" in parts.netloc:
        raise InvalidValueError(
            "contains a user name or password", "Remove them, and use the settings for user and password"
        )
    if "?" in text or "#" in text:
        raise InvalidValueError("contains a ? or a #", "Write the address up to there")
    return text.rstrip("/") if parts.path in ("", "/") else text


def _read_addresses(text: str) -> tuple[str, ...]:
    addresses = read_list(text)
    for address in addresses:
        if not address.startswith("tcp://"):
            _read_url(address)
        elif not re.fullmatch(r"tcp://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})", address) or not (
            0 < int(address.rpartition(":")[2]) < 65536
        ):
            raise InvalidValueError("is not a list of addresses", "Write each as https://host/path or tcp://host:port")
    return addresses


def _read_endpoint(text: str) -> str:
    return _read_url(text if "://" in text else f"https://{text}").rstrip("/")


def _read_host(text: str) -> str:
    """Return a host name or an IP address, as the resolver needs it.

    It has no scheme and no port. The brackets of an IPv6 address are removed. Raise InvalidValueError if it is neither.
    """
    address = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        pass
    labels = text.split(".")
    # If the last label is all digits, the text is an invalid IP address, or a port.
    if labels[-1].isdigit() or not all(re.fullmatch(r"(?!-)[\w-]{1,63}(?<!-)", label) for label in labels):
        raise InvalidValueError(
            "is not a host name", "Write the name or address alone; the port has a setting of its own"
        )
    return text.lower()


def _read_helo(text: str) -> str:
    """Return a full host name, or an IP address in brackets as in RFC 5321.

    Raise InvalidValueError if it is neither.
    """
    name = _read_host(text)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        if not name.isascii():
            raise InvalidValueError("is not ASCII", "Write the name in its xn-- form") from None
        if "." not in name:
            raise InvalidValueError("has no domain", "Write a name with its domain, such as web1.example.com") from None
        return name
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"


def _write_helo(value: Any) -> str:
    return str(value).strip("[]").removeprefix("IPv6:")


def _read_mail_address(text: str) -> str:
    # A bare address in ASCII (xn-- for other letters), without a display name: every mail server accepts it.
    if not re.fullmatch(r"[!-~]+@[A-Za-z0-9.-]+", text):
        raise InvalidValueError("is not a mail address", "Write an address such as admin@example.com")
    return text


def _read_mail_addresses(text: str) -> tuple[str, ...]:
    return tuple(_read_mail_address(address) for address in read_list(text))


def _read_chat(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}", text):
        raise InvalidValueError("is not a chat of Telegram", "Write a number such as -1001234567890, or an @name")
    return text


def _read_origins(text: str) -> tuple[str, ...]:
    origins = read_list(text)
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"https?://[A-Za-z0-9.*\[\]:-]+", origin):
            raise InvalidValueError("is not a list of origins", "Write https://www.example.com, without a path, or *")
    return origins


def _read_slug(text: str) -> str:
    if re.search(r"[/\s]", read_text(text)):
        raise InvalidValueError("is an address or contains a space", "Write only what follows /status/ in the address")
    return text


URL = Kind("web address", _read_url)
HOST = Kind("host name or address, alone", _read_host)
HELO = Kind("host name with its domain, or address", _read_helo, _write_helo)
MAIL_ADDRESS = Kind("mail address", _read_mail_address)
MAIL_ADDRESSES = Kind("list of mail addresses with commas between", _read_mail_addresses, join)
CHAT = Kind("number of a chat of Telegram, or @name", _read_chat)
ENDPOINT = Kind("host name, with or without https:// before it", _read_endpoint)
ADDRESSES = Kind("list of addresses with commas between, https://, http:// or tcp://", _read_addresses, join)
ORIGINS = Kind("list of origins with commas between, or *", _read_origins, join)
SLUG = Kind("last part of a page's address", _read_slug)
