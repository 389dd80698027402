# SPDX-License-Identifier: MIT
"""The question about notifications."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from elytra_status import alerts
from elytra_status.alerts import notify
from elytra_status.errors import ElytraStatusError
from elytra_status.net.concurrency import run_all
from elytra_status.settings import DEFINITIONS, Settings
from elytra_status.setup_assistant.found import TrialResult, fault_of
from elytra_status.system.clock import Clock

# The settings of each channel.
NAMES_OF = {
    channel: tuple(definition.name for definition in DEFINITIONS if definition.channel == channel)
    for channel in alerts.CHANNELS
}
NAMES = tuple(name for names in NAMES_OF.values() for name in names)
SECONDS = 15.0


def try_answers(settings: Settings, clock: Clock, channels: frozenset[str], *, sends: bool = True) -> TrialResult:
    """Send a test notification by these channels.

    Without `sends`, only find out whether it would be accepted.
    """
    others: dict[str, Any] = {attribute: None for name, attribute in alerts.CHANNELS.items() if name not in channels}
    chosen = replace(settings, dead_man_url=None, **others)
    if not sends:
        return _check(chosen, clock)
    results = notify.test(chosen, clock)
    return TrialResult(
        lines=tuple(
            f"{name}: a test notification was sent and accepted" for name, problem in results.items() if not problem
        ),
        faults=tuple(
            replace(problem, subject=name, remedy=problem.remedy or _correct(name))
            for name, problem in results.items()
            if problem
        ),
    )


def _correct(channel: str) -> str:
    return f"correct {alerts.CHANNELS[channel].upper()} and the settings beside it; see elytra-status.conf(5), Alerts"


def _check(settings: Settings, clock: Clock) -> TrialResult:
    tasks = {one.name: (SECONDS, partial(one.check, SECONDS)) for one in alerts.configured(settings)}
    lines, faults = [], []
    for name, answer in run_all(tasks, clock).items():
        if isinstance(answer, ElytraStatusError):
            faults.append(fault_of(name, answer))
        elif isinstance(answer, Exception):
            raise answer
        else:
            lines.append(f"{name}: {answer}")
    return TrialResult(lines=tuple(lines), faults=tuple(faults))
