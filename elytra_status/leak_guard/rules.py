# SPDX-License-Identifier: MIT
"""Find the rules of the leak guard that a text breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from elytra_status.leak_guard import terms
from elytra_status.leak_guard.canonical import caseless, has_escapes, plain_text, spaced
from elytra_status.leak_guard.encodings import BETWEEN, decoded_texts, without_tags
from elytra_status.leak_guard.patterns import PRIVATE_HOST, private_shapes
from elytra_status.leak_guard.terms import HOST, BrokenRules, Words

BUCKET = "bucket name"
NAME = "monitor or backup name"

# Nested encodings are decoded up to this depth.
_DEPTH = 2
# The minimum lengths, in characters, of names in a text, in a decoded text, and in a part of a run that may have
# decoded by chance, and of shapes in such a part.
_SHORTEST, _SHORTEST_DECODED, _SHORTEST_BY_CHANCE, _SHORTEST_SHAPE = 1, 2, 4, 16


@dataclass(frozen=True)
class Private:
    """What must not be published. `secrets` are by a label that may be shown.

    `hosts` may be given as endpoints or URLs. `public_urls` are meant to be public: they and their hosts are no leak as
    host, bucket or name. `public_words` are names that the administrator allows.
    """

    secrets: Mapping[str, str] = field(repr=False)
    buckets: frozenset[str] = field(repr=False)
    hosts: frozenset[str] = field(repr=False)
    names: frozenset[str] = field(repr=False)
    public_urls: tuple[str, ...] = ()
    public_words: tuple[str, ...] = ()

    @cached_property
    def sought(self) -> Sought:
        """The index of everything to search for, built once."""
        return Sought(self)


class Sought:
    """An index of everything that a text is searched for."""

    def __init__(self, private: Private) -> None:
        secrets = {label: value for label, value in private.secrets.items() if value}
        self.secrets = terms.Secrets(secrets, frozenset(map(terms.host_sought, private.public_urls)))
        exact = [(BUCKET, bucket, bucket) for bucket in private.buckets]
        exact += [(HOST, terms.host_sought(host).removeprefix("*."), host) for host in private.hosts]
        # A name without a letter, such as an emoji, may stand between words.
        exact += [(NAME, name, name) for name in private.names if not any(map(str.isalnum, name))]
        self._exact = Words((form, rule, word) for rule, written, word in exact for form in terms.forms(written))
        public = {form for word in private.public_words for form in terms.forms(word, spaced)}
        names = ((name, terms.forms(name, spaced)) for name in private.names)
        self._names = Words((form, NAME, name) for name, some in names if public.isdisjoint(some) for form in some)
        self._without_public = terms.public_remover(private.public_urls)
        # Many texts of a publication occur in several documents.
        self.rules = lru_cache(1000)(self._rules)

    def _rules(self, text: str) -> BrokenRules:
        """Return the rules that a text breaks, however it is encoded."""
        found: BrokenRules = frozenset()
        texts = {_SHORTEST: [text]}
        for _ in range(_DEPTH + 1):
            spoken = {one: (by_shape, least) for least, some in texts.items() for one, by_shape in _readings(some)}
            found = found.union(*(self._rules_of(one, *how) for one, how in spoken.items()))
            hidden = [decoded_texts(one) for one in spoken]
            # A word that is found both ways is hardly a coincidence.
            texts = {_SHORTEST_BY_CHANCE: list({one: None for _, parts in hidden for one in parts})}
            texts[_SHORTEST_DECODED] = list({one: None for whole, _ in hidden for one in whole})
        return found

    def _rules_of(self, text: str, by_shape: bool, least: int) -> BrokenRules:
        """Return the rules that a read text breaks.

        Public addresses are removed before names, buckets and hosts are sought.
        """
        rest = self._without_public(text)
        compared = caseless(text, by_shape=by_shape)
        named = compared if rest == text else caseless(rest, by_shape=by_shape)
        parts = text.split(BETWEEN) if least == _SHORTEST_BY_CHANCE else ()
        shapes = private_shapes(BETWEEN.join(part for part in parts if len(part) >= _SHORTEST_SHAPE) if parts else text)
        if PRIVATE_HOST in shapes and rest != text and PRIVATE_HOST not in private_shapes(rest):
            shapes.discard(PRIVATE_HOST)
        least = max(least, terms.LEAST_BY_SHAPE if by_shape else 0)
        found = self._exact.found(named, least) | self._names.found(spaced(named), least)
        return found.union(self.secrets.found(compared), ((shape, "") for shape in shapes))


def _readings(texts: list[str]) -> Iterable[tuple[str, bool]]:
    """Yield the readings of texts: as written and decoded, with and without tags.

    Each comes with whether it is read by its look.
    """
    # ASCII has only one reading.
    for some in ([one for one in texts if one.isascii()], [one for one in texts if not one.isascii()]):
        text = BETWEEN.join(some)
        readings = {plain_text(text): True, plain_text(text, by_shape=False): False} if some else {}
        if has_escapes(text):
            # What looks like an escape may be meant literally, as in a Windows path.
            readings = {text: not text.isascii(), **readings}
        for one, by_shape in readings.items():
            yield from ((spoken, by_shape) for spoken in (one, *without_tags(one)))
