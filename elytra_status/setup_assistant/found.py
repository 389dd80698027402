# SPDX-License-Identifier: MIT
"""The result of trying answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from elytra_status.errors import ElytraStatusError
from elytra_status.problem import Problem


def fault_of(subject: str, error: ElytraStatusError) -> Problem:
    """Return an error as a fault."""
    return Problem(error.problem, error.remedy or "Run elytra-status doctor", subject)


@dataclass(frozen=True)
class TrialResult:
    """The result of trying answers: lines about what works, warnings, and faults.

    Only a fault prevents settings from being written. `names` are lines with the names of monitors or backup groups,
    for the administrator at the terminal. `discovered` are settings that the trial has found.
    """

    lines: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    faults: tuple[Problem, ...] = ()
    names: tuple[str, ...] = field(default=(), repr=False)
    discovered: Mapping[str, str] = field(default_factory=dict)


def merged_trials(parts: Iterable[TrialResult]) -> TrialResult:
    """Return several results as one."""
    parts = list(parts)
    return TrialResult(
        tuple(line for part in parts for line in part.lines),
        tuple(warning for part in parts for warning in part.warnings),
        tuple(fault for part in parts for fault in part.faults),
        tuple(name for part in parts for name in part.names),
        {name: text for part in parts for name, text in part.discovered.items()},
    )
