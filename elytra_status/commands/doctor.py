# SPDX-License-Identifier: MIT
"""Check everything that can be wrong."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import state_directory

if TYPE_CHECKING:
    from elytra_status.commands.common import Prepared
    from elytra_status.commands.parser import Commands
    from elytra_status.doctor.finding import Context
    from elytra_status.doctor.report import Style
    from elytra_status.problem import SettingsProblem
    from elytra_status.settings import Loaded


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add(
        "doctor",
        SUMMARIES["doctor"],
        "elytra-status doctor",
        doctor,
    )
    parser.add_argument("--json", action="store_true", help="print JSON, without the names of backup groups")


def doctor(options: argparse.Namespace) -> int:
    """Check everything, print the findings, and return the exit status."""
    from elytra_status import doctor as examination
    from elytra_status.doctor import report
    from elytra_status.system import files, journal, process
    from elytra_status.system.clock import SYSTEM_CLOCK

    began = SYSTEM_CLOCK.monotonic()
    # The parts of a run would log problems that are reported here.
    journal.start_logging("error")
    context = _context(options)
    findings = examination.examine(context, lambda: files.act_as_owner(context.state_directory))
    exit_status = examination.exit_status(findings)
    seconds = SYSTEM_CLOCK.monotonic() - began
    if options.json:
        process.write_output(report.document(findings, seconds, context.clock.now(), exit_status))
    else:
        print(report.findings_table(findings, seconds, terminal_width(), terminal_style()))
    return exit_status


def _context(options: argparse.Namespace) -> Context:
    from pathlib import Path

    from elytra_status.doctor.finding import Context
    from elytra_status.settings import DEFAULT_FILE, WrongSettingsError, load
    from elytra_status.system.clock import SystemClock

    file = Path(options.config) if options.config else None
    faults: tuple[SettingsProblem, ...] = ()
    is_whole = True
    try:
        loaded = load(file, os.environ)
        settings, origins, warnings = loaded.settings, loaded.origins, tuple(loaded.warnings)
        is_whole = not loaded.unseen
    except WrongSettingsError as error:
        # These faults are reported. The settings that could be read show what else is wrong.
        settings, origins, warnings = error.settings, error.origins, error.warnings
        faults, is_whole = error.faults, error.is_whole
    return Context(
        settings=settings,
        faults=faults,
        warnings=warnings,
        is_whole=is_whole,
        origins=origins,
        file=file or DEFAULT_FILE,
        clock=SystemClock(),
        state_directory=state_directory(options),
    )


def of_loaded(options: argparse.Namespace, loaded: Loaded, given: Prepared) -> Context:
    """Return what to check if the settings are valid."""
    from pathlib import Path

    from elytra_status.doctor.finding import Context
    from elytra_status.settings import DEFAULT_FILE

    return Context(
        settings=loaded.settings,
        faults=(),
        warnings=tuple(loaded.warnings),
        is_whole=not loaded.unseen,
        origins=loaded.origins,
        file=Path(options.config) if options.config else DEFAULT_FILE,
        clock=given.clock,
        state_directory=given.state_directory,
    )


def terminal_width() -> int:
    """Return the width of a table in columns."""
    import shutil

    from elytra_status.doctor import report

    return shutil.get_terminal_size((report.WIDEST, 24)).columns


def terminal_style() -> Style:
    """Return what the terminal can show.

    Ask the locale: Python reports UTF-8 even for the C locale.
    """
    import locale

    from elytra_status.doctor import report

    encodings = {sys.stdout.encoding, locale.nl_langinfo(locale.CODESET)} if sys.stdout else {"ascii"}
    shown = [report.style(encoding, coloured=_is_coloured()) for encoding in encodings]
    return min(shown, key=lambda one: one.arrow)


def _is_coloured() -> bool:
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
