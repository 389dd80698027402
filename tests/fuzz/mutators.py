# SPDX-License-Identifier: MIT
"""Changes to valid input that keep its structure, so that it passes the parser and reaches what reads the values."""

from __future__ import annotations

import json
import math
import random
import re
import sqlite3
from pathlib import Path
from typing import Any

# Valid JSON of a type that a program does not expect.
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    5,
    10**18,
    -(10**18),
    10**400,
    0.5,
    1e308,
    -0.0,
    math.nan,
    math.inf,
    "",
    " ",
    "5",
    "NaN",
    "1e999999999",
    "2025-11-10T15:30:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999999999",
    "\x00",
    "\ud800",
    "ü\u202e\U0001f600",
    "x" * 70_000,
    "http://[",
    "//@:0/",
    [],
    {},
    [[]],
    [None],
    {"": None},
    [5, "a", None],
)


def mutate_json(text: bytes, chance: random.Random) -> bytes:
    """Return a JSON text with a few places changed, or a few of its bytes."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return mutate_bytes(text, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        value = _changed(value, chance)
    changed = json.dumps(value).encode()
    return mutate_bytes(changed, chance) if chance.random() < 0.1 else changed


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container of a value with the key of each entry."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            keys = list(one) if isinstance(one, dict) else list(range(len(one)))
            found += [(one, key) for key in keys]
            waiting += [one[key] for key in keys]
    return found


def _changed(value: Any, chance: random.Random) -> Any:
    places = _places(value)
    if not places or chance.random() < 0.03:
        return chance.choice(ODD)
    container, key = chance.choice(places)
    act = chance.random()
    if act < 0.6:
        container[key] = chance.choice(ODD)
    elif act < 0.75:
        del container[key]
    elif act < 0.85:
        other, other_key = chance.choice(places)
        # Never a value within itself.
        container[key] = json.loads(json.dumps(other[other_key])) if other_key in _keys(other) else None
    elif act < 0.95 and isinstance(container, list):
        container.append(json.loads(json.dumps(container[key])))
    else:
        container[key] = [container[key]] if chance.random() < 0.5 else {"a": container[key]}
    return value


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))


def mutate_bytes(text: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few replaced, removed, repeated or cut off."""
    changed = bytearray(text)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed) + 1)
        act = chance.randrange(5)
        if act == 0:
            changed[place : place + 1] = bytes([chance.randrange(256)])
        elif act == 1:
            del changed[place : place + chance.choice((1, 1, 8, 100))]
        elif act == 2:
            changed[place:place] = changed[max(0, place - 20) : place] * chance.choice((1, 3))
        elif act == 3:
            changed[place:place] = chance.choice((b"\x00", b"\xff\xfe", b"<!DOCTYPE", b'"', b"\n", b"&#0;", b"1e9999"))
        elif chance.random() < 0.2:
            del changed[place:]
    return bytes(changed)


_NUMBER = re.compile(rb"[-+]?[0-9]+(?:\.[0-9]+)?")
_NUMBERS = (b"NaN", b"+Inf", b"-1", b"1e999999999", b"999999999999999999999", b"", b"0x1", b"5")


def mutate_lines(text: bytes, chance: random.Random) -> bytes:
    """Return metrics or XML with a number replaced, a line repeated, moved or removed, or bytes changed."""
    act = chance.random()
    if act < 0.4 and (numbers := list(_NUMBER.finditer(text))):
        one = chance.choice(numbers)
        return text[: one.start()] + chance.choice(_NUMBERS) + text[one.end() :]
    lines = re.split(rb"(?<=[\n>])", text)
    if act < 0.7 and len(lines) > 1:
        place = chance.randrange(len(lines))
        line = lines.pop(place)
        if chance.random() < 0.6:
            lines[chance.randrange(len(lines)) : 0] = [line] * chance.choice((1, 2))
        return b"".join(lines)
    return mutate_bytes(text, chance)


_CELLS: tuple[Any, ...] = (
    None,
    math.nan,
    math.inf,
    -1,
    10**18,
    5,
    0.5,
    "",
    "x",
    "9999-12-31 23:59:59",
    b"\xff\x00",
    "{",
)


def mutate_sqlite(path: Path, chance: random.Random) -> None:
    """Change cells of a database: NULL, huge numbers, texts and blobs in any column."""
    connection = sqlite3.connect(path)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for _ in range(chance.randint(1, 4)):
            table = chance.choice(names)
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            if not columns:
                continue
            column = chance.choice(columns)
            where = "" if chance.random() < 0.3 else f"WHERE rowid % {chance.randint(1, 3)} = 0"
            try:
                connection.execute(f'UPDATE "{table}" SET "{column}" = ? {where}', (chance.choice(_CELLS),))
            except sqlite3.Error:
                continue
        connection.commit()
    finally:
        connection.close()
