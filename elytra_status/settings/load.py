# SPDX-License-Identifier: MIT
"""Looks up every setting: systemd credential, environment, file, in this order.

All faults are found before any is reported. None of the texts holds a value.
"""

from __future__ import annotations

import difflib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elytra_status.errors import SettingsError
from elytra_status.settings.checks import check_together
from elytra_status.settings.definitions import DEFINITIONS, LARGEST_FILE, Definition, Settings
from elytra_status.settings.file import Line, parse

DEFAULT_FILE = Path("/etc/elytra-status/elytra-status.conf")
# The name under which the service hands over the settings file, which its user may not read.
FILE_CREDENTIAL = "elytra-status.conf"
# LoadCredential= of a directory puts the first part of its own name before each file's name.
DIRECTORY_PREFIX = "credentials_"
DEFAULT = "default"


@dataclass(frozen=True)
class Loaded:
    """The settings, where each value came from, and what is odd but no fault."""

    settings: Settings
    origins: dict[str, str]
    warnings: list[str]


@dataclass(frozen=True)
class _Found:
    text: str
    origin: str


def load(file: Path | None, environment: Mapping[str, str]) -> Loaded:
    """Return the settings.

    Without `file` the one that systemd hands over is read, else /etc/elytra-status/elytra-status.conf
    if it is there. Raise SettingsError with every fault: file, line, key, what is wrong, what is right.
    """
    faults: list[str] = []
    warnings: list[str] = []
    directory = Path(environment["CREDENTIALS_DIRECTORY"]) if environment.get("CREDENTIALS_DIRECTORY") else None
    found: dict[str, _Found] = {}
    path, shown = _file_to_read(file, directory)
    if path is not None:
        _from_file(path, shown, found, faults, warnings)
    _from_environment(environment, found, warnings)
    if directory is not None:
        _from_credentials(directory, found, faults, warnings)

    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    unread: set[str] = set()
    for definition in DEFINITIONS:
        place = found.get(definition.name)
        origins[definition.name] = place.origin if place else DEFAULT
        if place is None:
            continue
        try:
            values[definition.attribute] = definition.kind.read(place.text)
        except ValueError as error:
            faults.append(f"{place.origin}: {definition.name} {error}")
            unread.add(definition.name)
    settings = Settings(**values)
    for names, problem in check_together(settings):
        if not unread.intersection(names):
            faults.append(f"{_where(names, origins)}: {problem}")
    if faults:
        raise SettingsError(faults)
    warnings.extend(_unencrypted(settings, origins))
    return Loaded(settings, origins, warnings)


def _file_to_read(file: Path | None, directory: Path | None) -> tuple[Path | None, str]:
    """Return the file to read, and its name as the administrator knows it."""
    if file is not None:
        return file, str(file)
    if directory is not None and (directory / FILE_CREDENTIAL).exists():
        return directory / FILE_CREDENTIAL, str(DEFAULT_FILE)
    return (DEFAULT_FILE, str(DEFAULT_FILE)) if DEFAULT_FILE.exists() else (None, "")


def _from_file(path: Path, shown: str, found: dict[str, _Found], faults: list[str], warnings: list[str]) -> None:
    try:
        information = path.stat()
        if information.st_size > LARGEST_FILE:
            faults.append(f"{shown}: the file has more than {LARGEST_FILE} bytes; this is not a settings file")
            return
        content = path.read_bytes()
    except OSError as error:
        faults.append(f"{shown}: cannot be read: {error.strerror}; see its owner and mode, or name another file")
        return
    for line in parse(content):
        where = f"{shown}:{line.number}"
        if line.fault:
            faults.append(f"{where}: {line.fault}")
        elif line.key:
            _take_line(line, where, found, warnings)
    secret_is_set = any(place for name, place in found.items() if name in _SECRETS and place.text)
    if secret_is_set and information.st_mode & stat.S_IROTH and path.name != FILE_CREDENTIAL:
        warnings.append(f"{shown}: holds secrets and is readable by everyone; chmod 0640 it")


def _take_line(line: Line, where: str, found: dict[str, _Found], warnings: list[str]) -> None:
    definition = _BY_NAME.get(line.key)
    if definition is None:
        warnings.append(f"{where}: {line.key} is not a setting{_nearest(line.key)}; it is ignored")
        return
    if line.key != definition.name:
        warnings.append(f"{where}: {line.key} is an older name; write {definition.name}")
        if definition.name in found:
            return
    if definition.name in found:
        warnings.append(f"{where}: {definition.name} is set twice; this line counts")
    if line.comment_cut and not definition.is_secret:
        warnings.append(f"{where}: what follows # is taken for a comment; put the value in quotes if it is not")
    if line.comment_cut and definition.is_secret:
        warnings.append(f"{where}: {definition.name} holds a # after a space, which begins a comment; use quotes")
    _put(found, definition, line.value, where)


def _from_environment(environment: Mapping[str, str], found: dict[str, _Found], warnings: list[str]) -> None:
    for name, definition in _BY_NAME.items():
        if name in environment:
            if name != definition.name:
                warnings.append(f"environment: {name} is an older name; use {definition.name}")
                if definition.name in environment:
                    continue
            _put(found, definition, environment[name].strip(), "environment")


def _from_credentials(directory: Path, found: dict[str, _Found], faults: list[str], warnings: list[str]) -> None:
    for path in sorted(directory.iterdir()):
        if path.name == FILE_CREDENTIAL or not path.is_file():
            continue
        name = path.name.removeprefix(DIRECTORY_PREFIX).upper()
        definition = _BY_NAME.get(name)
        if definition is None:
            warnings.append(f"credential {path.name}: not a setting{_nearest(name)}; it is ignored")
            continue
        try:
            _put(found, definition, path.read_text("utf-8").strip(), f"credential {path.name}")
        except (OSError, UnicodeDecodeError):
            faults.append(f"credential {path.name}: {definition.name} cannot be read; one line of UTF-8 is right")


def _put(found: dict[str, _Found], definition: Definition, text: str, origin: str) -> None:
    if definition.name == "UPTIME_KUMA_URL":
        text = text.removesuffix("/metrics")
    if text:
        found[definition.name] = _Found(text, origin)
    else:
        found.pop(definition.name, None)


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), [definition.name for definition in DEFINITIONS], n=1)
    return f", {near[0]} is" if near else ""


def _where(names: tuple[str, ...], origins: dict[str, str]) -> str:
    set_ones = [origins[name] for name in names if origins[name] != DEFAULT]
    return set_ones[-1] if set_ones else "settings"


def _unencrypted(settings: Settings, origins: dict[str, str]) -> list[str]:
    """Return a warning for each key that would cross a network in clear."""
    local = ("http://127.", "http://localhost", "http://[::1]")
    pairs = (
        ("UPTIME_KUMA_URL", settings.uptime_kuma_url, settings.uptime_kuma_api_key),
        ("SPACES_ENDPOINT", settings.spaces_endpoint, settings.spaces_secret_key),
        ("BACKUP_ENDPOINT", settings.backup_endpoint, settings.backup_secret_key),
    )
    return [
        f"{origins[name]}: {name} begins with http://, so the key for it can be read on the way; use https://"
        for name, address, key in pairs
        if address and key and address.startswith("http://") and not address.startswith(local)
    ]


_BY_NAME: dict[str, Definition] = {
    name: definition for definition in DEFINITIONS for name in (definition.name, *definition.former_names)
}
_SECRETS = frozenset(definition.name for definition in DEFINITIONS if definition.is_secret)
