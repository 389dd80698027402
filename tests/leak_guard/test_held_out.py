# SPDX-License-Identifier: MIT
"""The leak guard with a second corpus, which was written from the contract and not from the guard."""

from __future__ import annotations

import base64
import html
import json
import random
from collections.abc import Callable
from urllib.parse import quote

import pytest

from elytra_status.leak_guard import NAME, Private, find_leaks, search
from tests.leak_corpus import hosting
from tests.leak_corpus.clients import AROUND, CLIENTS, ENCODED, SECRETS, SEPARATED, SPELLED
from tests.leak_corpus.harmless import harmless
from tests.leak_corpus.near_misses import NEAR_MISSES
from tests.leak_corpus.services import FORMATS, tokens
from tests.leak_corpus.status_texts import TEXTS, status_texts

pytestmark = pytest.mark.slow

NOTHING = Private({}, frozenset(), frozenset(), frozenset())

PLACES: dict[str, Callable[[str], str]] = {
    "alone": lambda text: text,
    "in a sentence": lambda text: f"We saw {text} in the log.",
    "in quotation marks": lambda text: f'"{text}"',
    "in brackets": lambda text: f"({text})",
    "assigned": lambda text: f"value={text}",
    "on a line": lambda text: f"The log says:\n{text}\nSee there.",
    "in JSON": lambda text: json.dumps({"x": text}),
    "in an address": lambda text: "https://x.example/?q=" + quote(text, safe=""),
    "in HTML": html.escape,
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
}
# An editor wraps a longer line, between words if there are any.
LONG = 48


@pytest.mark.parametrize("service", FORMATS)
def test_a_token_of_a_known_service_is_found_everywhere(service: str) -> None:
    some = tokens(random.Random(f"a {service}"))[service]
    texts = [put(token) for token in some for put in PLACES.values()]
    texts += [f"{one[:LONG]}\n  {one[LONG:]}" for one in some if len(one) > LONG + 8 and " " not in one]
    assert [text for text in texts if not find_leaks(text, NOTHING)] == []


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_resembles_something_private_passes(text: str) -> None:
    assert find_leaks(text, NOTHING) == []
    assert find_leaks(f"Update: {text}.", NOTHING) == []


# What an ordinary installation keeps private.
ORDINARY = Private(
    {
        "UPTIME_KUMA_API_KEY": "uk2_vR7xQ0pLmN3tYb8WcZ5kHj",
        "NTFY_TOPIC": "acme-alerts-7f3",
        "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/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",
    },
    frozenset({"acme-offsite", "kundenbackups"}),
    frozenset({"kuma.acme-intern.example", "shop.kunde1.example", "db1"}),
    frozenset(CLIENTS) - {"1&1"},
    ("https://status.example.com/status.json",),
)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_clients_name_is_found_in_every_sentence_spelling_and_encoding(name: str) -> None:
    private = Private({}, frozenset(), frozenset(), frozenset({name}))
    # In a name with a plus, nobody can know which pluses are spaces.
    ways = AROUND | SPELLED | ENCODED | ({} if "+" in name else SEPARATED)
    if len(name) < 3:
        ways.pop("base64 for addresses")  # Three letters are a word.
    if "+" in name:
        ways.pop("form")
    assert [way for way, put in ways.items() if NAME not in {one.rule for one in find_leaks(put(name), private)}] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_every_sentence_and_encoding(secret: str) -> None:
    private = Private({"KEY": secret}, frozenset(), frozenset(), frozenset())
    ways = AROUND | ENCODED
    assert [
        way for way, put in ways.items() if "secret KEY" not in {one.rule for one in find_leaks(put(secret), private)}
    ] == []


HOSTING = Private(
    hosting.SECRETS,
    frozenset(hosting.BUCKETS),
    frozenset(hosting.HOSTS),
    frozenset(hosting.NAMES),
    ("https://status.hosting-nord.example/status.json",),
)


@pytest.mark.parametrize("kind", hosting.LEAKS)
def test_what_a_hosting_company_must_not_publish_is_found(kind: str) -> None:
    assert [text for text in hosting.LEAKS[kind] if not find_leaks(text, HOSTING)] == []
    assert [
        text
        for text in hosting.LEAKS[kind]
        if not search("x", json.dumps({"x": text}).encode(), "application/json", frozenset(), HOSTING)
    ] == []


@pytest.mark.parametrize("language", hosting.HARMLESS)
def test_what_a_hosting_company_writes_passes(language: str) -> None:
    assert [text for text in hosting.HARMLESS[language] if find_leaks(text, HOSTING)] == []


def test_the_corpus_of_a_hosting_company_is_as_large_as_it_should_be() -> None:
    assert sum(map(len, hosting.LEAKS.values())) >= 150
    assert sum(map(len, hosting.HARMLESS.values())) >= 100
    assert len(hosting.HARMLESS) >= 6


SHORT_NAMES = frozenset({"X", "Y2", "3M", "O2", "DB", "HQ", "JW", "N26", "C&A", "1&1", "ARD"})


def test_short_names_are_not_in_ordinary_texts_by_chance() -> None:
    private = Private({}, frozenset(), frozenset(), SHORT_NAMES)
    texts = (text for text in (*status_texts(seed=5), *harmless(seed=5)) if "x.com" not in text)
    assert [text for text in texts if find_leaks(text, private)] == []


def test_checksums_hold_nothing_private_by_chance() -> None:
    chance = random.Random(11)
    sums = [base64.b64encode(chance.randbytes(size)).decode() for size in (20, 32, 48) for _ in range(2000)]
    sums += [chance.randbytes(size).hex() for size in (20, 32, 64) for _ in range(500)]
    assert [
        one for start in range(0, len(sums), 20) if find_leaks(one := " ".join(sums[start : start + 20]), NOTHING)
    ] == []


def test_what_providers_write_passes() -> None:
    texts = status_texts(seed=28)
    assert len(texts) >= 400
    assert len(TEXTS) >= 6
    stopped = [text for text in texts if _is_stopped(text)]
    assert len(stopped) <= len(texts) / 200, stopped


def _is_stopped(text: str) -> bool:
    page = f"<p>{html.escape(text)}</p>".encode()
    return bool(find_leaks(text, ORDINARY) or search("index.html", page, "text/html", frozenset(), ORDINARY))


def test_a_picture_in_base64_holds_nothing_private_by_chance() -> None:
    chance = random.Random(7)
    pictures = [b"\x89PNG\r\n\x1a\n" + chance.randbytes(chance.choice((300, 3000, 20_000))) for _ in range(40)]
    addresses = [f"data:image/png;base64,{base64.b64encode(picture).decode()}" for picture in pictures]
    assert [address[:60] for address in addresses if find_leaks(address, NOTHING)] == []


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        ("Wechsel auf 10.0.0.5", True),
        ("patch 10.0.0.5", True),
        ("El fallo está en 10.20.30.40", True),
        ("access point 203.0.113.6", True),
        ("nginx 84.20.30.140 is down", True),
        ("1.2.3.4 is down", True),
        ("see 1.2.3.4 Wartung", True),
        ("root@10.258", True),
        ("nginx 1.22.1.3 is out", False),
        ("firmware 10.2.0.4", False),
        ("Wechsel auf 4.5.6.7", False),
    ],
)
def test_a_noun_before_it_and_not_a_verb_makes_a_private_address_a_version(text: str, is_address: bool) -> None:
    assert bool(find_leaks(text, NOTHING)) is is_address
