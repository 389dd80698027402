# SPDX-License-Identifier: MIT
"""The leak guard finds buckets, hosts and names, in look-alike letters too, and allows public words."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from elytra_status.leak_guard import BUCKET, HOST, NAME
from elytra_status.leak_guard.patterns import ADDRESS
from tests.guarded import NOTHING, found, rules, with_changes


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("in acme-backups, nightly", BUCKET),
        ("ACME-Backups/x", BUCKET),
        ("https://acme-backups.fra1.example/x", BUCKET),
        ("pub-status", BUCKET),
        ("https://kuma.example:3001/x", HOST),
        ("https://KUMA.Example", HOST),
        ("a.kuma.example", HOST),
        ("HTTPSConnectionPool(host='kuma.example', port=3001)", HOST),
        ("our kuma.example.", HOST),
        ("a kuma.example-based check", HOST),
        ("ops@kuma.example", HOST),
        ("https%3A%2F%2Fkuma.example%3A3001", HOST),
        ("kuma&#46;example", HOST),
        ("x.nyc3.spaces.example", HOST),
        ("https://pub-status.nyc3.spaces.example.kuma.example/", HOST),
        ("nyc3.spaces.example", HOST),
        ("dbhost:5432", HOST),
        ("the pre-dbhost", HOST),
        ("old-acme-backups", BUCKET),
        ("x-99", NAME),
        ("tcp://u:p@dbhost", HOST),
        ("Sites of Acme Corp are slow", NAME),
        ("acme\u00a0 CORP!", NAME),
        ("Acme\u200b \u2060Corp", NAME),
        ("Ac\u00adme Corp", NAME),
        ("x\u200bAcme Corp", NAME),
        ("Acme%20Corp", NAME),
        ("Acme+Corp", NAME),
        ("<tspan>Acme</tspan><tspan>Corp</tspan>", NAME),
        ("SHOP IN THE GROSSE STRASSE", NAME),
        ("Acme&nbsp;Corp", NAME),
        ("Acme <b>Co</b>rp", NAME),
        ("Acme<br>Corp", NAME),
        ("'Acme Corp's", NAME),
        ("line one line two", NAME),
        ("LINE ONE\r\n\tLINE TWO", NAME),
        ("the[prod] c++x", NAME),
        ("cafe\u0301 ZOE\u0308", NAME),
        ("joe\u2019s bar", NAME),
        ("s. backups/acme/1.gz", NAME),
        ("99.9", NAME),
        ("status is unknown", NAME),
        ("Cafe-Zoe is slow", NAME),
        ("the acme-corp site", NAME),
        ("acme_corp", NAME),
        ("ACME.Corp", NAME),
        ("in der Grosse Strasse", NAME),
        ("QWNtZSBDb3Jw", NAME),
        ("41636d6520436f7270", NAME),
        ("%2541cme Corp", NAME),
        ("kuma[.]example", HOST),
        ("\uff4b\uff55\uff4d\uff41.example", HOST),
    ],
)
def test_buckets_hosts_and_names_are_found(text: str, rule: str) -> None:
    assert rule in rules(text)
    assert ("notes", rule) in found({"notes": text})
    assert rule in rules(f"<p title='x'>{text}</p>", content_type="text/html")


@pytest.mark.parametrize(
    "text",
    [
        "acme-backupsx",
        "mykuma.example",
        "my-kuma.example",
        "kuma.examples",
        "kuma",
        "mydbhost dbhosts",
        "Acme Corporation",
        "MacMe Corp",
        "Acme, Corp",
        "Acme",
        "line one",
        "[prod] C+",
        "unknowns",
        "990 199",
        "https://pub-status.nyc3.spaces.example/status.json and HTTPS://PUB-status.nyc3.spaces.example/other",
        "https%3A%2F%2Fpub-status.nyc3.spaces.example%2Fhistory.json",
        quote(quote("https://status.acme.example/history.json", safe=""), safe=""),
        "see status.acme.example.",
    ],
)
def test_what_only_resembles_a_bucket_host_or_name_passes(text: str) -> None:
    assert rules(text) == set()


def test_a_public_host_within_a_private_one_does_not_hide_it() -> None:
    private = with_changes(NOTHING, hosts=frozenset({"kuma.status.example"}), public_urls=("https://status.example/",))
    assert rules("status.example https://status.example/x", private) == set()
    assert rules("https://kuma.status.example/x", private) == {HOST}
    private = with_changes(NOTHING, hosts=frozenset({"status.example.net"}), public_urls=("https://status.example",))
    assert rules("https://status.example/ status.example:80", private) == set()
    assert rules("https://status.example.net/", private) == {HOST}
    private = with_changes(NOTHING, names=frozenset({"Acme"}), public_urls=("http://acme/status.json",))
    assert rules("http://acme/status.json http://acme/", private) == set()
    assert rules("Acme is down", private) == {NAME}


@pytest.mark.parametrize("scheme", ["https", "http", "webcal"])
def test_a_bucket_in_a_public_address_is_public_there_alone(scheme: str) -> None:
    address = "https://nyc3.spaces.example/status-acme/status.json"
    public = (address, address.removesuffix("status.json"))
    private = with_changes(NOTHING, buckets=frozenset({"status-acme"}), public_urls=public)
    assert rules(f'<a href="{scheme}://nyc3.spaces.example/status-acme/calendar.ics">', private) == set()
    assert rules(f"{scheme}://elsewhere.example/status-acme/calendar.ics", private) == {BUCKET}
    assert rules("see status-acme", private) == {BUCKET}


def test_public_urls_allow_neither_secrets_nor_addresses() -> None:
    private = with_changes(
        NOTHING, secrets={"KEY": "status.example"}, public_urls=("https://status.example/", "http://10.0.0.1/")
    )
    assert rules("https://status.example/ http://10.0.0.1/", private) == {"secret KEY", ADDRESS}


def test_a_host_is_found_in_letters_and_in_punycode() -> None:
    for host in ("bücher.example.", "xn--bcher-kva.example", "*.bücher.example", "user:x@bücher.example:80"):
        private = with_changes(NOTHING, hosts=frozenset({host}))
        assert rules("at Bücher.example", private) == rules("at xn--bcher-kva.example", private) == {HOST}
    private = with_changes(
        NOTHING, hosts=frozenset({"[2001:db8::5]:3001", "", ":80", "/", "https://", "x--.\u2024..\ud800"})
    )
    assert rules("at 2001:db8::5", private) == {HOST, ADDRESS}
    assert rules("at nothing : 80 / x", private) == set()


def test_a_word_that_is_public_by_intent_is_allowed_as_a_name_alone() -> None:
    private = with_changes(NOTHING, names=frozenset({"Website", "Acme Website"}))
    assert rules("The website is slow", private) == {NAME}
    allowed = with_changes(private, public_words=("wEbSITE",))
    assert rules("The website is slow", allowed) == set()
    assert rules("The acme website is slow", allowed) == {NAME}
    everything = with_changes(
        NOTHING,
        secrets={"KEY": "website"},
        buckets=frozenset({"website"}),
        hosts=frozenset({"website"}),
        names=frozenset({"website"}),
        public_words=("website", "10.0.0.1"),
    )
    assert rules("The website at 10.0.0.1", everything) == {"secret KEY", BUCKET, HOST, ADDRESS}


@pytest.mark.parametrize(
    "text",
    [
        "\u0410\u0441m\u0435 \u0421\u043er\u0440 is down",  # Cyrillic A, c, e, C, o, p
        "\u0391cm\u0435 C\u03bfr\u03c1 is down",  # Greek A, o, r; Cyrillic e
        "\u0410\u0421\u041c\u0415 \u0421\u041eRP is down",  # capitals
        "\uff21\uff43\uff4d\uff45 \uff23\uff4f\uff52\uff50 is down",  # of full width
        "\U0001d400\U0001d41c\U0001d426\U0001d41e \u24b8orp is down",  # bold, in a circle
    ],
)
def test_a_name_is_found_in_lookalike_letters(text: str) -> None:
    assert NAME in rules(text)
    assert rules("Acme Corp is down", with_changes(NOTHING, names=frozenset({text.removesuffix(" is down")}))) == {NAME}


def test_a_host_and_a_bucket_are_found_in_lookalike_letters() -> None:
    assert rules("at k\u0443ma.example") == set()  # looks like kyma
    assert rules("at kum\u0430.\u0435x\u0430mple") == {HOST}
    assert BUCKET in rules("in \u0430cme-b\u0430ckups")


def test_lookalike_letters_neither_hide_a_name_nor_make_one() -> None:
    # In Russian and in Greek, single letters are words of every sentence: with, at, or, the.
    private = with_changes(NOTHING, names=frozenset({"A", "C", "o", "\u0412\u0435\u0433\u0430"}))
    assert rules("\u0441 \u0443\u0442\u0440\u0430 \u0430 \u043e \u03bf", private) == set()
    # A capital Cyrillic Ve looks like a B, but its small letter looks like no other.
    for vega in ("\u0412\u0435\u0433\u0430", "\u0432\u0435\u0433\u0430", "B\u0435\u0433a"):
        assert rules(f"{vega}!", private) == {NAME}


def test_an_allowed_word_is_allowed_in_lookalike_letters() -> None:
    private = with_changes(NOTHING, names=frozenset({"\u0421ity"}), public_words=("City",))
    assert rules("The city, the \u0421ity", private) == set()
    private = with_changes(
        private, names=frozenset({"\u0412\u0435\u0433\u0430"}), public_words=("\u0432\u0435\u0433\u0430",)
    )
    assert rules("\u0412\u0435\u0433\u0430 \u0432\u0435\u0433\u0430", private) == set()


def test_names_without_a_letter_say_nothing() -> None:
    private = with_changes(NOTHING, names=frozenset({"", " ", "-", "---", "...", "\u200b", "\n"}))
    assert rules("a - b --- c ... \u200b d", private) == set()
    assert rules("it is \U0001f680 day", with_changes(NOTHING, names=frozenset({"\U0001f680"}))) == {NAME}
