# SPDX-License-Identifier: MIT
"""Set up without a terminal. A missing answer is an error that names it."""

from __future__ import annotations

from elytra_status.doctor import config_check
from elytra_status.errors import DONE
from elytra_status.problem import Problem, SettingsError, SettingsProblem
from elytra_status.settings.keys import find_key
from elytra_status.setup_assistant import first_run, watching
from elytra_status.setup_assistant.as_service import try_as_service
from elytra_status.setup_assistant.draft import ANSWER, Draft
from elytra_status.setup_assistant.finish import Setup, Start, finish
from elytra_status.setup_assistant.found import TrialResult
from elytra_status.setup_assistant.monitoring import STARTS
from elytra_status.setup_assistant.trying import Tryout


def set_up(setup: Setup) -> int:
    """Check the answers, try what they change, write them, start the service.

    Return the exit status. Raise SettingsError with every fault; nothing is written then.
    """
    draft = setup.draft
    if faults := draft.view.faults:
        raise SettingsError(faults)
    refuse_missing(setup)
    refuse_unnamed(draft)
    if not setup.root:
        refuse_unusable_files(setup)
    if not setup.offline:
        tryout = Tryout(draft, setup.clock, setup.state_directory, writes=not setup.dry_run)
        found = [try_it() for try_it in tryout.changed()]
        for one in found:
            print_trial(one, setup)
        if refused := [fault for one in found for fault in one.faults]:
            raise SettingsError(refused)
    return finish(setup, start=start_of(setup))


def refuse_unusable_files(setup: Setup) -> None:
    """Raise SettingsError if the service cannot use a file that the settings name."""

    def try_files() -> TrialResult:
        config_check.check_files(setup.draft.context(setup.clock, setup.state_directory))
        return TrialResult()

    if faults := try_as_service(setup.state_directory, try_files, setup.clock).faults:
        raise SettingsError(faults)


def start_of(setup: Setup) -> Start | None:
    """Return how to start the check of a watching machine, None for the job."""
    return _watch if setup.watches else None


def _watch(setup: Setup) -> int:
    """Let only the timer of the check run, and check once."""
    if setup.root:
        watching.switch_timers(setup.root)
        setup.say("the check was not started")
        return DONE
    if why_not := first_run.obstacle():
        setup.say(why_not)
        return DONE
    watching.switch_timers("")
    if setup.starts:
        return watching.run_check(setup.say)
    setup.say("the check was not started; its timer starts it within five minutes")
    return DONE


def refuse_missing(setup: Setup) -> None:
    """Raise SettingsError if no monitoring system, or nothing to watch, is named.

    An answer or a file must name it.
    """
    settings = setup.draft.settings
    if setup.watches:
        watching.refuse_watching(setup.draft)
        return
    if not settings.sources and not any(getattr(settings, name.lower()) for name in STARTS):
        names = ", ".join(STARTS[:-1])
        remedy = f"Set one of {names} or {STARTS[-1]} in --answers FILE or as an option"
        raise SettingsError([Problem("no monitoring system is set", remedy)])


def refuse_unnamed(draft: Draft) -> None:
    """Raise SettingsError if an answer is for a source that SOURCES does not name.

    The answer would have no effect.
    """
    named = {source for source, _ in draft.settings.named}
    keys = ((name, find_key(name)) for name in draft.answers)
    sources = ((name, key.sources) for name, key in keys if key and key.source)
    if faults := [
        SettingsProblem(
            f"{name} is for {' or '.join(those)}, which SOURCES does not name",
            "Add it",
            draft.origins.get(name, ANSWER),
            setting=name,
        )
        for name, those in sources
        if not named.intersection(those)
    ]:
        raise SettingsError(faults)


def print_trial(found: TrialResult, setup: Setup) -> None:
    """Print what works and what is odd.

    Names are left out, because this output goes to other machines' logs.
    """
    for words in (*found.lines, *(f"warning: {words}" for words in found.warnings)):
        setup.say(words)
