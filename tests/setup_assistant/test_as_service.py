# SPDX-License-Identifier: MIT
"""What setup reads where the user of the service may replace it, it reads as that user, and not as root."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.errors import AsTyped, NoAnswerError, UsageError
from elytra_status.net import http
from elytra_status.problem import Problem
from elytra_status.settings import Settings
from elytra_status.setup_assistant import as_service, first_run
from elytra_status.setup_assistant.found import TrialResult
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import make_certificate
from tests.conftest import API_KEY
from tests.keeping_server import keeping_server
from tests.setup_root import Root

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

NOBODY = 65534
EVIDENCE = Path(__file__).parents[1] / "fixtures" / "backups" / "restic.json"
PUBLISHED = '{"platform_status": "operational", "headline": {"text": "All systems operational"}}'


@pytest.fixture
def state() -> Iterator[Path]:
    """A state directory of another user, who cannot read the directory of the test."""
    directory = Path("/var/tmp") / f"elytra-status-test-{os.getpid()}-setup"
    directory.mkdir(mode=0o711)
    os.chown(directory, NOBODY, NOBODY)
    yield directory
    shutil.rmtree(directory)


def test_evidence_that_only_root_may_read_is_refused(
    state: Path, root: Root, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "evidence-of-root.json"
    shutil.copy(EVIDENCE, kept)
    kept.chmod(0o600)
    (state / "restic.json").symlink_to(kept)
    answers = {"PROBE_URLS": "tcp://127.0.0.1:9", "BACKUP_RESTIC": state / "restic.json"}
    assert root.setup("--state-directory", str(state), **answers) == 78
    assert "BACKUP_RESTIC cannot be read (Permission denied)" in capsys.readouterr().err
    assert not root.own.exists()


def test_what_the_service_may_read_is_tried_with_keys_that_only_root_may_read(
    state: Path, root: Root, kuma: ReplayServer, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(EVIDENCE, state)
    (state / EVIDENCE.name).chmod(0o644)
    answers = {"UPTIME_KUMA_URL": kuma.url, "UPTIME_KUMA_API_KEY": API_KEY, "BACKUP_RESTIC": state / EVIDENCE.name}
    assert root.setup("--state-directory", str(state), **answers) == 0
    shown = capsys.readouterr().out
    assert "uptime_kuma: " in shown
    assert "restic: 2 backup groups" in shown
    assert root.own.exists()


def test_the_child_process_uses_no_connection_of_its_parent(state: Path, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)

    def fetch() -> bytes:
        with http.open_session(trusted) as session:
            return http.get(session, f"{server.url}/status.json", seconds=20).body

    with keeping_server(certificate) as server:
        server.objects["/status.json"] = PUBLISHED.encode(), {}
        trusted = str(shutil.copy(certificate, state))
        os.chown(trusted, NOBODY, NOBODY)
        assert [fetch(), as_service.call_as_service(state, fetch, SYSTEM_CLOCK, 300), fetch(), fetch()] == [
            PUBLISHED.encode()
        ] * 4
        assert len(server.connections) == 2


def test_a_link_in_the_place_of_the_public_directory_leads_root_nowhere(
    state: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(PROBE_URLS="tcp://127.0.0.1:9")
    own, of_root = state / "public", tmp_path / "of-root"
    for directory in (own, of_root):
        directory.mkdir(mode=0o755)
        (directory / "status.json").write_text(PUBLISHED)
    assert first_run.publication(settings, state, SYSTEM_CLOCK).status == "operational"
    shutil.rmtree(own)
    own.symlink_to(of_root)
    of_root.chmod(0o700)
    assert first_run.publication(settings, state, SYSTEM_CLOCK) == first_run.FirstPublication(str(own / "status.json"))


def test_before_the_first_run_it_is_the_user_that_the_package_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def user() -> bytes:
        return repr(os.getresuid()).encode()

    missing = tmp_path / "missing"
    monkeypatch.setattr(as_service, "USER", "nobody")
    assert as_service.call_as_service(missing, user, SYSTEM_CLOCK) == repr((NOBODY, NOBODY, NOBODY)).encode()
    monkeypatch.setattr(as_service, "USER", "no-such-user")
    assert as_service.call_as_service(missing, user, SYSTEM_CLOCK) == repr(os.getresuid()).encode()


def test_a_result_comes_back_as_it_is(state: Path) -> None:
    found = TrialResult(
        ("works",),
        (Problem("odd", "look", "probes"),),
        (Problem("wrong", AsTyped("sudo true"), "probes"), Problem("bad")),
        ("Site \udc80: up",),
        {"SPACES_REGION": "fra1"},
    )
    returned = as_service.try_as_service(state, lambda: found, SYSTEM_CLOCK)
    assert returned == found
    assert isinstance(returned.faults[0].remedy, AsTyped)


def test_what_hangs_is_ended(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children = []
    fork = os.fork

    def noted() -> int:
        children.append(fork())
        return children[-1]

    def hang() -> bytes:
        time.sleep(600)
        return b""

    monkeypatch.setattr(os, "fork", noted)
    with pytest.raises(NoAnswerError, match="did not end in time"):
        as_service.call_as_service(state, hang, SYSTEM_CLOCK, 0.2)
    (child,) = children
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_root_that_may_not_become_the_service_reads_nothing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setuid", refuse)
    with pytest.raises(UsageError, match="root may not become nobody"):
        as_service.call_as_service(state, lambda: b"read", SYSTEM_CLOCK)


def test_an_error_in_the_child_is_an_error(state: Path) -> None:
    def fail() -> bytes:
        raise KeyError("Acme shop")

    with pytest.raises(RuntimeError, match=r"a child process failed: KeyError$"):
        as_service.call_as_service(state, fail, SYSTEM_CLOCK)
