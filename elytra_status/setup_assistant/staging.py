# SPDX-License-Identifier: MIT
"""Write answers to the directory of settings: all files or none.

A copy of the directory is made inside it, changed, and read as the service would read it. Only if the result matches
the answers are the changed files renamed to their places.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from elytra_status.problem import Problem, SettingsError, SettingsProblem
from elytra_status.settings.file import parse_lines, quoted
from elytra_status.settings.keys import find_key
from elytra_status.settings.load import CREDENTIALS, DEFAULT_FILE, DROP_INS
from elytra_status.setup_assistant.commit import FileChange, cannot_be_written, put_files
from elytra_status.setup_assistant.draft import Draft, View, read_view, value_of
from elytra_status.system.clock import Clock
from elytra_status.system.files import read_regular

OWN = f"{DROP_INS}/50-setup.conf"
CONF_MODE, SECRET_MODE = 0o640, 0o600
# Directories that may be missing, with their modes.
DIRECTORIES = {DROP_INS: 0o755, CREDENTIALS: 0o700}
_PREFIX = ".setup-"
_ABANDONED_AFTER_SECONDS = 3600
_HEAD = """\
# Written by elytra-status setup, which only changes settings that get another answer.
# Secrets are in {credentials}.
"""


@dataclass(frozen=True)
class Staged:
    """A changed copy of the directory of settings, read as the service would read it."""

    directory: Path
    copy: Path
    changes: tuple[FileChange, ...]
    view: View
    before: Mapping[str, bytes]

    def commit(self) -> None:
        """Rename the changed files to their places, all or none.

        Raise SettingsError on failure, or if somebody has changed the directory since it was copied.
        """
        now = _contents(self.directory)
        if other := sorted(name for name in {*self.before, *now} if self.before.get(name) != now.get(name)):
            named = ", ".join(str(self.directory / name) for name in other)
            raise SettingsError([Problem("was changed meanwhile; nothing was written", "Run this again", named)])
        put_files(self.directory, self.copy, self.changes, DIRECTORIES)


@contextmanager
def staged(draft: Draft, clock: Clock, *, is_trial: bool = False) -> Iterator[Staged]:
    """Yield the changed copy for the duration of the `with` block.

    With `is_trial` nothing is written to the directory itself. Raise SettingsError if something outranks the answers,
    or if the settings would be invalid.
    """
    with _written(draft, clock, is_trial=is_trial) as (where, changes, before):
        view = _view(draft, where)
        if faults := [*view.faults, *_outranked(draft, view)]:
            raise SettingsError(faults)
        yield Staged(draft.directory, where, tuple(changes), view, before)


def outranked(draft: Draft, clock: Clock, *, is_trial: bool = False) -> list[Problem]:
    """Return a fault for each answer that another setting outranks."""
    with _written(draft, clock, is_trial=is_trial) as (where, _, _):
        return list(_outranked(draft, _view(draft, where)))


@contextmanager
def _written(
    draft: Draft, clock: Clock, *, is_trial: bool
) -> Iterator[tuple[Path, list[FileChange], dict[str, bytes]]]:
    """Yield a copy with the answers, the changes, and the original content.

    Raise SettingsError if the copy cannot be made, or if a link would be replaced.
    """
    with ExitStack() as stack:
        try:
            if not is_trial:
                _clear_away(draft.directory, clock.now())
            where = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=None if is_trial else draft.directory))
            stack.callback(shutil.rmtree, where, ignore_errors=True)
            before = _contents(draft.directory)
            _copy(before, where)
            changes = _write(draft, where)
        except OSError as error:
            raise cannot_be_written(error, draft.directory) from None
        yield where, changes, before


def _write(draft: Draft, where: Path) -> list[FileChange]:
    """Write the answers to the copy, and return which files differ.

    Raise SettingsError if a link would be replaced.
    """
    changed = draft.changed()
    lines: dict[str, str | None] = {}
    for name, text in changed.items():
        lines[name] = _write_one(name, text, where)
    _write_lines(where, lines)
    # An empty value cancels what another file sets.
    still = _view(draft, where).settings
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
            if before.is_symlink():
                problem = "is a symbolic link, which a change would replace"
                raise SettingsError([Problem(problem, "Remove it, or change its target", str(before))])
            found.append(FileChange(name, is_removed=new is None))
    return found


def _is_secret(name: str) -> bool:
    key = find_key(name)
    return key is not None and key.definition.is_secret


def _write_one(name: str, text: str, where: Path) -> str | None:
    """Write a secret to its file.

    Return the value for the settings file, None for no line.
    """
    if not _is_secret(name):
        return text or None
    file = where / CREDENTIALS / name.lower()
    file.unlink(missing_ok=True)
    if text:
        _write_file(file, f"{text}\n", SECRET_MODE)
    return None


def _write_file(file: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(text.encode(errors="surrogateescape"))
        os.fchmod(opened.fileno(), mode)
        opened.flush()
        os.fsync(opened.fileno())


def _write_lines(where: Path, values: Mapping[str, str | None]) -> None:
    """Set values in this program's file; None removes a line. Other lines stay."""
    file = where / OWN
    before = file.read_bytes().decode(errors="surrogateescape") if file.exists() else None
    text = _HEAD.format(credentials=DEFAULT_FILE.parent / CREDENTIALS) if before is None else before
    lines = text.removesuffix("\n").split("\n") if text else []
    for name, value in values.items():
        lines = [line for line in lines if not _sets(line, name)]
        if value is not None:
            lines.append(f"{name}={quoted(value)}")
    if before is None and not any(value is not None for value in values.values()):
        return
    _write_file(file, "".join(f"{line}\n" for line in lines), CONF_MODE)


def _sets(line: str, name: str) -> bool:
    return any(
        (key := find_key(one.key.upper())) is not None and key.name == name
        for one in parse_lines(line.encode(errors="surrogateescape"))
        if one.key
    )


def _view(draft: Draft, where: Path) -> View:
    """Read the copy as the service would.

    Faults name the directory itself.
    """
    view = read_view(where, of_this_machine=draft.of_this_machine)
    return View(
        view.settings,
        {name: _real(origin, draft, where) for name, origin in view.origins.items()},
        tuple(_of_directory(one, draft, where) for one in view.faults),
        tuple(_of_directory(one, draft, where) for one in view.warnings),
    )


def _outranked(draft: Draft, view: View) -> Iterator[Problem]:
    if view.faults:
        # An invalid setting has no value, and its fault is reported.
        return
    for name in draft.changed():
        if value_of(view.settings, name) != value_of(draft.settings, name):
            origin = view.origins.get(name, "settings")
            yield Problem(f"{name} is set there, which overrides {OWN}", "Remove it there, or change it there", origin)


def _of_directory(problem: SettingsProblem, draft: Draft, where: Path) -> SettingsProblem:
    """Return a problem of the copy as one of the directory."""
    words, subject = (_real(text, draft, where) for text in (problem.problem, problem.subject))
    return replace(problem, problem=words, subject=subject)


def _real(text: str, draft: Draft, where: Path) -> str:
    return text.replace(str(where), str(draft.directory))


def _contents(directory: Path) -> dict[str, bytes]:
    """Return the settings files by their names below `directory`.

    Raise OSError if one is not a regular file.
    """
    files = [directory / DEFAULT_FILE.name, *directory.glob(f"{DROP_INS}/*"), *directory.glob(f"{CREDENTIALS}/*")]
    contents = {}
    for file in files:
        with suppress(FileNotFoundError):
            if not file.is_dir():
                contents[str(file.relative_to(directory))] = read_regular(file, follows_links=True)
    return contents


def _copy(contents: Mapping[str, bytes], where: Path) -> None:
    for name, mode in DIRECTORIES.items():
        (where / name).mkdir()
        (where / name).chmod(mode & 0o700)
    for name, content in contents.items():
        (where / name).touch(0o600)
        (where / name).write_bytes(content)


def _clear_away(directory: Path, now: datetime) -> None:
    """Remove the copy of a setup that was killed."""
    for left in directory.glob(f"{_PREFIX}*"):
        if left.stat().st_mtime < now.timestamp() - _ABANDONED_AFTER_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
