# SPDX-License-Identifier: MIT
"""The history: heartbeats of the past, kept in a file and counted by time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from elytra_status.history.completing import History, complete, windows_of
from elytra_status.history.looking_back import LookBack, begin_to_look_back, look_back
from elytra_status.history.overview import names_of
from elytra_status.history.private_names import PrivateNames, remembered_words
from elytra_status.history.store import FILE
from elytra_status.settings import Settings

__all__ = [
    "History",
    "LookBack",
    "PrivateNames",
    "begin_to_look_back",
    "complete",
    "history_of",
    "look_back",
    "names_of",
    "remembered_words",
    "windows_of",
]


def history_of(settings: Settings, state_directory: Path, *, learns: bool) -> History:
    """Return the history in a state directory.

    If it `learns`, runs add to it. Otherwise it is only read.
    """
    look_counts = timedelta(minutes=settings.freshness_max_age_minutes)
    return History(state_directory / FILE, learns, settings.history_days, look_counts)
