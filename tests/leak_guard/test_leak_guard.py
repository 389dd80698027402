# SPDX-License-Identifier: MIT
"""What the leak guard reads, and what its findings and errors say."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from elytra_status import leak_guard
from elytra_status.errors import REFUSED
from elytra_status.leak_guard import BUCKET, HOST, NAME, NOT_JSON, NOT_UTF8, WHOLE, Leak, search
from elytra_status.leak_guard.lists import compiled, lines
from elytra_status.leak_guard.patterns import ADDRESS, STORAGE
from elytra_status.run import private_terms
from tests.guarded import KEY, NOTHING, OWN, PRIVATE, found, rules, with_changes


def test_the_contracts_own_words_are_no_names() -> None:
    document = {
        "backups": {"policy": "unknown"},
        "platform_status": "unknown",
        "times": "2099-11-10T15:30:00Z",
        "uptime": 99.0,
        "notices": [],
    }
    words = frozenset({"Backups", "unknown", "2099-11-10t15", "30", "99", "99.0", "notices", "policy"})
    private = with_changes(NOTHING, names=words, hosts=words, buckets=words)
    assert found(document, private) == []
    assert found({"policy": "state unknown"}, private) == [("policy", rule) for rule in (BUCKET, HOST, NAME)]
    assert found({"policy": "Unknown"}, private)[0] == ("policy", BUCKET)
    assert found({"Backups": 1}, private)[0] == ("(key 1)", BUCKET)


def test_in_markup_own_words_are_whole_texts_and_names_of_elements_and_attributes() -> None:
    private = with_changes(NOTHING, names=frozenset({"unknown", "svg", "Text", "notes", "2099"}))
    page = "<svg text='unknown'><text notes = \"svg\">unknown</text>\n<i>2099-11-10T15:30:00Z</i>&amp;</svg>"
    assert rules(page, private, "image/svg+xml") == set()
    assert rules('<svg notes="1" text="2" svg="unknown"/>', private, "image/svg+xml") == set()
    assert rules('<svg notes="unknown svg"/>', private, "image/svg+xml") == {NAME}
    assert rules("<p>state unknown</p>", private, "text/html") == {NAME}
    assert rules("<p>svg text</p>", private, "text/html") == {NAME}
    assert rules("<p>Unknown</p>", private, "text/html") == {NAME}
    assert rules("'unknown'", private, "text/html") == set()
    assert rules("'unknown'", private, "text/plain") == {NAME}


def test_what_stands_in_two_blocks_of_a_page_is_no_name_together() -> None:
    private = with_changes(NOTHING, names=frozenset({"Web Shop"}))
    for page in ("<th>Web</th><th>Shop</th>", "<li>Web</li>\n<li>Shop</li>", "<h3>Web</h3><p>svg</p><h3>Shop</h3>"):
        assert rules(page, private, "text/html") == set()
    assert rules("<text>Web</text><text>Shop</text>", private, "image/svg+xml") == set()
    assert rules("<p>Web <b>Shop</b></p>", private, "text/html") == {NAME}


@pytest.mark.parametrize(
    "svg",
    [
        "<text title='a>b'>We</text><text x='>'>b Shop</text>",
        "<text>We<!-- a --><tspan dy='>'>b</tspan> Shop</text>",
        "<text>We</text></g><g><a href='x'><text>b Shop</text></a>",
        "<text><textPath href='#p'>Web</textPath> Shop</text>",
        "<g aria-label='Web Shop'/>",
        "<text>Web <![CDATA[Sh]]>op</text>",
    ],
)
def test_a_name_that_a_picture_draws_in_pieces_is_found(svg: str) -> None:
    private = with_changes(NOTHING, names=frozenset({"Web Shop"}))
    found = search("x", f"<svg>{svg}</svg>".encode(), "image/svg+xml", frozenset(), private)
    assert [one.rule for one in found] == [NAME]


@pytest.mark.parametrize("name", ["patterns.list", "shapes.list"])
def test_every_pattern_can_be_compiled(name: str) -> None:
    """A run compiles a pattern when it is first used: a malformed one would show only then."""
    assert all(compiled(line.split("\t")[-1]) for line in lines(name))


def test_the_guard_is_small_and_each_file_says_what_it_does() -> None:
    modules = [path.read_text("utf-8") for path in Path(leak_guard.__file__).parent.glob("*.py")]
    code = [ast.unparse(ast.parse(text)).splitlines() for text in modules]
    assert sum(map(len, code)) < 700
    assert all(line.isprintable() and len(line) <= 120 for text in modules for line in text.splitlines())
    purposes = [(ast.get_docstring(ast.parse(text)) or "").partition("\n")[0] for text in modules]
    assert all(purpose.endswith(".") for purpose in purposes)


@pytest.mark.parametrize(
    "markup", ["Acme Corp", "Acme Corp<p>x</p>", "<p title=Acme\tCorp>x</p>", "<!-- Acme Corp -->"]
)
def test_an_empty_text_among_the_own_words_joins_no_words(markup: str) -> None:
    assert [one.rule for one in search("x", markup.encode(), "text/html", OWN | {"", "p"}, PRIVATE)] == [NAME]


def test_a_finding_names_field_or_line_once() -> None:
    document = {
        "infrastructure": {"notes": f"{KEY} at 10.0.0.1, again {KEY} 10.0.0.1"},
        "notices": [{"text": "10.0.0.2"}],
    }
    assert found(document) == [
        ("infrastructure.notes", ADDRESS),
        ("infrastructure.notes", "secret KUMA_KEY"),
        ("notices[0].text", ADDRESS),
    ]
    page = b"<p>\nAcme Corp 10.0.0.1</p>\n<p>Acme\nCorp 10.0.0.1 kuma.example</p>\n<b>s3:</b><i>//</i>"
    assert [(one.field, one.rule) for one in search("x", page, "text/html", OWN, PRIVATE)] == [
        ("line 2", ADDRESS),
        ("line 2", NAME),
        ("line 4", ADDRESS),
        ("line 4", HOST),
        ("line 5", STORAGE),
    ]
    assert search("x", b"Line one\nline two", "text/plain", OWN, PRIVATE) == [Leak("x", WHOLE, NAME)]


def test_what_can_not_be_read_is_refused_and_searched_all_the_same() -> None:
    def told(body: bytes, content_type: str = "application/json") -> list[str]:
        return [one.rule for one in search("x", body, content_type, OWN, PRIVATE)]

    assert told(b"caf\xe9", "text/plain") == [NOT_UTF8]
    assert told("harmless".encode("utf-16-le"), "text/plain") == [NOT_UTF8]
    assert told(b"\xff 10.0.0.1", "text/html") == [NOT_UTF8, ADDRESS]
    assert told(b'{"a": "\xe9"}') == [NOT_UTF8]
    assert told(b'{"notes": "Acme Corp"') == [NOT_JSON, NAME]
    assert told(b"[" * 100_000) == [NOT_JSON]
    assert told(b"") == [NOT_JSON]
    assert told(b'"Acme \\u0043orp', "Application/JSON ; charset=utf-8") == [NOT_JSON, NAME]
    assert told(b"Acme", "application/feed+json") == [NOT_JSON]
    assert told(b'["\\ud800 \\ud83d\\ude80 Acme Corp"]') == [NAME]
    assert told(b"") == [NOT_JSON]
    assert told(b"", "text/plain") == []


def test_an_error_says_where_by_which_rule_and_what_to_do_and_nothing_else() -> None:
    private = with_changes(PRIVATE, secrets={"KUMA_KEY": KEY})
    findings = search(
        "status.json", json.dumps({"infrastructure": {"notes": "Acme Corp"}}).encode(), "application/json", OWN, private
    )
    error = private_terms.refusal_of(findings)
    assert error.exit_status == REFUSED
    assert error.problem == f'status.json: infrastructure.notes breaks rule "{NAME}"'
    assert "PUBLIC_WORDS" in error.remedy
    error = private_terms.refusal_of([*findings, Leak("status.json", "notices[0].text", "secret KUMA_KEY")])
    assert error.problem.endswith('; status.json: notices[0].text breaks rule "secret KUMA_KEY"')
    assert "PUBLIC_WORDS" not in private_terms.refusal_of([Leak("x", "y", HOST)]).remedy
    assert "and 980 more" in private_terms.refusal_of([Leak("x", str(number), HOST) for number in range(1000)]).problem


def test_private_shows_nothing_of_what_it_holds() -> None:
    shown = repr(PRIVATE) + str(PRIVATE) + f"{PRIVATE}"
    for value in (KEY, "KUMA_KEY", "acme-backups", "kuma.example", "Acme Corp"):
        assert value not in shown
