# SPDX-License-Identifier: MIT
"""Sets up without a terminal: nothing is asked, and what is missing is an error that names the answer."""

from __future__ import annotations

from elytra_status import config_check
from elytra_status.errors import SettingsError
from elytra_status.setup_assistant.draft import Draft
from elytra_status.setup_assistant.finish import Setup, finish
from elytra_status.setup_assistant.found import Found
from elytra_status.setup_assistant.monitoring import STARTS
from elytra_status.setup_assistant.trying import Tryout


def run(setup: Setup) -> int:
    """Check the answers, try what they change, write them, start the service; return the exit status.

    Raise SettingsError with every fault; nothing is written then.
    """
    draft = setup.draft
    if faults := draft.view.faults:
        raise SettingsError(list(faults))
    refuse_missing(draft)
    if not setup.root:
        config_check.check_files(draft.context(setup.clock, setup.state_directory))
    if not setup.offline:
        tryout = Tryout(draft, setup.clock, setup.state_directory, writes=not setup.dry_run)
        found = [try_it() for try_it in tryout.changed()]
        for one in found:
            tell(one, setup)
        if refused := [str(fault) for one in found for fault in one.faults]:
            raise SettingsError(refused)
    return finish(setup)


def refuse_missing(draft: Draft) -> None:
    """Raise SettingsError where no answer and no file names a monitoring system."""
    settings = draft.settings
    if not settings.sources and not any(getattr(settings, name.lower()) for name in STARTS):
        names = ", ".join(STARTS[:-1])
        raise SettingsError(
            [f"no monitoring system is set; answer one of {names} or {STARTS[-1]}, in --answers FILE or as an option"]
        )


def tell(found: Found, setup: Setup) -> None:
    """Say what works and what is odd. Names stay unsaid: what is written here goes to other machines' logs."""
    for words in (*found.lines, *(f"warning: {words}" for words in found.warnings)):
        setup.say(words)
