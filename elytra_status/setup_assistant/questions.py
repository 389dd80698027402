# SPDX-License-Identifier: MIT
"""The questions, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from elytra_status.errors import PublishError
from elytra_status.publish.s3_bucket import status_bucket
from elytra_status.setup_assistant import backups, monitoring, notifications, public_address, storage
from elytra_status.setup_assistant.finish import Setup
from elytra_status.setup_assistant.question import Choice, Field, Question
from elytra_status.setup_assistant.trying import Tryout

_LATER = "later (elytra-status setup asks again)"


def _of_spaces(endpoint: str) -> Mapping[str, str]:
    """Split the address in the control panel of Spaces into endpoint and bucket."""
    parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    bucket, _, rest = (parts.hostname or "").partition(".")
    if rest.endswith(".digitaloceanspaces.com"):
        return {"SPACES_ENDPOINT": f"https://{rest}", "STATUS_BUCKET": bucket}
    return {}


def _own_address(setup: Setup) -> str:
    """Return the storage's own public address, found by a trial.

    Return '' if there is none, or if a trial is not allowed.
    """
    settings = setup.draft.settings
    bucket = status_bucket(settings)
    if bucket is None or setup.offline or setup.dry_run:
        return ""
    with suppress(PublishError):
        return storage.public_address(settings, bucket)
    return ""


MONITORING = Question(
    "1. Which monitoring system knows whether the platform works?",
    monitoring.NAMES,
    (
        Choice(
            "Uptime Kuma",
            (
                Field("UPTIME_KUMA_URL", "Address of Uptime Kuma", is_needed=True),
                Field("UPTIME_KUMA_API_KEY", "API key (Settings, API Keys)"),
                Field("UPTIME_KUMA_STATUS_PAGE", "Status page: the part of its address after /status/"),
            ),
            hint="Give both the key and a status page, if you can: each shows what the other does not.",
        ),
        Choice(
            "Prometheus, or a server with the same API",
            (
                Field("PROMETHEUS_URL", "Address of Prometheus", is_needed=True),
                Field("PROMETHEUS_METRIC", "Metric that is 1 for up"),
                Field("PROMETHEUS_TOKEN", "Bearer token"),
            ),
        ),
        Choice("Better Stack", (Field("BETTER_STACK_TOKEN", "Uptime API token", is_needed=True),)),
        Choice(
            "Gatus",
            (
                Field("GATUS_URL", "Address of Gatus", is_needed=True),
                Field("GATUS_USER", "Login"),
                Field("GATUS_PASSWORD", "Password", belongs_to="GATUS_USER"),
            ),
        ),
        Choice(
            "Healthchecks",
            (
                Field("HEALTHCHECKS_API_KEY", "Read-only API key of the project", is_needed=True),
                Field("HEALTHCHECKS_URL", "Address"),
            ),
        ),
        Choice(
            "none: this machine probes addresses itself",
            (
                Field(
                    "PROBE_URLS", "Addresses (https://host/path, tcp://host:port), separated by commas", is_needed=True
                ),
            ),
        ),
        Choice(
            "units of systemd on this machine",
            (Field("SYSTEMD_UNITS", "Units, separated by commas", is_needed=True),),
        ),
    ),
    Tryout.monitoring,
    several="Another monitoring system?",
)
STORAGE = Question(
    "2. Where is the status published to?",
    storage.NAMES,
    (
        Choice(
            "a bucket of DigitalOcean Spaces or other S3 storage",
            (
                Field("SPACES_ENDPOINT", "Endpoint, such as nyc3.digitaloceanspaces.com", True, refine=_of_spaces),
                Field("STATUS_BUCKET", "Bucket, for the status alone", is_needed=True),
                Field("SPACES_ACCESS_KEY", "Access key", is_needed=True),
                Field("SPACES_SECRET_KEY", "Secret key", is_needed=True),
                Field("CORS_ORIGINS", "Websites whose pages may read the status, * for all"),
            ),
        ),
        Choice(
            "a directory of this machine, which a web server serves",
            sets={"STATUS_BUCKET": ""},
            hint="It is /var/lib/elytra-status/public; the examples of the package configure nginx and Caddy for it.",
        ),
    ),
    Tryout.storage,
)
ADDRESS = Question(
    "3. At which address do visitors read status.json?",
    public_address.NAMES,
    (
        Choice(
            "an address that I give now",
            (Field("STATUS_URL", "Public address of status.json", is_needed=True, suggest=_own_address),),
        ),
        Choice(_LATER),
    ),
    Tryout.address,
)
_REPORTS = {
    "BACKUP_RESTIC": "restic snapshots --json",
    "BACKUP_BORG": "borg list --json or borgmatic list --json",
    "BACKUP_PGBACKREST": "pgbackrest info --output=json",
    "BACKUP_KOPIA": "kopia snapshot list --json",
    "BACKUP_PROXMOX": "proxmox-backup-client snapshot list",
    "BACKUP_ANSIBLE": "Ansible's json callback",
}
BACKUPS = Question(
    "4. Where is the evidence of backups?",
    backups.NAMES,
    (
        Choice(
            "a bucket that holds the backups",
            (
                Field("BACKUP_BUCKET", "Bucket", is_needed=True),
                Field("BACKUP_PREFIX", "Folder in it, with / at its end"),
                Field("BACKUP_GROUPS", "Groups: prefix if each folder is a client, else none"),
                Field("BACKUP_ENDPOINT", "Endpoint", enter="same as for the status"),
                Field("BACKUP_ACCESS_KEY", "Access key that may only read", enter="same as for the status"),
                Field("BACKUP_SECRET_KEY", "Secret key", is_needed=True, belongs_to="BACKUP_ACCESS_KEY"),
            ),
        ),
        *(
            Choice(
                f"a file that {program} has written",
                (Field(name, "File, or directory of .json files", is_needed=True),),
            )
            for name, program in _REPORTS.items()
        ),
        Choice(_LATER, hint="Until then the backups are published as unknown."),
    ),
    Tryout.backups,
    several="More evidence of backups?",
)
NOTIFICATIONS = Question(
    "5. Who is notified when publishing fails or the platform gets worse?",
    notifications.NAMES,
    (
        Choice(
            "by mail, through a mail server",
            (
                Field("SMTP_HOST", "Mail server", is_needed=True),
                Field("SMTP_SECURITY", "Encryption: starttls, tls or none"),
                Field("SMTP_PORT", "Port"),
                Field("SMTP_USER", "Login"),
                Field("SMTP_PASSWORD", "Password", belongs_to="SMTP_USER"),
                Field("SMTP_FROM", "Mail address of the sender", is_needed=True),
                Field("ALERT_EMAIL_TO", "Mail addresses to notify, separated by commas", is_needed=True),
            ),
        ),
        Choice(
            "by mail, through SendGrid",
            (
                Field("SENDGRID_API_KEY", "API key with the permission Mail Send", is_needed=True),
                Field("SENDGRID_FROM_EMAIL", "Verified address of the sender", is_needed=True),
                Field("SENDGRID_ADMIN_EMAIL", "Mail addresses to notify, separated by commas", is_needed=True),
            ),
        ),
        Choice("Slack", (Field("SLACK_WEBHOOK_URL", "Address of the incoming webhook", is_needed=True),)),
        Choice("Microsoft Teams", (Field("TEAMS_WEBHOOK_URL", "Address of the workflow", is_needed=True),)),
        Choice(
            "ntfy",
            (
                Field("NTFY_TOPIC", "Topic", is_needed=True),
                Field("NTFY_URL", "Server"),
                Field("NTFY_TOKEN", "Access token"),
            ),
        ),
        Choice(
            "Telegram",
            (
                Field("TELEGRAM_BOT_TOKEN", "Token of the bot", is_needed=True),
                Field("TELEGRAM_CHAT_ID", "Chat: its number, or the @name of a channel", is_needed=True),
            ),
        ),
        Choice(
            "a program of your own, by HTTPS",
            (Field("WEBHOOK_URL", "Address", is_needed=True), Field("WEBHOOK_SECRET", "Secret to sign with")),
        ),
        Choice(_LATER, hint="Until then nobody is notified."),
    ),
    Tryout.notifications,
    several="Another channel?",
)
QUESTIONS = (MONITORING, STORAGE, ADDRESS, BACKUPS, NOTIFICATIONS)
