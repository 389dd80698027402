# SPDX-License-Identifier: MIT
"""Says which rules of the leak guard one text breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from elytra_status.leak_guard import terms
from elytra_status.leak_guard.canonical import caseless, has_escapes, read, spaced
from elytra_status.leak_guard.encodings import BETWEEN, decoded, without_tags
from elytra_status.leak_guard.patterns import PRIVATE_HOST, private_shapes
from elytra_status.leak_guard.terms import HOST, Rules, Words

BUCKET = "bucket name"
NAME = "monitor or backup name"

# Encodings within encodings are read so deep.
_DEPTH = 2
# How long names must be, in characters, to be sought in a text, in what was decoded, and in what was decoded from part
# of a run and may be letters at random; and how long shapes must be there.
_SHORTEST, _SHORTEST_DECODED, _SHORTEST_BY_CHANCE, _SHORTEST_SHAPE = 1, 2, 4, 16


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

    @cached_property
    def sought(self) -> Sought:
        """What a text is searched for, made ready once."""
        return Sought(self)


class Sought:
    """All that a text is searched for, made ready."""

    def __init__(self, private: Private) -> None:
        secrets = {label: value for label, value in private.secrets.items() if value}
        self.secrets = terms.Secrets(secrets, frozenset(map(terms.host_of, private.public_urls)))
        places = [(BUCKET, bucket, bucket) for bucket in private.buckets]
        places += [(HOST, terms.host_of(host).removeprefix("*."), host) for host in private.hosts]
        # A name without a letter, of an emoji say, stands between words.
        places += [(NAME, name, name) for name in private.names if not any(map(str.isalnum, name))]
        self._places = Words((form, rule, word) for rule, written, word in places for form in terms.forms(written))
        public = {form for word in private.public_words for form in terms.forms(word, spaced)}
        names = ((name, terms.forms(name, spaced)) for name in private.names)
        self._names = Words((form, NAME, name) for name, some in names if public.isdisjoint(some) for form in some)
        self._without_public = terms.public_remover(private.public_urls)
        # Many texts of a publication stand in several documents.
        self.rules = lru_cache(1000)(self._rules)

    def _rules(self, text: str) -> Rules:
        """Return the rules that a text breaks, however what is private is written in it."""
        found: Rules = frozenset()
        texts = {_SHORTEST: [text]}
        for _ in range(_DEPTH + 1):
            spoken = {one: (by_look, least) for least, some in texts.items() for one, by_look in _readings(some)}
            found = found.union(*(self._rules_of(one, *how) for one, how in spoken.items()))
            hidden = [decoded(one) for one in spoken]
            # What is found in both ways is hardly there by chance.
            texts = {_SHORTEST_BY_CHANCE: list({one: None for _, parts in hidden for one in parts})}
            texts[_SHORTEST_DECODED] = list({one: None for whole, _ in hidden for one in whole})
        return found

    def _rules_of(self, text: str, by_look: bool, least: int) -> Rules:
        """Return the rules that a read text breaks. Public addresses are left out for names, buckets and hosts."""
        rest = self._without_public(text)
        compared = caseless(text, by_look=by_look)
        named = compared if rest == text else caseless(rest, by_look=by_look)
        parts = text.split(BETWEEN) if least == _SHORTEST_BY_CHANCE else ()
        shapes = private_shapes(BETWEEN.join(part for part in parts if len(part) >= _SHORTEST_SHAPE) if parts else text)
        if PRIVATE_HOST in shapes and rest != text and PRIVATE_HOST not in private_shapes(rest):
            shapes.discard(PRIVATE_HOST)
        least = max(least, terms.LEAST_BY_LOOK if by_look else 0)
        found = self._places.found(named, least) | self._names.found(spaced(named), least)
        return found.union(self.secrets.found(compared), ((shape, "") for shape in shapes))


def _readings(texts: list[str]) -> Iterable[tuple[str, bool]]:
    """Yield what texts say, as they stand and read, with and without tags, each with whether that is by its look."""
    # ASCII reads one way only.
    for some in ([one for one in texts if one.isascii()], [one for one in texts if not one.isascii()]):
        text = BETWEEN.join(some)
        readings = {read(text): True, read(text, by_look=False): False} if some else {}
        if has_escapes(text):
            # Escapes may be the text itself: a path of Windows looks like some.
            readings = {text: not text.isascii(), **readings}
        for one, by_look in readings.items():
            yield from ((spoken, by_look) for spoken in (one, *without_tags(one)))
