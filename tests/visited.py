# SPDX-License-Identifier: MIT
"""What visitors get at an address, for tests that check whether it is fresh."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from elytra_status import freshness
from elytra_status.decision import policy
from elytra_status.documents import Publication, render_all
from elytra_status.freshness import FreshnessResult
from elytra_status.model import Facts
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply
from tests.published import concluded

FRESH, STALE, UNREACHABLE = 0, 1, 69
ORIGINS = "https://www.example.com,https://shop.example.com"

Make = Callable[..., Settings]


def body_of(moment: datetime) -> bytes:
    return render_all(concluded(Publication(policy.decide(Facts(moment, ()), policy.Rules()), moment)))[-1].body


def good(moment: datetime, **headers: str) -> Reply:
    """The answer with a status of that time and the right headers, except for the given ones."""
    usual = {
        "Content-Type": "application/json",
        "Cache-Control": "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
    }
    return Reply(200, body_of(moment), {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}})


def behind_a_cache(make: Make, server: HostileS3, storage: HostileS3, **more: object) -> Settings:
    return make(
        STATUS_URL=f"{server.url.replace('127.0.0.1', 'localhost')}/status.json",
        SPACES_ENDPOINT=storage.url,
        SPACES_ACCESS_KEY="DO00KEYOFTHEPLATFORM",
        SPACES_SECRET_KEY="secret/of+the=platform",
        STATUS_BUCKET="status",
        **more,
    )


def only(findings: list[FreshnessResult]) -> FreshnessResult:
    (finding,) = findings
    return finding


def check(settings: Settings, clock: MovableClock, state: Path = Path("/nowhere")) -> list[FreshnessResult]:
    return freshness.check(settings, clock, state)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
