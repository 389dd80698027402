# SPDX-License-Identifier: MIT
"""Which monitoring systems are queried, and what they show."""

from __future__ import annotations

from elytra_status.clock import Clock
from elytra_status.model import MONITORS, Report
from elytra_status.settings import Settings
from elytra_status.settings.definitions import OF_KIND
from elytra_status.setup_assistant.found import Found, together
from elytra_status.setup_assistant.polling import poll, shortened

NAMES = ("SOURCES", *(definition.name for definitions in OF_KIND.values() for definition in definitions))
# The settings of which one must be there.
STARTS = tuple(definitions[0].name for definitions in OF_KIND.values())


def try_answers(settings: Settings, clock: Clock) -> Found:
    """Query every monitoring system once."""
    answers = poll(settings, clock.now(), MONITORS)
    return together(one if isinstance(one, Found) else _found(one) for one in answers)


def _found(report: Report) -> Found:
    checked = report.checked
    bad = sum(one.state.value != "up" for one in checked)
    line = f"{report.source}: {len(checked)} monitor{'' if len(checked) == 1 else 's'}, {bad or 'none'} of them not up"
    return Found((line,), names=shortened([f"{one.name}: {one.state.value}" for one in checked]))
