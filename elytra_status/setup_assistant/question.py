# SPDX-License-Identifier: MIT
"""What can be asked: fields, choices of fields, and questions; no question is asked here."""

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
    """A setting that is asked for. `suggest` returns what Enter means where nothing is set, '' for not set.

    `refine` returns answers that follow from an answer: it may correct that answer too. A field that `belongs_to` a
    setting is not asked for where that is not set. `enter` says what it means to answer nothing.
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
    """One of the ways to answer a question. `sets` are answers that come with it; no fields: nothing is asked."""

    label: str
    fields: tuple[Field, ...] = ()
    sets: Mapping[str, str] | None = None
    hint: str = ""


@dataclass(frozen=True)
class Question:
    """A question: what it is about, its choices, and what tries the answers.

    `names` are the settings that belong to it. `several`: more than one choice may be taken.
    """

    title: str
    names: tuple[str, ...]
    choices: tuple[Choice, ...]
    attempt: Callable[[Tryout], TrialResult]
    several: str = ""
