# SPDX-License-Identifier: MIT
"""Tells in a channel of Slack, by an incoming webhook."""

from __future__ import annotations

from elytra_status.alerts.channel import Message
from elytra_status.alerts.post import post_json, reach, refuse
from elytra_status.settings import Settings

NAME = "slack"
# Slack cuts a text off behind this many characters, and the end of a code block with it.
LONGEST = 3500
_REMEDIES = {
    400: "it refuses the text; please report it",
    403: "an administrator of Slack has restricted the webhook",
    404: "the webhook is gone: make one, and set SLACK_WEBHOOK_URL",
    410: "the channel is archived: make a webhook for another, and set SLACK_WEBHOOK_URL",
}


def send(settings: Settings, message: Message) -> None:
    """Post the message: its subject in bold, the rest as it stands."""
    assert settings.slack_webhook_url
    text = f"*{_escaped(message.subject)}*\n```\n{_escaped(message.text[:LONGEST].rstrip())}\n```"
    answer = post_json(settings.slack_webhook_url.reveal(), {"text": text}, {}, settings.ca_bundle)
    if answer.status != 200:
        refuse("Slack", answer, message, _REMEDIES, "SLACK_WEBHOOK_URL")


def check(settings: Settings, seconds: float) -> str:
    """See whether the service answers, and send nothing."""
    assert settings.slack_webhook_url
    return reach(settings.slack_webhook_url.reveal(), settings.ca_bundle, seconds)


def _escaped(text: str) -> str:
    # What Slack takes for a link or a mention otherwise; a fence of its own would end the block.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "'''")
