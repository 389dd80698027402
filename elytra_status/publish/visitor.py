# SPDX-License-Identifier: MIT
"""Reads documents as a visitor's browser does.

A browser sends no key and no query string, and an Origin.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from elytra_status.errors import message
from elytra_status.net import http
from elytra_status.net.s3 import bucket_url
from elytra_status.settings import Settings
from elytra_status.settings.definitions.machine import FOLLOW

SECONDS = 20.0
# A page with a logo and the history of 1,000 monitors has 2 MB.
LARGEST = 16 * 2**20
OLD, MISSING = "old", "missing"
# Any origin will do if all may read.
_ANY_ORIGIN = "https://www.example.com"


class VisitorFault(NamedTuple):
    """A problem for visitors, and its remedy.

    `kind` is OLD where that is nothing but the age of what is there, MISSING where nothing is there for visitors.
    """

    problem: str
    remedy: str
    kind: str = ""

    def __str__(self) -> str:
        return message(self.problem, self.remedy)


def origin_url(settings: Settings) -> str | None:
    """Return the address of status.json at the storage itself.

    None where it is not published to one, and where STATUS_URL alone is public: with STATUS_ACL=none the storage's
    own address may be open to nobody (Cloudflare R2, a bucket that a CDN alone may read).
    """
    if not settings.status_bucket or (settings.status_acl == "none" and settings.status_url):
        return None
    address = bucket_url(settings.spaces_endpoint or "", settings.status_bucket, settings.spaces_addressing)
    return f"{address}/{quote(settings.status_bucket_key)}"


def is_local(settings: Settings) -> bool:
    """Whether the status is published to a local directory without a known address."""
    return settings.status_url is None and origin_url(settings) is None


def sibling_url(url: str, name: str) -> str:
    """Return the address of a document, from that of status.json."""
    return urljoin(url, quote(name))


def is_behind_cache(settings: Settings) -> bool:
    """Whether there may be a cache: the public address is not the storage's.

    Before a web server that serves a directory there may always be one.
    """
    if not settings.status_url or not settings.status_bucket:
        return bool(settings.status_url)
    host, port = _host_and_port(settings.spaces_endpoint or "")
    return _host_and_port(settings.status_url) not in ((host, port), (f"{settings.status_bucket}.{host}", port))


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)


@dataclass(frozen=True)
class Visitor:
    """A browser of a visitor, on a page of one of the `origins`.

    `longest_copy_seconds` is how long a copy may be kept. Redirects to private addresses are followed only if
    `to_private`.
    """

    origins: tuple[str, ...]
    longest_copy_seconds: int
    ca_bundle: str | None
    to_private: bool

    def fetch(
        self,
        url: str,
        seconds: float = SECONDS,
        origin: str | None = None,
        *,
        headers_only: bool = False,
        largest: int = LARGEST,
    ) -> http.Response:
        """Return the response for a page of `origin`, by default the first.

        With `headers_only` it has no body. Raise FetchError if no complete response of at most `largest` bytes arrives
        in time. A request without
        Origin would leave a copy without CORS headers in a shared cache, for all visitors.
        """
        with http.open_session(self.ca_bundle) as session:
            return http.get(
                session,
                url,
                seconds=seconds,
                headers={"Origin": origin or self.origins[0]},
                redirects=None if headers_only else http.Redirects(to_private=self.to_private),
                headers_only=headers_only,
                largest=largest,
            )

    def header_faults(
        self, response: http.Response, content_type: str, origin: str | None = None
    ) -> list[VisitorFault]:
        """Return the faults of the headers of a response to `fetch`."""
        faults, origin = [], origin or self.origins[0]
        by_proxy = "let the proxy or CDN pass it on as it is, or set it in the web server"
        if response.content_type != content_type.partition(";")[0]:
            faults.append(
                VisitorFault(f"Content-Type is {response.content_type or 'missing'}, not {content_type}", by_proxy)
            )
        kept = _longest_kept(response.headers.get("cache-control", ""))
        if kept is None:
            faults.append(VisitorFault("Cache-Control does not limit how long a copy may be kept", by_proxy))
        elif kept > self.longest_copy_seconds:
            faults.append(
                VisitorFault(f"Cache-Control allows copies of {kept} s, not {self.longest_copy_seconds} s", by_proxy)
            )
        if response.headers.get("access-control-allow-origin") not in ("*", origin):
            remedy = "run elytra-status cors apply, or set it in the web server or proxy"
            faults.append(VisitorFault(f"pages of {origin} may not read it (CORS)", remedy))
        return faults


def visitor_of(settings: Settings) -> Visitor:
    """Return a visitor on a page of CORS_ORIGINS, with an example for each pattern."""
    origins = [_ANY_ORIGIN if origin == "*" else origin.replace("*", "www") for origin in settings.cors_origins]
    return Visitor(
        tuple(dict.fromkeys(origins)) or (_ANY_ORIGIN,),
        settings.cache_max_age_seconds,
        settings.ca_bundle,
        settings.private_redirects == FOLLOW,
    )


def _longest_kept(cache_control: str) -> int | None:
    """Return how many seconds a browser or cache may keep a copy; None if unlimited."""
    text = cache_control.lower()
    if re.search(r"(?<![\w-])no-(store|cache)\b", text):
        return 0
    ages = {name: int(age) for name, age in re.findall(r'(?<![\w-])(max-age|s-maxage)="?([0-9]+)', text)}
    return max(ages.values()) if "max-age" in ages else None


def kept_for(headers: Mapping[str, str]) -> timedelta | None:
    """Return how much longer a cache keeps a copy with these headers.

    Return None if they do not say. Names of headers are in lower case.
    """
    age = headers.get("age", "0").strip()
    passed = int(age) if re.fullmatch("[0-9]{1,9}", age, re.ASCII) else 0
    longest = _longest_kept(headers.get("cache-control", ""))
    return None if longest is None else timedelta(seconds=max(0, min(longest, 10**9) - passed))
