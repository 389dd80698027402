# SPDX-License-Identifier: MIT
"""Everything that reads what another machine sends: its settings, and what it may come to if that machine is ill."""

from __future__ import annotations

from dataclasses import dataclass, field

from elytra_status import errors
from tests.conftest import API_KEY

JSON, XML, TEXT, SVG = "application/json", "application/xml", "text/plain", "image/svg+xml"
RUN, CHECK, ALERT, DOCTOR = ("run",), ("check-freshness",), ("alert", "test"), ("doctor",)
STORAGE_KEY = {"SPACES_ACCESS_KEY": "planted-access", "SPACES_SECRET_KEY": "planted-secret"}


@dataclass(frozen=True)
class Client:
    """A client, and the command that uses it.

    In the settings, {url} and {port} stand for the ill server, and {storage} for storage that is well. `kind` is the
    type that the client expects, `exit_statuses` are those that the command may end with. `is_monitor` says that the
    platform is unknown without it; `is_backup`, that the backups are. If it `reads_back`, the server is ill only after
    it has accepted a document. The clock goes `speed` times as fast if an ill takes the whole of a deadline.
    """

    name: str
    kind: str
    values: dict[str, str] = field(repr=False)
    command: tuple[str, ...] = RUN
    exit_statuses: tuple[int, ...] = (errors.DONE,)
    is_monitor: bool = False
    is_backup: bool = False
    reads_back: bool = False
    speed: int = 8

    @property
    def uses_http(self) -> bool:
        """Whether it sends requests of HTTP, which a proxy passes on."""
        return "SMTP_HOST" not in self.values

    def settings(self, url: str, storage: str) -> dict[str, str]:
        """Return the settings for an ill server, and for storage that is well, at these addresses."""
        port = url.rpartition(":")[2]
        return {name: value.format(url=url, port=port, storage=storage) for name, value in self.values.items()}


_NOT_NOTIFIED = (errors.DONE, errors.UNAVAILABLE)
_FOUND = (errors.WARNINGS, errors.FAULTS)
_BACKUP_KEY = {"BACKUP_ENDPOINT": "{url}", "BACKUP_ACCESS_KEY": "planted-access", "BACKUP_SECRET_KEY": "planted-secret"}
_SMTP = {
    "SMTP_HOST": "127.0.0.1",
    "SMTP_PORT": "{port}",
    "SMTP_SECURITY": "none",
    "SMTP_FROM": "a@example.com",
    "ALERT_EMAIL_TO": "b@example.com",
}
_SOURCES = {
    "UPTIME_KUMA_URL": "{url}",
    "UPTIME_KUMA_STATUS_PAGE": "elytra",
    "UPTIME_KUMA_API_KEY": API_KEY,
    "PROMETHEUS_URL": "{url}",
    "PROMETHEUS_METRIC": "up",
    "BETTER_STACK_URL": "{url}",
    "BETTER_STACK_TOKEN": "planted-token",
    "GATUS_URL": "{url}",
    "HEALTHCHECKS_URL": "{url}",
    "HEALTHCHECKS_API_KEY": "planted-token",
}


def _kumas(count: int) -> dict[str, str]:
    """Return the settings of several Uptime Kumas on one server."""
    names = ["uptime_kuma", *(f"uptime_kuma:k{number}" for number in range(1, count))]
    values = {"SOURCES": ",".join(names)}
    for name in names:
        prefix = f"{name.partition(':')[2].upper()}_".lstrip("_")
        values |= {
            f"{prefix}UPTIME_KUMA_URL": "{url}",
            f"{prefix}UPTIME_KUMA_STATUS_PAGE": "elytra",
            f"{prefix}UPTIME_KUMA_API_KEY": API_KEY,
        }
    return values


CLIENTS = (
    Client(
        "kuma page",
        JSON,
        {"UPTIME_KUMA_URL": "{url}", "UPTIME_KUMA_STATUS_PAGE": "elytra"},
        is_monitor=True,
    ),
    Client("kuma metrics", TEXT, {"UPTIME_KUMA_URL": "{url}", "UPTIME_KUMA_API_KEY": API_KEY}, is_monitor=True),
    Client("several Uptime Kumas", JSON, _kumas(5), is_monitor=True),
    Client("ten Uptime Kumas", JSON, _kumas(10), is_monitor=True),
    Client("prometheus", JSON, {"PROMETHEUS_URL": "{url}", "PROMETHEUS_METRIC": "up"}, is_monitor=True),
    Client(
        "better_stack",
        JSON,
        {"BETTER_STACK_URL": "{url}", "BETTER_STACK_TOKEN": "planted-token"},
        is_monitor=True,
    ),
    Client("gatus", JSON, {"GATUS_URL": "{url}"}, is_monitor=True),
    Client(
        "healthchecks", JSON, {"HEALTHCHECKS_URL": "{url}", "HEALTHCHECKS_API_KEY": "planted-token"}, is_monitor=True
    ),
    Client("every source", JSON, _SOURCES, is_monitor=True),
    Client("probes", TEXT, {"PROBE_URLS": "{url}", "PROBE_TIMEOUT_SECONDS": "1"}),
    Client("backup listing", XML, {"BACKUP_BUCKET": "planted", **_BACKUP_KEY}, is_backup=True),
    Client("backup manifest", XML, {"BACKUP_MANIFEST": "s3://planted/manifest.json", **_BACKUP_KEY}, is_backup=True),
    Client(
        "status bucket",
        XML,
        {"SPACES_ENDPOINT": "{url}", "STATUS_BUCKET": "planted", **STORAGE_KEY},
        exit_statuses=(errors.UNAVAILABLE,),
    ),
    Client(
        "read-back",
        XML,
        {"SPACES_ENDPOINT": "{url}", "STATUS_BUCKET": "planted", **STORAGE_KEY},
        exit_statuses=(errors.UNAVAILABLE,),
        reads_back=True,
    ),
    Client(
        "pair",
        XML,
        {"SPACES_ENDPOINT": "{url}", "STATUS_BUCKET": "planted", "PUBLISHERS": "pair", **STORAGE_KEY},
        exit_statuses=(errors.UNAVAILABLE,),
    ),
    # The whole set is read there, in place of the bucket's own address.
    Client(
        "read-back by visitor",
        JSON,
        {
            "SPACES_ENDPOINT": "{storage}",
            "STATUS_BUCKET": "planted",
            "STATUS_URL": "{url}/status.json",
            **STORAGE_KEY,
        },
        exit_statuses=(errors.UNAVAILABLE,),
        # The storage has 45 s, a visitor 20.
        speed=3,
    ),
    Client(
        "revalidation", JSON, {"REVALIDATE_URL": "{url}/revalidate", "REVALIDATE_SECRET": "planted-secret-of-a-website"}
    ),
    Client("dead man's switch", TEXT, {"DEAD_MAN_URL": "{url}/ping"}),
    Client(
        "check-freshness",
        JSON,
        {"STATUS_URL": "{url}/status.json"},
        CHECK,
        (errors.STALE, errors.UNAVAILABLE),
    ),
    Client(
        "connectivity",
        TEXT,
        {"PROBE_URLS": "tcp://127.0.0.1:1", "CONNECTIVITY_URL": "{url}", "PROBE_TIMEOUT_SECONDS": "1"},
    ),
    Client("slack", TEXT, {"SLACK_WEBHOOK_URL": "{url}/hook"}, ALERT, _NOT_NOTIFIED),
    Client("teams", TEXT, {"TEAMS_WEBHOOK_URL": "{url}/hook"}, ALERT, _NOT_NOTIFIED),
    Client("webhook", TEXT, {"WEBHOOK_URL": "{url}/hook"}, ALERT, _NOT_NOTIFIED),
    Client("ntfy", JSON, {"NTFY_URL": "{url}", "NTFY_TOPIC": "planted"}, ALERT, _NOT_NOTIFIED),
    Client(
        "telegram",
        JSON,
        {"TELEGRAM_URL": "{url}", "TELEGRAM_BOT_TOKEN": "123456:planted-token", "TELEGRAM_CHAT_ID": "-1001"},
        ALERT,
        _NOT_NOTIFIED,
    ),
    Client(
        "sendgrid",
        JSON,
        {
            "SENDGRID_URL": "{url}",
            "SENDGRID_API_KEY": "SG.planted-key",
            "SENDGRID_FROM_EMAIL": "a@example.com",
            "SENDGRID_ADMIN_EMAIL": "b@example.com",
        },
        ALERT,
        _NOT_NOTIFIED,
    ),
    Client("smtp", TEXT, _SMTP, ALERT, _NOT_NOTIFIED),
    Client(
        "doctor of sources",
        JSON,
        {**_SOURCES, "PROBE_URLS": "{url}", "CONNECTIVITY_URL": "{url}"},
        DOCTOR,
        _FOUND,
    ),
    Client(
        "doctor of storage",
        XML,
        {
            "SPACES_ENDPOINT": "{url}",
            "STATUS_BUCKET": "planted",
            "STATUS_URL": "{url}/status.json",
            "BACKUP_BUCKET": "planted-backups",
            "BACKUP_MANIFEST": "s3://planted-manifests/manifest.json",
            **STORAGE_KEY,
            **_BACKUP_KEY,
        },
        DOCTOR,
        _FOUND,
    ),
    Client(
        "doctor of a pair",
        XML,
        {"SPACES_ENDPOINT": "{url}", "STATUS_BUCKET": "planted", "PUBLISHERS": "pair", **STORAGE_KEY},
        DOCTOR,
        _FOUND,
    ),
    Client(
        "doctor of channels",
        JSON,
        {
            "SLACK_WEBHOOK_URL": "{url}/hook",
            "WEBHOOK_URL": "{url}/hook",
            "NTFY_URL": "{url}",
            "NTFY_TOPIC": "planted",
            "TELEGRAM_URL": "{url}",
            "TELEGRAM_BOT_TOKEN": "123456:planted-token",
            "TELEGRAM_CHAT_ID": "-1001",
            "SENDGRID_URL": "{url}",
            "SENDGRID_API_KEY": "SG.planted-key",
            "SENDGRID_FROM_EMAIL": "a@example.com",
            "SENDGRID_ADMIN_EMAIL": "b@example.com",
            "DEAD_MAN_URL": "{url}/ping",
        },
        DOCTOR,
        _FOUND,
    ),
    Client("doctor of mail", TEXT, _SMTP, DOCTOR, _FOUND),
)
