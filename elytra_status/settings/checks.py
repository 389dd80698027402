# SPDX-License-Identifier: MIT
"""What must hold between settings. Each fault names the settings and says what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from elytra_status.net.hosts import is_this_machine
from elytra_status.settings import kinds
from elytra_status.settings.definitions import OF_KIND, SHARED, Settings

# What is left of a run's time for the questions themselves and for publishing, at the least, in seconds: of this a
# second look gets a quarter. With less, everything seems to be out of reach in it.
LEAST_TIME_BESIDE_WAITING = 60
# The control panel of Spaces shows endpoints with the bucket's name before the region.
SPACES_DOMAIN = ".digitaloceanspaces.com"
# No name before it, and letters beyond ASCII in their xn-- form: every mail server takes these.
_MAIL_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")

# Settings of a source that are of no use without another.
_PAIRS = {
    "UPTIME_KUMA_USER": "UPTIME_KUMA_PASSWORD",
    "UPTIME_KUMA_PASSWORD": "UPTIME_KUMA_USER",
    "PROMETHEUS_USER": "PROMETHEUS_PASSWORD",
    "PROMETHEUS_PASSWORD": "PROMETHEUS_USER",
    "PROMETHEUS_CLIENT_CERTIFICATE": "PROMETHEUS_CLIENT_KEY",
    "PROMETHEUS_CLIENT_KEY": "PROMETHEUS_CLIENT_CERTIFICATE",
    "GATUS_USER": "GATUS_PASSWORD",
    "GATUS_PASSWORD": "GATUS_USER",
}

Fault = tuple[tuple[str, ...], str]


def check_together(settings: Settings) -> Iterator[Fault]:
    """Yield the names of settings that do not go together, and the problem with its remedy."""
    yield from check_source(settings)
    yield from _storage(settings)
    yield from _endpoints(settings)
    yield from _alerts(settings)
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


def check_source(settings: Settings) -> Iterator[Fault]:
    """Yield what does not go together in the settings of one source of each kind."""
    for required, *others in OF_KIND.values():
        for one in others:
            other = _PAIRS.get(one.name)
            if other and getattr(settings, one.attribute) and not getattr(settings, other.lower()):
                yield (one.name, other), f"{one.name} is set without {other}; set that too"
            if one in SHARED:
                continue
            if not getattr(settings, required.attribute) and getattr(settings, one.attribute) != one.default:
                yield (one.name, required.name), f"{one.name} is set without {required.name}; set that too"
    for shared in SHARED:
        starts = [OF_KIND[kind][0] for kind in shared.of]
        if getattr(settings, shared.attribute) and not any(getattr(settings, one.attribute) for one in starts):
            names = tuple(one.name for one in starts)
            yield (shared.name, *names), f"{shared.name} is set without any of {', '.join(names)}; set one of them too"
    yield from _connectivity(settings)
    unwatched = set(settings.critical_monitor_ids) - set(settings.monitor_ids)
    if settings.monitor_ids and unwatched:
        yield (
            ("MONITOR_IDS", "CRITICAL_MONITOR_IDS"),
            "CRITICAL_MONITOR_IDS names a monitor that MONITOR_IDS leaves out; name it there too",
        )


def _connectivity(settings: Settings) -> Iterator[Fault]:
    """Yield where CONNECTIVITY_URL is the address of a source, which it reaches without a network."""
    if not settings.connectivity_url:
        return
    address = settings.connectivity_url.rstrip("/")
    for kind in next(one.of for one in SHARED if one.name == "CONNECTIVITY_URL"):
        start = OF_KIND[kind][0]
        value = getattr(settings, start.attribute) or ()
        if address in [one.rstrip("/") for one in ((value,) if isinstance(value, str) else value)]:
            yield (
                (start.name, "CONNECTIVITY_URL"),
                f"CONNECTIVITY_URL is an address of {start.name}, so that it says nothing of the network; an address"
                " that answers only while the machine that makes the checks reaches the network is right",
            )


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
    in_buckets = {
        "BACKUP_BUCKET": settings.backup_bucket,
        "BACKUP_MANIFEST": kinds.in_bucket(settings.backup_manifest or ""),
    }
    for name in (name for name, place in in_buckets.items() if place):
        if not (settings.backup_endpoint or settings.spaces_endpoint):
            yield (
                ("BACKUP_ENDPOINT", name),
                f"{name} is set without an endpoint; set BACKUP_ENDPOINT or SPACES_ENDPOINT",
            )
        if not (settings.backup_access_key or settings.spaces_access_key):
            yield (
                ("BACKUP_ACCESS_KEY", name),
                f"{name} is set without a key; set BACKUP_ACCESS_KEY and BACKUP_SECRET_KEY",
            )
    if settings.backup_groups == "prefix" and settings.backup_prefix and not settings.backup_prefix.endswith("/"):
        yield (
            ("BACKUP_PREFIX", "BACKUP_GROUPS"),
            "BACKUP_PREFIX does not end with /; where BACKUP_GROUPS=prefix it must",
        )


def _endpoints(settings: Settings) -> Iterator[Fault]:
    pairs = (
        ("SPACES_ENDPOINT", settings.spaces_endpoint, settings.status_bucket),
        ("BACKUP_ENDPOINT", settings.backup_endpoint, settings.backup_bucket),
    )
    for name, endpoint, bucket in pairs:
        parts = urlsplit(endpoint or "")
        host = parts.hostname or ""
        is_amazons = host.startswith(f"{bucket}.s3") and host.endswith(".amazonaws.com")
        if is_amazons or (host.endswith(SPACES_DOMAIN) and "." in host.removesuffix(SPACES_DOMAIN)):
            yield (name,), f"{name} holds the name of a bucket; the region alone is right: nyc3{SPACES_DOMAIN}"
        elif parts.path:
            yield (name,), f"{name} holds a path; the host name alone is right, without the bucket"


def _alerts(settings: Settings) -> Iterator[Fault]:
    groups = (
        ("SMTP_HOST", "SMTP_FROM", "ALERT_EMAIL_TO"),
        ("SENDGRID_API_KEY", "SENDGRID_FROM_EMAIL", "SENDGRID_ADMIN_EMAIL"),
        ("SMTP_USER", "SMTP_PASSWORD"),
        ("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID"),
    )
    for group in groups:
        present = [name for name in group if getattr(settings, name.lower())]
        for name in group:
            if present and name not in present:
                yield (name, present[0]), f"{present[0]} is set without {name}; alerts need both"
    for name in ("SMTP_FROM", "ALERT_EMAIL_TO", "SENDGRID_FROM_EMAIL", "SENDGRID_ADMIN_EMAIL"):
        value = getattr(settings, name.lower()) or ()
        if not all(_MAIL_ADDRESS.fullmatch(one) for one in ((value,) if isinstance(value, str) else value)):
            yield (name,), f"{name} is no mail address; one such as admin@example.com is right"
    if settings.smtp_password and settings.smtp_security == "none" and not is_this_machine(settings.smtp_host or ""):
        yield (
            ("SMTP_SECURITY", "SMTP_PASSWORD"),
            "SMTP_SECURITY=none would send SMTP_PASSWORD in clear; set starttls or tls",
        )
    addresses = {
        "SENDGRID_URL": "SENDGRID_API_KEY",
        "NTFY_URL": "NTFY_TOKEN",
        "TELEGRAM_URL": "TELEGRAM_BOT_TOKEN",
    }
    for name, key in addresses.items():
        if getattr(settings, key.lower()) and not _is_encrypted(getattr(settings, name.lower())):
            yield (
                (name, key),
                f"{name} begins with http://, and would send {key} in clear; https:// is right",
            )
    for name in ("SLACK_WEBHOOK_URL", "TEAMS_WEBHOOK_URL", "WEBHOOK_URL", "DEAD_MAN_URL"):
        secret = getattr(settings, name.lower())
        if secret and not _is_encrypted(secret.reveal()):
            yield (
                (name,),
                f"{name} is no address that begins with https://; such a one, from where it was made, is right",
            )
    if settings.smtp_helo and not settings.smtp_host:
        yield ("SMTP_HELO", "SMTP_HOST"), "SMTP_HELO is set without SMTP_HOST; set that too"
    if settings.webhook_secret and not settings.webhook_url:
        yield ("WEBHOOK_SECRET", "WEBHOOK_URL"), "WEBHOOK_SECRET is set without WEBHOOK_URL; set that too"
    if settings.ntfy_token and not settings.ntfy_topic:
        yield ("NTFY_TOKEN", "NTFY_TOPIC"), "NTFY_TOKEN is set without NTFY_TOPIC; set that too"


def _is_encrypted(address: str) -> bool:
    """Whether what goes to an address cannot be read on the way."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return (
        bool(host)
        and "@" not in parts.netloc
        and (parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host or "")))
    )
