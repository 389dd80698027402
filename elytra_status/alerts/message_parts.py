# SPDX-License-Identifier: MIT
"""The parts of all messages: subject, table of facts, steps, paragraphs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from elytra_status.locale import Language
from elytra_status.model import wrap

_LABEL = 9
_WIDTH = 76
# After this time an hour alone does not say which day is meant.
_SAME_DAY = timedelta(hours=20)


def subject_line(host: str, words: str, language: Language) -> str:
    """Return the subject of a message."""
    return f"[elytra-status] {host}: {language.isolated(words)}"


def message_text(paragraphs: list[str]) -> str:
    """Return the text of a message."""
    return "\n\n".join(paragraphs) + "\n"


def since_when(since: datetime, now: datetime) -> str:
    """Return a time as a subject shows it."""
    return f"{since:%H:%M} UTC" if now - since < _SAME_DAY else f"{since:%Y-%m-%d %H:%M} UTC"


def fact_table(facts: list[tuple[str, str]], language: Language) -> str:
    """Return facts after their labels. Empty ones are left out.

    The labels are translated here.
    """
    shown = [(language.text(label), text) for label, text in facts if text]
    width = max([_LABEL, *(_columns(label) + 2 for label, _ in shown)])
    return "\n".join(_filled(text, f"{label}{' ' * (width - _columns(label))}", " " * width) for label, text in shown)


def steps_paragraph(steps: Iterable[tuple[str, str]], language: Language) -> str:
    """Return what to do: commands, each below its purpose.

    The purposes are translated here. A command stands alone in its line, without marks for the direction of writing: it
    is there to be copied.
    """
    lines = [line for purpose, command in steps for line in (f"  # {language.text(purpose)}", f"  {command}")]
    return "\n".join([language.text("What to do:"), "", *lines])


def fill(text: str) -> str:
    """Return a paragraph in lines that every mail program shows unbroken."""
    return _filled(text, "", "")


def while_this_lasts(repeat_hours: float, language: Language) -> str:
    """Return the paragraph about reminders, which follow every `repeat_hours`."""
    interval = language.rough_length(repeat_hours * 3600)
    return fill(
        language.text(
            "While this lasts, a reminder follows every {duration}; a message says when it is over.", duration=interval
        )
    )


def _filled(text: str, first: str, other: str) -> str:
    return "\n".join(wrap(text, _WIDTH, first, other))


def _columns(text: str) -> int:
    """Return how wide a text is in a font of fixed width."""
    return sum(0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF") for one in text)
