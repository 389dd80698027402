# SPDX-License-Identifier: MIT
"""Asks Better Stack's API for one document, and says of a refusal what to do about it."""

from __future__ import annotations

import time
from typing import Any

from elytra_status import web
from elytra_status.errors import SourceError
from elytra_status.settings import Settings
from elytra_status.sources import json_api

SERVICE = "Better Stack"
# Versions 2 and 3 answer side by side: this is the one place that says which is asked.
MONITORS_PATH = "/api/v2/monitors"


class TooManyRequestsError(SourceError):
    """Better Stack wants to be left alone for a while."""


def address(settings: Settings) -> str:
    """Return the address of the list of monitors."""
    return settings.better_stack_url.rstrip("/") + MONITORS_PATH


def ask(settings: Settings, url: str, ends: float) -> dict[str, Any]:
    """Return the document at an address of the API, by the monotonic time `ends`. Raise SourceError."""
    assert settings.better_stack_token is not None
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise SourceError("there is no time left to ask", "raise SOURCE_DEADLINE_SECONDS")
    return json_api.get(
        url,
        service=SERVICE,
        seconds=seconds,
        headers={"Authorization": f"Bearer {settings.better_stack_token.reveal()}"},
        ca_bundle=settings.ca_bundle,
        refusal=_refusal,
    )


def _refusal(answer: web.Answer) -> tuple[str, str]:
    if answer.status in (401, 403):
        return (
            f"{answer.status}: the token is refused",
            "is BETTER_STACK_TOKEN an Uptime API token of this team? make one: API tokens, in the team's settings",
        )
    if answer.status == 429:
        raise TooManyRequestsError("429: too many requests", "does something else ask with the same token?")
    return json_api.other_status(answer.status, SERVICE)
