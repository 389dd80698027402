# SPDX-License-Identifier: MIT
"""Compose notifications in LANGUAGE.

Sentences of `alerts/` are translated. Problems, results, evidence and commands stay English: the journal and the guides
have the same words, so that a search finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from elytra_status.locale import ENGLISH, Language
from elytra_status.run.languages import usable_language
from elytra_status.system import journal

Composed = TypeVar("Composed")


def compose_in_language(code: str, compose: Callable[[Language], Composed]) -> Composed:
    """Return what `compose` makes in a language, in English if that fails.

    A notification is never lost.
    """
    try:
        return compose(usable_language(code))
    except Exception as error:
        journal.log_warning(
            f"the notification cannot be written in language {code}: {type(error).__name__}."
            " It is sent in English. Install elytra-status and python3-babel again.",
            event="alert",
        )
        return compose(ENGLISH)
