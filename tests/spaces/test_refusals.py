# SPDX-License-Identifier: MIT
"""What Spaces refuses and throttles, and the least that keys must be allowed to do."""

from __future__ import annotations

import datetime as datetime_module
import http.client
import importlib
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from elytra_status.demo.replay import ReplayServer
from elytra_status.errors import PublishError
from elytra_status.net import s3
from elytra_status.run import job as refresh
from tests.ceph_gateway import CephGateway, Keys
from tests.conftest import API_KEY, MovableClock
from tests.spaces.whole_job import CLIENT, Job, Make, job, let, values, visit

__all__ = ["job", "values"]

NUMBERS = itertools.count()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that botocore waits before it tries again. It does not really wait."""
    seconds: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=seconds.append))
    return seconds


def refusals(gateway: CephGateway) -> dict[str, tuple[Keys, str | None, str]]:
    """What is wrong: the key, the bucket (None: the right one), and the message."""
    return {
        "access key": (Keys("DO00NOBODY", "y" * 43), None, "_ACCESS_KEY"),
        "secret": (Keys(gateway.publisher.access_key, "x" * 43), None, "_SECRET_KEY"),
        "bucket": (gateway.owner, f"missing-{next(NUMBERS)}", "there is no bucket missing-"),
        "rights": (gateway.other, None, "the key may not"),
    }


# Refusals


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
    assert "SPACES_ACCESS_KEY" not in line
    assert "SPACES_SECRET_KEY" not in line


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


# Too much to do


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
