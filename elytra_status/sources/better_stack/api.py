# SPDX-License-Identifier: MIT
"""Fetch one document of Better Stack's API, or raise an error with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elytra_status.net import http
from elytra_status.settings import Secret
from elytra_status.sources import json_api
from elytra_status.system.clock import Deadline

SERVICE = "Better Stack"
# Versions 2 and 3 both work. Only this line says which is used.
MONITORS_PATH = "/api/v2/monitors"


def monitors_url(base: str) -> str:
    """Return the address of the list of monitors, below BETTER_STACK_URL."""
    return base.rstrip("/") + MONITORS_PATH


def get_page(
    url: str,
    read: Callable[[dict[str, Any]], json_api.ReadValue],
    token: Secret | None,
    ca_bundle: str | None,
    deadline: Deadline,
) -> json_api.ReadValue:
    """Return what `read` makes of a document of the API, by the deadline.

    Raise NoAnswerError on failure, and whatever `read` raises.
    """
    return json_api.get_json(
        url,
        dict,
        read,
        service=SERVICE,
        seconds=json_api.seconds_until(deadline),
        headers=json_api.authorization(token, None, None),
        ca_bundle=ca_bundle,
        refusal=_refusal,
    )


def _refusal(response: http.Response) -> tuple[str, str]:
    if response.status in (401, 403):
        return (
            f"{response.status}, the token is refused",
            "create an Uptime API token under API tokens in the team's settings and set BETTER_STACK_TOKEN",
        )
    if response.status == 429:
        raise json_api.TooManyRequestsError(
            "429, too many requests", "check whether another program uses the same token"
        )
    return json_api.other_status(response.status, SERVICE)
