# SPDX-License-Identifier: MIT
"""The forms in which secrets, buckets, hosts and names are sought, and an index that finds them as whole words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote, urlsplit

from elytra_status.leak_guard.canonical import canonical, caseless, has_escapes, read, squeezed

HOST = "host name of the settings or of a monitor"

# The rules that a text breaks, each with the name, host or bucket that it is about.
Rules = dict[str, str]
# Put where a public address was taken out: no letter, no space, so that nothing new arises around it.
GAP = "\ufffc"
# A shorter name, in characters, is not searched for by what its letters look like: in Russian and Greek, letters
# alone, and pairs of them, are words of every sentence.
LEAST_BY_LOOK = 3
# A shorter secret, in characters, counts as a whole word only: it may stand within other words.
SHORT_SECRET = 6
# A secret of so many letters and digits, and a part of an address of so many characters, counts wherever it stands.
LONG_SECRET = 8
# Words of the addresses of webhooks: they say nothing of whose address it is.
_ORDINARY = re.compile(
    r"(?:web|incoming|outgoing|api|integration|notification|message|channel|service|health|check|monitor|alert|event"
    r"|status|enqueue|trigger|workflow|invoke|hook|paths|manual|push|callback|v[0-9])*s?(?:\.json|\.php)?",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W_]+|\S")
# Before a host name: "my-" of my-host.example.
_LABEL_GOES_ON = re.compile(r"\w-\Z")


class Words:
    """An index of compared forms: finds those that a text holds as whole words, however many there are.

    An entry is a form, the rule that it breaks and what it is a form of.
    """

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        self._rules: dict[str, Rules] = {}
        # By the first word of a form: how long forms are that begin with it.
        self._lengths: dict[str, set[int]] = {}
        for form, rule, word in entries:
            self._rules.setdefault(form, {})[rule] = word
            self._lengths.setdefault(next(_TOKEN.finditer(form))[0], set()).add(len(form))

    def found(self, compared: str, least: int = 1) -> Rules:
        """Return the rules broken by a compared text, for forms of at least so many characters."""
        found: Rules = {}
        if self._lengths.keys().isdisjoint(_TOKEN.findall(compared)):
            return found
        for token in _TOKEN.finditer(compared):
            start = token.start()
            for length in self._lengths.get(token[0], ()):
                form = compared[start : start + length]
                rules = self._rules.get(form, {}) if length >= least else {}
                if rules and not (form[-1].isalnum() and compared[start + length : start + length + 1].isalnum()):
                    goes_on = "." in form and _LABEL_GOES_ON.search(compared[max(0, start - 2) : start])
                    found |= {rule: word for rule, word in rules.items() if not (rule == HOST and goes_on)}
        return found


def forms(name: str, form: Callable[[str], str] = str) -> set[str]:
    """Return the forms in which a name is compared: as its letters look, and as the letters that they are.

    A name of ASCII punctuation alone says nothing and has none.
    """
    by_letter = form(canonical(name, by_look=False))
    # ASCII reads one way only. A large bucket has 200,000 keys.
    by_look = by_letter if name.isascii() and not has_escapes(name) else form(canonical(name))
    found = {by_letter, by_look} if len(by_look) >= LEAST_BY_LOOK else {by_letter}
    return {one for one in found if any(sign.isalnum() or not sign.isascii() for sign in one)}


def host_of(address: str) -> str:
    """Return the host of an address that may have a scheme, a login, a port and a path; empty if there is none."""
    authority = re.split(r"[/?#\\]", address.strip().partition("://")[2] or address.strip(), maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return (host if host.count(":") > 1 else host.partition(":")[0]).strip(".").lower()


def public_remover(addresses: Iterable[str]) -> Callable[[str], str]:
    """Return what takes public addresses, and their hosts, out of a read text; a host within a longer one stays."""
    end = r"(?![\w-])(?!\.\w)"
    patterns = []
    for address in sorted(set(addresses), key=len, reverse=True):
        if "://" in address:
            patterns.append(re.escape(read(address)) + end)
        if host := read(host_of(address)):
            # A host of one label is a word as others are: it is public only where it stands as a host.
            start = r"(?:(?<![\w.-])|(?<=%2f))" if "." in host or ":" in host else "(?<=//)"
            patterns.append(start + re.escape(host) + end)
    if not patterns:
        return lambda text: text
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    return lambda text: pattern.sub(GAP, text)


class SecretForms(NamedTuple):
    """The forms in which a secret is compared: anywhere, anywhere among letters and digits alone, as whole words."""

    anywhere: set[str]
    in_groups: set[str]
    words: set[str]


def secret_forms(value: str, public_hosts: frozenset[str]) -> SecretForms:
    """Return the forms of a secret, with its parts where it is an address."""
    # Half an escape right before a text changes what its own escapes say, so that these are left as they are, too.
    data = value.encode("utf-8", "surrogatepass")
    written = {value, quote(data, safe=""), quote_plus(data), html.escape(value)}
    written |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    whole = {canonical(value), canonical(value, by_look=False), *map(caseless, written)} - {""}
    parts = {canonical(part) for part in _parts(value) if part.lower() not in public_hosts} - {""}
    words = {form for form in whole if len(form) < SHORT_SECRET} | parts
    return SecretForms(whole - words, {form for form in map(squeezed, whole) if len(form) >= LONG_SECRET}, words)


def _parts(value: str) -> Iterator[str]:
    """Yield the parts of a secret that is an address: host, login, long segments of path, values of query."""
    if "://" not in value:
        return
    try:
        address = urlsplit(value)
        host = address.hostname or ""
    except ValueError:
        return
    yield host
    if address.password:
        yield unquote(address.password)
    pieces = [*re.split(r"[/;]", address.path), *re.findall(r"=([^&;#]*)", address.query), address.fragment]
    pieces.append(address.username or "")
    for piece in pieces:
        text = unquote(piece)
        if len(text) >= LONG_SECRET and not _ORDINARY.fullmatch(text.replace("-", "").replace("_", "")):
            yield text
