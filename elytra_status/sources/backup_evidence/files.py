# SPDX-License-Identifier: MIT
"""Backup evidence in files of this machine: one file, or all of a directory that end in .json."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.model import BACKUPS, Report
from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence.kind import Evidence, EvidenceKind
from elytra_status.sources.backup_evidence.report import Collected, report_of
from elytra_status.sources.backup_evidence.text import without_date
from elytra_status.sources.source import PollRequest, Source

# No list of backups is larger.
LARGEST = 64 * 1024 * 1024
# A directory with more files is not read at all: the group that only the oldest tell of could be the worst.
MOST_FILES = 10_000
ENDING = ".json"
_LONGEST_EXIT_STATUS = 16


def source(kind: EvidenceKind, settings: Settings) -> Source:
    """Return the source of one kind of evidence that lies in files."""
    return Source(kind.name, BACKUPS, partial(_look, kind, settings))


def _look(kind: EvidenceKind, settings: Settings, request: PollRequest) -> Report:
    """Read what lies there now. Raise SourceError where nothing can be read, or the only file cannot."""
    if request.earlier is not None and not request.earlier.problem:
        return request.earlier
    collected = Collected()
    for read in _files(Path(getattr(settings, kind.setting.lower())), kind.setting):
        try:
            evidence = read()
        except NoAnswerError as error:
            collected.faults.append(error)
        else:
            collected.add(kind, settings, evidence)
    return report_of(kind, settings, request, collected)


def _files(path: Path, setting: str) -> Iterator[partial[Evidence]]:
    """Yield what reads the file, or each of a directory that ends in .json. Raise SourceError where there is none."""
    try:
        if not path.is_dir():
            yield partial(_read, path, "", setting)
            return
        found = sorted(entry.path for entry in os.scandir(path) if entry.name.endswith(ENDING) and entry.is_file())
    except OSError as error:
        raise _unreadable(setting, error) from None
    if not found:
        raise SourceError(
            "the directory holds no file that ends in .json", f"check that the backup job writes to {setting}"
        )
    if len(found) > MOST_FILES:
        raise SourceError(
            f"the directory holds more than {MOST_FILES} files that end in .json",
            "keep the last of each group, and delete the rest",
        )
    for file in map(Path, found):
        yield partial(_read, file, label_of(file.name), setting)


def label_of(name: str) -> str:
    """Return what tells a file from the others of its directory, the same for each night's."""
    return without_date(name.removesuffix(ENDING)).strip("/") or "(date)"


def _read(path: Path, label: str, setting: str) -> Evidence:
    content, modified = _content(path, LARGEST, setting)
    if len(content) > LARGEST:
        raise SourceError(f"a file has more than {LARGEST // 2**20} MB", f"check {setting}")
    return Evidence(label, decoded(content), modified, _exit_status(path, setting))


def _content(path: Path, most: int, setting: str) -> tuple[bytes, datetime]:
    """Return up to one byte more than `most` of a file, and when it was written."""
    try:
        # Without O_NONBLOCK, a named pipe in its place would hold the run.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            information = os.fstat(file.fileno())
            if not stat.S_ISREG(information.st_mode):
                raise SourceError(f"{setting} leads to something that is no regular file", "name the file itself")
            return file.read(most + 1), datetime.fromtimestamp(information.st_mtime, UTC)
    except OSError as error:
        raise _unreadable(setting, error) from None


def _exit_status(path: Path, setting: str) -> int | None:
    """Return the exit status in the file beside another that has .exit at its end; None without one."""
    beside = path.with_name(f"{path.name}.exit")
    if not os.path.lexists(beside):
        return None
    content, _ = _content(beside, _LONGEST_EXIT_STATUS, setting)
    if not content.strip().isdigit() or len(content) > _LONGEST_EXIT_STATUS:
        raise SourceError("a file that ends in .exit holds no exit status", "write it with: echo $? > FILE.exit")
    return int(content)


def decoded(content: bytes) -> str:
    """Return bytes as text, in the encoding that JSON is in. What is no text becomes what JSON cannot hold."""
    return content.decode(json.detect_encoding(content), "replace").removeprefix("\ufeff")


def _unreadable(setting: str, error: OSError) -> SourceError:
    return SourceError(
        f"{setting} cannot be read: {error.strerror}",
        "the user elytra-status must be able to read it, and the service sees neither /home nor /root",
    )
