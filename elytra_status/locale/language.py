# SPDX-License-Identifier: MIT
"""A language of public texts, and the formats of English. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from elytra_status.model import number_of
from elytra_status.system.clock import in_largest_unit

# The seconds of a unit, the longest first.
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def to_translate(text: str) -> str:
    """Return a text as it is, and mark it for the catalogues.

    It is for constants, which `Language.text` translates later.
    """
    return text


@dataclass(frozen=True)
class Language:
    """A language: English here, others in `translation.py`.

    `text` and `count` take the English text, which the extraction finds in the source. All moments are UTC.
    """

    code: str = "en"

    @property
    def name(self) -> str:
        """The name of the language in that language."""
        return "English"

    @property
    def direction(self) -> str:
        """The direction of writing: ltr or rtl."""
        return "ltr"

    @property
    def browser_code(self) -> str:
        """The language with its formats, for scripts in a browser."""
        return "en-GB"

    @property
    def with_territory(self) -> str:
        """The language with a territory, for previews of links: de_DE."""
        return "en_GB"

    def text(self, message: str, /, **values: object) -> str:
        """Return a translated text, with values in the places of their names."""
        found = self._translated(message)
        return found.format(**values) if values else found

    def count(self, singular: str, plural: str, number: int, /) -> str:
        """Return a translated text in the form for a number, which stands at {number}."""
        return self._plural(singular, plural, number).replace("{number}", self.number(number))

    def joints(self, count: int) -> Sequence[str]:
        """Return the separators between so many items of a list."""
        return [", "] * (count - 2) + [" and "] * (count > 1)

    def names(self, names: Sequence[str], most: int | None = None) -> str:
        """Return a list as part of a sentence: Web, Mail, DNS and 2 more.

        If there are more than `most` names, the others are counted.
        """
        rest = 0 if most is None else max(0, len(names) - most)
        shown = [*names[: len(names) - rest], *([self.and_more(rest)] if rest else [])]
        joints = [*self.joints(len(shown)), ""]
        return "".join(part for pair in zip(shown, joints, strict=True) for part in pair) if shown else ""

    def listed(self, names: Sequence[str]) -> str:
        """Return a list after a colon or in a table: Web, Mail, DNS."""
        return self.text(", ").join(names)

    def isolated(self, value: str) -> str:
        """Return a value, such as a time or a name, as a part of a plain text."""
        return value

    def within(self, text: str) -> str:
        """Return a state as a part of a sentence."""
        return text.lower()

    def and_more(self, count: int) -> str:
        """Return the last item of a list that is not complete."""
        return self.count("{number} more", "{number} more", count)

    def day(self, of: date) -> str:
        """Return a day with its year."""
        return f"{of.day} {of:%b %Y}"

    def day_of_year(self, of: date) -> str:
        """Return a day without its year."""
        return f"{of.day} {of:%b}"

    def month(self, of: date) -> str:
        """Return a month with its year."""
        return f"{of:%B %Y}"

    def time_of_day(self, of: datetime) -> str:
        """Return hour and minute, with the time zone."""
        return f"{of:%H:%M} UTC"

    def moment(self, of: datetime) -> str:
        """Return a day with its year, hour and minute."""
        return self.text("{day}, {time}", day=self.day(of), time=self.time_of_day(of))

    def number(self, number: int) -> str:
        """Return a whole number."""
        return str(number)

    def percent(self, ratio: Fraction, decimals: int = 3) -> str:
        """Return a ratio in percent, cut off and not rounded.

        All figures have the same number of decimals, so that they line up.
        """
        return f"{int(ratio * 100 * 10**decimals) / 10**decimals:.{decimals}f}%"

    def duration(self, seconds: float) -> str:
        """Return a duration in its two largest units: 30 s, 12 min, 3 h 5 min, 2 d 4 h."""
        short = {
            "day": to_translate("{number} d"),
            "hour": to_translate("{number} h"),
            "minute": to_translate("{number} min"),
            "second": to_translate("{number} s"),
        }
        return " ".join(self.text(short[unit], number=count) for count, unit in _two_units(seconds))

    def length(self, duration: timedelta) -> str:
        """Return a duration in words, in its two largest units: 1 hour 5 minutes."""
        return " ".join(self.units(count, unit) for count, unit in _two_units(duration.total_seconds()))

    def rough_length(self, seconds: float) -> str:
        """Return a duration in words, in the largest unit of which there are two."""
        return self.units(*in_largest_unit(seconds))

    def units(self, count: int, unit: str) -> str:
        """Return a count of days, hours, minutes or seconds: 5 minutes."""
        return number_of(count, unit)

    def _translated(self, message: str) -> str:
        return message

    def _plural(self, singular: str, plural: str, number: int) -> str:
        return singular if number == 1 else plural


ENGLISH = Language()


def _two_units(seconds: float) -> Sequence[tuple[int, str]]:
    """Return the counts of the two largest units, at least one of them."""
    whole = int(seconds)
    if whole < 60:
        return [(whole, "second")]
    counts = [(whole // 86400, "day"), (whole // 3600 % 24, "hour"), (whole // 60 % 60, "minute")]
    first = next(index for index, (count, _) in enumerate(counts) if count)
    return [pair for pair in counts[first : first + 2] if pair[0]]
