# SPDX-License-Identifier: MIT
"""The CORS rules of the status bucket: which web sites' pages may read the status.

A bucket may hold more than the status. Rules that others have set for it stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elytra_status.errors import PublishError
from elytra_status.net import s3
from elytra_status.publish.s3_bucket import account
from elytra_status.settings import Settings

MAX_AGE_SECONDS = 3600
# Amazon takes at most 255 characters; storage that knows no ID of a rule leaves it out.
RULE_ID = "elytra-status"


Rule = dict[str, Any]


def wanted(settings: Settings) -> Rule:
    """Return the rule that the settings ask for: GET and HEAD from the configured origins."""
    return {
        "ID": RULE_ID,
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedOrigins": list(settings.cors_origins),
        "AllowedHeaders": ["*"],
        # A card on another site takes the time from these where the visitor's clock is behind.
        "ExposeHeaders": ["Age", "Date", "ETag"],
        "MaxAgeSeconds": MAX_AGE_SECONDS,
    }


def is_own(rule: Rule, settings: Settings) -> bool:
    """Whether `elytra-status cors apply` has made a rule, with these origins or with others."""
    asked = wanted(settings)
    return (
        rule.get("ID") == RULE_ID
        or _same(rule, asked, ("AllowedMethods", "AllowedOrigins"))
        # Release 0.1 gave the rule no ID.
        or _same(rule, asked, ("AllowedMethods", "AllowedHeaders", "ExposeHeaders", "MaxAgeSeconds"))
    )


def is_applied(rules: list[Rule], settings: Settings) -> bool:
    """Whether exactly one of the rules is ours, and says what the settings ask for."""
    own = [rule for rule in rules if is_own(rule, settings)]
    asked = wanted(settings)
    return len(own) == 1 and _same(own[0], asked, tuple(name for name in asked if name != "ID"))


def present(settings: Settings) -> list[Rule]:
    """Return the rules that the bucket has. Raise PublishError where they cannot be read."""
    assert settings.status_bucket
    where = account(settings)
    try:
        with s3.errors_as(PublishError, where, settings.status_bucket, "read its CORS rules"):
            answer = s3.open_client(where).get_bucket_cors(Bucket=settings.status_bucket)
    except PublishError as error:
        if error.code == "NoSuchCORSConfiguration":
            return []
        raise
    rules: list[Rule] = answer.get("CORSRules", [])
    return rules


def apply(settings: Settings, others: Sequence[Rule] = ()) -> None:
    """Give the bucket the rule that the settings ask for, after `others`, and no rule besides.

    Raise PublishError where that cannot be done.
    """
    assert settings.status_bucket
    where = account(settings)
    with s3.errors_as(PublishError, where, settings.status_bucket, "set its CORS rules"):
        s3.open_client(where).put_bucket_cors(
            Bucket=settings.status_bucket, CORSConfiguration={"CORSRules": [*others, wanted(settings)]}
        )


def is_forbidden(error: PublishError) -> bool:
    """Whether the key may not look at, or set, the rules: those limited to objects may not."""
    return error.code in ("AccessDenied", "403")


def _same(one: Rule, other: Rule, names: tuple[str, ...]) -> bool:
    """Whether two rules agree in some parts: the order of lists in them does not matter."""

    def normal(rule: Rule) -> list[Any]:
        values = [rule.get(name) or None for name in names]
        return [sorted(value) if isinstance(value, list) else value for value in values]

    return normal(one) == normal(other)
