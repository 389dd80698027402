# SPDX-License-Identifier: MIT
"""Let a person write a text in their editor."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from elytra_status import errors

# Debian's default if VISUAL and EDITOR are not set (Debian Policy, 11.4), and an editor that every system has.
FALLBACKS = ("editor", "vi")


def can_ask() -> bool:
    """Whether a person is at the terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()


@contextmanager
def edited(start: str) -> Iterator[str]:
    """Yield a text after a person has changed it in their editor.

    If the block fails, save the text and print where it is. Raise UsageError if there is no editor, or if it fails.
    """
    from elytra_status.system import journal

    path = _file(start)
    try:
        _run_editor(path)
        text = _read(path)
    finally:
        # Remove it now: the block may continue as a user who may not.
        path.unlink(missing_ok=True)
    try:
        yield text
    except BaseException:
        if text != start:
            journal.log_warning(f"your text is saved in {_file(text)}")
        raise


def _file(text: str) -> Path:
    """Return a new file with a text that nobody else can read."""
    import tempfile

    try:
        descriptor, name = tempfile.mkstemp(prefix="elytra-status-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise errors.UsageError(
            f"no temporary file can be written ({error.strerror})", "make room in /tmp, set TMPDIR, or give --text"
        ) from None
    return Path(name)


def _read(path: Path) -> str:
    from elytra_status.announcements.drafts import LARGEST_DRAFT
    from elytra_status.system import files

    try:
        return files.read_regular(path, LARGEST_DRAFT).decode()
    except UnicodeDecodeError:
        raise errors.UsageError("the text is not UTF-8", "write plain text, in UTF-8") from None
    except OSError as error:
        raise errors.UsageError(f"the text cannot be read ({error.strerror})", "save it under the same name") from None


def _run_editor(path: Path) -> None:
    import shlex
    import shutil
    import subprocess

    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    try:
        words = shlex.split(chosen) if chosen else [name for name in FALLBACKS if shutil.which(name)][:1]
        if not words:
            raise errors.UsageError("there is no editor", "set EDITOR, or give --text")
        done = subprocess.run([*words, str(path)], check=False)
    except (OSError, ValueError):
        raise errors.UsageError("the editor cannot be started", "set EDITOR to an editor, or give --text") from None
    if done.returncode:
        raise errors.UsageError(
            f"the editor ended with status {done.returncode}; nothing was changed", "save the text and quit the editor"
        )
