# SPDX-License-Identifier: MIT
"""The gateway of the other tests is a real one: it refuses what Spaces refuses, as Spaces does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import BotoCoreError, ClientError

from tests import ceph_gateway
from tests.ceph_gateway import CephGateway, GatewayError, Keys

ORIGIN = "https://www.example.com"
CORS = {"CORSRules": [{"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": [ORIGIN]}]}


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the error code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def fetch(gateway: CephGateway, path: str, method: str = "GET", **headers: str) -> requests.Response:
    """Request like a browser: without keys, over TLS."""
    address = f"{gateway.https_endpoint}/{path}"
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, address, headers=dashed, verify=str(gateway.ca_file), timeout=10)


def preflight(gateway: CephGateway, path: str, origin: str, method: str) -> requests.Response:
    return fetch(gateway, path, "OPTIONS", Origin=origin, Access_Control_Request_Method=method)


@pytest.mark.parametrize("https", [True, False], ids=["https", "http"])
def test_unknown_access_key_is_refused(gateway: CephGateway, status_bucket: str, https: bool) -> None:
    client = gateway.client(Keys("DO00NOBODY", gateway.owner.secret_key), https=https)
    assert refusal(client.list_objects_v2, Bucket=status_bucket) == "InvalidAccessKeyId"


def test_wrong_secret_key_is_refused(gateway: CephGateway, status_bucket: str) -> None:
    client = gateway.client(Keys(gateway.owner.access_key, "wrong"))
    assert refusal(client.list_objects_v2, Bucket=status_bucket) == "SignatureDoesNotMatch"


def test_another_customer_is_refused(gateway: CephGateway, status_bucket: str) -> None:
    assert refusal(gateway.client(gateway.other).list_objects_v2, Bucket=status_bucket) == "AccessDenied"


def test_missing_bucket(gateway: CephGateway) -> None:
    assert refusal(gateway.client(gateway.owner).list_objects_v2, Bucket="no-such-bucket") == "NoSuchBucket"


def test_public_object_is_read_by_a_page_of_the_allowed_origin(gateway: CephGateway, status_bucket: str) -> None:
    owner = gateway.client(gateway.owner)
    owner.put_bucket_cors(Bucket=status_bucket, CORSConfiguration=CORS)
    owner.put_object(
        Bucket=status_bucket,
        Key="status.json",
        Body=b"{}",
        ACL="public-read",
        ContentType="application/json",
        CacheControl="public, max-age=300",
    )

    answer = fetch(gateway, f"{status_bucket}/status.json", Origin=ORIGIN)
    assert (answer.status_code, answer.content) == (200, b"{}")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"

    elsewhere = fetch(gateway, f"{status_bucket}/status.json", Origin="https://elsewhere.example.com")
    assert elsewhere.status_code == 200
    assert "Access-Control-Allow-Origin" not in elsewhere.headers


def test_preflight(gateway: CephGateway, status_bucket: str) -> None:
    path = f"{status_bucket}/status.json"
    assert preflight(gateway, path, ORIGIN, "GET").status_code == 403

    gateway.client(gateway.owner).put_bucket_cors(Bucket=status_bucket, CORSConfiguration=CORS)
    allowed = preflight(gateway, path, ORIGIN, "GET")
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert preflight(gateway, path, ORIGIN, "PUT").status_code == 403
    assert preflight(gateway, path, "https://elsewhere.example.com", "GET").status_code == 403


def test_overwriting_without_an_acl_makes_an_object_private(gateway: CephGateway, status_bucket: str) -> None:
    owner = gateway.client(gateway.owner)
    owner.put_object(Bucket=status_bucket, Key="status.json", Body=b"{}", ACL="public-read")
    assert fetch(gateway, f"{status_bucket}/status.json").status_code == 200
    owner.put_object(Bucket=status_bucket, Key="status.json", Body=b"{}")
    assert fetch(gateway, f"{status_bucket}/status.json").status_code == 403
    assert fetch(gateway, f"{status_bucket}/missing.json").status_code == 403
    assert refusal(gateway.client(None).list_objects_v2, Bucket=status_bucket) == "AccessDenied"


def test_a_listing_has_at_most_a_thousand_keys_a_page(gateway: CephGateway, backup_bucket: str) -> None:
    keys = [f"client é+%/{number:04}.dump" for number in range(1001)]
    gateway.fill(backup_bucket, keys)
    pages = (
        gateway.client(gateway.reader)
        .get_paginator("list_objects_v2")
        .paginate(Bucket=backup_bucket, PaginationConfig={"PageSize": 5000})
    )
    listed = [[entry["Key"] for entry in page["Contents"]] for page in pages]
    assert [len(page) for page in listed] == [1000, 1]
    assert [key for page in listed for key in page] == keys


def test_reader_reads_one_bucket_and_nothing_else(gateway: CephGateway, backup_bucket: str, status_bucket: str) -> None:
    gateway.client(gateway.owner).put_object(Bucket=backup_bucket, Key="a.dump", Body=b"x")
    reader = gateway.client(gateway.reader)
    assert reader.list_objects_v2(Bucket=backup_bucket)["KeyCount"] == 1
    assert reader.get_object(Bucket=backup_bucket, Key="a.dump")["Body"].read() == b"x"

    assert refusal(reader.put_object, Bucket=backup_bucket, Key="b.dump", Body=b"") == "AccessDenied"
    assert refusal(reader.delete_object, Bucket=backup_bucket, Key="a.dump") == "AccessDenied"
    assert refusal(reader.get_bucket_cors, Bucket=backup_bucket) == "AccessDenied"
    assert refusal(reader.list_objects_v2, Bucket=status_bucket) == "AccessDenied"
    assert refusal(reader.create_bucket, Bucket="readers-own-bucket") == "AccessDenied"


def test_publisher_puts_into_one_bucket_and_nothing_else(
    gateway: CephGateway, backup_bucket: str, status_bucket: str
) -> None:
    publisher = gateway.client(gateway.publisher)
    publisher.put_object(Bucket=status_bucket, Key="status.json", Body=b"{}", ACL="public-read")
    assert publisher.get_object(Bucket=status_bucket, Key="status.json")["Body"].read() == b"{}"
    assert fetch(gateway, f"{status_bucket}/status.json").status_code == 200

    assert refusal(publisher.list_objects_v2, Bucket=status_bucket) == "AccessDenied"
    # A user who may not list does not learn that a key is missing.
    assert refusal(publisher.get_object, Bucket=status_bucket, Key="missing.json") == "AccessDenied"
    assert refusal(publisher.put_bucket_cors, Bucket=status_bucket, CORSConfiguration=CORS) == "AccessDenied"
    assert refusal(publisher.list_objects_v2, Bucket=backup_bucket) == "AccessDenied"
    assert refusal(publisher.put_object, Bucket=backup_bucket, Key="a", Body=b"") == "AccessDenied"


def test_two_grants_on_one_bucket(gateway: CephGateway, status_bucket: str) -> None:
    gateway.grant_reading(status_bucket)
    gateway.client(gateway.publisher).put_object(Bucket=status_bucket, Key="status.json", Body=b"{}")
    assert gateway.client(gateway.reader).list_objects_v2(Bucket=status_bucket)["KeyCount"] == 1


def test_too_many_requests_at_once_get_slow_down(ceph_packages: None, tmp_path: Path) -> None:
    with CephGateway(tmp_path, max_concurrent_requests=2) as gateway:
        gateway.client(gateway.owner).create_bucket(Bucket="busy")

        def answers(clients: int, **retries: Any) -> set[str]:
            client = gateway.client(gateway.owner, max_pool_connections=clients, retries=retries)

            def ask(_: int) -> str:
                try:
                    client.list_objects_v2(Bucket="busy")
                except ClientError as error:
                    return f"{error.response['ResponseMetadata']['HTTPStatusCode']} {error.response['Error']['Code']}"
                except BotoCoreError as error:
                    return type(error).__name__
                return "fine"

            with ThreadPoolExecutor(clients) as pool:
                return set(pool.map(ask, range(96)))

        assert answers(16, total_max_attempts=1) == {"fine", "503 SlowDown"}
        assert answers(4, mode="standard", max_attempts=10) == {"fine"}


def test_buckets_named_in_the_host(ceph_packages: None, tmp_path: Path) -> None:
    with CephGateway(tmp_path, domain="spaces.localhost") as gateway:
        owner = gateway.client(gateway.owner)
        owner.create_bucket(Bucket="status")
        owner.put_object(Bucket="status", Key="status.json", Body=b"{}", ACL="public-read")
        headers = {"Host": "status.spaces.localhost"}
        answer = requests.get(f"{gateway.http_endpoint}/status.json", headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (200, b"{}")


def processes_of(directory: Path) -> list[str]:
    """Return the command lines of the processes that were started for a gateway in that directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{directory}/ceph.conf" in command:
            found.append(command)
    return found


def test_nothing_is_left_behind(ceph_packages: None, tmp_path: Path) -> None:
    directory = tmp_path / "gateway"
    with CephGateway(directory):
        assert len(processes_of(directory)) == 3
    assert processes_of(directory) == []
    assert not directory.exists()


def test_a_daemon_that_died_is_reported(ceph_packages: None, tmp_path: Path) -> None:
    def break_it(gateway: CephGateway) -> None:
        with gateway:
            daemon = gateway._daemons["ceph-osd"]
            daemon.kill()
            daemon.wait()

    with pytest.raises(GatewayError, match=r"^ceph-osd ended with status -9\n---- "):
        break_it(CephGateway(tmp_path))
    assert processes_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_reported(gateway: CephGateway, tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=f"port {gateway.http_port} of 127.0.0.1 is in use"):
        CephGateway(tmp_path, http_port=gateway.http_port).__enter__()
    assert processes_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ceph_gateway.missing_packages() == list(ceph_gateway.PACKAGES)
    with pytest.raises(GatewayError, match=r"not installed: ceph-mon .*radosgw"):
        CephGateway(tmp_path).__enter__()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_command_line(ceph_packages: None, tmp_path: Path, number: signal.Signals) -> None:
    directory = tmp_path / "gateway"
    command = [sys.executable, "-m", ceph_gateway.__name__, "--directory", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            answer = json.loads(process.stdout.readline())
            assert set(answer) == {"http_endpoint", "https_endpoint", "ca_file", "keys"}
            assert set(answer["keys"]) == {"owner", "other", "reader", "publisher"}
            served = requests.get(answer["https_endpoint"], verify=answer["ca_file"], timeout=10)
            assert served.status_code == 200
        finally:
            os.kill(process.pid, number)
    assert process.returncode == (0 if number is signal.SIGTERM else -number)
    deadline = time.monotonic() + 5
    while processes_of(directory) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_of(directory) == []
    assert directory.exists() is (number is signal.SIGKILL)
