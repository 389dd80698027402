# SPDX-License-Identifier: MIT
"""Searches a document field by field, or a text, and says where which rule of the guard is broken."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from elytra_status.errors import RefusedError
from elytra_status.leak_guard.canonical import read
from elytra_status.leak_guard.patterns import private_shapes
from elytra_status.leak_guard.rules import BETWEEN, NAME, Private, Rules, Sought

NOT_UTF8 = "UTF-8 text only"
NOT_JSON = "JSON only"
WHOLE = "(whole document)"

# More findings than this are counted, not listed, in an error.
LISTED = 20

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
_FOLD = re.compile(r"\r?\n[ \t]")
_CALENDAR_ESCAPE = re.compile(r"\\([\\;,])")
# In HTML, XML and SVG: a whole text or attribute value, an element's name, an attribute's name. What is longer, or
# holds one of the signs, is looked for as it is.
_LONGEST_WORD = 80
_MARKUP_SIGN = re.compile("[<>\"'=]")
_MARKUP_WORD = re.compile(
    rf"(?<=[>\"'])[^<>\"'=]{{1,{_LONGEST_WORD}}}(?=[<\"'])"
    r"|(?:(?<=<)|(?<=</))(?:!doctype )?[\w:-]+|(?<=\s)[\w:-]+(?=\s*=\s*[\"'])"
)


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
    it, is no name, bucket or host: in JSON a key or a whole string; in HTML, XML and SVG a whole text between
    tags, a whole attribute value, the name of an element or attribute; in a calendar the name of a property, or
    its whole value. In HTML, XML and SVG a long one, such as a script, is not searched at all; nor is a script or
    other text that is one as a whole.
    """
    sought = Sought(private)
    kind = content_type.partition(";")[0].strip().lower()
    text = body.decode("utf-8", "replace")
    found: list[tuple[str, Rules]] = []
    # UTF-16 without letters beyond ASCII passes for UTF-8 with zero bytes.
    if "\0" in text or text.encode() != body:
        found.append((WHOLE, {NOT_UTF8: ""}))
    if kind == "application/json" or kind.endswith("+json"):
        found += _search_json(text, own_words, sought)
    elif kind == "text/calendar":
        found += _search_calendar(text, own_words, sought)
    elif text not in own_words:
        is_markup = any(word in kind for word in ("html", "xml", "svg"))
        found += _search_text(text, own_words if is_markup else frozenset(), sought)
    in_own = {rule: "" for word, rules in _private_words(own_words) if word in text for rule in rules}
    found.append((WHOLE, _without(in_own, found)))
    return list(
        dict.fromkeys(Finding(name, where, rule, rules[rule]) for where, rules in found for rule in sorted(rules))
    )


def find(text: str, private: Private, own_words: frozenset[str] = frozenset()) -> list[Finding]:
    """Return what one text holds that must not be published, one finding for each rule."""
    body = json.dumps(text).encode()
    return search("text", body, "application/json", own_words, private)


def explain(findings: Iterable[Finding]) -> RefusedError:
    """Return the error for one or more findings: which field of which document, which rule, what to do."""
    all_found = list(findings)
    told = [f'{one.document}: {one.field} holds what rule "{one.rule}" forbids' for one in all_found[:LISTED]]
    if len(all_found) > LISTED:
        told.append(f"and {len(all_found) - LISTED} more")
    remedies = dict.fromkeys(_remedy(one.rule) for one in all_found)
    return RefusedError("; ".join(told), "; ".join(remedies))


def _remedy(rule: str) -> str:
    if rule == NAME:
        return "where the name is a word that anyone may read, add it to PUBLIC_WORDS, else take it out of the text"
    if rule in (NOT_UTF8, NOT_JSON):
        return "this is a fault of elytra-status: please report it"
    return "take it out of the text: secrets, addresses, buckets and hosts can not be allowed"


@lru_cache(maxsize=32)
def _private_words(own_words: frozenset[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return own words that are private by their shape all the same: an address of the settings may be among them."""
    if not private_shapes(read(BETWEEN.join(sorted(own_words)))):
        return ()
    return tuple((word, frozenset(rules)) for word in own_words if (rules := private_shapes(read(word))))


class _Number(str):
    """A number of a JSON document, as it stands there."""


def _search_json(text: str, own_words: frozenset[str], sought: Sought) -> list[tuple[str, Rules]]:
    try:
        # Pairs and not a dict: of a key that is there twice, both values go out.
        value = json.loads(text, object_pairs_hook=tuple, parse_int=_Number, parse_float=_Number)
        # Nearly always, nothing is found in all of them together. A number may be a secret, but is no name.
        texts, numbers = _texts(value, own_words)
        in_all = sought.secret_rules(" ".join(numbers)) | sought.rules(BETWEEN.join(texts))
        return _fields(value, own_words, sought, in_all) if in_all else []
    except (json.JSONDecodeError, RecursionError):
        return [(WHOLE, {NOT_JSON: ""}), *_search_text(text, frozenset(), sought)]


def _texts(value: Any, own_words: frozenset[str]) -> tuple[list[str], list[str]]:
    """Return the different texts and numbers of a JSON document, in their order, but for its own words."""
    every: dict[str, None] = {}
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, str):
            every[one] = None
        elif isinstance(one, (list, tuple)):
            rest.extend(reversed(one))
    others = [one for one in every if not _is_own(one, own_words)]
    return [one for one in others if type(one) is str], [one for one in others if type(one) is _Number]


def _fields(value: Any, own_words: frozenset[str], sought: Sought, in_all: Rules) -> list[tuple[str, Rules]]:
    rules_of = lru_cache(maxsize=None)(lambda part: {} if _is_own(part, own_words) else sought.rules(part))
    texts = list(_walk(value, ()))
    # A key is told only where it gives nothing away.
    private_keys = {part for _, part, is_key in texts if is_key and rules_of(part)}
    found = [
        ("".join(_step(step, private_keys) for step in path).removeprefix(".") or WHOLE, rules_of(part))
        for path, part, _ in texts
        if not isinstance(part, _Number)
    ]
    # What no field holds may stand across fields, or be a number.
    return [*found, (WHOLE, _without(in_all, found))]


def _step(step: int | tuple[int, str], private_keys: Set[str]) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".(key {step[0]})" if step[1] in private_keys or not _PLAIN_KEY.fullmatch(step[1]) else f".{step[1]}"


def _walk(value: Any, path: Any) -> Iterator[tuple[Any, str, bool]]:
    """Yield each text and key with its path, which is made of positions in lists and of numbered keys."""
    if isinstance(value, str):
        yield path, value, False
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _walk(item, (*path, position))
    elif isinstance(value, tuple):
        for number, (key, item) in enumerate(value, 1):
            inner = (*path, (number, key))
            yield inner, key, True
            yield from _walk(item, inner)


def _without(rules: Rules, found: Iterable[tuple[str, Rules]]) -> Rules:
    known = {rule for _, others in found for rule in others}
    return {rule: word for rule, word in rules.items() if rule not in known}


def _search_text(text: str, own_words: frozenset[str], sought: Sought) -> list[tuple[str, Rules]]:
    text = _without_own(_without_blocks(text, own_words), own_words) if own_words else text
    found: list[tuple[str, Rules]] = []
    rules = sought.rules(text)
    for number, line in enumerate(text.splitlines() if rules else (), 1):
        found.append((f"line {number}", {rule: word for rule, word in sought.rules(line).items() if rule in rules}))
        rules = _without(rules, found[-1:])
    return [*found, (WHOLE, rules)]


def _search_calendar(text: str, own_words: frozenset[str], sought: Sought) -> list[tuple[str, Rules]]:
    # A long line is folded: what it says could stand on two.
    found: list[tuple[str, Rules]] = []
    texts: list[str] = []
    for number, line in enumerate(_FOLD.sub("", text).splitlines(), 1):
        name, _, value = line.partition(":")
        for part in (name, _CALENDAR_ESCAPE.sub(r"\1", value)):
            if not _is_own(part, own_words):
                texts.append(part)
                found.append((f"line {number}, unfolded", sought.rules(part)))
    return [*found, (WHOLE, _without(sought.rules(BETWEEN.join(texts)), found))]


def _is_own(text: str, own_words: frozenset[str]) -> bool:
    return text in own_words or _TIME.fullmatch(text) is not None


def _without_blocks(markup: str, own_words: frozenset[str]) -> str:
    """Return markup without its own scripts, sheets of styles and the like, on as many lines as before.

    A short secret, or a name, may be a word of a program. No word of a fixed text tells anybody of it.
    """
    for word in own_words:
        if len(word) > _LONGEST_WORD or _MARKUP_SIGN.search(word):
            lines = "\n" * word.count("\n")
            markup = markup.replace(f">{word}<", f">{lines}<").replace(f'"{word}"', f'"{lines}"')
    return markup


def _without_own(markup: str, own_words: frozenset[str]) -> str:
    def keep(match: re.Match[str]) -> str:
        return "" if _is_own(match[0].strip(), own_words) else match[0]

    return _MARKUP_WORD.sub(keep, markup)
