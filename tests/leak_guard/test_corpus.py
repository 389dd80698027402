# SPDX-License-Identifier: MIT
"""The leak guard with a corpus of leaks and harmless texts, and with nested encodings."""

from __future__ import annotations

import dataclasses
import json
import struct
import zlib
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from elytra_status.documents import logo
from elytra_status.leak_guard import NAME, Private, find_leaks, search
from elytra_status.leak_guard.canonical import canonical, spaced
from elytra_status.leak_guard.rules import Sought
from elytra_status.leak_guard.terms import BrokenRules
from tests.counted_calls import calls
from tests.examples import most
from tests.leak_corpus.harmless import TEMPLATES, harmless
from tests.leak_corpus.leaks import HARD_OWN, KNOWN, NAMES, OWN, SECRETS, SHAPE, leaks
from tests.leak_corpus.rates import FIELDS, PRIVATE, SEED, is_found, missed
from tests.leak_corpus.writings import HARD, SHAPES, USUAL

pytestmark = pytest.mark.slow

NOTHING = Private({}, frozenset(), frozenset(), frozenset())
# These encodings can always be reversed.
ENCODINGS = {
    name: write
    for name, write in {**USUAL, **HARD}.items()
    if " of " not in name
    and name not in ("decomposed", "in two spans", "in two tspans", "CDATA", "Cyrillic letters", "Greek letters")
    and name not in (*SHAPES, "diaeresis as a sign")
}


@cache
def rates() -> dict[str, float]:
    """Return the rate of each group of leaks that is found, over all fields."""
    every = leaks(SEED)
    lost = missed(every)
    groups = {leak.group for leak in every}
    return {
        group: 1
        - sum(leak.group == group for leak, _ in lost) / sum(leak.group == group for leak in every) / len(FIELDS)
        for group in groups
    }


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(leaks(SEED)) >= 500
    assert len({leak.kind for leak in leaks(SEED)}) >= 100
    assert len(harmless(SEED)) >= 400
    assert len(TEMPLATES) >= 6


@pytest.mark.parametrize(("group", "least"), [(OWN, 1), (HARD_OWN, 0.98), (KNOWN, 0.95), (SHAPE, 0.98)])
def test_leaks_are_found_in_every_field(group: str, least: float) -> None:
    assert rates()[group] >= least


def test_of_harmless_texts_one_of_two_hundred_at_most_is_stopped() -> None:
    every = harmless(SEED)
    stopped = [
        text for text in every if any(is_found(text, field) for field in ("status.json, notes", "page, escaped"))
    ]
    assert len(stopped) <= len(every) / 200, stopped


@settings(max_examples=most(60))
@given(
    st.sampled_from(sorted(ENCODINGS)),
    st.sampled_from(sorted(ENCODINGS)),
    st.sampled_from([*SECRETS.values(), *NAMES]),
    st.sampled_from(["", "see ", "Seit gestern: ", "1. "]),
)
def test_what_is_own_is_found_in_every_composition_of_two_encodings(
    first: str, second: str, value: str, before: str
) -> None:
    text = f"{before}{ENCODINGS[second](ENCODINGS[first](value))} there"
    assert find_leaks(text, PRIVATE), text


@settings(max_examples=most(80))
@given(st.text(max_size=60) | st.text("&%;#x25amp\\u0041[.]<>ßüА", max_size=40), st.booleans())
@example("%2525252525252541", True)
@example("&amp;amp;amp;amp;amp;amp;amp;#65;", True)
def test_to_make_a_text_canonical_twice_changes_nothing(text: str, by_shape: bool) -> None:
    once = canonical(text, by_shape=by_shape)
    assert canonical(once, by_shape=by_shape) == once
    assert spaced(spaced(once)) == spaced(once)


@pytest.mark.parametrize("piece", ["client ", "a%20", "&amp;", "YWJjMTIzNDU2 ", "10.0.0 ", "<b>ü</b>", "a.b@c:1 "])
def test_work_grows_with_the_text_and_not_with_its_square_or_with_the_names(piece: str) -> None:
    names = frozenset(f"Client {number} of {number % 7 * 'many '}{number * 7919 % 10007}" for number in range(10_000))
    private = dataclasses.replace(PRIVATE, names=names)

    def work(times: int) -> int:
        return calls(lambda: search("x", (piece * times).encode(), "text/plain", frozenset(), private))

    work(10)
    assert work(4000) < 2.5 * work(2000) + 1000
    assert NAME in {one.rule for one in find_leaks(piece * 2000 + " " + max(names), private)}


PIECES = (
    "ﷺ",
    "㌀",
    "6",
    "6a",
    "a",
    "ü",
    "한",
    "😀",
    "🇩",
    "🅰",
    "٣",
    "&uuml;",
    "\\u{43}",
    "%2541",
    "0x43, ",
    "YWJj ",
    "<b>ü</b>",
    "<",
)


@pytest.mark.parametrize("piece", PIECES)
def test_no_more_is_read_than_four_characters_for_each_byte_of_a_document(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = Sought._rules_of

    def count(self: Sought, text: str, by_shape: bool, least: int) -> BrokenRules:
        read.append(len(text))
        return whole(self, text, by_shape, least)

    monkeypatch.setattr(Sought, "_rules_of", count)
    body = (piece * (20_000 // len(piece.encode()))).encode()
    search("x", body, "text/plain", frozenset(), PRIVATE)
    assert sum(read) < 4 * len(body)


def days(count: int) -> tuple[bytes, str]:
    listed = [{"date": "2026-11-28", "uptime_percent": number / 1000} for number in range(count)]
    return json.dumps({"days": listed}, indent=2).encode(), "application/json"


def rows(count: int) -> tuple[bytes, str]:
    return (b"<ul>" + b'<li class="row"><b>2026-11-28</b> days</li>\n' * count + b"</ul>"), "text/html"


@pytest.mark.parametrize("write", [days, rows])
def test_what_is_a_documents_own_is_left_out_without_being_read(write: Callable[[int], tuple[bytes, str]]) -> None:
    own = frozenset({"days", "date", "uptime_percent", "2026-11-28", "ul", "li", "class", "row", "b"})

    def work(count: int) -> int:
        body, kind = write(count)
        return calls(lambda: search("x", body, kind, own, PRIVATE))

    work(1)
    assert work(4000) < work(40) + 200
    body, kind = write(40)
    leaking = body.replace(b"2026-11-28", b"Stadtwerke Nord", 1)
    assert NAME in {one.rule for one in search("x", leaking, kind, own, PRIVATE)}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            *chunks,
            chunk(b"IDAT", zlib.compress(b"\0\0")),
            chunk(b"IEND", b""),
        )
    )


TEXT = b"made for Stadtwerke Nord"
CHUNKS = {
    "tEXt": chunk(b"tEXt", b"Comment\0" + TEXT),
    "zTXt": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(TEXT)),
    "iTXt": chunk(b"iTXt", b"Comment\0\0\0de\0Kommentar\0" + TEXT),
    "iTXt, compressed": chunk(b"iTXt", b"Comment\0\1\0de\0Kommentar\0" + zlib.compress(TEXT)),
    "EXIF": chunk(b"eXIf", b"II*\0\x08\0\0\0" + TEXT + b"\0"),
    "EXIF, UTF-16": chunk(b"eXIf", b"II*\0\x08\0\0\0" + TEXT.decode().encode("utf-16-le") + b"\0\0"),
}


@pytest.mark.parametrize("kind", CHUNKS)
def test_a_text_in_a_picture_is_found_in_every_kind_of_chunk(kind: str) -> None:
    assert NAME in logo.broken_rules(logo.picture_of(png(CHUNKS[kind])), PRIVATE)
    assert not logo.broken_rules(logo.picture_of(png()), PRIVATE)


@pytest.mark.parametrize(
    "drawn",
    [
        "<text>Stadtwerke Nord</text>",
        "<text><tspan>Stadt</tspan><tspan x='3'>werke Nord</tspan></text>",
        "<text>Stadt</text>\n<text x='4'>werke Nord</text>",
        "<text>\n <a>S</a>tadtwerke<tspan> Nord</tspan></text>",
        "<text><![CDATA[Stadtwerke]]> Nord</text>",
    ],
)
def test_a_text_that_a_picture_draws_in_pieces_is_found(drawn: str) -> None:
    picture = logo.picture_of(f'<svg xmlns="http://www.w3.org/2000/svg">{drawn}</svg>'.encode())
    assert NAME in logo.broken_rules(picture, PRIVATE)
    half = logo.picture_of(b'<svg xmlns="http://www.w3.org/2000/svg"><text><tspan>Nord</tspan></text></svg>')
    tags = dataclasses.replace(PRIVATE, names=frozenset({"text", "tspan", "xmlns"}))
    assert not logo.broken_rules(half, tags)


@pytest.mark.parametrize("data", [b"", b"\0" * 40, b"Comment\0\0" + zlib.compress(b"\0" * 10_000_000)])
def test_a_broken_or_swelling_chunk_is_read_as_far_as_it_goes(data: bytes) -> None:
    logo.broken_rules(logo.picture_of(png(chunk(b"zTXt", data)[:3000], CHUNKS["zTXt"])[:3400]), PRIVATE)


@pytest.mark.parametrize("word", ["version", "Firmware", "Kapitel", "from"])
def test_a_name_of_a_product_makes_no_private_address_a_version(word: str) -> None:
    assert not find_leaks("Redis 7.2.4.1 is out", NOTHING)
    assert find_leaks("Redis 10.1.2.3 is down", NOTHING)
    assert bool(find_leaks(f"{word} 10.1.2.3", NOTHING)) is (word == "from")


def test_a_secret_in_escapes_that_a_mail_has_wrapped_is_found() -> None:
    for value in SECRETS.values():
        escaped = "".join(f"\\u{ord(sign):04x}" for sign in value)
        wrapped = "=\n".join(escaped[start : start + 25] for start in range(0, len(escaped), 25))
        assert find_leaks(f"see {wrapped} there", PRIVATE), value
    assert find_leaks("password=\nhunter2hunter2", PRIVATE) == find_leaks("password= hunter2hunter2", PRIVATE)


def test_a_name_that_a_mail_has_wrapped_is_found() -> None:
    for name in NAMES:
        half = len(name) // 2
        assert find_leaks(f"see {name[:half]}=\n{name[half:]} there", PRIVATE), name
