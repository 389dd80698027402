# SPDX-License-Identifier: MIT
"""Show the uptime history, or import an earlier one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import load_settings, prepare, refuse_unreadable_state, state_directory, with_state

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands
    from elytra_status.settings import Settings


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    parser = commands.add(
        "history",
        SUMMARIES["history"],
        "elytra-status history --bars",
        show,
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print it as JSON, with the last 90 days by day")
    output.add_argument("--bars", action="store_true", help="draw the last 90 days")
    below = commands.below(parser)
    parser = below.add(
        "import",
        "import the history of an Uptime Kuma from its database, also while it is running",
        "elytra-status history import /opt/uptime-kuma/data/kuma.db",
        import_history,
    )
    parser.add_argument("file", metavar="FILE", help="the SQLite file, kuma.db; it is not changed")
    parser.add_argument(
        "--source", metavar="NAME", help="the name of this Uptime Kuma in SOURCES, if there are several"
    )


def show(options: argparse.Namespace) -> int:
    """Show the history. No source is queried, and nothing is changed."""
    import shutil
    import sys

    from elytra_status.announcements import store
    from elytra_status.history import history_of, overview, showing, whole_days, windows_of
    from elytra_status.run.assess import policy_rules
    from elytra_status.system import process

    given = prepare(options)
    path = history_of(given.settings, given.state_directory, learns=False).path
    minimum = given.settings.uptime_aggregate == "minimum"
    maintenance = windows_of(store.read(given.state_directory).maintenance, policy_rules(given.settings).components)
    shown = overview.overview(path, given.clock.now(), maintenance, minimum=minimum)
    if options.json:
        process.write_output(showing.overview_as_json(shown))
    elif not shown.monitors:
        print("the history is empty: it begins with the first run, or with elytra-status history import")
    elif options.bars:
        # If the output is no terminal, its width is not limited.
        columns = shutil.get_terminal_size((showing.WIDEST_NAME + whole_days.DAYS + 2, 24)).columns
        ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
        print(showing.bars(shown, columns, ascii_only=ascii_only, minimum=minimum))
    else:
        print(showing.windows_table(shown, minimum=minimum))
    return errors.DONE


def import_history(options: argparse.Namespace) -> int:
    """Import the past from an Uptime Kuma's file."""
    from pathlib import Path

    from elytra_status.announcements import store
    from elytra_status.history import history_of, importing, windows_of
    from elytra_status.model import number_of
    from elytra_status.run.assess import policy_rules
    from elytra_status.sources.kuma import database
    from elytra_status.system import journal
    from elytra_status.system.clock import SystemClock

    settings = load_settings(options).settings
    source = _source(settings, options.source)
    now = SystemClock().now()
    maintenance = windows_of(store.read(state_directory(options)).maintenance, policy_rules(settings).components)
    # Root may read the file, and the owner of the history may not.
    earlier = database.read_database(Path(options.file), source, importing.importable(now), maintenance)
    for problem in earlier.problems:
        journal.log_warning(str(problem), event="history")
    given = with_state(options, settings)
    refuse_unreadable_state(given.state_directory)
    history = history_of(settings, given.state_directory, learns=True)
    done = importing.take_in_earlier(history.path, earlier, now, maintenance, settings.history_days)
    since = "" if done.since is None else f", since {done.since}"
    print(f"{number_of(done.monitors, 'monitor')} imported{since}: see elytra-status history")
    return errors.DONE


def _source(settings: Settings, wanted: str | None) -> str:
    """Return the name of the source that a file belongs to.

    Raise UsageError if that is not clear.
    """
    from elytra_status.settings import parts
    from elytra_status.sources.kuma.uptime_kuma import NAME

    names = [name for name, _ in parts(settings, NAME)] or [NAME]
    if wanted is None and len(names) > 1:
        raise errors.UsageError(f"SOURCES has {len(names)} Uptime Kumas", f"choose one: --source {' or '.join(names)}")
    if wanted is not None and wanted not in names:
        raise errors.UsageError(
            "there is no Uptime Kuma of that name in SOURCES", f"one of {', '.join(names)} is right"
        )
    return wanted or names[0]
