# SPDX-License-Identifier: MIT
"""card.js as bytes: small, the same for all, and nothing that the leak guard must stop. tests/browser has it run."""

from __future__ import annotations

import gzip
import re

from elytra_status import leak_guard
from elytra_status.documents import Document, render_all
from elytra_status.documents.appearance import COLOURS
from elytra_status.leak_guard import Private
from elytra_status.model import PlatformStatus
from tests.published import published


def card(status: PlatformStatus = PlatformStatus.OPERATIONAL, text: str = "x") -> Document:
    (document,) = (one for one in render_all(published(status, text), ("card",)) if one.name == "card.js")
    return document


def searched(body: bytes, private: Private) -> list[leak_guard.Leak]:
    made = card()
    return leak_guard.search(made.name, body, made.content_type, made.own_words, private)


def test_it_is_at_most_four_kilobytes_compressed() -> None:
    assert len(gzip.compress(card().body, 9)) <= 4000


def test_it_is_the_same_for_every_run() -> None:
    assert card() == card(PlatformStatus.OUTAGE, "Another text")


def test_a_page_in_any_encoding_may_embed_it() -> None:
    assert card().body.isascii()


def test_it_has_the_colours_of_the_badge() -> None:
    for look, colour in COLOURS.items():
        assert re.search(rf"--elytra-status-{look},light-dark\({colour},", card().body.decode())


def test_a_monitor_or_a_short_secret_that_is_a_word_of_it_keeps_nothing_from_being_published() -> None:
    words = frozenset(re.findall(r"[A-Za-z-]{2,}", card().body.decode()))
    assert searched(card().body, Private({"KEY": "status"}, frozenset(), words, words)) == []


def test_what_does_not_belong_into_it_is_found() -> None:
    private = Private({"KEY": "sekret-of-the-platform"}, frozenset(), frozenset(), frozenset({"Acme-Shop"}))
    for text in ("Acme-Shop", "sekret-of-the-platform"):
        assert searched(card().body + f"// {text}\n".encode(), private)
