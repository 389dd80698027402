# SPDX-License-Identifier: MIT
"""What can be wrong with this machine while the job works: its clock, and the state that runs leave. Pure."""

from __future__ import annotations

from elytra_status.alerts.platform_conditions import CLOCK, STATE, Condition
from elytra_status.decision.clock_check import ClockCheck
from elytra_status.model import StateHealth
from elytra_status.run.saved_state import SavedState


def of_clock(check: ClockCheck) -> Condition:
    """Return how this machine's clock stands."""
    return Condition(CLOCK, 0, "right") if check.believed else Condition(CLOCK, 1, "wrong", check.problem)


def of_saved_state(saved_state: SavedState, problem: str, history_damaged: str = "") -> Condition:
    """Return how saved state stands. `problem` is why the state directory cannot be written to, '' where it can.

    `history_damaged` is the name under which a damaged history was set aside in this run.
    """
    if problem:
        return Condition(STATE, 2, "not writable", f"the state directory cannot be written to: {problem}")
    if saved_state.state is StateHealth.DAMAGED:
        aside = f", set aside as {saved_state.set_aside}" if saved_state.set_aside else ""
        return Condition(STATE, 1, "damaged", f"last-run.json was damaged{aside}")
    if history_damaged:
        words = (
            f"the history was damaged and is set aside as {history_damaged}: its days are lost,"
            " and private names that could not be read"
        )
        return Condition(STATE, 1, "damaged", words)
    return Condition(STATE, 0, "sound")
