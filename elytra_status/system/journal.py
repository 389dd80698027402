# SPDX-License-Identifier: MIT
"""Log structured entries to the systemd journal, or plain lines to a terminal."""

from __future__ import annotations

import logging
import os
import re
import sys
from contextlib import suppress

LOGGER = logging.getLogger("elytra_status")
IDENTIFIER = "elytra-status"
FIELD_PREFIX = "ELYTRA_STATUS_"
_UNPRINTABLE = re.compile(r" ?[\x00-\x1f\x7f-\x9f\u2028\u2029]+ ?")
# Between info and warning; see syslog(3).
NOTICE = 25
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, NOTICE: 5, logging.WARNING: 4, logging.ERROR: 3}


def log(level: int, message: str, **fields: object) -> None:
    """Log a line. Fields appear in the journal as ELYTRA_STATUS_NAME=value.

    Neither may contain a secret. At level info and above they may not contain the name of a monitor or backup group
    either, except in what a person reads at a terminal of this machine.
    """
    LOGGER.log(level, "%s", one_line(message), extra={"fields": fields})


def one_line(text: str) -> str:
    """Return a text as one line, without control characters.

    Foreign text must not add log lines.
    """
    return _UNPRINTABLE.sub(" ", text).rstrip().encode("utf-8", "backslashreplace").decode()


def log_info(message: str, **fields: object) -> None:
    """Log what a run did."""
    log(logging.INFO, message, **fields)


def log_notice(message: str, **fields: object) -> None:
    """Log a fact that is worth knowing and needs no action."""
    log(NOTICE, message, **fields)


def log_warning(message: str, **fields: object) -> None:
    """Log a problem that can wait until morning."""
    log(logging.WARNING, message, **fields)


def log_error(message: str, **fields: object) -> None:
    """Log a problem that must be fixed."""
    log(logging.ERROR, message, **fields)


class _JournalHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        message, priority = record.getMessage(), _PRIORITIES.get(record.levelno, 6)
        fields = {
            FIELD_PREFIX + name.upper(): one_line(str(value))
            for name, value in getattr(record, "fields", {}).items()
            if value is not None
        }
        try:
            from systemd import journal  # type: ignore[attr-defined]

            journal.send(message, PRIORITY=str(priority), SYSLOG_IDENTIFIER=IDENTIFIER, **fields)
        except Exception:
            # The journal also reads standard error, with the priority before a line; see sd-daemon(3).
            if sys.stderr is not None:
                with suppress(OSError):
                    print(f"<{priority}>{message}", file=sys.stderr, flush=True)


def is_on_terminal() -> bool:
    """Whether errors are written to a terminal, where names may be shown.

    The person at the terminal could read the settings anyway.
    """
    return sys.stderr is not None and sys.stderr.isatty() and not _is_run_by_systemd()


def start_logging(level: str) -> None:
    """Send this program's log to the journal or to standard error.

    The logs of libraries are discarded.
    """
    handler: logging.Handler = _JournalHandler() if _is_run_by_systemd() else logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(level.upper())
    LOGGER.propagate = False
    logging.addLevelName(NOTICE, "NOTICE")
    # Without a handler, logging would print the warnings of libraries, which may contain anything.
    if not logging.getLogger().handlers:
        logging.getLogger().addHandler(logging.NullHandler())


def _is_run_by_systemd() -> bool:
    """Whether standard error is the journal, as described in systemd.exec(5)."""
    try:
        information = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{information.st_dev}:{information.st_ino}"


def show_status(status: str) -> None:
    """Show a line in `systemctl status`, if systemd supports that for this process."""
    if os.environ.get("NOTIFY_SOCKET"):
        with suppress(OSError, ImportError):
            from systemd import daemon  # type: ignore[attr-defined]

            daemon.notify(f"STATUS={one_line(status)}")
