# SPDX-License-Identifier: MIT
"""Manifests of backups in a bucket: one object, or all of a folder, and a storage that misbehaves."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elytra_status import leak_guard
from elytra_status.decision.backup_policy import judge_backups
from elytra_status.errors import NoAnswerError, SourceError
from elytra_status.model import BackupGroup, BackupStatus, Report
from elytra_status.net import s3
from elytra_status.run import private_terms
from elytra_status.run.assess import assess, policy_rules
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Secret, Settings
from elytra_status.sources import configured
from elytra_status.sources.backup_evidence import objects
from elytra_status.sources.backup_evidence.report import UNUSABLE
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, error, goes_on, listing

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 21, 20, 0, 0, tzinfo=UTC)
KEY, SECRET = "DO00KEYOFTHEBACKUPS0", "secret/of+the=backups"
FOLDER = "s3://backups/manifests/"
CLIENT = "Acme-Shop"
BUCKETS = (f"manifests-{number}" for number in itertools.count())
Make = Callable[..., Settings]


def settings_of(make: Make, url: str, place: str = FOLDER, **more: object) -> Settings:
    values = {"BACKUP_ENDPOINT": url, "BACKUP_ACCESS_KEY": KEY, "BACKUP_SECRET_KEY": SECRET, "BACKUP_MANIFEST": place}
    return make(**values, **more)


def poll(settings: Settings, seconds: float = 20) -> Report:
    (source,) = configured(settings)
    return source.poll(PollRequest(NOW, seconds, clock=SYSTEM_CLOCK))


def status(report: Report, settings: Settings) -> str:
    return judge_backups([report], NOW, policy_rules(settings)).status.value


def manifest(group: str = CLIENT, hours_ago: float = 3, **changes: Any) -> dict[str, Any]:
    finished = (NOW - timedelta(hours=hours_ago)).isoformat()
    return {"group": group, "key": f"{group}/1.gz", "finished_at": finished, "exit_status": 0, "size": 9, **changes}


def put(server: HostileS3, **manifests: Any) -> None:
    for name, value in manifests.items():
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        server.put(f"/backups/manifests/{name}.json", body)


def test_every_manifest_of_a_folder_counts_and_nothing_else_does(hostile: HostileS3, make_settings: Make) -> None:
    put(hostile, a=manifest("a"), b=[manifest("b", 30), manifest("b", 40)], c=manifest("c", exit_status=1))
    hostile.put("/backups/manifests/a.json.new", b"{")
    hostile.put("/backups/other/d.json", b"{")
    settings = settings_of(make_settings, hostile.url)
    report = poll(settings)
    assert report.backup_groups == (
        BackupGroup("a", NOW - timedelta(hours=3)),
        BackupGroup("b", NOW - timedelta(hours=30)),
        BackupGroup("c", None, failed=True),
    )
    assert report.warnings == ()
    assert status(report, settings) == "failed"
    read = {request.path for request in hostile.asked("GET", "manifests/")} - {"/backups"}
    assert read == {f"/backups/manifests/{name}.json" for name in "abc"}
    assert all(KEY in request.headers["authorization"] for request in hostile.requests)


def test_one_object_alone_is_neither_listed_nor_taken_for_a_folder(hostile: HostileS3, make_settings: Make) -> None:
    put(hostile, one=manifest(), other=b"{")
    settings = settings_of(make_settings, hostile.url, f"{FOLDER}one.json")
    assert status(poll(settings), settings) == "success"
    assert [request.path for request in hostile.requests] == ["/backups/manifests/one.json"]


@pytest.mark.parametrize("place", ["s3://{}", "s3://{}/", "s3://{}/{}/", "s3://{}/{}/x é+%.json"])
def test_on_an_s3_server(s3_server: str, make_settings: Make, place: str) -> None:
    bucket = next(BUCKETS)
    names = s3.Names("BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY", "BACKUP_ENDPOINT", "BACKUP_REGION")
    client = s3.open_client(s3.Account(s3_server, "us-east-1", Secret(KEY), Secret(SECRET), None, names))
    client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key=f"{CLIENT}/x é+%.json", Body=json.dumps(manifest()).encode())
    settings = settings_of(make_settings, s3_server, place.format(bucket, CLIENT))
    report = poll(settings)
    assert report.backup_groups == (BackupGroup(CLIENT, NOW - timedelta(hours=3)),)
    assert f"{CLIENT}/x é+%.json" in report.private_names


def test_a_list_of_many_pages_is_read_to_its_end(hostile: HostileS3, make_settings: Make) -> None:
    put(hostile, **{f"m{number:04}": manifest(f"client-{number}") for number in range(1100)})
    assert len(poll(settings_of(make_settings, hostile.url), seconds=300).backup_groups) == 1100


HOSTILE = [
    b"", b"{", b"\xff\xfe", b"null", b"5", b'"x"', b"[5]", b"[[]]", b"[" * 100_000, b"9" * 10_000, b"NaN",
    b'{"key": "k", "finished_at": "2026-11-21T02:03:11Z", "exit_status": 1e999, "size": 1}',
    json.dumps(manifest(finished_at="0001-01-01T00:00:00+23:59")).encode(),
    json.dumps(manifest(key="k" * 2000)).encode(),
    json.dumps(manifest("g" * 2000)).encode(),
]  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_manifest_is_refused_by_its_position_and_not_by_its_key(
    hostile: HostileS3, make_settings: Make, content: bytes, clock: MovableClock, log_lines: list[str]
) -> None:
    put(hostile, a=manifest("a"), **{CLIENT: content})
    report = poll(settings_of(make_settings, hostile.url))
    (words,) = map(str, report.warnings)
    assert words.startswith("1 file cannot be used, as ")
    assert ", in object 1 of 2 (by key) where BACKUP_MANIFEST points in bucket" in words
    assert [group.name for group in report.backup_groups] == ["a", UNUSABLE]
    put(hostile, a=content)
    assessment = assess(settings_of(make_settings, hostile.url), clock, SavedState(), confirming=True)
    assert assessment.decision.backups.status is BackupStatus.UNKNOWN
    assert "object 1 of 2 (by key)" in str(assessment.reports[0].problem)
    assert not any(word in line for line in log_lines for word in (CLIENT, SECRET, KEY, "2026-11-21T02"))


def test_what_is_too_large_is_not_read_to_its_end(
    hostile: HostileS3, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "LARGEST_OBJECT", 1024 * 1024)
    put(hostile, one=json.dumps(manifest()).encode() + b" " * 1024 * 1024)
    with pytest.raises(
        SourceError, match=r"the object that BACKUP_MANIFEST names in bucket backups has more than 1 MB"
    ):
        poll(settings_of(make_settings, hostile.url, f"{FOLDER}one.json"))


def test_more_than_are_read_are_unknown_and_not_the_newest_alone(
    hostile: HostileS3, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "MOST_OBJECTS", 2)
    put(hostile, a=manifest("a"), b=manifest("b"))
    assert len(poll(settings_of(make_settings, hostile.url)).backup_groups) == 2
    put(hostile, c=manifest("c"))
    with pytest.raises(NoAnswerError, match=r"more than 2 objects end in \.json .*\. Keep the last of each group"):
        poll(settings_of(make_settings, hostile.url))


def test_an_object_that_is_missing_is_an_error(hostile: HostileS3, make_settings: Make) -> None:
    with pytest.raises(NoAnswerError, match=r"no object ends in \.json .* in bucket backups\. Check that"):
        poll(settings_of(make_settings, hostile.url))
    with pytest.raises(NoAnswerError, match="the object that BACKUP_MANIFEST names in bucket backups is not there"):
        poll(settings_of(make_settings, hostile.url, f"{FOLDER}none.json"))


def test_an_object_that_was_deleted_after_the_listing_is_a_warning_and_the_others_count(
    hostile: HostileS3, make_settings: Make
) -> None:
    put(hostile, a=manifest("a"), b=manifest("b"))
    hostile.answer = lambda request: error(404, "NoSuchKey") if request.path.endswith("b.json") else None
    report = poll(settings_of(make_settings, hostile.url))
    assert [group.name for group in report.backup_groups] == ["a", UNUSABLE]
    assert "object 2 of 2" in str(report.warnings[0])
    assert "is not there" in str(report.warnings[0])


REFUSALS: dict[str, tuple[Reply, str]] = {
    "may not read": (error(403, "AccessDenied"), r"may not read the manifests.*on bucket backups"),
    "unknown key": (error(403, "InvalidAccessKeyId"), "Set BACKUP_ACCESS_KEY"),
    "no bucket": (error(404, "NoSuchBucket"), "no bucket backups"),
    "busy": (error(503, "SlowDown"), "limits the rate of requests"),
    "no S3": (Reply(200, b"<html>", {"Content-Type": "text/html"}), "no complete JSON"),
    "breaks off": (Reply(200, b"[" * 10_000, fault="cut"), "broke off|not available|closed"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_storage_that_gives_one_of_them_not_makes_all_unknown(
    hostile: HostileS3, make_settings: Make, waits: list[float], case: str
) -> None:
    reply, expected = REFUSALS[case]
    put(hostile, a=manifest("a"), b=manifest("b"))
    hostile.answer = lambda request: reply if request.path.endswith("b.json") else None
    settings = settings_of(make_settings, hostile.url, f"{FOLDER}b.json" if case == "no S3" else FOLDER)
    with pytest.raises(NoAnswerError, match=expected):
        poll(settings)


def test_one_that_trickles_in_is_given_up_in_time(hostile: HostileS3, make_settings: Make) -> None:
    put(hostile, a=manifest("a"), b=manifest("b"))
    slow = Reply(200, b" " * 10_000, fault="trickle")
    hostile.answer = lambda request: slow if request.path.endswith("b.json") else None
    with pytest.raises(NoAnswerError, match=r"takes too long .* where BACKUP_MANIFEST points"):
        poll(settings_of(make_settings, hostile.url), seconds=0.5)


LISTING_WITHOUT_KEY = (
    b"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
    b"<Contents><Size>1</Size></Contents></ListBucketResult>"
)
LISTED = [("manifests/a.json", 1, NOW)]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(403, "AccessDenied"), "may not list the manifests"),
        (Reply(200, b"<ListBucketResult/>", {"Content-Type": "application/xml"}), "is not a listing"),
        (Reply(200, LISTING_WITHOUT_KEY, {"Content-Type": "application/xml"}), "cannot be read"),
        (listing([("elsewhere.json", 1, NOW)]), "not requested"),
        (listing(LISTED, more="<IsTruncated>true</IsTruncated>"), "breaks off"),
        (listing(LISTED, more=goes_on("again")), "breaks off"),
        (listing([], more=goes_on("again")), "breaks off"),
    ],
)
def test_a_list_that_is_not_whole_is_no_list(
    hostile: HostileS3, make_settings: Make, reply: Reply, expected: str
) -> None:
    hostile.answer = lambda request: reply if "list-type" in request.query else None
    with pytest.raises(NoAnswerError, match=expected):
        poll(settings_of(make_settings, hostile.url))


def test_bucket_keys_and_groups_are_guarded(hostile: HostileS3, make_settings: Make) -> None:
    put(hostile, **{CLIENT: manifest("Beta", key="gamma/dump.gz")}, x=manifest(""))
    settings = settings_of(make_settings, hostile.url)
    private = private_terms.private(settings, (poll(settings),))

    def found(text: str) -> bool:
        body = json.dumps({"notes": text}).encode()
        return bool(leak_guard.search("status.json", body, "application/json", frozenset(), private))

    for leak in ("in backups", f"see manifests/{CLIENT}.json", "of beta", "it is gamma/dump.gz", KEY):
        assert found(leak), leak
    assert not found("All is well (all).")


def test_the_bucket_is_queried_with_the_keys_that_publish_if_no_others_are_set(
    hostile: HostileS3, make_settings: Make
) -> None:
    put(hostile, a=manifest())
    make = make_settings(
        SPACES_ENDPOINT=hostile.url, SPACES_ACCESS_KEY="DO00OTHER", SPACES_SECRET_KEY="x", BACKUP_MANIFEST=FOLDER
    )
    assert poll(make).backup_groups

    def signed_with(request: Request) -> str:
        return request.headers["authorization"].partition("Credential=")[2].partition("/")[0]

    assert {signed_with(request) for request in hostile.requests} == {"DO00OTHER"}


ARCHIVED = error(403, "InvalidObjectState", "<StorageClass>GLACIER</StorageClass>")


@pytest.mark.parametrize(
    ("hours_ago", "expected"), [(24 * 30, "success"), (49, "success"), (47, "unknown"), (0, "unknown")]
)
def test_an_archived_manifest_is_named_by_number_and_leaves_the_others_known(
    hostile: HostileS3, make_settings: Make, hours_ago: float, expected: str
) -> None:
    put(hostile, b=manifest("b"))
    hostile.put("/backups/manifests/a.json", b"{}", NOW - timedelta(hours=hours_ago))
    hostile.answer = lambda request: ARCHIVED if request.path.endswith("/a.json") else None
    settings = settings_of(make_settings, hostile.url)
    report = poll(settings)
    assert BackupGroup("b", NOW - timedelta(hours=3)) in report.backup_groups
    assert status(report, settings) == expected
    (warning,) = map(str, report.warnings)
    assert "object 1 of 2 (by key)" in warning
    assert "is archived and cannot be read" in warning
    assert "a.json" not in warning


def test_a_manifest_that_is_the_only_one_and_archived_is_unknown(hostile: HostileS3, make_settings: Make) -> None:
    hostile.put("/backups/manifests/one.json", b"{}", NOW - timedelta(days=30))
    hostile.answer = lambda request: ARCHIVED if request.path.endswith("/one.json") else None
    settings = settings_of(make_settings, hostile.url)
    assert status(poll(settings), settings) == "unknown"
    with pytest.raises(NoAnswerError, match="archived"):
        poll(settings_of(make_settings, hostile.url, f"{FOLDER}one.json"))


def test_objects_without_a_group_are_distinguished_by_their_folders(hostile: HostileS3, make_settings: Make) -> None:
    for client, hours in (("a", 3), ("b", 90)):
        finished = NOW - timedelta(hours=hours)
        body = json.dumps(manifest("", hours)).encode()
        hostile.put(f"/backups/manifests/{client}/{finished:%Y-%m-%d}.json", body)
    settings = settings_of(make_settings, hostile.url)
    assert status(poll(settings), settings) == "failed"
    assert [group.name for group in poll(settings).backup_groups] == ["a", "b"]
