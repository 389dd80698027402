# SPDX-License-Identifier: MIT
"""Make a website clear its cached status after a change.

It gets a signed POST to REVALIDATE_URL, with the signature of the webhook. Without this, a website shows a change after
the ten minutes for which it caches an answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elytra_status.alerts.channel import AlertError
from elytra_status.alerts.delivery import error_in_words
from elytra_status.alerts.post import JSON, post_message, refusal
from elytra_status.alerts.webhook import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from elytra_status.documents import Document, status_json
from elytra_status.net.concurrency import run_all
from elytra_status.net.hosts import host_with_port
from elytra_status.secret import Secret
from elytra_status.settings import Settings
from elytra_status.system import files, journal
from elytra_status.system.clock import Clock

FILE = "revalidated.json"
# For all attempts together. The documents are published, and nothing else of the run is left.
SECONDS = 15.0
TRIES = 3
PAUSE_SECONDS = 2.0
# The parts of status.json that a website shows for more than their age.
_SHOWN = ("platform_status", "headline", "notices", "backups", "infrastructure")
_REFUSED = "check that STATUS_REVALIDATE_SECRET of the website is REVALIDATE_SECRET, and the website's clock"
_REMEDIES: dict[int | str, str] = {
    401: _REFUSED,
    403: _REFUSED,
    404: "check REVALIDATE_URL, and that the website has the route",
    405: "check REVALIDATE_URL, and that the website has the route",
}


@dataclass(frozen=True)
class Website:
    """The website to notify: its address, and the secret that signs requests."""

    address: str
    secret: Secret = field(repr=False)
    ca_bundle: str | None

    @property
    def host(self) -> str:
        """The host of the address, with its port if it has one."""
        return host_with_port(self.address)


def website(settings: Settings) -> Website | None:
    """Return the website in the settings, None unless it is set up."""
    address, secret = settings.revalidate_url, settings.revalidate_secret
    return Website(address, secret, settings.ca_bundle) if address and secret else None


def revalidate(settings: Settings, clock: Clock, state_directory: Path, documents: Iterable[Document]) -> None:
    """Make the website clear its cache if the publication has changed.

    It is compared with the last one of which the website was notified. Raise nothing: the status is published. A
    failure is a warning, and the next run tries again.
    """
    site, content = website(settings), _published(documents)
    if site is None or content is None:
        return
    digest = hashlib.sha256(json.dumps([content.get(field) for field in _SHOWN]).encode()).hexdigest()
    if files.read_json(state_directory / FILE).get("digest") == digest:
        return
    (answer,) = run_all({site.host: (SECONDS, lambda: _request_repeatedly(site, clock, content))}, clock).values()
    if isinstance(answer, Exception):
        journal.log_warning(
            f"the website was not notified: {error_in_words(answer)} The next run tries again.",
            event="revalidation",
        )
        return
    journal.log_info(f"{site.host} has cleared its copy of the status", event="revalidation")
    try:
        files.write_atomically(state_directory / FILE, json.dumps({"digest": digest}).encode(), 0o600)
    except OSError as error:
        journal.log_warning(
            f"{state_directory / FILE} cannot be written ({error.strerror}). The next run notifies the website again."
        )


def check_revalidation(site: Website, clock: Clock) -> str:
    """Return that the website accepts a signed request, which clears its cache once.

    Raise AlertError if it does not.
    """
    _request(site, clock, {})
    return f"{site.host} accepts the signature"


def _published(documents: Iterable[Document]) -> dict[str, Any] | None:
    for document in documents:
        if document.name == status_json.NAME:
            content = json.loads(document.body)
            assert isinstance(content, dict)
            return content
    return None


def _request_repeatedly(site: Website, clock: Clock, content: dict[str, Any]) -> None:
    for _ in range(TRIES - 1):
        try:
            return _request(site, clock, content)
        except AlertError as error:
            if error.permanent:
                raise
        clock.sleep(PAUSE_SECONDS)
    return _request(site, clock, content)


def _request(site: Website, clock: Clock, content: dict[str, Any]) -> None:
    body = json.dumps(
        {"version": 1, "event": "status", **{name: content.get(name) for name in ("platform_status", "updated_at")}}
    ).encode()
    # Each attempt has its own time: the website refuses a signature that is older than five minutes.
    stamp = str(int(clock.now().timestamp()))
    signature = f"sha256={sign(site.secret.reveal(), stamp, body)}"
    headers = {"Content-Type": JSON, TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: signature}
    response = post_message(site.address, body, headers, site.ca_bundle)
    if not 200 <= response.status < 300:
        raise refusal(site.host, response, _REMEDIES, "REVALIDATE_URL")
