# SPDX-License-Identifier: MIT
"""Made-up texts: the leak guard finds every secret, name and address in them, and passes harmless English."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from elytra_status.documents import render_all
from elytra_status.leak_guard import NAME, Leak, search
from elytra_status.leak_guard.lists import PATTERN
from elytra_status.leak_guard.patterns import ADDRESS
from elytra_status.leak_guard.terms import BrokenRules
from elytra_status.model import Announcements
from elytra_status.run import private_terms
from elytra_status.settings.definitions import DOCUMENTS
from tests.examples import most
from tests.guarded import NOTHING, OWN, PRIVATE, WRITINGS, rules, with_changes
from tests.published import realistic

# The package has a function of this name.
search_module: Any = import_module("elytra_status.leak_guard.search")

FIELDS = (
    "backups.policy",
    "infrastructure.model",
    "infrastructure.regions[0]",
    "infrastructure.notes",
    "notices[0].text",
)
# What a person can type, with letters and signs of other languages; the settings allow no control characters.
TYPED = st.text(st.characters(blacklist_categories=("C", "Zl", "Zp")), min_size=8, max_size=60).map(str.strip)
AROUND = st.text(max_size=20)
USUAL = ("plain", "basic auth", "quote", "quote, small", "quote plus", "JSON", "JSON, UTF-8", "HTML")


def planted(text: str, field: str) -> bytes:
    texts = {name: text if name == field else "harmless" for name in FIELDS}
    return json.dumps(
        {
            "platform_status": "operational",
            "backups": {"policy": texts["backups.policy"]},
            "infrastructure": {
                "model": texts["infrastructure.model"],
                "regions": [texts["infrastructure.regions[0]"]],
                "notes": texts["infrastructure.notes"],
            },
            "notices": [{"text": texts["notices[0].text"]}],
        }
    ).encode()


@settings(max_examples=most(60))
@given(
    TYPED, st.sampled_from(sorted(set(WRITINGS) - {"base64 in lines", "repr"})), st.sampled_from(FIELDS), AROUND, AROUND
)
@example("pass%41word", "quote", "backups.policy", "100%", "")
@example("abcdefg h/i", "quote", "backups.policy", "%", "")
@example("abcdefg h/i", "quote plus", "backups.policy", "%", "")
@example("abcdefg h/i", "quote, small", "backups.policy", "%", "")
@example("9;abc<def", "HTML", "backups.policy", "&#3", "")
@example('n"abcdefgh', "JSON", "backups.policy", "\\", "")
@example('n"abcdéfgh', "JSON, UTF-8", "backups.policy", "\\", "")
def test_any_secret_in_any_writing_in_any_field_is_found_and_not_shown(
    secret: str, writing: str, field: str, before: str, after: str
) -> None:
    assume(len(secret) >= 8)
    private = with_changes(NOTHING, secrets={"KEY": secret})
    # Half an escape right before text that is escaped in an unusual way changes the meaning of that text.
    glue = "" if writing in USUAL or "base64" in writing else " "
    body = planted(before + glue + WRITINGS[writing](secret) + glue + after, field)
    findings = [
        one for one in search("status.json", body, "application/json", OWN, private) if one.rule == "secret KEY"
    ]
    assert findings == [Leak("status.json", field, "secret KEY")]
    assert str(private_terms.refusal_of(findings)) == str(
        private_terms.refusal_of([Leak("status.json", field, "secret KEY")])
    )


@settings(max_examples=most(50))
@given(st.text(min_size=1, max_size=40), AROUND)
@example("A+", "")
@example("+1", "")
def test_any_name_is_found_as_a_word(name: str, around: str) -> None:
    assume(any(character.isalnum() for character in name) and "\ufffc" not in name)
    assume(name.lower() not in OWN)  # The job's own words, unchanged, are no finding.
    assume("\\" not in name)  # With the letter after it, it may be an escape with another meaning.
    private = with_changes(NOTHING, names=frozenset({name}))
    for text in (name, f"({name})", f"{around} {name} {around}", name.upper().lower() if name.isascii() else name):
        assert NAME in rules(text, private)


@settings(max_examples=most(50))
@given(
    st.ip_addresses().map(str),
    st.sampled_from(["{}", "at {}.", "http://{}/", "[{}]:80", "x={},", "{}/8", "Host: {}: no"]),
)
def test_any_address_is_found(address: str, frame: str) -> None:
    assume(address != "::" and any(character.isdigit() for character in address))
    assert ADDRESS in rules(frame.format(address), NOTHING)


ENGLISH = """
a about after all and are as at backups because been before behind below between by can changed checks client clients
cluster completed database daily degraded description did do domain down droplet due during each engineers every
expected false few files fixed for from full had has have hosted hour hours https if in incident infrastructure
internal investigating is issue it its local maintenance managed may minutes monitored monitoring more most network
new nightly no not object of off off-site on one only operational or other our outage over own page per performance
planned platform private provider recipe regions resolved restored retention secretary see services ship since site
sites slow some soon status storage than that the their there these they this to token under until up upgrade uptime
us users via was we were which while will with within without working you zero corp basic bearer key keys bucket host
hosts address lan
"""
WORD = st.sampled_from(ENGLISH.split()) | st.sampled_from(
    ["24/7", "99.98%", "1.2.3", "12:30-13:00", "2025-11-10", "10:30:00", "50"]
)
GAPS = st.sampled_from([" ", " ", " ", ", ", ". ", ": ", "; ", " - ", "\n", " & ", "/", " (", ") "])


@settings(max_examples=most(60))
@given(st.lists(st.tuples(WORD, GAPS), max_size=40), st.sampled_from(["text/plain", "text/html", "application/json"]))
def test_harmless_english_passes(parts: list[tuple[str, str]], kind: str) -> None:
    text = "".join(word + gap for word, gap in parts).capitalize()
    private = with_changes(PRIVATE, names=PRIVATE.names - {"unknown", "Backups", "99"})
    body = json.dumps({"notes": text}) if kind == "application/json" else text
    assert search("x", body.encode(), kind, OWN, private) == []


@settings(max_examples=most(50))
@given(st.binary(max_size=200), st.sampled_from(["text/plain", "text/html", "application/json"]))
def test_no_bytes_make_the_guard_fail(body: bytes, kind: str) -> None:
    search("x", body, kind, OWN, PRIVATE)


@pytest.mark.parametrize("text", ["&#0000000065;cme", "&#x00000000000041;cme"])
def test_an_entity_may_have_leading_zeros(text: str) -> None:
    assert NAME in rules(text, with_changes(NOTHING, names=frozenset({"acme"})))


def test_days_of_history_add_nothing_to_search_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their dates and numbers are the documents' own, so that only texts cost time, and not how long they are kept."""
    texts: set[str] = set()
    shapes = search_module.private_shapes

    def noted_shapes(text: str) -> set[str]:
        # The order of own words differs from run to run.
        texts.add(" ".join(sorted(text.split())))
        return shapes(text)

    monkeypatch.setattr(search_module, "private_shapes", noted_shapes)

    def searched(days: int) -> set[str]:
        private = dataclasses.replace(NOTHING)
        texts.clear()
        rules = private.sought.rules

        def noted(text: str) -> BrokenRules:
            texts.add(text)
            return rules(text)

        private.sought.rules = noted  # type: ignore[assignment]
        value = realistic()
        parts = tuple(dataclasses.replace(one, days=one.days[-days:]) for one in value.components)
        # The page names the components of an incident on its days, so that there are none.
        given = {"days": value.days[-days:], "components": parts, "announcements": Announcements()}
        value = dataclasses.replace(value, **given)
        for document in render_all(value, set(DOCUMENTS) - {"preview"}):
            if not document.local:
                found = search(document.name, document.body, document.content_type, document.own_words, private)
                assert found == [], document.name
        return set(texts)

    assert searched(90) == searched(1)
    assert any("Websites" in text for text in searched(1))


class Counting:
    """The patterns of the guard, which add the length of each text that they read to `read`."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def __getitem__(self, name: str) -> Any:
        pattern, read = PATTERN[name], self.read

        class Counted:
            def __getattr__(self, method: str) -> Callable[..., Any]:
                def call(*arguments: str) -> Any:
                    read.append(len(arguments[-1]))
                    return getattr(pattern, method)(*arguments)

                return call

        return Counted()


def test_markup_that_occurs_again_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    monkeypatch.setattr(search_module, "PATTERN", counting)

    def characters(days: int) -> int:
        counting.read.clear()
        rows = "".join(f'<tr><th scope="row">2025-11-{day:02}</th><td>100%</td></tr>' for day in range(1, 31))
        body = f"<table>{rows * days}</table>".encode()
        assert search("x", body, "text/html", frozenset({"table", "tr", "th", "td", "scope", "row"}), NOTHING) == []
        return sum(counting.read)

    assert characters(50) == characters(2) > 0
