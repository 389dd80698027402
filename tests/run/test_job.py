# SPDX-License-Identifier: MIT
"""The whole job, from a replayed Uptime Kuma to what a visitor reads."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from elytra_status.demo.replay import ReplayFault, ReplayServer, html_page
from elytra_status.errors import LockedError, PublishError, RefusedError
from elytra_status.model import Announcements
from elytra_status.net.s3 import open_client
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.system.clock import SystemClock, to_text
from elytra_status.system.files import lock_directory
from tests.conftest import API_KEY, VERSIONS, MovableClock, recording

pytestmark = pytest.mark.slow

BUCKETS = (f"test-{number}" for number in itertools.count())
HEARTBEAT = "/api/status-page/heartbeat/elytra"

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]


def kuma_settings(kuma: ReplayServer, *, metrics: bool = True, page: bool = True) -> dict[str, Any]:
    values = {"UPTIME_KUMA_URL": kuma.url}
    if metrics:
        values["UPTIME_KUMA_API_KEY"] = API_KEY
    if page:
        values["UPTIME_KUMA_STATUS_PAGE"] = "elytra"
    return values


def published(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "public" / "status.json").read_bytes())
    return document


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("metrics", "page"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize(
    ("scenario", "expected"), [("all-up", "operational"), ("one-down", "outage"), ("one-pending", "degraded")]
)
def test_what_is_published_is_what_is_so(
    version: str, metrics: bool, page: bool, scenario: str, expected: str,
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path,
) -> None:  # fmt: skip
    kuma = start_kuma(version, scenario, clock=clock.now)
    job.run(make_settings(**kuma_settings(kuma, metrics=metrics, page=page)), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == expected


def test_a_bucket_is_published_to_and_read_back_as_visitors_do(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, s3_server: str
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    status_bucket, backup_bucket = next(BUCKETS), next(BUCKETS)
    settings = make_settings(
        **kuma_settings(kuma),
        SPACES_ENDPOINT=s3_server,
        SPACES_ACCESS_KEY="key",
        SPACES_SECRET_KEY="secret-of-the-key",
        STATUS_BUCKET=status_bucket,
        BACKUP_BUCKET=backup_bucket,
        STATUS_URL=f"{s3_server}/{status_bucket}/status.json",
    )
    account = spaces_backups.backup_account(settings)
    assert account is not None
    client = open_client(account)
    for bucket in (status_bucket, backup_bucket):
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=backup_bucket, Key="acme.sql.gz", Body=b"x")
    outcome = job.run(settings, clock, tmp_path)
    answer = requests.get(f"{s3_server}/{status_bucket}/status.json", timeout=10)
    assert answer.status_code == 200
    assert answer.content == outcome.documents[-1].body
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json()["backups"]["last_backup_status"] == "success"
    assert not (tmp_path / "public").exists()


def test_a_single_failed_check_is_polled_again_before_anything_is_published(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert clock.sleeps == [pytest.approx(70, abs=1)]
    assert published(tmp_path)["platform_status"] == "outage"


def test_a_failure_that_is_over_at_the_confirmation_poll_was_no_outage(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    clock.before_waking = lambda: setattr(kuma, "recording", recording("v2.5.3", "all-up"))
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "operational"


def test_a_failure_at_the_confirmation_poll_alone_is_degraded(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-pending", clock=clock.now)
    clock.before_waking = lambda: setattr(kuma, "recording", recording("v2.5.3", "one-down"))
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "degraded"


def test_a_kuma_that_is_unreachable_at_the_confirmation_poll_leaves_the_status_unknown(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    clock.before_waking = lambda: kuma.__exit__(None, None, None)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "unknown"


@pytest.mark.parametrize(("metrics", "page"), [(True, False), (False, True), (True, True)])
def test_a_kuma_that_is_unreachable_for_a_moment_is_polled_again_before_publishing(
    metrics: bool, page: bool, start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    settings = make_settings(**kuma_settings(kuma, metrics=metrics, page=page))
    job.run(settings, clock, tmp_path)
    figures = published(tmp_path)["uptime"]
    clock.moment += timedelta(minutes=10)
    away = ReplayFault(status=502, body=b"Bad Gateway", content_type="text/plain")
    kuma.faults = dict.fromkeys(("/metrics", HEARTBEAT, "/api/status-page/elytra"), away)
    clock.before_waking = kuma.faults.clear
    job.run(settings, clock, tmp_path)
    assert clock.sleeps == [pytest.approx(70, abs=1)]
    assert published(tmp_path)["platform_status"] == "operational"
    assert published(tmp_path)["uptime"] == figures


def test_a_kuma_that_stays_away_is_waited_for_once(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    settings = make_settings(**kuma_settings(kuma))
    job.run(settings, clock, tmp_path)
    kuma.__exit__(None, None, None)
    for _ in range(3):
        clock.moment += timedelta(minutes=10)
        job.run(settings, clock, tmp_path)
        assert published(tmp_path)["platform_status"] == "unknown"
        assert len(clock.sleeps) == 1


def test_a_kuma_that_has_never_answered_is_not_waited_for(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    job.run(make_settings(UPTIME_KUMA_URL="http://127.0.0.1:9", UPTIME_KUMA_API_KEY="uk1_x"), clock, tmp_path)
    assert clock.sleeps == []
    assert published(tmp_path)["platform_status"] == "unknown"


def test_an_outage_that_two_heartbeats_show_is_published_at_once(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    answer = kuma.recording.answers[HEARTBEAT]
    heartbeats = json.loads(answer.body)
    heartbeats["heartbeatList"]["5"][-2]["status"] = 0
    answers = {**kuma.recording.answers, HEARTBEAT: replace(answer, body=json.dumps(heartbeats).encode())}
    kuma.recording = replace(kuma.recording, answers=answers)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert clock.sleeps == []
    assert published(tmp_path)["platform_status"] == "outage"


@pytest.mark.parametrize("version", VERSIONS)
def test_monitors_of_which_nobody_speaks_any_more_are_unknown_and_not_forgotten(
    version: str, start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    kuma = start_kuma(version, "all-up", clock=clock.now)
    settings = make_settings(**kuma_settings(kuma))
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "operational"
    kuma.faults["/metrics"] = html_page()  # Only /metrics has the private monitors.
    clock.moment += timedelta(minutes=10)
    job.run(settings, clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "unknown"
    assert any("decided unknown" in line and "2 of 6 monitors unknown" in line for line in log_lines)


def test_a_public_page_alone_is_not_enough_where_metrics_were_never_answered(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    kuma.faults["/metrics"] = html_page()
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "unknown"
    assert any(line.startswith("ERROR") and "metrics" in line for line in log_lines)


def test_a_leak_outside_of_texts_is_refused_and_the_last_good_document_stays(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    before = published(tmp_path)
    clock.moment += timedelta(minutes=10)
    leaking = make_settings(**kuma_settings(kuma), STATUS_URL="https://status.example.com/10.20.30.40.json")
    with pytest.raises(RefusedError) as caught:
        job.run(leaking, clock, tmp_path)
    assert "index.html" in str(caught.value)
    assert "10.20" not in str(caught.value)
    assert published(tmp_path) == before


def test_a_monitor_named_like_a_word_of_the_contract_is_no_leak(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    answers = {
        path: replace(answer, body=answer.body.replace(b"Scheduler", b"Backups").replace(b"Elytra API", b"100"))
        for path, answer in kuma.recording.answers.items()
    }
    kuma.recording = replace(kuma.recording, answers=answers)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "operational"


def test_two_runs_at_once_are_one_run(make_settings: Make, clock: MovableClock, tmp_path: Path) -> None:
    with lock_directory(tmp_path), pytest.raises(LockedError):
        job.run(make_settings(), clock, tmp_path)
    job.run(make_settings(), clock, tmp_path)


def test_an_internal_error_makes_its_part_unknown_and_shows_no_value(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail(*arguments: object) -> None:
        raise KeyError("Acme shop")

    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    monkeypatch.setattr(uptime_kuma, "gather", fail)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    assert published(tmp_path)["platform_status"] == "unknown"
    assert any("internal error, KeyError" in line for line in log_lines)
    assert not any("Acme" in line for line in log_lines)


@pytest.mark.parametrize(("jump", "is_told"), [(180, True), (-180, True), (4, False), (-4, False)])
def test_answers_from_before_the_machine_slept_or_its_clock_was_set_are_not_published(
    jump: int, is_told: bool, start_kuma: Start, make_settings: Make, tmp_path: Path
) -> None:
    class JumpingClock(MovableClock):
        def monotonic(self) -> float:  # It stops while the machine sleeps, and is never set.
            return 1000.0

    clock = JumpingClock()
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    settings = make_settings(**kuma_settings(kuma))
    job.run(settings, clock, tmp_path)
    before = published(tmp_path)
    clock.moment += timedelta(minutes=10)

    jumps = [timedelta(minutes=jump)]

    def read(directory: Path) -> Announcements:
        clock.moment += jumps.pop() if jumps else timedelta(0)
        return Announcements()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job.store, "read", read)
        with pytest.raises(PublishError) if is_told else nullcontext() as caught:
            job.run(settings, clock, tmp_path)
    if is_told:
        assert f"the clock went {'forward' if jump > 0 else 'back'} by " in caught.value.problem
        assert published(tmp_path) == before
        job.run(settings, clock, tmp_path)
    assert published(tmp_path)["updated_at"] == to_text(clock.now())


def test_a_source_that_hangs_costs_its_own_deadline_only(
    start_kuma: Start, make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    for path in ("/metrics", HEARTBEAT, "/api/status-page/elytra"):
        kuma.faults[path] = ReplayFault(hang=True)
    outcome = job.run(make_settings(**kuma_settings(kuma), SOURCE_DEADLINE_SECONDS=1), SystemClock(), tmp_path)
    assert " 1 s" in str(outcome.assessment.reports[0].problem)
    assert published(tmp_path)["platform_status"] == "unknown"


@pytest.mark.parametrize("with_key", [False, True])
def test_heartbeats_that_timed_out_are_not_requested_again_in_the_confirmation_poll(
    with_key: bool, start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    """A restarted Uptime Kuma 2 takes a tenth of a second a monitor, and each request makes it slower."""
    slow, other = start_kuma("v2.5.3", "all-up", clock=clock.now), start_kuma("v2.5.3", "one-down", clock=clock.now)
    slow.faults = {HEARTBEAT: ReplayFault(hang=True), "/metrics": ReplayFault(hang=True)}
    clock.before_waking = lambda: slow.faults.pop("/metrics") and None
    own = {f"OFFICE_{name}": value for name, value in kuma_settings(slow, metrics=with_key).items()}
    both = {**kuma_settings(other), **own, "SOURCES": "uptime_kuma,uptime_kuma:office", "SOURCE_DEADLINE_SECONDS": 1}
    job.run(make_settings(**both), clock, tmp_path)
    assert clock.sleeps
    assert [request.path for request in slow.requests].count(HEARTBEAT) == 1
    assert [request.path for request in slow.requests].count("/metrics") == (2 if with_key else 0)
    # Monitors known only by heartbeats are unknown. /metrics names the others, but does not say that they are all.
    assert published(tmp_path)["platform_status"] == "outage"
    polls = [line for line in log_lines if "uptime_kuma:office" in line and "event': 'poll'" in line]
    assert len([line for line in polls if "is unavailable: " in line]) == 1


def test_no_name_of_a_monitor_is_in_the_journal_at_info(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    told = [line for line in log_lines if not line.startswith("DEBUG")]
    assert told
    for name in ("Elytra API", "Scheduler", "Storage", "Internal only", "Line one", "billing", "Süd"):
        assert not any(name in line for line in told)
    assert any(name in line for line in log_lines for name in ("Scheduler",))


def test_the_journal_lists_what_was_queried_and_how_long_each_part_took(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    job.run(make_settings(**kuma_settings(kuma)), clock, tmp_path)
    told = "\n".join(log_lines)
    for part in ("(metrics ", ", page ", ", heartbeats ", "decided operational by rule all-up: ", "published status"):
        assert part in told
