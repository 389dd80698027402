# SPDX-License-Identifier: MIT
"""The commands, one module each: compute, print, return the exit status.

A module has the name of its command, a function `register(commands)` that describes it, and one that runs it. To add a
command, write such a module and name it here. Import heavy modules inside functions: otherwise every command would wait
for them.
"""

from __future__ import annotations

from importlib import import_module

from elytra_status.commands.parser import Commands

# What each command does, in the order of the help. The help needs no more, and a command only its own module.
SUMMARIES = {
    "run": "run the job once: poll, decide, publish, read back",
    "setup": "ask for the settings, try each answer, write them, start the service and show what it publishes",
    "summary": "poll, decide and print the result, without publishing it",
    "override": "set the status by hand, for a limited time",
    "maintenance": "announce work on the platform",
    "incident": "publish what went wrong, and updates until it is resolved",
    "monitors": "list missing monitors, and accept that they were removed",
    "backups": "list the backup groups, and retire groups that should end",
    "history": "show the uptime of every monitor, and how much of the period was observed",
    "state": "show saved state, or accept that it was damaged",
    "check-freshness": "check that what visitors get exists, and is valid, fresh and readable from a browser",
    "doctor": "check everything that can be wrong, and say what to do about it; changes nothing",
    "alert": "notify that a unit has failed (systemd runs this), or send a test notification",
    "cors": "show or set which websites may read the status",
    "config": "check, show or explain the settings",
    "schema": "print the JSON Schema of status.json",
    "demo": "run the job with recorded responses on this machine",
}


def add_command(commands: Commands, name: str) -> None:
    """Add the command of this name to the command line."""
    import_module(f"{__name__}.{name.replace('-', '_')}").register(commands)
