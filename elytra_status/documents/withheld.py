# SPDX-License-Identifier: MIT
"""Withholds texts for the public that hold something private, so that no text holds back a publication. Pure.

Rule: 'What never leaves the machine' in the contract. A text that a person or a source has written is left out or
replaced by a neutral sentence, in all documents alike, because documents are made of what has been cleaned here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from elytra_status.errors import AsTyped
from elytra_status.leak_guard import NAME
from elytra_status.problem import Problem
from elytra_status.settings.file import quoted

# Why a text is withheld that is harmless by itself.
TOGETHER = "what several texts say together"


class Cause(NamedTuple):
    """What a text holds: `label` may stand in the journal, the `words` on a terminal of this machine alone.

    The words are names, or a bucket or host; there are none for everything else, as a secret is shown nowhere.
    """

    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """A text that is not published: `name` is the setting or announcement that it is, `rule` that of the leak guard.

    `label` says what it holds, without a secret or name. `words` are the names, or the host or bucket: for a terminal
    of this machine alone. `is_past`: the text was published before it became private, and is left out from now on.
    `allowing` is the line of the settings that allows all names for which texts are withheld, empty where there is
    none.
    """

    name: str
    rule: str
    label: str = ""
    words: tuple[str, ...] = field(default=(), repr=False)
    is_past: bool = False
    allowing: str = field(default="", repr=False)

    def problem(self, *, shows_word: bool = False) -> str:
        """Return what is withheld and why, in one sentence without its full stop."""
        done = "left out of the past" if self.is_past else "withheld from the public"
        return f"{self.name}: {done}, as it holds {self.cause(shows_word=shows_word)}"

    def cause(self, *, shows_word: bool = False) -> str:
        """Return what the text holds, with the word itself where it may be shown."""
        words = "".join(f', "{word}"' for word in self.words) if shows_word else ""
        return f'{self.label or "something private"}{words} (rule "{self.rule}")'

    def remedy(self, *, shows_word: bool = False) -> str:
        """Return the ways out."""
        if self.rule != NAME:
            if self.is_past:
                return "no action is needed: secrets, addresses, buckets and hosts cannot be allowed"
            return "change the text: secrets, addresses, buckets and hosts cannot be allowed"
        one_way = "leave it as it is" if self.is_past else "change the text"
        if not (shows_word and self.words):
            words = "the words" if len(self.words) > 1 else "the word"
            return f"{one_way}, or add {words} to PUBLIC_WORDS"
        if not self.allowing:
            return f"{one_way}: PUBLIC_WORDS cannot hold a name with a comma"
        words = ", ".join(f'"{word}"' for word in self.words)
        # The line of the settings is there to be copied: nothing follows it.
        return AsTyped(f"{one_way.capitalize()}, or add {words} to PUBLIC_WORDS: {self.allowing}")

    def as_problem(self, origins: Mapping[str, str] = MappingProxyType({}), *, shows_word: bool = False) -> Problem:
        """Return problem and remedy, with where the text is set, by the settings' `origins`."""
        problem, remedy = self.problem(shows_word=shows_word), self.remedy(shows_word=shows_word)
        return Problem(problem, remedy, origins.get(self.name, ""))


def allowing(words: Iterable[str]) -> str:
    """Return the line of the settings that allows words, empty where a list cannot hold one of them."""
    every = tuple(dict.fromkeys(words))
    if any("," in word or not word.isprintable() for word in every):
        return ""
    return f"PUBLIC_WORDS={quoted(','.join(every))}"


# What finds the rules that a text breaks.
Search = Callable[[str], tuple[str, ...]]
# What finds, for a text and one of these rules, what is private in it.
Explain = Callable[[str, str], Cause]


class Redactor:
    """Cleans the texts of one publication, one by one, and collects what it has withheld.

    With `together`, a rule, each text is withheld that is not the job's own: texts broke this rule where they stood
    beside each other, and each of them alone did not. `allowed` are the names that PUBLIC_WORDS allows already.
    """

    def __init__(
        self, search: Search, explain: Explain, own: frozenset[str], together: str = "", allowed: tuple[str, ...] = ()
    ) -> None:
        self._search, self._explain, self._own, self._together = search, explain, own, together
        self._allowed = allowed
        self._withheld: dict[str, Withheld] = {}
        self._sentences: set[str] = set(own)

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """What has been withheld until now, in the order in which it was cleaned."""
        every = self._withheld.values()
        line = allowing((*self._allowed, *(word for one in every if one.rule == NAME for word in one.words)))
        return tuple(replace(one, allowing=line) for one in every)

    @property
    def sentences(self) -> frozenset[str]:
        """The job's own sentences, which are no leak, with those that now stand in place of texts."""
        return frozenset(self._sentences)

    def keep(self, name: str, text: str) -> bool:
        """Return whether a text that was published in the past can be published again. Note it where it cannot."""
        return not self._breaks(name, text, is_past=True)

    def clean(self, name: str, text: str, instead: str = "") -> str:
        """Return the text of a setting or announcement, or what stands in its place where it must be withheld."""
        return self.compose(instead) if self._breaks(name, text) else text

    def clean_picture(self, name: str, picture: str, rules: tuple[str, ...]) -> str:
        """Return a picture that was searched before and breaks no `rules`, else an empty text."""
        return "" if self._breaks(name, picture, rules or self._rules_of_all(picture)) else picture

    def compose(self, sentence: str) -> str:
        """Return a sentence of the job's own that is made around clean texts, as one that is no leak."""
        self._sentences.update({sentence} - {""})
        return sentence

    def _breaks(self, name: str, text: str, rules: tuple[str, ...] | None = None, *, is_past: bool = False) -> bool:
        """Return whether a text must be withheld, and note that it is."""
        if rules is None:
            rules = self._rules_of_all(text) if self._together else self._search(text)
        if rules:
            # A name can be allowed; what cannot must be said first, as the text has to be changed anyway.
            rule = next((one for one in rules if one != NAME), rules[0])
            cause = Cause(TOGETHER) if self._together else self._explain(text, rule)
            one = Withheld(name, rule, *cause, is_past)
            known = self._withheld.get(name, one)
            if known.rule == one.rule == NAME:
                one = replace(known, words=tuple(dict.fromkeys((*known.words, *one.words))))
            self._withheld[name] = one if known.rule == NAME else known
        return bool(rules)

    def _rules_of_all(self, text: str) -> tuple[str, ...]:
        return (self._together,) if self._together and text and text not in self._own else ()
