# SPDX-License-Identifier: MIT
"""Check, show or explain the settings."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import load_settings, unreadable_state, with_state
from elytra_status.commands.doctor import of_loaded, terminal_style, terminal_width

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands
    from elytra_status.doctor.finding import Level
    from elytra_status.settings import Loaded


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add("config", SUMMARIES["config"], "elytra-status config check", config)
    parser.add_argument(
        "action",
        choices=("check", "show", "sample"),
        help="check all settings; show each value and its origin; print a file that explains every setting",
    )
    parser.add_argument("--offline", action="store_true", help="check: only read the settings, and use no network")


def config(options: argparse.Namespace) -> int:
    """Check the settings, show them, or print a sample file."""
    from elytra_status.settings import show

    if options.action == "sample":
        print(show.sample(), end="")
        return errors.DONE
    loaded = load_settings(options)
    if options.action == "show":
        print(show.settings_table(loaded), end="")
        return errors.DONE
    return _check(options, loaded)


def _check(options: argparse.Namespace, loaded: Loaded) -> int:
    """Check the settings, and try them unless --offline is given."""
    from elytra_status.doctor import config_check, report
    from elytra_status.doctor.finding import Level
    from elytra_status.history import PrivateNames, saved_private_names
    from elytra_status.model import number_of
    from elytra_status.problem import Problem
    from elytra_status.system import journal
    from elytra_status.system.clock import SYSTEM_CLOCK

    began = SYSTEM_CLOCK.monotonic()
    context = of_loaded(options, loaded, with_state(options, loaded.settings))
    unreadable = unreadable_state(context.state_directory)
    words = PrivateNames() if unreadable else saved_private_names(context.state_directory)
    config_check.check_files(context)
    offline = options.offline or bool(loaded.unseen)
    findings, reports = ([], ()) if offline else config_check.try_everything(context, words)
    if findings:
        print(report.findings_table(findings, SYSTEM_CLOCK.monotonic() - began, terminal_width(), terminal_style()))
    warnings = config_check.check_texts(context, words, reports)
    if unreadable:
        words_of_it = f"this user may not read {', '.join(unreadable)}; texts were not compared with names known before"
        warnings.append(Problem(words_of_it, "Run this as root", str(context.state_directory)))
    for warning in warnings:
        journal.log_warning(str(warning), event="settings")
    count = len(loaded.warnings) + len(warnings)
    levels = {one.level for one in findings}
    if not loaded.unseen and (unset := config_check.nothing_set(context)):
        print(unset)
    seen = ", as far as this command can read them" if loaded.unseen else ""
    odd = f", with {number_of(count, 'warning')}" if count else ""
    print(f"settings: valid{seen}{odd}; {_what_was_tried(levels, offline=offline)}")
    return errors.NOT_IN_ORDER if Level.FAULT in levels else errors.DONE


def _what_was_tried(levels: set[Level], *, offline: bool) -> str:
    from elytra_status.doctor.finding import Level

    if offline:
        return "sources and storage were not queried"
    if levels <= {Level.SKIPPED}:
        return "they name neither a source nor storage"
    if Level.FAULT in levels:
        return "some of what they name is unreachable or was refused, see above"
    return "sources and storage were queried, and nothing was refused"
