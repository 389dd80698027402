# SPDX-License-Identifier: MIT
"""A value that must not be shown."""

from __future__ import annotations

from typing import Any, NoReturn

_STARS = "***"


class Secret:
    """A value that prints as asterisks. `reveal()` returns it.

    It is not a subclass of str: json, join() and + use the characters of a str, whatever its __str__ returns. With
    this class they fail instead.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself, for the code that must send it."""
        return self._text

    def __repr__(self) -> str:
        return _STARS

    def __format__(self, format_spec: str) -> str:
        return _STARS

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")
