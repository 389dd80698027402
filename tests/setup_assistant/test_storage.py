# SPDX-License-Identifier: MIT
"""`elytra-status setup` tries storage, backups, address and channels, and says what is wrong with each."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import boto3
import pytest

from elytra_status.doctor.rights import NO_UPLOAD
from elytra_status.setup_assistant.draft import Draft
from elytra_status.setup_assistant.regions import region_of
from elytra_status.setup_assistant.storage import TRIAL
from elytra_status.setup_assistant.trying import Tryout
from elytra_status.system.clock import SystemClock
from tests.alert_servers import mail_server
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.setup_root import Root
from tests.storage_kinds import AmazonWithLock, Storage

KEY = {"SPACES_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE", "SPACES_SECRET_KEY": "wJalrXUtnFEMI-secret-of-the-test"}


@pytest.fixture
def client(s3_server: str) -> Any:
    return boto3.client(
        "s3", endpoint_url=s3_server, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )


@pytest.fixture
def bucket(client: Any) -> str:
    name = f"status-{uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    return name


def probe(url: str) -> dict[str, str]:
    """A monitored service: a server that accepts connections."""
    return {"PROBE_URLS": url.replace("http://", "tcp://")}


def of_bucket(endpoint: str, bucket: str, **more: str) -> dict[str, str]:
    return {**probe(endpoint), **KEY, "SPACES_ENDPOINT": endpoint, "STATUS_BUCKET": bucket, **more}


def keys(client: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_bucket_is_written_read_as_a_visitor_and_left_as_it_was(
    root: Root, s3_server: str, bucket: str, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    status = root.setup(**of_bucket(s3_server, bucket))
    shown = capsys.readouterr()
    assert status == 0, shown.err
    assert f"bucket {bucket}, region us-east-1: a trial object was written, read without a key and removed" in shown.out
    assert "CORS: pages of * may read the status now" in shown.out
    assert keys(client, bucket) == []
    (rule,) = client.get_bucket_cors(Bucket=bucket)["CORSRules"]
    assert rule["AllowedMethods"] == ["GET", "HEAD"]
    assert root.load().settings.status_bucket == bucket


def test_cors_rules_of_others_are_kept(
    root: Root, s3_server: str, bucket: str, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://a.example"]}]
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert root.setup(**of_bucket(s3_server, bucket)) == 0
    assert "CORS: pages of * may read the status now" in capsys.readouterr().out
    kept, own = client.get_bucket_cors(Bucket=bucket)["CORSRules"]
    assert kept["AllowedMethods"] == ["PUT"]
    assert own["AllowedMethods"] == ["GET", "HEAD"]


def test_a_dry_run_writes_nothing_to_the_bucket(root: Root, hostile: HostileS3) -> None:
    hostile.put("/example-status", b"<CORSConfiguration></CORSConfiguration>")
    assert root.setup("--dry-run", **of_bucket(hostile.url, "example-status")) == 0
    assert [request.query.get("uploadId") for request in hostile.asked("PUT")] == [NO_UPLOAD]
    assert not hostile.asked("DELETE")


def test_a_bucket_that_is_not_there_is_named(root: Root, s3_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.setup(**of_bucket(s3_server, "nobodys-bucket")) == 78
    shown = capsys.readouterr().err
    assert "STATUS_BUCKET: NoSuchBucket, there is no bucket nobodys-bucket. Create it" in shown
    assert not root.own.exists()


def test_the_region_is_found_out(root: Root, hostile: HostileS3, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(request: Request) -> Reply | None:
        if request.is_signed and "/garage-1/" not in request.headers["authorization"]:
            return error(400, "AuthorizationHeaderMalformed", "<Region>garage-1</Region>")
        return None

    hostile.answer = answer
    status = root.setup(**of_bucket(hostile.url, "example-status"))
    shown = capsys.readouterr()
    assert status == 0, shown.err
    assert root.load().settings.spaces_region == "garage-1"
    assert "region garage-1" in shown.out


def test_a_storage_that_names_another_region_each_time_is_an_error(
    root: Root, hostile: HostileS3, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method != "PUT":
            return None
        other = "one" if "/two/" in request.headers["authorization"] else "two"
        return error(400, "AuthorizationHeaderMalformed", f"<Region>{other}</Region>")

    hostile.answer = answer
    assert root.setup(**of_bucket(hostile.url, "example-status")) == 78
    assert "the storage names another region for each request. Set SPACES_REGION" in capsys.readouterr().err
    assert len(hostile.asked("PUT")) == 2


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        ("https://nyc3.digitaloceanspaces.com", "nyc3"),
        ("https://s3.eu-central-1.amazonaws.com", "eu-central-1"),
        ("https://s3-us-west-2.amazonaws.com", "us-west-2"),
        ("https://s3.amazonaws.com", ""),
        ("https://s3.eu-central-2.wasabisys.com", "eu-central-2"),
        ("https://s3.us-west-004.backblazeb2.com", "us-west-004"),
        ("https://s3.fr-par.scw.cloud", "fr-par"),
        ("https://fsn1.your-objectstorage.com", "fsn1"),
        ("https://s3.oss-eu-central-1.aliyuncs.com", "eu-central-1"),
        ("https://s3.oss-cn-hangzhou-internal.aliyuncs.com", "cn-hangzhou"),
        ("https://minio.example.com:9000", ""),
    ],
)
def test_the_region_of_a_known_endpoint_is_in_its_name(endpoint: str, region: str) -> None:
    assert region_of(endpoint) == region


@pytest.mark.parametrize(
    ("set_now", "answered", "region"),
    [
        ({}, {}, "nyc3"),
        ({"SPACES_REGION": "eu-west-9"}, {}, "eu-west-9"),
        ({"SPACES_ENDPOINT": "https://fra1.digitaloceanspaces.com", "SPACES_REGION": "fra1"}, {}, "nyc3"),
        ({"SPACES_ENDPOINT": "https://fra1.digitaloceanspaces.com", "SPACES_REGION": "ams3"}, {}, "ams3"),
        ({}, {"SPACES_REGION": "eu-west-9"}, "eu-west-9"),
    ],
)
def test_a_region_that_somebody_has_chosen_stays(
    set_now: dict[str, str], answered: dict[str, str], region: str, root: Root
) -> None:
    (root.etc / "elytra-status.conf").write_text("".join(f"{name}={text}\n" for name, text in set_now.items()))
    answers = {**KEY, **answered, "SPACES_ENDPOINT": "https://nyc3.digitaloceanspaces.com", "STATUS_BUCKET": "a-bucket"}
    draft = Draft(root.etc, of_this_machine=False, answers=answers)
    tryout = Tryout(draft, SystemClock(), root.directory)
    tryout.guess_region()
    assert draft.settings.spaces_region == region
    # Now another endpoint is answered.
    draft.answers["SPACES_ENDPOINT"] = "https://sfo3.digitaloceanspaces.com"
    tryout.guess_region()
    assert draft.settings.spaces_region == ("sfo3" if region == "nyc3" else region)


def test_a_bucket_that_takes_no_acl_gets_none(
    root: Root, hostile: HostileS3, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_acl(request: Request) -> Reply | None:
        if request.method == "PUT" and "x-amz-acl" in request.headers:
            return error(400, "AccessControlListNotSupported")
        return None

    hostile.answer = no_acl
    assert root.setup(**of_bucket(hostile.url, "example-status")) == 0
    shown = capsys.readouterr().out
    assert "visitors get 403" in shown
    assert "set STATUS_URL to the public address" in shown
    assert root.load().settings.status_acl == "none"
    assert any(request.method == "DELETE" for request in hostile.requests)


def test_a_bucket_with_object_lock_takes_the_trial_too(root: Root, hostile: HostileS3) -> None:
    hostile.answer = AmazonWithLock(hostile)
    assert root.setup(**of_bucket(hostile.url, "example-status")) == 0


def test_storage_that_ignores_an_acl_is_found_out(root: Root, hostile: HostileS3) -> None:
    hostile.answer = Storage(hostile)
    with HostileS3() as public:
        public.answer = lambda request: Reply(200, hostile.objects[f"/example-status{request.path}"].body)
        url = f"{public.url}/status.json"
        assert root.setup(**of_bucket(hostile.url, "example-status", STATUS_URL=url)) == 0
    assert root.load().settings.status_acl == "none"


def test_a_key_that_may_not_write_is_an_error(
    root: Root, hostile: HostileS3, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile.answer = lambda request: error(403, "AccessDenied") if request.method == "PUT" else None
    assert root.setup(**of_bucket(hostile.url, "example-status")) == 78
    assert "AccessDenied, the key may not write" in capsys.readouterr().err


def test_an_object_that_the_world_cannot_read_is_an_error(
    root: Root, hostile: HostileS3, capsys: pytest.CaptureFixture[str]
) -> None:
    def private(request: Request) -> Reply | None:
        return error(403, "AccessDenied") if request.method == "GET" and not request.is_signed else None

    hostile.answer = private
    assert root.setup(**of_bucket(hostile.url, "example-status")) == 78
    shown = capsys.readouterr().err
    assert "visitors get 403" in shown
    assert "s3:GetObject" in shown
    assert any(request.method == "DELETE" for request in hostile.requests)


def test_a_public_address_of_another_bucket_is_an_error(
    root: Root, s3_server: str, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = of_bucket(s3_server, bucket, STATUS_URL=f"{s3_server}/another-bucket/status.json")
    assert root.setup(**wrong) == 78
    assert "STATUS_URL: visitors get 404" in capsys.readouterr().err
    right = of_bucket(s3_server, bucket, STATUS_URL=f"{s3_server}/{bucket}/status.json")
    assert root.setup(**right) == 0


def test_a_key_that_may_not_delete_leaves_one_object_and_says_so(
    root: Root, hostile: HostileS3, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile.answer = lambda request: error(403, "AccessDenied") if request.method == "DELETE" else None
    assert root.setup(**of_bucket(hostile.url, "example-status")) == 0
    shown = capsys.readouterr().out
    assert f"the trial object {TRIAL} stays. Delete it by hand." in shown
    assert "a trial object was written and read without a key\n" in shown


def test_backups_are_listed(
    root: Root, s3_server: str, bucket: str, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("nightly/acme/a.gz", "nightly/globex/b.gz"):
        client.put_object(Bucket=bucket, Key=name, Body=b"x")
    answers = {
        **probe(s3_server),
        "BACKUP_BUCKET": bucket,
        "BACKUP_ENDPOINT": s3_server,
        "BACKUP_PREFIX": "nightly/",
        "BACKUP_GROUPS": "prefix",
        "BACKUP_ACCESS_KEY": KEY["SPACES_ACCESS_KEY"],
        "BACKUP_SECRET_KEY": KEY["SPACES_SECRET_KEY"],
    }
    assert root.setup(**answers) == 0
    shown = capsys.readouterr().out
    assert "spaces_backups: 2 backup groups" in shown
    assert "acme" not in shown, "names of clients are for a terminal"
    assert root.setup(**answers, BACKUP_PATTERN="*.zip") == 0
    assert "Correct BACKUP_PREFIX, BACKUP_PATTERN or BACKUP_MIN_BYTES." in capsys.readouterr().out


def test_a_test_notification_is_sent_once_and_a_refusal_is_shown(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server() as mailbox:
        answers = {
            **probe(f"http://127.0.0.1:{mailbox.port}"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mailbox.port),
            "SMTP_SECURITY": "none",
            "SMTP_FROM": "from@example.com",
            "ALERT_EMAIL_TO": "to@example.com",
        }
        mailbox.refuses["RCPT"] = "550 5.1.1 No such user"
        assert root.setup(**answers) == 78
        refusal = (
            f"smtp: 127.0.0.1:{mailbox.port} refuses with 550 5.1.1. Check SMTP_FROM, ALERT_EMAIL_TO and SMTP_HELO."
        )
        assert refusal in capsys.readouterr().err
        assert not root.own.exists()
        mailbox.refuses.clear()
        assert root.setup("--dry-run", **answers) == 0
        assert mailbox.mails == []
        assert root.setup(**answers) == 0
        assert root.setup(**answers, LOG_LEVEL="debug") == 0
        assert len(mailbox.mails) == 1


def test_ctrl_c_in_the_middle_of_a_trial_removes_the_object(
    root: Root, hostile: HostileS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        assert [path for path in hostile.objects if path.endswith(TRIAL)]
        raise KeyboardInterrupt

    monkeypatch.setattr("elytra_status.setup_assistant.storage.visitor.Visitor.fetch", interrupted)
    monkeypatch.setattr("elytra_status.system.process._end_by", lambda number: 128 + number)
    assert root.setup(**of_bucket(hostile.url, "example-status")) == 130
    assert hostile.objects == {}
    assert not root.own.exists()
