# SPDX-License-Identifier: MIT
"""When a failed check is believed: where another one bears it out. Pure."""

from __future__ import annotations

from datetime import datetime

from elytra_status.model import BAD_STATES, Monitor, Report, State, replace


def confirm(earlier: Report, later: Report) -> Report:
    """Return the later of two looks at one source, with what was bad in both of them confirmed.

    Where both saw the same failed check, of a monitor that is not checked that often, it is still one.
    """
    before = {monitor.key: _newest_bad(monitor) for monitor in earlier.monitors if monitor.state in BAD_STATES}

    def is_another_check(monitor: Monitor) -> bool:
        newest = _newest_bad(monitor)
        return monitor.key in before and (newest is None or newest != before[monitor.key])

    monitors = tuple(if_confirmed(monitor) if is_another_check(monitor) else monitor for monitor in later.monitors)
    return replace(later, monitors=monitors)


def if_confirmed(monitor: Monitor) -> Monitor:
    """Return a monitor as it would be were its bad state confirmed, where it has one."""
    if monitor.state not in BAD_STATES or monitor.confirmed:
        return monitor
    return replace(monitor, confirmed=True, evidence=(*monitor.evidence, "two looks"))


def if_gone(monitor: Monitor) -> Monitor:
    """Return a monitor as it would be were its bad state, where it is not confirmed, gone."""
    return replace(monitor, state=State.UP) if monitor.state in BAD_STATES and not monitor.confirmed else monitor


def _newest_bad(monitor: Monitor) -> datetime | None:
    """Return the time of the newest beat where it is the bad one; None where the state comes from elsewhere."""
    return monitor.beats[-1].time if monitor.beats and monitor.beats[-1].state in BAD_STATES else None
