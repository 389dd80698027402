# SPDX-License-Identifier: MIT
"""The kind of a value: how it is read and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from elytra_status.errors import message


class InvalidValueError(ValueError):
    """A value is invalid.

    `problem` follows the name of the setting in a sentence; `remedy` says what is valid. Neither contains the value,
    which could be a secret on the wrong line.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return message(self.problem, self.remedy)


@dataclass(frozen=True)
class Kind:
    """A kind of values.

    `hint` describes the accepted values, for the manual page. `read` raises InvalidValueError. If `is_secret`, the
    value is never shown, and neither are its `parts`, which could leak on their own.
    """

    hint: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    is_secret: bool = False
    parts: Callable[[Any], tuple[str, ...]] = lambda value: ()
