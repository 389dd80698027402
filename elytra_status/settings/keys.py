# SPDX-License-Identifier: MIT
"""Maps keys to settings: present names, former names, names with a source."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from elytra_status.settings.definitions import DEFINITIONS, Definition

_BY_NAME: dict[str, Definition] = {
    name: definition for definition in DEFINITIONS for name in (definition.name, *definition.former_names)
}
# Words in capitals with _ between. Access keys have no _, and other keys have lower-case letters.
_SOURCE_NAME = re.compile(r"[A-Z][A-Z0-9]{0,19}")
_LIKE_A_NAME = re.compile(r"[A-Z][A-Z0-9]{0,19}(_[A-Z0-9]{1,20}){1,5}")


@dataclass(frozen=True)
class Key:
    """The name of a setting as written in a file or the environment.

    `source` is the name of the source that precedes the setting's own name, and `language` the language that follows
    it, if any: OFFICE_UPTIME_KUMA_URL, PAGE_TITLE.de.
    """

    definition: Definition
    source: str = ""
    is_former: bool = False
    language: str = ""

    @property
    def name(self) -> str:
        """The present full name of the setting."""
        if self.language:
            return in_language(self.definition.name, self.language)
        return f"{self.source.upper()}_{self.definition.name}" if self.source else self.definition.name

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that the setting may be for, as written in SOURCES."""
        return tuple(f"{kind}:{self.source}" for kind in self.definition.of) if self.source else ()


def in_language(name: str, language: str) -> str:
    """Return the name of a setting for one language."""
    return f"{name}.{language}"


def find_key(name: str) -> Key | None:
    """Return the setting that a name stands for; None if there is none.

    A setting without a source takes precedence.
    """
    if definition := _BY_NAME.get(name):
        return Key(definition, is_former=name != definition.name)
    own, _, language = name.partition(".")
    if language and (definition := _BY_NAME.get(own)) and definition.per_language:
        return Key(definition, language=language.lower())
    source, _, rest = name.partition("_")
    definition = _BY_NAME.get(rest)
    if definition and definition.of and _SOURCE_NAME.fullmatch(source):
        return Key(definition, source.lower(), is_former=rest != definition.name)
    return None


def is_like_a_name(text: str) -> bool:
    """Whether a text looks like a setting's name, and not like a misplaced value."""
    return _LIKE_A_NAME.fullmatch(text) is not None


def nearest(name: str) -> str:
    """Return the setting that an unknown name resembles, as the end of a clause.

    Return '' if it resembles none.
    """
    near = difflib.get_close_matches(name.upper(), [definition.name for definition in DEFINITIONS], n=1)
    return f", but {near[0]} is" if near else ""
