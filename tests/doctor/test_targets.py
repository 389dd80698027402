# SPDX-License-Identifier: MIT
"""The doctor's findings about keys and their rights. tests/spaces tests the same with Ceph."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.announcements import store
from elytra_status.doctor import evidence, targets
from elytra_status.doctor.finding import Finding, Level
from elytra_status.model import Announcements, Override, PlatformStatus
from elytra_status.publish.stamp import Stamp
from elytra_status.publish.target import ConditionalWrites
from elytra_status.publish.upload import PublishResult
from elytra_status.run import earlier_documents, publisher
from elytra_status.run.publishing import target_of
from elytra_status.system.clock import SYSTEM_CLOCK, SystemClock, to_text
from tests.conftest import MovableClock
from tests.examined import bad, context, examine, levels, of
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import documents_of

pytestmark = pytest.mark.slow

PUBLISHER, READER = "DO00KEYOFTHESTATUS00", "DO00KEYOFTHEBACKUPS0"
DENIED = error(403, "AccessDenied")


def settings(server: HostileS3, **more: object) -> dict[str, object]:
    return {
        "SPACES_ENDPOINT": server.url,
        "SPACES_ACCESS_KEY": PUBLISHER,
        "SPACES_SECRET_KEY": "secret/of+the=platform",
        "STATUS_BUCKET": "status",
        "BACKUP_BUCKET": "backups",
        "BACKUP_ACCESS_KEY": READER,
        "BACKUP_SECRET_KEY": "secret/of+the=backups",
        **more,
    }


def found(tmp_path: Path, **values: object) -> list[Finding]:
    return examine(targets.AREA, context(tmp_path, **values))


class Rights:
    """A stand-in for storage with limited keys. `more` are additional rights: user, action, bucket."""

    def __init__(self, *more: tuple[str, str, str], less: tuple[tuple[str, str, str], ...] = ()) -> None:
        usual = {
            *((PUBLISHER, "write", "status"), (PUBLISHER, "read", "status"), ("world", "read", "status")),
            (READER, "list", "backups"),
        }
        self.rights = usual.union(more).difference(less)

    def __call__(self, request: Request) -> Reply | None:
        credential = request.headers.get("authorization", "")
        user = next((key for key in (PUBLISHER, READER) if key in credential), "world")
        bucket = request.path.split("/")[1]
        action = "list" if "list-type" in request.query else "write" if request.method == "PUT" else "read"
        return None if (user, action, bucket) in self.rights else DENIED


@pytest.fixture
def server(hostile: HostileS3) -> HostileS3:
    """Storage with two limited keys, a status and a backup."""
    hostile.answer = Rights()
    hostile.put("/status/status.json", b"{}")
    hostile.put("/backups/nightly/1.gz", b"x")
    return hostile


def test_two_limited_keys_are_in_order_and_nothing_is_written(server: HostileS3, tmp_path: Path) -> None:
    before = dict(server.objects)
    findings = found(tmp_path, **settings(server))
    assert bad(findings) == []
    assert set(levels(findings)) == {
        *("write status", "read status", "status ACL", "status listing"),
        *("publisher", "conditional writes", "published override"),
        *("backup key", "backup listing", "backup reading", "status key limits", "backup key limits"),
    }
    assert server.objects == before
    for request in server.requests:
        # It sets the ACL of an object that does not exist.
        assert request.method in ("GET", "HEAD") or {"uploadId", "acl"} & request.query.keys()
        # Once in a while Ceph answers such an empty part in a way for which botocore waits for ever.
        assert "expect" not in {name.lower() for name in request.headers}


@pytest.mark.parametrize(
    ("more", "name", "level", "seen"),
    [
        (("world", "list", "status"), "status listing", "warning", "everybody may list bucket status"),
        (("world", "list", "backups"), "backup listing", "fault", "everybody may list bucket backups"),
        (("world", "read", "backups"), "backup reading", "fault", "everybody may read backups"),
        ((READER, "write", "backups"), "backup key", "warning", "the key may write and delete backups"),
        ((PUBLISHER, "list", "backups"), "status key limits", "warning", "may list backups too"),
        ((PUBLISHER, "write", "backups"), "status key limits", "warning", "may write backups too"),
        ((READER, "write", "status"), "backup key limits", "warning", "may write the status too"),
    ],
)
def test_rights_beyond_what_is_needed(
    more: tuple[str, str, str], name: str, level: str, seen: str, server: HostileS3, tmp_path: Path
) -> None:
    server.answer = Rights(more)
    (finding,) = bad(found(tmp_path, **settings(server)))
    assert (finding.name, finding.level.value, finding.seen) == (name, level, seen)


@pytest.mark.parametrize(
    ("less", "name", "level", "words"),
    [
        ((PUBLISHER, "write", "status"), "write status", "fault", "AccessDenied, the key may not write status.json"),
        ((PUBLISHER, "read", "status"), "read status", "warning", "is not there, or the key may not read it"),
        ((READER, "list", "backups"), "backup reading", "warning", "AccessDenied, the key may not list it"),
    ],
)
def test_rights_that_are_missing(
    less: tuple[str, str, str], name: str, level: str, words: str, server: HostileS3, tmp_path: Path
) -> None:
    server.answer = Rights(less=(less,))
    (finding,) = bad(found(tmp_path, **settings(server)))
    assert (finding.name, finding.level.value) == (name, level)
    assert words in finding.seen


MANIFESTS = {"BACKUP_MANIFEST": "s3://manifests/done/"}


def with_manifests(server: HostileS3, *more: tuple[str, str, str]) -> None:
    server.answer = Rights((READER, "list", "manifests"), *more)
    server.put("/manifests/done/1.json", b"{}")


@pytest.mark.parametrize("bucket", ["backups", ""])
def test_a_bucket_with_manifests_is_a_location_as_well(bucket: str, server: HostileS3, tmp_path: Path) -> None:
    with_manifests(server)
    findings = found(tmp_path, **settings(server, BACKUP_BUCKET=bucket, **MANIFESTS))
    assert bad(findings) == []
    expected = {"manifest key", "manifest listing", "manifest reading", "status key limits, manifests"}
    assert expected <= set(levels(findings))
    assert ("backup key" in levels(findings)) is bool(bucket)
    assert "backup key limits" in levels(findings)


@pytest.mark.parametrize(
    ("more", "name", "level", "seen"),
    [
        (("world", "list", "manifests"), "manifest listing", "fault", "everybody may list bucket manifests"),
        (("world", "read", "manifests"), "manifest reading", "fault", "everybody may read manifests"),
        ((READER, "write", "manifests"), "manifest key", "warning", "the key may write and delete manifests"),
        ((PUBLISHER, "list", "manifests"), "status key limits, manifests", "warning", "may list manifests too"),
        ((PUBLISHER, "write", "manifests"), "status key limits, manifests", "warning", "may write manifests too"),
    ],
)
def test_rights_beyond_what_is_needed_of_manifests(
    more: tuple[str, str, str], name: str, level: str, seen: str, server: HostileS3, tmp_path: Path
) -> None:
    with_manifests(server, more)
    (finding,) = bad(found(tmp_path, **settings(server, **MANIFESTS)))
    assert (finding.name, finding.level.value, finding.seen) == (name, level, seen)


def test_a_key_for_two_buckets_is_to_be_limited_to_both(server: HostileS3, tmp_path: Path) -> None:
    with_manifests(server, (READER, "write", "status"))
    (finding,) = bad(found(tmp_path, **settings(server, **MANIFESTS)))
    assert (finding.name, finding.remedy) == (
        "backup key limits",
        "limit BACKUP_ACCESS_KEY to bucket backups and manifests",
    )


def test_of_one_manifest_it_is_tried_whether_that_may_be_written(server: HostileS3, tmp_path: Path) -> None:
    with_manifests(server)
    found(tmp_path, **settings(server, BACKUP_MANIFEST="s3://manifests/done/1.json"))
    tried = {request.path for request in server.requests if request.method == "PUT"}
    assert "/manifests/done/1.json" in tried
    assert server.objects["/manifests/done/1.json"].body == b"{}"


def test_one_key_for_both_that_may_all(server: HostileS3, tmp_path: Path) -> None:
    server.answer = Rights((PUBLISHER, "list", "backups"), (PUBLISHER, "write", "backups"))
    (finding,) = bad(found(tmp_path, **settings(server, BACKUP_ACCESS_KEY="", BACKUP_SECRET_KEY="")))
    assert (finding.name, finding.level) == ("backup key", Level.WARNING)
    assert finding.remedy.startswith("set BACKUP_ACCESS_KEY and BACKUP_SECRET_KEY to a key limited to reading")


def test_one_bucket_for_both(server: HostileS3, tmp_path: Path) -> None:
    findings = found(tmp_path, **settings(server, BACKUP_BUCKET="status"))
    assert of(findings, "buckets").level is Level.WARNING
    assert "create a bucket for the status only" in of(findings, "buckets").remedy


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("NoSuchBucket", 404, "there is no bucket"),
        ("InvalidAccessKeyId", 403, "the access key is not known"),
        ("SignatureDoesNotMatch", 403, "the secret key is wrong"),
        ("RequestTimeTooSkewed", 403, "this machine's clock is wrong"),
    ],
)
def test_what_is_wrong_with_a_key_or_bucket_is_never_taken_for_a_right_that_is_well_limited(
    code: str, status: int, words: str, server: HostileS3, tmp_path: Path
) -> None:
    server.answer = lambda request: error(status, code) if request.is_signed else DENIED
    findings = found(tmp_path, **settings(server))
    for name in ("write status", "backup key", "backup reading", "status key limits", "backup key limits"):
        assert of(findings, name).level is not Level.OK
        assert words in of(findings, name).seen
    assert of(findings, "write status").level is Level.FAULT


def test_a_key_that_the_others_service_does_not_know_cannot_reach_there(server: HostileS3, tmp_path: Path) -> None:
    def elsewhere(request: Request) -> Reply | None:
        if not request.is_signed:
            return DENIED
        if PUBLISHER in request.headers["authorization"]:
            return error(403, "InvalidAccessKeyId")
        return Rights()(request)

    with HostileS3() as other:
        other.answer = elsewhere
        other.put("/backups/nightly/1.gz", b"x")
        findings = found(tmp_path, **settings(server, BACKUP_ENDPOINT=other.url))
    assert of(findings, "status key limits").level is Level.OK


def test_a_server_that_takes_what_nobody_can_take_is_no_storage(server: HostileS3, tmp_path: Path) -> None:
    server.answer = lambda request: Reply(200) if request.method == "PUT" else None
    finding = of(found(tmp_path, **settings(server)), "write status")
    assert finding.level is Level.FAULT
    assert "leads to an S3 service" in finding.remedy


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_storage_that_does_not_answer(
    fault: str, server: HostileS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "SECONDS", 0.3)
    server.always(Reply(200, b"x" * 1000, fault=fault))
    findings = examine(targets.AREA, context(tmp_path, SYSTEM_CLOCK, **settings(server)))
    assert len(bad(findings)) == 10
    assert {one.name for one in findings if one.level is Level.SKIPPED} == {"conditional writes", "published override"}


def test_storage_that_checks_no_rights(s3_server: str, tmp_path: Path, waits: list[float]) -> None:
    """moto lets everyone do everything. It has a fault for a part without an upload, which shows no right."""
    import boto3

    values = {**settings(HostileS3(), STATUS_BUCKET="doctor-status", BACKUP_BUCKET="doctor-backups")}
    client: Any = boto3.client(
        "s3", endpoint_url=s3_server, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    for bucket, key in (("doctor-status", "status.json"), ("doctor-backups", "1.gz")):
        client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key=key, Body=b"x")
    findings = found(tmp_path, **{**values, "SPACES_ENDPOINT": s3_server})
    assert levels(findings) == {
        "write status": "fault",
        "read status": "ok",
        "status ACL": "fault",  # The object above was written without one.
        "status listing": "warning",
        "backup key": "warning",
        "backup listing": "fault",
        "backup reading": "ok",  # Objects are private there.
        "status key limits": "warning",
        "backup key limits": "warning",
        "publisher": "skipped",
        "conditional writes": "skipped",
        "published override": "skipped",
    }
    assert "500" in of(findings, "write status").seen
    for bucket, key in (("doctor-status", "status.json"), ("doctor-backups", "1.gz")):
        assert [item["Key"] for item in client.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
        assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
        assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)


# A directory in place of a bucket


def leave(path: Path) -> None:
    """Change nothing."""


def close(path: Path) -> None:
    path.chmod(0o700)


def close_parent(path: Path) -> None:
    path.parent.chmod(0o750)


@pytest.mark.parametrize(
    ("make", "level", "words"),
    [
        (None, "skipped", "does not exist yet"),
        (leave, "ok", "nothing leaves this machine"),
        (close, "warning", "a web server that is not in its group cannot enter it"),
        (close_parent, "warning", "srv: a web server that is not in its group cannot enter it"),
    ],
)
def test_a_directory(make: Callable[[Path], None] | None, level: str, words: str, tmp_path: Path) -> None:
    # The directory of a test and those above it are closed to others.
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        public = Path(name) / "srv" / "public"
        if make:
            public.mkdir(mode=0o755, parents=True)
            make(public)
        finding = of(found(tmp_path, PUBLIC_DIRECTORY=str(public)), "directory")
    assert finding.level.value == level
    assert words in finding.seen


def test_a_directory_that_its_owner_may_not_write_to(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    public = tmp_path / "public"
    public.mkdir(mode=0o555)
    assert of(found(tmp_path, PUBLIC_DIRECTORY=str(public)), "directory").level is Level.FAULT


def test_a_published_status_is_shown_with_its_age(server: HostileS3, tmp_path: Path) -> None:
    from tests.visited import body_of

    clock = MovableClock()
    server.put("/status/status.json", body_of(clock.now()))
    findings = examine(targets.AREA, context(tmp_path, clock, **settings(server)))
    assert "a status 0 seconds old" in of(findings, "read status").seen


def publish_as(server: HostileS3, mark: str, minutes: float, body: bytes = b"{}") -> None:
    decided = datetime.now(UTC) - timedelta(minutes=minutes)
    stamp = Stamp(mark, decided).to_metadata()
    server.put("/status/status.json", body, **{f"x_amz_meta_{name}": text for name, text in stamp.items()})


OWN, OTHER = "ab" * 8, "cd" * 8


@pytest.mark.parametrize(
    ("mark", "minutes", "other", "level", "seen"),
    [
        (OWN, 5, None, "ok", "this machine published 5 minutes ago, and no other one in the hour before"),
        (OWN, 5, 15, "fault", "this machine published 5 minutes ago, and another one at"),
        (OWN, 5, 90, "ok", "this machine published 5 minutes ago, and no other one in the hour before"),
        (OTHER, 59, None, "fault", "another machine published 59 minutes ago"),
        (OTHER, 200, None, "warning", "another machine published last, 3 hours ago"),
        ("", 0, None, "skipped", "has no mark"),
    ],
)
def test_another_machine_that_publishes(
    mark: str, minutes: int, other: int | None, level: str, seen: str, server: HostileS3, tmp_path: Path
) -> None:
    state = context(tmp_path, **settings(server)).state_directory
    if mark:
        publish_as(server, mark, minutes)
    saved: dict[str, object] = {"marks": [OWN]}
    if other:
        saved["other"] = to_text(datetime.now(UTC) - timedelta(minutes=other))
    (state / publisher.FILE).write_text(json.dumps(saved))
    finding = of(found(tmp_path, **settings(server)), "publisher")
    assert finding.level.value == level
    assert seen in finding.seen
    assert ("systemctl disable --now elytra-status.timer" in finding.remedy) is (level == "fault")


@pytest.mark.parametrize(
    ("saved", "level"),
    [
        ({"marks": [OWN], "confirmed": [OWN]}, Level.FAULT),
        ({"marks": [OWN]}, Level.SKIPPED),
    ],
)
def test_somebody_who_leaves_no_mark(saved: dict[str, object], level: Level, server: HostileS3, tmp_path: Path) -> None:
    """Until a run of this version has published, an early version may have."""
    at = context(tmp_path, **settings(server))
    own, others = (documents_of(datetime.now(UTC) - timedelta(minutes=age))[-1] for age in (10, 5))
    (at.state_directory / publisher.FILE).write_text(json.dumps(saved))
    where = target_of(at.settings, at.state_directory)
    earlier_documents.write(at.state_directory, [own], {}, datetime.now(UTC), target=where)
    server.put("/status/status.json", own.body)
    assert of(found(tmp_path, **settings(server)), "publisher").level is Level.SKIPPED
    server.put("/status/status.json", others.body)
    finding = of(found(tmp_path, **settings(server)), "publisher")
    assert finding.level is level
    if level is Level.FAULT:
        assert "by somebody who leaves no mark" in finding.seen
        assert "revoke the key" in finding.remedy


def test_storage_that_sends_no_time_is_warned_of(server: HostileS3, tmp_path: Path) -> None:
    state = context(tmp_path, **settings(server)).state_directory
    (state / publisher.FILE).write_text(json.dumps({"marks": [OWN]}))
    publish_as(server, OWN, 5)
    server.sends_date = False
    finding = of(found(tmp_path, **settings(server)), "publisher")
    assert finding.level is Level.WARNING
    assert "sends no time (Date)" in finding.seen
    publish_as(server, OTHER, 5)
    assert of(found(tmp_path, **settings(server)), "publisher").level is Level.FAULT, "that is worse"


@pytest.mark.parametrize(("mark", "level"), [(OWN, Level.OK), (OTHER, Level.FAULT), ("", Level.SKIPPED)])
def test_another_machine_that_publishes_to_the_directory(mark: str, level: Level, tmp_path: Path) -> None:
    public = tmp_path / "public"
    at = context(tmp_path, PUBLIC_DIRECTORY=str(public))
    status = documents_of(datetime.now(UTC))[-1]
    target = publish.configured(at.settings, at.state_directory, SYSTEM_CLOCK)
    with target.alone():
        target.write(status, Stamp(mark, datetime.now(UTC) - timedelta(minutes=5)) if mark else None)
    (at.state_directory / publisher.FILE).write_text(json.dumps({"marks": [OWN]}))
    findings = found(tmp_path, PUBLIC_DIRECTORY=str(public))
    assert of(findings, "publisher").level is level
    assert "conditional writes" not in {finding.name for finding in findings}
    now = datetime.now(UTC)
    override = Override(PlatformStatus.OUTAGE, "A disk has failed.", now, now + timedelta(hours=2), "jane")
    store.change(at.state_directory, SystemClock(), lambda _: Announcements(override))
    assert of(found(tmp_path, PUBLIC_DIRECTORY=str(public)), "published override").level is Level.FAULT


def test_what_runs_have_found_out_about_conditional_writes(server: HostileS3, tmp_path: Path) -> None:
    at = context(tmp_path, **settings(server))
    state = at.state_directory
    target = publisher.target_id(at.settings.spaces_endpoint, at.settings.status_bucket)
    now = datetime.now(UTC)
    for enforced, words in ((True, "enforces If-Match:"), (False, "does not enforce"), (None, "not known yet")):
        publisher.write(target, state, now, ConditionalWrites(enforced=enforced), PublishResult(True), OWN)
        assert words in of(found(tmp_path, **settings(server)), "conditional writes").seen
    publisher.write(target, state, now - timedelta(days=8), ConditionalWrites(enforced=True), PublishResult(True), OWN)
    assert "not known yet" in of(found(tmp_path, **settings(server)), "conditional writes").seen


def test_an_override_that_visitors_do_not_get_is_a_fault(server: HostileS3, tmp_path: Path) -> None:
    """Another machine published, and knows nothing of it."""
    now = datetime.now(UTC).replace(microsecond=0)
    until = now + timedelta(hours=2)
    override = Override(PlatformStatus.OUTAGE, "A disk has failed.", now, until, "jane")
    assert of(found(tmp_path, **settings(server)), "published override").level is Level.SKIPPED
    store.change(tmp_path / "state", SystemClock(), lambda _: Announcements(override))
    body = documents_of(now)[-1].body
    publish_as(server, OTHER, 1, body)
    finding = of(found(tmp_path, **settings(server)), "published override")
    assert (finding.level, "does not show it" in finding.seen) == (Level.FAULT, True)
    notice = {"kind": "override", "text": override.note, "since": to_text(now), "until": to_text(until)}
    publish_as(server, OWN, 1, json.dumps({**json.loads(body), "notices": [notice]}).encode())
    assert of(found(tmp_path, **settings(server)), "published override").level is Level.OK
