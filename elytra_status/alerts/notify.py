# SPDX-License-Identifier: MIT
"""The functions that commands call to notify.

Modules are imported only when needed: a good run only checks whether a file exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from elytra_status.alerts import CHANNELS, FORMER_STATE_FILE, STATE_FILE
from elytra_status.system import fallback_files

if TYPE_CHECKING:
    from elytra_status.documents.withheld import Withheld
    from elytra_status.problem import Problem
    from elytra_status.run.assess import Assessment
    from elytra_status.settings import Settings
    from elytra_status.system.clock import Clock


def report_failure(
    settings: Settings, clock: Clock, state_directory: Path, unit: str, environment: Mapping[str, str]
) -> bool:
    """Notify of a unit's failure, if that is due.

    Return whether every channel accepted the message. `environment` holds systemd's description of the failure. Raise
    UsageError if `unit` is not a service, and LockedError if another notification takes too long.
    """
    from elytra_status.alerts import unit_failures

    return unit_failures.notify_failure(settings, clock, state_directory, unit, environment)


def report_success(settings: Settings, clock: Clock, state_directory: Path, unit: str) -> None:
    """Notify that a unit works again after a failure.

    Call this at the end of each good run. Raise nothing, since the run succeeded: a notification that was not sent is
    logged, and the next good run tries again.
    """
    if any(fallback_files.exists(state_directory / name) for name in (STATE_FILE, FORMER_STATE_FILE)):
        from elytra_status.alerts import unit_failures

        unit_failures.notify_success(settings, clock, state_directory, unit)


def notify_conditions(
    settings: Settings,
    clock: Clock,
    state_directory: Path,
    assessment: Assessment,
    withheld: tuple[Withheld, ...] = (),
    *,
    state_problem: str = "",
    history_damaged: str = "",
    other_publisher: str = "",
    standing_by: bool = False,
    other_stopped: str = "",
) -> None:
    """Notify of changed conditions of platform, backups, texts and machine.

    Call this at the end of each good run. `state_problem` says why the state directory cannot be written to, '' if it
    can. `history_damaged` is the name under which this run set aside a damaged history, else ''. `other_publisher` says
    that another machine publishes too, else ''. While this machine is `standing_by`, the other one notifies of
    platform, backups and texts. `other_stopped` says when the other machine of a pair ran last, '' if that was lately.
    """
    if any(getattr(settings, setting) for setting in CHANNELS.values()):
        from elytra_status.alerts import conditions, machine_conditions, platform_conditions
        from elytra_status.alerts.notification_language import compose_in_language

        assert assessment.progress is not None
        announcements = assessment.progress.announcements
        found = [
            machine_conditions.of_clock(assessment.clock),
            machine_conditions.of_saved_state(assessment.saved_state, state_problem, history_damaged),
            machine_conditions.of_publishers(other_publisher),
        ]
        if settings.publishers == "pair":
            found.append(machine_conditions.of_pair(other_stopped))
        # While the clock is wrong, nothing else is judged. The other conditions stay as they were.
        if assessment.clock.believed and not standing_by:
            judge = partial(
                platform_conditions.of_decision,
                assessment.decision,
                assessment.reports,
                announcements,
                clock.now(),
            )
            found += compose_in_language(settings.language, judge)
        if not standing_by:
            found.append(platform_conditions.of_texts(withheld))
        conditions.notify_of_conditions(settings, clock, state_directory, found)


def test(settings: Settings, clock: Clock) -> dict[str, Problem | None]:
    """Send a marked test by every channel: see `trial.send_trial`."""
    from elytra_status.alerts import trial

    return trial.send_trial(settings, clock)
