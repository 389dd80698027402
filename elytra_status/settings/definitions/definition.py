# SPDX-License-Identifier: MIT
"""The definition of a setting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from elytra_status.settings.kinds import Kind

# In place of a kind in `of`: every kind of monitoring system that checks over the network.
NETWORK_KINDS = "*"

# Names of settings of which at least one must be set.
Requirement = tuple[str, ...]


def setting(
    kind: Kind,
    meaning: str,
    change: str = "",
    *,
    default: Any = None,
    unset: str = "none",
    example: str = "",
    section: str = "",
    former_names: tuple[str, ...] = (),
    public: bool = False,
    of: str | tuple[str, ...] = (),
    channel: str = "",
    requires: str | tuple[str | Requirement, ...] = (),
    https_only: bool | str = False,
    in_environment: bool = True,
    per_language: bool = False,
    per_machine: bool = False,
) -> Any:
    """Return the field of one setting, as `Definition` describes it.

    A single kind or name needs no tuple: `of="gatus"`, `requires="NTFY_TOPIC"`.
    """
    needed = (requires,) if isinstance(requires, str) else requires
    metadata = {
        "kind": kind,
        "meaning": " ".join(meaning.split()),
        "change": " ".join(change.split()),
        "unset": " ".join(unset.split()),
        "example": example,
        "section": section,
        "former_names": former_names,
        "public": public,
        "of": (of,) if isinstance(of, str) else of,
        "channel": channel,
        "requires": tuple((one,) if isinstance(one, str) else one for one in needed),
        "https_only": https_only,
        "in_environment": in_environment,
        "per_language": per_language,
        "per_machine": per_machine,
    }
    return field(default=default, metadata=metadata, repr=not kind.is_secret)


@dataclass(frozen=True)
class Definition:
    """A setting, for code that prints or checks settings.

    `meaning` says what the setting does, `change` when to change it, and `unset` what applies while it is not set and
    has no default. `section` begins a new section of the sample file. An address is private, so that the leak guard
    searches for its host, unless it is `public`.

    `of` are the kinds of source that the setting belongs to: each further source of such a kind has the setting too.
    `of=NETWORK_KINDS` in a definition stands for all kinds that check over the network.
    The first setting that belongs to one kind alone is the one that makes such a source exist. `channel` is the channel
    for notifications that the setting belongs to: setup tries the channel when the setting changes.

    `requires` names the settings that must be set together with this one; a tuple in it names alternatives. An address
    that is `https_only` is refused if it begins with http://, always or if the secret of that name is set. Addresses of
    this machine are exempt.

    Variables of the environment count if `in_environment`. `per_language`: PAGE_TITLE.de may be set too. `per_machine`:
    the machines of a pair may differ in it.
    """

    name: str
    attribute: str
    kind: Kind
    default: Any
    meaning: str
    change: str
    unset: str
    example: str
    section: str
    former_names: tuple[str, ...]
    public: bool
    of: tuple[str, ...]
    channel: str
    requires: tuple[Requirement, ...]
    https_only: bool | str
    in_environment: bool
    per_language: bool
    per_machine: bool

    @property
    def is_secret(self) -> bool:
        """Whether the value must not be shown."""
        return self.kind.is_secret

    @property
    def default_text(self) -> str:
        """The default as in the settings file, '' if there is none."""
        return self.kind.write(self.default) if self.default not in (None, (), "") else ""

    @property
    def description(self) -> str:
        """What the setting does, its default, and when to change it."""
        default = f"Default: {(self.default_text or self.unset).removesuffix('.')}."
        return " ".join(filter(None, (self.meaning, default, self.change)))
