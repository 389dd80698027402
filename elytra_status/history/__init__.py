# SPDX-License-Identifier: MIT
"""The history: heartbeats of the past, kept in a file and counted by time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from elytra_status.history.completing import History, complete, windows_of
from elytra_status.history.overview import names_of
from elytra_status.history.private_names import PrivateNames, saved_private_names
from elytra_status.history.public_history import PublicHistory, begin_reading_days, build_public_history
from elytra_status.history.store import FILE
from elytra_status.settings import Settings

__all__ = [
    "History",
    "PublicHistory",
    "PrivateNames",
    "begin_reading_days",
    "complete",
    "history_of",
    "build_public_history",
    "names_of",
    "saved_private_names",
    "windows_of",
]


def history_of(settings: Settings, state_directory: Path, *, learns: bool) -> History:
    """Return the history in a state directory.

    If it `learns`, runs add to it. Otherwise it is only read.
    """
    in_pair = settings.publishers == "pair"
    poll_counts = timedelta(minutes=settings.freshness_max_age_minutes)
    return History(state_directory / FILE, learns, settings.history_days, poll_counts, in_pair=in_pair)
