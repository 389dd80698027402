# SPDX-License-Identifier: MIT
"""Writes answers to the directory of settings: all files or none.

A copy of the directory is made inside it, changed, and read as the service would read it. Only if that gives what was
answered are the changed files renamed into place.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from elytra_status.errors import SettingsError
from elytra_status.settings import Settings
from elytra_status.settings.file import parse, quoted
from elytra_status.settings.load import CREDENTIALS, DEFAULT_FILE, DROP_INS
from elytra_status.settings.lookup import key_of
from elytra_status.setup_assistant.draft import Draft, View, read, value_of

OWN = f"{DROP_INS}/50-setup.conf"
CONF_MODE, SECRET_MODE = 0o640, 0o600
# Directories that may be missing, with their modes.
DIRECTORIES = {DROP_INS: 0o755, CREDENTIALS: 0o700}
_PREFIX = ".setup-"
_ABANDONED_AFTER_SECONDS = 3600
_HEAD = """\
# Written by elytra-status setup, which changes only what is answered otherwise.
# Secrets lie in {credentials}.
"""


@dataclass(frozen=True)
class Change:
    """A file that would change: its name below the directory; whether it is removed."""

    name: str
    is_removed: bool = False


@dataclass(frozen=True)
class Staged:
    """A changed copy of the directory of settings, read as the service would read it."""

    directory: Path
    copy: Path
    changes: tuple[Change, ...]
    view: View

    def commit(self) -> None:
        """Put the changed files in place, all or none. Raise SettingsError where that fails.

        Signals wait until it is done.
        """
        with _signals_wait():
            undo: list[tuple[Path, Path | None]] = []
            try:
                for name, mode in DIRECTORIES.items():
                    if not (self.directory / name).is_dir():
                        (self.directory / name).mkdir()
                        (self.directory / name).chmod(mode)
                for number, change in enumerate(self.changes):
                    target, kept = self.directory / change.name, self.copy / f"kept-{number}"
                    was_there = target.exists()
                    if was_there:
                        os.link(target, kept)
                    undo.append((target, kept if was_there else None))
                    if change.is_removed:
                        target.unlink()
                    else:
                        os.replace(self.copy / change.name, target)
                _sync(self.directory, *DIRECTORIES)
            except BaseException as error:
                for target, before in reversed(undo):
                    with suppress(OSError):
                        os.replace(before, target) if before else target.unlink(missing_ok=True)
                if not isinstance(error, OSError):
                    raise
                where = error.filename2 or error.filename or self.directory
                raise SettingsError(
                    [f"{where}: cannot be written: {error.strerror}; free space, or correct owner and mode"]
                ) from None


@contextmanager
def staged(draft: Draft, *, is_trial: bool = False) -> Iterator[Staged]:
    """Give the changed copy while the `with` block runs. With `is_trial` nothing is written to the directory itself.

    Raise SettingsError where the answers would have no effect, as something that counts before them says otherwise, or
    where the settings would be wrong.
    """
    with ExitStack() as stack:
        try:
            if not is_trial:
                _clear_away(draft.directory)
            where = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=None if is_trial else draft.directory))
            stack.callback(shutil.rmtree, where, ignore_errors=True)
            _copy(draft.directory, where)
            changes = _write(draft, where)
        except OSError as error:
            named = error.filename or draft.directory
            raise SettingsError([f"{named}: cannot be written: {error.strerror}; run this as root"]) from None
        yield Staged(draft.directory, where, tuple(changes), _view(draft, where))


def _write(draft: Draft, where: Path) -> list[Change]:
    """Write the answers to the copy, and return which files differ from the present ones."""
    changed = draft.changed()
    lines: dict[str, str | None] = {}
    for name, text in changed.items():
        lines[name] = _write_one(name, text, where)
    _write_lines(where, lines)
    # What another file sets still is taken back by an empty value.
    still = _view(draft, where, checked=False).settings
    for name, text in changed.items():
        if not text and value_of(still, name) != value_of(draft.settings, name):
            lines[name] = ""
    _write_lines(where, lines)
    names = [f"{CREDENTIALS}/{name.lower()}" for name in changed if _is_secret(name)]
    found = []
    for name in (*names, OWN):
        before, after = draft.directory / name, where / name
        old, new = (path.read_bytes() if path.exists() else None for path in (before, after))
        if old != new:
            found.append(Change(name, is_removed=new is None))
    return found


def _is_secret(name: str) -> bool:
    key = key_of(name)
    return key is not None and key.definition.is_secret


def _write_one(name: str, text: str, where: Path) -> str | None:
    """Write a secret to its file. Return the value that the settings file is to have, None for no line."""
    if not _is_secret(name):
        return text or None
    file = where / CREDENTIALS / name.lower()
    file.unlink(missing_ok=True)
    if text:
        _write_file(file, f"{text}\n", SECRET_MODE)
    return None


def _write_file(file: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
        os.fchmod(opened.fileno(), mode)
        opened.flush()
        os.fsync(opened.fileno())


def _write_lines(where: Path, values: Mapping[str, str | None]) -> None:
    """Set values in the file of this program; None removes a line. All other lines stay."""
    file = where / OWN
    before = file.read_bytes().decode("utf-8-sig").splitlines() if file.exists() else None
    lines = before if before is not None else _HEAD.format(credentials=DEFAULT_FILE.parent / CREDENTIALS).splitlines()
    for name, value in values.items():
        lines = [line for line in lines if not _sets(line, name)]
        if value is not None:
            lines.append(f"{name}={quoted(value)}")
    if before is None and not any(value is not None for value in values.values()):
        return
    _write_file(file, "".join(f"{line}\n" for line in lines), CONF_MODE)


def _sets(line: str, name: str) -> bool:
    return any((key := key_of(one.key)) is not None and key.name == name for one in parse(line.encode()) if one.key)


def _view(draft: Draft, where: Path, *, checked: bool = True) -> View:
    """Read the copy as the service would. Raise SettingsError where it is wrong or not what was answered."""
    view = read(where, of_this_machine=draft.of_this_machine)
    origins = {name: _real(origin, draft, where) for name, origin in view.origins.items()}
    faults = [_real(words, draft, where) for words in view.faults]
    if checked:
        faults += _outranked(draft, view.settings, origins)
        if faults:
            raise SettingsError(faults)
    return View(view.settings, origins, tuple(faults), tuple(_real(words, draft, where) for words in view.warnings))


def _outranked(draft: Draft, settings: Settings, origins: Mapping[str, str]) -> Iterator[str]:
    for name in draft.changed():
        if value_of(settings, name) != value_of(draft.settings, name):
            origin = origins.get(name, "settings")
            yield f"{origin}: {name} is set there and counts before {OWN}; remove it there, or change it there"


def _real(words: str, draft: Draft, where: Path) -> str:
    return words.replace(str(where), str(draft.directory))


def _copy(directory: Path, where: Path) -> None:
    for name, mode in DIRECTORIES.items():
        (where / name).mkdir()
        (where / name).chmod(mode & 0o700)
    main = directory / DEFAULT_FILE.name
    files = [main, *directory.glob(f"{DROP_INS}/*"), *directory.glob(f"{CREDENTIALS}/*")]
    for file in files:
        if file.is_file():
            shutil.copyfile(file, where / file.relative_to(directory))


def _clear_away(directory: Path) -> None:
    """Remove what a run that was killed has left behind."""
    for left in directory.glob(f"{_PREFIX}*"):
        if left.stat().st_mtime < time.time() - _ABANDONED_AFTER_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _sync(directory: Path, *names: str) -> None:
    for path in (directory, *(directory / name for name in names)):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let signals that end the process take effect after the `with` block."""
    came: list[int] = []
    # Not blocked by a mask: another thread would take them.
    before = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in came:
            os.kill(os.getpid(), late)
