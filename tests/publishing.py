# SPDX-License-Identifier: MIT
"""A set of documents, settings of a bucket, and what a cache in front of it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from elytra_status.decision import policy
from elytra_status.documents import Document, Publication, render_all
from elytra_status.model import Facts
from elytra_status.settings import Settings
from tests.hostile_s3 import HostileS3, Reply
from tests.published import concluded

NOW = datetime(2026, 3, 1, 4, 0, 30, tzinfo=UTC)
KEY, SECRET = "DO00KEYOFTHEPLATFORM", "secret/of+the=platform"
STATUS = "/status/status.json"
BADGE = Document("badge.svg", b"<svg>1</svg>", "image/svg+xml", "public, max-age=300", frozenset())

Make = Callable[..., Settings]


def documents_of(moment: datetime = NOW) -> list[Document]:
    """Return the documents that a run without sources publishes."""
    return render_all(concluded(Publication(policy.decide(Facts(moment, ()), policy.Rules()), moment)))


def body_of(**ago: float) -> bytes:
    """Return the body of a status.json that is so old."""
    return documents_of(NOW - timedelta(**ago))[-1].body


def bucket_settings(make: Make, server: HostileS3, **more: object) -> Settings:
    """Return settings with a bucket of a server."""
    return make(
        SPACES_ACCESS_KEY=KEY,
        SPACES_SECRET_KEY=SECRET,
        **{"SPACES_ENDPOINT": server.url, "STATUS_BUCKET": "status", **more},
    )


def warnings_in(lines: list[str]) -> list[str]:
    """Return the warnings among the lines of a log."""
    return [line for line in lines if line.startswith("WARNING")]


def cached(body: bytes, content_type: str = "application/json", **headers: str) -> Reply:
    """Return what a cache answers with a document."""
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, body, {"Content-Type": content_type, "Cache-Control": "public, max-age=300", **dashed})
