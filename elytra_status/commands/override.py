# SPDX-License-Identifier: MIT
"""Set the status by hand."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES, translated_options
from elytra_status.commands.announcing import announcing, assess_proposed, publish_announcement
from elytra_status.commands.common import load_settings, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from elytra_status.commands.parser import Commands
    from elytra_status.model import Override, Report

NOTHING_SET = "no override is set: the status is what the monitors say"
# How many earlier overrides are shown.
SHOWN = 5
STATUSES = ("operational", "degraded", "outage", "unknown")


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    group = commands.add_group(
        "override",
        SUMMARIES["override"],
        'elytra-status override set --status outage --note "A disk has failed." --until 2h',
    )
    parser = group.add(
        "set",
        "publish this status now, in place of the decided status, until it expires or is cleared",
        'elytra-status override set --status outage --note "A disk has failed." --until 2h',
        set_override,
    )
    parser.add_argument(
        "--status",
        required=True,
        choices=STATUSES,
        help="the status: operational, degraded, outage or unknown",
    )
    translated_options.add_text_option(
        parser, "--note", metavar="TEXT", words="what visitors read, in a sentence or two", required=True
    )
    parser.add_argument(
        "--until",
        default="4h",
        metavar="WHEN",
        help="a duration (2h, 90m, 1d) or a time with its zone (2025-11-10T18:00Z); default: 4h, at most 7d",
    )
    parser.add_argument(
        "--force", action="store_true", help="set operational although monitors are down or a source is unreachable"
    )
    group.add(
        "show",
        "show overrides with author and end",
        "elytra-status override show",
        show,
    )
    group.add(
        "clear",
        "end the override now",
        "elytra-status override clear",
        clear,
    )


def set_override(options: argparse.Namespace) -> int:
    """Set an override, if its documents may be published, and publish."""
    from elytra_status.announcements import override as overrides
    from elytra_status.announcements import times, words
    from elytra_status.model import Override, PlatformStatus
    from elytra_status.run import announced

    note, settings = words.read_public_text(options.note, "--note"), load_settings(options).settings
    notes = translated_options.read_translations(
        translated_options.given_translations(options, "--note"), "--note", settings.languages
    )
    with announcing(options, settings) as announces:
        given, now = announces.given, announces.now
        until = times.within("--until", times.read_moment(options.until, "--until", now), now, overrides.LONGEST)
        override = Override(PlatformStatus(options.status), note, now, until, announces.by, notes=notes)
        there = announced.read_announcements(*given)
        texts = {"--note": note, **translated_options.by_option(notes, "--note")}
        assessment = assess_proposed(given, overrides.set_to(there, override), texts)
        if override.status is PlatformStatus.OPERATIONAL and not options.force:
            _refuse_green(assessment.reports)
        before, _ = announced.change_announcements(*given, lambda there: overrides.set_to(there, override))
        print(f"set: {_in_words(override, now)}")
        if replaced := overrides.in_force(before, now):
            print(f"in place of: {_in_words(replaced, now)}")
        return publish_announcement(announces)


def _refuse_green(reports: Iterable[Report]) -> None:
    """Raise UsageError if monitors are down, or if that is not known."""
    from elytra_status.model import MONITORS, State, out_of

    about = [report for report in reports if report.about == MONITORS]
    monitors = [monitor for report in about if not report.problem for monitor in report.monitors]
    down = [monitor for monitor in monitors if monitor.state is State.DOWN]
    if down:
        confirmed = sum(monitor.confirmed for monitor in down)
        raise errors.UsageError(
            f"{out_of(len(down), len(monitors), 'monitor')} down, {confirmed} of them confirmed: nothing was set",
            "see elytra-status summary; if the platform works nevertheless, repeat this with --force",
        )
    silent = [report.source for report in about if report.problem]
    unknown = sum(monitor.state is State.UNKNOWN for monitor in monitors)
    if silent or unknown or not monitors:
        if silent:
            why = f"{' and '.join(silent)} did not report any state"
        else:
            why = (
                f"{out_of(unknown, len(monitors), 'monitor', 'is', 'are')} unknown"
                if monitors
                else "no monitor is watched"
            )
        raise errors.UsageError(
            f"nothing was set, because it is unknown whether the platform works: {why}",
            "if you know that it works, repeat this with --force",
        )


def show(options: argparse.Namespace) -> int:
    """Show the override in force, and the last ones before it."""
    from elytra_status.announcements import override as overrides
    from elytra_status.run import announced

    given = prepare(options)
    now = given.clock.now()
    announcements = announced.read_announcements(*given)
    override = overrides.in_force(announcements, now)
    print(f"set: {_in_words(override, now)}" if override else NOTHING_SET)
    for past in overrides.run_out(announcements, now).past_overrides[: -SHOWN - 1 : -1]:
        print(f"before: {_in_words(past, now)}")
    return errors.DONE


def clear(options: argparse.Namespace) -> int:
    """End the override, and publish the measured status."""
    from elytra_status.announcements import override as overrides
    from elytra_status.run import announced

    with announcing(options) as announces:
        given, now = announces.given, announces.now
        before, _ = announced.change_announcements(*given, lambda there: overrides.clear(there, now, announces.by))
        override = overrides.in_force(before, now)
        if override is None:
            print(NOTHING_SET)
            return errors.DONE
        print(f"cleared: {_in_words(override, now)}")
        return publish_announcement(announces)


def _in_words(override: Override, now: datetime) -> str:
    from elytra_status.system.clock import for_people, to_text

    by = f"by {override.by or 'somebody'}"
    if override.ended is None:
        left = for_people((override.until - now).total_seconds())
        times = f"until {to_text(override.until)} ({left}), {by}"
    else:
        end = f"ended by {override.ended_by}" if override.ended_by else "ran out"
        times = f"{to_text(override.since)} to {to_text(override.ended)}, {by}, {end}"
    shown = f"{override.status.value}, {times}: {override.note}"
    return "\n".join((shown, *translated_options.lines_by_language((), override.notes)))
