# SPDX-License-Identifier: MIT
"""The alert command, which systemd starts."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import Prepared, load_settings, with_state

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add(
        "alert",
        SUMMARIES["alert"],
        "elytra-status alert test",
        alert,
    )
    parser.add_argument("unit", metavar="UNIT", help="the unit that has failed, with the suffix .service, or test")


def alert(options: argparse.Namespace) -> int:
    """Notify that a unit has failed, if that is due."""
    from elytra_status import alerts
    from elytra_status.alerts import notify
    from elytra_status.settings import WrongSettingsError
    from elytra_status.settings.checks import usable
    from elytra_status.system import journal

    try:
        settings = load_settings(options).settings
    except WrongSettingsError as error:
        # Wrong settings may be the very failure to notify of. If they cannot be read, a test is pointless.
        settings = usable(error.settings)
        if options.unit == "test" and not error.is_whole and not alerts.configured(settings):
            raise
        for fault in error.faults:
            journal.log_warning(f"{fault} The settings that can be read are used.", event="settings")
    given = with_state(options, settings)
    if options.unit == "test":
        return _test(given)
    notified = notify.report_failure(settings, given.clock, given.state_directory, options.unit, os.environ)
    return errors.DONE if notified else errors.UNAVAILABLE


def _test(given: Prepared) -> int:
    from elytra_status.alerts import notify

    results = notify.test(given.settings, given.clock)
    for name, problem in results.items():
        print(f"{name}: {problem or 'sent, and accepted'}")
    if not results:
        print(
            "no channel for notifications is set up. Set SMTP_HOST, or another channel: elytra-status.conf(5), Alerts"
        )
    return errors.DONE if results and not any(results.values()) else errors.UNAVAILABLE
