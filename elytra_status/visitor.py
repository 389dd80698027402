# SPDX-License-Identifier: MIT
"""Reads what is published as a visitor's browser does: no key, no query string, an Origin."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from elytra_status import web
from elytra_status.settings import Settings

SECONDS = 20
# Any site will do where all may read.
_ANY_ORIGIN = "https://www.example.com"


def origins(settings: Settings) -> list[str]:
    """Return the origins to read from: the configured ones, or some origin where all are allowed."""
    return [_ANY_ORIGIN if "*" in origin else origin for origin in settings.cors_origins] or [_ANY_ORIGIN]


def origin_url(settings: Settings) -> str | None:
    """Return the address of status.json at the storage itself, or None where it is not published to one."""
    if not settings.status_bucket:
        return None
    return f"{settings.spaces_endpoint}/{settings.status_bucket}/{quote(settings.status_bucket_key)}"


def is_behind_cache(settings: Settings) -> bool:
    """Whether the public address is another than the storage's own, so that a cache may stand between."""
    if not settings.status_url or not settings.status_bucket:
        return False
    own = urlsplit(settings.spaces_endpoint or "").hostname or ""
    return urlsplit(settings.status_url).hostname not in (own, f"{settings.status_bucket}.{own}")


def read(settings: Settings, url: str, origin: str) -> web.Answer:
    """Return what a page of `origin` gets from `url`. Raise SourceError where nothing comes.

    A request without Origin would leave a copy without CORS headers in a shared cache, for all.
    """
    with web.open_session(settings.ca_bundle) as session:
        return web.get(session, url, seconds=SECONDS, headers={"Origin": origin}, follow_redirects=True)


def header_faults(answer: web.Answer, settings: Settings, origin: str, content_type: str) -> list[str]:
    """Return what is wrong with the headers of an answer, a line each with its remedy."""
    faults = []
    if answer.content_type != content_type:
        faults.append(f"Content-Type is {answer.content_type or 'missing'}, not {content_type}")
    allowed = re.search(r"\bmax-age=([0-9]+)", answer.headers.get("cache-control", ""))
    if not allowed:
        faults.append("Cache-Control does not limit how long a copy may be kept")
    elif int(allowed[1]) > settings.cache_max_age_seconds:
        faults.append(f"Cache-Control allows copies of {allowed[1]} s, not {settings.cache_max_age_seconds} s")
    if answer.headers.get("access-control-allow-origin") not in ("*", origin):
        faults.append(f"pages of {origin} may not read it (CORS): elytra-status cors apply, or set it in the proxy")
    return faults
