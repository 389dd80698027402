# SPDX-License-Identifier: MIT
"""Texts for the public, as given on the command line."""

from __future__ import annotations

import re

from elytra_status.announcements.titles import LONGEST_TITLE
from elytra_status.errors import UsageError
from elytra_status.settings.kinds import LONGEST_NOTICE

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# These change the direction of the surrounding text, even after the text has ended. The marks that right-to-left text
# needs (U+061C, U+200E, U+200F) do not.
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


# Characters of a postmortem.
LONGEST_POSTMORTEM = 10_000


def read_paragraphs(text: str, option: str) -> str:
    """Return a text of several paragraphs, each on one line.

    Raise UsageError if it is too long, or if `read_public_text` refuses a paragraph.
    """
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]
    for paragraph in paragraphs:
        read_public_text(paragraph, option, LONGEST_POSTMORTEM)
    whole = "\n\n".join(paragraphs)
    if len(whole) > LONGEST_POSTMORTEM:
        raise UsageError(f"{option} has {len(whole)} characters", f"use at most {LONGEST_POSTMORTEM}")
    return whole


def read_title(text: str, option: str) -> str:
    """Return a title for the public.

    Raise UsageError if it is too long, or if `read_public_text` refuses it.
    """
    return read_public_text(text, option, LONGEST_TITLE)


def read_public_text(text: str, option: str, most: int = LONGEST_NOTICE) -> str:
    """Return a text for the public, without surrounding spaces.

    Raise UsageError if it is empty, longer than `most` characters, not UTF-8, or contains a line break, a control
    character or a character that changes the direction of the surrounding text.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{option} is not UTF-8", "use a terminal that is set to UTF-8") from None
    stripped = text.strip()
    if _CONTROL.search(stripped):
        raise UsageError(f"{option} holds a line break or a control character", "use one line of plain text")
    if _DIRECTION.search(stripped):
        raise UsageError(
            f"{option} holds a character that changes the direction of the text around it",
            "leave it out: right-to-left words find their direction by themselves",
        )
    if not any(sign.isprintable() and not sign.isspace() for sign in stripped):
        raise UsageError(f"{option} is empty", "write a sentence for the public")
    if len(stripped) > most:
        hint = ": a sentence or two" if most == LONGEST_NOTICE else ""
        raise UsageError(f"{option} has {len(stripped)} characters", f"use at most {most}{hint}")
    return stripped
