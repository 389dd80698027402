# SPDX-License-Identifier: MIT
"""What the documents say after a state file was damaged: nothing private is forgotten, and nothing gets better."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status.alerts import notify
from elytra_status.announcements import store as announcements
from elytra_status.demo.replay import ReplayFault
from elytra_status.errors import AnnouncementsError
from elytra_status.history.extent import newest_moment
from elytra_status.history.private_names import saved_private_names
from elytra_status.history.store import FILE
from elytra_status.run import job
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock
from tests.hostile_s3 import HostileS3, Reply
from tests.in_process import run_command
from tests.made_kuma import METRICS, TEXT, kuma, metrics_text, series

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
SECRET = "Client Number Nine"


def page_of(path: Path, table: str) -> tuple[int, int]:
    """Return where in the file a table begins, and the size of a page."""
    with closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    return (root - 1) * size, size


def overwrite(table: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        start, size = page_of(path, table)
        with path.open("r+b") as file:
            file.seek(start)
            file.write(b"\x07" * size)

    return damage


DAMAGE = {
    "spans": overwrite("spans"),
    "monitors": overwrite("monitors"),
    "changes": overwrite("changes"),
    "components": overwrite("component_changes"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_history_makes_no_name_public_and_is_notified(
    how: str, make_settings: Make, tmp_path: Path, clock: MovableClock, hostile: HostileS3, log_lines: list[str]
) -> None:
    hostile.always(Reply(200, b"ok"))
    with kuma(clock=clock.now) as server:
        given = make_settings(
            UPTIME_KUMA_URL=server.url,
            UPTIME_KUMA_API_KEY=API_KEY,
            WEBHOOK_URL=hostile.url,
            BACKUP_POLICY=f"Nightly, {SECRET.lower()} too.",
        )

        def run(*names: str) -> job.Outcome:
            text = metrics_text(*(series(1, number, name) for number, name in enumerate(names, 1)))
            server.faults[METRICS] = ReplayFault(status=200, body=text, content_type=TEXT)
            clock.moment += timedelta(minutes=10)
            outcome = job.run(given, clock, tmp_path)
            notify.notify_conditions(
                given,
                clock,
                tmp_path,
                outcome.assessment,
                state_problem=outcome.state_problem,
                history_damaged=outcome.history_damaged,
            )
            return outcome

        run("Site", SECRET)
        for _ in range(3):
            run("Site")
        hostile.requests.clear()
        DAMAGE[how](tmp_path / FILE)
        for _ in range(3):
            outcome = run("Site")
            assert [text.name for text in outcome.withheld] == ["BACKUP_POLICY"]
            for path in (tmp_path / "public").rglob("*"):
                assert path.is_dir() or SECRET.lower().encode() not in path.read_bytes().lower()
            document = json.loads((tmp_path / "public" / "status.json").read_bytes())
            assert document["uptime"] == {"last_24h": None, "last_7d": None, "last_30d": None}
    assert SECRET in saved_private_names(tmp_path).names
    assert sum(line.startswith("ERROR") and "is set aside as" in line for line in log_lines) == 1
    told = [json.loads(request.body) for request in hostile.requests]
    assert [(one["event"], one["level"]) for one in told] == [("state", "warning"), ("state", "good")]
    assert f"{FILE}.damaged-" in told[0]["text"]
    assert SECRET not in json.dumps(told)


def test_names_on_both_sides_of_a_damaged_page_are_kept(
    make_settings: Make, tmp_path: Path, clock: MovableClock
) -> None:
    with kuma(clock=clock.now) as server:
        given = make_settings(UPTIME_KUMA_URL=server.url, UPTIME_KUMA_API_KEY=API_KEY)
        names = [f"Client {number:04} of many, with a name of some length" for number in range(400)]
        text = metrics_text(*(series(1, number, name) for number, name in enumerate(names, 1)))
        server.faults[METRICS] = ReplayFault(status=200, body=text, content_type=TEXT)
        job.run(given, clock, tmp_path)
    start, size = page_of(tmp_path / FILE, "words")
    pages = (tmp_path / FILE).read_bytes()
    # One page in the middle of the names.
    middle = next(
        place
        for place in range(0, len(pages), size)
        if b"Client 0200 of many" in pages[place : place + size] and place != start
    )
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(middle)
        file.write(b"\x07" * size)
    kept = saved_private_names(tmp_path).names
    assert {names[0], names[-1]} <= kept
    assert len(kept & set(names)) > 200


def test_damaged_announcements_leave_the_documents_as_they_are(
    make_settings: Make, tmp_path: Path, clock: MovableClock
) -> None:
    settings = make_settings()
    job.run(settings, clock, tmp_path)
    there = {path: path.read_bytes() for path in (tmp_path / "public").rglob("*") if path.is_file()}
    (tmp_path / announcements.FILE).write_bytes(b'{"version": 1, "override": {"status": "out')
    for _ in range(3):
        clock.moment += timedelta(minutes=10)
        with pytest.raises(AnnouncementsError, match="Nothing is published meanwhile"):
            job.run(settings, clock, tmp_path)
        assert {path: path.read_bytes() for path in there} == there
    assert (tmp_path / announcements.FILE).read_bytes().startswith(b'{"version"')


def test_a_time_that_no_calendar_has_is_no_time_of_a_run(make_settings: Make, tmp_path: Path) -> None:
    make_settings(
        PROBE_URLS="http://127.0.0.1:9/", PUBLIC_DIRECTORY=str(tmp_path / "public"), CONFIRM_AFTER_SECONDS="1"
    )
    assert run_command(tmp_path, "run") == 0
    assert newest_moment(tmp_path) is not None
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        assert connection.execute("UPDATE monitors SET seen = ?", (10**18,)).rowcount
    assert newest_moment(tmp_path) is None
    (tmp_path / "last-run.json").unlink()
    assert run_command(tmp_path, "run") == 0
