# SPDX-License-Identifier: MIT
"""All documents together: their names, their moment, and the leak guard."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from elytra_status.documents import MODULES, render_all
from elytra_status.leak_guard import Private
from elytra_status.model import PlatformStatus
from elytra_status.settings.definitions import DOCUMENTS
from elytra_status.system.clock import to_text
from tests.published import ADDRESS, HOSTILE, NOW, in_english_and_german, published, realistic, with_address
from tests.rendered import EVERY_JSON, STATUSES, documents, guarded, names


def test_every_document_has_a_word_in_publish() -> None:
    assert set(MODULES) <= set(DOCUMENTS)


def test_status_json_is_the_last_and_always_there() -> None:
    assert [document.name for document in render_all(published(), ("status",)) if not document.local] == ["status.json"]
    assert [document.name for document in render_all(published(), DOCUMENTS)][-1] == "status.json"
    assert len(render_all(published(), ("badge", "card"))) == len(render_all(published(), ("status",))) + 6


def test_all_are_of_the_same_moment() -> None:
    moment = to_text(NOW)
    found = documents(published())
    for name in EVERY_JSON - {"badge.json"} | {"status.json"}:
        value = json.loads(found[name].body)
        of_page = value.get("page", {}).get("updated_at", "").replace(".000Z", "Z")
        assert value.get("updated_at", of_page) == moment, name
    assert f"<updated>{moment}</updated>" in found["feed.atom"].body.decode()
    assert b"LAST-MODIFIED:20251110T153000Z" in found["calendar.ics"].body


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}folder/", None])
def test_no_document_links_to_a_folder(address: str | None) -> None:
    """A bucket whose listing is restricted answers AccessDenied for it."""
    given = with_address(in_english_and_german(realistic(PlatformStatus.OUTAGE)), address)
    pages = tuple(replace(texts, address=address) for texts in given.page_texts)
    links = set()
    for document in render_all(replace(given, page_texts=pages), DOCUMENTS):
        body = document.body.decode() if document.content_type != "image/png" else ""
        links |= set(re.findall(r'(?:href="|content="(?=http)|"(?:url|shortlink)":"|URL:)([^"\r\n#][^"\r\n#]*)', body))
    assert len(links) > 40
    assert {link for link in links if link.rpartition("/")[2] in ("", ".", "..")} == {"https://www.example.com/"}


def test_no_two_have_the_same_name() -> None:
    found = render_all(published(), DOCUMENTS)
    assert len({document.name for document in found}) == len(found)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("rule", ["all-up", "maintenance"])
@pytest.mark.parametrize("address", [ADDRESS, None])
def test_own_words_are_no_leak_whatever_a_monitor_is_called(
    status: PlatformStatus, rule: str, address: str | None
) -> None:
    given = with_address(published(status, "X", rule), address)
    found = {name: document for name, document in documents(given).items() if not document.local}
    written = " ".join(document.body.decode() for document in found.values())
    words = set(re.findall(r"[^\W\d_]{2,}", written)) - {"Another", "Third", "another", "third"}
    assert len(words) > 100
    # A monitor called xmlns:x is none; and what a public address is made of is public.
    assert guarded(found, names(*words, "Service outage", "Maintenance in progress")) == set()


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_of_a_person_is_searched_for_names(text: str) -> None:
    found = documents(published(text=f"MARKER {text}"))
    with_texts = {name for name, document in found.items() if b"MARKER" in document.body and not document.local}
    assert with_texts >= {"feed.atom", "calendar.ics", "history.json", "api/v2/summary.json"}
    assert guarded(found, names("Marker")) >= with_texts


def test_a_name_that_a_calendar_folds_or_escapes_is_found() -> None:
    found = documents(published(text="x" * 40 + " Acme, Shops; and Sons " + "y" * 40))
    assert b"\r\n " in found["calendar.ics"].body
    assert "calendar.ics" in guarded(found, names("Acme, Shops; and Sons"))
    secret = Private({"KEY": "sekr,et;\\of-the-platform" * 4}, frozenset(), frozenset(), frozenset())
    assert "calendar.ics" in guarded(documents(published(text=f"is {secret.secrets['KEY']}")), secret)


def test_a_name_that_a_feed_escapes_is_found() -> None:
    assert "feed.atom" in guarded(documents(published(text="At <Smith & Sons> now")), names("Smith & Sons"))
