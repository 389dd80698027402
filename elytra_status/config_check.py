# SPDX-License-Identifier: MIT
"""Whether the settings would do: what can be known beforehand, and not by reading them alone."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping

from elytra_status import connectivity, guarded, journal, logo, policy, refresh
from elytra_status.assess import Assessment, assess, rules
from elytra_status.clock import Clock
from elytra_status.decision.ended_groups import Ended, unused_patterns
from elytra_status.documents import Document
from elytra_status.errors import RefusedError, SettingsError
from elytra_status.history import Words
from elytra_status.leak_guard.redact import Withheld
from elytra_status.memory import Memory
from elytra_status.model import UNNAMED, Facts
from elytra_status.settings import Loaded
from elytra_status.sources import configured

# The problem, and what to do about it.
UNUSED_PATTERN = (
    "a pattern matches no backup group",
    "elytra-status backups list shows the groups: correct the pattern, or remove it",
)


def check(loaded: Loaded, clock: Clock, words: Words, *, offline: bool) -> list[str]:
    """Return the sources that gave no answer, and add to the warnings. Raise SettingsError with what is wrong.

    Beyond what loading has checked: are the certificates there, and would any of the
    administrator's own texts be withheld? For that the sources are asked for names, if not `offline`, beside those that
    are known from before, `words`; and what should answer while they are well is asked too.
    """
    memory = Memory(words=words)
    if fault := certificates_fault(loaded.settings.ca_bundle):
        raise SettingsError([f"{loaded.origins['CA_BUNDLE']}: CA_BUNDLE {fault}"])
    if fault := logo.fault(loaded.settings.page_logo):
        raise SettingsError([f"{loaded.origins['PAGE_LOGO']}: PAGE_LOGO {fault}"])
    if offline:
        assessment = Assessment(policy.decide(Facts(clock.now(), ()), rules(loaded.settings)), (), memory)
    else:
        assessment = assess(loaded.settings, clock, memory, second_look=False)
    if faults := list(_unnamed(loaded, assessment)):
        raise SettingsError(faults)
    try:
        documents, withheld = refresh.render(loaded.settings, assessment, clock.now())
    except RefusedError as error:
        raise SettingsError([str(error)]) from None
    if present := [text for text in withheld if not text.is_past]:
        shows_word = journal.is_on_terminal()
        raise SettingsError([f"{where(text, loaded.origins)}{text.line(shows_word=shows_word)}" for text in present])
    loaded.warnings.extend(_published_secrets(loaded, documents))
    if not offline:
        loaded.warnings.extend(_connections(loaded))
        loaded.warnings.extend(_unused_patterns(loaded, assessment))
    return [report.source for report in assessment.reports if report.problem]


def _unnamed(loaded: Loaded, assessment: Assessment) -> Iterator[str]:
    """Yield the monitors that the settings name and no complete answer does."""
    expected = {source.name: source.expected for source in configured(loaded.settings)}
    for report in assessment.reports:
        for problem in report.problems:
            if problem.kind == UNNAMED:
                setting = expected[report.source].named[problem.keys[0]]
                yield f"{loaded.origins.get(setting, report.source)}: {problem}"


def _unused_patterns(loaded: Loaded, assessment: Assessment) -> Iterator[str]:
    """Yield a warning for each pattern of BACKUP_IGNORE_GROUPS that matches no group."""
    patterns = loaded.settings.backup_ignore_groups
    for pattern in unused_patterns(Ended(patterns=patterns), assessment.reports):
        shown = f" ({pattern})" if journal.is_on_terminal() else ""
        problem, remedy = UNUSED_PATTERN
        words = f"BACKUP_IGNORE_GROUPS: {problem}{shown}. {remedy}."
        journal.warning(words, event="settings")
        yield words


def _published_secrets(loaded: Loaded, documents: Iterable[Document]) -> Iterator[str]:
    """Yield a warning for each secret that is a word of the documents."""
    for name in guarded.published_secrets(loaded.settings, documents):
        problem, remedy = guarded.PUBLISHED_SECRET
        words = f"{name}: {problem}. {remedy}."
        journal.warning(words, event="settings")
        yield words


def _connections(loaded: Loaded) -> Iterator[str]:
    """Yield a warning for each address that should answer while its source is well, and does not."""
    for source in configured(loaded.settings):
        url = source.connectivity_url
        if url and (why_not := connectivity.failure(url, loaded.settings.ca_bundle)):
            words = f"the CONNECTIVITY_URL of {source.name} gives no good answer: {why_not}; while that is so,"
            words += " an outage of everything is told as unknown: name an address that answers while all is well"
            journal.warning(words, event="settings")
            yield words


def certificates_fault(path: str | None) -> str:
    """Return what is wrong with a file of certificates and what is right, '' where nothing is wrong."""
    if path is None:
        return ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "names a file without certificates; one with certificates in PEM form is right"
    except OSError as error:
        return f"names a file that cannot be read: {error.strerror}; one that this user may read is right"
    return ""


def where(text: Withheld, origins: Mapping[str, str]) -> str:
    """Return where a text that is withheld is set, as the beginning of a message about it."""
    return f"{origins[text.name]}: " if text.name in origins else ""
