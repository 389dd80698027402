# SPDX-License-Identifier: MIT
"""A case of a fault, and what was wrong with what came of it."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """The fault, the file or client that it concerns, which case of it, what is wrong, and what was printed."""

    fault: str
    subject: str
    case: str
    wrong: list[str]
    output: str = ""
