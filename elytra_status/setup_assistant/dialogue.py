# SPDX-License-Identifier: MIT
"""Ask the questions in turn. Each answer is tried and can be corrected."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.doctor.finding import Level
from elytra_status.doctor.report import Style
from elytra_status.model import wrap
from elytra_status.problem import Problem
from elytra_status.settings.keys import find_key, nearest
from elytra_status.settings.kinds import InvalidValueError
from elytra_status.settings.load import DEFAULT
from elytra_status.setup_assistant.draft import value_of
from elytra_status.setup_assistant.finish import Setup
from elytra_status.setup_assistant.found import TrialResult
from elytra_status.setup_assistant.question import Choice, Field, Question
from elytra_status.setup_assistant.staging import outranked
from elytra_status.setup_assistant.terminal import Terminal
from elytra_status.setup_assistant.trying import Tryout

_WIDTH = 79
_NEXT_STEPS = (
    "answer again",
    "keep these answers anyway",
    "leave this out",
    "change another setting, by its name in elytra-status.conf(5)",
)
_KEEP, _LEAVE_OUT, _OTHER = 2, 3, 4
_TAKE_BACK = "none of these: remove what is set here"


@dataclass
class Dialogue:
    """A setup with answers from a terminal. `style` is what the terminal can show."""

    setup: Setup
    terminal: Terminal
    style: Style

    def __post_init__(self) -> None:
        self.draft = self.setup.draft
        signs = self.style.signs
        self.good, self.odd, self.bad = signs[Level.OK], signs[Level.WARNING], signs[Level.FAULT]
        self._warned: set[Problem] = set()
        self.tryout = Tryout(self.draft, self.setup.clock, self.setup.state_directory, writes=not self.setup.dry_run)

    def put(self, question: Question) -> None:
        """Ask a question until its answers work, are kept anyway, or are left out."""
        say = self.terminal.say
        say(f"\n{question.title}")
        present = self._present(question)
        for line in present.values():
            say(line)
        stays = present and not self.terminal.agree("Change this?", default=False)
        # Answers from options have not been tried yet.
        if stays and (not self.draft.touches(question.names) or self._try(question)):
            return
        while True:
            labels = [choice.label for choice in question.choices]
            number = self.terminal.choose("Which one?", [*labels, _TAKE_BACK] if present else labels)
            if number > len(labels):
                self.draft.answers.update(dict.fromkeys(present, ""))
                present = {}
                continue
            if self._answered(question, question.choices[number - 1]):
                return

    def _answered(self, question: Question, choice: Choice) -> bool:
        """Ask for a choice and its fields; return whether the question is answered."""
        self.draft.answers.update(choice.sets or {})
        if choice.hint:
            self.terminal.say(choice.hint)
        if not choice.fields:
            return True
        if not self._settle(question, choice):
            return False
        return not question.several or not self.terminal.agree(question.several, default=False)

    def _settle(self, question: Question, choice: Choice) -> bool:
        """Ask for the fields of a choice and try them.

        Return False if they were left out.
        """
        before, fields = dict(self.draft.answers), choice.fields
        while True:
            for field in fields:
                if not field.belongs_to or self._current(field.belongs_to):
                    self.ask(field)
                else:
                    self.draft.answers[field.name] = ""
            if self._try(question):
                return True
            number = self.terminal.choose("What now?", _NEXT_STEPS)
            # With the other setting, the answers may work as they are.
            fields = () if number == _OTHER else choice.fields
            if number == _OTHER:
                self._ask_other()
            elif number == _KEEP and not self._problems(question):
                return True
            elif number == _KEEP:
                self.terminal.say("These answers cannot be kept until that is corrected.")
            elif number == _LEAVE_OUT:
                self.draft.answers.clear()
                self.draft.answers.update(before)
                return False

    def _try(self, question: Question) -> bool:
        """Try the answers, show the result, and return whether they work."""
        problems = self._problems(question)
        for problem in problems:
            self.terminal.say(f"  {self.bad} {problem}")
        if problems:
            return False
        if self.setup.offline:
            return True
        self.terminal.say("  trying this now ...")
        found = question.attempt(self.tryout)
        self.show(found)
        return not found.faults

    def _problems(self, question: Question) -> list[Problem]:
        """Return why the answers could not be written.

        They may contradict each other, or something may outrank them.
        """
        self.draft.reread()
        return [
            *self.draft.faults_among(question.names),
            *outranked(self.draft, self.setup.clock, is_trial=self.setup.dry_run),
        ]

    def show(self, found: TrialResult) -> None:
        """Show the result of a trial, with names."""
        for line in found.lines:
            self.terminal.say(f"  {self.good} {line}")
        for name in found.names:
            self.terminal.say(f"      {name}")
        for warning in found.warnings:
            if warning not in self._warned:
                self.terminal.say(f"  {self.odd} {warning}")
        self._warned.update(found.warnings)
        for fault in found.faults:
            self.terminal.say(f"  {self.bad} {fault}")

    def ask(self, field: Field) -> None:
        """Ask for a setting until the answer is valid, and put it into the draft."""
        key = find_key(field.name)
        assert key
        definition = key.definition
        while True:
            current = self._current(field.name)
            suggestion = "" if current else field.suggest(self.setup)
            brackets = f" [{current or suggestion}]" if current or suggestion else ""
            optional = "" if field.is_needed or brackets else f" (Enter: {field.enter})"
            ask = self.terminal.ask_secret if definition.is_secret else self.terminal.ask
            text = ask(f"{field.prompt}{brackets}{optional}")
            if text == "?":
                self.terminal.say("\n".join(wrap(f"{field.name}: {definition.description}", _WIDTH)))
                continue
            if text == "" and not current:
                text = suggestion
            elif text == "" and field.name in self.draft.present.unread:
                text = current
            elif text == "":
                return
            text = "" if text == "-" else text
            if not text and field.is_needed:
                self.terminal.say("An answer is needed here; ? explains it.")
                continue
            try:
                self._take(field, text)
                return
            except InvalidValueError as error:
                self.terminal.say(f"  {self.bad} {field.name} {error}")

    def _take(self, field: Field, text: str) -> None:
        """Put an answer into the draft. Raise InvalidValueError if it is invalid."""
        key = find_key(field.name)
        assert key
        if text:
            key.definition.kind.read(text)
        self.draft.answers[field.name] = text
        self.draft.answers.update(field.refine(text))

    def _current(self, name: str) -> str:
        """Return what Enter keeps, which may be the default; '' for nothing.

        For a secret, return only that it is set.
        """
        key = find_key(name)
        assert key
        value = value_of(self.draft.settings, name)
        return key.definition.kind.write(value) if value not in (None, "", ()) else ""

    def _ask_other(self) -> None:
        """Ask for a setting that is not among the questions."""
        name = self.terminal.ask("Setting").upper()
        if name and find_key(name):
            self.ask(Field(name, name))
        elif name:
            self.terminal.say(f"That is not a setting{nearest(name)}.")

    def _present(self, question: Question) -> dict[str, str]:
        """Return a line for each setting of a question that is set.

        It has the value, unless that is secret, and where it is set.
        """
        lines = {}
        for name, origin in self.draft.view.origins.items():
            key = find_key(name)
            if key is None or key.definition.name not in question.names or origin == DEFAULT:
                continue
            value = value_of(self.draft.settings, name)
            shown = key.definition.kind.write(value) if value not in (None, "", ()) else "not seen from here"
            lines[name] = f"  {name}={shown}  ({origin})"
        return lines
