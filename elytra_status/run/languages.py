# SPDX-License-Identifier: MIT
"""The languages of a publication; a broken catalogue does not stop it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from elytra_status import locale
from elytra_status.locale import ENGLISH, Language, LanguageError
from elytra_status.problem import Problem


class PublicLanguages(NamedTuple):
    """The languages of a publication.

    `main` is the language of status.json. `pages` are the languages of the page; the first is the language of
    index.html. English replaces a language that cannot be used, so it may occur twice.
    """

    main: Language
    pages: tuple[Language, ...]

    @property
    def every(self) -> tuple[Language, ...]:
        """All languages, each once."""
        return tuple(dict.fromkeys((self.main, *self.pages)))


def public_languages(language: str, page_languages: Iterable[str]) -> PublicLanguages:
    """Return the languages of a publication, by LANGUAGE and PAGE_LANGUAGE.

    `pages` has a language for each entry of PAGE_LANGUAGE, so that each page keeps its address.
    """
    pages = tuple(map(usable_language, page_codes(page_languages)))
    return PublicLanguages(usable_language(language), pages)


def page_codes(given: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of PAGE_LANGUAGE, each once."""
    return tuple(dict.fromkeys(given))


def language_problems(codes: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each language that cannot be used."""
    for code in codes:
        try:
            locale.find_language(code)
        except LanguageError as error:
            yield Problem(f"{error.problem}; English is published instead", error.remedy)


def usable_language(code: str) -> Language:
    """Return a language, English if it cannot be used."""
    try:
        return locale.find_language(code)
    except LanguageError:
        return ENGLISH
