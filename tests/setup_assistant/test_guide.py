# SPDX-License-Identifier: MIT
"""docs/setup.md shows the questions as they are asked, and describes every option."""

from __future__ import annotations

import re
from pathlib import Path

from elytra_status.cli import build_parser
from elytra_status.setup_assistant import containers, questions, staging, storage
from elytra_status.setup_assistant.options import OPTIONS, SECRET_OPTIONS, option_of

GUIDE = (Path(__file__).parents[2] / "docs" / "setup.md").read_text("utf-8")


def test_the_transcript_has_every_question_and_choice() -> None:
    for question in questions.QUESTIONS:
        assert f"    {question.title}\n" in GUIDE
        for number, choice in enumerate(question.choices, 1):
            assert f"      {number}  {choice.label}\n" in GUIDE
    asked = [field.prompt for question in questions.QUESTIONS for field in question.choices[0].fields]
    assert [prompt for prompt in asked if f"    {prompt}" not in GUIDE] == []


def test_every_option_is_explained() -> None:
    (commands,) = (action for action in build_parser()._actions if action.dest == "command")
    assert commands.choices
    answers = {option_of(name) for name in OPTIONS} | {f"{option_of(name)}-file" for name in SECRET_OPTIONS}
    own = {
        option
        for action in commands.choices["setup"]._actions  # type: ignore[attr-defined]
        for option in action.option_strings
        if option.startswith("--")
    }
    for option in own - answers - {"--help", "--config", "--state-directory"}:
        assert re.search(rf"`{option}\b|setup {option}\b", GUIDE), option


def test_files_and_names_are_those_of_the_code() -> None:
    for name in (staging.OWN, storage.TRIAL, str(containers.SHIPPED), str(containers.files()[0].parent)):
        assert name in GUIDE
