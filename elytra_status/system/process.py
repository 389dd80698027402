# SPDX-License-Identifier: MIT
"""Run a command as a process: signals, errors, broken pipes, exit status."""

from __future__ import annotations

import argparse
import errno
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.errors import ElytraStatusError
from elytra_status.problem import SettingsError
from elytra_status.system import journal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


# The signals that end the process.
_signals: list[int] = []


class _EndedError(BaseException):
    """A signal arrived. Raised so that temporary files are removed."""

    def __init__(self, number: int) -> None:
        self.number = number


def run_command(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run a command and return its exit status. Every error becomes a message."""
    try:
        _prepare()
        exit_status = _in_words(command, options)
    except KeyboardInterrupt:
        exit_status = _end_by(signal.SIGINT)
    except _EndedError as error:
        exit_status = _end_by(error.number)
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        _discard(2)
    return exit_status


def _in_words(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    journal.start_logging("info")
    try:
        exit_status = command(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return exit_status
    except _OutputError as error:
        return _without_output(error)
    except SettingsError as error:
        return _wrong_settings(error)
    except ElytraStatusError as error:
        return _failed(str(error), error.exit_status)
    except Exception as error:
        return _fault(error)


def write_output(body: bytes) -> None:
    """Write a document to standard output unchanged, whatever the locale."""
    if sys.stdout is not None:
        sys.stdout.buffer.write(body)


def _prepare() -> None:
    def end(number: int, frame: FrameType | None) -> None:
        _signals.append(number)
        raise _EndedError(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup sets it.
            signal.signal(number, end)
    own, is_of_process = sys.stdout, sys.stdout is sys.__stdout__
    if own is not None and is_of_process:
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(1, "w", closefd=False)),
            encoding=own.encoding,
            errors="backslashreplace",
            line_buffering=own.isatty(),
        )


class _OutputError(Exception):
    """Standard output cannot be written to."""

    def __init__(self, cause: OSError) -> None:
        self.cause = cause


class _Output(io.FileIO):
    """Standard output, with errors distinct from those of other files."""

    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise _OutputError(error) from None


def _discard(descriptor: int) -> None:
    """Discard what a stream still buffers.

    Python would try to write it at exit, and fail.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _without_output(error: _OutputError) -> int:
    _discard(1)
    if error.cause.errno == errno.EPIPE:  # The reader has closed the pipe.
        return errors.DONE
    return _failed(f"the output cannot be written ({error.cause.strerror})", errors.UNAVAILABLE)


def _wrong_settings(error: SettingsError) -> int:
    for warning in error.warnings:
        journal.log_warning(str(warning), event="settings")
    for fault in error.faults:
        journal.log_error(str(fault), event="settings")
    count = len(error.faults)
    if error.is_unreadable:
        return _failed("the settings cannot be read; nothing was done", error.exit_status)
    return _failed(f"{count} fault{'' if count == 1 else 's'} in the settings; nothing was done", error.exit_status)


def _fault(error: Exception) -> int:
    if _signals:
        # The signal interrupted an import, for example, which turned it into another error.
        raise _EndedError(_signals[0]) from None
    # The text of the error could contain anything, so only its type and position are logged. Source lines could contain
    # values too.
    for frame in traceback.extract_tb(error.__traceback__):
        journal.log_error(f"{frame.filename}, line {frame.lineno}, in {frame.name}", event="fault")
    return _failed(f"internal error ({type(error).__name__}); please report it", errors.INTERNAL)


def _failed(words: str, exit_status: int) -> int:
    journal.log_error(words, event="failed", exit_status=exit_status)
    journal.show_status(f"failed: {words}")
    return exit_status


def _end_by(number: int) -> int:
    journal.log_warning(f"ended by {signal.Signals(number).name}; the last publication stays", event="terminated")
    # End by the signal itself, so that systemd sees a stop and no failure, and a shell sees Ctrl-C.
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number
