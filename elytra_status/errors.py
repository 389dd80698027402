# SPDX-License-Identifier: MIT
"""The errors of all commands, and their exit statuses."""

from __future__ import annotations

# The one table of exit statuses, from sysexits.h.
DONE = 0
STALE = WARNINGS = NOT_IN_ORDER = 1
FAULTS = 2
USAGE = 64
REFUSED = 65
UNREADABLE = 66
UNAVAILABLE = 69
INTERNAL = 70
LOCKED = 75
SETTINGS = 78

# The meaning of each status, by command; '' stands for every other command.
MEANINGS: dict[int, dict[str, str]] = {
    DONE: {"": "done", "check-freshness": "what visitors get is fresh", "doctor": "all is well"},
    STALE: {
        "check-freshness": "what visitors get is stale or wrong",
        "doctor": "there are warnings",
        "config check": "a server that the settings name refused the request or is unreachable",
    },
    FAULTS: {"doctor": "something is wrong"},
    USAGE: {"": "the command line is wrong"},
    REFUSED: {"": "the schema or the leak guard refused the document; the last good one stays"},
    UNREADABLE: {"": "the announcements cannot be read or saved; the last good document stays"},
    UNAVAILABLE: {
        "": "publishing failed",
        "override, maintenance, incident": "visitors do not get the announcement yet, or only for a short time",
        "check-freshness": "unreachable",
        "alert": "not every channel accepted the notification",
    },
    INTERNAL: {"": "an internal error; the last good document stays"},
    LOCKED: {"": "another run is under way"},
    SETTINGS: {"": "the settings are wrong"},
}
# The same as one text for each status, as the manual page and the README print it.
EXIT_STATUSES: dict[int, str] = {
    status: "; ".join(f"{command}: {words}" if command else words for command, words in meanings.items())
    for status, meanings in MEANINGS.items()
}


class AsTyped(str):
    """A remedy that is printed as it is.

    It is a command, or a text that ends in a line to copy.
    """

    __slots__ = ()


def message(problem: str, remedy: str = "", subject: str = "") -> str:
    """Return `subject: problem. Remedy.`, the form of all messages.

    Without a remedy, return `subject: problem`.
    """
    words = f"{subject}: {problem}" if subject else problem
    return f"{_with_full_stop(words)} {sentence(remedy)}" if remedy else words


def sentence(remedy: str) -> str:
    """Return a remedy as a sentence, with a capital and a full stop.

    A remedy that is printed as it is stays so.
    """
    return remedy if isinstance(remedy, AsTyped) else _with_full_stop(remedy[:1].upper() + remedy[1:])


def _with_full_stop(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


class ElytraStatusError(Exception):
    """Base of all errors that end a command: what happened, and what to do about it.

    Neither text may hold a secret, a client's name or a value that could be one.
    """

    exit_status = INTERNAL

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        # The error code that a service returned, if it did.
        self.code = ""

    def __str__(self) -> str:
        return message(self.problem, self.remedy)


class UsageError(ElytraStatusError):
    """The command line is invalid, or asks for something impossible."""

    exit_status = USAGE


class RefusedError(ElytraStatusError):
    """The schema or the leak guard refused a document. Nothing is published."""

    exit_status = REFUSED


class PublishError(ElytraStatusError):
    """A document could not be published, or reading it back gave something different."""

    exit_status = UNAVAILABLE


class LockedError(ElytraStatusError):
    """Another run holds the lock."""

    exit_status = LOCKED


class AnnouncementsError(ElytraStatusError):
    """The announcements cannot be read or saved.

    Nothing is published, since it could contradict them.
    """

    exit_status = UNREADABLE


class NoAnswerError(ElytraStatusError):
    """A server gave no usable answer.

    If it is a source, its part becomes unknown and the run continues.

    `at_once` says that the server refused immediately and may be queried again in the same run. `parts` holds the
    problem and remedy of each failed request, if there were several.

    `host` is the server, with its port if it has one. If it is given, the argument `problem` is what to say of the
    server, or of its answer, its certificate or whatever else `of_its` is. `without_host` says the same without
    naming the server.
    """

    exit_status = UNAVAILABLE

    def __init__(
        self,
        problem: str,
        remedy: str = "",
        *,
        host: str = "",
        of_its: str = "",
        at_once: bool = False,
        parts: tuple[tuple[str, str], ...] = (),
    ) -> None:
        named = f"the {of_its} of {host}" if of_its else host
        super().__init__(f"{named} {problem}" if host else problem, remedy)
        self.host = host
        self.without_host = f"{f'its {of_its}' if of_its else 'it'} {problem}" if host else problem
        self.at_once = at_once
        self.parts = parts


class FetchError(NoAnswerError):
    """A server is unreachable, timed out, refused a request, or broke off."""


class ProxyError(FetchError):
    """A proxy that this machine's environment names gives no connection.

    That is no evidence about the server behind it.
    """


class NoNameServerError(FetchError):
    """The name servers of this machine do not answer.

    That is no evidence about the server that was to be reached.
    """


class CertificateError(FetchError):
    """A server's certificate does not verify, or TLS fails. Trying again is useless."""


class SourceError(NoAnswerError):
    """A source's answer is malformed, incomplete or too large."""
