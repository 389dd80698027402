# SPDX-License-Identifier: MIT
"""The doctor: check everything that can be wrong, one module for each area.

A module has an AREA, whose `checks(context)` yields findings. To add an area, write such a module and name it
in AREAS. A check changes nothing, neither here nor at a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from elytra_status import errors
from elytra_status.doctor import (
    announced,
    channels,
    clocks,
    configuration,
    connections,
    disk,
    history,
    package,
    public_address,
    saved_state,
    servers,
    sources,
    targets,
    timers,
)
from elytra_status.doctor.finding import Area, Context, Finding, Level, fault, of_exception, warning
from elytra_status.net.concurrency import DeadlineExceededError, run_all

AREAS: tuple[Area, ...] = (
    configuration.AREA,
    sources.AREA,
    connections.AREA,
    history.AREA,
    saved_state.AREA,
    announced.AREA,
    targets.AREA,
    public_address.AREA,
    servers.AREA,
    clocks.AREA,
    package.AREA,
    timers.AREA,
    disk.AREA,
    channels.AREA,
)
# Together with the start of the program this takes less than 15 seconds, whatever hangs.
SECONDS_AS_CALLER = 2.0
SECONDS = 10.5


def examine(context: Context, become_owner: Callable[[], None]) -> list[Finding]:
    """Check all areas in parallel, and return the findings in their order.

    `become_owner` drops the rights that only the settings and systemd require.
    """
    import_libraries()
    able = [area for area in AREAS if context.is_whole or not area.needs_settings]
    found = dict(_run_areas([area for area in able if area.as_caller], context, SECONDS_AS_CALLER))
    become_owner()
    found |= _run_areas([area for area in able if not area.as_caller], context, SECONDS)
    if not context.is_whole:
        left_out = ", ".join(area.name for area in AREAS if area not in able)
        remedy = "sudo elytra-status doctor; if root cannot see them either, fix the problems above first"
        found[configuration.AREA.name].append(warning("not checked", left_out, remedy))
    return [replace(finding, area=area.name) for area in able for finding in found[area.name]]


def exit_status(findings: list[Finding]) -> int:
    """Return 0 if all is well, 1 if there are only warnings, else 2."""
    levels = {finding.level for finding in findings}
    if Level.FAULT in levels:
        return errors.FAULTS
    return errors.WARNINGS if Level.WARNING in levels else errors.DONE


def import_libraries() -> None:
    """Import what several areas would begin to import at once.

    `run_all` does this for the libraries for requests.
    """
    import jsonschema  # noqa: F401


def _run_areas(areas: list[Area], context: Context, seconds: float) -> Iterator[tuple[str, list[Finding]]]:
    found: dict[str, list[Finding]] = {area.name: [] for area in areas}

    def examine(area: Area) -> None:
        for finding in area.checks(context):
            found[area.name].append(finding)

    results = run_all({area.name: (seconds, partial(examine, area)) for area in areas}, context.clock)
    for area in areas:
        # Use a copy: an abandoned thread may still add findings.
        findings = list(found[area.name])
        error = results[area.name]
        if isinstance(error, DeadlineExceededError):
            findings.append(
                fault(area.name, f"did not end within {seconds:.0f} s", "see what hangs, and run doctor again")
            )
        elif isinstance(error, Exception):
            findings.append(of_exception(Level.FAULT, area.name, error, "please report it", context))
        yield area.name, findings
