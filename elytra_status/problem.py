# SPDX-License-Identifier: MIT
"""A problem and its remedy, as a value.

It is not in errors.py, which every command loads: dataclasses load slowly.
"""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.errors import ElytraStatusError, message


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what the administrator should do.

    `subject` is the setting, source or file with line concerned, '' if the context says so. No text may contain a
    secret, a client's name or a value that could be either.
    """

    problem: str
    remedy: str = ""
    subject: str = ""

    @property
    def seen(self) -> str:
        """The problem with its subject, without the remedy."""
        return f"{self.subject}: {self.problem}" if self.subject else self.problem

    def __str__(self) -> str:
        return message(self.problem, self.remedy, self.subject)


def problem_of(error: Exception, subject: str = "") -> Problem:
    """Return an error as a value.

    Of a foreign error, whose text could contain anything, only the type is named.
    """
    if isinstance(error, ElytraStatusError):
        return Problem(error.problem, error.remedy, subject)
    return Problem(f"internal error ({type(error).__name__})", "Please report it", subject)
