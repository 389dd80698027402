# SPDX-License-Identifier: MIT
"""Finds the texts of the settings: credentials, environment, files.

No message contains a value. A text in place of a name could be a misplaced value, so it is shown only if it looks like
a name.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elytra_status.problem import SettingsProblem
from elytra_status.settings import given_to_unit, kinds
from elytra_status.settings.file import LARGEST_FILE, SettingsLine, parse_lines
from elytra_status.settings.keys import Key, find_key, is_like_a_name, nearest

# The credential with the settings file, which the service's user cannot read itself.
FILE_CREDENTIAL = "elytra-status.conf"
# LoadCredential= of a directory puts the name of the credential before the name of each file.
DIRECTORY_PREFIX = "credentials_"
DROP_INS_PREFIX = "conf.d_"
# The settings files, and the placeholder of a missing directory. They are no settings.
_NO_SETTING = re.compile(
    rf"{re.escape(FILE_CREDENTIAL)}|{DIRECTORY_PREFIX[:-1]}|{re.escape(DROP_INS_PREFIX[:-1])}(_.*)?"
)
ENVIRONMENT = "environment"
# Other names belong to editors and backups, as in other conf.d directories.
_DROP_IN = re.compile(r"[^.].*\.conf")


@dataclass(frozen=True)
class FoundValue:
    """The text of a setting, and its origin."""

    text: str
    origin: str


class Lookup:
    """The texts found in the origins read so far: a later one overrides an earlier.

    `unread` are settings that were found but cannot be read, `unseen` those that only the service gets. `is_whole` is
    False if a file or directory could not be read: then nothing is known about settings that were not found.
    `unreadable` counts those files and directories.
    """

    def __init__(self) -> None:
        self.found: dict[str, FoundValue] = {}
        self.keys: dict[str, Key] = {}
        self.faults: list[SettingsProblem] = []
        self.warnings: list[SettingsProblem] = []
        self.unread: set[str] = set()
        self.unseen: set[str] = set()
        self.is_whole = True
        self.unreadable = 0
        self._in_this_file: set[str] = set()

    def read_file(self, path: Path, shown: str, *, may_be_missing: bool = False) -> bool:
        """Read a settings file; return whether it exists.

        `shown` is its path for messages.
        """
        try:
            content, mode = _read(path)
        except FileNotFoundError as error:
            if not may_be_missing:
                self._unreadable(shown, error)
            return False
        except OSError as error:
            self._unreadable(shown, error)
            return True
        if len(content) > LARGEST_FILE:
            self.is_whole = False
            self._add_fault(shown, f"is larger than {LARGEST_FILE} bytes", "Write a settings file of some KB")
            return True
        self._in_this_file = set()
        for line in parse_lines(content):
            self._take(line, f"{shown}:{line.number}")
        holds_secret = any(self.keys[name].definition.is_secret for name in self._in_this_file)
        if holds_secret and mode & stat.S_IROTH:
            self._warn(shown, "contains secrets and is readable by everyone", "Set its mode to 0640")
        return True

    def read_drop_ins(self, directory: Path, shown: Path, *, prefix: str = "") -> None:
        """Read the files *.conf of a directory in the order of their names.

        Each overrides what was read before. `shown` is the path of the directory for messages; `prefix` is what systemd
        has put before the names.
        """
        try:
            names = sorted(os.listdir(directory))
        except FileNotFoundError:
            return
        except OSError as error:
            self._unreadable(str(shown), error)
            return
        for name in names:
            own = name.removeprefix(prefix)
            if not name.startswith(prefix) or not _DROP_IN.fullmatch(own):
                continue
            if (directory / name).is_file():
                self.read_file(directory / name, str(shown / own))
            else:  # reading a pipe would block
                self.is_whole = False
                self._add_fault(str(shown / own), "is not a regular file", "Replace it by a text file")

    def read_environment(self, environment: Mapping[str, str]) -> None:
        """Read the environment variables that have the name of a setting."""
        for name in sorted(environment):
            key = find_key(name)
            if key is None or not key.definition.in_environment:
                continue
            if key.is_former:
                self._warn(ENVIRONMENT, f"{name} is an older name", f"Use {key.name}", key)
                if key.name in environment:
                    continue
            self._put(key, environment[name], ENVIRONMENT)

    def read_credentials(self, directory: Path, *, may_be_missing: bool = False) -> None:
        """Read the files of a directory, each of which holds one setting."""
        try:
            names = sorted(os.listdir(directory))
        except FileNotFoundError as error:
            if not may_be_missing:
                self._unreadable(f"credentials in {directory}", error)
            return
        except OSError as error:
            self._unreadable(f"credentials in {directory}", error)
            return
        for file_name in names:
            path = directory / file_name
            if not _NO_SETTING.fullmatch(file_name) and os.path.isfile(path):
                self._read_credential(path)

    def read_given_to_unit(self) -> None:
        """Read the credentials of the service; note those that cannot be read here."""
        for credential in given_to_unit.credentials():
            key = find_key(credential.name.removeprefix(DIRECTORY_PREFIX).upper())
            if key is None:
                continue
            content = given_to_unit.decrypted(credential)
            if content is not None:
                self._take_credential(key, content, given_to_unit.ORIGIN)
                self.unseen.discard(key.name)
            elif key.name not in self.found:
                self.unseen.add(key.name)
        for name in sorted(self.unseen):
            words = f"{name} is given only to the service, and this command cannot read it"
            remedy = f"See journalctl -u {given_to_unit.UNIT} for the outcome"
            self._warn(given_to_unit.ORIGIN, words, remedy, find_key(name))

    def read_answers(self, answers: Mapping[str, FoundValue]) -> None:
        """Read answers of a person, by the names of settings."""
        for name, answer in answers.items():
            key = find_key(name)
            assert key, "an answer is for a setting"
            self._put(key, answer.text, answer.origin)

    def _read_credential(self, path: Path) -> None:
        origin = f"credential {path.name}"
        name = path.name.removeprefix(DIRECTORY_PREFIX).upper()
        key = find_key(name)
        if key is None:
            self._warn_unknown(origin, "not a setting", name)
            return
        if key.is_former:
            self._warn(origin, f"{name} is an older name", f"Use {key.name}", key)
        try:
            content, _ = _read(path)
        except OSError:
            content = None
        self._take_credential(key, content, origin)

    def _take_credential(self, key: Key, content: bytes | None, origin: str) -> None:
        try:
            if content is None or len(content) > LARGEST_FILE:
                raise ValueError
            text = content.decode("utf-8-sig")
            if text.strip():
                self._put(key, text, origin)
            else:
                self._note_empty(key, origin)
        except ValueError:
            self.unread.add(key.name)
            self._add_fault(origin, f"{key.name} cannot be read", "Write one line of UTF-8", key)

    def _note_empty(self, key: Key, origin: str) -> None:
        """Warn about an empty credential, which is ignored."""
        found = self.found.get(key.name)
        counts = f", and the value of {found.origin} is used" if found else ""
        self._warn(origin, f"{key.name} is empty{counts}", "Write the value into it, or remove it", key)

    def _take(self, line: SettingsLine, where: str) -> None:
        # Letter case does not matter in a file. In the environment, lower-case names belong to other programs.
        key = find_key(line.key.upper())
        if line.fault:
            name = f"{line.key.upper()} " if key else ""
            self._add_fault(where, f"{name}{line.fault.problem}", line.fault.remedy, key)
            self.is_whole = self.is_whole and not line.whole_file
            if key:
                self.unread.add(key.name)
            return
        if key is None:
            shown = line.key if is_like_a_name(line.key) else "this key"
            self._warn_unknown(where, f"{shown} is not a setting", line.key)
            return
        if key.is_former:
            is_set = key.name in self._in_this_file
            ignored = f", and is ignored, as {key.name} is set too" if is_set else ""
            remedy = "Remove it" if is_set else f"Write {key.name}"
            self._warn(where, f"{line.key.upper()} is an older name{ignored}", remedy, key)
            if is_set:
                return
        elif key.name in self._in_this_file:
            self._warn(where, f"{key.name} is set twice, and this line is used", "Remove the other line", key)
        if line.comment_cut and (key.definition.is_secret or key.definition.kind in kinds.WORDS):
            remedy = "Put the value in quotes if it belongs to the value"
            self._warn(where, f"{key.name}: the text after # is a comment", remedy, key)
        self._in_this_file.add(key.name)
        self._put(key, line.value, where)

    def _put(self, key: Key, text: str, origin: str) -> None:
        text = text.strip()
        if key.definition.name == "UPTIME_KUMA_URL":
            text = text.rstrip("/").removesuffix("/metrics").rstrip("/")
        self.unread.discard(key.name)
        self.keys[key.name] = key
        if text:
            self.found[key.name] = FoundValue(text, origin)
        else:
            self.found.pop(key.name, None)

    def _unreadable(self, shown: str, error: OSError) -> None:
        self.is_whole = False
        self.unreadable += 1
        remedy = "Name another file with --config"
        if error.errno in (errno.EACCES, errno.EPERM):
            remedy = "Run this as root, or name another file with --config"
        self._add_fault(shown, f"cannot be read ({error.strerror})", remedy)

    def _add_fault(self, origin: str, problem: str, remedy: str, key: Key | None = None) -> None:
        self.faults.append(SettingsProblem(problem, remedy, origin, setting=key.name if key else ""))

    def _warn(self, origin: str, problem: str, remedy: str, key: Key | None = None) -> None:
        self.warnings.append(SettingsProblem(problem, remedy, origin, setting=key.name if key else ""))

    def _warn_unknown(self, origin: str, problem: str, name: str) -> None:
        words = f"{problem}{nearest(name)}; it is ignored"
        self.warnings.append(SettingsProblem(words, "Correct or remove it", origin, is_unknown=True))


def _read(path: Path) -> tuple[bytes, int]:
    """Return the beginning of a file, up to one byte beyond the limit, and its mode.

    It may be a link or, with --config, a pipe of the shell: only root writes to /etc, and a person names the rest.
    """
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1), os.fstat(file.fileno()).st_mode
