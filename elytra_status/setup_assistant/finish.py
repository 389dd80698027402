# SPDX-License-Identifier: MIT
"""Write the answers, start the service, show the publication."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from elytra_status.errors import DONE
from elytra_status.settings import Settings
from elytra_status.settings.keys import find_key
from elytra_status.setup_assistant import containers, first_run
from elytra_status.setup_assistant.draft import Draft
from elytra_status.setup_assistant.staging import Staged, staged
from elytra_status.setup_assistant.terminal import Terminal
from elytra_status.system.clock import Clock
from elytra_status.system.systemd import ServiceResult

# The beginning of the last line, for Ansible's changed_when.
CHANGED, NOTHING, NOT_WRITTEN = "changed:", "nothing changed", "nothing was written"


@dataclass(frozen=True)
class Setup:
    """The values that a setup needs.

    `root` is '' for this machine, else the directory of another system's files. `container` says to write the drop-in
    for containers if the service fails because one refuses its sandbox. `watches`: this machine publishes nothing.
    """

    draft: Draft
    clock: Clock
    state_directory: Path
    say: Callable[[str], None] = print
    root: str = ""
    offline: bool = False
    dry_run: bool = False
    starts: bool = True
    container: bool = False
    watches: bool = False


Start = Callable[[Setup], int]


def finish(setup: Setup, terminal: Terminal | None = None, start: Start | None = None) -> int:
    """Write the answers, start the service and show the publication.

    Return the exit status. At a terminal, ask before writing. `start` replaces the start of the job, and returns
    the exit status.
    """
    written: list[str] = []
    try:
        with staged(setup.draft, setup.clock, is_trial=setup.dry_run) as copy:
            for line in described(copy, setup) if copy.changes else ():
                setup.say(line)
            if copy.changes and (setup.dry_run or not _is_agreed(setup, terminal)):
                setup.say(f"{NOT_WRITTEN}{' (--dry-run)' if setup.dry_run else ''}")
                return DONE
            copy.commit()
            written = [str(setup.draft.directory / change.name) for change in copy.changes]
            settings = copy.view.settings
    except BaseException:
        if terminal and not written:
            terminal.say(f"\n{NOT_WRITTEN}")
        raise
    try:
        exit_status = DONE if setup.dry_run else _started(setup, settings, written, terminal, start)
    except KeyboardInterrupt:
        setup.say("\nthe settings are written; the service continues, see systemctl status elytra-status.service")
        raise
    setup.say(f"{CHANGED} {', '.join(written)}" if written else NOTHING)
    return exit_status


def _started(
    setup: Setup, settings: Settings, written: list[str], terminal: Terminal | None, start: Start | None
) -> int:
    return start(setup) if start else _run(setup, settings, written, terminal)


def _is_agreed(setup: Setup, terminal: Terminal | None) -> bool:
    starts = setup.starts and not setup.root and not first_run.obstacle()
    what = "check" if setup.watches else "service"
    prompt = f"Write this, and start the {what}?" if starts else "Write this?"
    return terminal is None or terminal.agree(prompt, default=True)


def _run(setup: Setup, settings: Settings, written: list[str], terminal: Terminal | None) -> int:
    """Start the service if that is due, and show the result.

    Add files that are written to `written`.
    """
    if not setup.starts or setup.root:
        setup.say("the service was not started")
        return DONE
    if why_not := first_run.obstacle():
        setup.say(why_not)
        return DONE
    exit_status = DONE
    if written or not first_run.last_was_good():
        ended = _start(setup, written, terminal)
        exit_status = first_run.show_first_run(ended, settings, setup.state_directory, setup.clock, setup.say)
    for fault in first_run.timer_faults(setup.draft.context(setup.clock, setup.state_directory)):
        setup.say(f"warning: {fault}")
    return exit_status


def _start(setup: Setup, written: list[str], terminal: Terminal | None) -> ServiceResult:
    """Start the service, and turn its sandbox off if a container refuses it.

    Add files that are written to `written`.
    """
    setup.say("the service is running; this takes a few seconds, or up to two minutes if it confirms a failure")
    ended = first_run.start()
    if not containers.refuses(ended):
        return ended
    shown = f"{containers.files()[0]} and the same of the other units"
    setup.say(f"the container does not allow the sandbox of the service (status {ended.exit_status})")
    if setup.container or (terminal and terminal.agree(f"Turn the sandbox off, by {shown}?", default=True)):
        containers.write_drop_ins()
        written += map(str, containers.files())
        return first_run.start()
    setup.say(f"elytra-status setup --container turns it off, by {shown}")
    return ended


def described(copy: Staged, setup: Setup) -> Iterator[str]:
    """Yield warnings about the settings, and what would be written.

    These are the names of the files and the values, except secrets.
    """
    draft = setup.draft
    changed = draft.changed()
    secret = {name for name in changed if (key := find_key(name)) and key.definition.is_secret}
    for words in copy.view.warnings:
        yield f"warning: {words}"
    for change in copy.changes:
        yield f"{'remove' if change.is_removed else 'write'} {draft.directory / change.name}"
        if change.name.endswith(".conf"):
            for name in (name for name in changed if name not in secret):
                yield f"    {name}={changed[name]}" if changed[name] else f"    {name} is not set any more"
