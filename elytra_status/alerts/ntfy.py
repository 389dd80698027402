# SPDX-License-Identifier: MIT
"""Notify by ntfy, on telephones."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.alerts.channel import Message, Severity
from elytra_status.alerts.post import post_json, reach, refuse_message
from elytra_status.settings import Secret, Settings

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


@dataclass(frozen=True)
class Ntfy:
    """A topic of ntfy."""

    url: str
    topic: Secret
    token: Secret | None
    ca_bundle: str | None
    name: str = "ntfy"

    def send(self, message: Message) -> None:
        """Publish the message on the topic."""
        text = message.text.encode()[:LONGEST_BYTES].decode("utf-8", "ignore")
        value = {
            "topic": self.topic.reveal(),
            "title": message.subject,
            "message": text,
            "priority": _PRIORITIES[message.level],
            "tags": [_TAGS[message.level]],
        }
        headers = {"Authorization": f"Bearer {self.token.reveal()}"} if self.token else {}
        response = post_json(self.url, value, headers, self.ca_bundle)
        if response.status != 200:
            refuse_message("ntfy", response, message, _REMEDIES, "NTFY_URL")

    def check(self, seconds: float) -> str:
        """Check whether the server answers, without sending anything."""
        return reach(self.url, self.ca_bundle, seconds)


def channel(settings: Settings) -> Ntfy | None:
    """Return the channel, None unless it is set up."""
    if not settings.ntfy_topic:
        return None
    return Ntfy(settings.ntfy_url, settings.ntfy_topic, settings.ntfy_token, settings.ca_bundle)
