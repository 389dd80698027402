# SPDX-License-Identifier: MIT
"""Set up at a terminal, question by question."""

from __future__ import annotations

from elytra_status.doctor.report import Style
from elytra_status.problem import SettingsError
from elytra_status.setup_assistant import questions, watching
from elytra_status.setup_assistant.dialogue import Dialogue
from elytra_status.setup_assistant.finish import Setup, finish
from elytra_status.setup_assistant.terminal import Terminal
from elytra_status.setup_assistant.unattended import refuse_missing, start_of

_HEAD = """\
This asks for the settings of elytra-status, tries each answer, and writes nothing before you agree at the end.
Enter accepts the value in brackets, - removes a setting, ? explains it, Ctrl-C ends without a change."""

_END = "Next: elytra-status doctor checks everything; elytra-status setup changes an answer."


def set_up(setup: Setup, style: Style) -> int:
    """Ask everything, write it, start the service; return the exit status."""
    terminal = Terminal()
    dialogue = Dialogue(setup, terminal, style)
    terminal.say(_HEAD)
    for fault in setup.draft.present.faults:
        terminal.say(f"  {dialogue.bad} now set: {fault}")
    try:
        for question in watching.QUESTIONS if setup.watches else questions.QUESTIONS:
            dialogue.put(question)
        refuse_missing(setup)
    except BaseException:
        terminal.say("\nnothing was written")
        raise
    terminal.say()
    while True:
        try:
            exit_status = finish(setup, terminal, start_of(setup))
            terminal.say(_END)
            return exit_status
        except SettingsError as error:
            for problem in error.faults:
                terminal.say(f"  {dialogue.bad} {problem}")
            # The administrator may correct it in another terminal, and the answers are not lost.
            if not terminal.agree("Try again, once that is corrected?", default=True):
                raise
            setup.draft.reread()
