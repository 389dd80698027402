# SPDX-License-Identifier: MIT
"""Names and hosts as whole words of a text: thousands of them at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from elytra_status.leak_guard.encodings import fold, latin

# Put where a public address was taken out: no letter, no space, so that nothing new arises around it.
GAP = "\ufffc"

# A name shorter than this, in characters, is not searched for by what its letters look like: in Russian and Greek
# letters alone, and pairs of them, are words of every sentence.
LEAST_BY_LOOK = 3

_TOKEN = re.compile(r"\w+|[^\w\s]")
# Before a host name: "my-" of my-host.example.
_LABEL_GOES_ON = re.compile(r"\w-\Z")


@dataclass(frozen=True)
class Words:
    """Folded names to search for: all of them, and the lengths of those that begin with a word."""

    names: frozenset[str] = field(repr=False)
    lengths: dict[str, tuple[int, ...]] = field(repr=False)


def index(names: Iterable[str]) -> Words:
    """Return names made ready for `hold`. One of ASCII punctuation alone says nothing and is left out."""
    folded = {form for name in names for form in _forms(name)}
    useful = frozenset(name for name in folded if any(sign.isalnum() or not sign.isascii() for sign in name))
    lengths: dict[str, set[int]] = {}
    for name in useful:
        if first := _TOKEN.match(name):
            lengths.setdefault(first[0], set()).add(len(name))
    return Words(useful, {word: tuple(sorted(some)) for word, some in lengths.items()})


def _forms(name: str) -> set[str]:
    if name.isascii():
        return {fold(name)}
    by_look = latin(name)
    return {fold(name), by_look} if len(by_look) >= LEAST_BY_LOOK else {fold(name)}


def tokens(folded: str) -> frozenset[str]:
    """Return the words and signs of a folded text, for `hold`."""
    return frozenset(_TOKEN.findall(folded))


def hold(folded: str, its_tokens: frozenset[str], words: Words, hosts: bool = False, least: int = 1) -> bool:
    """Tell whether a folded text holds one of the names as whole words; of a host name, whole labels.

    A name must have `least` characters.
    """
    if words.lengths.keys().isdisjoint(its_tokens):
        return False
    for token in _TOKEN.finditer(folded):
        start = token.start()
        for length in words.lengths.get(token[0], ()):
            end = start + length
            name = folded[start:end]
            if length < least or name not in words.names or (_is_word(name[-1]) and _is_word(folded[end : end + 1])):
                continue
            if not (hosts and "." in name and _LABEL_GOES_ON.search(folded[max(0, start - 2) : start])):
                return True
    return False


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
    """Return what takes public addresses, and their hosts, out of a text; a host within a longer one stays."""
    end = r"(?![\w-])(?!\.\w)"
    patterns = []
    for address in sorted(set(addresses), key=len, reverse=True):
        if "://" in address:
            patterns += [re.escape(form) + end for form in (address, quote(address, safe=""))]
        if host := host_of(address):
            # A host of one label is a word as others are: it is public only where it stands as a host.
            start = r"(?:(?<![\w.-])|(?<=%2f)|(?<=%252f))" if "." in host or ":" in host else "(?<=//)"
            patterns.append(start + re.escape(host) + end)
    if not patterns:
        return lambda text: text
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    return lambda text: pattern.sub(GAP, text)
