# SPDX-License-Identifier: MIT
"""Looks up all settings, and reports all faults at once.

A systemd credential counts before the environment, that before conf.d/, and that before the settings file. No message
contains a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from elytra_status import locale
from elytra_status.net.hosts import crosses_in_clear
from elytra_status.problem import SettingsError, SettingsProblem
from elytra_status.settings import given_to_unit, kinds
from elytra_status.settings.checks import Fault, check_together
from elytra_status.settings.definitions import DEFINITIONS, OF_KIND, SHARED, Definition, Settings
from elytra_status.settings.keys import in_language
from elytra_status.settings.lookup import DROP_INS_PREFIX, FILE_CREDENTIAL, FoundValue, Lookup
from elytra_status.settings.named import check_named, every_kind, names, unasked, with_named

DEFAULT_FILE = Path("/etc/elytra-status/elytra-status.conf")
# Next to the settings file: further files of settings, and the credentials of the service.
DROP_INS = "conf.d"
CREDENTIALS = "credentials"
DEFAULT = "default"
# FRESHNESS_MAX_AGE_MINUTES of a pair: the lease of 15 minutes, the interval of the timer, and a run of four minutes.
LEAST_OF_A_PAIR = 30


@dataclass(frozen=True)
class Loaded:
    """The settings, the origin of each value, and warnings.

    `unseen` are settings that the service gets and this command does not: here they seem not to be set. `lacking` are
    those of them that other settings require.
    """

    settings: Settings
    origins: dict[str, str]
    warnings: list[SettingsProblem]
    unseen: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class WrongSettingsError(SettingsError):
    """All faults in the settings, with the warnings.

    An unknown key may be the reason why another setting is missing. `settings` holds the valid values: not enough for a
    run, but enough to notify somebody. `is_whole` is False if a file or directory could not be read, or if the service
    gets more settings: then nothing is known about settings that were not found. `is_unreadable`: unreadable files or
    directories are the only faults. `unread` are the settings with invalid values; in `settings` they have their
    defaults.
    """

    faults: tuple[SettingsProblem, ...]
    warnings: tuple[SettingsProblem, ...]

    def __init__(
        self,
        faults: Sequence[SettingsProblem],
        warnings: Sequence[SettingsProblem],
        settings: Settings,
        origins: dict[str, str],
        *,
        is_whole: bool,
        is_unreadable: bool = False,
        unread: Iterable[str] = (),
    ) -> None:
        super().__init__(faults, warnings, is_unreadable=is_unreadable)
        self.settings = settings
        self.origins = origins
        self.is_whole = is_whole
        self.unread = frozenset(unread)


def load(
    file: Path | None,
    environment: Mapping[str, str],
    *,
    directory: Path | None = None,
    answers: Mapping[str, FoundValue] | None = None,
    of_this_machine: bool = True,
) -> Loaded:
    """Return the settings.

    `file` replaces the settings file that systemd passes to the service, and
    /etc/elytra-status/elytra-status.conf with conf.d/*.conf next to it. `directory` replaces /etc/elytra-status.
    `answers` holds values by the names of settings, and overrides all others; an empty text unsets a setting. If
    `of_this_machine` is False, the credentials that systemd passes to the service here are ignored.

    Raise WrongSettingsError with all faults: file, line, key, problem and remedy.
    """
    lookup = _lookup(file, environment, directory, of_this_machine=of_this_machine)
    lookup.read_answers(answers or {})
    values = _Values(lookup)
    settings = values.read_all()
    origins = values.origins
    lookup.faults += _unknown_languages(lookup)
    lookup.warnings += _ignored(lookup, settings, origins)
    together = [*check_together(settings), *check_named(settings)] if lookup.is_whole else []
    lacking = {name for fault in together for name in lookup.unseen.intersection(fault.names)}
    # A value that is not known is no reason to call another setting wrong.
    sound = [fault for fault in together if not (values.unread | lookup.unseen).intersection(fault.names)]
    faults = [*lookup.faults, *(_located(fault, origins) for fault in sound)]
    if faults:
        raise WrongSettingsError(
            faults,
            lookup.warnings,
            settings,
            origins,
            is_whole=lookup.is_whole and not lookup.unseen,
            is_unreadable=len(faults) == lookup.unreadable,
            unread=values.unread,
        )
    stale_pair = _stale_pair(settings.publishers, settings.freshness_max_age_minutes, origins)
    warnings = [*lookup.warnings, *_unencrypted(settings, origins), *stale_pair]
    return Loaded(settings, origins, warnings, tuple(sorted(lookup.unseen)), tuple(sorted(lacking)))


class _Values:
    """The values that a lookup has found, and the origin of each.

    `unread` are the settings whose values cannot be used.
    """

    def __init__(self, lookup: Lookup) -> None:
        self.origins: dict[str, str] = {}
        self.unread = set(lookup.unread)
        self._lookup = lookup
        self._values: dict[str, Any] = {}

    def read_all(self) -> Settings:
        """Return the settings; those not set or invalid have their defaults."""
        for definition in DEFINITIONS:
            self._read(definition.name, definition)
        values = self._values
        settings = Settings(**{one.attribute: values[one.name] for one in DEFINITIONS if one.name in values})
        # Two sources of different kinds may have the same name.
        for name, definition in {name: definition for _, name, definition in names(settings.sources)}.items():
            self._read(name, definition)
        return replace(with_named(settings, values), translated=tuple(self._translated(settings)))

    def _translated(self, settings: Settings) -> Iterator[tuple[str, Settings]]:
        """Yield the settings with the texts for each language that has some."""
        for code in settings.languages:
            given = {}
            for definition in DEFINITIONS:
                name = in_language(definition.name, code)
                if definition.per_language and name in self._lookup.found:
                    self._read(name, definition)
                    given[definition.attribute] = self._values.get(name, getattr(settings, definition.attribute))
            if given:
                yield code, replace(settings, **given)

    def _read(self, name: str, definition: Definition) -> None:
        lookup, found = self._lookup, self._lookup.found.pop(name, None)
        self.origins[name] = found.origin if found else given_to_unit.ORIGIN if name in lookup.unseen else DEFAULT
        if found is None:
            return
        try:
            self._values[name] = _read(found, definition)
        except kinds.InvalidValueError as error:
            problem = SettingsProblem(f"{name} {error.problem}", error.remedy, found.origin, setting=name)
            lookup.faults.append(problem)
            self.unread.add(name)


def _unknown_languages(lookup: Lookup) -> Iterator[SettingsProblem]:
    """Yield a fault for each text in a language that the program does not have."""
    codes = locale.codes()
    for name in [one for one, key in lookup.keys.items() if key.language not in ("", *codes) and one in lookup.found]:
        origin = lookup.found.pop(name).origin
        problem = f"{name} is for a language that elytra-status does not have"
        yield SettingsProblem(problem, f"Choose among {', '.join(codes)}", origin, setting=name)


def _located(fault: Fault, origins: dict[str, str]) -> SettingsProblem:
    """Return a fault as a problem with its place in the settings."""
    return SettingsProblem(fault.problem, fault.remedy, _where(fault.names, origins), setting=fault.names[-1])


def _read(found: FoundValue, definition: Definition) -> Any:
    """Return a value. Raise InvalidValueError if it is invalid."""
    _refuse_other_encodings(found.text)
    return definition.kind.read(found.text)


def _ignored(lookup: Lookup, settings: Settings, origins: Mapping[str, str]) -> Iterator[SettingsProblem]:
    """Yield a warning for each setting of a source that SOURCES does not name."""
    for name, found in lookup.found.items():
        if code := lookup.keys[name].language:
            remedy = f"Add {code} to PAGE_LANGUAGE, or remove {name}"
            yield SettingsProblem(f"{name} is for a language that no document has", remedy, found.origin, setting=name)
            continue
        source = " or ".join(lookup.keys[name].sources)
        words = f"{name} is for {source}, which SOURCES does not name; it is ignored"
        yield SettingsProblem(words, f"Add the source to SOURCES, or remove {name}", found.origin, setting=name)
    for name, kind in unasked(settings):
        words = f"{name} is set, but SOURCES does not name {kind}; it is not queried"
        yield SettingsProblem(words, f"Add {kind} to SOURCES, or remove {name}", origins[name], setting=name)


def _lookup(file: Path | None, environment: Mapping[str, str], home: Path | None, *, of_this_machine: bool) -> Lookup:
    lookup = Lookup()
    given = environment.get("CREDENTIALS_DIRECTORY")
    directory = Path(given) if given else None
    default = home / DEFAULT_FILE.name if home else DEFAULT_FILE
    drop_ins = default.parent / DROP_INS
    if file is not None:
        lookup.read_file(file, str(file))
    elif directory is not None and lookup.read_file(directory / FILE_CREDENTIAL, str(default), may_be_missing=True):
        lookup.read_drop_ins(directory, drop_ins, prefix=DROP_INS_PREFIX)
    else:
        lookup.read_file(default, str(default), may_be_missing=True)
        lookup.read_drop_ins(drop_ins, drop_ins)
    lookup.read_environment(environment)
    if directory is not None:
        lookup.read_credentials(directory)
    elif file is None:  # run by hand: read what the service would get
        lookup.read_credentials(default.parent / CREDENTIALS, may_be_missing=True)
        if of_this_machine:
            lookup.read_given_to_unit()
    return lookup


def _refuse_other_encodings(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise kinds.InvalidValueError("is not UTF-8", "Write text in UTF-8") from None


def _where(names: tuple[str, ...], origins: dict[str, str]) -> str:
    set_ones = [origins[name] for name in names if origins[name] != DEFAULT]
    return set_ones[-1] if set_ones else "settings"


def _unencrypted(settings: Settings, origins: dict[str, str]) -> list[SettingsProblem]:
    """Return a warning for each key that would cross a network in clear."""
    pairs = (
        *_of_sources(settings),
        ("SPACES_ENDPOINT", settings.spaces_endpoint, settings.spaces_secret_key),
        ("BACKUP_ENDPOINT", settings.backup_endpoint, settings.backup_secret_key or settings.spaces_secret_key),
    )
    return [
        SettingsProblem(
            f"{name} begins with http://, which sends its key in clear", "Use https://", origins[name], setting=name
        )
        for name, address, key in pairs
        if address and key and crosses_in_clear(address)
    ]


def _stale_pair(publishers: str, freshness: int, origins: dict[str, str]) -> Iterator[SettingsProblem]:
    """Yield a warning if the other machine of a pair cannot take over in time."""
    name = "FRESHNESS_MAX_AGE_MINUTES"
    if publishers == "pair" and freshness < LEAST_OF_A_PAIR:
        yield SettingsProblem(
            f"with PUBLISHERS=pair and {name} below {LEAST_OF_A_PAIR}, the status is stale before the other machine"
            " takes over",
            f"Set it to {LEAST_OF_A_PAIR} or more",
            _where((name,), origins),
            setting=name,
        )


def _of_sources(settings: Settings) -> Iterator[tuple[str, str | None, bool]]:
    """Yield each source's address: its setting, its value, and whether it has a key."""
    for prefix, kind, part in every_kind(settings):
        own = [one for one in OF_KIND[kind] if one not in SHARED]
        has_key = any(getattr(part, one.attribute) for one in own if one.is_secret)
        for one in own:
            if one.kind is kinds.URL:
                yield prefix + one.name, getattr(part, one.attribute), has_key
