# SPDX-License-Identifier: MIT
"""Backup evidence in local files: one file, or all files *.json of a directory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.model import BACKUPS, Report
from elytra_status.sources.backup_evidence.kind import ConfiguredEvidence, Evidence
from elytra_status.sources.backup_evidence.report import Collected, evidence_report, placed
from elytra_status.sources.backup_evidence.text import without_date
from elytra_status.sources.source import PollRequest, Source
from elytra_status.system import bounded_json, files
from elytra_status.system.clock import moment_of

# The largest list of backups, in bytes.
LARGEST = 64 * 1024 * 1024
# A directory with more files is not read at all: the group in the oldest file could be the worst.
MOST_FILES = 10_000
ENDING = ".json"
_LONGEST_EXIT_STATUS = 16


def source(configured: ConfiguredEvidence) -> Source:
    """Return the source for one kind of evidence in files."""
    return Source(configured.name, BACKUPS, partial(_poll, configured))


def _poll(configured: ConfiguredEvidence, request: PollRequest) -> Report:
    """Read the files. Raise SourceError if none, or the only one, can be read."""
    if request.earlier is not None and not request.earlier.problem:
        return request.earlier
    collected = Collected()
    for what, read in _files(Path(configured.location), configured.setting):
        try:
            evidence = read()
        except NoAnswerError as error:
            collected.faults.append(placed(error, what))
        else:
            collected.add(configured, evidence, what)
    return evidence_report(configured, request, collected)


def _files(path: Path, setting: str) -> Iterator[tuple[str, partial[Evidence]]]:
    """Yield a reader for the file, or for each file *.json of a directory.

    Before it comes a description that names no client, '' for the only file. Raise SourceError if there is none.
    """
    try:
        if not path.is_dir():
            yield "", partial(_read, path, "", setting)
            return
        found = sorted(entry.path for entry in os.scandir(path) if entry.name.endswith(ENDING) and _may_be_file(entry))
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
    for number, file in enumerate(map(Path, found), 1):
        yield f"file {number} of {len(found)} (by name)", partial(_read, file, label_of(file.name), setting)


def _may_be_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a directory is a file, or reading it has to show that."""
    try:
        return entry.is_file()
    except OSError:  # a symbolic link that leads to itself
        return True


def label_of(name: str) -> str:
    """Return a label for a file of a directory, the same for each night's file."""
    return without_date(name.removesuffix(ENDING)).strip("/") or "(date)"


def _read(path: Path, label: str, setting: str) -> Evidence:
    content, changed = _content(path, LARGEST, setting)
    try:
        modified = moment_of(changed)
    except ValueError:
        raise SourceError(
            "the time at which a file was last changed is out of range",
            "have the backup job write it again, and check the clock of the machine that it runs on",
        ) from None
    if len(content) > LARGEST:
        raise SourceError(f"a file has more than {LARGEST // 2**20} MB", f"check {setting}")
    try:
        bounded_json.check_text(content)
    except bounded_json.UnboundedJSONError as error:
        raise SourceError(f"a file cannot be used ({error})", f"check {setting}") from None
    return Evidence(label, decoded_text(content), modified, _exit_status(path, setting))


def _content(path: Path, most: int, setting: str) -> tuple[bytes, float]:
    """Return up to `most` + 1 bytes of a file, and when it was last changed.

    The time is in seconds since 1970, and may be any that a file system holds.

    It may be a symbolic link, unlike a state file: an administrator names it, or a backup job makes it. All commands
    read it as the service's own user. Its time is needed too, so `files.read_regular` does not do.
    """
    try:
        with files.open_regular(path, follows_links=True) as file:
            changed = os.fstat(file.fileno()).st_mtime
            return file.read(most + 1), changed
    except files.NotRegularError:
        raise SourceError(f"{setting} is not a regular file", "name the file itself") from None
    except OSError as error:
        raise _unreadable(setting, error) from None


def _exit_status(path: Path, setting: str) -> int | None:
    """Return the exit status in the file of the same name with .exit, else None."""
    beside = path.with_name(f"{path.name}.exit")
    if not os.path.lexists(beside):
        return None
    content, _ = _content(beside, _LONGEST_EXIT_STATUS, setting)
    if not content.strip().isdigit() or len(content) > _LONGEST_EXIT_STATUS:
        raise SourceError("a file that ends in .exit holds no exit status", "write it with: echo $? > FILE.exit")
    return int(content)


def decoded_text(content: bytes) -> str:
    """Return bytes as text, in the encoding that JSON uses.

    Invalid bytes become characters that JSON cannot contain.
    """
    return content.decode(json.detect_encoding(content), "replace").removeprefix("\ufeff")


def _unreadable(setting: str, error: OSError) -> SourceError:
    return SourceError(
        f"{setting} cannot be read ({error.strerror})",
        "the user elytra-status must be able to read it, and the service sees neither /home nor /root",
    )
