# SPDX-License-Identifier: MIT
"""Send a test by every channel: `elytra-status alert test`, and `setup`."""

from __future__ import annotations

import socket

from elytra_status import alerts
from elytra_status.alerts import dead_man, failure_messages
from elytra_status.alerts.delivery import attempt
from elytra_status.alerts.notification_language import compose_in_language
from elytra_status.alerts.unit_failures import SECONDS
from elytra_status.errors import NoAnswerError
from elytra_status.problem import Problem, problem_of
from elytra_status.settings import Settings
from elytra_status.system.clock import Clock


def send_trial(settings: Settings, clock: Clock) -> dict[str, Problem | None]:
    """Send a test by each channel, and report to the dead man's switch.

    Return the problem of each by its name, None if the test was accepted.
    """
    trial = compose_in_language(
        settings.language,
        lambda language: failure_messages.trial("elytra-status", clock.now(), socket.gethostname(), language),
    )
    channels = alerts.configured(settings)
    errors = attempt(channels, {channel.name: trial for channel in channels}, clock, SECONDS, tries=1)
    results = {name: problem_of(error) if error else None for name, error in errors.items()}
    if settings.dead_man_url:
        results["dead_man"] = None
        try:
            dead_man.ping(settings.dead_man_url, settings.ca_bundle)
        except NoAnswerError as error:
            results["dead_man"] = problem_of(error)
    return results
