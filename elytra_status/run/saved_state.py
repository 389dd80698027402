# SPDX-License-Identifier: MIT
"""Saved state: what a run saves for the next, and whether that is damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from elytra_status.decision import isolation
from elytra_status.decision.ended_groups import Accepted
from elytra_status.decision.isolation import Isolation
from elytra_status.decision.missing_monitors import KnownMonitors, Saved
from elytra_status.errors import message
from elytra_status.history import PrivateNames, saved_private_names
from elytra_status.history.extent import newest_moment
from elytra_status.model import StateHealth
from elytra_status.run import accepted, saved_monitors
from elytra_status.system import files, journal
from elytra_status.system.clock import from_text, to_text

FILE = "last-run.json"


@dataclass(frozen=True)
class SavedState:
    """What one run saves for the next.

    `known`, `sources` and `isolations` hold for each source its monitors, its own saved data, and whether it was
    isolated. `silent` are the sources that did not answer. `private_names` are the names of the last weeks, which the
    history keeps. `accepted` maps each accepted missing monitor to the time at which it was last seen. `retired` are
    the retired backup groups, by key.

    `state` distinguishes a first run, sound state and damaged state. It stays DAMAGED, since `damaged_since`, until
    the administrator accepts the loss (`elytra-status state accept`). `problem` says what is wrong with the file, and
    `set_aside` is the name that it has now. `highest` is the highest time ever seen. `yielded` says that the last run
    found a newer document.
    """

    known: Mapping[str, KnownMonitors] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    private_names: PrivateNames = field(default_factory=PrivateNames)
    isolations: Mapping[str, Isolation] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    state: StateHealth = StateHealth.FIRST_RUN
    damaged_since: datetime | None = None
    set_aside: str = ""
    problem: str = ""
    highest: datetime | None = None
    yielded: bool = False
    accepted: Mapping[str, datetime] = field(default_factory=dict)
    retired: Mapping[str, Accepted] = field(default_factory=dict)

    def of_monitors(self, source: str) -> Saved:
        """Return the saved monitors of a source."""
        return Saved(self.known.get(source), self.accepted)


def read(state_directory: Path) -> SavedState:
    """Return the state that the last run saved.

    Skip malformed parts: the state is damaged then.
    """
    stored = files.read_state(state_directory / FILE)
    names = saved_private_names(state_directory)
    if stored.is_missing or stored.problem:
        state = StateHealth.FIRST_RUN if stored.is_missing else StateHealth.DAMAGED
        # Names, accepted monitors and retired groups are in files of their own.
        return SavedState(
            private_names=names,
            state=state,
            problem=stored.problem,
            highest=newest_moment(state_directory),
            accepted=saved_monitors.times_seen(accepted.MONITORS.read(state_directory)),
            retired=accepted.GROUPS.read(state_directory),
        )
    sources, silent = stored.value.get("sources"), stored.value.get("silent")
    set_aside = stored.value.get("set_aside")
    is_whole = isinstance(sources, dict) and isinstance(stored.value.get("known_monitors"), dict)
    damaged_since = _moment(stored.value.get("damaged_since"))
    return SavedState(
        saved_monitors.from_json(stored.value),
        {name: value for name, value in sources.items() if isinstance(value, dict)}
        if isinstance(sources, dict)
        else {},
        names,
        isolation.from_json(stored.value.get("isolations", stored.value.get("doubts"))),
        frozenset(name for name in silent if isinstance(name, str)) if isinstance(silent, list) else frozenset(),
        StateHealth.SOUND if is_whole and damaged_since is None else StateHealth.DAMAGED,
        damaged_since,
        set_aside if isinstance(set_aside, str) else "",
        "" if is_whole else "incomplete",
        _moment(stored.value.get("highest")) or newest_moment(state_directory),
        stored.value.get("yielded") is True,
        saved_monitors.times_seen(accepted.MONITORS.read(state_directory)),
        accepted.GROUPS.read(state_directory),
    )


def _moment(text: Any) -> datetime | None:
    try:
        return from_text(text)
    except (TypeError, ValueError):
        return None


def has_run(state_directory: Path) -> bool:
    """Whether a run has ever succeeded on this machine."""
    return (state_directory / FILE).exists()


def version(state_directory: Path) -> tuple[int, int]:
    """Return what changes whenever a run saves its state; zeros if none has."""
    try:
        file = (state_directory / FILE).stat()
    except OSError:
        return 0, 0
    return file.st_ino, file.st_mtime_ns


def has_published(state_directory: Path) -> bool:
    """Whether the last run published, and did not yield to a newer document."""
    return files.read_json(state_directory / FILE).get("yielded") is not True


def accept_damage(state_directory: Path, now: datetime) -> bool:
    """Accept the loss of damaged state, and `now` as the time.

    Return whether the state was damaged.
    """
    before = read(state_directory)
    write(state_directory, replace(before, damaged_since=None, set_aside="", highest=now))
    return before.state is StateHealth.DAMAGED


def write(state_directory: Path, saved_state: SavedState) -> str:
    """Save state for the next run. Return why that failed, '' if it did not.

    Log a failure as an error: the next run starts from the same state as this one.
    """
    stored = {
        **saved_monitors.to_json(saved_state.known),
        "sources": dict(saved_state.sources),
        "isolations": isolation.to_json(saved_state.isolations),
        "silent": sorted(saved_state.silent),
        "damaged_since": to_text(saved_state.damaged_since) if saved_state.damaged_since else None,
        "set_aside": saved_state.set_aside,
        "highest": to_text(saved_state.highest) if saved_state.highest else None,
        "yielded": saved_state.yielded,
    }
    body = json.dumps(stored).encode()
    try:
        files.write_atomically(state_directory / FILE, body, 0o600)
    except OSError as error:
        journal.log_error(
            f"saved state: {state_directory / FILE} cannot be written ({error.strerror})."
            f" Let the user elytra-status write to {state_directory}, and check that the disk is not full.",
            event="state",
        )
        return error.strerror or "cannot be written"
    return ""


def set_damaged_aside(state_directory: Path, saved_state: SavedState, now: datetime) -> SavedState:
    """Set a damaged file aside, log that, and return saved state that says so.

    A damaged register is only logged here. It is set aside when it is next written to.
    """
    for register in accepted.REGISTERS:
        if problem := register.problem(state_directory):
            path = state_directory / register.file
            words = f"{path} is damaged ({problem}), so that {accepted.DAMAGED}"
            journal.log_error(message(words, accepted.REMEDY), event="state")
    if not saved_state.problem:
        return saved_state
    path = state_directory / FILE
    aside = files.set_aside(path, now)
    where = f"set aside as {aside.name}" if aside else "and cannot be set aside"
    journal.log_error(
        f"saved state: {path} is damaged ({saved_state.problem}), {where}. What only this file knew is unknown:"
        " elytra-status doctor.",
        event="state",
    )
    noted = replace(saved_state, damaged_since=saved_state.damaged_since or now, set_aside=aside.name if aside else "")
    # Save this at once: if this run ends early, the next run must not take itself for the first.
    write(state_directory, noted)
    return noted
