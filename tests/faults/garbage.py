# SPDX-License-Identifier: MIT
"""Put garbage in the place of each state file: bytes, JSON of other types, and what is no file."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from elytra_status.doctor.saved_state import STATE_FILES
from elytra_status.errors import DONE, UNAVAILABLE, UNREADABLE
from tests.faults.row import Row
from tests.faults.stage import AFTER, BEFORE, UNKNOWN, Stage
from tests.fuzz.mutators import mutate_bytes, mutate_json

STATUS = "public/status.json"
FILES = (*STATE_FILES, STATUS)
_CHANGED = 4

Make = Callable[[Path, random.Random], object]


def _body(body: bytes) -> Make:
    return lambda path, chance: path.write_bytes(body)


def _half(path: Path, chance: random.Random) -> None:
    body = path.read_bytes() if path.exists() else b'{"a": '
    path.write_bytes(body[: len(body) // 2])


def _changed(path: Path, chance: random.Random) -> None:
    """Change values of its JSON, or its bytes."""
    body = path.read_bytes() if path.exists() else b'{"a": [1]}'
    mutate = mutate_json if body[:1] in b"{[" else mutate_bytes
    path.write_bytes(mutate(body, chance))


def _instead(make: Callable[[Path], object], path: Path, chance: random.Random) -> None:
    path.unlink(missing_ok=True)
    make(path)


KINDS: dict[str, Make] = {
    "empty": _body(b""),
    "zeros": _body(bytes(4096)),
    "random": lambda path, chance: path.write_bytes(chance.randbytes(5000)),
    "half": _half,
    "null": _body(b"null"),
    "list": _body(b"[]"),
    "object": _body(b"{}"),
    "deep": _body(b"[" * 100_000),
    "many": _body(b"[" + b"[]," * 6_000_000 + b"[]]"),
    "number": _body(json.dumps({"schema": 10**400}).encode()),
    **{f"changed {number}": _changed for number in range(1, _CHANGED + 1)},
    "directory": partial(_instead, lambda path: path.mkdir()),
    "FIFO": partial(_instead, os.mkfifo),
    "link to /dev/zero": partial(_instead, lambda path: path.symlink_to("/dev/zero")),
    "link to itself": partial(_instead, lambda path: path.symlink_to(path.name)),
    "missing": partial(_instead, lambda path: None),
}
# A run publishes nothing while a person's announcements cannot be read.
_KEEPS_RUN_FROM_PUBLISHING = ("announcements.json",)


def garbage(stage: Stage, chance: random.Random, most: int) -> Iterator[Row]:
    """Yield a row for each state file with each kind of garbage, up to `most` by chance."""
    cases = [(name, kind) for name in FILES for kind in KINDS]
    for name, kind in sorted(chance.sample(cases, min(most, len(cases))), key=cases.index):
        stage.restore()
        path = stage.state / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        KINDS[kind](path, chance)
        ended = stage.run()
        allowed = (AFTER, UNKNOWN, BEFORE) if ended.exit_status else (AFTER, UNKNOWN)
        wrong = _faults_of_garbage(stage, name, ended.output, ended.exit_status, allowed)
        yield Row("garbage", name, kind, wrong, ended.output)


def _faults_of_garbage(
    stage: Stage, name: str, output: str, exit_status: int | None, allowed: tuple[str, ...]
) -> list[str]:
    found = []
    if "internal error" in output or "Traceback" in output:
        found.append("said that it is at fault itself")
    allowed_statuses = (DONE, UNREADABLE) if name in _KEEPS_RUN_FROM_PUBLISHING else (DONE, UNAVAILABLE)
    if exit_status not in allowed_statuses:
        found.append(f"ended with {exit_status}")
    try:
        published = stage.document()["platform_status"]
    except (AssertionError, OSError, ValueError) as error:
        return found if name == STATUS and exit_status else [*found, f"left no valid document: {error}"]
    if published not in allowed:
        found.append(f"published {published}")
    return found
