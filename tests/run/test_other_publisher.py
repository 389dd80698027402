# SPDX-License-Identifier: MIT
"""Two machines that publish to one bucket by mistake: each says so within one run, and that it is over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.alerts import notify
from elytra_status.demo.replay import ReplayServer
from elytra_status.publish import directory
from elytra_status.run import job, publisher
from elytra_status.settings import Settings
from elytra_status.system import files
from elytra_status.system.clock import to_text
from tests.alert_servers import mail_server
from tests.conftest import API_KEY, MovableClock, recording
from tests.hostile_s3 import HostileS3
from tests.publishing import bucket_settings, documents_of

pytestmark = pytest.mark.slow

RUN = timedelta(minutes=10)


@pytest.mark.parametrize("where", ["bucket status", "a directory"])
def test_both_say_so_within_one_run_and_when_it_is_over(
    where: str,
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    log_lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    hostile.now = clock.now
    monkeypatch.setattr(files, "touch", lambda descriptor: clock.now())
    more = {}
    if where == "a directory":
        where = str(tmp_path / "srv")
        more = {"STATUS_BUCKET": "", "PUBLIC_DIRECTORY": where}
    with mail_server() as mailbox:
        settings = bucket_settings(
            make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, SMTP_HOST="127.0.0.1",
            SMTP_PORT=mailbox.port, SMTP_SECURITY="none", SMTP_FROM="from@example.com",
            ALERT_EMAIL_TO="to@example.com", PUBLISH="badge", **more,
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
            assert f"publisher: another machine published to {where} at" in line
            assert "systemctl disable --now elytra-status.timer" in line
            assert publisher.read(tmp_path / machine).other is not None
        assert run("new") == [], "it has been told"
        (subject,) = [*run("new"), *run("new")]
        assert "one machine publishes the status again" in subject
        assert publisher.read(tmp_path / "new").other is None


@pytest.mark.parametrize("where", ["a bucket", "a directory"])
def test_a_run_that_was_held_up_after_its_poll_replaces_no_status_of_a_later_poll(
    where: str,
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The platform goes down after the poll of the older run, which takes its time to render."""
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    hostile.now = clock.now
    monkeypatch.setattr(files, "touch", lambda descriptor: clock.now())
    of_directory = {"STATUS_BUCKET": "", "PUBLIC_DIRECTORY": tmp_path / "srv"} if where == "a directory" else {}
    settings = bucket_settings(
        make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, PUBLISH="status", **of_directory
    )
    for name in ("older", "newer"):
        clock.moment += RUN
        (tmp_path / name).mkdir()
        assert job.run(settings, clock, tmp_path / name).published
    clock.moment += RUN
    render = job.render_publication

    def held_up(*arguments: Any) -> Any:
        monkeypatch.setattr(job, "render_publication", render)
        clock.moment += timedelta(seconds=20)
        kuma.recording = recording("v2.5.3", "one-down")
        assert job.run(settings, clock, tmp_path / "newer").published
        clock.moment += timedelta(seconds=20)
        return render(*arguments)

    monkeypatch.setattr(job, "render_publication", held_up)
    assert not job.run(settings, clock, tmp_path / "older").published
    there = tmp_path / "srv" / "status.json"
    body = there.read_bytes() if of_directory else hostile.objects["/status/status.json"].body
    assert json.loads(body)["platform_status"] == "outage"


@dataclass
class Alone:
    """A machine that publishes alone, and may be replaced by one with an empty or older state directory."""

    settings: Settings
    clock: MovableClock
    state: Path
    hostile: HostileS3
    lines: list[str]

    def run(self) -> list[str]:
        """Do a run that publishes, and return its errors."""
        self.clock.moment += RUN
        self.lines.clear()
        outcome = job.run(self.settings, self.clock, self.state)
        assert outcome.published
        errors = [line for line in self.lines if line.startswith("ERROR")]
        assert bool(errors) is bool(outcome.other_publisher) is bool(publisher.read(self.state).other)
        return errors

    def replace_status(self, ahead: timedelta) -> None:
        """Let somebody write an operational status without a mark."""
        moment = self.clock.now() + RUN + ahead
        body = json.dumps(
            {
                **json.loads(self.body),
                "platform_status": "operational",
                "updated_at": to_text(moment),
                "stale_after": to_text(moment + timedelta(minutes=30)),
            }
        ).encode()
        if self.settings.status_bucket:
            self.hostile.put("/status/status.json", body, content_type="application/json")
        else:
            self.path.write_bytes(body)

    @property
    def path(self) -> Path:
        return Path(str(self.settings.public_directory), "status.json")

    @property
    def body(self) -> bytes:
        in_bucket = self.settings.status_bucket
        return self.hostile.objects["/status/status.json"].body if in_bucket else self.path.read_bytes()

    def drop_mark(self) -> None:
        """Leave the status there as version 0.1.0 does."""
        if self.settings.status_bucket:
            stored = self.hostile.objects["/status/status.json"]
            self.hostile.objects["/status/status.json"] = replace(stored, headers={"content-type": "application/json"})
        else:
            (self.path.parent / directory.STAMP).unlink()


@pytest.fixture(params=["a bucket", "a directory"])
def alone(
    request: pytest.FixtureRequest,
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
    log_lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Alone:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    hostile.now = clock.now
    monkeypatch.setattr(files, "touch", lambda descriptor: clock.now())
    of_directory = {"STATUS_BUCKET": "", "PUBLIC_DIRECTORY": tmp_path / "srv"} if request.param == "a directory" else {}
    settings = bucket_settings(
        make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, PUBLISH="badge", **of_directory
    )
    (tmp_path / "state").mkdir()
    return Alone(settings, clock, tmp_path / "state", hostile, log_lines)


@pytest.mark.parametrize("ahead", [timedelta(minutes=4), timedelta(minutes=-4)])
def test_a_status_without_a_mark_is_an_error_and_is_replaced(ahead: timedelta, alone: Alone) -> None:
    assert [alone.run(), alone.run()] == [[], []]
    for _ in range(2):
        alone.replace_status(ahead)
        (line,) = alone.run()
        assert "is by somebody who leaves no mark, and not what this machine published last" in line
        assert "revoke the key" in line
        assert json.loads(alone.body)["platform_status"] == "outage"
    assert alone.run() == []


def test_after_an_upgrade_its_own_status_without_a_mark_is_no_error(alone: Alone) -> None:
    """Early versions left no mark, or none in a directory. They saved no marks, or what they published."""
    alone.run()
    alone.drop_mark()
    assert alone.run() == []
    alone.run()
    alone.drop_mark()
    (alone.state / publisher.FILE).unlink()
    alone.replace_status(-RUN)
    assert alone.run() == []


@pytest.mark.parametrize("lost", ["*", publisher.FILE, "published.json"])
def test_after_a_loss_of_state_a_status_without_a_mark_is_no_error(lost: str, alone: Alone) -> None:
    alone.run()
    alone.run()
    for path in alone.state.glob(lost):
        if path.is_file():
            path.unlink()
    alone.replace_status(-RUN)
    # In a bucket, the other documents have marks that this machine does not know any more.
    assert not [line for line in alone.run() if "leaves no mark" in line]


def test_at_another_target_a_status_without_a_mark_is_no_error(alone: Alone, tmp_path: Path) -> None:
    alone.run()
    alone.settings = replace(
        alone.settings, status_bucket_key="new/status.json", public_directory=str(tmp_path / "new")
    )
    old = json.dumps({**json.loads(documents_of(alone.clock.now())[-1].body)}).encode()
    alone.hostile.put("/status/new/status.json", old)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "status.json").write_bytes(old)
    assert alone.run() == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"marks": 5}', b'{"marks": ["x"]}', b'{"marks": [], "confirmed": 5}']
)
def test_with_damaged_marks_nothing_is_said_about_others(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / publisher.FILE).write_bytes(damage)
    saved = publisher.read(tmp_path)
    assert publisher.begin_publishing(tmp_path, saved).own is None
    again = publisher.begin_publishing(tmp_path, publisher.read(tmp_path))
    assert again.own is not None
    assert len(again.own) == 1


def test_a_mark_is_saved_before_anything_is_uploaded_and_few_are_kept(tmp_path: Path) -> None:
    marks = [publisher.begin_publishing(tmp_path, publisher.read(tmp_path)).mark for _ in range(100)]
    stored = json.loads((tmp_path / publisher.FILE).read_bytes())["marks"]
    assert stored == marks[-len(stored) :]
    assert len(set(marks)) == 100
    assert len(stored) < 100


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
