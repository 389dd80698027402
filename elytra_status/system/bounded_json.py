# SPDX-License-Identifier: MIT
"""Parse foreign JSON with limits for size, values, depth and length of numbers.

A list takes 30 times the memory of its text, and one emoji makes each character of a text take four bytes. A deeply
nested value breaks code that walks through it or prints it. A Decimal with an exponent of a billion takes all memory
when it becomes an integer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from elytra_status.system import memory

if TYPE_CHECKING:
    from decimal import Decimal

# They take up to 120 MB. 10,000 checks of Healthchecks have 150,000 values. More are allowed in proportion if the unit
# allows more memory than it does by default.
MOST_VALUES = 1_000_000
_DEFAULT_MEMORY = 2**30
MORE_MEMORY = f"if it needs so many, raise MemoryMax= of elytra-status.service: 1G allows {MOST_VALUES} values"
# An object takes 230 bytes, and most values take 50. With 450,000 objects a run took 324 MB.
OBJECT_COUNTS = 4
DEEPEST = 50
# Bytes that the text may take once it is decoded, and its strings as much again. UTF-8 of 12 MB may take that much,
# ASCII of 48 MB. With an emoji, 60 MB took 550 MB.
LARGEST_TEXT = 48 * 2**20
_WIDEST = 4
# A character beyond U+FFFF, or its escape.
_WIDE = re.compile(r"[\U00010000-\U0010ffff]|\\u[dD][89abAB]")
_WIDE_BYTES = re.compile(rb"[\xf0-\xff]|\\u[dD][89abAB]")
_LONGEST_NUMBER = 400


class UnboundedJSONError(ValueError):
    """JSON with too many values, or nested too deeply.

    The text says which, without a value of the JSON. `remedy` says how to allow more, '' if that is not possible.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy

    def remedy_after(self, first: str) -> str:
        """Return a remedy that begins with what to check first."""
        return f"{first}; {self.remedy}" if self.remedy else first


def loads(
    text: str | bytes,
    *,
    of_object: Callable[[dict[str, Any]], Any] | None = None,
    exact: bool = False,
    constant: Callable[[str], Any] | None = None,
    most_values: int | None = None,
) -> Any:
    """Return the value of a JSON text.

    Raise ValueError if it is malformed, and UnboundedJSONError if it exceeds a limit. `of_object` converts each object,
    and `constant` NaN and Infinity. With `exact`, numbers with a point are Decimals. The memory of the unit limits the
    number of values if `most_values` does not.
    """
    if most_values is None:
        check_size(text, values_in_memory(), remedy=MORE_MEMORY)
    else:
        check_size(text, most_values)
    parse_float = decimal if exact else None
    try:
        with memory.ONE_ANSWER:
            value = json.loads(text, object_hook=of_object, parse_float=parse_float, parse_constant=constant)
    except RecursionError:
        raise _too_deep() from None
    check_depth(value)
    return value


def values_in_memory() -> int:
    """Return how many values JSON may have: at least MOST_VALUES."""
    return max(MOST_VALUES, (memory.limit_of_group() or 0) * MOST_VALUES // _DEFAULT_MEMORY)


def check_size(text: str | bytes, most_values: int = MOST_VALUES, *, remedy: str = "") -> None:
    """Raise UnboundedJSONError if a JSON text may have more than `most_values`.

    An object counts as several. Signs within strings count too. Also raise it if the text takes more than LARGEST_TEXT.
    `remedy` says how to allow more values.
    """
    check_text(text)
    # A value and its separator have at least two bytes.
    if len(text) <= 2 * most_values:
        return
    count: Callable[[Any], int] = text.count
    signs = {",": 1, "[": 1, "{": OBJECT_COUNTS}
    if sum(count(sign if isinstance(text, str) else sign.encode()) * as_many for sign, as_many in signs.items()) > (
        most_values
    ):
        raise UnboundedJSONError(f"it holds more than {most_values} values", remedy)


def check_text(text: str | bytes) -> None:
    """Raise UnboundedJSONError if a text takes more than LARGEST_TEXT.

    That is what it or its strings take once they are decoded.
    """
    if _WIDEST * len(text) > LARGEST_TEXT and _width(text) * len(text) > LARGEST_TEXT:
        raise UnboundedJSONError(f"it takes more than {LARGEST_TEXT // 2**20} MB")


def _width(text: str | bytes) -> int:
    """Return how many bytes a character takes at most, in the text or its strings.

    The widest character decides for all. Any other than ASCII may take two, as may what stands for an invalid byte.
    """
    if isinstance(text, bytes):
        if not json.detect_encoding(text).startswith("utf-8"):
            return _WIDEST
        is_plain = text.isascii() and b"\\u" not in text
        return 1 if is_plain else _WIDEST if _WIDE_BYTES.search(text) else 2
    is_plain = text.isascii() and "\\u" not in text
    return 1 if is_plain else _WIDEST if _WIDE.search(text) else 2


def check_depth(value: Any) -> None:
    """Raise UnboundedJSONError if a value is nested more than DEEPEST levels."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer if type(outer) is list else ())
            if type(inner) in (dict, list)
        ]
        if not level:
            return
    raise _too_deep()


def decimal(text: str) -> Decimal:
    """Return a number exactly as it is written.

    Raise ValueError if it has 400 digits, which no program writes.
    """
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text)
    except InvalidOperation:  # an exponent of 19 digits
        raise _too_long() from None
    exponent = value.as_tuple().exponent
    if len(text) > _LONGEST_NUMBER or not isinstance(exponent, int) or abs(exponent) > _LONGEST_NUMBER:
        raise _too_long()
    return value


def _too_long() -> UnboundedJSONError:
    return UnboundedJSONError(f"a number has more than {_LONGEST_NUMBER} digits")


def _too_deep() -> UnboundedJSONError:
    return UnboundedJSONError(f"it is nested more than {DEEPEST} levels deep")
