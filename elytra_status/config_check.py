# SPDX-License-Identifier: MIT
"""Whether the settings would do: what can be known beforehand, and not by reading them alone."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping

from elytra_status import connectivity, guarded, journal, leak_guard, logo, policy, refresh, schema
from elytra_status.assess import Assessment, assess, rules
from elytra_status.clock import Clock
from elytra_status.documents.status_json import CONTENT_TYPE
from elytra_status.documents.words import SENTENCES
from elytra_status.errors import RefusedError, SettingsError
from elytra_status.history import Words
from elytra_status.memory import Memory
from elytra_status.model import Facts
from elytra_status.settings import Loaded, Settings
from elytra_status.sources import configured

# What goes out as the administrator has written it, and the field it becomes.
PUBLISHED = {
    "BACKUP_POLICY": "backups.policy",
    "INFRASTRUCTURE_MODEL": "infrastructure.model",
    "INFRASTRUCTURE_REGIONS": "infrastructure.regions",
    "INFRASTRUCTURE_NOTES": "infrastructure.notes",
    "INCIDENT_TEXT": "notices[].text",
    "PAGE_TITLE": "the name of the page",
    "PAGE_LINKS": "links of the page",
    "COMPONENTS": "components[].name of history.json",
}


def check(loaded: Loaded, clock: Clock, words: Words, *, offline: bool) -> list[str]:
    """Return the sources that gave no answer, and add to the warnings. Raise SettingsError with what is wrong.

    Beyond what loading has checked: are the certificates there, and would the leak guard refuse the
    administrator's own texts? For that the sources are asked for names, if not `offline`, beside those that
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
    if faults := list(text_faults(loaded.settings, loaded.origins, assessment)):
        raise SettingsError(faults)
    try:
        refresh.render(loaded.settings, assessment, clock.now())
    except RefusedError as error:
        raise SettingsError([str(error)]) from None
    if not offline:
        loaded.warnings.extend(_connections(loaded))
    return [report.source for report in assessment.reports if report.problem]


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


def text_faults(settings: Settings, origins: Mapping[str, str], assessment: Assessment) -> Iterator[str]:
    """Yield for each text of the administrator's that must not be published where it stands, why, and what to do."""
    private = guarded.private(settings, assessment.reports, assessment.memory.words)
    for name, published_as in PUBLISHED.items():
        value = getattr(settings, name.lower())
        if name in ("COMPONENTS", "PAGE_LINKS"):
            value = [text for text, _ in value]
        body = json.dumps(value, ensure_ascii=False).encode()
        findings = leak_guard.search(name, body, CONTENT_TYPE, schema.vocabulary() | SENTENCES, private)
        if findings:
            broken = ", ".join(dict.fromkeys(f'"{one.rule}"' for one in findings))
            remedy = leak_guard.explain(findings).remedy
            where = f"{origins[name]}: {name}, which is published as {published_as},"
            yield f"{where} holds what the leak guard forbids: {broken}; {remedy}"
