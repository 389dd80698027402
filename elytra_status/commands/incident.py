# SPDX-License-Identifier: MIT
"""What went wrong, told to the public by a person."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands.announcing import Announcing, accept, announcing, publish
from elytra_status.commands.common import prepare

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands
    from elytra_status.model import Announcements, Incident

EXAMPLE = 'elytra-status incident open --text "Sites in nyc3 load slowly. We are looking into it."'
WHICH = "which one, as shown by incident list"


def add(commands: Commands) -> None:
    """Add the commands to the command line."""
    group = commands.add_group("incident", "publish what went wrong, and how it continues", EXAMPLE)
    parser = group.add("open", "open an incident; the status does not change", EXAMPLE, begin)
    parser.add_argument("--text", required=True, metavar="TEXT", help="what visitors read, in a sentence or two")
    parser = group.add(
        "update",
        "add news to an incident, in place of the last text",
        'elytra-status incident update 2025-11-10-1 --text "The cause is found, and is being mended."',
        update,
    )
    parser.add_argument("identifier", metavar="ID", help=WHICH)
    parser.add_argument("--text", required=True, metavar="TEXT", help="what visitors read now")
    parser = group.add("resolve", "resolve an incident", "elytra-status incident resolve 2025-11-10-1", resolve)
    parser.add_argument("identifier", metavar="ID", help=WHICH)
    parser.add_argument("--text", metavar="TEXT", help="a last sentence, for the record")
    parser = group.add("list", "show the open incidents, and their IDs", "elytra-status incident list", show)
    parser.add_argument("--all", action="store_true", help="show resolved incidents too")


def begin(options: argparse.Namespace) -> int:
    """Open an incident, where its text may go out, and publish."""
    from elytra_status.announcements import incidents, words

    text = words.read_text(options.text, "--text")
    with announcing(options) as announces:
        now, by = announces.now, announces.by
        return _tell(announces, text, lambda there: incidents.begin(there, text, now, by))


def update(options: argparse.Namespace) -> int:
    """Say something new of an open incident, where that may go out, and publish."""
    from elytra_status.announcements import incidents, words

    text = words.read_text(options.text, "--text")
    with announcing(options) as announces:
        now, by = announces.now, announces.by
        return _tell(announces, text, lambda there: incidents.update(there, options.identifier, text, now, by))


def resolve(options: argparse.Namespace) -> int:
    """Resolve an incident, where its last text may go out, and publish."""
    from elytra_status.announcements import incidents, words

    text = None if options.text is None else words.read_text(options.text, "--text")
    with announcing(options) as announces:
        now, by = announces.now, announces.by
        last = text or incidents.ENDED_TEXT
        return _tell(announces, text, lambda there: incidents.resolve(there, options.identifier, last, now, by))


def _tell(announces: Announcing, text: str | None, change: Callable[[Announcements], Announcements]) -> int:
    """Change the incidents and publish.

    Where a person has written a `text`, it must be one that may go out.
    """
    from elytra_status.announcements import store

    given = announces.given
    proposed = change(store.read(given.state_directory))
    if text is not None:
        accept(given, proposed, text, "--text")
    before, after = store.change(given.state_directory, given.clock, change)
    for incident in after.incidents:
        if incident not in before.incidents:
            print("\n".join(_in_words(incident)))
    return publish(announces)


def show(options: argparse.Namespace) -> int:
    """Show the open incidents with all that was told of them; resolved ones too, where that is asked for."""
    from elytra_status.announcements import incidents, store

    given = prepare(options)
    announcements = store.read(given.state_directory)
    shown = announcements.incidents if options.all else incidents.ongoing(announcements)[::-1]
    for incident in shown:
        print("\n".join(_in_words(incident)))
    if not shown:
        print("no incident is open" if not options.all else "there was no incident")
    return errors.DONE


def _in_words(incident: Incident) -> list[str]:
    from elytra_status.system.clock import to_text

    state = f"resolved {to_text(incident.resolved)}" if incident.resolved else "open"
    lines = [f"{incident.identifier}, opened {to_text(incident.opened)}, {state}"]
    for told in incident.updates:
        lines.append(f"  {to_text(told.time)}, by {told.by or 'the job'}: {told.text}")
    return lines
