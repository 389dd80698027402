# SPDX-License-Identifier: MIT
"""The draft: the present settings, with the answers over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elytra_status.doctor.finding import Context
from elytra_status.problem import Problem, SettingsProblem
from elytra_status.settings import DEFAULT_FILE, Settings, WrongSettingsError, load
from elytra_status.settings.checks import check_together
from elytra_status.settings.keys import find_key
from elytra_status.settings.load import DEFAULT
from elytra_status.settings.lookup import FoundValue
from elytra_status.settings.named import check_named
from elytra_status.system.clock import Clock

# The origin of an answer that was typed.
ANSWER = "answer"


@dataclass(frozen=True)
class View:
    """Settings as they were read, their origins, and their faults.

    Settings with faults must not be used for a run. `unread` are the settings with invalid values; in `settings` they
    have their defaults.
    """

    settings: Settings
    origins: dict[str, str]
    faults: tuple[SettingsProblem, ...] = ()
    warnings: tuple[SettingsProblem, ...] = ()
    unread: frozenset[str] = frozenset()


def read_view(directory: Path, answers: dict[str, FoundValue] | None = None, *, of_this_machine: bool = True) -> View:
    """Read the settings of a directory, with answers that outrank all others."""
    try:
        loaded = load(None, {}, directory=directory, answers=answers, of_this_machine=of_this_machine)
    except WrongSettingsError as error:
        return View(error.settings, error.origins, error.faults, error.warnings, error.unread)
    return View(loaded.settings, loaded.origins, (), tuple(loaded.warnings))


def value_of(settings: Settings, name: str) -> Any:
    """Return the value of a setting, also of a named source, or None.

    Equal texts give equal values.
    """
    key = find_key(name)
    assert key
    if not key.source:
        return getattr(settings, key.definition.attribute)
    part = next((part for source, part in settings.named if source in key.sources), None)
    return getattr(part, key.definition.attribute) if part else None


@dataclass
class Draft:
    """The present settings in `directory`, and the answers so far.

    Answers are texts by names of settings, '' for not set. `origins` says where answers come from that were not typed.
    """

    directory: Path
    of_this_machine: bool = True
    answers: dict[str, str] = field(default_factory=dict, repr=False)
    origins: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reread()

    def reread(self) -> None:
        """Read the present settings again, which somebody may have changed."""
        self.present = read_view(self.directory, of_this_machine=self.of_this_machine)
        self._view: tuple[dict[str, str], View] | None = None

    @property
    def view(self) -> View:
        """The settings with the answers over the present ones."""
        if self._view is None or self._view[0] != self.answers:
            found = {name: FoundValue(text, self.origins.get(name, ANSWER)) for name, text in self.answers.items()}
            view = read_view(self.directory, found, of_this_machine=self.of_this_machine)
            self._view = dict(self.answers), view
        return self._view[1]

    @property
    def settings(self) -> Settings:
        """The settings with the answers."""
        return self.view.settings

    def context(self, clock: Clock, state_directory: Path) -> Context:
        """Return the settings in the form that the doctor's checks use."""
        view, file = self.view, self.directory / DEFAULT_FILE.name
        return Context(view.settings, (), (), True, view.origins, file, clock, state_directory)

    def changed(self) -> dict[str, str]:
        """Return the answers that differ from the present settings.

        An answer that replaces an invalid value is included.
        """
        settings = self.settings
        return {
            name: text
            for name, text in self.answers.items()
            if name in self.present.unread or value_of(settings, name) != value_of(self.present.settings, name)
        }

    def touches(self, names: Iterable[str]) -> bool:
        """Whether an answer changes one of these settings, of any source."""
        wanted = set(names)
        keys = (find_key(name) for name in self.changed())
        return any(key is not None and key.definition.name in wanted for key in keys)

    def is_set(self, name: str) -> bool:
        """Whether a setting is set now, by a file or a credential."""
        return self.present.origins.get(name, DEFAULT) != DEFAULT

    def faults_among(self, names: Iterable[str]) -> list[Problem]:
        """Return contradictions between settings that involve one of these."""
        wanted = set(names)
        both = (*check_together(self.settings), *check_named(self.settings))
        return [Problem(fault.problem, fault.remedy) for fault in both if wanted.intersection(fault.names)]
