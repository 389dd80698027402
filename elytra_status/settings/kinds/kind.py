# SPDX-License-Identifier: MIT
"""What a kind of value is: how it is read, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A kind of value. `hint` says in words what is accepted; it goes into the manual.

    A value of a kind that `is_secret` is shown nowhere, and neither are its `parts`, which may leak by themselves.
    """

    hint: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    is_secret: bool = False
    parts: Callable[[Any], tuple[str, ...]] = lambda value: ()
