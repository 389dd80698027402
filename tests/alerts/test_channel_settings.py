# SPDX-License-Identifier: MIT
"""The settings of channels: half of them, and those that would send a secret in clear, are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from elytra_status import alerts
from elytra_status.settings import Secret, Settings, WrongSettingsError

TOKEN, CHAT = "110201543:planted-token-of-a-telegram-bot", "-1001234567890"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (
            {"SLACK_WEBHOOK_URL": "http://hooks.example/x"},
            "SLACK_WEBHOOK_URL is not an address that begins with https://",
        ),
        ({"TEAMS_WEBHOOK_URL": "planted"}, "TEAMS_WEBHOOK_URL is not an address that begins with https://"),
        ({"WEBHOOK_URL": "https://u:planted@x.example/"}, "WEBHOOK_URL is not an address that begins with https://"),
        ({"DEAD_MAN_URL": "ftp://planted"}, "DEAD_MAN_URL is not an address that begins with https://"),
        ({"WEBHOOK_SECRET": "planted"}, "WEBHOOK_SECRET is set without WEBHOOK_URL"),
        ({"NTFY_TOKEN": "planted"}, "NTFY_TOKEN is set without NTFY_TOPIC"),
        (
            {"NTFY_TOPIC": "t", "NTFY_TOKEN": "planted", "NTFY_URL": "http://ntfy.example"},
            "NTFY_URL begins with http://, which would send NTFY_TOKEN in clear",
        ),
        ({"TELEGRAM_BOT_TOKEN": TOKEN}, "TELEGRAM_BOT_TOKEN is set without TELEGRAM_CHAT_ID"),
        ({"TELEGRAM_CHAT_ID": CHAT}, "TELEGRAM_CHAT_ID is set without TELEGRAM_BOT_TOKEN"),
        ({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_CHAT_ID": "my group"}, "TELEGRAM_CHAT_ID is not a chat of Telegram"),
        (
            {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_CHAT_ID": CHAT, "TELEGRAM_URL": "http://bots.example"},
            "TELEGRAM_URL begins with http://, which would send TELEGRAM_BOT_TOKEN in clear",
        ),
    ],
)
def test_half_of_the_settings_and_a_secret_in_clear_are_refused(
    make_settings: Callable[..., Settings], values: dict[str, str], fault: str
) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        make_settings(**values)
    assert any(fault in str(one) for one in caught.value.faults)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("half", ["telegram_bot_token", "sendgrid_api_key", "smtp_host"])
def test_a_channel_with_half_of_its_settings_is_left_out(half: str) -> None:
    """The settings refuse it; without that check there would be no channel, and no error at its first message."""
    value: Any = "mail.example.com" if half == "smtp_host" else Secret("half")
    assert alerts.configured(Settings(**{half: value})) == []
