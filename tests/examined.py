# SPDX-License-Identifier: MIT
"""Functions that run single areas of the doctor, and read their findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from elytra_status.doctor.finding import Area, Context, Finding
from elytra_status.problem import SettingsProblem
from elytra_status.settings import WrongSettingsError, load
from elytra_status.system.clock import Clock
from tests.conftest import MovableClock

Examine = Callable[..., list[Finding]]


def context(directory: Path, clock: Clock | None = None, **values: object) -> Context:
    """Return the context of an area, with settings from a file, valid or not, as the command makes it."""
    file = directory / "elytra-status.conf"
    file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")
    file.chmod(0o600)
    faults: tuple[SettingsProblem, ...] = ()
    is_whole = True
    try:
        loaded = load(file, {})
        settings, origins, warnings = loaded.settings, loaded.origins, tuple(loaded.warnings)
    except WrongSettingsError as error:
        settings, origins, warnings = error.settings, error.origins, error.warnings
        faults, is_whole = error.faults, error.is_whole
    state = directory / "state"
    state.mkdir(mode=0o711, exist_ok=True)
    return Context(settings, faults, warnings, is_whole, origins, file, clock or MovableClock(), state)


def examine(area: Area, at: Context) -> list[Finding]:
    """Return what an area finds."""
    return list(area.checks(at))


def of(findings: list[Finding], name: str) -> Finding:
    """Return the one finding with a name."""
    (finding,) = (finding for finding in findings if finding.name == name)
    return finding


def bad(findings: list[Finding]) -> list[Finding]:
    """Return the warnings and faults, each of which must have a remedy."""
    found = [finding for finding in findings if finding.level.value in ("warning", "fault")]
    assert all(finding.remedy for finding in found)
    assert not any(finding.remedy for finding in findings if finding not in found)
    return found


def levels(findings: list[Finding]) -> dict[str, str]:
    """Return the level of each finding by name, the last one if several have the same name."""
    return {finding.name: finding.level.value for finding in findings}
