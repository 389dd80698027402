# SPDX-License-Identifier: MIT
"""What visitors get of a directory at STATUS_URL, as they read it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.documents import Document
from elytra_status.errors import PublishError
from elytra_status.publish import directory
from elytra_status.publish.target import Unseen
from elytra_status.publish.upload import publish as publish_set
from elytra_status.publish.visitor_check import VisitorCheck
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.publish.conftest import Hurried
from tests.publishing import BADGE, NOW, Make, body_of, cached, documents_of

pytestmark = pytest.mark.slow

DOCUMENTS = [BADGE, *documents_of()]
PAGE = replace(BADGE, name="index.html", content_type="text/html; charset=utf-8")


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "srv"


@pytest.fixture
def web(cache: HostileS3, public: Path) -> HostileS3:
    """A web server that serves the directory."""

    def serve(request: Request) -> Reply:
        path = public / request.path.removeprefix("/")
        kind = {".json": "application/json", ".html": PAGE.content_type}.get(path.suffix, BADGE.content_type)
        return cached(path.read_bytes(), kind) if path.is_file() else Reply(404)

    cache.answer = serve
    return cache


@pytest.fixture
def settings(web: HostileS3, public: Path, make_settings: Make) -> Settings:
    return make_settings(PUBLIC_DIRECTORY=public, STATUS_URL=f"{web.url}/status.json")


def published(settings: Settings, state: Path, documents: Sequence[Document] = DOCUMENTS) -> VisitorCheck:
    """Publish, and read as a visitor does."""
    assert publish_set(publish.configured(settings, state, SYSTEM_CLOCK), documents, NOW, clock=SYSTEM_CLOCK)
    return directory.read_as_visitor(settings, state, Hurried())


def test_what_a_web_server_serves_is_read_back(settings: Settings, web: HostileS3, tmp_path: Path) -> None:
    check = published(settings, tmp_path, [PAGE, *DOCUMENTS])
    assert sorted(request.path for request in web.requests) == ["/index.html", "/status.json"]
    assert (check.expiries, check.unseen) == ({}, {})


def test_a_run_reads_nothing_at_the_public_address(settings: Settings, web: HostileS3, tmp_path: Path) -> None:
    assert publish_set(publish.configured(settings, tmp_path, SYSTEM_CLOCK), DOCUMENTS, NOW, clock=SYSTEM_CLOCK)
    assert web.requests == []


@pytest.mark.parametrize(
    ("reply", "problem", "remedy"),
    [
        (Reply(404), "visitors get 404 for status.json", "let the web server serve"),
        (Reply(502), "visitors get 502 for status.json", "let the web server serve"),
        (cached(b"<html>Welcome to nginx!", "text/html"), "another document", "check that the web server serves"),
        (cached(body_of(minutes=31)), "another document", "if a CDN keeps a copy"),
    ],
)
def test_what_visitors_do_not_get_is_an_error(
    reply: Reply, problem: str, remedy: str, settings: Settings, web: HostileS3, public: Path, tmp_path: Path
) -> None:
    web.answer = lambda request: reply
    with pytest.raises(PublishError, match=problem) as caught:
        published(settings, tmp_path)
    assert remedy in caught.value.remedy
    assert str(public) in caught.value.remedy


def test_before_the_web_server_runs_the_error_says_what_to_do(
    public: Path, make_settings: Make, tmp_path: Path
) -> None:
    settings = make_settings(PUBLIC_DIRECTORY=public, STATUS_URL="http://localhost:1/status.json")
    with pytest.raises(PublishError, match=r"visitors cannot read status.json \(.*refused") as caught:
        published(settings, tmp_path)
    assert f"the documents are in {public}, for a web server to serve at STATUS_URL" in caught.value.remedy
    assert "until one does, remove STATUS_URL" in caught.value.remedy


def test_an_older_copy_of_a_cache_has_its_end(settings: Settings, web: HostileS3, tmp_path: Path) -> None:
    web.answer = lambda request: cached(body_of(minutes=5), Age="100")
    expires = published(settings, tmp_path).expiries["status.json"]
    assert abs(expires - datetime.now(UTC) - timedelta(seconds=200)) < timedelta(seconds=60)


def test_a_page_that_visitors_do_not_get_is_known(settings: Settings, web: HostileS3, tmp_path: Path) -> None:
    good = cached(DOCUMENTS[-1].body)
    web.answer = lambda request: good if request.path == "/status.json" else Reply(404)
    assert published(settings, tmp_path, [PAGE, *DOCUMENTS]).unseen == {"index.html": Unseen.ANOTHER}


def test_the_page_in_each_language_is_read_back(
    settings: Settings, web: HostileS3, public: Path, tmp_path: Path
) -> None:
    """The archive is not the page, and what lies there beside is nothing of ours."""
    names = ["index.html", "de/index.html", "fr/index.html", "incidents/index.html", "de/incidents/index.html"]
    settings = replace(settings, page_language=("en", "de", "fr"))
    older = []
    serve = web.answer
    assert serve

    def answer(request: Request) -> Reply | None:
        if request.path == "/de/index.html" and older:
            return cached(b"<html>older", PAGE.content_type)
        return serve(request)

    web.answer = answer
    pages = [replace(PAGE, name=name) for name in names]
    check = published(settings, tmp_path, [*pages, *DOCUMENTS])
    assert sorted(request.path for request in web.requests) == [
        "/de/index.html",
        "/fr/index.html",
        "/index.html",
        "/status.json",
    ]
    assert check.unseen == {}
    older.append(True)
    assert published(settings, tmp_path, [*pages, *DOCUMENTS]).unseen == {"de/index.html": Unseen.ANOTHER}


@pytest.fixture
def enterable() -> Iterator[Path]:
    """A directory that everybody may enter, as the one of the tests is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_parent_that_no_web_server_may_enter_is_named(web: HostileS3, enterable: Path, make_settings: Make) -> None:
    public = enterable / "srv" / "status"
    public.mkdir(parents=True)
    public.parent.chmod(0o750)
    settings = make_settings(PUBLIC_DIRECTORY=public, STATUS_URL=f"{web.url}/status.json")
    web.answer = lambda request: Reply(403)
    with pytest.raises(PublishError, match="visitors get 403") as caught:
        published(settings, enterable)
    assert f"chmod o+x {public.parent}" in caught.value.remedy
    public.parent.chmod(0o711)
    assert directory.closed_directories(public) == []
