# SPDX-License-Identifier: MIT
"""Do something as the user of the service, who can replace what is read there.

Setup itself stays root, since it writes the settings.
"""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from elytra_status.errors import AsTyped, ElytraStatusError, NoAnswerError, UsageError
from elytra_status.net import http
from elytra_status.problem import Problem, SettingsError
from elytra_status.setup_assistant.found import TrialResult
from elytra_status.system import files
from elytra_status.system.clock import Clock, Deadline

# The user that the package makes. Before the first run there is no state directory that belongs to it.
USER = "elytra-status"
# Reading a file takes less, and so does what an attempt does beside waiting for servers.
SECONDS = 30.0
# The most that the child process may answer, in bytes.
_LARGEST = 64 * 2**20
_DONE, _ERROR, _FAULT = b"+", b"-", b"!"


def try_as_service(
    state_directory: Path, try_it: Callable[[], TrialResult], clock: Clock, seconds: float = SECONDS
) -> TrialResult:
    """Try answers as the user of the service, who needs other rights than root.

    Settings that are wrong are faults of the result. Raise as `call_as_service` does.
    """

    def call() -> bytes:
        try:
            found = try_it()
        except SettingsError as error:
            found = TrialResult(faults=error.faults)
        return _packed_trial(found)

    return _unpacked_trial(call_as_service(state_directory, call, clock, seconds))


def call_as_service(
    state_directory: Path, function: Callable[[], bytes], clock: Clock, seconds: float = SECONDS
) -> bytes:
    """Return what a function returns if the user of the service calls it.

    That user owns the state directory. If this is root, a child process becomes that user, and only bytes come back.
    Raise UsageError if root may not become that user, and NoAnswerError if the child does not end within `seconds`.
    """
    owner = files.owner_to_become(state_directory, USER)
    if owner is None:
        return function()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _answer(lambda: _call(owner, state_directory, function), writer)
    os.close(writer)
    try:
        kind, answer = _read(reader, Deadline.after(clock, seconds))
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if kind == _ERROR:
        raise UsageError(*json.loads(answer))
    if kind != _DONE:
        raise RuntimeError(f"a child process failed: {answer.decode(errors='replace')[:64]}")
    return answer


def _call(owner: files.Owner, directory: Path, function: Callable[[], bytes]) -> bytes:
    try:
        files.become(owner, directory)
        # Two processes cannot share a TLS connection: the parent then reads what it cannot decrypt.
        http.close_kept_connections()
        return _DONE + function()
    except ElytraStatusError as error:
        return _ERROR + json.dumps([error.problem, error.remedy]).encode()
    except Exception as error:
        return _FAULT + type(error).__name__.encode()


def _answer(call: Callable[[], bytes], writer: int) -> NoReturn:
    """Write the answer of the child process, and end it, whatever happens.

    Nothing that the parent has buffered is written twice.
    """
    try:
        with os.fdopen(writer, "wb") as file:
            file.write(call())
    finally:
        os._exit(0)


def _read(reader: int, ends: Deadline) -> tuple[bytes, bytes]:
    """Return the kind of the answer, and the rest of it."""
    answer = b""
    while len(answer) <= _LARGEST:
        if not select.select([reader], [], [], max(0.0, ends.left()))[0]:
            raise NoAnswerError(f"what was tried as {USER} did not end in time", "try again")
        some = os.read(reader, 2**20)
        if not some:
            break
        answer += some
    return answer[:1], answer[1:]


def _packed_trial(found: TrialResult) -> bytes:
    values = {
        "lines": found.lines,
        "warnings": [*map(_packed, found.warnings)],
        "faults": [*map(_packed, found.faults)],
        "names": found.names,
        "discovered": dict(found.discovered),
    }
    return json.dumps(values).encode()


def _unpacked_trial(body: bytes) -> TrialResult:
    values = json.loads(body)
    return TrialResult(
        tuple(values["lines"]),
        tuple(map(_unpacked, values["warnings"])),
        tuple(map(_unpacked, values["faults"])),
        tuple(values["names"]),
        values["discovered"],
    )


def _packed(problem: Problem) -> list[Any]:
    return [problem.problem, problem.remedy, problem.subject, isinstance(problem.remedy, AsTyped)]


def _unpacked(values: list[Any]) -> Problem:
    problem, remedy, subject, is_as_typed = values
    return Problem(problem, AsTyped(remedy) if is_as_typed else remedy, subject)
