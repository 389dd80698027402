# SPDX-License-Identifier: MIT
"""What a person announces ends with 0 only if visitors get it; else the command says when they will."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.commands import announcing
from elytra_status.demo.replay import ReplayServer
from elytra_status.publish.stamp import Stamp
from elytra_status.run import publisher, saved_state
from elytra_status.settings import Settings
from elytra_status.system import files, systemd
from elytra_status.system.clock import from_text, to_text
from tests.conftest import API_KEY
from tests.hostile_s3 import HostileS3, Reply, Request
from tests.in_process import run_command

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
            PUBLISH="badge",
            STATUS_URL=f"{cache.url.replace('127.0.0.1', 'localhost')}/status.json",
        )
        self.copy: bytes | None = None

    def _through(self, request: Request) -> Reply:
        stored = self.hostile.objects[f"/status{request.path}"]
        body = self.copy if self.copy and request.path == "/status.json" else stored.body
        return Reply(200, body, {**stored.headers, "Age": "100"})

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


def test_behind_a_cache_it_says_when_the_copy_expires(
    stand: Stand, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(directory, "run") == 0
    stand.copy = stand.hostile.objects[STATUS].body
    capsys.readouterr()
    assert run_command(directory, *OVERRIDE) == 69
    said = capsys.readouterr().err
    assert "a cache still gives visitors an older copy" in said
    found = re.search(r"they get this at (\S+Z)", said)
    assert found
    moment = from_text(found[1])
    assert abs(moment - datetime.now(UTC) - timedelta(seconds=200)) < timedelta(seconds=60)
    assert b"A disk has failed." in stand.hostile.objects[STATUS].body
    stand.copy = None
    assert run_command(directory, "override", "clear") == 0


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
