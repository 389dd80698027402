# SPDX-License-Identifier: MIT
"""Notify by ntfy, on telephones."""

from __future__ import annotations

from elytra_status.alerts.channel import Message, Severity
from elytra_status.alerts.post import post_json, reach, refuse
from elytra_status.settings import Settings

NAME = "ntfy"
# ntfy turns a longer text (4096 bytes) into an attachment.
LONGEST_BYTES = 4000
_PRIORITIES = {Severity.GOOD: 3, Severity.WARNING: 4, Severity.BAD: 5}
_TAGS = {Severity.GOOD: "white_check_mark", Severity.WARNING: "warning", Severity.BAD: "rotating_light"}
_REMEDIES: dict[int | str, str] = {
    401: "check NTFY_TOKEN",
    403: "allow this token, or everyone, to write to NTFY_TOPIC",
    404: "check NTFY_URL",
    507: "free space on the disk of the server",
}


def send(settings: Settings, message: Message) -> None:
    """Publish the message on the topic."""
    assert settings.ntfy_topic
    text = message.text.encode()[:LONGEST_BYTES].decode("utf-8", "ignore")
    value = {
        "topic": settings.ntfy_topic.reveal(),
        "title": message.subject,
        "message": text,
        "priority": _PRIORITIES[message.level],
        "tags": [_TAGS[message.level]],
    }
    headers = {"Authorization": f"Bearer {settings.ntfy_token.reveal()}"} if settings.ntfy_token else {}
    response = post_json(settings.ntfy_url, value, headers, settings.ca_bundle)
    if response.status != 200:
        refuse("ntfy", response, message, _REMEDIES, "NTFY_URL")


def check(settings: Settings, seconds: float) -> str:
    """Check whether the server answers, without sending anything."""
    return reach(settings.ntfy_url, settings.ca_bundle, seconds)
