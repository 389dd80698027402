# SPDX-License-Identifier: MIT
"""Check whether each channel would accept a notification, without sending one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from elytra_status import alerts, site_revalidation
from elytra_status.alerts.channel import AlertError
from elytra_status.alerts.post import reach
from elytra_status.doctor.finding import Area, Context, Finding, Level, fault, of_exception, ok, skipped, warning
from elytra_status.net.concurrency import DeadlineExceededError, run_all

# For each answer of a server, and for all of them.
ANSWER_SECONDS = 4.0
SECONDS = 9.0


def checks(context: Context) -> Iterator[Finding]:
    """Yield for each channel whether it would accept a notification."""
    settings = context.settings
    set_up = {channel.name: channel for channel in alerts.configured(settings)}
    if not set_up:
        words = "nobody is notified when publishing fails: no channel for notifications is set up"
        yield warning("alerts", words, f"set SMTP_HOST, or another channel, in {context.file}")
    tasks = {name: (SECONDS, partial(channel.check, ANSWER_SECONDS)) for name, channel in set_up.items()}
    if settings.dead_man_url:
        # Requesting its address would report that all is well.
        address = settings.dead_man_url.reveal()
        tasks["dead man's switch"] = (SECONDS, partial(reach, address, settings.ca_bundle, ANSWER_SECONDS))
    else:
        yield skipped("dead man's switch", "nobody notices when this machine is off: DEAD_MAN_URL is not set")
    if site := site_revalidation.website(settings):
        # The request itself: it does no more than have the website fetch the status again.
        tasks["website"] = (SECONDS, partial(site_revalidation.check_revalidation, site, context.clock))
    for name, response in run_all(tasks, context.clock).items():
        if isinstance(response, str):
            yield ok(name, response)
        elif isinstance(response, DeadlineExceededError):
            yield fault(
                name,
                f"timed out after {SECONDS:.0f} s",
                "check that it is up, and that no firewall blocks the connection",
            )
        else:
            # It answers, but the problem may be temporary, or cannot be found out in this way.
            may_pass = isinstance(response, AlertError) and response.code and not response.permanent
            yield of_exception(Level.WARNING if may_pass else Level.FAULT, name, response, "see its log", context)


AREA = Area("alerts", checks)
