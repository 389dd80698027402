# SPDX-License-Identifier: MIT
"""Objects that two machines share: no change is lost, and what does not enforce conditions is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from elytra_status.errors import PublishError
from elytra_status.net.s3_conditions import TagForm
from elytra_status.publish.s3_bucket import status_bucket
from elytra_status.publish.shared_objects import PROBE, SharedObjects, SharedVersion
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.publishing import bucket_settings

pytestmark = pytest.mark.slow

MARK, LIMIT = "0123456789abcdef", 1000
PATH = "/status/pair/lease.json"


@pytest.fixture
def objects(hostile: HostileS3, make_settings: Callable[..., Settings]) -> SharedObjects:
    settings = bucket_settings(make_settings, hostile)
    bucket = status_bucket(settings)
    assert bucket is not None
    return SharedObjects(bucket.account, bucket.name, "pair/", MovableClock())


def appending(body: bytes) -> Callable[[SharedVersion], bytes]:
    return lambda there: (there.body or b"") + body


@pytest.mark.parametrize(
    ("storage", "form"), [("any", TagForm.BARE), ("bare", TagForm.BARE), ("quoted", TagForm.QUOTED)]
)
def test_the_form_of_a_tag_is_found(storage: str, form: TagForm, hostile: HostileS3, objects: SharedObjects) -> None:
    hostile.conditional = storage
    assert objects.find_form(MARK) is form
    assert hostile.objects[f"/status/pair/{PROBE}"].acl == "private"
    assert objects.find_form(MARK) is form, "an object of an earlier run does not matter"


@pytest.mark.parametrize("storage", ["ignored", "refused"])
def test_storage_that_does_not_enforce_conditions_is_refused(
    storage: str, hostile: HostileS3, objects: SharedObjects
) -> None:
    hostile.conditional = storage
    with pytest.raises(PublishError, match="does not enforce If-Match") as caught:
        objects.find_form(MARK)
    assert "PUBLISHERS=one" in caught.value.remedy


def test_storage_that_enforces_if_match_alone_is_refused(hostile: HostileS3, objects: SharedObjects) -> None:
    def answer(request: Request) -> Reply | None:
        if "if-none-match" not in request.headers:
            return None
        return Reply(200, b"", {"ETag": '"0"'})

    hostile.answer = answer
    with pytest.raises(PublishError, match="If-None-Match"):
        objects.find_form(MARK)


def test_another_machine_that_tries_the_same_does_no_harm(hostile: HostileS3, objects: SharedObjects) -> None:
    others = iter(range(3))

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and request.headers.get("if-match", "").strip('"').strip("0"):
            for number in others:
                hostile.put(request.path, str(number).encode())
                break
        return None

    hostile.answer = answer
    assert objects.find_form(MARK) is TagForm.BARE


def test_a_change_of_the_other_machine_in_between_is_kept(hostile: HostileS3, objects: SharedObjects) -> None:
    others = iter([b"b", b"c"])

    def how(there: SharedVersion) -> bytes:
        for body in others:
            hostile.put(PATH, (there.body or b"") + body)
            break
        return (there.body or b"") + b"a"

    assert objects.update("lease.json", LIMIT, how).body == b"bca"
    assert hostile.objects[PATH].body == b"bca"
    assert hostile.objects[PATH].acl == "private"


def test_many_changes_at_once_are_all_kept(objects: SharedObjects) -> None:
    def work(letter: bytes) -> None:
        for _ in range(3):
            while True:
                try:
                    objects.update("lease.json", LIMIT, appending(letter))
                except PublishError:
                    continue
                break

    threads = [threading.Thread(target=work, args=(letter,)) for letter in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(objects.read("lease.json", LIMIT).body or b"") == sorted(b"abc" * 3)


def test_a_write_that_is_under_way_is_waited_for(hostile: HostileS3, objects: SharedObjects) -> None:
    """Amazon refuses a conditional write with 409 until the other one has ended."""
    clock = objects.clock
    assert isinstance(clock, MovableClock)
    ends = clock.moment + timedelta(seconds=4)
    hostile.answer = lambda request: (
        error(409, "ConditionalRequestConflict") if request.method == "PUT" and clock.moment < ends else None
    )
    assert objects.update("state.json", 1000, appending(b"1")).body == b"1"
    assert clock.sleeps == sorted(set(clock.sleeps)), "each pause is longer"


def test_a_lost_answer_is_not_taken_for_a_change_of_the_other(hostile: HostileS3, objects: SharedObjects) -> None:
    written: list[Request] = []

    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and not written:
            written.append(request)
            return hostile.lose_answer(request)
        return None

    hostile.answer = answer
    assert objects.update("lease.json", LIMIT, appending(b"a")).body == b"a"


def test_nothing_is_written_if_the_change_is_refused_or_there_is_none(
    hostile: HostileS3, objects: SharedObjects
) -> None:
    def refuse(there: SharedVersion) -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        objects.update("lease.json", LIMIT, refuse)
    assert objects.update("lease.json", LIMIT, lambda there: None).body is None
    assert hostile.asked("PUT") == []


def test_the_time_is_that_of_the_storage(hostile: HostileS3, objects: SharedObjects) -> None:
    there = objects.clock.now() - timedelta(days=40)
    hostile.now = lambda: there
    assert abs(objects.read("lease.json", LIMIT).now - there) < timedelta(seconds=2)


def test_without_a_time_nothing_is_guessed(hostile: HostileS3, objects: SharedObjects) -> None:
    hostile.always(Reply(404, b"", {"Date": "never"}))
    with pytest.raises(PublishError, match="no time"):
        objects.read("lease.json", LIMIT)


def test_an_object_that_may_not_be_read_is_not_overwritten(hostile: HostileS3, objects: SharedObjects) -> None:
    hostile.put(PATH, b"there")

    def answer(request: Request) -> Reply | None:
        return error(403, "AccessDenied") if request.method == "GET" else None

    hostile.answer = answer
    with pytest.raises(PublishError, match="cannot be written") as caught:
        objects.update("lease.json", LIMIT, appending(b"a"))
    assert "right to read" in caught.value.remedy
    assert hostile.objects[PATH].body == b"there"


@pytest.mark.parametrize("code", ["SlowDown", "InternalError"])
def test_an_error_of_the_storage_is_an_error(
    code: str, hostile: HostileS3, objects: SharedObjects, waits: list[float]
) -> None:
    hostile.always(error(503, code))
    with pytest.raises(PublishError):
        objects.update("lease.json", LIMIT, appending(b"a"))


def test_no_more_than_the_limit_is_read(hostile: HostileS3, objects: SharedObjects) -> None:
    hostile.put(PATH, b"x" * 10_000_000)
    body = objects.read("lease.json", LIMIT).body
    assert body is not None
    assert LIMIT < len(body) < 1_000_000


def test_a_version_is_found_without_its_body(hostile: HostileS3, objects: SharedObjects) -> None:
    assert objects.find("lease.json").tag == ""
    written = objects.update("lease.json", LIMIT, appending(b"a"))
    assert objects.find("lease.json") == SharedVersion(None, written.tag, objects.find("lease.json").now)
    assert written.tag == hostile.objects[PATH].tag
    hostile.answer = lambda request: error(503, "SlowDown") if request.method == "HEAD" else None
    with pytest.raises(PublishError):
        objects.find("lease.json")
