# SPDX-License-Identifier: MIT
"""Publishing: whole or not at all, never over a newer document, and read back as visitors read it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from elytra_status import errors, publish
from elytra_status.decision import policy
from elytra_status.documents import Document, Publication, render_all
from elytra_status.errors import PublishError
from elytra_status.model import Facts
from elytra_status.net import s3
from elytra_status.publish import s3_bucket, visitor
from elytra_status.publish.target import Target
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from tests.hostile_s3 import HostileS3, Reply, Request, Stored, error
from tests.published import concluded

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 4, 0, 30, tzinfo=UTC)
KEY, SECRET = "DO00KEYOFTHEPLATFORM", "secret/of+the=platform"
STATUS = "/status/status.json"
BADGE = Document("badge.svg", b"<svg>1</svg>", "image/svg+xml", "public, max-age=300", frozenset())

Make = Callable[..., Settings]


def documents_of(moment: datetime = NOW) -> list[Document]:
    return render_all(concluded(Publication(policy.decide(Facts(moment, ()), policy.Rules()), moment)))


def body_of(**ago: float) -> bytes:
    return documents_of(NOW - timedelta(**ago))[-1].body


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def bucket_settings(make: Make, server: HostileS3, **more: object) -> Settings:
    return make(
        SPACES_ACCESS_KEY=KEY,
        SPACES_SECRET_KEY=SECRET,
        **{"SPACES_ENDPOINT": server.url, "STATUS_BUCKET": "status", **more},
    )


def warnings_in(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("WARNING")]


@pytest.fixture
def cache() -> Iterator[HostileS3]:
    """A second server, for what a CDN or proxy in front of the bucket gives to visitors."""
    with HostileS3() as server:
        yield server


@pytest.fixture
def bucket(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> Target:
    return publish.configured(bucket_settings(make_settings, hostile), tmp_path)


@pytest.fixture
def behind(hostile: HostileS3, cache: HostileS3, make_settings: Make, tmp_path: Path) -> Target:
    """The bucket, where visitors read what the cache gives them."""
    url = f"{cache.url.replace('127.0.0.1', 'localhost')}/status.json"
    return publish.configured(bucket_settings(make_settings, hostile, STATUS_URL=url), tmp_path)


def cached(body: bytes, content_type: str = "application/json", **headers: str) -> Reply:
    dashed = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, body, {"Content-Type": content_type, "Cache-Control": "public, max-age=300", **dashed})


# To a directory


@pytest.fixture
def directory(make_settings: Make, tmp_path: Path) -> Target:
    return publish.configured(make_settings(), tmp_path)


def test_without_a_bucket_it_goes_to_a_directory(make_settings: Make, tmp_path: Path) -> None:
    chosen = tmp_path / "srv" / "status"
    for settings, path in ((make_settings(), tmp_path / "public"), (make_settings(PUBLIC_DIRECTORY=chosen), chosen)):
        place = publish.configured(settings, tmp_path)
        assert place.description == str(path)
        assert publish_set(place, [BADGE, *documents_of()], NOW)
        assert (path / "status.json").read_bytes() == documents_of()[-1].body
        assert (path / "badge.svg").read_bytes() == BADGE.body
        assert sorted(each.name for each in path.iterdir()) == ["badge.svg", "status.json"]


def test_a_web_server_may_read_it_whatever_the_umask(make_settings: Make, tmp_path: Path) -> None:
    path = tmp_path / "new" / "public"
    old = os.umask(0o077)
    try:
        publish_set(publish.configured(make_settings(PUBLIC_DIRECTORY=path), tmp_path), documents_of(), NOW)
    finally:
        os.umask(old)
    assert mode_of(path / "status.json") == 0o644
    assert mode_of(path) == 0o755
    assert mode_of(path.parent) == 0o755


def test_the_mode_of_a_directory_that_was_there_is_the_administrators(make_settings: Make, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public").chmod(0o2750)
    publish_set(publish.configured(make_settings(), tmp_path), documents_of(), NOW)
    assert mode_of(tmp_path / "public") == 0o2750


def test_a_reader_sees_the_old_or_the_new_and_nothing_between(directory: Target, tmp_path: Path) -> None:
    bodies = {letter * 300_000 for letter in (b"a", b"b")}
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add((tmp_path / "public" / "status.json").read_bytes())

    directory.write(replace(BADGE, name="status.json", body=b"a" * 300_000))
    reader = threading.Thread(target=read)
    reader.start()
    for number in range(100):
        directory.write(replace(BADGE, name="status.json", body=(b"a", b"b")[number % 2] * 300_000))
    done.set()
    reader.join()
    assert seen <= bodies


@pytest.mark.parametrize("call", ["os.fsync", "os.fchmod", "os.replace"])
def test_what_fails_in_the_middle_leaves_the_last_good_document_alone(
    call: str, directory: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    publish_set(directory, documents_of(), NOW)
    before = (tmp_path / "public" / "status.json").read_bytes()
    monkeypatch.setattr(call, fail)
    with pytest.raises(PublishError, match="No space left on device") as caught:
        publish_set(directory, documents_of(NOW + timedelta(minutes=10)), NOW + timedelta(minutes=10))
    assert "free space" in caught.value.remedy
    assert (tmp_path / "public" / "status.json").read_bytes() == before
    assert [path.name for path in (tmp_path / "public").iterdir()] == ["status.json"]


FULL_DISK = """
import os, sys
from datetime import timedelta
from pathlib import Path
from elytra_status import publish
from elytra_status.errors import PublishError
from elytra_status.settings import Settings
from tests.publish.test_publish import NOW, documents_of, publish_set
path = Path(sys.argv[1])
place = publish.configured(Settings(public_directory=str(path)), path)
publish_set(place, documents_of(), NOW)
before = (path / "status.json").read_bytes()
if sys.argv[2] == "full":
    try:
        (path / "filler").write_bytes(b"x" * 1_000_000)
    except OSError:
        pass
else:
    assert os.system(f"mount -o remount,ro {path}") == 0
later = NOW + timedelta(minutes=10)
try:
    publish_set(place, documents_of(later), later)
except PublishError as error:
    print(error)
assert (path / "status.json").read_bytes() == before
assert {each.name for each in path.iterdir()} <= {"status.json", "filler"}
"""


@pytest.mark.parametrize(("case", "words"), [("full", "No space left on device"), ("read-only", "Read-only")])
def test_a_disk_that_is_full_or_read_only(case: str, words: str, tmp_path: Path) -> None:
    can_mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if not shutil.which("unshare") or subprocess.run(can_mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    script = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" -c "$3" "$1" "$4"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, FULL_DISK, case]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert words in done.stdout
    assert "PUBLIC_DIRECTORY" in done.stdout


@pytest.mark.parametrize("case", ["a folder in its place", "a file above"])
def test_what_prevents_the_upload_is_named(case: str, make_settings: Make, tmp_path: Path) -> None:
    path = tmp_path / "srv"
    if case == "a folder in its place":
        (path / "status.json" / "x").mkdir(parents=True)
    else:
        path.write_text("a file")
        path = path / "public"
    with pytest.raises(PublishError) as caught:
        publish_set(publish.configured(make_settings(PUBLIC_DIRECTORY=path), tmp_path), documents_of(), NOW)
    assert str(path) in str(caught.value)
    assert caught.value.exit_status == errors.UNAVAILABLE


def test_a_document_that_is_missing_from_the_directory_is_an_error_in_words(directory: Target) -> None:
    with pytest.raises(PublishError, match=r"status\.json"):
        directory.check_as_visitor(documents_of()[-1])


# Never over a newer one


@pytest.fixture(params=["directory", "bucket"])
def lying_there(
    request: pytest.FixtureRequest, make_settings: Make, tmp_path: Path, hostile: HostileS3
) -> tuple[Target, Callable[[bytes], None], Callable[[], bytes]]:
    """A place, a way to put something there, and a way to see what lies there."""
    if request.param == "directory":
        file = tmp_path / "public" / "status.json"
        file.parent.mkdir()

        def put(body: bytes) -> None:
            file.write_bytes(body)

        return publish.configured(make_settings(), tmp_path), put, file.read_bytes

    def keep(body: bytes) -> None:
        hostile.put(STATUS, body, Content_Type="application/json", Cache_Control="public, max-age=300")

    settings = bucket_settings(make_settings, hostile)
    return publish.configured(settings, tmp_path), keep, lambda: hostile.objects[STATUS].body


Lying = tuple[Target, Callable[[bytes], None], Callable[[], bytes]]


@pytest.mark.parametrize("newer", [{"seconds": 1}, {"seconds": 290}])
def test_the_older_run_yields(newer: dict[str, float], lying_there: Lying) -> None:
    place, put, see = lying_there
    there = documents_of(NOW + timedelta(**newer))[-1].body
    put(there)
    assert not publish_set(place, documents_of(), NOW)
    assert see() == there


def test_an_older_or_equal_document_is_replaced(lying_there: Lying, log_lines: list[str]) -> None:
    place, put, see = lying_there
    for there in (body_of(minutes=10), body_of(days=400), body_of()):
        put(there)
        assert publish_set(place, documents_of(), NOW)
        assert see() == documents_of()[-1].body
    assert warnings_in(log_lines) == []


def test_a_document_of_a_wrong_clock_does_not_stop_the_job_for_ever(lying_there: Lying, log_lines: list[str]) -> None:
    place, put, see = lying_there
    put(body_of(hours=-1))
    assert publish_set(place, documents_of(), NOW)
    assert see() == documents_of()[-1].body
    assert any("in the future" in line for line in warnings_in(log_lines))


def edited(**changes: object) -> bytes:
    return json.dumps({**json.loads(body_of(hours=-1)), **changes}).encode()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"<html>It works!</html>",
        edited(platform_status="splendid"),
        edited(updated_at=None),
        edited(updated_at="2030-02-30T00:00:00Z"),
        edited(updated_at="2030-01-01T00:00:00+00:00"),
        edited(updated_at=4102444800),
        edited(updated_at="9999-12-31T23:59:59Z"),
        edited(updated_at="0000-01-01T00:00:00Z"),
        edited(extra="field"),
    ],
)
def test_garbage_is_replaced(garbage: bytes, lying_there: Lying) -> None:
    place, put, see = lying_there
    put(garbage)
    assert publish_set(place, documents_of(), NOW)
    assert see() == documents_of()[-1].body


def test_a_giant_in_its_place_is_not_read_whole(
    bucket: Target, hostile: HostileS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_bucket, "LARGEST_DOCUMENT", 10_000)
    hostile.put(STATUS, documents_of(NOW + timedelta(minutes=1))[-1].body + b" " * 20_000)
    assert publish_set(bucket, documents_of(), NOW)


# To a bucket


def test_it_is_one_put_of_exactly_the_bytes_with_acl_and_headers(bucket: Target, hostile: HostileS3) -> None:
    documents = documents_of()
    *local, document = documents
    assert all(each.local for each in local)
    assert publish_set(bucket, documents, NOW)
    (put,) = hostile.asked("PUT")
    assert put.target.partition("?")[0] == STATUS
    assert put.query.keys() <= {"x-id"}
    assert put.body == document.body
    assert put.headers["x-amz-acl"] == "public-read"
    assert put.headers["content-type"] == "application/json"
    assert put.headers["cache-control"] == "public, max-age=300"
    # It is not known whether the storage enforces conditions: the newest document is read again before the upload.
    assert [(each.method, each.path) for each in hostile.requests] == [
        ("GET", STATUS),
        ("GET", STATUS),
        ("PUT", STATUS),
        ("GET", STATUS),
        ("GET", STATUS),
    ]
    *_, visit = hostile.requests
    assert not visit.is_signed
    assert visit.headers["origin"].startswith("https://")
    assert "?" not in visit.target


def test_status_json_comes_last_and_the_others_are_in_its_folder(
    hostile: HostileS3, make_settings: Make, tmp_path: Path, log_lines: list[str]
) -> None:
    settings = bucket_settings(make_settings, hostile, STATUS_BUCKET_KEY="site/öffentlich 1/now.json")
    other = replace(BADGE, name="index.html", content_type="text/html; charset=utf-8")
    assert publish_set(publish.configured(settings, tmp_path), [BADGE, other, *documents_of()], NOW)
    folder = "/status/site/öffentlich 1"
    *others, last = (put.path for put in hostile.asked("PUT"))
    assert sorted(others) == [f"{folder}/badge.svg", f"{folder}/index.html"]
    assert last == f"{folder}/now.json"
    assert hostile.objects[f"{folder}/badge.svg"].headers["content-type"] == "image/svg+xml"
    page = hostile.objects[f"{folder}/index.html"].headers
    assert page["content-type"] == "text/html; charset=utf-8"
    assert page["cache-control"] == "public, max-age=300"
    assert not any("Content-Type" in line for line in log_lines)
    assert {each.acl for each in hostile.objects.values()} == {"public-read"}


def test_the_set_must_end_with_status_json(bucket: Target, hostile: HostileS3) -> None:
    with pytest.raises(AssertionError):
        publish_set(bucket, [*documents_of(), BADGE], NOW)
    assert hostile.requests == []


@pytest.mark.parametrize("missing", ["spaces_endpoint", "spaces_access_key", "spaces_secret_key", "status_bucket"])
def test_there_is_no_half_a_bucket(missing: str, make_settings: Make) -> None:
    settings = make_settings(
        SPACES_ENDPOINT="https://s3.example.com",
        SPACES_ACCESS_KEY=KEY,
        SPACES_SECRET_KEY=SECRET,
        STATUS_BUCKET="status",
    )
    assert s3_bucket.status_bucket(settings)
    assert s3_bucket.status_bucket(replace(settings, **{missing: None})) is None


def test_moto_keeps_acl_and_headers(s3_server: str, make_settings: Make, tmp_path: Path) -> None:
    settings = make_settings(
        SPACES_ENDPOINT=s3_server, SPACES_ACCESS_KEY=KEY, SPACES_SECRET_KEY=SECRET, STATUS_BUCKET="test-publish"
    )
    bucket = s3_bucket.status_bucket(settings)
    assert bucket is not None
    client = s3.open_client(bucket.account)
    client.create_bucket(Bucket="test-publish")
    place = publish.configured(settings, tmp_path)
    for moment in (NOW, NOW + timedelta(minutes=10)):
        assert publish_set(place, documents_of(moment), moment)
        found = client.get_object(Bucket="test-publish", Key="status.json")
        assert found["Body"].read() == documents_of(moment)[-1].body
        assert (found["ContentType"], found["CacheControl"]) == ("application/json", "public, max-age=300")
        grants = client.get_object_acl(Bucket="test-publish", Key="status.json")["Grants"]
        assert ("http://acs.amazonaws.com/groups/global/AllUsers", "READ") in {
            (grant["Grantee"].get("URI"), grant["Permission"]) for grant in grants
        }


# Someone else writes at the same time


def after_the_put(hostile: HostileS3, path: str, body: bytes, **changes: Any) -> None:
    """Replace the object at `path` once status.json has been written."""

    def answer(request: Request) -> Reply | None:
        if hostile.asked("PUT", STATUS) and request.method == "GET":
            kept = hostile.objects[path]
            hostile.objects[path] = replace(kept, body=body, **changes)
        return None

    hostile.answer = answer


@pytest.mark.parametrize("newer", [{"seconds": 40}, {"minutes": 5}])
def test_a_run_that_is_overtaken_between_upload_and_read_back_yields(
    newer: dict[str, float], bucket: Target, hostile: HostileS3
) -> None:
    after_the_put(hostile, STATUS, documents_of(NOW + timedelta(**newer))[-1].body)
    assert not publish_set(bucket, documents_of(), NOW)
    assert len(hostile.asked("PUT")) == 1


@pytest.mark.parametrize(
    "other", [b"{}", b"<html>", body_of(minutes=10), body_of(hours=-1), body_of()[:-1], body_of() + b" "]
)
def test_what_someone_else_has_put_there_is_an_error(other: bytes, bucket: Target, hostile: HostileS3) -> None:
    after_the_put(hostile, STATUS, other)
    with pytest.raises(PublishError, match=r"reads back .* and differs") as caught:
        publish_set(bucket, documents_of(), NOW)
    assert caught.value.exit_status == errors.UNAVAILABLE


def test_another_document_of_a_newer_run_makes_this_run_yield(bucket: Target, hostile: HostileS3) -> None:
    newer = documents_of(NOW + timedelta(minutes=1))[-1].body

    def answer(request: Request) -> Reply | None:
        if hostile.asked("PUT", STATUS) and request.method == "GET":
            hostile.put(STATUS, newer)
            hostile.put("/status/badge.svg", b"<svg>2</svg>", Content_Type="image/svg+xml")
        return None

    hostile.answer = answer
    assert not publish_set(bucket, [BADGE, *documents_of()], NOW)


def test_another_document_that_someone_else_has_changed_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    after_the_put(hostile, "/status/badge.svg", b"<svg>hacked</svg>")
    with pytest.raises(PublishError, match=r"badge.svg reads back"):
        publish_set(bucket, [BADGE, *documents_of()], NOW)


@pytest.mark.parametrize("header", ["content-type", "cache-control"])
def test_a_header_that_reads_back_otherwise_is_an_error(header: str, bucket: Target, hostile: HostileS3) -> None:
    headers = {"content-type": "application/json", "cache-control": "public, max-age=300", header: "text/plain"}
    after_the_put(hostile, STATUS, body_of(), headers=headers)
    with pytest.raises(PublishError, match=header):
        publish_set(bucket, documents_of(), NOW)


def test_a_document_that_is_missing_from_the_bucket_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    hostile.answer = lambda request: Reply(200) if request.method == "PUT" else None
    with pytest.raises(PublishError, match="is not there"):
        publish_set(bucket, documents_of(), NOW)


# What is tried again, and what not


BAD_MOMENTS = [error(503, "SlowDown"), error(500, "InternalError"), Reply(503, b""), Reply(fault="reset")]


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("bad", BAD_MOMENTS)
def test_what_passes_is_tried_again_with_backoff(
    bad: Reply, method: str, bucket: Target, hostile: HostileS3, waits: list[float]
) -> None:
    hostile.answer = lambda request: bad if request.method == method and len(hostile.asked(method)) <= 2 else None
    assert publish_set(bucket, documents_of(), NOW)
    assert hostile.objects[STATUS].body == documents_of()[-1].body
    assert {put.body for put in hostile.asked("PUT")} == {documents_of()[-1].body}
    assert len(hostile.asked("PUT")) == (3 if method == "PUT" else 1)
    assert len(waits) == 2
    assert 0 < waits[0] <= 1
    assert 0 < waits[1] <= 2


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_it_gives_up_after_some_tries(method: str, bucket: Target, hostile: HostileS3, waits: list[float]) -> None:
    hostile.answer = lambda request: error(503, "SlowDown") if request.method == method else None
    with pytest.raises(PublishError, match=f"slow down, {s3.ATTEMPTS} times"):
        publish_set(bucket, documents_of(), NOW)
    assert len(hostile.asked(method)) == s3.ATTEMPTS


REFUSALS = {
    "InvalidAccessKeyId": (403, "SPACES_ACCESS_KEY"),
    "SignatureDoesNotMatch": (403, "SPACES_SECRET_KEY"),
    "AccessDenied": (403, "may not write status.json"),
    "RequestTimeTooSkewed": (403, "timedatectl"),
    "NoSuchBucket": (404, "there is no bucket status"),
    "PermanentRedirect": (301, "SPACES_ENDPOINT"),
    "AuthorizationHeaderMalformed": (400, "SPACES_REGION"),
    "QuotaExceeded": (403, "full"),
    "EntityTooLarge": (400, "EntityTooLarge"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_each_refusal_has_its_own_words_and_is_not_tried_again(
    code: str, bucket: Target, hostile: HostileS3, log_lines: list[str]
) -> None:
    status, words = REFUSALS[code]
    inner = f"<AWSAccessKeyId>{KEY}</AWSAccessKeyId><StringToSign>{SECRET}</StringToSign>"
    hostile.answer = lambda request: error(status, code, inner) if request.method == "PUT" else None
    with pytest.raises(PublishError) as caught:
        publish_set(bucket, documents_of(), NOW)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert len(hostile.asked("PUT")) == 1
    for text in (str(caught.value), repr(caught.value), repr(bucket), *log_lines):
        assert KEY not in text
        assert SECRET not in text


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"])
def test_a_refusal_of_the_first_read_says_the_same(code: str, bucket: Target, hostile: HostileS3) -> None:
    hostile.answer = lambda request: error(REFUSALS[code][0], code)
    with pytest.raises(PublishError, match=REFUSALS[code][1]):
        publish_set(bucket, documents_of(), NOW)
    assert len(hostile.requests) == 1


def test_a_key_that_may_not_list_is_enough(bucket: Target, hostile: HostileS3) -> None:
    def answer(request: Request) -> Reply | None:
        # To whom may not list, S3 does not say whether an object is there.
        missing = request.path not in hostile.objects
        return error(403, "AccessDenied") if request.method == "GET" and missing else None

    hostile.answer = answer
    assert publish_set(bucket, documents_of(), NOW)


def test_a_key_that_may_not_read_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    hostile.answer = lambda request: error(403, "AccessDenied") if request.method == "GET" else None
    with pytest.raises(PublishError, match="right to read"):
        publish_set(bucket, documents_of(), NOW)


@pytest.mark.parametrize(("method", "fault"), [("GET", "hang"), ("GET", "trickle"), ("PUT", "hang")])
def test_a_storage_that_is_stuck_does_not_hold_the_run(
    method: str, fault: str, hostile: HostileS3, make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_bucket, "SECONDS", 1.0)
    hostile.put(STATUS, body_of(minutes=10))
    stuck = Reply(200, b"x" * 1000, fault=fault)
    hostile.answer = lambda request: stuck if request.method == method else None
    place = publish.configured(bucket_settings(make_settings, hostile), tmp_path)
    with pytest.raises(PublishError, match="within") as caught:
        publish_set(place, documents_of(), NOW)
    assert caught.value.remedy


def test_a_body_that_breaks_off_is_an_error_in_words(bucket: Target, hostile: HostileS3, waits: list[float]) -> None:
    hostile.put(STATUS, body_of(minutes=10))
    hostile.answer = lambda request: Reply(200, b"x" * 1000, fault="cut") if request.method == "GET" else None
    with pytest.raises(PublishError, match="broke off"):
        publish_set(bucket, documents_of(), NOW)


# What visitors get


def test_an_object_that_is_not_public_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method == "PUT":
            headers = {"content-type": "application/json", "cache-control": "public, max-age=300"}
            hostile.objects[STATUS] = Stored(request.body, headers, "private", datetime.now(UTC))
            return Reply(200)
        return None

    hostile.answer = answer
    with pytest.raises(PublishError, match="visitors get 403") as caught:
        publish_set(bucket, documents_of(), NOW)
    assert "PutObjectAcl" in caught.value.remedy


def test_an_object_that_is_not_public_is_an_error_even_where_a_cache_still_has_it(
    behind: Target, hostile: HostileS3, cache: HostileS3
) -> None:
    cache.answer = lambda request: cached(body_of(minutes=5))
    hostile.answer = lambda request: (
        error(403, "AccessDenied") if request.method == "GET" and not request.is_signed else None
    )
    with pytest.raises(PublishError, match="visitors get 403"):
        publish_set(behind, documents_of(), NOW)


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503, 204])
def test_what_visitors_do_not_get_is_an_error(status: int, behind: Target, cache: HostileS3) -> None:
    cache.answer = lambda request: Reply(status, b"")
    with pytest.raises(PublishError, match=f"visitors get {status}") as caught:
        publish_set(behind, documents_of(), NOW)
    assert "STATUS_URL" in caught.value.remedy


@pytest.mark.parametrize(
    "other", [b"", b"<html>welcome", b"{}", body_of(minutes=31), body_of(hours=-1), documents_of()[-1].body + b"x"]
)
def test_another_document_for_visitors_is_an_error(other: bytes, behind: Target, cache: HostileS3) -> None:
    cache.answer = lambda request: cached(other)
    with pytest.raises(PublishError, match="visitors get another document"):
        publish_set(behind, documents_of(), NOW)


@pytest.mark.parametrize("minutes", [1, 30])
def test_an_older_copy_of_a_cache_is_good_for_as_long_as_the_status_itself(
    minutes: int, behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    cache.answer = lambda request: cached(body_of(minutes=minutes))
    assert publish_set(behind, documents_of(), NOW)
    (warning,) = warnings_in(log_lines)
    assert f"{minutes} minute" in warning
    assert "cache" in warning


def test_an_older_copy_without_a_cache_between_is_an_error(bucket: Target, hostile: HostileS3) -> None:
    def answer(request: Request) -> Reply | None:
        return cached(body_of(minutes=5)) if not request.is_signed else None

    hostile.answer = answer
    with pytest.raises(PublishError, match="visitors get another document"):
        publish_set(bucket, documents_of(), NOW)


@pytest.mark.parametrize("where", ["at the storage", "behind a cache"])
def test_a_newer_copy_is_that_of_a_newer_run(
    where: str, bucket: Target, behind: Target, hostile: HostileS3, cache: HostileS3
) -> None:
    newer = cached(documents_of(NOW + timedelta(seconds=30))[-1].body)
    cache.answer = lambda request: newer
    hostile.answer = lambda request: newer if request.method == "GET" and not request.is_signed else None
    assert publish_set(bucket if where == "at the storage" else behind, documents_of(), NOW)


def test_other_documents_may_be_older_copies_too(
    behind: Target, hostile: HostileS3, cache: HostileS3, log_lines: list[str]
) -> None:
    def answer(request: Request) -> Reply:
        if request.path == "/status.json":
            return cached(documents_of()[-1].body)
        written = format_datetime(datetime.now(UTC) - timedelta(minutes=12), usegmt=True)
        return cached(b"<svg>0</svg>", "image/svg+xml", Last_Modified=written)

    cache.answer = answer
    assert publish_set(behind, [BADGE, *documents_of()], NOW)
    assert sorted(request.path for request in cache.requests) == ["/badge.svg", "/status.json"]
    assert any("badge.svg" in line and "minutes ago" in line for line in warnings_in(log_lines))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Last_Modified": "long ago"},
        {"Last_Modified": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"Last_Modified": "Thu, 01 Jan 2026 00:00:00 -0000"},
        {"Last_Modified": "Thu, 01 Jan 2099 00:00:00 GMT"},
    ],
)
def test_other_documents_of_unknown_or_great_age_are_warned_of(
    headers: dict[str, str], behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    def answer(request: Request) -> Reply:
        if request.path == "/status.json":
            return cached(documents_of()[-1].body)
        return cached(b"<svg>0</svg>", "image/svg+xml", **headers)

    cache.answer = answer
    assert publish_set(behind, [BADGE, *documents_of()], NOW)
    (warning,) = warnings_in(log_lines)
    assert "visitors of badge.svg: the public address returns another document" in warning


def test_a_proxy_that_lets_through_status_json_alone_is_warned_of_in_one_line(
    behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    found = cached(documents_of()[-1].body)
    cache.answer = lambda request: found if request.path == "/status.json" else Reply(404)
    others = [replace(BADGE, name=name) for name in ("badge.svg", "api/v2/summary.json", "a", "b", "c", "d", "e")]
    assert publish_set(behind, [*others, *documents_of()], NOW)
    (warning,) = warnings_in(log_lines)
    assert "visitors of badge.svg, api/v2/summary.json, a and 4 more: the public address" in warning


def test_status_json_stays_as_it_was_where_another_cannot_be_written(bucket: Target, hostile: HostileS3) -> None:
    others = [replace(BADGE, name=f"{number}.svg") for number in range(9)]
    hostile.answer = lambda request: error(403, "AccessDenied") if request.path == "/status/3.svg" else None
    with pytest.raises(PublishError, match=r"3\.svg"):
        publish_set(bucket, [*others, *documents_of()], NOW)
    assert STATUS not in hostile.objects
    assert "/status/8.svg" not in hostile.objects


def test_a_document_may_lie_in_a_folder(
    bucket: Target, hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    deeper = replace(BADGE, name="api/v2/incidents/unresolved.json")
    documents = [deeper, *documents_of()]
    assert publish_set(bucket, documents, NOW)
    assert hostile.objects["/status/api/v2/incidents/unresolved.json"].body == deeper.body
    directory = publish.configured(make_settings(PUBLIC_DIRECTORY=tmp_path / "public"), tmp_path)
    assert publish_set(directory, documents, NOW)
    path = tmp_path / "public" / "api" / "v2" / "incidents"
    assert (path / "unresolved.json").read_bytes() == deeper.body
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_an_address_without_a_path_has_the_others_beside_it(
    hostile: HostileS3, cache: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    def answer(request: Request) -> Reply:
        document = BADGE if request.path == "/badge.svg" else documents_of()[-1]
        return cached(document.body, document.content_type)

    cache.answer = answer
    settings = bucket_settings(make_settings, hostile, STATUS_URL=cache.url.replace("127.0.0.1", "localhost"))
    assert publish_set(publish.configured(settings, tmp_path), [BADGE, *documents_of()], NOW)
    assert sorted(request.path for request in cache.requests) == ["/", "/badge.svg"]


def test_a_public_address_that_is_out_of_reach_is_an_error(
    hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    settings = bucket_settings(make_settings, hostile, STATUS_URL="http://localhost:1/status.json")
    with pytest.raises(PublishError, match=r"visitors cannot read status.json: .*refused"):
        publish_set(publish.configured(settings, tmp_path), documents_of(), NOW)


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_a_public_address_that_is_stuck_is_an_error_in_time(
    fault: str, behind: Target, cache: HostileS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "SECONDS", 0.5)
    cache.answer = lambda request: Reply(200, b"x" * 1000, fault=fault)
    with pytest.raises(PublishError, match="visitors cannot read"):
        publish_set(behind, documents_of(), NOW)


def test_a_redirect_is_followed_as_a_browser_would(behind: Target, hostile: HostileS3, cache: HostileS3) -> None:
    cache.answer = lambda request: Reply(302, b"", {"Location": hostile.url + STATUS})
    assert publish_set(behind, documents_of(), NOW)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Access-Control-Allow-Origin": "https://other.example"}, "CORS"),
        ({"Cache-Control": "public, max-age=86400"}, "86400"),
        ({"Cache-Control": "public"}, "Cache-Control"),
        ({"Content-Type": "text/plain"}, "text/plain"),
    ],
)
def test_wrong_headers_for_visitors_are_warned_of(
    headers: dict[str, str], words: str, behind: Target, cache: HostileS3, log_lines: list[str]
) -> None:
    reply = cached(documents_of()[-1].body)
    cache.answer = lambda request: replace(reply, headers={**reply.headers, **headers})
    assert publish_set(behind, documents_of(), NOW)
    (warning,) = warnings_in(log_lines)
    assert words in warning


def test_a_bucket_without_cors_rules_is_warned_of_once(
    bucket: Target, hostile: HostileS3, log_lines: list[str]
) -> None:
    hostile.web_headers = {}
    assert publish_set(bucket, documents_of(), NOW)
    (warning,) = warnings_in(log_lines)
    assert "elytra-status cors apply" in warning


def test_nothing_of_a_run_needs_more_than_these_requests(behind: Target, hostile: HostileS3, cache: HostileS3) -> None:
    cache.answer = lambda request: cached(documents_of()[-1].body)
    behind.conditions.enforced = True
    assert publish_set(behind, documents_of(), NOW)
    assert len(hostile.requests) == 4
    assert len(cache.requests) == 1
    for request in (*hostile.requests[3:], *cache.requests):
        assert "origin" in request.headers
        assert "authorization" not in request.headers
        assert "?" not in request.target


def test_a_copy_of_a_document_that_has_not_changed_for_long_is_judged_by_the_time_of_now(
    behind: Target, hostile: HostileS3, cache: HostileS3, log_lines: list[str]
) -> None:
    """An old copy is not ten minutes old for ever because the document itself is old too."""
    hostile.now = lambda: NOW
    headers = {"content_type": BADGE.content_type, "cache_control": BADGE.cache_control}
    for age, is_good in ((timedelta(), True), (timedelta(days=7), False)):
        log_lines.clear()
        written = NOW - age
        hostile.put("/status/badge.svg", BADGE.body, written, **headers)
        copy = cached(
            b"<svg>0</svg>", BADGE.content_type, Last_Modified=format_datetime(written - timedelta(minutes=10))
        )
        good = cached(documents_of()[-1].body)
        cache.answer = lambda request, copy=copy, good=good: copy if "badge" in request.path else good
        publish_set(behind, [BADGE, *documents_of()], NOW, frozenset({"badge.svg"}))
        (line,) = [line for line in warnings_in(log_lines) if "badge.svg" in line]
        assert ("10 minutes ago" in line) is is_good
