# SPDX-License-Identifier: MIT
"""A pair of machines with a real Ceph object gateway over TLS, and with SeaweedFS."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from elytra_status.announcements import override
from elytra_status.doctor import pairs, targets
from elytra_status.errors import PublishError
from elytra_status.model import Announcements, Override, PlatformStatus
from elytra_status.run import job, pair, publisher
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock
from tests.ceph_gateway import CephGateway
from tests.conftest import MovableClock, wait_until
from tests.examined import bad, context, examine, of
from tests.spaces.test_seaweedfs import seaweedfs, values

__all__ = ["seaweedfs"]

Make = Callable[..., Settings]


def check_pair(settings: Settings, directory: Path, patch: pytest.MonkeyPatch) -> None:
    """One machine publishes, the other one stands by, takes an override, and takes the lease when it is given up."""

    def run(name: str, ahead: timedelta = timedelta(0)) -> job.Outcome:
        patch.setattr("socket.gethostname", lambda: name)
        state = directory / name
        state.mkdir(exist_ok=True)
        return job.run(settings, MovableClock(datetime.now(UTC) + ahead), state)

    assert run("one").published
    outcome = run("other", timedelta(minutes=4))
    assert not outcome.published
    assert "standing by: one publishes since" in outcome.summary
    now = datetime.now(UTC).replace(microsecond=0)
    wanted = Override(PlatformStatus.OUTAGE, "A disk has failed.", now, now + timedelta(hours=1), "ann")

    def how(there: Announcements) -> Announcements:
        return override.set_to(there, wanted)

    pair.open_pair(settings, SystemClock(), directory / "other").change_announcements(how)
    assert run("one").decision.status is PlatformStatus.OUTAGE
    saved = publisher.read(directory / "one")
    one = pair.open_pair(
        settings, SystemClock(), directory / "one", publisher.begin_publishing(directory / "one", saved)
    )
    one.claim(answers=True)
    assert one.holds
    one.release()
    taken: list[job.Outcome] = []

    def is_taken() -> bool:
        taken[:] = [run("other")]
        return taken[0].published

    # Of two runs in one second of the storage's clock, one yields: the lease was just given up.
    wait_until(is_taken)
    assert taken[0].other_publisher == ""
    assert taken[0].decision.status is PlatformStatus.OUTAGE
    assert not run("one").published


def test_a_pair_on_ceph(
    gateway: CephGateway, status_bucket: str, make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own: dict[str, object] = {
        "SPACES_ENDPOINT": gateway.https_endpoint,
        "SPACES_REGION": "nyc3",
        "SPACES_ACCESS_KEY": gateway.publisher.access_key,
        "SPACES_SECRET_KEY": gateway.publisher.secret_key,
        "STATUS_BUCKET": status_bucket,
        "STATUS_URL": f"{gateway.https_endpoint}/{status_bucket}/status.json",
        "CA_BUNDLE": gateway.ca_file,
        "PUBLISHERS": "pair",
    }
    check_pair(make_settings(**own), tmp_path, monkeypatch)
    for name in ("lease.json", "state.json"):
        url = f"{gateway.https_endpoint}/{status_bucket}/pair/{name}"
        assert requests.get(url, verify=str(gateway.ca_file), timeout=10).status_code == 403
    lease = gateway.client(gateway.publisher).get_object(Bucket=status_bucket, Key="pair/lease.json")["Body"].read()
    assert {machine["name"] for machine in json.loads(lease)["machines"]} == {"one", "other"}
    (tmp_path / "one").rename(tmp_path / "state")
    found = [
        finding
        for finding in examine(targets.AREA, context(tmp_path, **own))
        if finding.name in (pairs.PAIR, pairs.OBJECTS, pairs.PUBLISHER, pairs.CONDITIONAL)
    ]
    assert bad(found) == []
    assert "other publishes, and this machine stands by" in of(found, pairs.PAIR).seen


def test_a_pair_on_seaweedfs_with_a_private_bucket(
    seaweedfs: str, make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = values(seaweedfs, "open", STATUS_ACL="none", PUBLISHERS="pair", PAIR_BUCKET="closed")
    check_pair(make_settings(**own), tmp_path, monkeypatch)
    assert requests.get(f"{seaweedfs}/closed/pair/state.json", timeout=10).status_code == 403


def test_a_pair_on_seaweedfs_with_a_public_bucket_publishes_nothing(
    seaweedfs: str, make_settings: Make, tmp_path: Path
) -> None:
    """The storage ignores ACLs, and everybody may read the bucket."""
    own = values(seaweedfs, "open", STATUS_ACL="public-read", PUBLISHERS="pair", PAIR_KEY="shared/")
    with pytest.raises(PublishError, match=r"everybody may read shared/probe\.json in bucket open"):
        job.run(make_settings(**own), MovableClock(), tmp_path)
    assert requests.get(f"{seaweedfs}/open/shared/state.json", timeout=10).status_code in (403, 404)
