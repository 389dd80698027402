# SPDX-License-Identifier: MIT
"""Notify in a channel of Slack, by an incoming webhook."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.alerts.channel import AlertError, Message
from elytra_status.alerts.post import post_json, reach, refuse_message
from elytra_status.settings import Secret, Settings

_LONGEST_WORD = 100
# Slack truncates a text after this many characters, including the end of a code block.
LONGEST = 3500
_CREATE_ANOTHER = "create a new incoming webhook, and set SLACK_WEBHOOK_URL to its address"
_REFUSED_TEXT = "please report it: Slack refuses the text"
# By status, and by the error code that Slack answers with.
_REMEDIES: dict[int | str, str] = {
    400: _REFUSED_TEXT,
    403: "an administrator of Slack has restricted the webhook",
    404: "the webhook no longer exists: create one, and set SLACK_WEBHOOK_URL",
    410: "the channel is archived: create a webhook for another channel, and set SLACK_WEBHOOK_URL",
    "invalid_token": "the address is incomplete or was revoked: copy it from Slack to SLACK_WEBHOOK_URL again",
    "no_service": f"the webhook is disabled or removed: {_CREATE_ANOTHER}",
    "no_service_id": "the address is incomplete: copy it from Slack to SLACK_WEBHOOK_URL again",
    "no_active_hooks": f"the webhook is disabled: {_CREATE_ANOTHER}",
    "no_team": f"its workspace no longer exists: {_CREATE_ANOTHER}",
    "team_disabled": f"its workspace is disabled: {_CREATE_ANOTHER}",
    "channel_not_found": f"its channel no longer exists: {_CREATE_ANOTHER}",
    "channel_is_archived": "its channel is archived: restore it, or set SLACK_WEBHOOK_URL to that of another channel",
    "posting_to_general_channel_denied": "it may not post there: set SLACK_WEBHOOK_URL to that of another channel",
    "action_prohibited": "an administrator of Slack has restricted the webhook",
    "user_not_found": f"its user no longer exists: {_CREATE_ANOTHER}",
    "invalid_payload": _REFUSED_TEXT,
    "no_text": _REFUSED_TEXT,
    "rate_limited": "wait: it limits the rate of messages",
    "rollup_error": "see status.slack.com",
}


@dataclass(frozen=True)
class Slack:
    """An incoming webhook of Slack."""

    address: Secret
    ca_bundle: str | None
    name: str = "slack"

    def send(self, message: Message) -> None:
        """Post the message: its subject in bold, the rest as it stands."""
        text = f"*{_escaped(message.subject)}*\n```\n{_escaped(message.text[:LONGEST].rstrip())}\n```"
        response = post_json(self.address.reveal(), {"text": text}, {}, self.ca_bundle)
        word = response.body[:_LONGEST_WORD].decode("ascii", "replace").strip()
        said = word if word in _REMEDIES else ""
        if response.status != 200 or said:
            refuse_message("Slack", response, message, _REMEDIES, "SLACK_WEBHOOK_URL", said=said)
        if word.startswith("<"):
            raise AlertError("a web page came instead of Slack's answer", "check SLACK_WEBHOOK_URL", permanent=True)

    def check(self, seconds: float) -> str:
        """Check whether the service answers, without sending anything."""
        return reach(self.address.reveal(), self.ca_bundle, seconds)


def channel(settings: Settings) -> Slack | None:
    """Return the channel, None unless it is set up."""
    address = settings.slack_webhook_url
    return Slack(address, settings.ca_bundle) if address else None


def _escaped(text: str) -> str:
    # Escape what Slack would take for a link or a mention. Another fence would end the code block.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "'''")
