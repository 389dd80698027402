# SPDX-License-Identifier: MIT
"""Notify in a channel of Microsoft Teams, by a webhook of its Workflows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from elytra_status.alerts.channel import AlertError, Message, Severity
from elytra_status.alerts.post import post_json, reach, refuse_message
from elytra_status.net import http
from elytra_status.settings import Secret, Settings
from elytra_status.system import bounded_json

# Teams refuses a message of more than 28 kB.
LARGEST = 22_000
_COLOURS = {Severity.GOOD: "Good", Severity.WARNING: "Warning", Severity.BAD: "Attention"}
_COPY = "copy its address to TEAMS_WEBHOOK_URL again"
# By status, and by the code of Power Automate, which runs the workflow.
_REMEDIES: dict[int | str, str] = {
    400: "set TEAMS_WEBHOOK_URL to a workflow that posts to a channel when it receives a webhook request",
    401: "the workflow's address has changed: copy it to TEAMS_WEBHOOK_URL again",
    404: "the workflow no longer exists: create one, and set TEAMS_WEBHOOK_URL",
    413: "please report it: Teams refuses the message as too large",
    "WorkflowTriggerIsNotEnabled": f"the workflow is turned off, or was created again: turn it on, or {_COPY}",
    "WorkflowNotFound": "the workflow no longer exists: create one, and set TEAMS_WEBHOOK_URL",
    "DirectApiAuthorizationRequired": f"the address lacks its signature: {_COPY}, all of it, with sig=",
    "TriggerInputSchemaMismatch": "create the workflow from the template for webhook alerts, without its own schema",
}
# Teams itself answers with 200 if it does not deliver a message, and says so in the body.
_NOT_DELIVERED = b"message delivery failed"
_INNER_STATUS = re.compile(rb"HTTP error ([45][0-9]{2})")


@dataclass(frozen=True)
class Teams:
    """A webhook of the Workflows of Teams."""

    address: Secret
    ca_bundle: str | None
    name: str = "teams"

    def send(self, message: Message) -> None:
        """Post the message as an Adaptive Card."""
        response = post_json(self.address.reveal(), _card(message), {}, self.ca_bundle)
        if _NOT_DELIVERED in response.body:
            inner = _INNER_STATUS.search(response.body)
            # If it names no status, it could not reach the channel this time.
            real = replace(response, status=int(inner[1]) if inner else 503)
            refuse_message("Teams", real, message, _REMEDIES, "TEAMS_WEBHOOK_URL", said="delivery failed")
        if response.status not in (200, 202):
            refuse_message("Teams", response, message, _REMEDIES, "TEAMS_WEBHOOK_URL", said=_code(response))
        if response.body.lstrip()[:1] == b"<":
            raise AlertError("a web page came instead of Teams' answer", "check TEAMS_WEBHOOK_URL", permanent=True)

    def check(self, seconds: float) -> str:
        """Check whether the service answers, without sending anything."""
        return reach(self.address.reveal(), self.ca_bundle, seconds)


def channel(settings: Settings) -> Teams | None:
    """Return the channel, None unless it is set up."""
    address = settings.teams_webhook_url
    return Teams(address, settings.ca_bundle) if address else None


def _code(response: http.Response) -> str:
    """Return the code of an error of Power Automate, '' if it is not a known one."""
    try:
        code = bounded_json.loads(response.body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return code if isinstance(code, str) and code in _REMEDIES else ""


def _card(message: Message) -> dict[str, Any]:
    heading = _run(message.subject, weight="Bolder", color=_COLOURS[message.level])
    lines = []
    size = 0
    for line in message.text.rstrip().split("\n"):
        lines.append(_run(f"{line} ", fontType="Monospace", size="Small"))
        size += len(json.dumps(lines[-1]))
        if size > LARGEST:
            break
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [heading, *lines],
        "msteams": {"width": "Full"},
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _run(text: str, **style: str) -> dict[str, Any]:
    """Return a line that is shown verbatim.

    A text block would interpret Markdown and mentions.
    """
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}], "spacing": "None"}
