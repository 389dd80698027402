# SPDX-License-Identifier: MIT
"""The commands, one module each: compute, print, return the exit status.

A module has the name of its command, a function `register(commands)` that describes it, and one that runs it. To add a
command, write such a module and name it here. Import heavy modules inside functions: otherwise every command would wait
for them.
"""

from __future__ import annotations

from types import ModuleType

from elytra_status.commands import (
    alert,
    backups,
    check_freshness,
    config,
    cors,
    demo,
    doctor,
    history,
    incident,
    maintenance,
    monitors,
    override,
    run,
    schema,
    setup,
    state,
    summary,
)

MODULES = (
    *(run, setup, summary, override, maintenance, incident, monitors, backups, history, state, check_freshness, doctor),
    *(alert, cors, config, schema, demo),
)


def command_of(module: ModuleType) -> str:
    """Return the name of a module's command."""
    return module.__name__.rpartition(".")[2].replace("_", "-")
