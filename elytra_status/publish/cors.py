# SPDX-License-Identifier: MIT
"""The CORS rules of the status bucket, which say whose pages may read the status.

A bucket may hold more than the status. Rules that others have set for it stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elytra_status.errors import PublishError
from elytra_status.net import s3
from elytra_status.net.s3 import Bucket

MAX_AGE_SECONDS = 3600
# Amazon takes at most 255 characters; storage that knows no ID of a rule leaves it out.
RULE_ID = "elytra-status"


Rule = dict[str, Any]


def wanted_rule(origins: Sequence[str]) -> Rule:
    """Return our rule: GET and HEAD from CORS_ORIGINS."""
    return {
        "ID": RULE_ID,
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedOrigins": list(origins),
        "AllowedHeaders": ["*"],
        # A card on another site takes the time from these where the visitor's clock is behind.
        "ExposeHeaders": ["Age", "Date", "ETag"],
        "MaxAgeSeconds": MAX_AGE_SECONDS,
    }


def is_own(rule: Rule, origins: Sequence[str]) -> bool:
    """Whether `elytra-status cors apply` made a rule, with these or other origins."""
    wanted = wanted_rule(origins)
    return (
        rule.get("ID") == RULE_ID
        or _same(rule, wanted, ("AllowedMethods", "AllowedOrigins"))
        # Release 0.1 gave the rule no ID.
        or _same(rule, wanted, ("AllowedMethods", "AllowedHeaders", "ExposeHeaders", "MaxAgeSeconds"))
    )


def is_applied(rules: list[Rule], origins: Sequence[str]) -> bool:
    """Whether exactly one rule is ours, and is that for these origins."""
    own = [rule for rule in rules if is_own(rule, origins)]
    wanted = wanted_rule(origins)
    return len(own) == 1 and _same(own[0], wanted, tuple(name for name in wanted if name != "ID"))


def current_rules(bucket: Bucket) -> list[Rule]:
    """Return the rules of the bucket. Raise PublishError if they cannot be read."""
    try:
        with s3.errors_as(PublishError, bucket.account, bucket.name, "read its CORS rules"):
            answer = s3.open_client(bucket.account).get_bucket_cors(Bucket=bucket.name)
    except PublishError as error:
        if error.code == "NoSuchCORSConfiguration":
            return []
        raise
    rules: list[Rule] = answer.get("CORSRules", [])
    return rules


def apply(bucket: Bucket, origins: Sequence[str], others: Sequence[Rule] = ()) -> None:
    """Set the rules of the bucket: `others`, and then ours for these origins.

    Raise PublishError where that cannot be done.
    """
    with s3.errors_as(PublishError, bucket.account, bucket.name, "set its CORS rules"):
        s3.open_client(bucket.account).put_bucket_cors(
            Bucket=bucket.name, CORSConfiguration={"CORSRules": [*others, wanted_rule(origins)]}
        )


def is_forbidden(error: PublishError) -> bool:
    """Whether the key may not read or set rules, as a key that is limited to objects."""
    return error.code in ("AccessDenied", "403")


def _same(one: Rule, other: Rule, names: tuple[str, ...]) -> bool:
    """Whether two rules have some parts in common, in any order of their lists."""

    def normal(rule: Rule) -> list[Any]:
        values = [rule.get(name) or None for name in names]
        return [sorted(value) if isinstance(value, list) else value for value in values]

    return normal(one) == normal(other)
