# SPDX-License-Identifier: MIT
"""A toy channel: a bell that rings once for each notification."""

from __future__ import annotations

from typing import Any

from elytra_status.alerts.channel import Message
from elytra_status.alerts.post import post_json, reach, refuse

NAME = "bell"


def send(settings: Any, message: Message) -> None:
    """Ring the bell."""
    answer = post_json(settings.bell_url.reveal(), {"ring": message.subject}, {}, settings.ca_bundle)
    if answer.status != 200:
        refuse("the bell", answer, message, {}, "BELL_URL")


def check(settings: Any, seconds: float) -> str:
    """See whether the bell answers, and do not ring it."""
    return reach(settings.bell_url.reveal(), settings.ca_bundle, seconds)
