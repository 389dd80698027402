# SPDX-License-Identifier: MIT
"""What one run remembers for the next: handy to know, and nothing that a run cannot do without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elytra_status import doubt, files, journal, known
from elytra_status.doubt import Doubt
from elytra_status.history import Words, remembered_words
from elytra_status.known import Known

FILE = "last-run.json"


@dataclass(frozen=True)
class Memory:
    """What a run brings along.

    By source: the monitors that there were (`known`), what the source itself wanted to be told again, and
    whether it was cut off from the network (`doubts`). `words` are the private ones of the last weeks; the
    history keeps them. `silent` are the sources that gave no answer.
    """

    known: Mapping[str, Known] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()


def recall(state_directory: Path) -> Memory:
    """Return what the last run remembered; what is missing or cannot be read is left out."""
    state = files.read_json(state_directory / FILE)
    sources, silent = state.get("sources"), state.get("silent")
    return Memory(
        known.from_json(state),
        {name: value for name, value in sources.items() if isinstance(value, dict)}
        if isinstance(sources, dict)
        else {},
        remembered_words(state_directory),
        doubt.from_json(state.get("doubts")),
        frozenset(name for name in silent if isinstance(name, str)) if isinstance(silent, list) else frozenset(),
    )


def has_run(state_directory: Path) -> bool:
    """Whether a run has ever ended well on this machine."""
    return (state_directory / FILE).exists()


def keep(state_directory: Path, memory: Memory) -> None:
    """Remember. A failure is a warning: the next run then begins anew."""
    stored = {
        **known.to_json(memory.known),
        "sources": dict(memory.sources),
        "doubts": doubt.to_json(memory.doubts),
        "silent": sorted(memory.silent),
    }
    body = json.dumps(stored).encode()
    try:
        files.write_atomically(state_directory / FILE, body, 0o600)
    except OSError as error:
        journal.warning(f"{state_directory} cannot be written to: {error.strerror}; what was seen is not remembered")
