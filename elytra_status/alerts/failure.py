# SPDX-License-Identifier: MIT
"""How a unit has failed, as systemd reports it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from elytra_status.errors import MEANINGS, STALE, UNAVAILABLE
from elytra_status.locale import Language, to_translate

RUN = "elytra-status.service"
FRESHNESS = "elytra-status-freshness.service"
# The command of each unit.
COMMANDS = {RUN: "run", FRESHNESS: "check-freshness"}
# What has failed, at first and in a reminder: by unit, or by what the freshness check has found.
_SUBJECTS: dict[int | str, tuple[str, str]] = {
    RUN: (to_translate("publishing failed"), to_translate("publishing still fails")),
    FRESHNESS: (to_translate("freshness check failed"), to_translate("freshness check still fails")),
    STALE: (
        to_translate("published status is stale or wrong"),
        to_translate("published status is still stale or wrong"),
    ),
    UNAVAILABLE: (
        to_translate("published status is unreachable"),
        to_translate("published status is still unreachable"),
    ),
}
_OF_ANY_UNIT = to_translate("{unit} failed"), to_translate("{unit} still fails")
_WORKS = {
    RUN: to_translate("publishing works again"),
    FRESHNESS: to_translate("published status is fresh again"),
}
_ANY_UNIT_WORKS = to_translate("{unit} works again")

NO_USER, NO_SANDBOX, CREDENTIALS = 217, 226, 243
# A service ends like this in a container that refuses what its sandbox needs.
OF_CONTAINERS = (NO_USER, NO_SANDBOX, CREDENTIALS)
CONTAINER_DROP_IN = "/usr/share/elytra-status/container.conf"
# Exit statuses that systemd itself sets, from systemd.exec(5), and that an administrator may cause.
SYSTEMD_STATUSES = {
    200: "systemd could not enter the working directory",
    203: "the program could not be started: the package may be only partly installed",
    NO_USER: "there is no user elytra-status, or a container refuses user namespaces",
    NO_SANDBOX: "systemd could not set up the sandbox: a container may refuse it",
    238: "systemd could not set up the state directory",
    CREDENTIALS: "the settings or a secret could not be handed over: a file in /etc/elytra-status may be missing",
}
# No run has failed: systemd refused a start as one too many, which never happens with the package's units.
START_REFUSED = "start-limit-hit"
RESULTS = {
    "timeout": "it took too long and was stopped",
    "signal": "it was killed by a signal from outside",
    "core-dump": "it crashed",
    "oom-kill": "the machine ran out of memory",
    "watchdog": "it hung and was stopped",
    "resources": "systemd could not start it",
    "exec-condition": "a condition for its start could not be checked",
}


@dataclass(frozen=True)
class Failure:
    """How a run of a unit ended.

    Unknown values are ''. `status` is a number, or the name of a signal.
    """

    unit: str
    result: str = ""
    status: str = ""
    invocation: str = ""

    @property
    def exit_status(self) -> int | None:
        """The exit status, if the run ended with one."""
        return int(self.status) if self.result == "exit-code" and self.status.isdecimal() else None


@dataclass(frozen=True)
class UnitFailure:
    """The failed runs of a unit.

    They are: since when, how many, how the last one ended, and since when it works again.
    """

    unit: str
    since: datetime
    failures: int
    last: Failure
    over: datetime | None = None


def from_environment(unit: str, environment: Mapping[str, str]) -> Failure:
    """Return the failure in systemd's MONITOR_* variables.

    They are not set if alerts are started by hand.
    """
    if environment.get("MONITOR_UNIT", unit) != unit:
        return Failure(unit)
    invocation = environment.get("MONITOR_INVOCATION_ID", "")
    return Failure(
        unit,
        result=_word(environment.get("MONITOR_SERVICE_RESULT", "")),
        status=_word(environment.get("MONITOR_EXIT_STATUS", "")),
        invocation=invocation if re.fullmatch(r"[0-9a-f]{32}", invocation) else "",
    )


def _word(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9-]{1,40}", text) else ""


def failure_subject(failure: Failure, language: Language, *, still: bool = False) -> str:
    """Return a short description of the failure, for a subject."""
    kind: int | str = failure.unit
    if failure.unit == FRESHNESS and failure.exit_status in (STALE, UNAVAILABLE):
        kind = failure.exit_status
    first, reminder = _SUBJECTS.get(kind, _OF_ANY_UNIT)
    return language.text(reminder if still else first, unit=language.isolated(failure.unit))


def works(unit: str, language: Language) -> str:
    """Return a short statement that all is well again, for a subject."""
    return language.text(_WORKS.get(unit, _ANY_UNIT_WORKS), unit=language.isolated(unit))


def how(failure: Failure) -> str:
    """Return how the run ended, in a word or two; '' if that is not known."""
    if failure.exit_status is not None:
        return f"exit {failure.exit_status}"
    if failure.result in ("signal", "core-dump") and failure.status:
        return f"signal {failure.status}"
    return failure.result


def meaning(failure: Failure) -> str:
    """Return what the end of the run means, '' if there is nothing to add."""
    status = failure.exit_status
    if status is None:
        return RESULTS.get(failure.result, "")
    meanings = MEANINGS.get(status, {})
    general = meanings.get("") or SYSTEMD_STATUSES.get(status, "")
    return meanings.get(COMMANDS.get(failure.unit, ""), general)
