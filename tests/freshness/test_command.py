# SPDX-License-Identifier: MIT
"""The command: its lines, its exit status, since when something is wrong, and a local directory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status import freshness
from elytra_status.freshness import FreshnessResult
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.system.clock import to_text
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply
from tests.in_process import run_command
from tests.visited import FRESH, STALE, UNREACHABLE, Make, behind_a_cache, body_of, check, closed_port, good, only

# Since when


def test_the_start_of_a_fault_is_saved_until_all_is_well(
    settings: Settings, server: HostileS3, clock: MovableClock, tmp_path: Path
) -> None:
    began = clock.now()

    def since() -> datetime:
        return freshness.wrong_since(check(settings, clock), clock.now(), tmp_path)

    server.answer = lambda request: Reply(404)
    assert since() == began
    clock.moment += timedelta(minutes=5)
    server.answer = lambda request: good(clock.now() - timedelta(hours=2))
    assert since() == began
    assert (tmp_path / freshness.STATE_FILE).stat().st_mode & 0o777 == 0o600
    clock.moment += timedelta(minutes=5)
    server.answer = lambda request: good(clock.now())
    since()
    assert not (tmp_path / freshness.STATE_FILE).exists()
    clock.moment += timedelta(minutes=5)
    server.answer = lambda request: Reply(404)
    assert since() == clock.now()


@pytest.mark.parametrize(
    "state",
    ["", "{", "[]", "null", '{"wrong_since": 5}', '{"wrong_since": "soon"}', '{"wrong_since": "2099-01-01T00:00:00Z"}'],
)
def test_a_state_file_that_makes_no_sense_is_no_hindrance(state: str, clock: MovableClock, tmp_path: Path) -> None:
    (tmp_path / freshness.STATE_FILE).write_text(state)
    wrong = [FreshnessResult("x", True, ("wrong",))]
    assert freshness.wrong_since(wrong, clock.now(), tmp_path) == clock.now()
    assert json.loads((tmp_path / freshness.STATE_FILE).read_text()) == {"wrong_since": to_text(clock.now())}


def test_a_state_directory_that_cannot_be_written_to_is_no_hindrance(clock: MovableClock) -> None:
    for directory in (Path("/proc"), Path("/nowhere/at/all"), Path("/dev/null")):
        for findings in ([FreshnessResult("x", True, ("wrong",))], [FreshnessResult("x", True, ())]):
            assert freshness.wrong_since(findings, clock.now(), directory) == clock.now()


# Published to a directory


def test_a_directory_is_checked_where_nothing_else_is_set(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings()
    file = tmp_path / "public" / "status.json"
    findings = check(settings, clock, tmp_path)
    assert only(findings).where == str(file)
    assert "No such file" in str(only(findings).faults[0])
    assert freshness.exit_status(findings) == UNREACHABLE
    file.parent.mkdir()
    for age, expected in ((0, FRESH), (31, STALE), (-6, STALE)):
        file.write_bytes(body_of(clock.now() - timedelta(minutes=age)))
        assert freshness.exit_status(check(settings, clock, tmp_path)) == expected
    file.write_bytes(b"{")
    assert freshness.exit_status(check(settings, clock, tmp_path)) == STALE
    file.unlink()
    file.mkdir()
    assert freshness.exit_status(check(settings, clock, tmp_path)) == UNREACHABLE


def test_a_directory_of_ones_own_and_an_address_for_it(
    server: HostileS3, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "status.json").write_bytes(body_of(clock.now()))
    settings = make_settings(PUBLIC_DIRECTORY=tmp_path / "srv")
    assert freshness.exit_status(check(settings, clock)) == FRESH
    settings = make_settings(PUBLIC_DIRECTORY=tmp_path / "srv", STATUS_URL=f"{server.url}/status.json")
    assert only(check(settings, clock)).where == f"{server.url}/status.json"


# The command


def test_the_command_says_it_in_one_line_each(
    settings: Settings, server: HostileS3, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda request: good(datetime.now(UTC))
    assert run_command(tmp_path, "check-freshness") == FRESH
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{server.url}/status.json: fresh, " in line
    server.answer = lambda request: good(datetime.now(UTC) - timedelta(hours=26, minutes=30))
    assert run_command(tmp_path, "check-freshness") == STALE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ERROR")
    assert "is 26 hours old" in line
    assert "Wrong for" not in line, "it is seen for the first time"


def test_the_command_says_which_of_two_is_wrong_and_for_how_long(
    server: HostileS3, storage: HostileS3, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    behind_a_cache(make_settings, server, storage)
    storage.answer = lambda request: good(datetime.now(UTC))
    server.answer = lambda request: good(datetime.now(UTC) - timedelta(hours=2))
    an_hour_ago = to_text(datetime.now(UTC) - timedelta(hours=3))
    (tmp_path / freshness.STATE_FILE).write_text(json.dumps({"wrong_since": an_hour_ago}))
    assert run_command(tmp_path, "check-freshness") == STALE
    front, back = capsys.readouterr().err.splitlines()
    assert front.startswith("ERROR: http://localhost")
    assert f"Wrong for 3 hours, since {an_hour_ago}" in front
    assert back.startswith(f"INFO: {storage.url}")
    assert "fresh" in back


def test_the_command_where_nothing_is_reached(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings(STATUS_URL=f"http://127.0.0.1:{closed_port()}/status.json")
    assert run_command(tmp_path, "check-freshness") == UNREACHABLE
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_new_installation_is_no_failure_until_a_run_was_due(
    make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings()
    findings = freshness.check(settings, clock, tmp_path)
    since = freshness.wrong_since(findings, clock.now(), tmp_path)
    assert freshness.waits_for_first_run(settings, findings, since, clock.now(), tmp_path)
    clock.moment += timedelta(minutes=31)
    since = freshness.wrong_since(findings, clock.now(), tmp_path)
    assert not freshness.waits_for_first_run(settings, findings, since, clock.now(), tmp_path)


def test_a_missing_status_is_a_failure_at_once(
    make_settings: Callable[..., Settings], clock: MovableClock, tmp_path: Path
) -> None:
    settings = make_settings()
    job.run(settings, clock, tmp_path)
    (tmp_path / "public" / "status.json").unlink()
    findings = freshness.check(settings, clock, tmp_path)
    assert not freshness.waits_for_first_run(settings, findings, clock.now(), clock.now(), tmp_path)
    assert freshness.exit_status(findings) == 69


def test_the_check_loads_no_more_than_it_needs() -> None:
    """It runs twice as often as the job, and to load the rest of the program would take most of its time."""
    code = "import sys; from elytra_status import freshness; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = {".".join(name.split(".")[:2]) for name in done.stdout.split()}
    folders = ("sources", "documents", "decision", "history", "leak_guard", "run", "alerts")
    assert not loaded & {"botocore", "jsonschema", "sqlite3", *(f"elytra_status.{name}" for name in folders)}
