# SPDX-License-Identifier: MIT
"""Notify by mail, through SendGrid's API (v3, mail/send)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from elytra_status.alerts import mail
from elytra_status.alerts.channel import AlertError, Message
from elytra_status.alerts.post import LARGEST_RESPONSE, post_json, refusal, refuse_message
from elytra_status.errors import NoAnswerError
from elytra_status.net import http
from elytra_status.settings import Secret, Settings
from elytra_status.system import bounded_json

SERVICE, DOWN = "SendGrid", "see status.sendgrid.com"
_FOUND = 200
_ACCEPTED = 202
_FORBIDDEN = 403
_RIGHT = "mail.send"
_WHEN_REFUSED: dict[int | str, str] = {
    400: "check the addresses in SENDGRID_FROM_EMAIL and SENDGRID_ADMIN_EMAIL",
    401: "set SENDGRID_API_KEY to a key that exists, or buy credits if the account has none left",
    403: "verify SENDGRID_FROM_EMAIL as a sender, and give the key the permission Mail Send",
    404: "check SENDGRID_URL",
    413: "see its log: the mail is too large",
}


@dataclass(frozen=True)
class SendGrid:
    """An account of SendGrid, and the mail addresses."""

    url: str
    key: Secret
    sender: str
    recipients: tuple[str, ...]
    ca_bundle: str | None
    name: str = "sendgrid"

    def send(self, message: Message) -> None:
        """Send a mail to all of SENDGRID_ADMIN_EMAIL."""
        request = _request(message, self.sender, self.recipients)
        response = post_json(f"{self.url}/v3/mail/send", request, self._headers(), self.ca_bundle)
        if response.status != _ACCEPTED:
            refuse_message(SERVICE, response, message, _WHEN_REFUSED, "SENDGRID_URL", DOWN)

    def check(self, seconds: float) -> str:
        """Query what the key may do (v3, scopes)."""
        try:
            with http.open_session(self.ca_bundle) as session:
                url = f"{self.url}/v3/scopes"
                response = http.get(session, url, seconds=seconds, headers=self._headers(), largest=LARGEST_RESPONSE)
        except NoAnswerError as error:
            raise AlertError(error.problem, error.remedy, permanent=False) from None
        if response.status == _FORBIDDEN:
            unclear = AlertError(
                "SendGrid does not say what the key may do", "run elytra-status alert test", permanent=False
            )
            unclear.code = str(_FORBIDDEN)
            raise unclear
        if response.status != _FOUND:
            raise refusal(SERVICE, response, _WHEN_REFUSED, "SENDGRID_URL", DOWN)
        try:
            is_allowed = _RIGHT in list(bounded_json.loads(response.body)["scopes"])
        except (ValueError, KeyError, TypeError):
            raise AlertError("the answer is not SendGrid's", "check SENDGRID_URL", permanent=True) from None
        if not is_allowed:
            raise AlertError("the key may not send mail", "give it the permission Mail Send", permanent=True)
        return "the key is valid and may send mail; to see whether the sender is verified, run elytra-status alert test"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key.reveal()}"}


def channel(settings: Settings) -> SendGrid | None:
    """Return the channel, None unless it is set up."""
    key, sender = settings.sendgrid_api_key, settings.sendgrid_from_email
    if not (key and sender):
        return None
    return SendGrid(settings.sendgrid_url, key, sender, settings.sendgrid_admin_email, settings.ca_bundle)


def _request(message: Message, sender: str, recipients: tuple[str, ...]) -> dict[str, Any]:
    off = {"enable": False}
    return {
        "personalizations": [{"to": [{"email": recipient} for recipient in recipients]}],
        "from": {"email": sender, "name": "elytra-status"},
        "subject": message.subject,
        "content": [{"type": "text/plain", "value": message.text}],
        "headers": mail.mail_headers(message, sender),
        # An account's own settings would replace our links, and add an unsubscribe link.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": off,
            "subscription_tracking": off,
        },
        # SendGrid accepts mail to an address that once bounced, and silently drops it.
        "mail_settings": {"bypass_list_management": {"enable": True}},
    }
