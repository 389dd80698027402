# SPDX-License-Identifier: MIT
"""Announcements that no visitor sees: while the clock is wrong, or a newer document is published.

Each command that changes an announcement says with exit status 69 what visitors see and until when.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from elytra_status.announcements import store
from elytra_status.demo.replay import ReplayServer
from elytra_status.model import Announcements, Incident, IncidentUpdate, Maintenance, Override, PlatformStatus
from elytra_status.publish.directory import STAMP
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock, to_text
from tests.conftest import API_KEY
from tests.in_process import run_command

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
SAYING = ("--text", "The database moves.")
COMMANDS = [
    ("override", "set", "--status", "degraded", "--note", "A disk has failed."),
    ("override", "clear"),
    ("maintenance", "add", "--until", "2h", *SAYING),
    ("maintenance", "remove", "m1"),
    ("incident", "open", *SAYING),
    ("incident", "update", "i1", *SAYING),
    ("incident", "resolve", "i1"),
]
each_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


class Desk:
    """A machine on which announcements are published, and whose monitoring system sends the time."""

    def __init__(self, start: Callable[..., ReplayServer], make: Callable[..., Settings], state: Path) -> None:
        self.state, self.off = state, timedelta(0)
        kuma = start("v2.5.3", "all-up", clock=lambda: datetime.now(UTC) - self.off)
        make(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra")
        now = datetime.now(UTC).replace(microsecond=0)
        announced = Announcements(
            Override(PlatformStatus.OUTAGE, "A disk has failed.", now, now + HOUR, "jane"),
            (Maintenance("m1", "We move.", now + HOUR, now + 2 * HOUR, "jane"),),
            (Incident("i1", now, (IncidentUpdate(now, "We see errors.", "jane"),)),),
            last_identifier="m1",
        )
        store.change(state, SystemClock(), lambda _: announced)
        assert run_command(state, "run") == 0

    @property
    def document(self) -> Path:
        return self.state / "public" / "status.json"

    def publish_elsewhere(self, ahead: timedelta) -> str:
        """Let another machine publish a document dated some minutes from now; return its time."""
        moment = datetime.now(UTC) + ahead
        document = json.loads(self.document.read_bytes())
        document |= {"updated_at": to_text(moment), "stale_after": to_text(moment + HOUR / 2)}
        self.document.write_text(json.dumps(document))
        digest = sha256(self.document.read_bytes()).hexdigest()
        stamp = {"publisher": "b" * 16, "decided": to_text(moment), "sha256": digest}
        (self.document.parent / STAMP).write_text(json.dumps(stamp))
        return to_text(moment)


@pytest.fixture
def desk(start_kuma: Callable[..., ReplayServer], make_settings: Callable[..., Settings], tmp_path: Path) -> Desk:
    return Desk(start_kuma, make_settings, tmp_path)


@each_command
def test_behind_a_newer_document_it_is_kept_and_says_what_visitors_see(
    words: tuple[str, ...], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = desk.publish_elsewhere(timedelta(minutes=3))
    there, before = desk.document.read_bytes(), store.read(desk.state)
    capsys.readouterr()
    assert run_command(desk.state, *words) == 69
    said = capsys.readouterr().err
    assert "not published: a newer document is published" in said
    assert f"Visitors see outage, published at {moment}, until a run after that time" in said
    assert desk.document.read_bytes() == there
    assert store.read(desk.state) != before
    desk.publish_elsewhere(-timedelta(minutes=1))
    assert run_command(desk.state, "run") == 0
    assert desk.document.read_bytes() != there


@pytest.mark.parametrize(("off", "way"), [(5.5 * HOUR, "5 hours ahead"), (-5.5 * HOUR, "5 hours behind")])
@each_command
def test_while_the_clock_is_wrong_nothing_changes_and_it_says_what_visitors_see(
    words: tuple[str, ...], off: timedelta, way: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    there, before = desk.document.read_bytes(), store.read(desk.state)
    moment = json.loads(there)["updated_at"]
    desk.off = off
    capsys.readouterr()
    assert run_command(desk.state, *words) == 69
    said = capsys.readouterr().err
    assert f"this machine's clock is wrong (it is {way}" in said
    assert f"nothing was changed. Visitors see outage, published at {moment}; runs publish unknown until" in said
    assert "timedatectl" in said
    assert (desk.document.read_bytes(), store.read(desk.state)) == (there, before)


@each_command
def test_without_the_time_of_a_server_runs_publish_nothing(
    words: tuple[str, ...], make_settings: Callable[..., Settings], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    saved = json.loads((desk.state / "last-run.json").read_bytes())
    saved["highest"] = to_text(datetime.now(UTC) + HOUR)
    (desk.state / "last-run.json").write_text(json.dumps(saved))
    capsys.readouterr()
    assert run_command(desk.state, *words) == 69
    said = capsys.readouterr().err
    assert "behind saved state" in said
    assert "Visitors see outage, published at" in said
    assert "runs publish nothing until the clock is right" in said


def test_where_nothing_is_published_it_says_so(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.off = 5 * HOUR
    desk.document.write_bytes(b"{}")
    assert run_command(desk.state, *COMMANDS[0]) == 69
    assert "Visitors see an invalid status" in capsys.readouterr().err
    desk.document.unlink()
    assert run_command(desk.state, *COMMANDS[0]) == 69
    assert "Visitors see no status: none is published" in capsys.readouterr().err
    desk.document.mkdir()
    assert run_command(desk.state, *COMMANDS[0]) == 69
    assert "What visitors see cannot be read" in capsys.readouterr().err
