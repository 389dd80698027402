# SPDX-License-Identifier: MIT
"""A language with a catalogue, and the formats of the CLDR, by Babel.

Only runs that publish another language than English import this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import cache
from gettext import NullTranslations

from babel import Locale
from babel.core import get_global
from babel.dates import format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from elytra_status.locale.language import Language

# Stands for an item of a list, to find what is between two.
_ITEM = "\N{OBJECT REPLACEMENT CHARACTER}"
# Many states begin with a noun there. A catalogue begins a sentence with those that do not.
_CAPITALIZES_NOUNS = ("de",)
# Around a part whose first letter says in which direction it is written.
_ISOLATE, _END_OF_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True)
class Translation(Language):
    """A language other than English. Two are equal if their codes are."""

    catalogue: NullTranslations = field(default_factory=NullTranslations, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The name of the language in that language."""
        name = str(self._locale.display_name)
        return f"{name[:1].upper()}{name[1:]}"

    @property
    def direction(self) -> str:
        """The direction of writing: ltr or rtl."""
        return str(self._locale.text_direction)

    @property
    def browser_code(self) -> str:
        """The language with its formats, with the digits that this program writes."""
        return f"{self.code}-u-nu-latn"

    @property
    def with_territory(self) -> str:
        """The language with the territory whose formats it has."""
        return _with_territory(self.code)

    def joints(self, count: int) -> Sequence[str]:
        """Return the separators between so many items of a list."""
        return format_list([_ITEM] * count, locale=self._locale).split(_ITEM)[1:-1] if count else []

    def isolated(self, value: str) -> str:
        """Return a value as a part of a plain text, in its own direction.

        In a text from right to left, the parts of a time would otherwise be shown in the reverse order.
        """
        return f"{_ISOLATE}{value}{_END_OF_ISOLATE}" if self.direction == "rtl" else value

    def within(self, text: str) -> str:
        """Return a state as a part of a sentence."""
        return text if self.code in _CAPITALIZES_NOUNS else f"{text[:1].lower()}{text[1:]}"

    def day(self, of: date) -> str:
        """Return a day with its year."""
        return self._date("yMMMd", of)

    def day_of_year(self, of: date) -> str:
        """Return a day without its year."""
        return self._date("MMMd", of)

    def month(self, of: date) -> str:
        """Return a month with its year."""
        return self._date("yMMMM", of)

    def number(self, number: int) -> str:
        """Return a whole number."""
        return str(format_decimal(number, locale=self._locale))

    def percent(self, ratio: Fraction, decimals: int = 3) -> str:
        """Return a ratio in percent, cut off and not rounded."""
        pattern = self._locale.percent_formats[None].pattern
        if decimals:
            pattern = pattern.replace("#,##0", f"0.{'0' * decimals}")
        cut_off = Decimal(int(ratio * 100 * 10**decimals)).scaleb(-decimals - 2)
        return str(format_percent(cut_off, format=pattern, locale=self._locale))

    def units(self, count: int, unit: str) -> str:
        """Return a count of days, hours, minutes or seconds."""
        name = f"duration-{unit}"
        # Babel 2.17, of Debian 13, does not find the long form of Japanese, and returns the name of the unit.
        forms = (str(format_unit(count, name, length=length, locale=self._locale)) for length in ("long", "short"))
        return next((one for one in forms if name not in one), super().units(count, unit))

    def _date(self, skeleton: str, of: date) -> str:
        moment = datetime.combine(of, time(12), UTC)
        return str(format_skeleton(skeleton, moment, tzinfo=UTC, locale=self._locale))

    def _translated(self, message: str) -> str:
        return self.catalogue.gettext(message)

    def _plural(self, singular: str, plural: str, number: int) -> str:
        return self.catalogue.ngettext(singular, plural, number)

    @property
    def _locale(self) -> Locale:
        return _locale(self.code)


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


@cache
def _with_territory(code: str) -> str:
    likely = Locale.parse(get_global("likely_subtags").get(code, code))
    return f"{code}_{likely.territory}" if likely.territory else code
