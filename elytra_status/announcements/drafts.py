# SPDX-License-Identifier: MIT
"""Drafts of incidents: the text of a template or an editor. Pure.

A draft begins with fields such as `Title: Mail is delayed`, one on each line. An empty line and the text follow. Title
and text for a language are fields too: `Title.de: …` and `Text.de: …`.
Lines that begin with # are comments. A draft without fields is all text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from elytra_status import locale
from elytra_status.errors import UsageError
from elytra_status.model import Impact, IncidentPhase, Translations

# A draft is a few sentences. A larger file is not a draft.
LARGEST_DRAFT = 64 * 1024
_FIELD = re.compile(r"([\w.]+)\s*:\s*(.*)")
# What would be a field if there were the language.
_TRANSLATION = re.compile(r"(?:title|text)\.[\w-]*\s*:", re.IGNORECASE)
_Member = TypeVar("_Member", bound=Enum)
_FIELDS = ("title", "phase", "impact", "component")
# Those for a language, as messages show them.
_IN_LANGUAGES = ("title.de", "text.de")


@dataclass(frozen=True)
class IncidentDraft:
    """The details of an incident that a draft gives; None for those it does not give.

    `titles` and `texts` are the title and the text in further languages, '' for a translation to leave out.
    """

    text: str | None = None
    title: str | None = None
    phase: IncidentPhase | None = None
    impact: Impact | None = None
    components: tuple[str, ...] | None = None
    titles: Translations | None = None
    texts: Translations | None = None

    def over(self, other: IncidentDraft) -> IncidentDraft:
        """Return this draft, with the fields that it lacks taken from another.

        A title or text of its own is not shown beside translations of the other one.
        """
        given = {name: value for name, value in vars(self).items() if value is not None}
        titles = self.titles if self.title is not None else _over(self.titles, other.titles)
        texts = self.texts if self.text is not None else _over(self.texts, other.texts)
        return replace(other, **{**given, "titles": titles, "texts": texts})

    def without_titles_of(self, other: IncidentDraft) -> IncidentDraft:
        """Return this draft, which removes the other's titles in languages that it lacks."""
        own, theirs = dict(self.titles or ()), dict(other.titles or ())
        return replace(self, titles=tuple({**dict.fromkeys(theirs, ""), **own}.items()) or None)

    def in_languages(self, codes: Container[str]) -> IncidentDraft:
        """Return this draft without translations into other languages than these."""
        titles, texts = (
            tuple((code, text) for code, text in given or () if code in codes) or None
            for given in (self.titles, self.texts)
        )
        return replace(self, titles=titles, texts=texts)


def read_draft(text: str, where: str) -> IncidentDraft:
    """Return a draft from its text.

    Raise UsageError, which begins with `where`, if a field is unknown or its value invalid.
    """
    lines = [line.rstrip() for line in text.splitlines() if not line.startswith("#")]
    while lines and not lines[0]:
        del lines[0]
    fields: dict[str, list[str]] = {}
    while lines and (field := _FIELD.fullmatch(lines[0])) and _is_field(field[1].lower()):
        fields.setdefault(field[1].lower(), []).append(field[2].strip())
        del lines[0]
    if lines and lines[0] and (fields or _TRANSLATION.match(lines[0])):
        usable = ", ".join(name.capitalize() for name in (*_FIELDS, *_IN_LANGUAGES))
        raise UsageError(
            f"{where}: a field is unknown, or no empty line follows the fields",
            f"use {usable}, then an empty line and the text",
        )
    names = tuple(name for name in fields.get("component", ()) if name)
    # An editor wraps lines. The public gets the text as one line.
    body = " ".join(" ".join(lines).split())
    return IncidentDraft(
        body or None,
        _last(fields, "title"),
        read_word(IncidentPhase, _last(fields, "phase"), f"{where}: Phase"),
        read_word(Impact, _last(fields, "impact"), f"{where}: Impact"),
        names or None,
        _in_languages(fields, "title"),
        _in_languages(fields, "text"),
    )


def _over(own: Translations | None, others: Translations | None) -> Translations | None:
    """Return the draft's own translations, and those that it does not replace.

    An empty translation stays if there is nothing to leave out, so that a person notices it.
    """
    there = dict(others or ())
    together = {**there, **dict(own or ())}
    return tuple((code, text) for code, text in together.items() if text or code not in there) or None


def _is_field(name: str) -> bool:
    own, dot, code = name.partition(".")
    return own in ("title", "text") and code in locale.codes() if dot else name in _FIELDS


def _in_languages(fields: dict[str, list[str]], name: str) -> Translations | None:
    """Return a text in further languages, None if no field has one."""
    given = ((code, _last(fields, f"{name}.{code}")) for code in locale.codes())
    return tuple((code, text) for code, text in given if text) or None


def write_draft(draft: IncidentDraft, comments: Iterable[str]) -> str:
    """Return a draft as text for an editor, with comments at its end."""
    fields = [
        f"Title: {draft.title or ''}",
        *(f"Title.{code}: {title}" for code, title in draft.titles or ()),
        *(f"Text.{code}: {text}" for code, text in draft.texts or ()),
        f"Phase: {(draft.phase or IncidentPhase.INVESTIGATING).value}",
        f"Impact: {(draft.impact or Impact.MINOR).value}",
        *(f"Component: {name}" for name in draft.components or ("",)),
    ]
    return "\n".join((*fields, "", draft.text or "", "", *(f"# {line}" for line in comments), ""))


def _last(fields: dict[str, list[str]], name: str) -> str | None:
    return fields.get(name, [""])[-1] or None


def read_word(kind: type[_Member], word: str | None, where: str) -> _Member | None:
    """Return the member of an enumeration with the value `word`; None for None.

    Letter case does not matter. Raise UsageError, which begins with `where`, if no member has this value.
    """
    if word is None:
        return None
    try:
        return kind(word.lower())
    except ValueError:
        raise UsageError(f"{where} is invalid", f"use one of {', '.join(one.value for one in kind)}") from None
