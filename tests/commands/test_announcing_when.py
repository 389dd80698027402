# SPDX-License-Identifier: MIT
"""What a person announces ends with 0 only if visitors get it; else the command says when they will."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.commands import announcing
from elytra_status.demo.replay import ReplayServer
from elytra_status.documents import Document
from elytra_status.documents.document import PAGE
from elytra_status.net.http import Response
from elytra_status.publish.stamp import Stamp
from elytra_status.publish.visitor_check import VisitorCheck
from elytra_status.run import publisher, saved_state
from elytra_status.settings import Settings
from elytra_status.system import files, systemd
from elytra_status.system.clock import SYSTEM_CLOCK, Deadline, from_text, to_text
from tests.conftest import API_KEY
from tests.hostile_s3 import HostileS3, Reply, Request, Stored
from tests.in_process import run_command
from tests.publishing import documents_of

pytestmark = pytest.mark.slow

OVERRIDE = ("override", "set", "--status", "degraded", "--note", "A disk has failed.")
STATUS = "/status/status.json"


class Stand:
    """A machine that publishes to a bucket, whose documents visitors read through a cache."""

    def __init__(self, hostile: HostileS3, cache: HostileS3, kuma: ReplayServer, make: Callable[..., Settings]) -> None:
        self.hostile, self.cache = hostile, cache
        cache.answer = self._through
        make(
            UPTIME_KUMA_URL=kuma.url,
            UPTIME_KUMA_API_KEY=API_KEY,
            UPTIME_KUMA_STATUS_PAGE="elytra",
            SPACES_ENDPOINT=hostile.url,
            SPACES_ACCESS_KEY="DO00KEYOFTHEPLATFORM",
            SPACES_SECRET_KEY="secret/of+the=platform",
            STATUS_BUCKET="status",
            PUBLISH="page, badge, feed",
            STATUS_URL=f"{cache.url.replace('127.0.0.1', 'localhost')}/status.json",
        )
        self.copies: dict[str, Stored] = {}
        self.withheld: set[str] = set()

    def _through(self, request: Request) -> Reply:
        if request.path in self.withheld:
            return Reply(404)
        stored = self.copies.get(request.path) or self.hostile.objects[f"/status{request.path}"]
        modified = format_datetime(stored.modified, usegmt=True)
        return Reply(200, stored.body, {**stored.headers, "Age": "100", "Last-Modified": modified})

    def keep_copy(self, path: str) -> None:
        """Let the cache keep the document that is there now."""
        self.copies[path] = self.hostile.objects[f"/status{path}"]

    def stamped_by_another(self, ahead: timedelta = timedelta(seconds=-5)) -> None:
        stored = self.hostile.objects[STATUS]
        stamp = Stamp("ab" * 8, datetime.now(UTC) + ahead)
        metadata = {f"x-amz-meta-{name}": text for name, text in stamp.to_metadata().items()}
        self.hostile.objects[STATUS] = replace(stored, headers={**stored.headers, **metadata})


@pytest.fixture
def stand(
    hostile: HostileS3, start_kuma: Callable[..., ReplayServer], make_settings: Callable[..., Settings]
) -> Iterator[Stand]:
    kuma = start_kuma("v2.5.3", "all-up", clock=lambda: datetime.now(UTC))
    with HostileS3() as cache:
        yield Stand(hostile, cache, kuma, make_settings)


def let_start_service(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands start the service: it runs in this process."""

    class Starter:
        def __enter__(self) -> Starter:
            return self

        def __exit__(self, *error: object) -> None:
            """Nothing to end."""

        def run_service(self) -> Any:
            status = run_command(directory, "run")
            return systemd.ServiceResult(status == 0, "success" if status == 0 else "exit-code", status, "")

    monkeypatch.setattr(systemd, "can_be_started", lambda: True)
    monkeypatch.setattr(systemd, "Starter", Starter)
    monkeypatch.setattr(announcing, "STATE_DIRECTORY", str(directory))
    monkeypatch.setattr("elytra_status.settings.DEFAULT_FILE", directory / "elytra-status.conf")


@pytest.fixture(params=["here", "by the service"])
def directory(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "by the service":
        let_start_service(tmp_path, monkeypatch)
    return tmp_path


def test_visitors_who_get_it_are_a_success(stand: Stand, directory: Path) -> None:
    assert run_command(directory, *OVERRIDE) == 0
    assert b"A disk has failed." in stand.hostile.objects[STATUS].body


@pytest.mark.parametrize("path", ["/status.json", "/index.html", "/feed.atom"])
def test_behind_a_cache_it_says_when_the_copy_expires(
    path: str, stand: Stand, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(directory, "run") == 0
    stand.keep_copy(path)
    capsys.readouterr()
    assert run_command(directory, *OVERRIDE) == 69
    said = capsys.readouterr().err
    assert "a cache still gives visitors an older copy" in said
    found = re.search(r"they get this at (\S+Z)", said)
    assert found
    moment = from_text(found[1])
    assert abs(moment - datetime.now(UTC) - timedelta(seconds=200)) < timedelta(seconds=60)
    assert b"A disk has failed." in stand.hostile.objects[STATUS].body
    stand.copies.clear()
    assert run_command(directory, "override", "clear") == 0


def test_a_page_that_visitors_do_not_get_is_no_success(
    stand: Stand, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.withheld.add("/index.html")
    assert run_command(directory, "run") == 0
    capsys.readouterr()
    assert run_command(directory, *OVERRIDE) == 69
    assert "visitors do not get this on the page" in capsys.readouterr().err
    stand.withheld.clear()
    assert run_command(directory, "override", "clear") == 0


def test_a_page_that_was_not_read_back_in_time_is_no_success(
    stand: Stand, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    visit = VisitorCheck.visit

    def without_time(check: VisitorCheck, address: str, document: Document, *rest: Any, **options: Any) -> Response:
        ended = Deadline.after(SYSTEM_CLOCK, 0)
        checking = replace(check, deadline=ended) if document.name == PAGE else check
        return visit(checking, address, document, *rest, **options)

    with monkeypatch.context() as slow:
        slow.setattr(VisitorCheck, "visit", without_time)
        assert run_command(directory, "run") == 0
        capsys.readouterr()
        assert run_command(directory, *OVERRIDE) == 69
    said = capsys.readouterr().err
    assert "it is not known whether visitors get this on the page" in said
    assert run_command(directory, "override", "clear") == 0


def test_another_document_that_visitors_do_not_get_is_a_warning(
    stand: Stand, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.withheld.add("/badge.svg")
    assert run_command(directory, *OVERRIDE) == 0
    assert "visitors of badge.svg: the public address returns another document" in capsys.readouterr().err


def test_beside_another_machine_it_says_until_when(
    stand: Stand, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(directory, "run") == 0
    stand.stamped_by_another()
    capsys.readouterr()
    assert run_command(directory, *OVERRIDE) == 69
    said = capsys.readouterr().err
    assert "visitors get this only until the next run of another machine" in said
    assert "systemctl disable --now elytra-status.timer" in said
    assert to_text(datetime.now(UTC))[:10] in said
    assert run_command(directory, "override", "clear") == 0


def test_if_the_run_cannot_save_that_it_yielded_this_is_no_success(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    let_start_service(tmp_path, monkeypatch)
    assert run_command(tmp_path, "run") == 0
    stand.stamped_by_another(ahead=timedelta(minutes=1))
    there = stand.hostile.objects[STATUS].body
    write_atomically = files.write_atomically

    def write(path: Path, *rest: Any, **options: Any) -> None:
        if path.name in (saved_state.FILE, publisher.FILE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_atomically(path, *rest, **options)

    monkeypatch.setattr(files, "write_atomically", write)
    capsys.readouterr()
    assert run_command(tmp_path, *OVERRIDE) == 69
    assert stand.hostile.objects[STATUS].body == there
    said = capsys.readouterr().err
    assert "the run could not save its outcome" in said
    assert "Visitors see operational, published at" in said


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("as it is", 0, ""),
        ("nothing listens", 69, "visitors cannot read status.json"),
        ("not found", 69, "visitors get 404 for status.json"),
        ("an old copy", 69, "a cache still gives visitors an older copy"),
    ],
)
def test_of_a_directory_too_visitors_must_get_it(
    answer: str,
    status: int,
    words: str,
    directory: Path,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
) -> None:
    kuma, public = start_kuma("v2.5.3", "all-up", clock=lambda: datetime.now(UTC)), directory / "srv"
    copy = bytearray()

    def serve(request: Request) -> Reply:
        path = public / request.path.removeprefix("/")
        if not path.is_file() or (copy and answer == "not found"):
            return Reply(404)
        body = bytes(copy) if answer == "an old copy" and path.name == "status.json" else b""
        kind = "application/json" if path.suffix == ".json" else "image/svg+xml"
        return Reply(200, body or path.read_bytes(), {"Content-Type": kind, "Cache-Control": "public, max-age=300"})

    with HostileS3() as web:
        web.answer = serve
        values = {
            "UPTIME_KUMA_URL": kuma.url,
            "UPTIME_KUMA_API_KEY": API_KEY,
            "PUBLIC_DIRECTORY": public,
            "STATUS_URL": f"{web.url}/status.json",
            "PUBLISH": "badge",
        }
        make_settings(**values)
        assert run_command(directory, "run") == 0
        copy += (public / "status.json").read_bytes()
        if answer == "nothing listens":
            make_settings(**{**values, "STATUS_URL": "http://127.0.0.1:9/status.json"})
        capsys.readouterr()
        assert run_command(directory, *OVERRIDE) == status
    shown = capsys.readouterr()
    assert words in shown.err
    assert b"A disk has failed." in (public / "status.json").read_bytes()


def test_of_a_directory_too_visitors_must_get_the_page_in_each_language(
    directory: Path,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
) -> None:
    kuma, public = start_kuma("v2.5.3", "all-up", clock=lambda: datetime.now(UTC)), directory / "srv"
    copies: dict[str, bytes] = {}

    def serve(request: Request) -> Reply:
        path = public / request.path.removeprefix("/")
        kind = "application/json" if path.suffix == ".json" else "text/html"
        body = copies.get(request.path) or path.read_bytes()
        return Reply(200, body, {"Content-Type": kind, "Cache-Control": "public, max-age=300"})

    with HostileS3() as web:
        web.answer = serve
        make_settings(
            UPTIME_KUMA_URL=kuma.url,
            UPTIME_KUMA_API_KEY=API_KEY,
            PUBLIC_DIRECTORY=public,
            STATUS_URL=f"{web.url}/status.json",
            PUBLISH="page",
            PAGE_LANGUAGE="en,de,fr",
        )
        assert run_command(directory, "run") == 0
        copies["/de/index.html"] = (public / "de" / "index.html").read_bytes()
        capsys.readouterr()
        assert run_command(directory, *OVERRIDE) == 69
        assert "visitors do not get this on the page" in capsys.readouterr().err
        copies.clear()
        assert run_command(directory, "override", "clear") == 0


def test_of_a_directory_too_another_machine_takes_it_away(
    directory: Path,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=lambda: datetime.now(UTC))
    settings = make_settings(
        UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, PUBLIC_DIRECTORY=directory / "srv", PUBLISH="badge"
    )
    other = publish.configured(settings, directory, SYSTEM_CLOCK)
    with other.alone():
        decided = datetime.now(UTC) - timedelta(minutes=1)
        other.write(documents_of(decided)[-1], Stamp("ab" * 8, decided))
    assert run_command(directory, *OVERRIDE) == 69
    assert "visitors get this only until the next run of another machine" in capsys.readouterr().err
    assert run_command(directory, *OVERRIDE) == 0
