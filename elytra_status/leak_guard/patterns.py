# SPDX-License-Identifier: MIT
"""Rules for what is private by its shape: keys, tokens, storage, private hosts."""

from __future__ import annotations

from elytra_status.leak_guard.addresses import holds_address
from elytra_status.leak_guard.lists import PATTERN, compiled, lines

# Rules that other modules name. shapes.list has all of them.
ADDRESS, STORAGE, PRIVATE_HOST = "IP address", "s3:// address", "private host name"

_SHAPES = [
    (rule, marks.split(), pattern) for rule, marks, pattern in (line.split("\t") for line in lines("shapes.list"))
]


def private_shapes(text: str) -> set[str]:
    """Return the rules that a read text breaks by its shape."""
    found = {ADDRESS} if holds_address(text) else set[str]()
    # An editor or a mail program may have wrapped a long token.
    wrapped = " ".join("".join(some.split()) for some in PATTERN["wrapped"].findall(text))
    for one, left_out in ((text, ""), (wrapped, PRIVATE_HOST)) if wrapped else ((text, ""),):
        lowered = one.lower()
        marked = ((rule, shape) for rule, marks, shape in _SHAPES if any(mark in lowered for mark in marks))
        found.update(rule for rule, shape in marked if rule != left_out and compiled(shape).search(one))
    return found
