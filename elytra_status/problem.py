# SPDX-License-Identifier: MIT
"""A problem and its remedy, as a value.

It is not in errors.py, which every command loads: dataclasses load slowly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from elytra_status.errors import SETTINGS, ElytraStatusError, message


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


@dataclass(frozen=True)
class SettingsProblem(Problem):
    """What is wrong with the settings.

    `subject` says where: a file with a line, a credential, the environment. `setting` is the name of the setting, '' if
    the problem is about a whole file. `is_unknown` says that the key there is not a setting.
    """

    setting: str = ""
    is_unknown: bool = False


class SettingsError(ElytraStatusError):
    """The settings are wrong. Holds all faults and all warnings.

    `is_unreadable` says that files that cannot be read are the only faults.
    """

    exit_status = SETTINGS

    def __init__(
        self, faults: Iterable[Problem], warnings: Iterable[Problem] = (), *, is_unreadable: bool = False
    ) -> None:
        self.faults = tuple(faults)
        self.warnings = tuple(warnings)
        super().__init__("\n".join(map(str, self.faults)))
        self.is_unreadable = is_unreadable


def problem_of(error: Exception, subject: str = "") -> Problem:
    """Return an error as a value.

    Of a foreign error, whose text could contain anything, only the type is named.
    """
    if isinstance(error, ElytraStatusError):
        return Problem(error.problem, error.remedy, subject)
    return Problem(f"internal error ({type(error).__name__})", "Please report it", subject)
