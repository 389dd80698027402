# SPDX-License-Identifier: MIT
"""The minimum that the job could be: the same requests with the same libraries, one after the other, without checks.

The cost of `elytra-status run` is compared with this. Arguments: the file that tests/benchmarks/requests_of_run.py
wrote, the directory to upload, the storage, its two keys, and the schema.
"""

import datetime
import json
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import boto3
import requests
from botocore.config import Config
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families

file, directory, storage, access_key, secret_key, schema = sys.argv[1:]
sent = json.loads(Path(file).read_text("utf-8"))["requests"]
session = requests.Session()
client = boto3.client(
    "s3",
    endpoint_url=storage,
    aws_access_key_id=access_key,
    aws_secret_access_key=secret_key,
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}),
)
states, newest = [], None
document = {
    "updated_at": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "platform_status": "unknown",
    "uptime": {"last_24h": None, "last_7d": None, "last_30d": None},
    "backups": {"last_backup_status": "success", "last_backup_time": None, "last_successful_backup": None},
}


def signed(request):
    """Make a request to storage with the keys, by boto3's name for it."""
    path, query = urlsplit(request["path"]).path, dict(parse_qsl(urlsplit(request["path"]).query))
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    if request["method"] == "PUT":
        headers = request["headers"]
        options = {"ACL": headers["x-amz-acl"]} if "x-amz-acl" in headers else {}
        body = json.dumps(document).encode() if key == "status.json" else (Path(directory) / key).read_bytes()
        return client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType=headers["content-type"],
            CacheControl=headers["cache-control"],
            **options,
        )
    if request["method"] == "HEAD":
        return client.head_object(Bucket=bucket, Key=key)
    if key:
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    names = {"prefix": "Prefix", "delimiter": "Delimiter", "start-after": "StartAfter", "max-keys": "MaxKeys"}
    names["continuation-token"] = "ContinuationToken"
    given = {names[name]: value for name, value in query.items() if name in names}
    if "MaxKeys" in given:
        given["MaxKeys"] = int(given["MaxKeys"])
    return client.list_objects_v2(Bucket=bucket, **given)


for request in sent:
    if request["is_signed"]:
        found = signed(request)
        for item in found.get("Contents", ()) if isinstance(found, dict) else ():
            newest = max(newest or item["LastModified"], item["LastModified"])
        continue
    answer = session.request(request["method"], f"{request['server']}{request['path']}", headers=request["headers"])
    if request["path"] == "/metrics":
        states = [
            sample.value
            for family in text_string_to_metric_families(answer.text)
            if family.name == "monitor_status"
            for sample in family.samples
        ]
    elif answer.content and answer.headers.get("content-type", "").startswith("application/json"):
        answer.json()
document["platform_status"] = "operational" if all(states) else "outage"
document["backups"]["last_backup_time"] = newest and newest.strftime("%Y-%m-%dT%H:%M:%SZ")
Draft202012Validator(json.loads(Path(schema).read_text("utf-8"))).validate(document)
