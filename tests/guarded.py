# SPDX-License-Identifier: MIT
"""What is private in the tests of the leak guard, the writings of a secret, and what the guard finds."""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from elytra_status.leak_guard import Private, search

KEY = 'hunter2/Tr0ub4dor&3 <+>"é'
PRIVATE = Private(
    secrets={"KUMA_KEY": KEY, "SHORT": "abc1", "SIGNS": ">>>?", "EMPTY": ""},
    buckets=frozenset({"acme-backups", "pub-status"}),
    hosts=frozenset({"https://kuma.example:3001/metrics", "nyc3.spaces.example", "shop.acme.example", "dbhost"}),
    names=frozenset(
        {
            "Acme Corp",
            "Line one\nline two",
            "[prod] C++",
            "Café Zoë",
            "Joe's Bar",
            "Große Straße",
            "backups/acme/1.gz",
            "unknown",
            "Backups",
            "99",
        }
    ),
    public_urls=("https://pub-status.nyc3.spaces.example/status.json", "https://status.acme.example/"),
)
NOTHING = Private({}, frozenset(), frozenset(), frozenset())
OWN = frozenset(
    {"backups", "policy", "platform_status", "unknown", "infrastructure", "notes", "notices", "text", "svg", "model"}
    | {"regions"}
)
PRIVATE_KEY, LOGIN, HEADER = "private key", "login in an address", "authorization header"


def rules(text: str, private: Private = PRIVATE, content_type: str = "text/plain") -> set[str]:
    """Return the rules that a text breaks."""
    return {finding.rule for finding in search("x", text.encode(), content_type, OWN, private)}


def found(document: object, private: Private = PRIVATE) -> list[tuple[str, str]]:
    """Return the field and rule of each finding in a JSON document."""
    body = json.dumps(document).encode()
    return [(one.field, one.rule) for one in search("status.json", body, "application/json", OWN, private)]


def with_changes(private: Private, **changes: object) -> Private:
    """Return what is private, with other values for some fields."""
    return dataclasses.replace(private, **changes)  # type: ignore[arg-type]


def code(data: str) -> str:
    return base64.b64encode(data.encode()).decode()


def lower_hex(text: str) -> str:
    return re.sub(r"%..", lambda match: match[0].lower(), text)


WRITINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "base64": code,
    "base64 without padding": lambda text: code(text).rstrip("="),
    "base64 in lines": lambda text: "\n  ".join(re.findall(".{1,7}", code("a user:" + text))),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "basic auth": lambda text: code(":" + text),
    "within base64, 1": lambda text: code(f"x{text}yz"),
    "within base64, 2": lambda text: code(f"xx{text}y"),
    "within base64, 3": lambda text: code(f"xxx{text}"),
    "quote": lambda text: quote(text, safe=""),
    "quote, path": quote,
    "quote, + left": lambda text: quote(text, safe="+"),
    "quote, small": lambda text: lower_hex(quote(text, safe="")),
    "quote plus": quote_plus,
    "quoted twice": lambda text: quote(quote(text)),
    "every character quoted": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "HTML": html.escape,
    "HTML, quotes left": lambda text: html.escape(text, quote=False),
    "HTML by numbers": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "HTML by hexadecimal numbers": lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    "HTML of a URL": lambda text: html.escape(quote_plus(text)),
    "repr": lambda text: repr(text)[1:-1],
}
