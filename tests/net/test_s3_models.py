# SPDX-License-Identifier: MIT
"""Requests to storage are those that botocore makes by its own rules for addresses, with less loaded."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from elytra_status.net import s3_models

pytestmark = pytest.mark.slow

ENDPOINTS = (
    "https://nyc3.spaces.example",
    "http://storage.example:8080",
    "https://storage.example/below/it",
    "https://storage.example/below/",
    "http://127.0.0.1:9000",
    "https://[2001:db8::1]:9000",
)
BUCKETS = ("status", "status.example.com", "a_b", "Status", "ab", "x" * 64)
CALLS: dict[str, dict[str, Any]] = {
    "get_object": {"Key": "api/v2/ä b+c.json"},
    "head_object": {"Key": "status.json"},
    "put_object": {"Key": "status.json", "Body": b"{}"},
    "list_objects_v2": {"Prefix": "nightly/"},
    "head_bucket": {},
    "get_bucket_cors": {},
    "put_bucket_cors": {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}},
}

_CLIENT = """
import sys
import boto3

of_boto3 = {*sys.modules}  # from 1.44 on, boto3 loads both by itself
from elytra_status.net import s3
from elytra_status.secret import Secret

names = s3.Names("KEY", "SECRET", "ENDPOINT", "REGION", "ADDRESSING")
s3.open_client(s3.Account("http://127.0.0.1:9", "us-east-1", Secret("key"), Secret("secret"), None, names))
print({"s3transfer", "multiprocessing"} & sys.modules.keys() - of_boto3)
"""


_LISTED = """
import os, sys
from pathlib import Path

import botocore

found = set()
sys.addaudithook(lambda event, values: found.add(str(values[0])) if event == "os.listdir" else None)
from elytra_status.net import s3
from elytra_status.secret import Secret

names = s3.Names("KEY", "SECRET", "ENDPOINT", "REGION", "ADDRESSING")
s3.open_client(s3.Account("http://127.0.0.1:9", "us-east-1", Secret("key"), Secret("secret"), None, names))
data = Path(botocore.__file__).parent / "data"
print(*sorted(os.path.relpath(one, data) for one in found if one.startswith(str(data))))
"""


def sent(endpoint: str, style: str, region: str, models: Any = None) -> list[tuple[str, str, str] | str]:
    """Return method, address and scope of the signature of every call to every bucket, or why there is none."""
    session = botocore.session.Session()
    if models:
        session.register_component("data_loader", models)
    client = boto3.session.Session(botocore_session=session).client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(signature_version="s3v4", s3={"addressing_style": style}),
    )
    found: list[tuple[str, str, str] | str] = []

    def note(request: Any, **others: object) -> Any:
        scope = request.headers["Authorization"].decode().partition("/")[2].partition("/")[2].partition(",")[0]
        found.append((request.method, request.url, scope))
        answer = AWSResponse(request.url, 200, {}, None)
        answer._content = b""
        return answer

    client.meta.events.register("before-send.s3", note)
    for bucket, (call, values) in itertools.product(BUCKETS, CALLS.items()):
        before = len(found)
        try:
            getattr(client, call)(Bucket=bucket, **values)
        except Exception as error:  # that is compared too
            if len(found) == before:
                found.append(type(error).__name__)
    return found


@pytest.mark.parametrize("region", ["us-east-1", "nyc3", "eu-central-1"])
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_requests_are_those_of_the_rules_of_botocore(endpoint: str, style: str, region: str) -> None:
    ours = sent(endpoint, style, region, s3_models.loader())
    assert len(ours) == len(BUCKETS) * len(CALLS)
    assert ours == sent(endpoint, style, region)


def test_neither_the_rules_of_amazon_nor_its_endpoints_are_read() -> None:
    models = s3_models.loader()
    read = []
    load_file = models.file_loader.load_file
    models.file_loader.load_file = lambda path: read.append(path) or load_file(path)
    sent(ENDPOINTS[0], "path", "nyc3", models)
    assert [path for path in read if path.endswith("service-2")]
    assert not [path for path in read if s3_models.RULES in path or path.endswith("/endpoints")]


def test_a_listing_is_read_with_what_is_used_of_it_alone() -> None:
    shapes = s3_models.loader().load_service_model("s3", s3_models.SERVICE)["shapes"]
    assert tuple(shapes["Object"]["members"]) == ("Key", "LastModified", "Size")


def test_a_client_goes_without_what_transfers_in_several_parts_need() -> None:
    done = subprocess.run([sys.executable, "-c", _CLIENT], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("set()\n", 0), done.stderr


def test_a_client_searches_no_directories_of_other_services() -> None:
    done = subprocess.run([sys.executable, "-c", _LISTED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("s3\n", 0), done.stderr
