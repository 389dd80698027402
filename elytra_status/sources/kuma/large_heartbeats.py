# SPDX-License-Identifier: MIT
"""Split the heartbeats of thousands of monitors, to parse them one by one.

Parsed at once, the heartbeats of 9,000 monitors take 470 MB, and other JSON of that size takes gigabytes. A smaller
response is parsed as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_KEY = re.compile(rb'\s*"([A-Za-z0-9_]{1,40})"\s*:\s*')
# The heartbeats of a monitor are a list without lists, and the figures are an object without objects.
_LIST = re.compile(rb'\[[^"\[\]]*+(?:%b[^"\[\]]*+)*+\]' % _STRING, re.DOTALL)
_FIGURES = re.compile(rb'\{[^"{}]*+(?:%b[^"{}]*+)*+\}' % _STRING, re.DOTALL)
_BEGINS = re.compile(rb"\s*\{")
_GOES_ON = re.compile(rb"\s*,")
_ENDS = re.compile(rb"\s*\}")
# A hundred heartbeats with a long message each have 100 KB.
_LONGEST_LIST = 512 * 1024
_LONGEST_FIGURES = 8 * 2**20


def heartbeat_lists(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the JSON list of each monitor's heartbeats with its id.

    Yield the JSON object of all figures with ''. Raise ValueError unless the text is an object with heartbeatList and
    uptimeList.
    """
    position = _after(_BEGINS, body, 0)
    names = set()
    while True:
        name, position = _key(body, position)
        names.add(name)
        if name == "uptimeList":
            text, position = _text(_FIGURES, body, position, _LONGEST_FIGURES)
            yield "", text
        elif name == "heartbeatList":
            position = _after(_BEGINS, body, position)
            while True:
                identifier, position = _key(body, position)
                text, position = _text(_LIST, body, position, _LONGEST_LIST)
                yield identifier, text
                if not (comma := _GOES_ON.match(body, position)):
                    break
                position = comma.end()
            position = _after(_ENDS, body, position)
        else:
            raise ValueError("another key")
        if not (comma := _GOES_ON.match(body, position)):
            break
        position = comma.end()
    position = _after(_ENDS, body, position)
    if body[position:].strip() or names != {"heartbeatList", "uptimeList"}:
        raise ValueError("not whole")


def _key(body: bytes, position: int) -> tuple[str, int]:
    found = _KEY.match(body, position)
    if not found:
        raise ValueError("no key")
    return found[1].decode(), found.end()


def _text(pattern: re.Pattern[bytes], body: bytes, position: int, longest: int) -> tuple[bytes, int]:
    found = pattern.match(body, position, position + longest)
    if not found:
        raise ValueError("another value")
    return found[0], found.end()


def _after(pattern: re.Pattern[bytes], body: bytes, position: int) -> int:
    found = pattern.match(body, position)
    if not found:
        raise ValueError("a sign is missing")
    return found.end()
