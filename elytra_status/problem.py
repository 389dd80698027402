# SPDX-License-Identifier: MIT
"""What is wrong and what to do about it, as a value. errors.py, which every command loads, does without dataclasses."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.errors import ElytraStatusError, message


@dataclass(frozen=True)
class Problem:
    """Hold what is wrong, and what the administrator should do.

    `subject` is what it is about (a setting, a source, a file with a line), empty where the context says so. No text
    holds a secret, a client's name or a value that could be one.
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
    """Return an error as a value; of an error of others, whose text could hold anything, its kind alone."""
    if isinstance(error, ElytraStatusError):
        return Problem(error.problem, error.remedy, subject)
    return Problem(f"internal error ({type(error).__name__})", "Please report it", subject)
