# SPDX-License-Identifier: MIT
"""Confirm a failed check by a second one. Pure."""

from __future__ import annotations

from elytra_status.model import BAD_STATES, Heartbeat, Monitor, Report, State, replace


def confirm(earlier: Report, later: Report) -> Report:
    """Return the later report of two polls, with failures confirmed that are in both.

    A failure is not confirmed if both polls show the same check, or if a check between them succeeded. The last known
    state of a missing monitor confirms nothing.
    """
    before = {monitor.key: monitor for monitor in earlier.monitors if monitor.state in BAD_STATES}

    def is_borne_out(monitor: Monitor) -> bool:
        if monitor.key not in before or monitor.absent:
            return False
        first = before[monitor.key]
        is_the_same = monitor.check != "" and monitor.check == first.check
        return not is_the_same and not _is_single(first.heartbeats[-1:], monitor.heartbeats)

    monitors = tuple(if_confirmed(monitor) if is_borne_out(monitor) else monitor for monitor in later.monitors)
    return replace(later, monitors=monitors)


def if_confirmed(monitor: Monitor) -> Monitor:
    """Return a monitor as it would be if its bad state were confirmed."""
    if monitor.state not in BAD_STATES or monitor.confirmed or monitor.absent:
        return monitor
    return replace(monitor, confirmed=True, confirmed_by="two polls")


def if_recovered(monitor: Monitor) -> Monitor:
    """Return a monitor as it would be if its unconfirmed bad state had ended."""
    if monitor.state not in BAD_STATES or monitor.confirmed or monitor.absent:
        return monitor
    return replace(monitor, state=State.UP)


def _is_single(seen: tuple[Heartbeat, ...], heartbeats: tuple[Heartbeat, ...]) -> bool:
    """Whether the later poll's heartbeats show that no two checks in a row failed.

    `seen` is the newest heartbeat of the earlier poll, if it had one. Heartbeats that do not go back to it show
    nothing. Neither do heartbeats that end with a success while another answer shows a failure.
    """
    if not seen or seen[0] not in heartbeats or (seen[0] == heartbeats[-1] and heartbeats[-1].state not in BAD_STATES):
        return False
    return len(heartbeats) < 2 or any(heartbeat.state not in BAD_STATES for heartbeat in heartbeats[-2:])
