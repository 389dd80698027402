# SPDX-License-Identifier: MIT
"""Withholds texts for the public that hold something private, so that no text holds back a publication. Pure.

Rule: 'What never leaves the machine' in the contract. A text that a person or a source has written is left out or
replaced by a neutral sentence, in all documents alike, because documents are made of what has been cleaned here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from elytra_status.leak_guard.rules import NAME

# Why a text is withheld that is harmless by itself.
TOGETHER = "what several texts say together"


class Cause(NamedTuple):
    """What a private word is: `label` may stand in the journal, `word` on a terminal of this machine alone.

    `word` is empty for everything but names, buckets and hosts: a secret is shown nowhere.
    """

    label: str
    word: str = ""


@dataclass(frozen=True)
class Withheld:
    """A text that is not published: `name` is the setting or announcement that it is, `rule` that of the leak guard.

    `name`, `rule` and `label` hold neither secrets nor names of monitors and backup groups; see Cause.
    """

    name: str
    rule: str
    label: str = ""
    word: str = field(default="", repr=False)

    def problem(self, *, shows_word: bool = False) -> str:
        """Return what is withheld and why, in one sentence without its full stop."""
        return f"{self.name}: withheld from the public, as it holds {self.cause(shows_word=shows_word)}"

    def cause(self, *, shows_word: bool = False) -> str:
        """Return what the text holds, with the word itself where it may be shown."""
        word = f', "{self.word}"' if shows_word and self.word else ""
        return f'{self.label or "something private"}{word} (rule "{self.rule}")'

    def remedy(self, *, shows_word: bool = False) -> str:
        """Return the ways out."""
        if self.rule != NAME:
            return "change the text: secrets, addresses, buckets and hosts cannot be allowed"
        word = f'"{self.word}"' if shows_word and self.word else "the word"
        return f"change the text, or add {word} to PUBLIC_WORDS"

    def line(self, *, shows_word: bool = False) -> str:
        """Return problem and remedy."""
        remedy = self.remedy(shows_word=shows_word)
        return f"{self.problem(shows_word=shows_word)}. {remedy[0].upper()}{remedy[1:]}."


# What finds the rules that a text breaks.
Search = Callable[[str], tuple[str, ...]]
# What finds, for a text and one of these rules, the private word.
Explain = Callable[[str, str], Cause]


class Redactor:
    """Cleans the texts of one publication, one by one, and collects what it has withheld.

    With `together`, a rule, each text is withheld that is not the job's own: texts broke this rule where they
    stood beside each other, and each of them alone did not.
    """

    def __init__(self, search: Search, explain: Explain, own: frozenset[str], together: str = "") -> None:
        self._search, self._explain, self._own, self._together = search, explain, own, together
        self._withheld: dict[str, Withheld] = {}
        self._sentences: set[str] = set(own)

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """What has been withheld until now, in the order in which it was cleaned."""
        return tuple(self._withheld.values())

    @property
    def sentences(self) -> frozenset[str]:
        """The job's own sentences, which are no leak, with those that now stand in place of texts."""
        return frozenset(self._sentences)

    def may_be_told(self, text: str) -> bool:
        """Whether a text can be published."""
        return not self._rules(text)

    def clean(self, name: str, text: str, instead: str = "") -> str:
        """Return the text of a setting or announcement, or what stands in its place where it must be withheld."""
        return self._replace(name, self._rules(text), text, instead)

    def clean_picture(self, name: str, picture: str, rules: tuple[str, ...]) -> str:
        """Return a picture that was searched before and breaks no `rules`, else an empty text."""
        return self._replace(name, rules or self._rules_of_all(picture), picture, "")

    def _replace(self, name: str, rules: tuple[str, ...], text: str, instead: str) -> str:
        if not rules:
            return text
        cause = Cause(TOGETHER) if self._together else self._explain(text, rules[0])
        self._withheld.setdefault(name, Withheld(name, rules[0], *cause))
        if instead:
            self._sentences.add(instead)
        return instead

    def compose(self, sentence: str) -> str:
        """Return a sentence of the job's own that is made around clean texts, as one that is no leak."""
        if sentence:
            self._sentences.add(sentence)
        return sentence

    def _rules(self, text: str) -> tuple[str, ...]:
        return self._rules_of_all(text) if self._together else self._search(text)

    def _rules_of_all(self, text: str) -> tuple[str, ...]:
        return (self._together,) if self._together and text and text not in self._own else ()
