# SPDX-License-Identifier: MIT
"""A dead man's switch: report each good run to a service that notices silence.

That is an Uptime Kuma push monitor or a check of Healthchecks on another machine: it notices what this machine cannot
report, that it is off.
"""

from __future__ import annotations

from elytra_status.alerts.delivery import error_in_words
from elytra_status.errors import FetchError
from elytra_status.net import http
from elytra_status.settings import Secret
from elytra_status.system import journal

SECONDS = 10.0


def ping(url: Secret, ca_bundle: str | None) -> None:
    """Request DEAD_MAN_URL once. Raise FetchError if that fails."""
    with http.open_session(ca_bundle) as session:
        status = http.status(session, url.reveal(), seconds=SECONDS)
    if not 200 <= status < 300:
        raise FetchError(f"DEAD_MAN_URL returned {status}", "check DEAD_MAN_URL, and that the monitor is not paused")


def say_alive(url: Secret | None, ca_bundle: str | None) -> None:
    """Report that all is well, if DEAD_MAN_URL is set.

    Raise nothing: the run succeeded, and the switch itself notices if no report arrives.
    """
    if url is None:
        return
    try:
        ping(url, ca_bundle)
    except Exception as error:
        journal.log_warning(f"the dead man's switch was not reached: {error_in_words(error)}", event="dead-man")
