# SPDX-License-Identifier: MIT
"""List missing monitors, and accept that they were removed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import Prepared, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elytra_status.commands.parser import Commands
    from elytra_status.decision.missing_monitors import LastSeen


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    group = commands.add_group(
        "monitors",
        SUMMARIES["monitors"],
        "elytra-status monitors list",
    )
    group.add(
        "list",
        "list missing monitors, and accepted monitors with author and time",
        "elytra-status monitors list",
        show,
    )
    parser = group.add(
        "accept",
        "accept that monitors were removed: they are no longer an error, until they return",
        "elytra-status monitors accept uptime_kuma:8",
        accept,
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("keys", nargs="*", default=[], metavar="KEY", help="a monitor, as the list shows it")
    which.add_argument("--all", action="store_true", help="accept every monitor that is missing now")


def show(options: argparse.Namespace) -> int:
    """List missing and accepted monitors as the last run left them.

    No source is queried.
    """
    from elytra_status.run import saved_monitors, saved_state
    from elytra_status.run.accepted import MONITORS
    from elytra_status.system.clock import for_people, to_text

    given = prepare(options)
    now = given.clock.now()
    known = saved_state.read(given.state_directory).known
    everything = saved_monitors.missing(known.values())
    accepted = MONITORS.read(given.state_directory)
    missing = {key: one for key, one in everything.items() if not _is_accepted(key, one, accepted)}
    names = _names(given)
    for key, one in sorted(missing.items()):
        age = for_people((now - one.seen).total_seconds())
        about = f"{one.state.value}{', critical' if one.critical else ''}"
        print(f"missing: {key}{names.get(key, '')}, last seen {about}, {age} ago ({to_text(one.seen)})")
    for key, record in sorted(accepted.items()):
        print(f"accepted: {key}{names.get(key, '')}, by {record.by} at {to_text(record.at)}")
    if not missing:
        print("no monitor is missing" if known else "saved state contains no monitors: start a run first")
    else:
        print("accept a removed monitor: elytra-status monitors accept KEY")
    return errors.DONE


def accept(options: argparse.Namespace) -> int:
    """Accept that monitors are missing.

    Raise UsageError for a monitor that is not missing, or that the settings name.
    """
    from elytra_status import sources
    from elytra_status.commands.announcing import person
    from elytra_status.run import announced, saved_monitors, saved_state
    from elytra_status.run.accepted import MONITORS, new_records

    by = person()
    given = prepare(options)
    known = saved_state.read(given.state_directory).known
    missing = saved_monitors.missing(known.values())
    named = {
        key: setting for source in sources.configured(given.settings) for key, setting in source.expected.named.items()
    }
    keys = sorted(missing.keys() - named.keys()) if options.all else list(dict.fromkeys(options.keys))
    for key in keys:
        if key in named:
            raise errors.UsageError(f"{named[key]} names {key}: nothing was accepted", f"remove it from {named[key]}")
        if key not in missing:
            raise errors.UsageError(f"{key} is not missing: nothing was accepted", "run elytra-status monitors list")
    records = new_records(given.clock, {key: missing[key].seen for key in keys}, by)
    announced.add_records(*given, MONITORS, records)
    for key in keys:
        print(f"accepted: {key}, by {by}")
    print("this takes effect at the next run" if keys else "no monitor is missing")
    return errors.DONE


def _is_accepted(key: str, one: LastSeen, accepted: Mapping[str, object]) -> bool:
    return getattr(accepted.get(key), "seen", None) == one.seen


def _names(given: Prepared) -> dict[str, str]:
    """Return the names in the history, by key, for the administrator."""
    from elytra_status.history import history_of, overview
    from elytra_status.history.store import HistoryError

    path = history_of(given.settings, given.state_directory, learns=False).path
    try:
        found = overview.overview(path, given.clock.now())
    except HistoryError:
        return {}
    return {one.key: f" {one.name!r}" for one in found.monitors if one.name}
