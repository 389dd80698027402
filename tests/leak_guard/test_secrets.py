# SPDX-License-Identifier: MIT
"""The leak guard finds secrets in every writing, and addresses that are secrets by their parts."""

from __future__ import annotations

import pytest

from elytra_status.leak_guard import HOST, WHOLE, search
from elytra_status.run import private_terms
from elytra_status.settings import Secret, Settings
from tests.guarded import KEY, NOTHING, OWN, WRITINGS, code, found, rules, with_changes


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=utf-8", "image/svg+xml"])
def test_a_secret_is_found_in_every_writing(writing: str, content_type: str) -> None:
    assert "secret KUMA_KEY" in rules(f"see {WRITINGS[writing](KEY)} there", content_type=content_type)
    assert found({"notes": f"see {WRITINGS[writing](KEY)} there"})[0] == ("notes", "secret KUMA_KEY")


def test_a_secret_of_the_settings_is_found_though_it_prints_as_stars() -> None:
    private = private_terms.private(Settings(uptime_kuma_api_key=Secret("correct horse")), [])
    assert rules("correct horse", private) == {"secret UPTIME_KUMA_API_KEY"}
    assert rules("***", private) == set()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("uptime_kuma_url", "https://kuma.acme.example:3001/metrics", "kuma.acme.example"),
        ("spaces_endpoint", "https://nyc3.spaces.example", "nyc3.spaces.example"),
        ("smtp_host", "mail.acme.example", "MAIL.acme.example:587"),
        ("smtp_host", "mailhub", "sent by mailhub"),
        ("smtp_host", "2001:db8::25", "[2001:db8::25]:587"),
    ],
)
def test_a_host_of_the_settings_is_found_whatever_kind_of_address_it_is_set_by(
    name: str, value: str, text: str
) -> None:
    assert HOST in rules(text, private_terms.private(Settings(**{name: value}), []))
    assert HOST not in rules(text, private_terms.private(Settings(), []))


@pytest.mark.parametrize("text", ["abc1", "(abc1)", "x=abc1&y", code("abc1"), code(":abc1"), "%61bc1"])
def test_a_short_secret_is_found_as_a_word(text: str) -> None:
    assert rules(f"a {text} b") == {"secret SHORT"}


@pytest.mark.parametrize("text", ["abc12", "xabc1", "abcd1"])
def test_a_short_secret_is_not_found_within_a_word(text: str) -> None:
    assert rules(f"a {text} b") == set()


def test_a_short_secret_of_signs_is_found_anywhere_and_in_both_kinds_of_base64() -> None:
    for text in ("x>>>?y", "&gt;&gt;&gt;?", "Pj4+Pw==", "Pj4-Pw"):
        assert rules(f"a {text} b") == {"secret SIGNS"}


def test_a_secret_is_found_however_its_accents_are_stored() -> None:
    composed, decomposed = "caf\u00e9-secret", "cafe\u0301-secret"
    for secret, text in ((composed, decomposed), (decomposed, composed), (decomposed, decomposed)):
        assert rules(text, with_changes(NOTHING, secrets={"KEY": secret})) == {"secret KEY"}


WEBHOOK = "https://user:Passw0rd9@hooks.acme.example:8443/services/T0ABCDEF9/webhooks?token=abcDEF123456&a=1"


@pytest.mark.parametrize(
    "text", ["hooks.acme.example", "T0ABCDEF9", "x?t=abcDEF123456", "Passw0rd9", WEBHOOK[8:], "http" + WEBHOOK[5:]]
)
def test_a_secret_that_is_an_address_is_found_by_its_parts(text: str) -> None:
    assert "secret HOOK" in rules(f"see {text} there", with_changes(NOTHING, secrets={"HOOK": WEBHOOK}))


def test_ordinary_words_of_an_address_are_no_secret_and_own_words_neither() -> None:
    private = with_changes(NOTHING, secrets={"HOOK": WEBHOOK, "TOPIC": "https://ntfy.example/elytra-status"})
    assert rules("webhooks, services, user and token", private) == set()
    assert "secret TOPIC" in rules("the topic elytra-status", private)
    page = b"<generator>elytra-status</generator>"
    assert search("x", page, "application/xml", frozenset({"generator", "elytra-status"}), private) == []


def test_a_long_secret_is_found_in_other_capitals_and_without_its_spaces() -> None:
    private = with_changes(NOTHING, secrets={"KEY": "abCD efGH ijKL mnOP"})
    assert rules("x ABCD EFGH IJKL MNOP", private) == rules("xabCDefGHijKLmnOP", private) == {"secret KEY"}


def test_a_secret_is_found_in_numbers_keys_own_words_and_doubled_keys() -> None:
    private = with_changes(NOTHING, secrets={"PIN": "12345678", "WORD": "backups", "PHRASE": "my dear secret"})
    assert found({"uptime": 12345678}, private) == [(WHOLE, "secret PIN")]
    assert found({"uptime": 1234, "notes": 5678, "text": 12.34, "policy": 5678}, private) == []
    assert found({"backups": {"policy": "backups"}}, private) == []
    assert found([{"a": 1, "my dear secret": {"x": "my dear secret"}}], private) == [
        ("[0].(key 2)", "secret PHRASE"),
        ("[0].(key 2).(key 1)", "secret PHRASE"),
    ]
    assert found({"a b": KEY}) == [("(key 1)", "secret KUMA_KEY")]
    doubled = b'{"notes": "my dear secret", "notes": "harmless"}'
    assert [one.field for one in search("x", doubled, "application/json", OWN, private)] == ["notes"]
