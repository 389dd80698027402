# SPDX-License-Identifier: MIT
"""A person at a terminal, who reads what a command shows, and types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

import pytest

# A question comes within a second or two, or later on a slow host.
SECONDS = 60.0
CTRL_C, CTRL_D = "\x03", "\x04"


class AtTerminal:
    """A command on a terminal of its own. `shown` is everything that it has shown, including the echo."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        try:
            self._own, theirs = pty.openpty()
        except OSError as error:  # A root without /dev/pts.
            pytest.skip(f"there are no terminals here: {error.strerror}")
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={"TERM": "dumb", **environment},
            cwd="/",
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(theirs)
        self.shown = ""
        self._read_to = 0

    def __enter__(self) -> AtTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._own)

    def expect(self, text: str) -> None:
        """Wait for a text after the text that was waited for before."""
        ends = time.monotonic() + SECONDS
        while (place := self.shown.find(text, self._read_to)) < 0:
            assert self._read(ends), f"{text!r} did not come; shown was:\n{self.shown}"
        self._read_to = place + len(text)

    def answer(self, question: str, text: str = "") -> None:
        """Wait for a question, and answer it."""
        self.expect(question)
        # Wait for its end too, so that the next question is not found in this one.
        self.expect(": ")
        self.type(f"{text}\n")

    def type(self, keys: str) -> None:
        """Type a text."""
        os.write(self._own, keys.encode())

    def type_bytes(self, keys: bytes) -> None:
        """Type bytes that need not be text."""
        os.write(self._own, keys)

    def end(self) -> int:
        """Wait for the end of the command and return its exit status, as a shell shows it."""
        ends = time.monotonic() + SECONDS
        while self._read(ends):
            pass
        status = self.process.wait(SECONDS)
        return status if status >= 0 else 128 - status

    def _read(self, ends: float) -> bool:
        """Read what is available; return False at the end, or after the deadline."""
        ready, _, _ = select.select([self._own], [], [], max(0.0, ends - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._own, 65536)
        except OSError:  # Linux reports this when nobody has the other side open any more.
            return False
        self.shown += re.sub(r"\r", "", data.decode("utf-8", "replace"))
        return bool(data)


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
