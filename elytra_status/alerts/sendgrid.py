# SPDX-License-Identifier: MIT
"""Tells by mail, through SendGrid's API (v3, mail/send)."""

from __future__ import annotations

from typing import Any

from elytra_status.alerts import mail
from elytra_status.alerts.channel import Message
from elytra_status.alerts.post import post_json, refuse
from elytra_status.settings import Settings

NAME = "sendgrid"
_ACCEPTED = 202
_WHEN_REFUSED = {
    400: "it refuses the request; are SENDGRID_FROM_EMAIL and SENDGRID_ADMIN_EMAIL addresses?",
    401: "set SENDGRID_API_KEY to a key that exists; or the account's credits are used up",
    403: "verify SENDGRID_FROM_EMAIL as a sender, and give the key the right Mail Send",
    404: "is SENDGRID_URL right?",
    413: "it refuses the mail as too large",
}


def send(settings: Settings, message: Message) -> None:
    """Send a mail to all of SENDGRID_ADMIN_EMAIL."""
    assert settings.sendgrid_api_key
    assert settings.sendgrid_from_email
    key = settings.sendgrid_api_key.reveal()
    answer = post_json(
        f"{settings.sendgrid_url}/v3/mail/send",
        _request(message, settings.sendgrid_from_email, settings.sendgrid_admin_email),
        # A header is bytes: requests would take letters beyond ASCII for Latin-1, or refuse them.
        {"Authorization": f"Bearer {key}".encode().decode("latin-1")},
        settings.ca_bundle,
    )
    if answer.status != _ACCEPTED:
        refuse("SendGrid", answer, message, _WHEN_REFUSED, "SENDGRID_URL", "see status.sendgrid.com")


def _request(message: Message, sender: str, recipients: tuple[str, ...]) -> dict[str, Any]:
    off = {"enable": False}
    return {
        "personalizations": [{"to": [{"email": recipient} for recipient in recipients]}],
        "from": {"email": sender, "name": "elytra-status"},
        "subject": message.subject,
        "content": [{"type": "text/plain", "value": message.text}],
        "headers": mail.headers(message, sender),
        # An account's own settings would put other links in place of ours, and an unsubscribe link below.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": off,
            "subscription_tracking": off,
        },
        # SendGrid accepts mail to an address that once bounced, and drops it without a word.
        "mail_settings": {"bypass_list_management": {"enable": True}},
    }
