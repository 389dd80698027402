# SPDX-License-Identifier: MIT
"""Find and read the catalogues: compiled in the package, text in a checkout."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from elytra_status import LANGUAGE_CODES
from elytra_status.errors import SETTINGS, ElytraStatusError
from elytra_status.locale.language import ENGLISH, Language

DOMAIN = "elytra-status"
FOLDER = Path(__file__).parent
# A compiled catalogue counts before its source.
_SUFFIXES = (".mo", ".po")


class LanguageError(ElytraStatusError):
    """The texts of a language cannot be used."""

    exit_status = SETTINGS


def codes() -> tuple[str, ...]:
    """Return the codes of all languages, English first."""
    return LANGUAGE_CODES


@cache
def find_language(code: str) -> Language:
    """Return a language, read once in a process.

    Raise LanguageError if its catalogue, Babel or Babel's data of the language is missing or damaged.
    """
    if code == ENGLISH.code:
        return ENGLISH
    try:
        # Here, because a run in English does without Babel.
        from elytra_status.locale.translation import Translation

        language = Translation(code, _read(code))
        # Babel reads the data of a language when they are first used: here, where it is no fault yet.
        language.day(date(2025, 1, 1)), language.percent(Fraction(1)), language.joints(2), language.units(2, "day")
        return language
    except Exception as error:  # whatever is wrong with Babel, its data or a catalogue, the status is published
        reason = f"{type(error).__name__}: {error}".replace("\n", " ")
        raise LanguageError(
            f"the texts of language {code} cannot be read ({reason})",
            "Install elytra-status and python3-babel again",
        ) from error


def _read(code: str) -> GNUTranslations:
    folder = FOLDER / code / "LC_MESSAGES"
    for suffix in _SUFFIXES:
        path = folder / f"{DOMAIN}{suffix}"
        if path.exists():
            return GNUTranslations(BytesIO(path.read_bytes() if suffix == ".mo" else _compiled(path, code)))
    raise FileNotFoundError(f"{folder}/{DOMAIN}.mo does not exist")


def _compiled(path: Path, code: str) -> bytes:
    """Return a catalogue of a checkout in the format of gettext."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    found = BytesIO()
    with path.open("rb") as file:
        write_mo(found, read_po(file, locale=code))
    return found.getvalue()
