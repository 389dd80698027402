# SPDX-License-Identifier: MIT
"""Asks one question after the other; each answer is tried before the next, and can be corrected."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from elytra_status.doctor.finding import Level
from elytra_status.doctor.report import Style
from elytra_status.settings.load import DEFAULT
from elytra_status.settings.lookup import key_of
from elytra_status.setup_assistant.draft import value_of
from elytra_status.setup_assistant.finish import Setup
from elytra_status.setup_assistant.found import Found
from elytra_status.setup_assistant.question import Choice, Field, Question
from elytra_status.setup_assistant.staging import outranked
from elytra_status.setup_assistant.terminal import Terminal
from elytra_status.setup_assistant.trying import Tryout

_WIDTH = 79
_AGAIN, _KEEP, _LEAVE_OUT = 1, 2, 3


@dataclass
class Dialogue:
    """A setup that a person at a terminal answers. `style` is what the terminal can show."""

    setup: Setup
    terminal: Terminal
    style: Style

    def __post_init__(self) -> None:
        self.draft = self.setup.draft
        signs = self.style.signs
        self.good, self.odd, self.bad = signs[Level.OK], signs[Level.WARNING], signs[Level.FAULT]
        self.tryout = Tryout(self.draft, self.setup.clock, self.setup.state_directory, writes=not self.setup.dry_run)

    def put(self, question: Question) -> None:
        """Ask a question until its answers work, are kept all the same, or are left out."""
        say = self.terminal.say
        say(f"\n{question.title}")
        if lines := self._present(question):
            for line in lines:
                say(line)
            if not self.terminal.agree("Change this?", default=False):
                if self.draft.touches(question.names):  # by options
                    self._try(question)
                return
        while True:
            number = self.terminal.choose("Which one?", [choice.label for choice in question.choices])
            choice = question.choices[number - 1]
            self.draft.answers.update(choice.sets or {})
            if choice.hint:
                say(choice.hint)
            if choice.fields and not self._settle(question, choice):
                continue
            if not choice.fields or not question.several or not self.terminal.agree(question.several, default=False):
                return

    def _settle(self, question: Question, choice: Choice) -> bool:
        """Ask for the fields of a choice and try them; return whether they were not left out."""
        before = dict(self.draft.answers)
        while True:
            for field in choice.fields:
                if not field.belongs_to or self._current(field.belongs_to):
                    self.ask(field)
                else:
                    self.draft.answers[field.name] = ""
            if self._try(question):
                question.follow(self)
                return True
            number = self.terminal.choose(
                "What now?", ["answer again", "keep these answers all the same", "leave this out"], _AGAIN
            )
            if number == _KEEP and not self._problems(question):
                return True
            if number == _KEEP:
                self.terminal.say("These answers cannot be kept before that is corrected.")
            if number == _LEAVE_OUT:
                self.draft.answers.clear()
                self.draft.answers.update(before)
                return False

    def _try(self, question: Question) -> bool:
        """Try the answers, show what was found, and return whether they work."""
        problems = self._problems(question)
        for words in problems:
            self.terminal.say(f"  {self.bad} {words}.")
        if problems:
            return False
        if self.setup.offline:
            return True
        found = question.attempt(self.tryout)
        self.show(found)
        return not found.faults

    def _problems(self, question: Question) -> list[str]:
        """Return why the answers could not be written: they do not go together, or something counts before them."""
        self.draft.reread()
        return [*self.draft.faults_among(question.names), *outranked(self.draft, is_trial=self.setup.dry_run)]

    def show(self, found: Found) -> None:
        """Show what trying has found, with names."""
        for line in found.lines:
            self.terminal.say(f"  {self.good} {line}")
        for name in found.names:
            self.terminal.say(f"      {name}")
        for words in found.warnings:
            self.terminal.say(f"  {self.odd} {words}")
        for fault in found.faults:
            self.terminal.say(f"  {self.bad} {fault}")

    def ask(self, field: Field) -> None:
        """Ask for a setting until the answer can be one, and put it into the draft."""
        key = key_of(field.name)
        assert key
        definition = key.definition
        while True:
            current, suggestion = self._current(field.name), field.suggest(self)
            brackets = f" [{current or suggestion}]" if current or suggestion else ""
            optional = "" if field.is_needed or brackets else " (Enter: none)"
            ask = self.terminal.ask_secret if definition.is_secret else self.terminal.ask
            text = ask(f"{field.prompt}{brackets}{optional}")
            if text == "?":
                self.terminal.say(textwrap.fill(f"{field.name}: {definition.meaning}", _WIDTH))
                continue
            if text == "" and not current:
                text = suggestion
            elif text == "":
                return
            text = "" if text == "-" else text
            if not text and field.is_needed:
                self.terminal.say("An answer is needed here; ? explains it.")
                continue
            try:
                self._take(field, text)
                return
            except ValueError as error:
                self.terminal.say(f"  {self.bad} {field.name} {error}.")

    def _take(self, field: Field, text: str) -> None:
        """Put an answer into the draft. Raise ValueError where it is none."""
        key = key_of(field.name)
        assert key
        if text:
            key.definition.kind.read(text)
        self.draft.answers[field.name] = text
        self.draft.answers.update(field.refine(text))

    def _current(self, name: str) -> str:
        """Return what Enter keeps, the default included, '' for nothing: of a secret only that it is set."""
        key = key_of(name)
        assert key
        value = value_of(self.draft.settings, name)
        return key.definition.kind.write(value) if value not in (None, "", ()) else ""

    def _present(self, question: Question) -> list[str]:
        """Return a line for each setting of a question that is set: its value, but no secret, and where it is set."""
        lines = []
        for name, origin in self.draft.view.origins.items():
            key = key_of(name)
            if key is None or key.definition.name not in question.names or origin == DEFAULT:
                continue
            value = value_of(self.draft.settings, name)
            shown = key.definition.kind.write(value) if value not in (None, "", ()) else "not seen from here"
            lines.append(f"  {name}={shown}  ({origin})")
        return lines
