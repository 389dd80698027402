# SPDX-License-Identifier: MIT
"""The whole job with a Ceph object gateway over TLS, and with both ends of the range of boto3."""

from __future__ import annotations

import datetime as datetime_module
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from elytra_status import errors
from elytra_status.net import s3
from elytra_status.run import job as refresh
from elytra_status.run import publisher
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK, SystemClock
from tests.ceph_gateway import CephGateway
from tests.conftest import MovableClock
from tests.in_process import run_command
from tests.spaces.whole_job import CLIENT, ORIGIN, Job, Make, job, values, visit

__all__ = ["job", "values"]

ROOT = Path(__file__).parents[2]
NEWEST = ROOT / ".venv-newest" / "bin" / "python"


# All is well


def test_two_limited_keys_do_the_whole_job(
    job: Job, gateway: CephGateway, status_bucket: str, log_lines: list[str]
) -> None:
    outcome = job()
    assert outcome.published
    answer = visit(gateway, f"{status_bucket}/status.json", Origin=ORIGIN)
    assert answer.status_code == 200
    assert answer.content == outcome.documents[-1].body
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    document = answer.json()
    assert document["platform_status"] == "operational"
    assert document["backups"]["last_backup_status"] == "success"
    for line in (answer.text, *(line for line in log_lines if not line.startswith("DEBUG"))):
        assert CLIENT not in line
        assert gateway.publisher.secret_key not in line
        assert gateway.reader.secret_key not in line


def test_every_overwrite_stays_public(job: Job, gateway: CephGateway, status_bucket: str) -> None:
    clock = MovableClock()
    for _ in range(3):
        outcome = job(clock)
        assert visit(gateway, f"{status_bucket}/status.json").content == outcome.documents[-1].body
        clock.moment += timedelta(minutes=10)
    assert visit(gateway, status_bucket).status_code == 403


@pytest.mark.parametrize("slow", ["index.html", "status.json"])
def test_a_run_that_is_overtaken_in_its_uploads_yields(
    slow: str,
    values: dict[str, object],
    make_settings: Make,
    gateway: CephGateway,
    status_bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another machine, whose clock is three minutes behind, publishes while one upload of this one is under way."""
    settings = make_settings(**values)
    for _ in range(2):
        refresh.run(settings, MovableClock(), tmp_path)
    assert publisher.read(tmp_path).enforced is True
    write, begun, newer = s3.write_object, [], []

    def write_slowly(account: object, bucket: str, key: str, body: bytes, **more: Any) -> str:
        if key == slow and not begun:
            begun.append(key)
            # Stamps have whole seconds.
            time.sleep(2)
            behind = MovableClock(datetime.now(datetime_module.UTC) - timedelta(minutes=3))
            newer.append(refresh.run(settings, behind, tmp_path / "other"))
        return write(account, bucket, key, body, **more)

    monkeypatch.setattr(s3, "write_object", write_slowly)
    # The page has changed, as it shows another minute.
    ahead = MovableClock(datetime.now(datetime_module.UTC) + timedelta(minutes=2))
    outcome = refresh.run(settings, ahead, tmp_path)
    assert begun
    assert not outcome.published
    assert outcome.other_publisher
    assert newer[0].published
    for document in newer[0].documents:
        if not document.local:
            assert visit(gateway, f"{status_bucket}/{document.name}").content == document.body


def test_a_key_of_any_characters(job: Job, gateway: CephGateway, status_bucket: str) -> None:
    outcome = job(
        STATUS_BUCKET_KEY="site/öffentlich + 50%/now.json",
        STATUS_URL=f"{gateway.https_endpoint}/{status_bucket}/site/%C3%B6ffentlich%20%2B%2050%25/now.json",
    )
    assert outcome.published
    assert visit(gateway, f"{status_bucket}/site/%C3%B6ffentlich%20%2B%2050%25/now.json").status_code == 200


def test_more_backups_than_a_page_holds(
    job: Job, gateway: CephGateway, backup_bucket: str, make_settings: Make
) -> None:
    keys = [f"b/é +%{number % 3}/{number:05}.gz" for number in range(1100)]
    gateway.fill(backup_bucket, [*keys, "b/é +%2/last"])
    last = job(BACKUP_PREFIX="b/", BACKUP_PATTERN="*/last", BACKUP_GROUPS="none")
    assert last.decision.backups.status.value == "success"
    grouped = job(BACKUP_PREFIX="b/")
    assert grouped.decision.backups.status.value == "success"
    groups = {group.name for report in grouped.assessment.reports for group in report.backup_groups}
    assert groups == {f"é +%{number}" for number in range(3)}


def test_freshness_is_seen_over_tls(
    job: Job, gateway: CephGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job(SystemClock())
    assert run_command(tmp_path, "check-freshness") == errors.STALE
    assert "may not read it (CORS)" in capsys.readouterr().err
    job(SystemClock(), SPACES_ACCESS_KEY=gateway.owner.access_key, SPACES_SECRET_KEY=gateway.owner.secret_key)
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert run_command(tmp_path, "check-freshness") == errors.DONE


# Which sites may read it


def test_cors_is_warned_of_until_it_is_applied_and_then_holds(
    job: Job, gateway: CephGateway, status_bucket: str, tmp_path: Path, log_lines: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = f"{status_bucket}/status.json"
    job()
    assert any("elytra-status cors apply" in line for line in log_lines)
    asks = {"Origin": ORIGIN, "Access_Control_Request_Method": "GET"}
    assert visit(gateway, path, "OPTIONS", **asks).status_code == 403

    owner = {"SPACES_ACCESS_KEY": gateway.owner.access_key, "SPACES_SECRET_KEY": gateway.owner.secret_key}
    job(**owner)
    assert run_command(tmp_path, "cors", "show") == errors.DONE
    assert "does not agree with CORS_ORIGINS" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert "are allowed now" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert "are allowed already" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "show") == errors.DONE
    assert "not as" not in capsys.readouterr().out

    answer = visit(gateway, path, "OPTIONS", **asks)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert visit(gateway, path, "OPTIONS", **{**asks, "Access_Control_Request_Method": "PUT"}).status_code == 403
    assert visit(gateway, path, Origin=ORIGIN).headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Origin" not in visit(gateway, path, Origin="https://other.example").headers

    log_lines.clear()
    job(MovableClock(datetime.now(datetime_module.UTC) + timedelta(minutes=1)))
    assert not any(line.startswith("WARNING") for line in log_lines)


@pytest.mark.parametrize("action", ["show", "apply"])
def test_a_limited_key_may_not_touch_cors_and_that_is_no_failure(
    action: str, values: dict[str, object], make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings(**values)
    assert run_command(tmp_path, "cors", action) == errors.DONE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("WARNING")
    assert ORIGIN in line


@pytest.fixture(params=["these libraries", "the newest libraries"])
def python(request: pytest.FixtureRequest) -> str:
    """A Python to run the program: that of the tests, and that of make test-newest."""
    if request.param == "these libraries":
        return sys.executable
    if not NEWEST.exists():
        pytest.skip("make test-newest makes .venv-newest")
    return str(NEWEST)


# Both ends of the range of boto3


def test_the_program_itself_over_tls(
    python: str,
    values: dict[str, object],
    gateway: CephGateway,
    status_bucket: str,
    make_settings: Make,
    tmp_path: Path,
) -> None:
    owner = {"SPACES_ACCESS_KEY": gateway.owner.access_key, "SPACES_SECRET_KEY": gateway.owner.secret_key}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        name, *rest = arguments
        options = ["--config", str(tmp_path / "elytra-status.conf"), "--state-directory", str(tmp_path)]
        return subprocess.run(
            [python, "-m", "elytra_status", name, *options, *rest],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    make_settings(**{**values, **owner})
    done = run("cors", "apply")
    assert done.returncode == errors.DONE, done.stderr
    make_settings(**values)
    for _ in range(2):
        done = run("run")
        assert done.returncode == errors.DONE, done.stderr
        assert "WARNING" not in done.stderr
    assert visit(gateway, f"{status_bucket}/status.json", Origin=ORIGIN).json()["platform_status"] == "operational"
    done = run("check-freshness")
    assert done.returncode == errors.DONE, done.stderr


PLAIN_PUT = """
import sys
import boto3
client = boto3.client("s3", endpoint_url=sys.argv[1], verify=sys.argv[2], region_name="nyc3",
    aws_access_key_id=sys.argv[3], aws_secret_access_key=sys.argv[4])
try:
    client.put_object(Bucket=sys.argv[5], Key="plain", Body=b"x")
except Exception as error:
    sys.exit(type(error).__name__)
"""


def test_the_newest_boto3_as_it_comes_is_refused_over_tls(gateway: CephGateway, status_bucket: str) -> None:
    """Without this the test above would prove nothing about the checksums, which are disabled."""
    if not NEWEST.exists():
        pytest.skip("make test-newest makes .venv-newest")
    owner = gateway.owner
    command = [str(NEWEST), "-c", PLAIN_PUT, gateway.https_endpoint, str(gateway.ca_file)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [*command, owner.access_key, owner.secret_key, status_bucket],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "ClientError" in done.stderr


def test_what_the_source_reports_is_guarded(
    values: dict[str, object], make_settings: Make, gateway: CephGateway
) -> None:
    report = spaces_backups.sources(make_settings(**values))[0].poll(
        PollRequest(datetime.now(datetime_module.UTC), 30, clock=SYSTEM_CLOCK)
    )
    assert {CLIENT, f"{CLIENT}/1.sql.gz"} <= report.private_names
    assert report.private_hosts == {urlsplit(gateway.https_endpoint).hostname}
