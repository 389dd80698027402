# SPDX-License-Identifier: MIT
"""The forms in which private terms are sought, and an index of whole words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote

from elytra_status.leak_guard.canonical import GAP, canonical, caseless, has_escapes, plain_text, squeezed
from elytra_status.leak_guard.lists import PATTERN

HOST = "host name of the settings or of a monitor"

# The rules that a text breaks, each with the name, host or bucket concerned, or ''.
BrokenRules = frozenset[tuple[str, str]]
# A shorter name, in characters, is not sought by its look: in Russian and Greek, single letters and pairs of them are
# words of every sentence.
LEAST_BY_SHAPE = 3
# A shorter secret, in characters, counts only as a whole word, since it may be part of other words.
_SHORT_SECRET = 6
# A secret with at least this many letters and digits, or a part of an address of this length, counts anywhere.
_LONG_SECRET = 8


class Words:
    """An index that finds which of its forms a text contains as whole words.

    Its speed does not depend on their number. An entry is a form, the rule that it breaks, and the term of which it is
    a form.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        self._rules: dict[str, list[tuple[str, str]]] = {}
        # By the first word of a form: the lengths of forms that begin with it.
        self._lengths: dict[str, set[int]] = {}
        for form, rule, word in entries:
            self._rules.setdefault(form, []).append((rule, word))
            self._lengths.setdefault(next(PATTERN["token"].finditer(form))[0], set()).add(len(form))

    def found(self, compared: str, least: int = 1) -> BrokenRules:
        """Return the rules that a canonical text breaks, for forms of a minimum length."""
        found: set[tuple[str, str]] = set()
        if self._lengths.keys().isdisjoint(PATTERN["token"].findall(compared)):
            return frozenset()
        for token in PATTERN["token"].finditer(compared):
            for length in self._lengths.get(token[0], ()):
                start, end = token.start(), token.start() + length
                form = compared[start:end]
                is_whole = length >= least and not (form[-1].isalnum() and compared[end : end + 1].isalnum())
                if is_whole and form in self._rules:
                    goes_on = "." in form and PATTERN["label goes on"].search(compared[max(0, start - 2) : start])
                    found.update(one for one in self._rules[form] if not (goes_on and one[0] == HOST))
        return frozenset(found)


def forms(name: str, form: Callable[[str], str] = str) -> set[str]:
    """Return the forms of a name: by look, and by letter.

    A name of ASCII punctuation alone has none.
    """
    if name.isascii() and not has_escapes(name):
        # It has only one reading. A large bucket has 200,000 keys.
        only = form(" ".join(name.lower().split()))
        return {only} if any(map(str.isalnum, only)) else set()
    by_shape, by_letter = form(canonical(name)), form(canonical(name, by_shape=False))
    found = {by_letter, by_shape} if len(by_shape) >= LEAST_BY_SHAPE else {by_letter}
    return {one for one in found if any(sign.isalnum() or not sign.isascii() for sign in one)}


def host_sought(address: str) -> str:
    """Return the host of an address, '' if there is none.

    The address may have a scheme, a login, a port and a path.
    """
    match = PATTERN["host"].match(address.strip().partition("://")[2] or address.strip())
    return match[1].strip("[.").lower() if match else ""


def public_remover(addresses: Iterable[str]) -> Callable[[str], str]:
    """Return a function that removes public addresses and hosts from a read text.

    A public host that is part of a longer one stays.
    """
    ends = r"(?![\w-])(?!\.\w)"
    below_scheme = [plain_text(address.partition("://")[2]) for address in addresses if "://" in address]
    # A link for calendar programs is the same address with webcal. All that is below an address with a slash at its
    # end begins with it.
    public = [rf"(?:https?|webcal)://{re.escape(rest)}{'' if rest.endswith('/') else ends}" for rest in below_scheme]
    hosts = {plain_text(host_sought(address)) for address in addresses} - {""}
    for host in hosts:
        # A host of one label is also an ordinary word: it is public only in the position of a host.
        start = r"(?:(?<![\w.-])|(?<=%2f))" if "." in host or ":" in host else "(?<=//)"
        public.append(f"{start}{re.escape(host)}{ends}")
    pattern = re.compile("|".join(sorted(public, key=len, reverse=True)) or "(?!)", re.IGNORECASE)
    # Most texts contain none of them, and this check is faster.
    return lambda text: pattern.sub(GAP, text) if any(map(text.lower().__contains__, hosts)) else text


class Secrets:
    """An index of secrets by label, which finds those in a canonical text."""

    def __init__(self, secrets: Mapping[str, str], public_hosts: frozenset[str]) -> None:
        # Forms with their rules: those sought anywhere in a text, and those sought among its letters and digits alone.
        self._anywhere, self._in_groups = list[tuple[str, tuple[str, str]]](), list[tuple[str, tuple[str, str]]]()
        words: list[tuple[str, str, str]] = []
        self.may_be_numbers = False
        for label, value in secrets.items():
            rule, whole = (f"secret {label}", ""), _written(value)
            parts = {canonical(part) for part in _parts(value) if part.lower() not in public_hosts} - {""}
            short = {form for form in whole if len(form) < _SHORT_SECRET} | parts
            self.may_be_numbers |= any(squeezed(form).strip("0123456789e") == "" for form in whole | parts)
            words += [(form, *rule) for form in short]
            self._anywhere += [(form, rule) for form in whole - short]
            self._in_groups += [(form, rule) for form in set(map(squeezed, whole)) if len(form) >= _LONG_SECRET]
        self._words = Words(words)

    def found(self, compared: str) -> BrokenRules:
        """Return the rules broken by secrets in a canonical text."""
        letters = squeezed(compared)
        in_groups = (rule for form, rule in self._in_groups if form in letters)
        return self._words.found(compared).union(in_groups, (rule for form, rule in self._anywhere if form in compared))


def _written(value: str) -> set[str]:
    # Half an escape right before a text changes the meaning of its own escapes, so these are also left as they are.
    data = value.encode("utf-8", "surrogatepass")
    written = {value, quote(data, safe=""), quote_plus(data), html.escape(value)}
    written |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    return {canonical(value), canonical(value, by_shape=False), *map(caseless, written)} - {""}


def _parts(value: str) -> Iterator[str]:
    """Yield the parts of a secret that is an address.

    They are its host, login, long path segments and query values.
    """
    if "://" in value:
        authority, *pieces = PATTERN["separator"].split(value.partition("://")[2])
        user, _, password = authority.rpartition("@")[0].partition(":")
        yield from (host_sought(value), unquote(password))
        long = (piece for piece in map(unquote, (user, *pieces)) if len(piece) >= _LONG_SECRET)
        yield from (piece for piece in long if not PATTERN["ordinary"].fullmatch(piece))
