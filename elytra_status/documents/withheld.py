# SPDX-License-Identifier: MIT
"""Withholds private texts, so that no text stops a publication. Pure.

A person or a source may have written something private into a text. Such a text is left out, or replaced by a neutral
sentence. This happens before documents are rendered, so all documents agree. docs/leak-guard.md says what is private.
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

# The cause if a text is harmless by itself.
TOGETHER = "what several texts say together"


class Cause(NamedTuple):
    """Why a text is withheld: `label` for the journal, `words` for a terminal only.

    The words are names, or a bucket or host. There are none for a secret, which is never shown.
    """

    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """A text that is not published.

    `name` is its setting or announcement, `rule` that of the leak guard. `label` says what it contains, without a
    secret or name. `words` are the names, or the host or bucket, for a terminal of this machine only. `is_past`: the
    text was published before it became private, and is left out from now on. `allowing` is the line of the settings
    that allows all names for which texts are withheld, '' if there is none.
    """

    name: str
    rule: str
    label: str = ""
    words: tuple[str, ...] = field(default=(), repr=False)
    is_past: bool = False
    allowing: str = field(default="", repr=False)

    def problem(self, *, shows_word: bool = False) -> str:
        """Return what is withheld and why, as a sentence without its full stop."""
        done = "left out of the past" if self.is_past else "withheld from the public"
        return f"{self.name} is {done}, as it holds {self.cause(shows_word=shows_word)}"

    def cause(self, *, shows_word: bool = False) -> str:
        """Return what the text contains, with the words if they may be shown."""
        words = "".join(f', "{word}"' for word in self.words) if shows_word else ""
        return f'{self.label or "something private"}{words} (rule "{self.rule}")'

    def remedy(self, *, shows_word: bool = False) -> str:
        """Return what the administrator can do."""
        if self.rule != NAME:
            if self.is_past:
                return "no action is needed: secrets, addresses, buckets and hosts cannot be allowed"
            return "change the text: secrets, addresses, buckets and hosts cannot be allowed"
        action = "leave it as it is" if self.is_past else "change the text"
        if not (shows_word and self.words):
            words = "the words" if len(self.words) > 1 else "the word"
            return f"{action}, or add {words} to PUBLIC_WORDS"
        if not self.allowing:
            return f"{action}: PUBLIC_WORDS cannot hold a name with a comma"
        words = ", ".join(f'"{word}"' for word in self.words)
        # The line is there to be copied, so nothing follows it.
        return AsTyped(f"{action.capitalize()}, or add {words} to PUBLIC_WORDS: {self.allowing}")

    def as_problem(self, origins: Mapping[str, str] = MappingProxyType({}), *, shows_word: bool = False) -> Problem:
        """Return problem and remedy, with the place where the text is set.

        `origins` are the origins of the settings by name.
        """
        problem, remedy = self.problem(shows_word=shows_word), self.remedy(shows_word=shows_word)
        return Problem(problem, remedy, origins.get(self.name, ""))


def allowing(words: Iterable[str]) -> str:
    """Return the line of the settings that allows words.

    Return '' if a list cannot contain one of them.
    """
    every = tuple(dict.fromkeys(words))
    if any("," in word or not word.isprintable() for word in every):
        return ""
    return f"PUBLIC_WORDS={quoted(','.join(every))}"


# Returns the rules of the leak guard that a text breaks.
SearchText = Callable[[str], tuple[str, ...]]
# Returns, for a text and a rule that it breaks, the cause.
Explain = Callable[[str, str], Cause]


class Redactor:
    """Cleans the texts of one publication, and collects those that it withholds.

    With `together`, a rule, each text that is not the program's own is withheld: several texts broke this rule
    together, and none of them alone. `allowed` are the names that PUBLIC_WORDS already allows.
    """

    def __init__(
        self,
        search: SearchText,
        explain: Explain,
        own: frozenset[str],
        together: str = "",
        allowed: tuple[str, ...] = (),
    ) -> None:
        self._search, self._explain, self._own, self._together = search, explain, own, together
        self._allowed = allowed
        self._withheld: dict[str, Withheld] = {}
        self._sentences: set[str] = set(own)

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """The texts withheld so far, in the order in which they were cleaned."""
        every = self._withheld.values()
        line = allowing((*self._allowed, *(word for one in every if one.rule == NAME for word in one.words)))
        return tuple(replace(one, allowing=line) for one in every)

    @property
    def sentences(self) -> frozenset[str]:
        """The program's own sentences, and those that replace texts; they are no leak."""
        return frozenset(self._sentences)

    def keep(self, name: str, text: str) -> bool:
        """Return whether a text that was published earlier may be published again.

        If not, note it as withheld.
        """
        return not self._breaks(name, text, is_past=True)

    def clean(self, name: str, text: str, instead: str = "") -> str:
        """Return the text of a setting or announcement, or `instead` if it is withheld."""
        return self.compose(instead) if self._breaks(name, text) else text

    def clean_picture(self, name: str, picture: str, rules: tuple[str, ...]) -> str:
        """Return a picture that breaks no `rules`, else ''. It was searched before."""
        return "" if self._breaks(name, picture, rules or self._rules_of_all(picture)) else picture

    def compose(self, sentence: str) -> str:
        """Return a sentence of the program's own around clean texts; it is no leak."""
        self._sentences.update({sentence} - {""})
        return sentence

    def _breaks(self, name: str, text: str, rules: tuple[str, ...] | None = None, *, is_past: bool = False) -> bool:
        """Return whether a text must be withheld, and note it if so."""
        if rules is None:
            rules = self._rules_of_all(text) if self._together else self._search(text)
        if rules:
            # A name can be allowed. Other causes are shown first, because they require another text anyway.
            rule = next((one for one in rules if one != NAME), rules[0])
            cause = Cause(TOGETHER) if self._together else self._explain(text, rule)
            one = Withheld(name, rule, *cause, is_past)
            earlier = self._withheld.get(name, one)
            if earlier.rule == one.rule == NAME:
                one = replace(earlier, words=tuple(dict.fromkeys((*earlier.words, *one.words))))
            self._withheld[name] = one if earlier.rule == NAME else earlier
        return bool(rules)

    def _rules_of_all(self, text: str) -> tuple[str, ...]:
        return (self._together,) if self._together and text and text not in self._own else ()
