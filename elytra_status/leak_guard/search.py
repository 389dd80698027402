# SPDX-License-Identifier: MIT
"""Search a document piece by piece, and report which rule is broken where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any

from elytra_status.leak_guard.canonical import caseless, plain_text
from elytra_status.leak_guard.encodings import BETWEEN
from elytra_status.leak_guard.lists import PATTERN
from elytra_status.leak_guard.patterns import PRIVATE_HOST, private_shapes
from elytra_status.leak_guard.rules import Private
from elytra_status.leak_guard.terms import BrokenRules

NOT_UTF8, NOT_JSON, WHOLE = "UTF-8 text only", "JSON only", "(whole document)"


@dataclass(frozen=True)
class Leak:
    """A leak: the field that contains it, and the rule that it breaks.

    `words` are the names, the host or the bucket, for a terminal of this machine only. Other rules have none.
    """

    document: str
    field: str
    rule: str
    words: tuple[str, ...] = attribute(default=(), repr=False, compare=False)


def search(name: str, body: bytes, content_type: str, own_words: frozenset[str], private: Private) -> list[Leak]:
    """Return what a document must not contain, in the order of its fields.

    `own_words` are the document's fixed words. A unit that is one of them, or a time in the contract's format, is not
    taken for a name, bucket, host or secret. A script or other text that is one of them is not searched either. The
    units are:

    - in JSON: a key, or a string;
    - in HTML, XML and SVG: the text between two tags, the name of an element or attribute, or the value of an
      attribute;
    - in a calendar: the name of a property, or its value.
    """
    kind = content_type.partition(";")[0].strip().lower()
    text = body.decode("utf-8", "replace")
    # UTF-16 with only ASCII letters is valid UTF-8 with zero bytes.
    broken = {(NOT_UTF8, "")} if "\0" in text or text.encode() != body else set()
    is_json = kind == "application/json" or kind.endswith("+json")
    try:
        whole, between = _strings(text, own_words) if is_json else (_without_own(kind, text, own_words), [])
    except (json.JSONDecodeError, RecursionError):
        broken.add((NOT_JSON, ""))
        is_json, whole, between = False, text, []
    rules = private.sought.rules(whole)
    if private.sought.secrets.may_be_numbers:
        # A number may be a secret, but not a name. The letter separates one from the next.
        rules |= private.sought.secrets.found(caseless(" x ".join(set(between))))
    found = [(WHOLE, frozenset(broken))]
    if rules:
        unit = "unfolded line" if kind == "text/calendar" else "line"
        lines = ((f"{unit} {number}", line) for number, line in enumerate(whole.splitlines(), 1))
        # Use pairs, not a dict: if a key occurs twice, both values are published.
        fields = _fields(json.loads(text, object_pairs_hook=tuple), "", own_words) if is_json else lines
        found += [(where, private.sought.rules(piece) & rules) for where, piece in fields]
    # An own word may be an address of the settings, and still be private by its shape.
    own = (word for word in own_words if "\n" not in word and PATTERN["address-like"].search(word))
    in_own = private_shapes(plain_text(BETWEEN.join(word for word in own if word in text))) - {PRIVATE_HOST}
    named = {rule for _, others in found for rule, _ in others}
    # A leak in no single field may span fields, or be a number.
    found.append((WHOLE, frozenset(one for one in rules.union((rule, "") for rule in in_own) if one[0] not in named)))
    return list(dict.fromkeys(one for where, broken_there in found for one in _findings(name, where, broken_there)))


def find_leaks(text: str, private: Private, own_words: frozenset[str] = frozenset()) -> list[Leak]:
    """Return what one text must not contain, one finding for each rule."""
    return _findings("text", WHOLE, private.sought.rules(_left(text, own_words)))


def search_drawn(name: str, texts: Iterable[str], own_words: frozenset[str], private: Private) -> list[Leak]:
    """Return what a picture must not show, by the texts that are drawn in it."""
    return [replace(leak, document=name) for text in texts for leak in find_leaks(text, private, own_words)]


def _findings(name: str, where: str, rules: BrokenRules) -> list[Leak]:
    words = {rule: tuple(sorted(word for one, word in rules if one == rule and word)) for rule, _ in rules}
    return [Leak(name, where, rule, words[rule]) for rule in sorted(words)]


def _strings(text: str, own_words: frozenset[str]) -> tuple[str, list[str]]:
    """Return the strings of JSON that are not its own, and the text between strings.

    Raise ValueError if it is not JSON.
    """
    json.loads(text)
    pieces = PATTERN["string"].split(text) if "\\" in text else text.split('"')
    every = (json.loads(f'"{one}"') if "\\" in one else one for one in dict.fromkeys(pieces[1::2]))
    strings = BETWEEN.join(filter(None, (_left(one, own_words) for one in every)))
    return strings, pieces[::2]


def _fields(value: Any, path: str, own_words: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield each text and key that is not the document's own, with its path.

    Such a key is shown by its number.
    """
    if isinstance(value, str):
        yield path or WHOLE, _left(value, own_words)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _fields(item, f"{path}[{position}]", own_words)
    elif isinstance(value, tuple):
        for number, (key, item) in enumerate(value, 1):
            inner = f"{path}.{key if key in own_words else f'(key {number})'}".lstrip(".")
            yield inner, _left(key, own_words)
            yield from _fields(item, inner, own_words)


def _without_own(kind: str, text: str, own_words: frozenset[str]) -> str:
    """Return a text without its own words, with the same number of lines."""
    if kind == "text/calendar":
        # A long line is folded over several lines.
        lines = (line.partition(":") for line in PATTERN["fold"].sub("", text).splitlines())
        parts = ((name, PATTERN["calendar escape"].sub(r"\1", value), "") for name, _, value in lines)
        return "\n".join(BETWEEN.join(_left(one, own_words) for one in line) for line in parts)
    if not any(word in kind for word in ("html", "xml", "svg")):
        return _left(text, own_words)
    # The document's own script comes first: a short secret or a name may be a word of a program.
    for word in own_words:
        if "<" in word or ">" in word:
            text = text.replace(f">{word}<", ">" + "\n" * word.count("\n") + "<")
    # Tags with the text behind them, of which many are alike in the days of components, are read once. No token goes
    # beyond a "<", and each "<" stays. Of most tags nothing is left, and between two texts one tag says enough.
    first, *tags = text.split("<")
    once = list(dict.fromkeys(tags))
    read = _left_of_markup("".join(f"<{tag}" for tag in once), own_words).split("<")[1:]
    left = {tag: "" if PATTERN["empty tag"].fullmatch(one) else one for tag, one in zip(once, read, strict=True)}
    return "<".join((_left_of_markup(first, own_words), *filter(None, map(left.__getitem__, tags))))


def _left_of_markup(markup: str, own_words: frozenset[str]) -> str:
    tokens = PATTERN["markup"].findall(markup)
    left = {}
    for token in set(tokens):
        word = token[1:-1].strip() if token[0] in "\"'" else token.strip("</= \t\r\n")
        if word and not _left(word, own_words):
            left[token] = "<" if token[0] == "<" else "\n" * token.count("\n")
    return "".join(map(left.get, tokens, tokens))


def _left(text: str, own_words: frozenset[str]) -> str:
    """Return a text, or '' if it is one of the document's own words."""
    return "" if text in own_words or PATTERN["time"].fullmatch(text) else text
