# SPDX-License-Identifier: MIT
"""Withholds texts for the public that hold something private, so that no text holds back a publication. Pure.

Rule: 'What never leaves the machine' in the contract. A text that a person or a source has written is left out or
replaced by a neutral sentence, in all documents alike, because documents are made of what has been cleaned here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from elytra_status.leak_guard.rules import NAME
from elytra_status.settings.file import quoted

# Why a text is withheld that is harmless by itself.
TOGETHER = "what several texts say together"


class Cause(NamedTuple):
    """What a private word is: `label` may stand in the journal, the words on a terminal of this machine alone.

    `word` is empty for everything but names, buckets and hosts: a secret is shown nowhere. `others` are further names.
    """

    label: str
    word: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """A text that is not published: `name` is the setting or announcement that it is, `rule` that of the leak guard.

    `name`, `rule` and `label` hold neither secrets nor names of monitors and backup groups; see Cause. `is_past`: the
    text was published before it became private, and is left out from now on. `allowing` is the line of the settings
    that allows all names for which texts are withheld, empty where there is none.
    """

    name: str
    rule: str
    label: str = ""
    word: str = field(default="", repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)
    is_past: bool = False
    allowing: str = field(default="", repr=False)

    @property
    def words(self) -> tuple[str, ...]:
        """The names, or the host or bucket, that the text holds: for a terminal of this machine alone."""
        return (self.word, *self.others) if self.word else ()

    def where(self, origins: Mapping[str, str]) -> str:
        """Return where the text is set, by the settings' `origins`, as the beginning of a message about it."""
        return f"{origins[self.name]}: " if self.name in origins else ""

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
            words = "the words" if self.others else "the word"
            return f"{one_way}, or add {words} to PUBLIC_WORDS"
        if not self.allowing:
            return f"{one_way}: PUBLIC_WORDS cannot hold a name with a comma"
        words = ", ".join(f'"{word}"' for word in self.words)
        return f"{one_way}, or add {words} to PUBLIC_WORDS: {self.allowing}"

    def line(self, *, shows_word: bool = False) -> str:
        """Return problem and remedy."""
        remedy = self.remedy(shows_word=shows_word)
        # The line of the settings is there to be copied: nothing may stand behind it.
        end = "" if remedy.endswith('"') else "."
        return f"{self.problem(shows_word=shows_word)}. {remedy[0].upper()}{remedy[1:]}{end}"


def allowing(words: Iterable[str]) -> str:
    """Return the line of the settings that allows words, empty where a list cannot hold one of them."""
    every = tuple(dict.fromkeys(words))
    if any("," in word or not word.isprintable() for word in every):
        return ""
    return f"PUBLIC_WORDS={quoted(','.join(every))}"


# What finds the rules that a text breaks.
Search = Callable[[str], tuple[str, ...]]
# What finds, for a text and one of these rules, the private word.
Explain = Callable[[str, str], Cause]


class Redactor:
    """Cleans the texts of one publication, one by one, and collects what it has withheld.

    With `together`, a rule, each text is withheld that is not the job's own: texts broke this rule where they
    stood beside each other, and each of them alone did not. `allowed` are the names that PUBLIC_WORDS allows already.
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
        rules = self._rules(text)
        if rules:
            self._note(name, text, rules, is_past=True)
        return not rules

    def clean(self, name: str, text: str, instead: str = "") -> str:
        """Return the text of a setting or announcement, or what stands in its place where it must be withheld."""
        return self._replace(name, self._rules(text), text, instead)

    def clean_picture(self, name: str, picture: str, rules: tuple[str, ...]) -> str:
        """Return a picture that was searched before and breaks no `rules`, else an empty text."""
        return self._replace(name, rules or self._rules_of_all(picture), picture, "")

    def _replace(self, name: str, rules: tuple[str, ...], text: str, instead: str) -> str:
        if rules:
            self._note(name, text, rules)
            return self.compose(instead)
        return text

    def _note(self, name: str, text: str, rules: tuple[str, ...], *, is_past: bool = False) -> None:
        # A name can be allowed; what cannot must be said first, as the text has to be changed anyway.
        rule = next((one for one in rules if one != NAME), rules[0])
        cause = Cause(TOGETHER) if self._together else self._explain(text, rule)
        one = Withheld(name, rule, *cause, is_past=is_past)
        known = self._withheld.get(name, one)
        if known.rule == one.rule == NAME and known is not one:
            more = tuple(word for word in one.words if word not in known.words)
            one = replace(known, others=(*known.others, *more))
        self._withheld[name] = one if known.rule == NAME else known

    def compose(self, sentence: str) -> str:
        """Return a sentence of the job's own that is made around clean texts, as one that is no leak."""
        if sentence:
            self._sentences.add(sentence)
        return sentence

    def _rules(self, text: str) -> tuple[str, ...]:
        return self._rules_of_all(text) if self._together else self._search(text)

    def _rules_of_all(self, text: str) -> tuple[str, ...]:
        return (self._together,) if self._together and text and text not in self._own else ()
