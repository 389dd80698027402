# SPDX-License-Identifier: MIT
"""Options for a text in further languages, such as --note.de beside --note."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import LANGUAGE_CODES, errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from elytra_status.model import Translations

# Help shows them once, and not for each language.
HINT = "in German {option}.de, and so on for each language of the documents"


def add_text_option(
    parser: argparse.ArgumentParser, option: str, *, metavar: str, words: str, required: bool = False
) -> None:
    """Add an option for a text, and one for it in each language."""
    parser.add_argument(option, metavar=metavar, help=f"{words} ({HINT.format(option=option)})", required=required)
    for code in LANGUAGE_CODES:
        parser.add_argument(_in_language(option, code), metavar=metavar, help=argparse.SUPPRESS)


def given_translations(options: argparse.Namespace, option: str) -> Translations:
    """Return what was given for a text in further languages, as typed."""
    values = vars(options)
    given = ((code, values[_in_language(option.removeprefix("--"), code)]) for code in LANGUAGE_CODES)
    return tuple((code, text) for code, text in given if text is not None)


def read_translations(
    given: Translations,
    option: str,
    published: Iterable[str],
    read: Callable[[str, str], str] | None = None,
    *,
    removes: bool = False,
) -> Translations:
    """Return public texts in further languages, each read with its option by `read`.

    Without `read`, they are notices. `published` are the codes of the languages of all documents. With
    `removes`, an empty text removes the earlier translation. Raise UsageError if no document has a language, or if
    `read` refuses a text.
    """
    from elytra_status.announcements import words

    published, read = tuple(published), read or words.read_public_text
    for code, text in given:
        if code not in published and not (removes and not text):
            problem = f"{_in_language(option, code)} is for a language that no document has"
            raise errors.UsageError(problem, f"add {code} to PAGE_LANGUAGE, or leave it out")
    return tuple(
        (code, text if removes and not text else read(text, _in_language(option, code))) for code, text in given
    )


def refuse_without_plain(texts: Translations, plain: str | None) -> None:
    """Raise UsageError if a text is given for a language, and none for all others."""
    if texts and plain is None:
        raise errors.UsageError(
            "a text for a language is given without the plain text", "give --text too, for all other documents"
        )


def lines_by_language(titles: Translations, texts: Translations) -> list[str]:
    """Return a line for each further language, with the title and the text in it."""
    codes = dict.fromkeys(code for code, _ in (*titles, *texts))
    given = {code: [dict(one)[code] for one in (titles, texts) if code in dict(one)] for code in codes}
    return [f"    {code}: {' / '.join(both)}" for code, both in given.items()]


def by_option(texts: Translations, option: str) -> dict[str, str]:
    """Return texts by the option that gives each."""
    return {_in_language(option, code): text for code, text in texts if text}


def _in_language(option: str, code: str) -> str:
    return f"{option}.{code}"
