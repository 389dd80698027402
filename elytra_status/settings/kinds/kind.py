# SPDX-License-Identifier: MIT
"""What a kind of value is: how it is read, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from elytra_status.errors import message


class InvalidValueError(ValueError):
    """A value cannot be used. `problem` follows the name of the setting in a sentence; `remedy` says what is right.

    The texts do not contain the value: it could be a secret that was put into the wrong line.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return message(self.problem, self.remedy)


@dataclass(frozen=True)
class Kind:
    """A kind of value. `hint` says in words what is accepted; it goes into the manual. `read` raises InvalidValueError.

    A value of a kind that `is_secret` is shown nowhere, and neither are its `parts`, which may leak by themselves.
    """

    hint: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    is_secret: bool = False
    parts: Callable[[Any], tuple[str, ...]] = lambda value: ()
