# SPDX-License-Identifier: MIT
"""Documents that have not changed are neither written again nor read in full, and say when they changed last."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.documents import Document, Publication, digest, render_all
from elytra_status.model import Announcements, Incident, IncidentUpdate, PlatformStatus
from elytra_status.publish.target import publish as publish_set
from elytra_status.run import earlier_documents, job
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, Stored
from tests.publish.test_publish import NOW, bucket_settings, cached, documents_of
from tests.published import concluded, realistic
from tests.run.test_job import Start, kuma_settings
from tests.storage_kinds import Storage

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]

# The run's own time stands in these: a visitor sees by it that the job runs.
OF_EACH_RUN = {
    "status.json",
    "index.html",
    "badge.svg",
    "history.json",
    "api/v2/summary.json",
    "api/v2/status.json",
}
SET = ("page", "card", "badge", "feed", "calendar", "statuspage", "history")


class Bucket:
    """A bucket on the hostile server, and runs that publish to it with saved state between them."""

    def __init__(self, settings: Settings, server: HostileS3, directory: Path) -> None:
        self.settings, self.server, self.directory = settings, server, directory

    def publish(self, value: Publication) -> set[str]:
        """Publish, and return the names of what was written."""
        self.server.requests.clear()
        earlier = earlier_documents.read(self.directory)
        documents = render_all(value, SET, earlier)
        unchanged = earlier_documents.unchanged(documents, earlier)
        assert publish_set(publish.configured(self.settings, self.directory), documents, value.now, unchanged)
        earlier_documents.keep(self.directory, documents, earlier, value.now)
        return {request.path.removeprefix("/status/") for request in self.server.asked("PUT")}

    def text(self, name: str) -> str:
        return self.server.objects[f"/status/{name}"].body.decode()


@pytest.fixture
def bucket(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> Bucket:
    return Bucket(bucket_settings(make_settings, hostile), hostile, tmp_path)


def later(value: Publication, minutes: float) -> Publication:
    return replace(value, now=value.now + timedelta(minutes=minutes))


def names(documents: list[Document]) -> set[str]:
    return {document.name for document in documents if not document.local}


def test_a_second_run_writes_what_bears_its_time_alone(bucket: Bucket) -> None:
    first = realistic()
    everything = names(render_all(first, SET))
    assert bucket.publish(first) == everything
    written = bucket.publish(later(first, 10))
    assert written >= OF_EACH_RUN
    assert {"card.js", "feed.atom", "calendar.ics", "api/v2/components.json", "api/v2/incidents.json"} <= (
        everything - written
    )
    # A day of runs that are ten minutes apart, with the two requests that list the backups.
    assert 144 * (len(written) + 2) <= 1300


def test_what_is_not_written_is_not_read_in_full(bucket: Bucket) -> None:
    first = realistic()
    bucket.publish(first)
    written = bucket.publish(later(first, 10))
    read = {request.path.removeprefix("/status/") for request in bucket.server.asked("GET")}
    asked = {request.path.removeprefix("/status/") for request in bucket.server.asked("HEAD")}
    assert read == written
    assert asked == names(render_all(first, SET)) - written - {"status.json"}


def test_times_stay_those_of_the_last_change(bucket: Bucket) -> None:
    first = realistic()
    bucket.publish(first)
    before = {name: bucket.text(name) for name in ("feed.atom", "calendar.ics", "api/v2/incidents.json")}
    bucket.publish(later(first, 10))
    assert {name: bucket.text(name) for name in before} == before
    news = Incident("2026-03-01-9", first.now, (IncidentUpdate(first.now, "A switch has failed."),))
    changed = replace(
        later(first, 20), announcements=replace(first.announcements, incidents=(*first.announcements.incidents, news))
    )
    written = bucket.publish(changed)
    assert {"feed.atom", "api/v2/incidents.json", "api/v2/incidents/unresolved.json"} <= written
    assert "calendar.ics" not in written
    moment = f"{changed.now:%Y-%m-%dT%H:%M:%SZ}"
    assert json.loads(bucket.text("api/v2/incidents.json"))["page"]["updated_at"] == moment
    assert f"<updated>{moment}</updated>" in bucket.text("feed.atom")


def test_everything_in_the_set_agrees_at_each_run(bucket: Bucket) -> None:
    """What lies in the bucket is what a run without any saved state would publish, but for times of the last change."""
    value = realistic()
    for status in (PlatformStatus.OPERATIONAL, PlatformStatus.OUTAGE, PlatformStatus.OUTAGE, PlatformStatus.UNKNOWN):
        value = later(concluded(replace(value, decision=replace(value.decision, status=status))), 10)
        bucket.publish(value)
        for document in render_all(value, SET):
            if document.local:
                continue
            there = bucket.text(document.name)
            if document.name.endswith(".json"):
                assert without_times(json.loads(there)) == without_times(json.loads(document.body)), document.name
            elif document.name in OF_EACH_RUN:
                assert there == document.body.decode(), document.name


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items() if key not in ("updated_at", "created_at")}
    return [without_times(one) for one in value] if isinstance(value, list) else value


def other_bytes(stored: Stored) -> Stored:
    return replace(stored, body=stored.body + b" ")


def other_type(stored: Stored) -> Stored:
    return replace(stored, headers={**stored.headers, "content-type": "text/plain"})


def other_cache(stored: Stored) -> Stored:
    return replace(stored, headers={**stored.headers, "cache-control": "no-store"})


def private(stored: Stored) -> Stored:
    return replace(stored, acl="private")


@pytest.mark.parametrize("change", [None, other_bytes, other_type, other_cache, private])
def test_what_somebody_has_changed_or_deleted_is_written_again(
    change: Callable[[Stored], Stored] | None, bucket: Bucket
) -> None:
    first = realistic()
    bucket.publish(first)
    good = bucket.server.objects["/status/card.js"]
    if change:
        bucket.server.objects["/status/card.js"] = change(good)
    else:
        del bucket.server.objects["/status/card.js"]
    assert "card.js" in bucket.publish(later(first, 10))
    there = bucket.server.objects["/status/card.js"]
    assert (there.body, there.headers, there.acl) == (good.body, good.headers, good.acl)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"not JSON",
        b"[]",
        b'{"card.js": 5}',
        b'{"card.js": {"digest": "x", "updated": "2026"}}',
        b'{"a": {}}',
    ],
)
def test_without_sound_saved_state_everything_is_written(content: bytes | None, bucket: Bucket) -> None:
    first = realistic()
    bucket.publish(first)
    file = bucket.directory / earlier_documents.FILE
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert bucket.publish(later(first, 10)) == names(render_all(first, SET))


def test_saved_state_of_another_bucket_leaves_nothing_out(
    bucket: Bucket, hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    first = realistic()
    bucket.publish(first)
    hostile.objects.clear()
    assert bucket.publish(later(first, 10)) == names(render_all(first, SET))


def test_a_time_of_a_wrong_clock_is_not_kept(bucket: Bucket) -> None:
    first = realistic()
    bucket.publish(later(first, 60 * 24 * 3))
    bucket.server.objects.clear()
    bucket.publish(first)
    moment = f"{first.now:%Y-%m-%dT%H:%M:%SZ}"
    assert json.loads(bucket.text("api/v2/incidents.json"))["page"]["updated_at"] == moment


def test_a_checksum_that_is_no_md5_proves_nothing(bucket: Bucket) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method != "HEAD":
            return None
        stored = bucket.server.objects[request.path]
        return Reply(200, stored.body, {**stored.headers, "ETag": '"0123456789abcdef0123456789abcdef-1"'})

    first = realistic()
    bucket.publish(first)
    bucket.server.answer = answer
    assert bucket.publish(later(first, 10)) == names(render_all(first, SET))


def test_where_the_public_address_alone_is_open_the_key_asks_and_visitors_read(
    hostile: HostileS3, make_settings: Make, tmp_path: Path
) -> None:
    hostile.answer = Storage(hostile)
    with HostileS3() as public:

        def answer(request: Request) -> Reply:
            stored = hostile.objects[f"/status{request.path}"]
            return cached(stored.body, stored.headers["content-type"])

        public.answer = answer
        url = f"{public.url.replace('127.0.0.1', 'localhost')}/status.json"
        bucket = Bucket(bucket_settings(make_settings, hostile, STATUS_ACL="none", STATUS_URL=url), hostile, tmp_path)
        first = realistic()
        bucket.publish(first)
        public.requests.clear()
        written = bucket.publish(later(first, 10))
    assert "card.js" not in written
    assert all(request.is_signed for request in hostile.requests)
    assert "/card.js" in {request.path for request in public.requests}


def test_a_directory_keeps_the_file_that_has_not_changed(make_settings: Make, tmp_path: Path) -> None:
    value, times = realistic(), []
    settings = make_settings()
    for minutes in (0, 10):
        earlier = earlier_documents.read(tmp_path)
        documents = render_all(later(value, minutes), SET, earlier)
        unchanged = earlier_documents.unchanged(documents, earlier)
        publish_set(publish.configured(settings, tmp_path), documents, later(value, minutes).now, unchanged)
        earlier_documents.keep(tmp_path, documents, earlier, later(value, minutes).now)
        public = tmp_path / "public"
        times.append({name: (public / name).stat().st_ino for name in ("card.js", "feed.atom", "status.json")})
    assert times[0]["card.js"] == times[1]["card.js"]
    assert times[0]["feed.atom"] == times[1]["feed.atom"]
    assert times[0]["status.json"] != times[1]["status.json"]


def test_status_json_is_written_each_time_whatever_saved_state_says(bucket: Bucket) -> None:
    own = documents_of()
    place = publish.configured(bucket.settings, bucket.directory)
    for _ in range(2):
        bucket.server.requests.clear()
        assert publish_set(place, own, NOW, frozenset({"status.json"}))
        assert len(bucket.server.asked("PUT")) == 1


def test_the_job_writes_less_in_its_second_run(
    hostile: HostileS3, start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    hostile.now = clock.now
    settings = bucket_settings(make_settings, hostile, **kuma_settings(kuma))
    job.run(settings, clock, tmp_path)
    first = len(hostile.asked("PUT"))
    hostile.requests.clear()
    clock.moment += timedelta(minutes=10)
    outcome = job.run(settings, clock, tmp_path)
    assert outcome.published
    assert len(hostile.asked("PUT")) < first / 2
    kept = earlier_documents.read(tmp_path)
    assert {one.name: digest(one) for one in outcome.documents if not one.local} == {
        name: one.digest for name, one in kept.items()
    }


def test_announcements_without_news_change_nothing(bucket: Bucket) -> None:
    quiet = replace(realistic(), announcements=Announcements())
    bucket.publish(quiet)
    for number in range(1, 4):
        written = bucket.publish(later(quiet, 10 * number))
        assert written.isdisjoint({"feed.atom", "calendar.ics", "api/v2/components.json"})
