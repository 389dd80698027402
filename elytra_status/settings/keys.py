# SPDX-License-Identifier: MIT
"""Which setting a key names: present and former names, and the settings of sources that have a name."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from elytra_status.settings.definitions import DEFINITIONS, Definition

_BY_NAME: dict[str, Definition] = {
    name: definition for definition in DEFINITIONS for name in (definition.name, *definition.former_names)
}
# Words of capitals with _ between: access keys have no _, and other keys have small letters.
_SOURCE_NAME = re.compile(r"[A-Z][A-Z0-9]{0,19}")
_LIKE_A_NAME = re.compile(r"[A-Z][A-Z0-9]{0,19}(_[A-Z0-9]{1,20}){1,5}")


@dataclass(frozen=True)
class Key:
    """The name of a setting as it is written.

    `source` is the name of the source that it is for, where it stands before the setting's own.
    """

    definition: Definition
    source: str = ""
    is_former: bool = False

    @property
    def name(self) -> str:
        """The present name."""
        return f"{self.source.upper()}_{self.definition.name}" if self.source else self.definition.name

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources with a name that the setting may be for, as SOURCES names them."""
        return tuple(f"{kind}:{self.source}" for kind in self.definition.of) if self.source else ()


def key_of(name: str) -> Key | None:
    """Return what a name stands for, None if for nothing. The longest setting's name in it counts."""
    if definition := _BY_NAME.get(name):
        return Key(definition, is_former=name != definition.name)
    source, _, rest = name.partition("_")
    definition = _BY_NAME.get(rest)
    if definition and definition.of and _SOURCE_NAME.fullmatch(source):
        return Key(definition, source.lower(), is_former=rest != definition.name)
    return None


def is_like_a_name(text: str) -> bool:
    """Whether a text looks like the name of a setting, and not like a value in the wrong place."""
    return _LIKE_A_NAME.fullmatch(text) is not None


def nearest(name: str) -> str:
    """Return which setting a name that is none resembles, as the end of a clause; '' where it resembles none."""
    near = difflib.get_close_matches(name.upper(), [definition.name for definition in DEFINITIONS], n=1)
    return f", but {near[0]} is" if near else ""
