# SPDX-License-Identifier: MIT
"""When a failed check is believed: where another one bears it out. Pure."""

from __future__ import annotations

from elytra_status.model import BAD_STATES, Heartbeat, Monitor, Report, State, replace


def confirm(earlier: Report, later: Report) -> Report:
    """Return the later of two polls at one source, with what was bad in both of them confirmed.

    Where it is known that it is one failed check, or two with a good one between, it is not. A state that is only the
    last one known is no evidence of now.
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
    """Return a monitor as it would be were its bad state confirmed, where it has one."""
    if monitor.state not in BAD_STATES or monitor.confirmed or monitor.absent:
        return monitor
    return replace(monitor, confirmed=True, evidence=(*monitor.evidence, "two polls"))


def if_recovered(monitor: Monitor) -> Monitor:
    """Return a monitor as it would be were its bad state, where it is not confirmed, gone."""
    if monitor.state not in BAD_STATES or monitor.confirmed or monitor.absent:
        return monitor
    return replace(monitor, state=State.UP)


def _is_single(seen: tuple[Heartbeat, ...], heartbeats: tuple[Heartbeat, ...]) -> bool:
    """Whether the heartbeats of a later look show that no two failed checks in a row were seen.

    `seen` is the newest heartbeat at the earlier look, if there was one. Where the heartbeats do not go back to it, or
    have stopped at a good one while another answer says bad, they tell nothing of this.
    """
    if not seen or seen[0] not in heartbeats or (seen[0] == heartbeats[-1] and heartbeats[-1].state not in BAD_STATES):
        return False
    return len(heartbeats) < 2 or any(heartbeat.state not in BAD_STATES for heartbeat in heartbeats[-2:])
