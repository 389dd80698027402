# SPDX-License-Identifier: MIT
"""Searches a document field by field, or a text, and says where which rule of the guard is broken."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from elytra_status.errors import RefusedError
from elytra_status.leak_guard.encodings import Finder, fold, folds, join_lines, latin, latins, secret_finder, writings
from elytra_status.leak_guard.patterns import PRIVATE_HOST, holds_private_host, private_shapes
from elytra_status.leak_guard.words import LEAST_BY_LOOK, Words, hold, host_writings, index, public_remover, tokens

BUCKET = "bucket name"
HOST = "host name of the settings or of a monitor"
NAME = "monitor or backup name"
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
class Private:
    """What must not be published. `secrets` are under a label that may be told.

    `hosts` may be given as endpoints or URLs. `public_urls` are public by intent: they and their host are
    no leak as host, bucket or name. `public_words` are names that the administrator allows.
    """

    secrets: Mapping[str, str] = field(repr=False)
    buckets: frozenset[str] = field(repr=False)
    hosts: frozenset[str] = field(repr=False)
    names: frozenset[str] = field(repr=False)
    public_urls: tuple[str, ...] = ()
    public_words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a document must not hold: in which field, by which rule.

    `word` is the name, host or bucket, for a terminal of this machine alone; it is empty for everything else.
    """

    document: str
    field: str
    rule: str
    word: str = dataclasses.field(default="", repr=False, compare=False)


@dataclass(frozen=True)
class _Sought:
    """All that a text is searched for, made ready."""

    secrets: tuple[tuple[str, Finder], ...]
    buckets: Words
    hosts: Words
    names: Words
    without_public: Callable[[str], str]


def search(name: str, body: bytes, content_type: str, own_words: frozenset[str], private: Private) -> list[Finding]:
    """Return what a document holds that must not be published, in the order of its fields; nothing if it is clean.

    `own_words` are the document's fixed words. What equals one of them, or is a time as the contract writes
    it, is no name, bucket or host: in JSON a key or a whole string; in HTML, XML and SVG a whole text between
    tags, a whole attribute value, the name of an element or attribute; in a calendar the name of a property, or
    its whole value. In HTML, XML and SVG a long one, such as a script, is not searched at all; nor is a script or
    other text that is one as a whole.
    """
    sought = _make_ready(private)
    kind = content_type.partition(";")[0].strip().lower()
    text = body.decode("utf-8", "replace")
    found: list[tuple[str, Set[str]]] = []
    # UTF-16 without letters beyond ASCII passes for UTF-8 with zero bytes.
    if "\0" in text or text.encode() != body:
        found.append((WHOLE, {NOT_UTF8}))
    if kind == "application/json" or kind.endswith("+json"):
        found += _search_json(text, own_words, sought)
    elif kind == "text/calendar":
        found += _search_calendar(text, own_words, sought)
    elif text not in own_words:
        is_markup = any(word in kind for word in ("html", "xml", "svg"))
        found += _search_text(text, own_words if is_markup else frozenset(), sought)
    return list(dict.fromkeys(Finding(name, where, rule) for where, rules in found for rule in sorted(rules)))


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


def _make_ready(private: Private) -> _Sought:
    return _Sought(
        tuple(
            (f"secret {label}", secret_finder(secret)) for label, secret in sorted(private.secrets.items()) if secret
        ),
        index(private.buckets),
        _host_index(private.hosts),
        _name_index(
            private.names, frozenset(form for word in private.public_words for form in (fold(word), latin(word)))
        ),
        public_remover(private.public_urls),
    )


# There may be thousands of names, and the same ones are searched for in every document of a run.
@lru_cache(maxsize=2)
def _name_index(names: frozenset[str], allowed: frozenset[str]) -> Words:
    return index(name for name in names if not allowed or allowed.isdisjoint((fold(name), latin(name))))


@lru_cache(maxsize=2)
def _host_index(hosts: frozenset[str]) -> Words:
    return index(host for address in hosts for host in host_writings(address))


def _search_json(text: str, own_words: frozenset[str], sought: _Sought) -> list[tuple[str, Set[str]]]:
    # Names of fields are there many times.
    rules_of = lru_cache(maxsize=None)(lambda value: frozenset(_rules(value, own_words, sought)))
    try:
        # Pairs and not a dict: of a key that is there twice, both values go out.
        found = list(_walk(json.loads(text, object_pairs_hook=tuple), "", rules_of))
    except (ValueError, RecursionError):
        return [(WHOLE, {NOT_JSON}), *_search_text(text, frozenset(), sought)]
    # What no field holds may stand across fields, or be a number.
    return [*found, (WHOLE, _public_nowhere(text, sought).difference(*(rules for _, rules in found)))]


def _walk(value: Any, path: str, rules_of: Callable[[str], Set[str]]) -> Iterator[tuple[str, Set[str]]]:
    if isinstance(value, str):
        yield path or WHOLE, rules_of(value)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _walk(item, f"{path}[{position}]", rules_of)
    elif isinstance(value, tuple):
        for number, (key, item) in enumerate(value, 1):
            rules = rules_of(key)
            # A key is told only where it gives nothing away.
            label = key if not rules and _PLAIN_KEY.fullmatch(key) else f"(key {number})"
            inner = f"{path}.{label}" if path else label
            yield inner, rules
            yield from _walk(item, inner, rules_of)


def _rules(value: str, own_words: frozenset[str], sought: _Sought) -> set[str]:
    rules = _public_nowhere(value, sought)
    return rules if _is_own(value, own_words) else rules | _named(value, sought)


def _search_text(text: str, own_words: frozenset[str], sought: _Sought) -> list[tuple[str, Set[str]]]:
    text = _without_blocks(text, own_words)

    def rules_in(part: str) -> set[str]:
        return _public_nowhere(part, sought) | _named(_without_own(part, own_words) if own_words else part, sought)

    found: list[tuple[str, Set[str]]] = []
    rules = rules_in(text)
    for number, line in enumerate(text.splitlines() if rules else (), 1):
        if to_blame := rules & rules_in(line):
            found.append((f"line {number}", to_blame))
            rules -= to_blame
    return [*found, (WHOLE, rules)]


def _search_calendar(text: str, own_words: frozenset[str], sought: _Sought) -> list[tuple[str, Set[str]]]:
    # A long line is folded: what it says could stand on two.
    unfolded = _FOLD.sub("", text)
    found: list[tuple[str, Set[str]]] = []
    for number, line in enumerate(unfolded.splitlines(), 1):
        name, _, value = line.partition(":")
        for part in (name, _CALENDAR_ESCAPE.sub(r"\1", value)):
            found.append((f"line {number}, unfolded", _rules(part, own_words, sought)))
    everywhere = _public_nowhere(unfolded, sought) | _public_nowhere(text, sought)
    return [*found, (WHOLE, everywhere.difference(*(rules for _, rules in found)))]


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


def _public_nowhere(text: str, sought: _Sought) -> set[str]:
    """Return the rules broken by secrets and by what is private by its shape."""
    found: set[str] = set()
    for writing in writings(text):
        found |= private_shapes(writing)
        for part in {writing, join_lines(writing)}:
            found.update(rule for rule, holds in sought.secrets if holds(part))
    return found


def _named(text: str, sought: _Sought) -> set[str]:
    """Return the rules broken by names, buckets and hosts, but for public addresses."""
    found: set[str] = set()
    for writing in writings(text):
        rest = sought.without_public(writing)
        if holds_private_host(rest):
            found.add(PRIVATE_HOST)
        forms = [*((folded, 1) for folded in folds(rest)), *((folded, LEAST_BY_LOOK) for folded in latins(rest))]
        for folded, least in forms:
            parts = tokens(folded)
            kinds = ((BUCKET, sought.buckets), (HOST, sought.hosts), (NAME, sought.names))
            found.update(rule for rule, words in kinds if hold(folded, parts, words, rule == HOST, least))
    return found
