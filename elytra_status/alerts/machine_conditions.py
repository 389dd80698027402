# SPDX-License-Identifier: MIT
"""Conditions around the job: clock, saved state, another publisher. Pure."""

from __future__ import annotations

from elytra_status.alerts.condition import CLOCK, PAIR, PUBLISHERS, STATE, Condition
from elytra_status.decision.clock_check import ClockCheck
from elytra_status.model import StateHealth
from elytra_status.run.saved_state import SavedState


def of_clock(check: ClockCheck) -> Condition:
    """Return the condition of this machine's clock."""
    return Condition(CLOCK, 0, "right") if check.believed else Condition(CLOCK, 1, "wrong", check.problem)


def of_saved_state(saved_state: SavedState, problem: str, history_damaged: str = "") -> Condition:
    """Return the condition of saved state.

    `problem` says why the state directory cannot be written to, '' if it can. `history_damaged` is the name under which
    this run set aside a damaged history.
    """
    if problem:
        return Condition(STATE, 2, "not writable", f"the state directory cannot be written to: {problem}")
    if saved_state.state is StateHealth.DAMAGED:
        aside = f", set aside as {saved_state.set_aside}" if saved_state.set_aside else ""
        return Condition(STATE, 1, "damaged", f"last-run.json was damaged{aside}")
    if history_damaged:
        words = (
            f"the history was damaged and is set aside as {history_damaged}: the days in it are lost,"
            " and private names that could not be read"
        )
        return Condition(STATE, 1, "damaged", words)
    return Condition(STATE, 0, "sound")


def of_publishers(other: str) -> Condition:
    """Return the condition of publishers: well if this machine alone publishes.

    `other` says that another machine publishes too, '' if none was noticed.
    """
    return Condition(PUBLISHERS, 1, "several", other) if other else Condition(PUBLISHERS, 0, "one")


def of_pair(stopped: str) -> Condition:
    """Return the condition of a pair: well if both machines run.

    `stopped` says when the other machine ran last, '' if that was lately.
    """
    return Condition(PAIR, 1, "alone", stopped) if stopped else Condition(PAIR, 0, "both")
