# SPDX-License-Identifier: MIT
"""A marker for every secret, and every form in which it could be exposed."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from elytra_status.settings import DEFINITIONS, Definition, secret_kinds


def _marker(number: int, definition: Definition) -> str:
    """Return a secret with characters that change in JSON, in a URL and in HTML; beyond ASCII if it may be."""
    name = definition.name.lower()
    if definition.kind is secret_kinds.ADDRESS:
        return f"https://127.0.0.1:9/MARKER/{number}+&{name}"
    if definition.kind is secret_kinds.HEADERS:
        return f"X-Marker: MARKER/{number}+&{name}; X-Other: Bearer OTHER-MARKER-{number}"
    if definition.kind is secret_kinds.TOPIC:
        return f"MARKER-{number}-{name}"
    return f"MARKER/{number}+{'' if definition.kind is secret_kinds.KEY else 'é'}&\\{name}"


MARKERS = {
    definition.name: _marker(number, definition)
    for number, definition in enumerate(DEFINITIONS)
    if definition.is_secret
}

# The settings that some secrets require. Of the sources, only Uptime Kuma is queried.
NEEDED = {
    "REVALIDATE_URL": "http://127.0.0.1:9/api/revalidate",
    "SOURCES": "uptime_kuma",
    "GATUS_URL": "http://127.0.0.1:9",
    "GATUS_USER": "elytra-status",
    "PROMETHEUS_URL": "http://127.0.0.1:9",
    "PROMETHEUS_USER": "elytra-status",
    "TELEGRAM_CHAT_ID": "12345",
    "TELEGRAM_URL": "http://127.0.0.1:9",
    "UPTIME_KUMA_USER": "elytra-status",
}


def writings(secret: str) -> list[str]:
    """Return a secret as it is, escaped, URL-encoded, in base64, and as in HTTP's basic authentication.

    Of headers, return each value too.
    """
    data = secret.encode()
    values = [header.partition(": ")[2] for header in secret.split("; ")] if secret.startswith("X-Marker: ") else []
    return [
        *(writing for value in values for writing in writings(value)),
        *(value.removeprefix("Bearer ") for value in values),
        secret,
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe=""),
        base64.b64encode(data).decode().rstrip("="),
        base64.b64encode(b":" + data).decode().rstrip("="),
        base64.b64encode(b"user:" + data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
    ]
