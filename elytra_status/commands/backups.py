# SPDX-License-Identifier: MIT
"""List backup groups, and retire those that are meant to end."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import Prepared, prepare

if TYPE_CHECKING:
    from elytra_status.commands.backups_list import ListedGroup
    from elytra_status.commands.parser import Commands

_NOTHING = "nothing was changed"
_LIST = "elytra-status backups list shows the groups"


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    group = commands.add_group("backups", SUMMARIES["backups"], "elytra-status backups list")
    parser = group.add(
        "list",
        "list each backup group with its evidence, newest backup, status, and when the next backup is due",
        "elytra-status backups list",
        show,
    )
    parser.add_argument("--retired", action="store_true", help="list the retired groups with author and time")
    parser.add_argument("--json", action="store_true", help="print JSON, without the names of groups")
    parser = group.add(
        "retire",
        "retire a backup group: it no longer counts, until it has a new backup",
        "elytra-status backups retire backup_restic:0a1b2c3d4e",
        retire,
    )
    parser.add_argument("group", metavar="GROUP", help="the key or the name of a group, as the list shows them")
    parser.add_argument("--undo", action="store_true", help="count a retired group again")


def show(options: argparse.Namespace) -> int:
    """List the groups as the evidence shows them now, without saving anything."""
    import json
    import sys

    from elytra_status.commands import backups_list
    from elytra_status.system import journal

    given = prepare(options)
    everything = backups_list.read_evidence(given)
    if everything.clock_problem:
        journal.log_warning(f"{everything.clock_problem}; every status is unknown", event="backups-list")
    names = sys.stdout.isatty()
    if options.retired:
        entries = everything.retired
        lines = [backups_list.retired_line(one, names=names) for one in entries]
        shown = [backups_list.retired_json(one) for one in entries]
    else:
        lines = [backups_list.line(one, everything.now, names=names) for one in everything.groups]
        shown = [backups_list.group_as_json(one) for one in everything.groups]
    if options.json:
        print(json.dumps(shown, indent=1))
        return errors.DONE
    for words in lines or ["no backup group is retired" if options.retired else _none(everything.silent)]:
        print(words)
    if lines and not options.retired:
        print("if a group is meant to end: elytra-status backups retire GROUP")
    return errors.DONE


def retire(options: argparse.Namespace) -> int:
    """Retire a group, or count it again.

    Raise UsageError if GROUP does not identify exactly one group.
    """
    from elytra_status.commands import backups_list
    from elytra_status.commands.announcing import person, refuse_wrong_clock
    from elytra_status.decision.ended_groups import last_seen
    from elytra_status.run import announced
    from elytra_status.run.accepted import GROUPS, new_records
    from elytra_status.system import journal

    by, given = person(), prepare(options)
    refuse_wrong_clock(given)
    everything = backups_list.read_evidence(given)
    if options.undo:
        return _undo(everything.retired_keys(options.group), given, by)
    one = _only_match(everything.matching(options.group), everything.silent)
    if one.retired:
        raise errors.UsageError(f"the group is already retired, by {one.retired.by}: {_NOTHING}", _LIST)
    if not one.key:
        raise errors.UsageError(
            f"this entry stands for groups that are not known and cannot be retired: {_NOTHING}",
            one.group.way_out or "elytra-status doctor says what is wrong and what to do",
        )
    records = new_records(given.clock, {one.key: last_seen(one.group)}, by, {one.key: one.group.name})
    announced.add_records(*given, GROUPS, records)
    journal.log_info(f"a backup group is retired by {by}", event="backup-group-retired", by=by)
    print(f"retired: {one.key}, by {by}; it counts again as soon as it has a new backup")
    print(f"undo: elytra-status backups retire --undo {one.key}")
    return errors.DONE


def _none(silent: list[str]) -> str:
    if silent:
        return f"no backup group is known: {' and '.join(silent)} could not be read"
    return "there are no backup groups"


def _only_match(matching: list[ListedGroup], silent: list[str]) -> ListedGroup:
    if not matching:
        because = f", and {' and '.join(silent)} could not be read" if silent else ""
        raise errors.UsageError(f"no backup group has this key or name{because}: {_NOTHING}", _LIST)
    if len(matching) > 1:
        keys = ", ".join(one.key for one in matching)
        raise errors.UsageError(
            f"{len(matching)} backup groups have this name: {_NOTHING}", f"name one by its key: {keys}"
        )
    return matching[0]


def _undo(keys: list[str], given: Prepared, by: str) -> int:
    from elytra_status.run import announced
    from elytra_status.run.accepted import GROUPS
    from elytra_status.system import journal

    if len(keys) != 1:
        how_many = f"{len(keys)} retired backup groups have" if keys else "no retired backup group has"
        raise errors.UsageError(
            f"{how_many} this key or name: {_NOTHING}",
            "see elytra-status backups list --retired, which shows them by key",
        )
    announced.remove_record(*given, GROUPS, keys[0])
    journal.log_info(f"a backup group counts again, by {by}", event="backup-group-counts", by=by)
    print(f"counts again: {keys[0]}, by {by}")
    return errors.DONE
