# SPDX-License-Identifier: MIT
"""Ask at a terminal. A secret is read without echo and never shown."""

from __future__ import annotations

import getpass
import sys
import warnings
from collections.abc import Sequence

from elytra_status.errors import UsageError

_NOT_UTF8 = "That was not UTF-8. Type it again."


class Terminal:
    """A person at a terminal.

    Every question raises UsageError at the end of input (Ctrl-D).
    """

    def say(self, text: str = "") -> None:
        """Write a line."""
        print(text, flush=True)

    def ask(self, prompt: str) -> str:
        """Return the answer without surrounding spaces."""
        while True:
            print(f"{prompt}: ", end="", flush=True)
            try:
                line = sys.stdin.readline()
                break
            except UnicodeDecodeError:
                self.say(_NOT_UTF8)
        if not line:
            self.say()
            raise _ended()
        return line.strip()

    def ask_secret(self, prompt: str) -> str:
        """Return an answer that is not shown.

        Raise UsageError if the terminal would show it.
        """
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", getpass.GetPassWarning)
                    return getpass.getpass(f"{prompt}, not shown: ").strip()
            except UnicodeDecodeError:
                self.say(_NOT_UTF8)
            except EOFError:
                self.say()
                raise _ended() from None
            except getpass.GetPassWarning:
                remedy = "give secrets in --answers FILE"
                raise UsageError("this terminal would show a secret as it is typed", remedy) from None

    def choose(self, prompt: str, options: Sequence[str], default: int = 1) -> int:
        """Return the number of an option, from 1."""
        for number, option in enumerate(options, 1):
            self.say(f"  {number}  {option}")
        while True:
            answer = self.ask(f"{prompt} [{default}]") or str(default)
            if answer.isdecimal() and 1 <= int(answer) <= len(options):
                return int(answer)
            self.say(f"Answer with a number from 1 to {len(options)}.")

    def agree(self, prompt: str, *, default: bool) -> bool:
        """Return whether the answer is yes."""
        while True:
            answer = self.ask(f"{prompt} [{'Y/n' if default else 'y/N'}]").lower()
            if answer in ("", "y", "yes", "n", "no"):
                return answer.startswith("y") if answer else default
            self.say("Answer with y or n.")


def _ended() -> UsageError:
    return UsageError("the input ended before the last question", "give all answers in --answers FILE")
