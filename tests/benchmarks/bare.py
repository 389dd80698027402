# SPDX-License-Identifier: MIT
"""The least that the job could be: the same requests on the same libraries, one after the other, no care taken.

What `elytra-status run` costs is measured against this. Arguments: kuma, storage, status bucket, backup bucket,
number of monitors.
"""

import json
import sys

import boto3
import requests
from botocore.config import Config
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families

kuma, storage, status_bucket, backup_bucket, access_key, secret_key, count, schema = sys.argv[1:]
session = requests.Session()
text = session.get(f"{kuma}/metrics", auth=("", "bench")).text
states = [
    sample.value
    for family in text_string_to_metric_families(text)
    if family.name == "monitor_status"
    for sample in family.samples
]
session.get(f"{kuma}/api/status-page/elytra").json()
session.get(f"{kuma}/api/status-page/heartbeat/elytra").json()
for number in range(1, int(count) + 1):
    session.get(f"{kuma}/api/badge/{number}/uptime/168").text.partition("%")

client = boto3.client(
    "s3",
    endpoint_url=storage,
    aws_access_key_id=access_key,
    aws_secret_access_key=secret_key,
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}),
)
newest = max(
    item["LastModified"]
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=backup_bucket)
    for item in page["Contents"]
)
document = {
    "updated_at": "2025-11-10T15:30:00Z",
    "platform_status": "operational" if all(states) else "outage",
    "uptime": {"last_24h": None, "last_7d": None, "last_30d": None},
    "backups": {
        "last_backup_status": "success",
        "last_backup_time": newest.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "last_successful_backup": None,
    },
}
with open(schema) as file:
    Draft202012Validator(json.load(file)).validate(document)
key = {"Bucket": status_bucket, "Key": "bare.json"}
body = json.dumps(document).encode()
client.put_object(**key, Body=body, ACL="public-read", ContentType="application/json")
assert client.get_object(**key)["Body"].read() == body
assert client.get_object(**key)["Body"].read() == body
assert session.get(f"{storage}/{status_bucket}/bare.json", headers={"Origin": "https://a.example"}).content == body
