# SPDX-License-Identifier: MIT
"""Writes what was answered, starts the service, shows the publication."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from elytra_status.clock import Clock
from elytra_status.errors import DONE
from elytra_status.settings.lookup import key_of
from elytra_status.setup_assistant import first_run
from elytra_status.setup_assistant.draft import Draft
from elytra_status.setup_assistant.staging import Staged, staged

# What the last line begins with, for Ansible's changed_when.
CHANGED, NOTHING = "changed:", "nothing changed"


@dataclass(frozen=True)
class Setup:
    """What a setup works on. `root` is '' where this machine is set up, else where another system's files lie."""

    draft: Draft
    clock: Clock
    state_directory: Path
    say: Callable[[str], None] = print
    root: str = ""
    offline: bool = False
    dry_run: bool = False
    starts: bool = True


def finish(setup: Setup, agree: Callable[[], bool] = lambda: True) -> int:
    """Write the answers, start the service and show the publication; return the exit status.

    `agree` is asked before anything is written, once it was said what would be.
    """
    exit_status, outcome = DONE, NOTHING
    with staged(setup.draft, is_trial=setup.dry_run) as copy:
        if copy.changes:
            for line in described(copy, setup):
                setup.say(line)
            if setup.dry_run:
                setup.say("nothing was written (--dry-run)")
                return DONE
            if not agree():
                setup.say("nothing was written")
                return DONE
            copy.commit()
            outcome = f"{CHANGED} {', '.join(str(setup.draft.directory / change.name) for change in copy.changes)}"
        settings = copy.view.settings
    if not setup.starts or setup.root:
        setup.say("the service was not started")
    elif why_not := first_run.obstacle():
        setup.say(why_not)
    elif copy.changes or not first_run.last_was_good():
        exit_status = first_run.show(first_run.start(), settings, setup.state_directory, setup.say)
    setup.say(outcome)
    return exit_status


def described(copy: Staged, setup: Setup) -> list[str]:
    """Return what would be written: each file, and each value but secrets."""
    draft = setup.draft
    lines = []
    changed = draft.changed()
    secret = {name for name in changed if (key := key_of(name)) and key.definition.is_secret}
    for change in copy.changes:
        lines.append(f"{'remove' if change.is_removed else 'write'} {draft.directory / change.name}")
        if change.name.endswith(".conf"):
            shown = {name: text for name, text in changed.items() if name not in secret}
            lines += [
                f"    {name}={text}" if text else f"    {name} is not set any more" for name, text in shown.items()
            ]
    return lines
