# SPDX-License-Identifier: MIT
"""Set up a machine that only checks what another machine publishes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace

from elytra_status import alerts
from elytra_status.alerts.failure import FRESHNESS, RUN
from elytra_status.errors import DONE, UNAVAILABLE
from elytra_status.problem import Problem, SettingsError
from elytra_status.setup_assistant import first_run
from elytra_status.setup_assistant.draft import Draft
from elytra_status.setup_assistant.question import Question
from elytra_status.setup_assistant.questions import ADDRESS, NOTIFICATIONS
from elytra_status.sources import only_watches

RUN_TIMER, CHECK_TIMER = (name.replace(".service", ".timer") for name in (RUN, FRESHNESS))
# Both are required here: there is no "later".
QUESTIONS: tuple[Question, ...] = (
    replace(
        ADDRESS,
        title="1. At which address do visitors read the status.json that another machine publishes?",
        choices=ADDRESS.choices[:1],
    ),
    replace(
        NOTIFICATIONS,
        title="2. Who is notified when visitors get no status, or an old one?",
        choices=NOTIFICATIONS.choices[:-1],
    ),
)


def refuse_watching(draft: Draft) -> None:
    """Raise SettingsError if the machine could not watch, or is one that publishes."""
    settings = draft.settings
    if not settings.status_url:
        remedy = "Set STATUS_URL in --answers FILE or as an option"
        raise SettingsError([Problem("the address of the status to watch is not set", remedy)])
    if not only_watches(settings):
        problem = "--watch is for a machine that publishes nothing, and the settings here name a source or a target"
        raise SettingsError([Problem(problem, "Set up the check on another machine, or remove these settings")])
    if not alerts.configured(settings):
        problem = "nobody would be notified: no channel is set"
        raise SettingsError([Problem(problem, "Set one, such as SMTP_HOST or NTFY_TOPIC")])


def switch_timers(root: str) -> None:
    """Turn the timer of the job off and that of the check on, at boot and now.

    In `root`, do so only at boot. Raise SettingsError on failure.
    """
    options = [f"--root={root}"] if root else ["--now"]
    for verb, timer in (("disable", RUN_TIMER), ("enable", CHECK_TIMER)):
        words = ["systemctl", *options, verb, timer]
        try:
            subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            raise SettingsError([Problem(f"{' '.join(words)} failed", f"See systemctl status {timer}")]) from None


def run_check(say: Callable[[str], None]) -> int:
    """Start the check, and print what visitors get; return the exit status."""
    ended = first_run.start(FRESHNESS)
    if ended.well:
        say(f"watched:   {ended.status_text or 'fresh'}")
        return DONE
    why = ended.status_text.removeprefix("failed: ") or ended.result
    say(f"{FRESHNESS} ended with status {ended.exit_status}: {why}. See journalctl -u {FRESHNESS} -n 30.")
    return ended.exit_status or UNAVAILABLE
