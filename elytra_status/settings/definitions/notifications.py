# SPDX-License-Identifier: MIT
"""How the administrator is notified."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.secret import Secret
from elytra_status.settings import kinds, secret_kinds
from elytra_status.settings.definitions.definition import setting


@dataclass(frozen=True, init=False, repr=False, eq=False)
class NotificationSettings:
    """How the administrator is notified."""

    smtp_host: str | None = setting(
        kinds.HOST,
        """Mail server that sends notifications: that a run, the freshness check or a backup fails, and that it works
        again.""",
        """Set it to be notified by email.""",
        example="mail.example.com",
        section="Notifications",
        requires=("SMTP_FROM", "ALERT_EMAIL_TO"),
        channel="smtp",
    )
    smtp_port: int = setting(
        kinds.whole_number(1, 65535, ""),
        """Port of the mail server, usually 587 for starttls, 465 for tls and 25 for none.""",
        """Set it with SMTP_SECURITY.""",
        default=587,
        channel="smtp",
    )
    smtp_security: str = setting(
        kinds.choice("starttls", "tls", "none"),
        """How the connection to the mail server is encrypted. starttls: it begins in clear and is encrypted before
        anything is sent. tls: it is encrypted from the start. none: it is not encrypted, and no password is sent,
        unless the mail server is on this machine.""",
        """Set it if the mail server does not support STARTTLS.""",
        default="starttls",
        channel="smtp",
    )
    smtp_helo: str | None = setting(
        kinds.HELO,
        """Name by which this machine greets the mail server (EHLO).""",
        """Set it if the mail server refuses the default.""",
        unset="the name of this machine in DNS or /etc/hosts",
        example="web1.example.com",
        requires="SMTP_HOST",
        channel="smtp",
    )
    smtp_user: str | None = setting(
        kinds.TEXT,
        """User at the mail server.""",
        """Set it if the mail server requires a login.""",
        example="elytra-status",
        requires="SMTP_PASSWORD",
        channel="smtp",
    )
    smtp_password: Secret | None = setting(
        secret_kinds.SECRET,
        """Password of SMTP_USER.""",
        requires="SMTP_USER",
        channel="smtp",
    )
    smtp_from: str | None = setting(
        kinds.MAIL_ADDRESS,
        """Address that notifications come from.""",
        example="elytra-status@example.com",
        requires=("SMTP_HOST", "ALERT_EMAIL_TO"),
        channel="smtp",
    )
    alert_email_to: tuple[str, ...] = setting(
        kinds.MAIL_ADDRESSES,
        """Addresses that notifications are sent to through SMTP_HOST.""",
        default=(),
        example="admin@example.com,on-call@example.com",
        requires=("SMTP_HOST", "SMTP_FROM"),
        channel="smtp",
    )
    sendgrid_api_key: Secret | None = setting(
        secret_kinds.KEY,
        """API key of SendGrid, to send notifications. It only needs the permission Mail Send.""",
        """Set it to be notified by email through SendGrid.""",
        requires=("SENDGRID_FROM_EMAIL", "SENDGRID_ADMIN_EMAIL"),
        channel="sendgrid",
    )
    sendgrid_from_email: str | None = setting(
        kinds.MAIL_ADDRESS,
        """Address that notifications come from. SendGrid must have verified it.""",
        example="elytra-status@example.com",
        requires=("SENDGRID_API_KEY", "SENDGRID_ADMIN_EMAIL"),
        channel="sendgrid",
    )
    sendgrid_admin_email: tuple[str, ...] = setting(
        kinds.MAIL_ADDRESSES,
        """Addresses that notifications are sent to through SendGrid.""",
        default=(),
        example="admin@example.com",
        requires=("SENDGRID_API_KEY", "SENDGRID_FROM_EMAIL"),
        channel="sendgrid",
    )
    sendgrid_url: str = setting(
        kinds.URL,
        """Address of the API of SendGrid.""",
        """Set it to https://api.eu.sendgrid.com for a subuser in the EU.""",
        default="https://api.sendgrid.com",
        https_only="SENDGRID_API_KEY",
        channel="sendgrid",
    )
    slack_webhook_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address of an incoming webhook of Slack. It is a secret: anyone who knows it can post to its channel.""",
        """Set it to be notified in Slack.""",
        https_only=True,
        channel="slack",
    )
    teams_webhook_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address of a workflow of Microsoft Teams that posts to a channel when it receives a webhook request.""",
        """Set it to be notified in Microsoft Teams.""",
        https_only=True,
        channel="teams",
    )
    webhook_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address of a program of your own. Notifications are posted to it as JSON.""",
        """Set it to handle notifications yourself.""",
        https_only=True,
        channel="webhook",
    )
    webhook_secret: Secret | None = setting(
        secret_kinds.SECRET,
        """Secret that signs notifications to WEBHOOK_URL: X-Elytra-Status-Signature is sha256= and the HMAC-SHA256 of
        X-Elytra-Status-Timestamp, a full stop, and the body.""",
        """Set it if others can reach WEBHOOK_URL.""",
        requires="WEBHOOK_URL",
        channel="webhook",
    )
    ntfy_topic: Secret | None = setting(
        secret_kinds.TOPIC,
        """Topic of ntfy for notifications. Anyone who knows the name of an open topic can read it.""",
        """Set it to be notified by ntfy.""",
        channel="ntfy",
    )
    ntfy_url: str = setting(
        kinds.URL,
        """Address of the ntfy server.""",
        """Set it if you run an ntfy server yourself.""",
        default="https://ntfy.sh",
        https_only="NTFY_TOKEN",
        channel="ntfy",
    )
    ntfy_token: Secret | None = setting(
        secret_kinds.KEY,
        """Access token of ntfy.""",
        """Set it if the topic is not open.""",
        requires="NTFY_TOPIC",
        channel="ntfy",
    )
    telegram_bot_token: Secret | None = setting(
        secret_kinds.KEY,
        """Token of a Telegram bot, as @BotFather issues it.""",
        """Set it to be notified in Telegram.""",
        requires="TELEGRAM_CHAT_ID",
        channel="telegram",
    )
    telegram_chat_id: str | None = setting(
        kinds.CHAT,
        """Chat that the bot writes to: the id of a person who has written to the bot or of a group that it is in, or
        the @name of a public channel.""",
        example="-1001234567890",
        requires="TELEGRAM_BOT_TOKEN",
        channel="telegram",
    )
    telegram_url: str = setting(
        kinds.URL,
        """Address of the Bot API of Telegram.""",
        """Set it if you run a Bot API server yourself.""",
        default="https://api.telegram.org",
        https_only="TELEGRAM_BOT_TOKEN",
        channel="telegram",
    )
    dead_man_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address that is requested after each successful run. It belongs to a monitor on another machine that notices
        when requests stop: a push monitor of Uptime Kuma, or a check of Healthchecks.""",
        """Set it to be notified if this machine fails.""",
        https_only=True,
    )
    alert_detail: str = setting(
        kinds.choice("counts", "full"),
        """What notifications say about monitors and backup groups. counts: counts and keys. full: also their names,
        which may be names of clients.""",
        """Set full if the channel may know the names.""",
        default="counts",
    )
    alert_repeat_hours: float = setting(
        kinds.number(0.1, 8760, "hours"),
        """The time between two reminders while a failure lasts.""",
        """Increase it to be reminded less often.""",
        default=6.0,
    )
