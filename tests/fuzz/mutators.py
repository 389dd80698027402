# SPDX-License-Identifier: MIT
"""Changes to valid input that keep its structure, so that it passes the parser and reaches what reads the values."""

from __future__ import annotations

import copy
import json
import math
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

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


def _odd(chance: random.Random) -> Any:
    # A copy: it may be changed further.
    return copy.deepcopy(chance.choice(ODD))


def _changed(value: Any, chance: random.Random) -> Any:
    places = _places(value)
    if not places or chance.random() < 0.03:
        return _odd(chance)
    container, key = chance.choice(places)
    act = chance.random()
    if act < 0.6:
        container[key] = _odd(chance)
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
_NUMBERS = (b"NaN", b"+Inf", b"-1", b"1e999999999", b"1e" + b"9" * 20, b"9" * 21, b"", b"0x1", b"5")


def mutate_lines(text: bytes, chance: random.Random) -> bytes:
    """Return a text with a number replaced, a line repeated, moved or removed, or bytes changed."""
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


# A sample of the text format of Prometheus: name, labels, value, and a time that may be missing.
_SAMPLE = re.compile(r"([^\s{]+)\{(.*)\}\s+(\S+)(?:\s+(\S+))?")
_LABEL = re.compile(r'\b([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_LABEL_VALUES = (
    *("", "null", " ", "5", "-1", "1e9", "http://[", "\\", '\\"', "\\n", "\\x", "}", "{", ",", "\x85", "ü\u202e"),
    "x" * 70_000,
)
_VALUES = ("0", "1", "2", "3", "4", "-1", "0.5", "NaN", "+Inf", "-Inf", "1e999999999", "0x1", "1_0", "١", "")


def mutate_metrics(text: bytes, chance: random.Random) -> bytes:
    """Return metrics with a label or value of a few samples changed, or samples repeated; else as `mutate_lines`."""
    lines = text.decode(errors="surrogateescape").split("\n")
    samples = [number for number, line in enumerate(lines) if _SAMPLE.fullmatch(line)]
    if not samples or chance.random() < 0.2:
        return mutate_lines(text, chance)
    for _ in range(chance.choice((1, 1, 2, 4))):
        number = chance.choice(samples)
        match = _SAMPLE.fullmatch(lines[number])
        if match:
            lines[number] = _changed_sample(match, chance)
    if chance.random() < 0.2:
        lines.insert(chance.randrange(len(lines) + 1), lines[chance.choice(samples)])
    return "\n".join(lines).encode(errors="surrogateescape")


def _changed_sample(match: re.Match[str], chance: random.Random) -> str:
    name, labels, value = match[1], _LABEL.findall(match[2]), match[3]
    time = match[4] or ""
    act = chance.randrange(6)
    if act == 0 or not labels:
        value = chance.choice(_VALUES)
    elif act == 1:
        labels.pop(chance.randrange(len(labels)))
    elif act == 2:
        labels.append(chance.choice(labels))
    elif act == 3:
        time = chance.choice(("0", "-1", "9" * 30, "x"))
    else:
        place = chance.randrange(len(labels))
        labels[place] = (labels[place][0], chance.choice(_LABEL_VALUES))
    chance.shuffle(labels)
    inner = ",".join(f'{label}="{text}"' for label, text in labels)
    return f"{name}{{{inner}}} {value} {time}".rstrip()


_XML_TEXTS = (
    *(None, "", " ", "5", "-1", "true", "maybe", "1e9", "NaN", "ü\u202e", "%", "%00", "a/../b"),
    *("9" * 30, "0" * 5000, "x" * 70_000),
    *("2026-03-01T02:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Mon, 99 Foo 2026", "now"),
)


def mutate_xml(text: bytes, chance: random.Random) -> bytes:
    """Return XML with a few elements emptied, removed, repeated, moved or renamed, or as `mutate_lines`."""
    try:
        # The parser of the standard library: the texts are those of the corpus and of this module.
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError):
        return mutate_lines(text, chance)
    if chance.random() < 0.15:
        return mutate_lines(text, chance)
    for _ in range(chance.choice((1, 1, 2, 3))):
        _change_element(root, chance)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=chance.random() < 0.5)


def _change_element(root: ElementTree.Element, chance: random.Random) -> None:
    parents = [element for element in root.iter() if len(element)]
    if not parents:
        root.text = chance.choice(_XML_TEXTS)
        return
    parent = chance.choice(parents)
    place = chance.randrange(len(parent))
    child = parent[place]
    act = chance.random()
    if act < 0.5:
        child.text = chance.choice(_XML_TEXTS)
    elif act < 0.65:
        parent.remove(child)
    elif act < 0.8:
        parent.insert(chance.randrange(len(parent) + 1), copy.deepcopy(child))
    elif act < 0.9:
        # Within another element, never within itself.
        chance.choice(parents).append(copy.deepcopy(child))
    else:
        child.tag = chance.choice(list(root.iter())).tag


_CELLS: tuple[Any, ...] = (
    *(None, math.inf, -math.inf, -1, 0, 5, 10**18, 2**62, -(10**18), 0.5),
    *("", "x", "5", "now", "{", "[]", '{"maintenance": 1e400}', '{"maintenance": "5"}', "\x00", "x" * 70_000),
    *("9999-12-31 23:59:59", "0001-01-01 00:00:00", "2026-11-21 04:00:00\x00x", "2026-11-21 04:00:00+14:00"),
    *(b"", b"\xff\x00"),
)
# A text that is not UTF-8 cannot be bound to a parameter.
_NOT_UTF_8 = "CAST(x'ff41' AS TEXT)"


def mutate_sqlite(path: Path, chance: random.Random) -> None:
    """Change cells of a database whose columns take any value: of one row, of some, or of all."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for _ in range(chance.randint(1, 4)):
            table = chance.choice(names)
            column = chance.choice([row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')])
            where = chance.choice(("TRUE", f"rowid % {chance.randint(2, 5)} = 0", f"rowid = {chance.randint(1, 200)}"))
            value, values = ("?", (chance.choice(_CELLS),)) if chance.random() < 0.9 else (_NOT_UTF_8, ())
            connection.execute(f'UPDATE "{table}" SET "{column}" = {value} WHERE {where}', values)
