# SPDX-License-Identifier: MIT
"""Collect the terms that the leak guard searches for in this run.

They come from the settings and from the reports of the sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from urllib.parse import urljoin

from elytra_status import leak_guard
from elytra_status.documents import Document
from elytra_status.documents.withheld import Cause, Redactor
from elytra_status.documents.words import sentences_in
from elytra_status.errors import RefusedError
from elytra_status.history import PrivateNames
from elytra_status.leak_guard import Leak, Private
from elytra_status.model import BACKUPS, Report, first_entries
from elytra_status.net.hosts import host_of
from elytra_status.run.languages import public_languages
from elytra_status.settings import DEFINITIONS, Settings, kinds, named

NONE = PrivateNames()
# A document's own text that is longer than this is a script or a style sheet.
LONGEST_WORDS = 200
# The most private names that a message lists for one text.
MOST_NAMES = 10
# More findings than this are counted, not listed, in an error.
LISTED = 20


# The problem and the remedy if a secret is a word that the documents contain anyway.
PUBLISHED_SECRET = ("the value is a word of the published documents, and no secret", "Choose a long, random value")
_WORD = re.compile(r"[\w-]+")


def published_secrets(settings: Settings, documents: Iterable[Document]) -> list[str]:
    """Return the settings whose secret is a word of the documents themselves.

    The guard lets such words pass, so these secrets are not protected.
    """
    own = {word.casefold() for document in documents for word in document.own_words if len(word) <= LONGEST_WORDS}
    words = own.union(*(_WORD.findall(text) for text in own))
    return [label for label, secret in private(settings, ()).secrets.items() if secret.casefold() in words]


def rules_in(text: str, private: Private, own_words: frozenset[str]) -> tuple[str, ...]:
    """Return the rules that a text breaks, none if it may leave the machine."""
    return tuple(finding.rule for finding in leak_guard.find_leaks(text, private, own_words))


def may_be_published(text: str, private: Private, own_words: frozenset[str]) -> bool:
    """Whether a text may leave the machine."""
    return not rules_in(text, private, own_words)


def refusal_of(findings: Iterable[Leak], *, shows_word: bool = False) -> RefusedError:
    """Return the error for one or more findings: document, field, rule and remedy.

    With `shows_word`, which is for a terminal of this machine only, the error also contains the name, host or bucket.
    """
    all_found = list(findings)
    listed = [
        f'{one.document}: {one.field} breaks rule "{one.rule}"'
        + "".join(f', "{word}"' for word in one.words if shows_word)
        for one in all_found
    ]
    remedies = dict.fromkeys(_remedy(one.rule) for one in all_found)
    return RefusedError("; ".join(first_entries(listed, LISTED)), "; ".join(remedies))


def _remedy(rule: str) -> str:
    if rule == leak_guard.NAME:
        return "if anyone may read the name, add it to PUBLIC_WORDS; else take it out of the text"
    if rule in (leak_guard.NOT_UTF8, leak_guard.NOT_JSON):
        return "this is an internal error: please report it"
    return "take it out of the text: secrets, addresses, buckets and hosts cannot be allowed"


def redactor(settings: Settings, reports: tuple[Report, ...], private: Private, together: str = "") -> Redactor:
    """Return the redactor that withholds texts of a publication.

    Redactor describes `together`.
    """
    own = sentences_in(public_languages(settings.language, settings.page_languages).every)
    return Redactor(
        partial(rules_in, private=private, own_words=own),
        partial(cause, private=private, settings=settings, reports=reports),
        own,
        together,
        settings.public_words,
    )


def cause(text: str, rule: str, private: Private, settings: Settings, reports: tuple[Report, ...]) -> Cause:
    """Return the private names, bucket or host in a text, and their origin."""
    if rule not in _WHOSE:
        article = "the" if rule.startswith("secret ") else "an" if rule[0].lower() in "aeios" else "a"
        return Cause(f"{article} {rule}")
    held = next((one.words for one in leak_guard.find_leaks(text, private) if one.rule == rule), ())
    # The names of two monitors may differ in case alone. One word in PUBLIC_WORDS then allows both.
    words = tuple({word.casefold(): word for word in held}.values())[:MOST_NAMES]
    return Cause(_WHOSE[rule](words[0] if words else "", settings, reports), words)


def _whose_name(word: str, settings: Settings, reports: tuple[Report, ...]) -> str:
    for report in reports:
        for monitor in report.monitors:
            if monitor.name.casefold() == word.casefold():
                return f"the name of monitor {monitor.key}"
    for report in reports:
        if word in report.private_names:
            return (
                f"the name of a backup of {report.source}" if report.about == BACKUPS else f"a name of {report.source}"
            )
    return "a name that was seen in the last 30 days"


def _whose_host(word: str, settings: Settings, reports: tuple[Report, ...]) -> str:
    for report in reports:
        if word in report.private_hosts:
            return f"a host of {report.source}"
    return _of_setting("the host of", word, settings)


def _whose_bucket(word: str, settings: Settings, reports: tuple[Report, ...]) -> str:
    return _of_setting("the bucket of", word, settings)


def _of_setting(what: str, word: str, settings: Settings) -> str:
    for prefix, part in named.every(settings):
        for definition in DEFINITIONS:
            value = getattr(part, definition.attribute)
            if definition.kind in _PRIVATE_KINDS and value and word and word in str(value):
                return f"{what} {prefix}{definition.name}"
    return f"{what} a source of the last 30 days"


_PRIVATE_KINDS = (kinds.BUCKET, kinds.LOCATION, kinds.HOST, kinds.HELO, kinds.ADDRESSES, kinds.URL, kinds.ENDPOINT)
# By rule of the leak guard: the function that finds where the name, host or bucket comes from.
_WHOSE = {leak_guard.NAME: _whose_name, leak_guard.HOST: _whose_host, leak_guard.BUCKET: _whose_bucket}


def private(settings: Settings, reports: Iterable[Report], saved: PrivateNames = NONE) -> Private:
    """Return everything that must not leave the machine.

    That includes the `saved` names of earlier reports. Settings are selected by their kind, so that a new setting is
    guarded without a change here.
    """
    secrets: dict[str, str] = {}
    buckets: set[str] = set()
    hosts: set[str] = set()
    public: list[str] = []
    every = [(prefix, part, definition) for prefix, part in named.every(settings) for definition in DEFINITIONS]
    for prefix, part, definition in every:
        value = getattr(part, definition.attribute)
        if not value:
            continue
        if definition.is_secret:
            secrets[prefix + definition.name] = value.reveal()
            for number, piece in enumerate(definition.kind.parts(value), 1):
                secrets[f"{prefix}{definition.name}, part {number}"] = piece
        elif definition.kind is kinds.BUCKET:
            buckets.add(value)
        elif definition.kind is kinds.LOCATION:
            buckets.update((kinds.in_bucket(value) or ())[:1])
        elif definition.kind in (kinds.HOST, kinds.HELO):
            hosts.add(definition.kind.write(value))
        elif definition.kind is kinds.LINKS:
            public += [address for _, address in value]
        elif definition.kind is kinds.ADDRESSES:
            hosts.update(host_of(address) for address in value)
        elif definition.kind in (kinds.URL, kinds.ENDPOINT):
            if definition.public:
                # The other documents have the same base address, so it is public too.
                public += [value, urljoin(value, ".")]
            else:
                hosts.add(host_of(value))
    reported = list(reports)
    return Private(
        secrets=secrets,
        buckets=frozenset(buckets),
        hosts=saved.hosts.union(hosts, *(report.private_hosts for report in reported)) - {""},
        names=saved.names.union(*(report.private_names for report in reported)),
        public_urls=tuple(public),
        public_words=settings.public_words,
    )
