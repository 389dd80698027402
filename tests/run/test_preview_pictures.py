# SPDX-License-Identifier: MIT
"""og.png: drawn when it shows something new, and never in the way of the status."""

from __future__ import annotations

import base64
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from elytra_status import leak_guard
from elytra_status.demo.replay import ReplayServer
from elytra_status.documents import Document, EarlierDocument, Publication, body_digest, document_digest, render_all
from elytra_status.documents.appearance import COLOURS
from elytra_status.documents.document import PREVIEW_SIZE, PreviewPicture
from elytra_status.documents.preview_picture import NAME, Subject
from elytra_status.leak_guard import Private
from elytra_status.model import PlatformStatus
from elytra_status.run import drawing, earlier_documents, job
from elytra_status.run.preview_pictures import preview_picture
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.published import ADDRESS, NOW, published, with_address
from tests.run.test_publication import values

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
Start = Callable[..., ReplayServer]

SUBJECT = Subject("Example Hosting", "All systems operational", "operational", "#0b57d0", "")
DRAWN_FROM = "0" * 64
# No font of Debian has letters of the Private Use Area.
NO_LETTERS = "\ue000\ue001"


def opened(body: bytes) -> Image.Image:
    return Image.open(BytesIO(body)).convert("RGB")


def kinds_of_chunks(png: bytes) -> Iterator[bytes]:
    position = 8
    while position < len(png):
        length = int.from_bytes(png[position : position + 4], "big")
        yield png[position + 4 : position + 8]
        position += length + 12


def distance(one: tuple[int, ...], other: str) -> int:
    return max(abs(part - int(other[1 + 2 * at : 3 + 2 * at], 16)) for at, part in enumerate(one))


def parts_with_ink(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Return in how many pixels of a box something is drawn."""
    part = picture.crop(box)
    ground = part.getpixel((0, 0))
    return sum(pixel != ground for pixel in part.getdata())


HEADLINE_BOX, TITLE_BOX = (344, 180, 1200, 630), (72, 0, 1200, 160)


@pytest.mark.parametrize("appearance", COLOURS)
@pytest.mark.parametrize("headline", ["All systems operational", f"Service outage: {'Websites, ' * 9}Mail", "W" * 100])
def test_a_picture_is_small_and_the_same_each_time(appearance: str, headline: str) -> None:
    subject = SUBJECT._replace(appearance=appearance, headline=headline)
    body = drawing.draw(subject, DRAWN_FROM)
    assert body == drawing.draw(subject, DRAWN_FROM)
    assert len(body) <= drawing.LARGEST
    picture = opened(body)
    assert picture.size == PREVIEW_SIZE
    assert distance(picture.getpixel((10, 620)), COLOURS[appearance]) <= 4
    assert parts_with_ink(picture, HEADLINE_BOX)
    # Nothing is cut off at the right.
    assert not parts_with_ink(picture, (1200 - 40, 180, 1200, 630))


def test_a_picture_holds_nothing_but_itself_and_its_checksum() -> None:
    body = drawing.draw(SUBJECT, DRAWN_FROM)
    assert set(kinds_of_chunks(body)) == {b"IHDR", b"PLTE", b"tEXt", b"IDAT", b"IEND"}
    assert Image.open(BytesIO(body)).info == {drawing.KEYWORD: DRAWN_FROM}


@pytest.mark.parametrize("text", [NO_LETTERS, f"Hosting {NO_LETTERS}"])
def test_a_text_without_letters_in_any_font_is_left_out(text: str) -> None:
    assert drawing.missing_letters([text, "Zürich Ελλάδα Москва"]) == [text]
    assert drawing.draw(SUBJECT._replace(title=text), DRAWN_FROM) == drawing.draw(
        SUBJECT._replace(title=""), DRAWN_FROM
    )
    picture = opened(drawing.draw(SUBJECT._replace(headline=text), DRAWN_FROM))
    assert not parts_with_ink(picture, HEADLINE_BOX)
    assert parts_with_ink(picture, TITLE_BOX)


def test_arabic_is_written_from_the_right_and_left_out_where_letters_cannot_be_joined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from PIL import features

    subject = SUBJECT._replace(title="استضافة")
    right = (800, 0, 1200, 160)
    if features.check("raqm") and features.check("fribidi"):
        assert parts_with_ink(opened(drawing.draw(subject, DRAWN_FROM)), right)
    monkeypatch.setattr(features, "check", lambda _: False)
    assert not parts_with_ink(opened(drawing.draw(subject, DRAWN_FROM)), TITLE_BOX)


def logo(size: tuple[int, int]) -> str:
    file = BytesIO()
    Image.new("RGB", size, "#aa0000").save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def test_a_logo_is_drawn_if_it_is_a_png_of_reasonable_size() -> None:
    without = drawing.draw(SUBJECT, DRAWN_FROM)
    picture = opened(drawing.draw(SUBJECT._replace(logo=logo((40, 20))), DRAWN_FROM))
    assert distance(picture.getpixel((80, 83)), "#aa0000") <= 4
    drawn_svg = f"data:image/svg+xml;base64,{base64.b64encode(b'<svg/>').decode()}"
    for other in (logo((3000, 2)), drawn_svg):
        assert drawing.draw(SUBJECT._replace(logo=other), DRAWN_FROM) == without


def test_a_damaged_logo_is_left_out() -> None:
    body = base64.b64decode(logo((40, 20)).partition(",")[2])
    for damaged in (body[:10], body[:60], body[:50] + b"x" + body[51:]):
        address = f"data:image/png;base64,{base64.b64encode(damaged).decode()}"
        assert drawing.draw(SUBJECT._replace(logo=address), DRAWN_FROM) == drawing.draw(SUBJECT, DRAWN_FROM)


def test_a_logo_with_too_many_pixels_is_not_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    body = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    bomb = f"data:image/png;base64,{base64.b64encode(body).decode()}"
    assert drawing.draw(SUBJECT._replace(logo=bomb), DRAWN_FROM) == drawing.draw(SUBJECT, DRAWN_FROM)


# What a run does with it


def value_of(status: PlatformStatus = PlatformStatus.OPERATIONAL) -> Publication:
    return with_address(published(status), ADDRESS)


def with_picture(value: Publication, earlier: dict[str, EarlierDocument] | None = None) -> Publication:
    return replace(value, preview=preview_picture(value, earlier or {}))


def document_of(value: Publication) -> Document:
    (document,) = [one for one in render_all(value, ("preview",)) if one.name == NAME]
    return document


def as_earlier(document: Document) -> dict[str, EarlierDocument]:
    digest = document_digest(document)
    return {NAME: EarlierDocument(NOW, digest, body=document.body, of_body=body_digest(document))}


def forbid_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "draw", lambda *_: pytest.fail("it was drawn again"))


def test_a_picture_without_news_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    document = document_of(with_picture(value_of()))
    forbid_drawing(monkeypatch)
    assert document_of(with_picture(value_of(), as_earlier(document))).body == document.body


def test_news_are_drawn() -> None:
    document = document_of(with_picture(value_of()))
    for value in (value_of(PlatformStatus.OUTAGE), *map(with_texts, ({"title": "Other"}, {"colour": "#aa0000"}))):
        other = document_of(with_picture(value, as_earlier(document)))
        assert other.body != document.body


def with_texts(changes: dict[str, str]) -> Publication:
    value = value_of()
    return replace(value, texts=replace(value.texts, **changes))  # type: ignore[arg-type]


def test_a_font_that_was_installed_since_draws_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    document = document_of(with_picture(value_of()))
    present = drawing.fonts()
    monkeypatch.setattr(drawing, "fonts", lambda: (*present, *present))
    assert document_of(with_picture(value_of(), as_earlier(document))).body != document.body


def test_a_damaged_picture_is_drawn_anew() -> None:
    document = document_of(with_picture(value_of()))
    there = as_earlier(document)
    damaged = {NAME: replace(there[NAME], body=document.body[:-20])}
    assert document_of(with_picture(value_of(), damaged)).body == document.body


def test_without_an_address_nobody_would_find_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_drawing(monkeypatch)
    assert preview_picture(with_address(published(), None), {}) is None


def test_whatever_goes_wrong_is_a_warning(monkeypatch: pytest.MonkeyPatch, log_lines: list[str]) -> None:
    def broken(*_: object) -> bytes:
        raise OSError("cannot open resource")

    monkeypatch.setattr(drawing, "draw", broken)
    assert preview_picture(value_of(), {}) is None
    (line,) = [line for line in log_lines if NAME in line]
    assert "og.png cannot be drawn (OSError: cannot open resource). Check python3-pil" in line


# The pages


def tags_of(value: Publication, name: str) -> str:
    documents = {one.name: one for one in render_all(value, ("page", "incidents", "preview"))}
    return documents[name].body.decode().partition("<style")[0]


def test_the_page_names_the_picture_by_an_address_of_its_content() -> None:
    value = replace(value_of(), preview=PreviewPicture(b"1", "ab" * 32))
    head = tags_of(value, "index.html")
    assert f'<meta property="og:image" content="{ADDRESS}og.png?v=abababab">' in head
    assert '<meta property="og:image:width" content="1200">' in head
    assert '<meta property="og:image:height" content="630">' in head
    assert f'<meta property="og:image:alt" content="{value.headline.text}">' in head
    assert 'content="summary_large_image"' in head


@pytest.mark.parametrize("address", [None, ADDRESS])
def test_without_a_picture_or_an_address_there_is_no_tag_of_one(address: str | None) -> None:
    value = with_address(published(), address)
    for one in (value, replace(value, preview=PreviewPicture(b"1", "ab" * 32)) if address is None else value):
        head = tags_of(one, "index.html")
        assert "og:image" not in head
        assert "twitter:card" not in head
    assert 'name="twitter:card" content="summary"' in tags_of(value, "incidents/index.html")


def test_pages_of_what_is_over_do_not_show_the_present() -> None:
    value = replace(value_of(PlatformStatus.OUTAGE), preview=PreviewPicture(b"1", "ab" * 32))
    (ongoing,) = value.open_incidents
    (past, *_) = value.past_incidents
    assert "og:image" in tags_of(value, f"incidents/{ongoing.identifier}.html")
    assert "og:image" not in tags_of(value, f"incidents/{past.identifier}.html")
    assert "og:image" not in tags_of(value, "incidents/index.html")


# The leak guard


def test_the_texts_of_a_picture_are_searched() -> None:
    private = Private({}, frozenset(), frozenset(), frozenset({"Secret Client", "Operational"}), ())
    document = document_of(replace(with_texts({"title": "For Secret Client"}), preview=PreviewPicture(b"1", "ab" * 32)))
    found = leak_guard.search_drawn(document.name, document.drawn, document.own_words, private)
    assert [(leak.document, leak.rule) for leak in found] == [(NAME, leak_guard.NAME)]
    document = document_of(replace(value_of(), preview=PreviewPicture(b"1", "ab" * 32)))
    assert not leak_guard.search_drawn(document.name, document.drawn, document.own_words, private)


# Whole runs


@pytest.fixture
def installation(start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path) -> Callable[..., Path]:
    """Runs the job, and returns the public directory."""
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)

    def run(**more: str) -> Path:
        job.run(make_settings(**values(kuma, **more)), clock, tmp_path)
        return tmp_path / "public"

    return run


@pytest.mark.slow
def test_a_run_without_news_does_not_import_the_library(
    installation: Callable[..., Path], clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = installation() / NAME
    body = picture.read_bytes()
    assert distance(opened(body).getpixel((10, 620)), COLOURS["outage"]) <= 4
    for name in [name for name in sys.modules if name.partition(".")[0] == "PIL"]:
        monkeypatch.delitem(sys.modules, name)
    written = picture.stat().st_mtime_ns
    clock.sleep(600)
    installation()
    assert "PIL" not in sys.modules
    assert picture.stat().st_mtime_ns == written
    page = picture.with_name("index.html").read_text()
    assert f"https://status.example.com/og.png?v={drawn_from(body)[:8]}" in page


def drawn_from(body: bytes) -> str:
    return str(Image.open(BytesIO(body)).info[drawing.KEYWORD])


@pytest.mark.slow
def test_without_the_library_the_status_is_published_and_the_old_picture_removed(
    installation: Callable[..., Path], clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = installation()
    assert (public / NAME).exists()
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    clock.sleep(600)
    installation(PAGE_TITLE="Another title")
    assert not (public / NAME).exists()
    assert "og:image" not in (public / "index.html").read_text()
    assert "Another title" in (public / "index.html").read_text()


@pytest.mark.slow
def test_a_withheld_title_is_not_drawn(
    installation: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drawn = []
    real = drawing.draw
    monkeypatch.setattr(drawing, "draw", lambda subject, text: drawn.append(subject) or real(subject, text))
    installation(PAGE_TITLE="For acme-internal at 10.1.2.3")
    assert [subject.title for subject in drawn] == ["Platform status"]
    assert earlier_documents.read(tmp_path)[NAME].body is not None
