# SPDX-License-Identifier: MIT
"""What must hold between settings. Each fault names the settings and says what would be right."""

from __future__ import annotations

from collections.abc import Iterator

from elytra_status.settings.definitions import Settings

# What is left of a run's time for the questions themselves and for publishing, at the least, in seconds.
LEAST_TIME_BESIDE_WAITING = 30

Fault = tuple[tuple[str, ...], str]


def check_together(settings: Settings) -> Iterator[Fault]:
    """Yield the names of settings that do not go together, and the problem with its remedy."""
    yield from _sources(settings)
    yield from _storage(settings)
    if settings.backup_failed_age_hours < settings.backup_max_age_hours:
        yield (
            ("BACKUP_FAILED_AGE_HOURS", "BACKUP_MAX_AGE_HOURS"),
            "BACKUP_FAILED_AGE_HOURS is below BACKUP_MAX_AGE_HOURS; it must be at least as much",
        )
    if settings.uptime_degraded_percent > settings.uptime_operational_percent:
        yield (
            ("UPTIME_DEGRADED_PERCENT", "UPTIME_OPERATIONAL_PERCENT"),
            "UPTIME_DEGRADED_PERCENT is above UPTIME_OPERATIONAL_PERCENT; it must be at most as much",
        )
    if settings.confirm_after_seconds + LEAST_TIME_BESIDE_WAITING > settings.run_deadline_seconds:
        yield (
            ("RUN_DEADLINE_SECONDS", "CONFIRM_AFTER_SECONDS"),
            f"RUN_DEADLINE_SECONDS leaves no time for the second look; it must be at least"
            f" {LEAST_TIME_BESIDE_WAITING} more than CONFIRM_AFTER_SECONDS",
        )


def _sources(settings: Settings) -> Iterator[Fault]:
    if settings.uptime_kuma_url:
        return
    for name in ("UPTIME_KUMA_API_KEY", "UPTIME_KUMA_STATUS_PAGE", "MONITOR_IDS"):
        if getattr(settings, name.lower()):
            yield (name, "UPTIME_KUMA_URL"), f"{name} is set without UPTIME_KUMA_URL; set the address of Uptime Kuma"


def _storage(settings: Settings) -> Iterator[Fault]:
    if settings.status_bucket:
        for name in ("SPACES_ENDPOINT", "SPACES_ACCESS_KEY", "SPACES_SECRET_KEY"):
            if not getattr(settings, name.lower()):
                yield (name, "STATUS_BUCKET"), f"STATUS_BUCKET is set without {name}; set it"
    pairs = [("BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY")]
    if not settings.status_bucket:  # with a bucket, both parts have been asked for above
        pairs.append(("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY"))
    for access, secret in pairs:
        for one, other in ((access, secret), (secret, access)):
            if getattr(settings, one.lower()) and not getattr(settings, other.lower()):
                yield (one, other), f"{one} is set without {other}; a key has both parts"
    if settings.backup_bucket:
        if not (settings.backup_endpoint or settings.spaces_endpoint):
            yield (
                ("BACKUP_ENDPOINT", "BACKUP_BUCKET"),
                "BACKUP_BUCKET is set without an endpoint; set BACKUP_ENDPOINT or SPACES_ENDPOINT",
            )
        if not (settings.backup_access_key or settings.spaces_access_key):
            yield (
                ("BACKUP_ACCESS_KEY", "BACKUP_BUCKET"),
                "BACKUP_BUCKET is set without a key; set BACKUP_ACCESS_KEY and BACKUP_SECRET_KEY",
            )
    if settings.backup_groups == "prefix" and settings.backup_prefix and not settings.backup_prefix.endswith("/"):
        yield (
            ("BACKUP_PREFIX", "BACKUP_GROUPS"),
            "BACKUP_PREFIX must end with / where BACKUP_GROUPS=prefix",
        )
