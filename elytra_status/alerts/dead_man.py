# SPDX-License-Identifier: MIT
"""A dead man's switch: says after each good run that all is well, to who notices when nobody says so any more.

An Uptime Kuma push monitor or a check of Healthchecks, on another machine: it sees what this one cannot tell,
that it is off.
"""

from __future__ import annotations

from elytra_status.alerts.delivery import in_words
from elytra_status.errors import FetchError
from elytra_status.net import http
from elytra_status.settings import Settings
from elytra_status.system import journal

SECONDS = 10.0


def ask(settings: Settings) -> None:
    """Ask for DEAD_MAN_URL once, where it is set. Raise FetchError where it does not answer well."""
    if settings.dead_man_url:
        with http.open_session(settings.ca_bundle) as session:
            response = http.get(session, settings.dead_man_url.reveal(), seconds=SECONDS)
        if not 200 <= response.status < 300:
            raise FetchError(f"it answers {response.status}", "check DEAD_MAN_URL, and that the monitor is not paused")


def say_alive(settings: Settings) -> None:
    """Say that all is well. Raises nothing: the run was good, and the switch itself tells when nobody comes."""
    try:
        ask(settings)
    except Exception as error:
        journal.warning(f"the dead man's switch was not reached: {in_words(error)}", event="dead-man")
