# SPDX-License-Identifier: MIT
"""Notify a program of the administrator by a signed POST of JSON.

The signature is HMAC-SHA256, in hexadecimal, over the time stamp, a full stop, and the body as it was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

from elytra_status.alerts.channel import Message
from elytra_status.alerts.post import JSON, post_message, reach, refuse_message
from elytra_status.settings import Secret, Settings
from elytra_status.system.clock import to_text

TIMESTAMP_HEADER = "X-Elytra-Status-Timestamp"
SIGNATURE_HEADER = "X-Elytra-Status-Signature"
_REMEDIES: dict[int | str, str] = {
    401: "check that it uses the secret of WEBHOOK_SECRET",
    403: "check that it uses the secret of WEBHOOK_SECRET",
    404: "check WEBHOOK_URL",
}


@dataclass(frozen=True)
class Webhook:
    """A program of the administrator."""

    address: Secret
    secret: Secret | None
    ca_bundle: str | None
    name: str = "webhook"

    def send(self, message: Message) -> None:
        """Post the message. Any status from 200 to 299 is success."""
        body = json.dumps(
            {
                "version": 1,
                "event": message.event,
                "level": message.level.value,
                "incident": message.incident,
                "subject": message.subject,
                "text": message.text,
                "time": to_text(message.moment),
            }
        ).encode()
        headers = {"Content-Type": JSON}
        if self.secret:
            stamp = str(int(message.moment.timestamp()))
            headers[TIMESTAMP_HEADER] = stamp
            headers[SIGNATURE_HEADER] = f"sha256={sign(self.secret.reveal(), stamp, body)}"
        response = post_message(self.address.reveal(), body, headers, self.ca_bundle)
        if not 200 <= response.status < 300:
            refuse_message("the webhook", response, message, _REMEDIES, "WEBHOOK_URL")

    def check(self, seconds: float) -> str:
        """Check whether the service answers, without sending anything."""
        return reach(self.address.reveal(), self.ca_bundle, seconds)


def channel(settings: Settings) -> Webhook | None:
    """Return the channel, None unless it is set up."""
    address = settings.webhook_url
    return Webhook(address, settings.webhook_secret, settings.ca_bundle) if address else None


def sign(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a body, in hexadecimal."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
