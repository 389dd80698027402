# SPDX-License-Identifier: MIT
"""Documents that have not changed are neither written again nor read in full, and say when they changed last."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from elytra_status import publish
from elytra_status.documents import Day, Document, Publication, document_digest, render_all
from elytra_status.locale import find_language
from elytra_status.model import Announcements, Incident, IncidentUpdate, PlatformStatus, Uptime
from elytra_status.publish.upload import publish as publish_set
from elytra_status.run import earlier_documents, job
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK, from_text
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, Request, Stored
from tests.published import concluded, realistic
from tests.publishing import NOW, bucket_settings, cached, documents_of
from tests.run.test_job import Start, kuma_settings
from tests.storage_kinds import Storage

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]

# These contain the run's own time, by which a visitor sees that the job runs.
OF_EACH_RUN = {
    "status.json",
    "index.html",
    "api/v2/summary.json",
    "api/v2/status.json",
}
SET = ("page", "card", "badge", "feed", "calendar", "statuspage", "history")


class Bucket:
    """A bucket on the hostile server, and runs that publish to it with saved state between them."""

    def __init__(self, settings: Settings, server: HostileS3, directory: Path) -> None:
        self.settings, self.server, self.directory = settings, server, directory
        self.keeps_tags = False

    def publish(self, value: Publication) -> set[str]:
        """Publish, and return the names of what was written."""
        self.server.requests.clear()
        earlier = earlier_documents.read(self.directory)
        documents = render_all(value, SET, earlier)
        unchanged = earlier_documents.unchanged(documents, earlier)
        result = publish_set(
            publish.configured(self.settings, self.directory, SYSTEM_CLOCK),
            documents,
            value.now,
            unchanged,
            tags=earlier_documents.tags(earlier) if self.keeps_tags else {},
            clock=SYSTEM_CLOCK,
        )
        assert result
        tags = result.tags if self.keeps_tags else {}
        earlier_documents.write(self.directory, documents, earlier, value.now, tags_there=tags)
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
    kept = {"card.js", "feed.atom", "calendar.ics", "history.json", "api/v2/components.json", "api/v2/incidents.json"}
    assert kept <= everything - written
    # A day of runs that are ten minutes apart, with the two requests that list the backups.
    assert 144 * (len(written) + 2) <= 1300


def test_another_card_is_written_once(bucket: Bucket) -> None:
    """The file has no time and no version: its checksum in saved state shows that it has changed."""
    first = realistic()
    bucket.publish(first)
    before = earlier_documents.read(bucket.directory)["card.js"]
    german = replace(first, texts=replace(first.texts, language=find_language("de")))
    assert "card.js" in bucket.publish(later(german, 10))
    after = earlier_documents.read(bucket.directory)["card.js"]
    assert after.digest != before.digest
    assert after.updated > before.updated
    assert "card.js" not in bucket.publish(later(german, 20))
    assert earlier_documents.read(bucket.directory)["card.js"] == after


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
    assert json.loads(bucket.text("api/v2/incidents.json"))["page"]["updated_at"] == moment.replace("Z", ".000Z")
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


def test_what_clients_of_statuspage_read_agrees_with_status_json_though_not_all_is_written(bucket: Bucket) -> None:
    value = realistic()
    for status in (PlatformStatus.OPERATIONAL, PlatformStatus.OUTAGE, PlatformStatus.UNKNOWN):
        value = later(concluded(replace(value, decision=replace(value.decision, status=status))), 10)
        bucket.publish(value)
        value = later(value, 10)
        assert "api/v2/components.json" not in bucket.publish(value)
        ours, theirs, summary, components = (
            json.loads(bucket.text(name))
            for name in ("status.json", "api/v2/status.json", "api/v2/summary.json", "api/v2/components.json")
        )
        assert ours["platform_status"] == status.value
        assert theirs["status"] == summary["status"]
        assert theirs["status"]["description"] == ours["headline"]["text"]
        assert without_times(components["components"]) == without_times(summary["components"])


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        times = ("updated_at", "created_at", "stale_after")
        return {key: without_times(one) for key, one in value.items() if key not in times}
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
    assert json.loads(bucket.text("api/v2/incidents.json"))["page"]["updated_at"] == moment.replace("Z", ".000Z")


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


# Storage whose tags are no MD5


@pytest.fixture
def encrypted(bucket: Bucket) -> Bucket:
    bucket.keeps_tags = bucket.server.encrypts = True
    return bucket


def test_the_tag_that_the_storage_gave_a_document_proves_it(encrypted: Bucket) -> None:
    first = realistic()
    encrypted.publish(first)
    written = encrypted.publish(later(first, 10))
    kept = names(render_all(first, SET)) - written
    assert {"card.js", "feed.atom", "calendar.ics", "history.json"} <= kept
    read = {request.path.removeprefix("/status/") for request in encrypted.server.asked("GET")}
    assert read == written
    # The tags of what was not written are still known.
    assert encrypted.publish(later(first, 20)) == written


@pytest.mark.parametrize("change", [None, other_bytes, other_type, other_cache, private])
def test_what_somebody_has_changed_is_written_again_to_encrypted_storage(
    change: Callable[[Stored], Stored] | None, encrypted: Bucket
) -> None:
    first = realistic()
    encrypted.publish(first)
    good = encrypted.server.objects["/status/card.js"]
    if change:
        encrypted.server.objects["/status/card.js"] = change(good)
    else:
        del encrypted.server.objects["/status/card.js"]
    assert "card.js" in encrypted.publish(later(first, 10))
    there = encrypted.server.objects["/status/card.js"]
    assert (there.body, there.headers, there.acl) == (good.body, good.headers, good.acl)


def without_tag(entry: dict[str, str]) -> None:
    del entry["tag"]


def with_malformed_tag(entry: dict[str, str]) -> None:
    entry["tag"] = "a tag\n"


def with_tag_of_others(entry: dict[str, str]) -> None:
    entry["tag"] = "0" * 32


def with_digest_of_others(entry: dict[str, str]) -> None:
    entry["digest"] = "0" * 64


@pytest.mark.parametrize("damage", [without_tag, with_malformed_tag, with_tag_of_others, with_digest_of_others])
def test_a_tag_that_is_not_known_for_these_bytes_proves_nothing(
    damage: Callable[[dict[str, str]], None], encrypted: Bucket
) -> None:
    first = realistic()
    encrypted.publish(first)
    file = encrypted.directory / earlier_documents.FILE
    saved = json.loads(file.read_text())
    damage(saved["card.js"])
    file.write_text(json.dumps(saved))
    assert "card.js" in encrypted.publish(later(first, 10))
    assert "card.js" not in encrypted.publish(later(first, 20))


def with_tag(bucket: Bucket, tag: str) -> Callable[[Request], Reply | None]:
    """Return the answers of storage that gives each object this tag; * stands for its own."""

    def answer(request: Request) -> Reply | None:
        bucket.server.answer = lambda request: None
        reply = bucket.server.reply_to(request)
        bucket.server.answer = answer
        if "ETag" in reply.headers:
            reply.headers["ETag"] = tag.replace("*", reply.headers["ETag"])
        return reply

    return answer


@pytest.mark.parametrize("tag", ["W/*", '"0"', ""])
def test_a_tag_that_is_weak_or_of_all_objects_proves_nothing(tag: str, encrypted: Bucket) -> None:
    encrypted.server.conditional = "ignored"
    encrypted.server.answer = with_tag(encrypted, tag)
    first = realistic()
    encrypted.publish(first)
    assert encrypted.publish(later(first, 10)) == names(render_all(first, SET))


def test_if_only_the_public_address_is_open_the_key_lists_and_visitors_read(
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
        publish_set(
            publish.configured(settings, tmp_path, SYSTEM_CLOCK),
            documents,
            later(value, minutes).now,
            unchanged,
            clock=SYSTEM_CLOCK,
        )
        earlier_documents.write(tmp_path, documents, earlier, later(value, minutes).now)
        public = tmp_path / "public"
        times.append({name: (public / name).stat().st_ino for name in ("card.js", "feed.atom", "status.json")})
    assert times[0]["card.js"] == times[1]["card.js"]
    assert times[0]["feed.atom"] == times[1]["feed.atom"]
    assert times[0]["status.json"] != times[1]["status.json"]


def test_status_json_is_written_each_time_whatever_saved_state_says(bucket: Bucket) -> None:
    own = documents_of()
    place = publish.configured(bucket.settings, bucket.directory, SYSTEM_CLOCK)
    for _ in range(2):
        bucket.server.requests.clear()
        assert publish_set(place, own, NOW, frozenset({"status.json"}), clock=SYSTEM_CLOCK)
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
    assert {one.name: document_digest(one) for one in outcome.documents if not one.local} == {
        name: one.digest for name, one in kept.items()
    }


def test_announcements_without_news_change_nothing(bucket: Bucket) -> None:
    quiet = replace(realistic(), announcements=Announcements())
    bucket.publish(quiet)
    for number in range(1, 4):
        written = bucket.publish(later(quiet, 10 * number))
        assert written.isdisjoint({"feed.atom", "calendar.ics", "api/v2/components.json"})


# history.json


def with_days(value: Publication, change: Callable[[tuple[Day, ...]], tuple[Day, ...]]) -> Publication:
    """Return a publication in which the days of the first component are others."""
    first, *others = value.components
    return replace(value, components=(replace(first, days=change(first.days)), *others))


def with_today(value: Publication, **values: Any) -> Publication:
    return with_days(value, lambda days: (*days[:-1], replace(days[-1], **values)))


def with_component(value: Publication, **values: Any) -> Publication:
    first, *others = value.components
    return replace(value, components=(replace(first, **values), *others))


WHILE_NOTHING_HAPPENS: dict[str, Callable[[Publication], Publication]] = {
    "more of today": lambda value: with_today(value, up=50_400, observed=Fraction(7, 12)),
    "other figures": lambda value: with_component(
        value, uptime=Uptime(Fraction(1), Fraction("0.998"), None), last_90d=Fraction("0.99")
    ),
}
NEWS: dict[str, Callable[[Publication], Publication]] = {
    "a status": lambda value: with_component(value, status=PlatformStatus.OUTAGE),
    "a name": lambda value: with_component(value, name="Component 1"),
    "maintenance": lambda value: with_component(value, in_maintenance=True),
    "an outage today": lambda value: with_today(value, uptime=Fraction("0.9999"), down=8),
    "today is unknown": lambda value: with_today(value, uptime=None),
    "a day of the past": lambda value: with_days(value, lambda days: (replace(days[0], down=1), *days[1:])),
    "a figure that is unknown": lambda value: with_component(value, uptime=Uptime(Fraction(1), None, None)),
    "another day": lambda value: with_days(
        value, lambda days: (*days[1:], replace(days[-1], date=days[-1].date + timedelta(days=1)))
    ),
    "an incident": lambda value: replace(
        value,
        announcements=Announcements(
            incidents=(Incident("2025-11-10-1", NOW, (IncidentUpdate(NOW, "A switch has failed."),)),)
        ),
    ),
    "no components": lambda value: replace(value, components=()),
}


@pytest.fixture
def known() -> Publication:
    """What is published while everything works and everything is known."""
    value = realistic()
    good = replace(value.days[-1], uptime=Fraction(1), up=43_200, down=0)
    components = tuple(
        replace(
            one,
            status=PlatformStatus.OPERATIONAL,
            in_maintenance=False,
            uptime=Uptime(Fraction(1), Fraction("0.999"), None),
            days=(*value.days[:-1], good),
        )
        for one in value.components
    )
    return replace(value, days=(*value.days[:-1], good), components=components)


@pytest.mark.parametrize("change", WHILE_NOTHING_HAPPENS.values(), ids=WHILE_NOTHING_HAPPENS)
def test_the_history_is_not_written_while_nothing_happens(
    change: Callable[[Publication], Publication], bucket: Bucket, known: Publication
) -> None:
    bucket.publish(known)
    before = bucket.text("history.json")
    for minutes in (10, 20):
        assert "history.json" not in bucket.publish(change(later(known, minutes)))
    assert bucket.text("history.json") == before


@pytest.mark.parametrize("change", NEWS.values(), ids=NEWS)
def test_the_history_is_written_in_the_run_that_has_news(
    change: Callable[[Publication], Publication], bucket: Bucket, known: Publication
) -> None:
    bucket.publish(known)
    changed = change(later(known, 10))
    assert "history.json" in bucket.publish(changed)
    (rendered,) = (one for one in render_all(changed, SET) if one.name == "history.json")
    assert bucket.text("history.json") == rendered.body.decode()
    assert "history.json" not in bucket.publish(change(later(known, 20)))


def test_the_history_is_written_every_few_hours_and_before_it_is_stale(known: Publication, tmp_path: Path) -> None:
    written = []
    for minutes in range(0, 9 * 60, 10):
        value = later(known, minutes)
        earlier = earlier_documents.read(tmp_path)
        documents = [one for one in render_all(value, ("history",), earlier) if one.name == "history.json"]
        written += [] if earlier_documents.unchanged(documents, earlier) else [minutes]
        earlier_documents.write(tmp_path, documents, earlier, value.now)
        stale_after = from_text(json.loads(documents[0].body)["stale_after"])
        # The next run may be late by as much as status.json allows.
        assert stale_after >= value.now + value.texts.fresh_for
    assert written == [0, 240, 480]


def test_a_long_outage_of_a_component_does_not_write_the_history_each_time(bucket: Bucket, known: Publication) -> None:
    down = with_component(known, status=PlatformStatus.OUTAGE)
    written = 0
    for run in range(12):
        value = with_today(later(down, 10 * run), uptime=Fraction(100 - run, 101), down=600 * (run + 1))
        written += "history.json" in bucket.publish(value)
    assert written == 1


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"platform": 5, "components": []}'])
def test_without_the_bytes_that_were_kept_the_history_is_written(
    content: bytes | None, bucket: Bucket, known: Publication
) -> None:
    bucket.publish(known)
    file = bucket.directory / earlier_documents.DIRECTORY / "history.json"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert "history.json" in bucket.publish(later(known, 10))
    assert json.loads(bucket.text("history.json"))["updated_at"] == f"{later(known, 10).now:%Y-%m-%dT%H:%M:%SZ}"


def test_a_history_of_another_shape_is_replaced(bucket: Bucket, known: Publication) -> None:
    """Another version of elytra-status may have published it."""
    bucket.publish(known)
    kept = bucket.directory / earlier_documents.DIRECTORY / "history.json"
    (document,) = (one for one in render_all(known, SET) if one.name == "history.json")
    other = replace(document, body=b'{"schema_version": 0}')
    kept.write_bytes(other.body)
    file = bucket.directory / earlier_documents.FILE
    stored = json.loads(file.read_bytes())
    stored["history.json"]["digest"] = document_digest(other)
    file.write_text(json.dumps(stored))
    assert "history.json" in bucket.publish(later(known, 10))


def test_a_history_that_somebody_has_deleted_is_written_again(bucket: Bucket, known: Publication) -> None:
    bucket.publish(known)
    del bucket.server.objects["/status/history.json"]
    assert "history.json" in bucket.publish(later(known, 10))


def test_the_guard_searches_the_bytes_that_visitors_get(bucket: Bucket, known: Publication) -> None:
    """A run publishes the history of an earlier one: its documents hold these bytes, and not others of now."""
    bucket.publish(known)
    earlier = earlier_documents.read(bucket.directory)
    documents = render_all(later(known, 10), SET, earlier)
    (document,) = (one for one in documents if one.name == "history.json")
    assert document.body.decode() == bucket.text("history.json")
