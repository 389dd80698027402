# SPDX-License-Identifier: MIT
"""The kinds of values that a setting can have: how each is read, and how it is written.

Every reader raises ValueError with the problem and the remedy, which follow the name of the setting. The text does not
contain the value: it could be a secret that was put into the wrong line.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# A component's name is a word or two, that columns and lines have room for it.
LONGEST_COMPONENT = 80
# As are the name of the page and the text of a link.
LONGEST_NAME = 80
# A notice is a sentence or two. More belongs on a page that it can name.
LONGEST_NOTICE = 500
# What a place in a bucket begins with, as all tools for S3 write it.
S3 = "s3://"


@dataclass(frozen=True)
class Threshold:
    """A number of monitors, or a share of them (0 to 1); one of the two is None."""

    count: int | None = None
    share: Fraction | None = None

    def __str__(self) -> str:
        return f"{float(self.share * 100):g}%" if self.share is not None else str(self.count)


@dataclass(frozen=True)
class Kind:
    """A kind of value. `hint` says in words what is accepted; it goes into the manual.

    A value of a kind that `is_secret` is shown nowhere, and neither are its `parts`, which may leak by themselves.
    """

    hint: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    is_secret: bool = False
    parts: Callable[[Any], tuple[str, ...]] = lambda value: ()


def _read_text(text: str) -> str:
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", text):
        raise ValueError("contains a line break or a control character. Write one line of plain text.")
    return text


def _read_notice(text: str) -> str:
    if len(_read_text(text)) > LONGEST_NOTICE:
        raise ValueError(f"has {len(text)} characters. Write at most {LONGEST_NOTICE}.")
    return text


def _read_name(text: str) -> str:
    if len(_read_text(text)) > LONGEST_NAME:
        raise ValueError(f"has {len(text)} characters. Write at most {LONGEST_NAME}.")
    return text


def _read_colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError('is not a colour. Write six hexadecimal digits after #, in quotes: "#0b57d0".')
    return text.lower()


def _read_links(text: str) -> tuple[tuple[str, str], ...]:
    form = "Write them as in Website: https://www.example.com/; Support: mailto:support@example.com."
    found = []
    for part in _read_text(text).split(";"):
        if not part.strip():
            continue
        name, _, address = (half.strip() for half in part.partition(": "))
        if not name or not address:
            raise ValueError(f"is not a list of texts, each with an address. {form}")
        _read_name(name)
        # No other scheme: a link must not run anything.
        if not re.fullmatch(r"https://[^\s/?#@]+([/?#]\S*)?|mailto:[^\s?@]+@[^\s?@]+", address):
            raise ValueError(f"contains an address that begins neither with https:// nor with mailto:. {form}")
        found.append((name, address))
    if not found:
        raise ValueError(f"contains no link. {form}")
    return tuple(found)


def _write_links(links: Any) -> str:
    return "; ".join(f"{name}: {address}" for name, address in links)


def _read_region(text: str) -> str:
    # botocore refuses any other, wherever the storage is.
    if not re.fullmatch(r"(?![0-9]+$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)", text):
        raise ValueError("is not a region. Write its short name alone, such as nyc3 or eu-central-1.")
    return text


def _of(unit: str) -> str:
    return f" {unit}" if unit else ""


def _read_whole_number(low: int, high: int, unit: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise ValueError(f"is not a whole number. Write {low} to {high}{_of(unit)}.")
        if not low <= int(text) <= high:
            raise ValueError(f"is out of range. Write {low} to {high}{_of(unit)}.")
        return int(text)

    return read


def _read_number(low: float, high: float, unit: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{1,6})?", text):
            raise ValueError(f"is not a number. Write {low:g} to {high:g}{_of(unit)}, with a decimal point.")
        if not low <= float(text) <= high:
            raise ValueError(f"is out of range. Write {low:g} to {high:g}{_of(unit)}.")
        return float(text)

    return read


def _read_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("is not an address. Write it as in https://host.example:443/path.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise ValueError("is not a web address. Write an address that begins with https:// or http://.")
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError("contains a space. Write an address without spaces.")
    if "\N{HORIZONTAL ELLIPSIS}" in text or re.search(r"[^\w.:\[\]%@-]", parts.netloc):
        raise ValueError("contains a character that no host name has, or an ellipsis. Copy the whole address.")
    if "@" in parts.netloc:
        raise ValueError("contains a user name or password. Remove them, and use the settings for user and password.")
    if "?" in text or "#" in text:
        raise ValueError("contains a ? or a #. Write the address up to there.")
    return text.rstrip("/") if parts.path in ("", "/") else text


def _read_addresses(text: str) -> tuple[str, ...]:
    addresses = _read_list(text)
    for address in addresses:
        if not address.startswith("tcp://"):
            _read_url(address)
        elif not re.fullmatch(r"tcp://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})", address) or not (
            0 < int(address.rpartition(":")[2]) < 65536
        ):
            raise ValueError("is not a list of addresses. Write each as https://host/path or tcp://host:port.")
    return addresses


def _read_endpoint(text: str) -> str:
    return _read_url(text if "://" in text else f"https://{text}").rstrip("/")


def _read_host(text: str) -> str:
    """A name or an address, as the resolver takes it: no scheme, no port, and no brackets, which may be there."""
    address = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        pass
    labels = text.split(".")
    # What ends in digits alone is a wrong address, or a port.
    if labels[-1].isdigit() or not all(re.fullmatch(r"(?!-)[\w-]{1,63}(?<!-)", label) for label in labels):
        raise ValueError("is not a host name. Write the name or address alone; the port has a setting of its own.")
    return text.lower()


def _read_helo(text: str) -> str:
    """A whole name, or an address in the brackets that RFC 5321 puts around it."""
    name = _read_host(text)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        if not name.isascii():
            raise ValueError("is not ASCII. Write the name in its xn-- form.") from None
        if "." not in name:
            raise ValueError("has no domain. Write a name with its domain, such as web1.example.com.") from None
        return name
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"


def _write_helo(value: Any) -> str:
    return str(value).strip("[]").removeprefix("IPv6:")


def _read_header(text: str) -> str:
    if not re.fullmatch(r"[ -~]+", text):
        raise ValueError("contains a character that is not ASCII. Write plain letters and digits.")
    return text


def _read_mail_address(text: str) -> str:
    # No name before the address, and letters beyond ASCII in their xn-- form: every mail server accepts these.
    if not re.fullmatch(r"[!-~]+@[A-Za-z0-9.-]+", text):
        raise ValueError("is not a mail address. Write it as in admin@example.com.")
    return text


def _read_mail_addresses(text: str) -> tuple[str, ...]:
    return tuple(_read_mail_address(address) for address in _read_list(text))


def _read_chat(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}", text):
        raise ValueError("is not a chat of Telegram. Write a number such as -1001234567890, or an @name.")
    return text


def _read_list(text: str) -> tuple[str, ...]:
    parts = tuple(dict.fromkeys(part.strip() for part in _read_text(text).split(",") if part.strip()))
    if not parts:
        raise ValueError("contains only commas. Write one or more items, or an empty value.")
    return parts


def _read_labels(text: str) -> tuple[str, ...]:
    labels = _read_list(text)
    if any(not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", label) for label in labels):
        raise ValueError(
            "is not a list of labels of Prometheus. Write names with commas between, such as instance,job."
        )
    return labels


def _read_ids(text: str) -> tuple[int, ...]:
    parts = _read_list(text)
    if any(not re.fullmatch(r"[0-9]{1,9}", part) for part in parts):
        raise ValueError("is not a list of monitor ids. Write numbers with commas between, such as 1,2,5.")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _read_origins(text: str) -> tuple[str, ...]:
    origins = _read_list(text)
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"https?://[A-Za-z0-9.*\[\]:-]+", origin):
            raise ValueError("is not a list of origins. Write https://www.example.com, without a path, or *.")
    return origins


def _read_threshold(text: str) -> Threshold:
    if match := re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*%", text):
        share = Fraction(match[1]) / 100
        if 0 < share <= 1:
            return Threshold(share=share)
    elif re.fullmatch(r"[0-9]{1,6}", text) and int(text) >= 1:
        return Threshold(count=int(text))
    raise ValueError("is neither a count nor a percentage. Write 1 or more, or a percentage such as 25%.")


def _read_sources(text: str) -> tuple[str, ...]:
    parts = _read_list(text)
    for part in parts:
        if not re.fullmatch(r"[a-z][a-z0-9_]*(:[a-z][a-z0-9]{0,19})?", part):
            raise ValueError(
                "is not a list of sources. Write uptime_kuma, or uptime_kuma:office with a name of your own."
            )
    return parts


def _read_components(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    form = "Write them as in Websites: 1,2,5; Databases: prometheus:ab12."
    found: dict[str, tuple[str, ...]] = {}
    for part in _read_text(text).split(";"):
        if not part.strip():
            continue
        name, _, monitors = part.partition(":")
        if not name.strip() or not monitors.strip():
            raise ValueError(f"is not a list of names, each with monitors. {form}")
        if len(name.strip()) > LONGEST_COMPONENT:
            raise ValueError(f"contains a name of more than {LONGEST_COMPONENT} characters. Write a word or two.")
        keys = _read_list(monitors)
        if any(not re.fullmatch(r"[0-9]{1,9}|[a-z][a-z0-9_]*:\S+", key) for key in keys):
            raise ValueError(f"contains what is neither the id nor the key of a monitor. {form}")
        if found.setdefault(name.strip(), keys) is not keys:
            raise ValueError("contains a name twice. Write each component once, with all its monitors.")
    if not found:
        raise ValueError(f"contains no component. {form}")
    return tuple(found.items())


def _write_components(components: Any) -> str:
    return "; ".join(f"{name}: {','.join(keys)}" for name, keys in components)


def _read_slug(text: str) -> str:
    if re.search(r"[/\s]", _read_text(text)):
        raise ValueError("is an address or contains a space. Write only what follows /status/ in the address.")
    return text


def _read_path(text: str) -> str:
    if not os.path.isabs(_read_text(text)):
        raise ValueError("is not an absolute path. Write a path that begins with /.")
    return os.path.normpath(text)


def in_bucket(place: str) -> tuple[str, str] | None:
    """Return bucket and key of a place that is written s3://bucket/key; None where it is a path of this machine."""
    if not place.startswith(S3):
        return None
    bucket, _, key = place.removeprefix(S3).partition("/")
    return bucket, key


def _read_place(text: str) -> str:
    where = in_bucket(_read_text(text))
    if where is None:
        if not os.path.isabs(text):
            raise ValueError(
                "is neither an absolute path nor in a bucket. Write a path that begins with / or with s3://."
            )
        return _read_path(text)
    bucket, key = where
    try:
        _read_bucket(bucket)
        if key:
            _read_key(key.removesuffix("/"))
    except ValueError:
        raise ValueError(
            "names no bucket and key. Write s3://bucket/key.json, or s3://bucket/folder/ for all objects in it."
        ) from None
    return text


def _read_bucket(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text):
        raise ValueError("is not a bucket name. Write 3 to 63 of a-z, 0-9 and -, without s3:// and without a path.")
    return text


def _read_key(text: str) -> str:
    if not text or text.startswith("/") or text.endswith("/") or "//" in _read_text(text):
        raise ValueError("is not an object key. Write it as in status.json or site/status.json.")
    return text


def _join(values: Any) -> str:
    return ",".join(str(value) for value in values)


def _write_number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def timezone(name: str) -> tzinfo:
    """Return a time zone by its name, UTC also where the system knows no zones. Raise ValueError for no such name."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("is not a time zone of this system. Write it as in UTC or Europe/Berlin.") from None


def _read_timezone(text: str) -> str:
    timezone(text)
    return text


def choice(*words: str) -> Kind:
    """Return the kind of a setting that takes one of some words."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"has a value that it cannot have. Write one of {', '.join(words)}.")
        return text.lower()

    return Kind(f"one of {', '.join(words)}", read)


def some_of(*words: str) -> Kind:
    """Return the kind of a setting that takes some of some words, with commas between."""

    def read(text: str) -> tuple[str, ...]:
        given = tuple(word.lower() for word in _read_list(text))
        if any(word not in words for word in given):
            raise ValueError(f"contains a value that it cannot have. Choose among {', '.join(words)}.")
        return given

    return Kind(f"some of {', '.join(words)}, with commas between", read, _join)


def whole_number(low: int, high: int, unit: str) -> Kind:
    """Return the kind of a setting that takes a whole number of some unit, bounds included."""
    return Kind(f"whole number{' of' if unit else ''}{_of(unit)}, {low} to {high}", _read_whole_number(low, high, unit))


def number(low: float, high: float, unit: str) -> Kind:
    """Return the kind of a setting that takes a number of some unit, bounds included."""
    return Kind(f"number of {unit}, {low:g} to {high:g}", _read_number(low, high, unit), _write_number)


TEXT = Kind("text on one line", _read_text)
NAME = Kind(f"text on one line, at most {LONGEST_NAME} characters", _read_name)
COLOUR = Kind("colour as #rrggbb, in quotes", _read_colour)
LINKS = Kind("texts, each with a colon, a space and an address, with semicolons between", _read_links, _write_links)
NOTICE = Kind(f"text on one line, at most {LONGEST_NOTICE} characters", _read_notice)
REGION = Kind("name of a region", _read_region)
URL = Kind("web address", _read_url)
HOST = Kind("host name or address, alone", _read_host)
HELO = Kind("host name with its domain, or address", _read_helo, _write_helo)
HEADER = Kind("text of plain letters, digits and signs", _read_header)
MAIL_ADDRESS = Kind("mail address", _read_mail_address)
MAIL_ADDRESSES = Kind("list of mail addresses with commas between", _read_mail_addresses, _join)
CHAT = Kind("number of a chat of Telegram, or @name", _read_chat)
ENDPOINT = Kind("host name, with or without https:// before it", _read_endpoint)
ADDRESSES = Kind("list of addresses with commas between, https://, http:// or tcp://", _read_addresses, _join)
LIST = Kind("list with commas between", _read_list, _join)
LABELS = Kind("list of names of labels with commas between", _read_labels, _join)
IDS = Kind("list of numbers with commas between", _read_ids, _join)
ORIGINS = Kind("list of origins with commas between, or *", _read_origins, _join)
THRESHOLD = Kind("count, or percentage such as 25%", _read_threshold)
SOURCES = Kind("list of kinds of source, each with or without a name after a colon", _read_sources, _join)
COMPONENTS = Kind(
    "names, each with a colon and the ids or keys of its monitors, with semicolons between",
    _read_components,
    _write_components,
)
SLUG = Kind("last part of a page's address", _read_slug)
TIMEZONE = Kind("time zone", _read_timezone)
PATH = Kind("absolute path", _read_path)
PLACE = Kind("absolute path, s3://bucket/key, or s3://bucket/folder/", _read_place)
BUCKET = Kind("bucket name", _read_bucket)
OBJECT_KEY = Kind("object key", _read_key)
# Here a sign such as # may be meant as it stands.
WORDS = (TEXT, NAME, NOTICE, LINKS, LIST, COMPONENTS)
