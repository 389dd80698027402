# SPDX-License-Identifier: MIT
"""What a person announces on either machine of a pair: both know it, and the command says when visitors get it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.settings import Settings
from tests.conftest import API_KEY
from tests.hostile_s3 import HostileS3, error
from tests.in_process import run_words
from tests.publishing import bucket_settings

pytestmark = pytest.mark.slow

OVERRIDE = ("override", "set", "--status", "outage", "--note", "A disk has failed.")
Run = Callable[..., int]


@pytest.fixture
def run(
    hostile: HostileS3,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Run a command on one of two machines."""
    kuma = start_kuma("v2.5.3", "all-up", clock=lambda: datetime.now(UTC))
    bucket_settings(
        make_settings, hostile, UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY,
        UPTIME_KUMA_STATUS_PAGE="elytra", PUBLISH="badge", PUBLISHERS="pair",
    )  # fmt: skip

    def run_on(machine: str, *words: str) -> int:
        monkeypatch.setattr("socket.gethostname", lambda: machine)
        directory = tmp_path / machine
        directory.mkdir(exist_ok=True)
        options = ("--config", str(tmp_path / "elytra-status.conf"), "--state-directory", str(directory))
        return run_words(*words, *options)

    return run_on


def published(hostile: HostileS3) -> str:
    return str(json.loads(hostile.objects["/status/status.json"].body)["platform_status"])


def test_an_override_is_set_on_either_machine(run: Run, hostile: HostileS3, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("one", "run") == 0
    assert run("other", "run") == 0
    assert "standing by: one publishes since" in capsys.readouterr().err
    assert run("other", *OVERRIDE) == 69
    said = capsys.readouterr()
    assert "set: outage" in said.out
    assert "saved for both machines, and not published yet: one publishes since" in said.err
    assert "systemctl start elytra-status.service" in said.err
    assert run("one", "override", "show") == 0
    assert "A disk has failed." in capsys.readouterr().out
    assert run("one", "run") == 0
    assert published(hostile) == "outage"
    assert run("one", "override", "clear") == 0
    assert published(hostile) == "operational"
    assert run("other", "override", "show") == 0
    assert "no override is set" in capsys.readouterr().out


def test_incidents_and_maintenance_of_both_machines_have_different_identifiers(
    run: Run, hostile: HostileS3, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("one", "run") == 0
    assert run("one", "incident", "open", "--text", "A disk has failed.") == 0
    assert run("other", "maintenance", "add", "--until", "2h", "--text", "We replace it.") == 69
    assert run("other", "incident", "open", "--text", "A fan has failed.") == 69
    capsys.readouterr()
    assert run("one", "incident", "list") == 0
    assert run("one", "maintenance", "list") == 0
    said = capsys.readouterr().out
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    assert [f"{day}-{number}," in said for number in (1, 2, 3)] == [True] * 3
    assert run("one", "summary") == 0
    assert "Pair      this machine publishes" in capsys.readouterr().out
    assert run("other", "summary") == 0
    assert "Pair      standing by: one publishes since" in capsys.readouterr().out


def test_without_the_storage_nothing_is_announced(
    run: Run, hostile: HostileS3, capsys: pytest.CaptureFixture[str], waits: list[float]
) -> None:
    assert run("one", "run") == 0
    state = hostile.objects["/status/pair/state.json"]
    hostile.always(error(503, "InternalError"))
    capsys.readouterr()
    assert run("one", *OVERRIDE) == 69
    said = capsys.readouterr()
    assert "set:" not in said.out
    assert "the announcements of the pair cannot be changed; nothing is published" in said.err
    assert "Repeat the command when the storage works again; if the storage timed out" in said.err
    hostile.answer = lambda request: None
    assert hostile.objects["/status/pair/state.json"] == state
    assert run("one", "override", "show") == 0
    assert "no override is set" in capsys.readouterr().out


@pytest.mark.parametrize(("mark", "status", "seen"), [("f", 0, "outage"), ("0", 69, "operational")])
def test_in_the_same_second_as_the_other_machine_it_is_a_success_only_if_visitors_get_it(
    mark: str, status: int, seen: str, run: Run, hostile: HostileS3, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The lease was just given up. Of two runs in one second of the storage's clock, the mark decides."""
    first, numbers = ["8"], count()
    monkeypatch.setattr("secrets.token_hex", lambda size: f"{first[0]}{next(numbers):0{2 * size - 1}x}")
    moment = datetime.now(UTC)
    hostile.now = lambda: moment
    assert run("one", "run") == 0
    assert run("other", "run") == 0
    hostile.answer = lambda request: (
        error(403, "AccessDenied") if request.method == "PUT" and "/pair/" not in request.path else None
    )
    assert run("one", "run") == 69
    hostile.answer = lambda request: None
    first[0] = mark
    capsys.readouterr()
    assert run("other", *OVERRIDE) == status
    assert published(hostile) == seen
    assert ("not published: a newer document is published" in capsys.readouterr().err) is (status == 69)
    hostile.now = lambda: moment + timedelta(seconds=1)
    assert run("other", "run") == 0
    assert published(hostile) == "outage"
