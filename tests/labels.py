# SPDX-License-Identifier: MIT
"""The labels of messages: each sentence of a message has at most one, wherever its parts come from."""

from __future__ import annotations

import logging
import re

# What stands in brackets or in quotes belongs to the words before it, or is of another program.
_ASIDE = re.compile(r"""\([^()]*\)|"[^"]*"|(?<!\w)'[^']*'(?!\w)""")
_SENTENCE = re.compile(r"(?<=[.?!])\s+|;\s+")
_LABEL = re.compile(r":\s")


def sentences_with_two_labels(text: str) -> list[str]:
    """Return the sentences of a message that have two labels: outage: 1 monitor is down: kuma:3."""
    left = text
    while (shorter := _ASIDE.sub("", left)) != left:
        left = shorter
    return [one for one in _SENTENCE.split(left) if len(_LABEL.findall(one)) > 1]


class LabelsOfLines(logging.Filter):
    """Collects the lines of the journal, but those for debugging, in which a sentence has two labels."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.INFO and sentences_with_two_labels(record.getMessage()):
            self.found.append(record.getMessage())
        return True
