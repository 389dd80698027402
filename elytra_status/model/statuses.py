# SPDX-License-Identifier: MIT
"""The words for what is published and for the state of a monitor."""

from __future__ import annotations

from enum import Enum


class PlatformStatus(str, Enum):
    """The status of the platform as it is published. There is no fifth one."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    OUTAGE = "outage"
    UNKNOWN = "unknown"


class BackupStatus(str, Enum):
    """The status of the backups."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


class State(str, Enum):
    """The state of one monitor."""

    UP = "up"
    DOWN = "down"
    PENDING = "pending"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"

    # Enum.__hash__ is written in Python, and a run may hash the states of a hundred thousand heartbeats.
    __hash__ = str.__hash__


class StateHealth(str, Enum):
    """Whether saved state is missing before the first run, sound or damaged."""

    FIRST_RUN = "first run"
    SOUND = "sound"
    DAMAGED = "damaged"


# The states that must be confirmed before they are published.
BAD_STATES = frozenset({State.DOWN, State.PENDING})
