# SPDX-License-Identifier: MIT
"""The shape of questions: fields, and choices of fields. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from elytra_status.setup_assistant.finish import Setup
from elytra_status.setup_assistant.found import TrialResult
from elytra_status.setup_assistant.trying import Tryout

Suggest = Callable[[Setup], str]


def _as_it_is(text: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Field:
    """A setting to ask for.

    `suggest` returns the default for Enter if nothing is set, '' for none. `refine` returns answers that follow from an
    answer, and may correct that answer. A field that `belongs_to` a setting is skipped if that is not set. `enter` says
    what an empty answer means.
    """

    name: str
    prompt: str
    is_needed: bool = False
    suggest: Suggest = lambda setup: ""
    refine: Callable[[str], Mapping[str, str]] = _as_it_is
    belongs_to: str = ""
    enter: str = "none"


@dataclass(frozen=True)
class Choice:
    """One of the answers to a question.

    `sets` are settings that follow from the choice. Without `fields` nothing is asked.
    """

    label: str
    fields: tuple[Field, ...] = ()
    sets: Mapping[str, str] | None = None
    hint: str = ""


@dataclass(frozen=True)
class Question:
    """A question: its subject, its choices, and the function that tries the answers.

    `names` are the settings that belong to it. With `several`, more than one choice is possible.
    """

    title: str
    names: tuple[str, ...]
    choices: tuple[Choice, ...]
    attempt: Callable[[Tryout], TrialResult]
    several: str = ""
