# SPDX-License-Identifier: MIT
"""Notify a program of the administrator by a signed POST of JSON.

The signature is HMAC-SHA256, in hexadecimal, over the time stamp, a full stop, and the body as it was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from elytra_status.alerts.channel import Message
from elytra_status.alerts.post import JSON, post, reach, refuse
from elytra_status.settings import Settings
from elytra_status.system.clock import to_text

NAME = "webhook"
TIMESTAMP_HEADER = "X-Elytra-Status-Timestamp"
SIGNATURE_HEADER = "X-Elytra-Status-Signature"
_REMEDIES: dict[int | str, str] = {
    401: "check that it uses the secret of WEBHOOK_SECRET",
    403: "check that it uses the secret of WEBHOOK_SECRET",
    404: "check WEBHOOK_URL",
}


def send(settings: Settings, message: Message) -> None:
    """Post the message. Any status from 200 to 299 is success."""
    assert settings.webhook_url
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
    if settings.webhook_secret:
        stamp = str(int(message.moment.timestamp()))
        headers[TIMESTAMP_HEADER] = stamp
        headers[SIGNATURE_HEADER] = f"sha256={sign(settings.webhook_secret.reveal(), stamp, body)}"
    response = post(settings.webhook_url.reveal(), body, headers, settings.ca_bundle)
    if not 200 <= response.status < 300:
        refuse("the webhook", response, message, _REMEDIES, "WEBHOOK_URL")


def check(settings: Settings, seconds: float) -> str:
    """Check whether the service answers, without sending anything."""
    assert settings.webhook_url
    return reach(settings.webhook_url.reveal(), settings.ca_bundle, seconds)


def sign(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a body, in hexadecimal."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
