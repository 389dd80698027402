# SPDX-License-Identifier: MIT
"""Run a command of the program inside the test's own process, and leave no trace of it."""

from __future__ import annotations

import signal
from pathlib import Path

from elytra_status import cli
from elytra_status.system import journal


def run_command(directory: Path, name: str, *arguments: str) -> int:
    """Return the exit status of a command, with the settings that `make_settings` last made in this directory."""
    options = ["--config", str(directory / "elytra-status.conf"), "--state-directory", str(directory)]
    return run_words(name, *arguments, *options)


def run_words(*words: str) -> int:
    """Return the exit status of a command line."""
    logger = journal.LOGGER
    handlers, propagate, level = logger.handlers[:], logger.propagate, logger.level
    handler = signal.getsignal(signal.SIGTERM)
    try:
        return cli.main([*words])
    finally:
        signal.signal(signal.SIGTERM, handler)
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
