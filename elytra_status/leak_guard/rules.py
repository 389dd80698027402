# SPDX-License-Identifier: MIT
"""Says which rules of the leak guard one text breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from elytra_status.leak_guard import terms
from elytra_status.leak_guard.canonical import caseless, has_escapes, read, spaced, squeezed
from elytra_status.leak_guard.encodings import decoded, without_tags
from elytra_status.leak_guard.patterns import PRIVATE_HOST, private_shapes
from elytra_status.leak_guard.terms import HOST, Rules, Words

BUCKET = "bucket name"
NAME = "monitor or backup name"

# Between texts that are searched together: part of no name and no word.
BETWEEN = " \0 "
# Encodings within encodings are read so deep.
_DEPTH = 2
# A shorter name is not sought in what was decoded: at a wrong offset, that is letters at random.
_LEAST_HIDDEN = 4
# So many characters in a row are not there by chance.
_NO_CHANCE = 10
# The texts of a publication, of which many stand in several documents.
_REMEMBERED = 1000


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
        public_hosts = frozenset(map(terms.host_of, private.public_urls))
        secrets = {f"secret {label}": value for label, value in private.secrets.items() if value}
        every = {rule: terms.secret_forms(value, public_hosts) for rule, value in secrets.items()}
        self._in_groups = [(rule, form) for rule, forms in every.items() for form in forms.in_groups]
        self._anywhere = [(rule, form) for rule, forms in every.items() for form in forms.anywhere]
        self._words = Words((form, rule, "") for rule, forms in every.items() for form in forms.words)
        self._places = _places(private.buckets, private.hosts)
        self._names = _names(private.names, private.public_words)
        self._without_public = terms.public_remover(private.public_urls)
        self.rules = lru_cache(_REMEMBERED)(self._rules)

    def _rules(self, text: str) -> Rules:
        """Return the rules that a text breaks, however what is private is written in it."""
        found: Rules = {}
        texts, hidden = [text], False
        for _ in range(_DEPTH + 1):
            # ASCII reads one way only.
            readings = _readings(filter(str.isascii, texts)) | _readings(one for one in texts if not one.isascii())
            spoken = {one: by_look for text, by_look in readings.items() for one in (text, *without_tags(text))}
            for one, by_look in spoken.items():
                found = self._rules_of(one, by_look, hidden) | found
            texts, hidden = list({part: None for one in spoken for part in decoded(one)}), True
            if not texts:
                break
        return found

    def secret_rules(self, compared: str) -> Rules:
        """Return the rules broken by secrets that a compared text holds."""
        letters = squeezed(compared)
        found = {rule: "" for rule, form in self._in_groups if form in letters}
        found |= {rule: "" for rule, form in self._anywhere if form in compared}
        return found | self._words.found(compared)

    def _rules_of(self, text: str, by_look: bool, hidden: bool) -> Rules:
        """Return the rules that a read text breaks. Public addresses are left out for names, buckets and hosts."""
        least = max(_LEAST_HIDDEN if hidden else 1, terms.LEAST_BY_LOOK if by_look else 1)
        rest = self._without_public(text)
        compared = caseless(text, by_look=by_look)
        named = compared if rest == text else caseless(rest, by_look=by_look)
        shapes = private_shapes(_long_parts(text) if hidden else text)
        if PRIVATE_HOST in shapes and rest != text and PRIVATE_HOST not in private_shapes(rest):
            shapes.discard(PRIVATE_HOST)
        found = dict.fromkeys(shapes, "") | self.secret_rules(compared)
        return found | self._places.found(named, least) | self._names.found(spaced(named), least)


def _readings(texts: Iterable[str]) -> dict[str, bool]:
    """Return texts as they stand and as they read, each with whether that is by the look of its letters."""
    text = BETWEEN.join(texts)
    readings = {read(text): True, read(text, by_look=False): False}
    # Escapes may be the text itself: a path of Windows looks like some.
    return {text: not text.isascii(), **readings} if has_escapes(text) else readings


def _long_parts(text: str) -> str:
    return BETWEEN.join(part for part in text.split(BETWEEN) if len(part) >= _NO_CHANCE)


# The same names are sought in every document of a run, and there may be thousands.
@lru_cache(maxsize=8)
def _names(names: frozenset[str], public_words: tuple[str, ...]) -> Words:
    allowed = {form for word in public_words for form in terms.forms(word, spaced)}
    every = ((name, terms.forms(name, spaced)) for name in sorted(names))
    return Words((form, NAME, name) for name, forms in every if allowed.isdisjoint(forms) for form in forms)


@lru_cache(maxsize=8)
def _places(buckets: frozenset[str], hosts: frozenset[str]) -> Words:
    every = [(BUCKET, bucket, bucket) for bucket in buckets]
    every += [(HOST, terms.host_of(host).removeprefix("*."), host) for host in hosts]
    return Words((form, rule, word) for rule, written, word in sorted(every) for form in terms.forms(written))
