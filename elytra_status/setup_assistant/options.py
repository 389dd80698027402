# SPDX-License-Identifier: MIT
"""The settings that can be answered as options of the command line. Nothing heavy is imported here."""

from __future__ import annotations

# What can be answered as an option. A test holds it against the settings: a secret is never an argument.
OPTIONS = (
    *("SOURCES", "UPTIME_KUMA_URL", "UPTIME_KUMA_STATUS_PAGE", "UPTIME_KUMA_USER"),
    *("PROMETHEUS_URL", "PROMETHEUS_METRIC", "GATUS_URL", "GATUS_USER", "HEALTHCHECKS_URL"),
    *("SYSTEMD_UNITS", "PROBE_URLS"),
    *("SPACES_ENDPOINT", "SPACES_REGION", "STATUS_BUCKET", "STATUS_BUCKET_KEY", "STATUS_ACL", "STATUS_URL"),
    *("CORS_ORIGINS", "BACKUP_BUCKET", "BACKUP_PREFIX", "BACKUP_PATTERN", "BACKUP_GROUPS", "BACKUP_ENDPOINT"),
    *("BACKUP_REGION", "BACKUP_RESTIC", "BACKUP_BORG", "BACKUP_PGBACKREST", "BACKUP_KOPIA", "BACKUP_PROXMOX"),
    *("BACKUP_ANSIBLE", "SMTP_HOST", "SMTP_PORT", "SMTP_SECURITY", "SMTP_USER", "SMTP_FROM", "ALERT_EMAIL_TO"),
    *("SENDGRID_FROM_EMAIL", "SENDGRID_ADMIN_EMAIL", "NTFY_URL", "TELEGRAM_CHAT_ID", "TELEGRAM_URL", "CA_BUNDLE"),
)
SECRET_OPTIONS = (
    *("UPTIME_KUMA_API_KEY", "UPTIME_KUMA_PASSWORD", "UPTIME_KUMA_HEADERS", "PROMETHEUS_TOKEN"),
    *("BETTER_STACK_TOKEN", "GATUS_PASSWORD", "GATUS_TOKEN", "HEALTHCHECKS_API_KEY"),
    *("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY"),
    *("SMTP_PASSWORD", "SENDGRID_API_KEY", "SLACK_WEBHOOK_URL", "TEAMS_WEBHOOK_URL"),
    *("WEBHOOK_URL", "WEBHOOK_SECRET", "NTFY_TOPIC", "NTFY_TOKEN", "TELEGRAM_BOT_TOKEN", "DEAD_MAN_URL"),
)


def option_of(name: str) -> str:
    """Return the option for a setting."""
    return "--" + name.lower().replace("_", "-")
