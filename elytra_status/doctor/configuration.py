# SPDX-License-Identifier: MIT
"""Check the settings, and who may read and change their files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from elytra_status.doctor.finding import Area, Context, Finding, Level, fault, ok, skipped, warning
from elytra_status.problem import SettingsProblem
from elytra_status.run.languages import language_problems
from elytra_status.settings import DEFAULT_FILE
from elytra_status.settings.load import CREDENTIALS, DEFAULT, DROP_INS
from elytra_status.system.files import user_name


def checks(context: Context) -> Iterator[Finding]:
    """Yield the findings about the settings and their files."""
    yield from _file(context.file)
    if context.file == DEFAULT_FILE:
        yield from _drop_ins(context.file.parent / DROP_INS)
        yield from _credentials(context.file.parent / CREDENTIALS)
    yield from (_finding(Level.FAULT, one) for one in context.faults)
    yield from (_finding(Level.WARNING, one) for one in context.warnings)
    if not context.faults:
        count = sum(origin != DEFAULT for origin in context.origins.values())
        yield ok("values", f"{count} set, all right" if count else "none is set: all have their defaults")
    for problem in language_problems(context.settings.languages):
        yield warning("LANGUAGE", problem.problem, problem.remedy)
    if context.settings.log_level == "debug":
        yield warning("LOG_LEVEL", "debug: the journal contains names of monitors", "set it to info when you are done")


def _finding(level: Level, problem: SettingsProblem) -> Finding:
    name = "unknown setting" if problem.is_unknown else problem.setting or "file"
    return Finding(name, level, problem.seen, problem.remedy)


def _file(path: Path) -> Iterator[Finding]:
    try:
        status = path.stat()
    except FileNotFoundError:
        if path == DEFAULT_FILE:
            yield fault(
                "file",
                f"{path} is not there: the services cannot start without it (243/CREDENTIALS)",
                f"install -m 0640 /dev/null {path}",
            )
        return  # A requested file that is missing is a fault of the settings.
    except OSError:
        return  # A fault of the settings too.
    mode = stat.S_IMODE(status.st_mode)
    shown = f"{path}, {user_name(status.st_uid)}, {mode:04o}"
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield fault("file", f"{shown}: others may change it", f"chmod 0640 {path}")
    elif status.st_uid not in (0, os.geteuid()):
        yield warning("file", f"{shown}: its owner may change it", f"chown root {path}")
    else:
        yield ok("file", shown)


def _drop_ins(directory: Path) -> Iterator[Finding]:
    try:
        files = sorted(directory.glob("*.conf"))
        directory.stat()
    except FileNotFoundError:
        yield _missing(DROP_INS, directory)
        return
    except OSError:
        return  # The same as for the settings file.
    for file in files:
        yield from _file(file)


def _missing(name: str, directory: Path) -> Finding:
    words = f"{directory} is not there: the services cannot start without it (243/CREDENTIALS)"
    return fault(name, words, f"mkdir -m 0700 {directory}")


def _credentials(directory: Path) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(directory.stat().st_mode)
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in sorted(directory.iterdir())}
    except FileNotFoundError:
        yield _missing("credentials", directory)
        return
    except OSError:
        yield skipped("credentials", f"{directory}: only root may read it: sudo elytra-status doctor")
        return
    shown = f"{directory}, {mode:04o}, {len(files)} file{'' if len(files) == 1 else 's'}"
    seen_by_others = [name for name, own in files.items() if own & 0o077]
    if mode & 0o077 and seen_by_others:
        yield warning(
            "credentials",
            f"{shown}: others may read {len(seen_by_others)} of them",
            f"chmod 0700 {directory}; chmod 0600 {directory}/*",
        )
    else:
        yield ok("credentials", shown)


AREA = Area("settings", checks, needs_settings=False, as_caller=True)
