# SPDX-License-Identifier: MIT
"""Says which rules of the leak guard one text breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from elytra_status.leak_guard import terms
from elytra_status.leak_guard.canonical import caseless, has_escapes, read, spaced, squeezed
from elytra_status.leak_guard.encodings import decoded, without_tags
from elytra_status.leak_guard.patterns import PRIVATE_HOST, holds_private_host, private_shapes

BUCKET = "bucket name"
HOST = "host name of the settings or of a monitor"
NAME = "monitor or backup name"

# The rules that a text breaks, each with the name, host or bucket that it is about.
Rules = dict[str, str]
# Between texts that are searched together: part of no name and no word.
BETWEEN = " \0 "
# Encodings within encodings are read so deep.
_DEPTH = 2
# A shorter name is not sought in what was decoded: at a wrong offset, that is letters at random.
_LEAST_HIDDEN = 4
# So many characters in a row are not there by chance.
_NO_CHANCE = 10


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


class Sought:
    """All that a text is searched for, made ready."""

    def __init__(self, private: Private) -> None:
        self.secrets = _secrets(tuple(sorted(private.secrets.items())), private.public_urls)
        self.buckets = _words(private.buckets)
        self.hosts = _hosts(private.hosts)
        self.names = _names(private.names, private.public_words)
        self.without_public = terms.public_remover(private.public_urls)

    def rules(self, text: str) -> Rules:
        """Return the rules that a text breaks, however what is private is written in it."""
        found: Rules = {}
        texts, hidden = [text], False
        for _ in range(_DEPTH + 1):
            readings = _readings(BETWEEN.join(texts))
            for reading, by_look in readings.items():
                found = self._rules_of(reading, by_look, hidden) | found
            texts, hidden = list({part: None for reading in readings for part in decoded(reading)}), True
            if not texts:
                break
        return found

    def secret_rules(self, compared: str) -> Rules:
        """Return the rules broken by secrets that a compared text holds."""
        letters = squeezed(compared)
        return {rule: "" for rule, secret in self.secrets if secret.stands_in(compared, letters)}

    def _rules_of(self, reading: str, by_look: bool, hidden: bool) -> Rules:
        spoken = {reading: None, **dict.fromkeys(without_tags(reading))}
        found: Rules = {}
        for text in spoken:
            found |= dict.fromkeys(private_shapes(_long_parts(text) if hidden else text), "")
            found |= self.secret_rules(caseless(text, by_look=by_look))
            found |= self._named(text, by_look, hidden)
        return found

    def _named(self, text: str, by_look: bool, hidden: bool) -> Rules:
        """Return the rules broken by names, buckets and hosts, but for public addresses."""
        found: Rules = {}
        rest = self.without_public(text)
        if holds_private_host(_long_parts(rest) if hidden else rest):
            found[PRIVATE_HOST] = ""
        compared = caseless(rest, by_look=by_look)
        least = max(_LEAST_HIDDEN if hidden else 1, terms.LEAST_BY_LOOK if by_look else 1)
        for rule, words, words_of in (
            (BUCKET, self.buckets, compared),
            (HOST, self.hosts, compared),
            (NAME, self.names, spaced(compared)),
        ):
            if (word := terms.hold(words_of, words, hosts=rule == HOST, least=least)) is not None:
                found[rule] = word
        return found


def _readings(text: str) -> dict[str, bool]:
    """Return a text as it stands and as it reads, each with whether that is by the look of its letters."""
    readings = {read(text): True, read(text, by_look=False): False}
    # Escapes may be the text itself: a path of Windows looks like some.
    return {text: not text.isascii(), **readings} if has_escapes(text) else readings


def _long_parts(text: str) -> str:
    return BETWEEN.join(part for part in text.split(BETWEEN) if len(part) >= _NO_CHANCE)


# The same private words are sought in every document of a run, and there may be thousands of names.
@lru_cache(maxsize=8)
def _secrets(secrets: tuple[tuple[str, str], ...], public: tuple[str, ...]) -> tuple[tuple[str, terms.Secret], ...]:
    hosts = frozenset(map(terms.host_of, public))
    return tuple((f"secret {label}", terms.secret(value, hosts)) for label, value in secrets if value)


@lru_cache(maxsize=8)
def _names(names: frozenset[str], public_words: tuple[str, ...]) -> terms.Words:
    allowed = {form for word in public_words for form in terms.forms(word, spaced)}
    return terms.index((name for name in names if allowed.isdisjoint(terms.forms(name, spaced))), spaced)


@lru_cache(maxsize=8)
def _words(words: frozenset[str]) -> terms.Words:
    return terms.index(words)


def _hosts(hosts: frozenset[str]) -> terms.Words:
    return _words(frozenset(host for address in hosts for host in terms.host_writings(address)))
