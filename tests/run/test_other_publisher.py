# SPDX-License-Identifier: MIT
"""Two machines that publish to one bucket by mistake: each says so within one run, and that it is over."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status.alerts import notify
from elytra_status.demo.replay import ReplayServer
from elytra_status.run import job, publisher
from elytra_status.settings import Settings
from tests.alert_servers import mail_server
from tests.conftest import API_KEY, MovableClock
from tests.hostile_s3 import HostileS3
from tests.publishing import bucket_settings

pytestmark = pytest.mark.slow

RUN = timedelta(minutes=10)


def test_both_say_so_within_one_run_and_when_it_is_over(
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    log_lines: list[str],
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    hostile.now = clock.now
    with mail_server() as mailbox:
        settings = bucket_settings(
            make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, SMTP_HOST="127.0.0.1",
            SMTP_PORT=mailbox.port, SMTP_SECURITY="none", SMTP_FROM="from@example.com",
            ALERT_EMAIL_TO="to@example.com", PUBLISH="badge",
        )  # fmt: skip

        def run(name: str) -> list[str]:
            """Do a run of a machine, and return the subjects of its mails about another publisher."""
            clock.moment += RUN
            state = tmp_path / name
            state.mkdir(exist_ok=True)
            outcome = job.run(settings, clock, state)
            notify.notify_conditions(
                settings, clock, state, outcome.assessment, other_publisher=outcome.other_publisher
            )
            subjects = [str(mail["Subject"]) for mail in mailbox.mails]
            mailbox.mails.clear()
            return [subject for subject in subjects if "publish" in subject]

        assert [run("old"), run("old")] == [[], []]
        assert log_lines
        for machine in ("new", "old"):
            log_lines.clear()
            (subject,) = run(machine)
            assert "another machine is publishing the same status" in subject
            (line,) = [line for line in log_lines if line.startswith("ERROR")]
            assert "publisher: another machine published to bucket status at" in line
            assert "systemctl disable --now elytra-status.timer" in line
            assert publisher.read(tmp_path / machine).other is not None
        assert run("new") == [], "it has been told"
        (subject,) = [*run("new"), *run("new")]
        assert "one machine publishes the status again" in subject
        assert publisher.read(tmp_path / "new").other is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"marks": 5}', b'{"marks": ["x"]}'])
def test_with_damaged_marks_nothing_is_said_about_others(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / publisher.FILE).write_bytes(damage)
    saved = publisher.read(tmp_path)
    assert publisher.begin_publishing(tmp_path, saved).own is None
    again = publisher.begin_publishing(tmp_path, publisher.read(tmp_path))
    assert again.own is not None
    assert len(again.own) == 1


def test_a_mark_is_saved_before_anything_is_uploaded_and_few_are_kept(tmp_path: Path) -> None:
    marks = [publisher.begin_publishing(tmp_path, publisher.read(tmp_path)).mark for _ in range(40)]
    stored = json.loads((tmp_path / publisher.FILE).read_bytes())["marks"]
    assert stored == marks[-len(stored) :]
    assert len(set(marks)) == 40
    assert len(stored) < 40


@pytest.mark.parametrize("off", [timedelta(hours=5), timedelta(minutes=-6)])
def test_a_machine_with_a_wrong_clock_leaves_the_good_status_of_another(
    off: timedelta,
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    log_lines: list[str],
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    hostile.now = clock.now
    settings = bucket_settings(
        make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY,
        UPTIME_KUMA_STATUS_PAGE="elytra", PUBLISH="badge",
    )  # fmt: skip

    def run(name: str, ahead: timedelta = timedelta(0)) -> job.Outcome:
        clock.moment += RUN
        (tmp_path / name).mkdir(exist_ok=True)
        return job.run(settings, MovableClock(clock.moment + ahead), tmp_path / name)

    def published() -> str:
        return str(json.loads(hostile.objects["/status/status.json"].body)["platform_status"])

    assert run("good").published
    assert published() == "operational"
    there = hostile.objects["/status/status.json"].body
    log_lines.clear()
    outcome = run("wrong", off)
    assert (outcome.published, outcome.result.kept_good) == (False, True)
    assert "yielded to another machine's status" in outcome.summary
    assert any("this run leaves it, as the clock is wrong" in line for line in log_lines)
    assert any(line.startswith("ERROR this machine's clock is wrong") for line in log_lines)
    assert hostile.objects["/status/status.json"].body == there
    # Nobody else publishes any more: what lies there is no longer good.
    clock.moment += timedelta(minutes=30)
    assert run("wrong", off).published
    assert published() == "unknown"
