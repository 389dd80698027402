# SPDX-License-Identifier: MIT
"""A toy channel: a bell that rings once for each notification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from elytra_status.alerts.channel import Message
from elytra_status.alerts.post import post_json, reach, refuse_message
from elytra_status.settings import Secret


@dataclass(frozen=True)
class Bell:
    """A bell, and where it is."""

    address: Secret
    ca_bundle: str | None
    name: str = "bell"

    def send(self, message: Message) -> None:
        """Ring the bell."""
        answer = post_json(self.address.reveal(), {"ring": message.subject}, {}, self.ca_bundle)
        if answer.status != 200:
            refuse_message("the bell", answer, message, {}, "BELL_URL")

    def check(self, seconds: float) -> str:
        """See whether the bell answers, and do not ring it."""
        return reach(self.address.reveal(), self.ca_bundle, seconds)


def channel(settings: Any) -> Bell | None:
    """Return the bell, None unless it is set up."""
    return Bell(settings.bell_url, settings.ca_bundle) if settings.bell_url else None
