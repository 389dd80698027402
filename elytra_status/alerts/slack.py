# SPDX-License-Identifier: MIT
"""Tells in a channel of Slack, by an incoming webhook."""

from __future__ import annotations

from elytra_status.alerts.channel import AlertError, Message
from elytra_status.alerts.post import post_json, reach, refuse
from elytra_status.settings import Settings

NAME = "slack"
_LONGEST_WORD = 100
# Slack cuts a text off behind this many characters, and the end of a code block with it.
LONGEST = 3500
_MAKE_ANEW = "make an incoming webhook anew, and set SLACK_WEBHOOK_URL to its address"
_REFUSED_TEXT = "it refuses the text; please report it"
# By status, and by the word that Slack answers with.
_REMEDIES: dict[int | str, str] = {
    400: _REFUSED_TEXT,
    403: "an administrator of Slack has restricted the webhook",
    404: "the webhook no longer exists: create one, and set SLACK_WEBHOOK_URL",
    410: "the channel is archived: make a webhook for another, and set SLACK_WEBHOOK_URL",
    "invalid_token": "the address is not whole, or was revoked: copy SLACK_WEBHOOK_URL anew from Slack",
    "no_service": f"the webhook is switched off or removed: {_MAKE_ANEW}",
    "no_service_id": "the address is not whole: copy SLACK_WEBHOOK_URL anew from Slack",
    "no_active_hooks": f"the webhook is switched off: {_MAKE_ANEW}",
    "no_team": f"its workspace no longer exists: {_MAKE_ANEW}",
    "team_disabled": f"its workspace is switched off: {_MAKE_ANEW}",
    "channel_not_found": f"its channel no longer exists: {_MAKE_ANEW}",
    "channel_is_archived": "its channel is archived: open it again, or set SLACK_WEBHOOK_URL to another channel's",
    "posting_to_general_channel_denied": "it may not post to that channel: set SLACK_WEBHOOK_URL to another's",
    "action_prohibited": "an administrator of Slack has restricted the webhook",
    "user_not_found": f"the person it writes to no longer exists: {_MAKE_ANEW}",
    "invalid_payload": _REFUSED_TEXT,
    "no_text": _REFUSED_TEXT,
    "rate_limited": "it is rate limiting",
    "rollup_error": "Slack has a fault; see status.slack.com",
}


def send(settings: Settings, message: Message) -> None:
    """Post the message: its subject in bold, the rest as it stands."""
    assert settings.slack_webhook_url
    text = f"*{_escaped(message.subject)}*\n```\n{_escaped(message.text[:LONGEST].rstrip())}\n```"
    response = post_json(settings.slack_webhook_url.reveal(), {"text": text}, {}, settings.ca_bundle)
    word = response.body[:_LONGEST_WORD].decode("ascii", "replace").strip()
    said = word if word in _REMEDIES else ""
    if response.status != 200 or said:
        refuse("Slack", response, message, _REMEDIES, "SLACK_WEBHOOK_URL", said=said)
    if word.startswith("<"):
        raise AlertError("a web page came instead of Slack's answer", "check SLACK_WEBHOOK_URL", permanent=True)


def check(settings: Settings, seconds: float) -> str:
    """See whether the service answers, and send nothing."""
    assert settings.slack_webhook_url
    return reach(settings.slack_webhook_url.reveal(), settings.ca_bundle, seconds)


def _escaped(text: str) -> str:
    # What Slack takes for a link or a mention otherwise; a fence of its own would end the block.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "'''")
