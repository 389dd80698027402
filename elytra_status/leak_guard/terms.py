# SPDX-License-Identifier: MIT
"""What is private in this run, made ready for search: secrets with their parts, buckets, hosts and names."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote, urlsplit

from elytra_status.leak_guard.canonical import canonical, caseless, read, squeezed

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
_TOKEN = re.compile(r"\w+|[^\w\s]")
# Before a host name: "my-" of my-host.example.
_LABEL_GOES_ON = re.compile(r"\w-\Z")


@dataclass(frozen=True)
class Words:
    """Names in their compared forms, with the names themselves, and the lengths of those that begin with a word."""

    names: dict[str, str] = field(repr=False)
    lengths: dict[str, tuple[int, ...]] = field(repr=False)


def index(names: Iterable[str], form: Callable[[str], str] = lambda text: text) -> Words:
    """Return names made ready for `hold`. One of ASCII punctuation alone says nothing and is left out."""
    found: dict[str, str] = {}
    lengths: dict[str, set[int]] = {}
    for name in sorted(names):
        for compared in forms(name, form):
            first = _TOKEN.match(compared)
            if first and any(sign.isalnum() or not sign.isascii() for sign in compared):
                found[compared] = name
                lengths.setdefault(first[0], set()).add(len(compared))
    return Words(found, {word: tuple(sorted(some)) for word, some in lengths.items()})


def forms(name: str, form: Callable[[str], str]) -> set[str]:
    """Return the forms in which a name is compared: as its letters look, and as the letters that they are."""
    by_look = form(canonical(name))
    if name.isascii():
        return {by_look}
    by_letter = form(canonical(name, by_look=False))
    return {by_letter, by_look} if len(by_look) >= LEAST_BY_LOOK else {by_letter}


def hold(compared: str, words: Words, *, hosts: bool = False, least: int = 1) -> str | None:
    """Return the name that a compared text holds as whole words; of a host name, whole labels. None if there is none.

    A name must have `least` characters.
    """
    if words.lengths.keys().isdisjoint(_TOKEN.findall(compared)):
        return None
    for token in _TOKEN.finditer(compared):
        start = token.start()
        for length in words.lengths.get(token[0], ()):
            end = start + length
            name = compared[start:end]
            if length < least or name not in words.names or (_is_word(name[-1]) and _is_word(compared[end : end + 1])):
                continue
            if not (hosts and "." in name and _LABEL_GOES_ON.search(compared[max(0, start - 2) : start])):
                return words.names[name]
    return None


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def host_of(address: str) -> str:
    """Return the host of an address that may have a scheme, a login, a port and a path; empty if there is none."""
    authority = re.split(r"[/?#\\]", address.strip().partition("://")[2] or address.strip(), maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return (host if host.count(":") > 1 else host.partition(":")[0]).strip(".").lower()


def host_writings(address: str) -> set[str]:
    """Return the host of an address as people and as machines write it, where it has letters beyond ASCII."""
    host = host_of(address).removeprefix("*.")
    found = {host}
    try:
        if not host.isascii():
            found.add(host.encode("idna").decode())
        elif "xn--" in host:
            found.add(host.encode().decode("idna"))
    except UnicodeError:
        pass  # Not a host name after all; it is searched for as it stands.
    return found - {""}


def public_remover(addresses: Iterable[str]) -> Callable[[str], str]:
    """Return what takes public addresses, and their hosts, out of a read text; a host within a longer one stays."""
    end = r"(?![\w-])(?!\.\w)"
    patterns = []
    for address in sorted(set(addresses), key=len, reverse=True):
        if "://" in address:
            patterns.append(re.escape(read(address)) + end)
        if host := host_of(address):
            # A host of one label is a word as others are: it is public only where it stands as a host.
            start = r"(?:(?<![\w.-])|(?<=%2f))" if "." in host or ":" in host else "(?<=//)"
            patterns.append(start + re.escape(host) + end)
    if not patterns:
        return lambda text: text
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    return lambda text: pattern.sub(GAP, text)


@dataclass(frozen=True)
class Secret:
    """A secret of the settings in the forms in which it is compared."""

    anywhere: frozenset[str] = field(repr=False)
    in_groups: frozenset[str] = field(repr=False)
    words: re.Pattern[str] | None = field(repr=False)

    def stands_in(self, compared: str, letters: str) -> bool:
        """Return whether a compared text, or its `letters` and digits alone, hold the secret."""
        return (
            any(form in compared for form in self.anywhere)
            or any(form in letters for form in self.in_groups)
            or (self.words is not None and self.words.search(compared) is not None)
        )


def secret(value: str, public_hosts: frozenset[str]) -> Secret:
    """Return a secret made ready for search, with its parts where it is an address."""
    # Half an escape right before a text changes what its own escapes say, so that these are left as they are, too.
    data = value.encode("utf-8", "surrogatepass")
    written = {value, quote(data, safe=""), quote_plus(data), html.escape(value)}
    written |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    whole = {canonical(value), canonical(value, by_look=False), *map(caseless, written)}
    parts = {canonical(part) for part in _parts(value) if part.lower() not in public_hosts}
    every = {form.strip() for form in (*whole, *parts)} - {""}
    return Secret(
        frozenset(form for form in every if len(form) >= SHORT_SECRET and form not in parts),
        frozenset(form for form in map(squeezed, whole) if len(form) >= LONG_SECRET),
        _whole_words({form for form in every if len(form) < SHORT_SECRET or form in parts}),
    )


def _whole_words(every: set[str]) -> re.Pattern[str] | None:
    patterns = []
    for form in sorted(every):
        before = r"(?<![^\W_])" if _is_word(form[0]) else ""
        after = r"(?![^\W_])" if _is_word(form[-1]) else ""
        patterns.append(before + re.escape(form) + after)
    return re.compile("|".join(patterns)) if patterns else None


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
