# SPDX-License-Identifier: MIT
"""Searches a document piece by piece, and says where which rule of the guard is broken."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from elytra_status.leak_guard.canonical import caseless, read
from elytra_status.leak_guard.patterns import PRIVATE_HOST, private_shapes
from elytra_status.leak_guard.rules import BETWEEN, Private
from elytra_status.leak_guard.terms import Rules

NOT_UTF8 = "UTF-8 text only"
NOT_JSON = "JSON only"
WHOLE = "(whole document)"

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
# Strings, with what stands between them: numbers, and signs of JSON.
_JSON_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_ADDRESS_LIKE = re.compile(r"\..*\.|[:@]")
_FOLD = re.compile(r"\r?\n[ \t]")
_CALENDAR_ESCAPE = re.compile(r"\\([\\;,])")
# In HTML, XML and SVG: a text, an element's name, an attribute's name or value, a sign.
_MARKUP = re.compile(
    r"""(?<=>)[^<>]+|</?(?:!doctype )?[\w:-]*|[\w:-]+(?=\s*=\s*["'])|"[^"<>]*"|'[^'<>]*'|[^<>"'\s]+|\s+|[<>"']"""
)
_AROUND_WORD = "</= \t\r\n"
_EMPTY_TAGS = re.compile(r"(?:<[ =]*>)+")


@dataclass(frozen=True)
class Finding:
    """What a document must not hold: in which field, by which rule.

    `word` is the name, host or bucket, for a terminal of this machine alone; it is empty for everything else.
    """

    document: str
    field: str
    rule: str
    word: str = dataclasses.field(default="", repr=False, compare=False)


def search(name: str, body: bytes, content_type: str, own_words: frozenset[str], private: Private) -> list[Finding]:
    """Return what a document holds that must not be published, in the order of its fields; nothing if it is clean.

    `own_words` are the document's fixed words. What equals one of them, or is a time as the contract writes
    it, is no name, bucket, host or secret: in JSON a key or a whole string; in HTML, XML and SVG a whole text
    between tags, the name of an element or attribute, a whole attribute value; in a calendar the name of a
    property, or its whole value. A script or another text that is one as a whole is not searched either.
    """
    kind = content_type.partition(";")[0].strip().lower()
    text = body.decode("utf-8", "replace")
    found: list[tuple[str, Rules]] = []
    # UTF-16 without letters beyond ASCII passes for UTF-8 with zero bytes.
    if "\0" in text or text.encode() != body:
        found.append((WHOLE, {NOT_UTF8: ""}))
    if kind == "application/json" or kind.endswith("+json"):
        try:
            found += _search_json(text, own_words, private)
        except (json.JSONDecodeError, RecursionError):
            found += [(WHOLE, {NOT_JSON: ""}), *_search_lines(text, private)]
    elif kind == "text/calendar":
        found += _search_lines(_unfolded(text, own_words), private, ", unfolded")
    elif any(word in kind for word in ("html", "xml", "svg")):
        found += _search_lines(_without_own(text, own_words), private)
    elif text not in own_words:
        found += _search_lines(text, private)
    # An address of the settings may be among the own words, and be private by its shape all the same.
    addresses = [word for word in own_words if "\n" not in word and _ADDRESS_LIKE.search(word) and word in text]
    in_own = private_shapes(read(BETWEEN.join(addresses))) - {PRIVATE_HOST}
    found.append((WHOLE, _without(dict.fromkeys(in_own, ""), found)))
    return list(
        dict.fromkeys(Finding(name, where, rule, rules[rule]) for where, rules in found for rule in sorted(rules))
    )


def find(text: str, private: Private, own_words: frozenset[str] = frozenset()) -> list[Finding]:
    """Return what one text holds that must not be published, one finding for each rule."""
    rules = {} if _is_own(text, own_words) else private.sought.rules(text)
    return [Finding("text", WHOLE, rule, word) for rule, word in sorted(rules.items())]


def _search_json(text: str, own_words: frozenset[str], private: Private) -> list[tuple[str, Rules]]:
    json.loads(text)
    pieces = _JSON_STRING.split(text) if "\\" in text else text.split('"')
    every = (json.loads(f'"{one}"') if "\\" in one else one for one in dict.fromkeys(pieces[1::2]))
    strings = [one for one in every if not _is_own(one, own_words)]
    # A number may be a secret, but is no name.
    numbers = " ".join(set("".join(pieces[::2]).split()))
    in_all = private.sought.secret_rules(caseless(numbers)) | private.sought.rules(BETWEEN.join(strings))
    found: list[tuple[str, Rules]] = []
    if in_all:
        # Pairs and not a dict: of a key that is there twice, both values go out.
        value = json.loads(text, object_pairs_hook=tuple)
        rules_of = lru_cache(None)(lambda part: {} if _is_own(part, own_words) else private.sought.rules(part))
        found = [(path or WHOLE, rules_of(part)) for path, part in _walk(value, "", rules_of)]
    # What no field holds may stand across fields, or be a number.
    return [*found, (WHOLE, _without(in_all, found))]


def _walk(value: Any, path: str, rules_of: Callable[[str], Rules]) -> Iterator[tuple[str, str]]:
    """Yield each text and key with its path. A key that is private, or long, is told by its number."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _walk(item, f"{path}[{position}]", rules_of)
    elif isinstance(value, tuple):
        for number, (key, item) in enumerate(value, 1):
            step = key if _PLAIN_KEY.fullmatch(key) and not rules_of(key) else f"(key {number})"
            inner = f"{path}.{step}" if path else step
            yield inner, key
            yield from _walk(item, inner, rules_of)


def _search_lines(text: str, private: Private, kind: str = "") -> list[tuple[str, Rules]]:
    rules = private.sought.rules(_EMPTY_TAGS.sub("<>", text))
    found: list[tuple[str, Rules]] = []
    for number, line in enumerate(text.splitlines() if rules else (), 1):
        of_line = private.sought.rules(line)
        found.append((f"line {number}{kind}", {rule: word for rule, word in of_line.items() if rule in rules}))
        rules = _without(rules, found[-1:])
    return [*found, (WHOLE, rules)]


def _unfolded(calendar: str, own_words: frozenset[str]) -> str:
    """Return the lines of a calendar without what is its own. A long line is folded: what it says stands on two."""
    lines = (line.partition(":") for line in _FOLD.sub("", calendar).splitlines())
    parts = ((name, _CALENDAR_ESCAPE.sub(r"\1", value)) for name, _, value in lines)
    return "\n".join(BETWEEN.join("" if _is_own(one, own_words) else one for one in (*pair, "")) for pair in parts)


def _without_own(markup: str, own_words: frozenset[str]) -> str:
    """Return markup without what is its own, on as many lines as before."""
    for word in own_words:
        # Its own script. A short secret, or a name, may be a word of a program.
        if "<" in word or ">" in word:
            markup = markup.replace(f">{word}<", ">" + "\n" * word.count("\n") + "<")
    tokens = _MARKUP.findall(markup)
    own = {token: _left_of(token) for token in set(tokens) if _is_own(_word_of(token), own_words)}
    return "".join(map(own.get, tokens, tokens))


def _word_of(token: str) -> str:
    return token[1:-1].strip() if token[0] in "\"'" else token.strip(_AROUND_WORD)


def _left_of(token: str) -> str:
    return "<" if token[0] == "<" else "\n" * token.count("\n")


def _is_own(text: str, own_words: frozenset[str]) -> bool:
    # The empty text is nobody's: what stands between two words would be left out.
    return text != "" and (text in own_words or _TIME.fullmatch(text) is not None)


def _without(rules: Rules, found: Iterable[tuple[str, Rules]]) -> Rules:
    known = {rule for _, others in found for rule in others}
    return {rule: word for rule, word in rules.items() if rule not in known}
