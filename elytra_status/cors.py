# SPDX-License-Identifier: MIT
"""Which web sites' pages may read the status: the CORS rules of the status bucket."""

from __future__ import annotations

from typing import Any

from elytra_status import spaces
from elytra_status.errors import PublishError
from elytra_status.publish.spaces_bucket import account
from elytra_status.settings import Settings

MAX_AGE_SECONDS = 3600


def wanted(settings: Settings) -> list[dict[str, Any]]:
    """Return the rules that the settings ask for: GET and HEAD from the configured origins."""
    return [
        {
            "AllowedMethods": ["GET", "HEAD"],
            "AllowedOrigins": list(settings.cors_origins),
            "AllowedHeaders": ["*"],
            # A card on another site takes the time from these where the visitor's clock is behind.
            "ExposeHeaders": ["Age", "Date", "ETag"],
            "MaxAgeSeconds": MAX_AGE_SECONDS,
        }
    ]


def present(settings: Settings) -> list[dict[str, Any]]:
    """Return the rules that the bucket has. Raise PublishError where they cannot be read."""
    assert settings.status_bucket
    where = account(settings)
    try:
        with spaces.errors_as(PublishError, where, settings.status_bucket, "read its CORS rules"):
            answer = spaces.open_client(where).get_bucket_cors(Bucket=settings.status_bucket)
    except PublishError as error:
        if error.code == "NoSuchCORSConfiguration":
            return []
        raise
    return [{name: value for name, value in rule.items() if name != "ID"} for rule in answer.get("CORSRules", [])]


def apply(settings: Settings) -> None:
    """Give the bucket the rules that the settings ask for. Raise PublishError where that cannot be done."""
    assert settings.status_bucket
    where = account(settings)
    with spaces.errors_as(PublishError, where, settings.status_bucket, "set its CORS rules"):
        spaces.open_client(where).put_bucket_cors(
            Bucket=settings.status_bucket, CORSConfiguration={"CORSRules": wanted(settings)}
        )


def is_forbidden(error: PublishError) -> bool:
    """Whether the key may not look at, or set, the rules: those limited to objects may not."""
    return error.code in ("AccessDenied", "403")


def same(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    """Whether two sets of rules mean the same: the order of lists in them does not matter."""

    def normal(rules: list[dict[str, Any]]) -> list[Any]:
        return [
            {name: sorted(value) if isinstance(value, list) else value for name, value in rule.items() if value}
            for rule in rules
        ]

    return normal(one) == normal(other)
