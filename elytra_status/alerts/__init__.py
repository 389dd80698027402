# SPDX-License-Identifier: MIT
"""Notifications for the administrator: one module for each channel, of one shape.

A module has `channel(settings)`, which returns its channel, or None unless all that it needs is set. A channel has
`send(message)`, which returns nothing or raises AlertError, and `check(seconds)`, which finds out without sending
whether a notification would be accepted. To add a channel, write its module and name it in `CHANNELS` with the setting
that sets it up.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elytra_status.alerts.channel import Channel
    from elytra_status.settings import Settings

STATE_FILE = "conditions.json"
# Earlier versions kept failures of units in this file.
FORMER_STATE_FILE = "alerts.json"

CHANNELS = {
    "smtp": "smtp_host",
    "sendgrid": "sendgrid_api_key",
    "slack": "slack_webhook_url",
    "teams": "teams_webhook_url",
    "webhook": "webhook_url",
    "ntfy": "ntfy_topic",
    "telegram": "telegram_bot_token",
}


def configured(settings: Settings) -> list[Channel]:
    """Return every channel that is set up."""
    names = [name for name, setting in CHANNELS.items() if getattr(settings, setting)]
    channels = (import_module(f"elytra_status.alerts.{name}").channel(settings) for name in names)
    return [channel for channel in channels if channel]
