# SPDX-License-Identifier: MIT
"""The whole job with a Ceph object gateway over TLS: what Spaces grants, refuses and throttles."""

from __future__ import annotations

import datetime as datetime_module
import http.client
import importlib
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.exceptions import ClientError

from elytra_status import errors
from elytra_status.demo.replay import ReplayServer
from elytra_status.errors import PublishError
from elytra_status.net import s3
from elytra_status.run import job as refresh
from elytra_status.run import publisher
from elytra_status.run.job import Outcome
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SystemClock
from tests.ceph_gateway import CephGateway, Keys
from tests.conftest import API_KEY, MovableClock
from tests.in_process import run_command

ROOT = Path(__file__).parents[2]
NEWEST = ROOT / ".venv-newest" / "bin" / "python"
ORIGIN = "https://www.example.com"
CLIENT = "Acme-Shop"
NUMBERS = itertools.count()

Make = Callable[..., Settings]
Job = Callable[..., Outcome]


@pytest.fixture
def values(
    gateway: CephGateway, start_kuma: Callable[..., ReplayServer], status_bucket: str, backup_bucket: str
) -> dict[str, object]:
    """Settings for the job with two limited keys, and one backup that it will find."""
    kuma = start_kuma("v2.5.3", "all-up")
    gateway.client(gateway.owner).put_object(Bucket=backup_bucket, Key=f"{CLIENT}/1.sql.gz", Body=b"x")
    return {
        "UPTIME_KUMA_URL": kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "SPACES_ENDPOINT": gateway.https_endpoint,
        "SPACES_REGION": "nyc3",
        "SPACES_ACCESS_KEY": gateway.publisher.access_key,
        "SPACES_SECRET_KEY": gateway.publisher.secret_key,
        "STATUS_BUCKET": status_bucket,
        "STATUS_URL": f"{gateway.https_endpoint}/{status_bucket}/status.json",
        "BACKUP_BUCKET": backup_bucket,
        "BACKUP_GROUPS": "prefix",
        "BACKUP_ACCESS_KEY": gateway.reader.access_key,
        "BACKUP_SECRET_KEY": gateway.reader.secret_key,
        "CORS_ORIGINS": ORIGIN,
        "CA_BUNDLE": gateway.ca_file,
    }


@pytest.fixture
def job(values: dict[str, object], make_settings: Make, tmp_path: Path) -> Job:
    """Do the job with changed settings."""

    def run(clock: Any = None, **changes: object) -> Outcome:
        return refresh.run(make_settings(**{**values, **changes}), clock or MovableClock(), tmp_path)

    return run


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that botocore waits before it tries again. It does not really wait."""
    seconds: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=seconds.append))
    return seconds


def visit(gateway: CephGateway, path: str, method: str = "GET", **headers: str) -> requests.Response:
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(
        method, f"{gateway.https_endpoint}/{path}", headers=dashed, verify=str(gateway.ca_file), timeout=10
    )


def let(gateway: CephGateway, user: str, bucket: str, actions: Sequence[str], what: str = "/*") -> None:
    """Give a user these rights on a bucket, or on the objects in it, and no others."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam:::user/{user}"]},
        "Action": list(actions),
        "Resource": [f"arn:aws:s3:::{bucket}{what}"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    gateway.client(gateway.owner).put_bucket_policy(Bucket=bucket, Policy=policy)


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


# Refusals


def refusals(gateway: CephGateway) -> dict[str, tuple[Keys, str | None, str]]:
    """What is wrong: the key, the bucket (None: the right one), and the message."""
    return {
        "access key": (Keys("DO00NOBODY", "y" * 43), None, "_ACCESS_KEY"),
        "secret": (Keys(gateway.publisher.access_key, "x" * 43), None, "_SECRET_KEY"),
        "bucket": (gateway.owner, f"missing-{next(NUMBERS)}", "there is no bucket missing-"),
        "rights": (gateway.other, None, "the key may not"),
    }


@pytest.mark.parametrize("case", ["access key", "secret", "bucket", "rights"])
def test_a_refusal_of_the_status_bucket_ends_the_run(
    case: str, job: Job, gateway: CephGateway, values: dict[str, object], status_bucket: str
) -> None:
    published = job(MovableClock(datetime.now(datetime_module.UTC) - timedelta(minutes=10)))
    keys, bucket, words = refusals(gateway)[case]
    with pytest.raises(PublishError) as caught:
        job(
            SPACES_ACCESS_KEY=keys.access_key,
            SPACES_SECRET_KEY=keys.secret_key,
            STATUS_BUCKET=bucket or values["STATUS_BUCKET"],
        )
    assert words in str(caught.value)
    assert caught.value.remedy
    assert "None" not in str(caught.value)  # Ceph's messages are empty
    assert keys.secret_key not in str(caught.value)
    assert visit(gateway, f"{status_bucket}/status.json").content == published.documents[-1].body


@pytest.mark.parametrize("case", ["access key", "secret", "bucket", "rights"])
def test_a_refusal_of_the_backup_bucket_makes_backups_unknown_and_no_more(
    case: str, job: Job, gateway: CephGateway, values: dict[str, object], log_lines: list[str]
) -> None:
    keys, bucket, words = refusals(gateway)[case]
    outcome = job(
        BACKUP_ACCESS_KEY=keys.access_key,
        BACKUP_SECRET_KEY=keys.secret_key,
        BACKUP_BUCKET=bucket or values["BACKUP_BUCKET"],
    )
    assert outcome.published
    assert outcome.decision.status.value == "operational"
    assert outcome.decision.backups.status.value == "unknown"
    (line,) = [line for line in log_lines if "is unavailable: " in line]
    assert words in line
    assert "SPACES_" not in line


def sign_at(monkeypatch: pytest.MonkeyPatch, shift: timedelta) -> None:
    """Let botocore sign by a wrong clock."""
    import botocore.auth

    signing = [botocore.auth]
    with suppress(ImportError):  # where Debian's awscli is installed, its awscrt signs
        signing.append(importlib.import_module("botocore.crt.auth"))
    if hasattr(botocore.auth, "get_current_datetime"):
        right = botocore.auth.get_current_datetime
        monkeypatch.setattr(
            botocore.auth, "get_current_datetime", lambda *arguments, **more: right(*arguments, **more) + shift
        )
        return

    class Shifted(datetime):
        @classmethod
        def utcnow(cls) -> datetime:
            return datetime.utcnow() + shift

    changed = SimpleNamespace(**{**vars(datetime_module), "datetime": Shifted})
    for module in signing:
        monkeypatch.setattr(module, "datetime", changed)


@pytest.mark.parametrize("minutes", [20, -20])
def test_a_clock_that_is_wrong_is_named(
    minutes: int, job: Job, monkeypatch: pytest.MonkeyPatch, log_lines: list[str]
) -> None:
    sign_at(monkeypatch, timedelta(minutes=minutes))
    with pytest.raises(PublishError, match=r"clock is wrong .*timedatectl"):
        job()
    assert any("is unavailable: " in line and "clock" in line for line in log_lines)


@pytest.mark.parametrize("minutes", [14, -14])
def test_a_clock_that_is_a_little_wrong_does_not_matter(
    minutes: int, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_at(monkeypatch, timedelta(minutes=minutes))
    assert job().decision.backups.status.value == "success"


def test_a_certificate_that_nobody_vouches_for(job: Job, waits: list[float], log_lines: list[str]) -> None:
    with pytest.raises(PublishError, match=r"certificate .* authority that this machine does not know.*CA_BUNDLE"):
        job(CA_BUNDLE="")
    assert any("is unavailable: " in line and "CA_BUNDLE" in line for line in log_lines)


# The least that keys must be allowed to do


def test_listing_is_all_that_backups_need(job: Job, gateway: CephGateway, backup_bucket: str) -> None:
    let(gateway, "reader", backup_bucket, ["s3:ListBucket"], what="")
    assert job().decision.backups.status.value == "success"
    let(gateway, "reader", backup_bucket, ["s3:GetObject"])
    assert job().decision.backups.status.value == "unknown"


def test_manifests_in_a_bucket_need_listing_and_reading(job: Job, gateway: CephGateway, backup_bucket: str) -> None:
    finished = datetime.now(datetime_module.UTC).isoformat()
    whole = {"group": CLIENT, "key": "x", "finished_at": finished, "exit_status": 1, "size": 1}
    owner = gateway.client(gateway.owner)
    for name in ("é +%", "b"):
        owner.put_object(Bucket=backup_bucket, Key=f"manifests/{name}.json", Body=json.dumps(whole).encode())
    folder = f"s3://{backup_bucket}/manifests/"

    def statuses() -> list[str]:
        places = (folder, f"{folder}b.json")
        return [job(BACKUP_BUCKET="", BACKUP_MANIFEST=place).decision.backups.status.value for place in places]

    assert statuses() == ["failed", "failed"]
    let(gateway, "reader", backup_bucket, ["s3:ListBucket"], what="")
    assert statuses() == ["unknown", "unknown"]
    let(gateway, "reader", backup_bucket, ["s3:GetObject"])
    assert statuses() == ["unknown", "failed"]


def test_putting_objects_is_all_that_publishing_needs(job: Job, gateway: CephGateway, status_bucket: str) -> None:
    """Published documents are public, so reading them back needs no right; nor does setting an ACL in Ceph."""
    let(gateway, "publisher", status_bucket, ["s3:PutObject"])
    clock = MovableClock()
    for _ in range(2):
        outcome = job(clock)
        assert outcome.published
        assert visit(gateway, f"{status_bucket}/status.json").content == outcome.documents[-1].body
        clock.moment += timedelta(minutes=10)


def test_without_the_right_to_put_it_is_said(job: Job, gateway: CephGateway, status_bucket: str) -> None:
    let(gateway, "publisher", status_bucket, ["s3:GetObject", "s3:PutObjectAcl"])
    with pytest.raises(PublishError, match=r"the key may not write \S+ Give it that right"):
        job()


# Too much to do


@pytest.fixture
def busy(
    ceph_packages: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CephGateway, Callable[[], ExitStack]]]:
    """A gateway that accepts two requests at once, and a way to keep it busy with two that do not end."""
    with CephGateway(tmp_path_factory.mktemp("busy"), max_concurrent_requests=2) as gateway:
        owner = gateway.client(gateway.owner, https=False)
        owner.create_bucket(Bucket="status")

        def occupy() -> ExitStack:
            stack = ExitStack()
            for number in range(2):
                url = owner.generate_presigned_url("put_object", {"Bucket": "status", "Key": f"load-{number}"})
                parts = urlsplit(url)
                connection = stack.enter_context(closing(http.client.HTTPConnection(parts.netloc, timeout=30)))
                connection.putrequest("PUT", f"{parts.path}?{parts.query}")
                connection.putheader("Content-Length", "10")
                connection.endheaders(b"x")
            return stack

        yield gateway, occupy


def test_slow_down_is_waited_out_and_given_up_at_last(
    busy: tuple[CephGateway, Callable[[], ExitStack]],
    start_kuma: Callable[..., ReplayServer],
    make_settings: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway, occupy = busy
    settings = make_settings(
        UPTIME_KUMA_URL=start_kuma("v2.5.3", "all-up").url,
        UPTIME_KUMA_API_KEY=API_KEY,
        SPACES_ENDPOINT=gateway.https_endpoint,
        SPACES_ACCESS_KEY=gateway.owner.access_key,
        SPACES_SECRET_KEY=gateway.owner.secret_key,
        STATUS_BUCKET="status",
        PUBLISH="status",  # Several at once would keep it busy by themselves.
        CA_BUNDLE=gateway.ca_file,
    )
    load = occupy()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            load.close()
            while is_busy(gateway):
                pass

    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=wait))
    assert refresh.run(settings, MovableClock(), tmp_path).published
    assert len(waits) == 2

    waits.clear()
    waits += [0.0] * 3  # After the wait at which the load ends.
    with occupy(), pytest.raises(PublishError, match=f"SlowDown.* {s3.ATTEMPTS} times"):
        refresh.run(settings, MovableClock(), tmp_path)
    assert len(waits) == 3 + s3.ATTEMPTS - 1


def is_busy(gateway: CephGateway) -> bool:
    try:
        client = gateway.client(gateway.owner, retries={"total_max_attempts": 1})
        client.list_objects_v2(Bucket="status")
    except ClientError:
        return True
    return False


# Both ends of the range of boto3


@pytest.fixture(params=["these libraries", "the newest libraries"])
def python(request: pytest.FixtureRequest) -> str:
    """A Python to run the program: that of the tests, and that of make test-newest."""
    if request.param == "these libraries":
        return sys.executable
    if not NEWEST.exists():
        pytest.skip("make test-newest makes .venv-newest")
    return str(NEWEST)


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
    report = spaces_backups.sources(make_settings(**values))[0].poll(PollRequest(datetime.now(datetime_module.UTC), 30))
    assert {CLIENT, f"{CLIENT}/1.sql.gz"} <= report.private_names
    assert report.private_hosts == {urlsplit(gateway.https_endpoint).hostname}
