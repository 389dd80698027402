# SPDX-License-Identifier: MIT
"""Pages of incidents at the target: a large archive is published bit by bit, and what is removed is removed there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status.announcements import incidents, store
from elytra_status.documents import Document, EarlierDocument, body_digest, document_digest
from elytra_status.model import Announcements
from elytra_status.run import earlier_documents, job
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, error
from tests.publishing import NOW, bucket_settings

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
RUN = timedelta(minutes=10)


def document(name: str, *, archived: bool = True, body: str = "x") -> Document:
    return Document(name, body.encode(), "text/html", "max-age=1", frozenset(), archived=archived)


def as_published(documents: list[Document]) -> dict[str, EarlierDocument]:
    return {one.name: EarlierDocument(NOW, document_digest(one), of_body=body_digest(one)) for one in documents}


def test_a_large_archive_is_published_over_several_runs_and_everything_else_in_each() -> None:
    documents = [document("status.json", archived=False), *(document(f"{number}") for number in range(50))]
    earlier: dict[str, EarlierDocument] = {}
    for left in (50, 30, 10):
        due = earlier_documents.due_documents(documents, earlier, NOW)
        assert due[0].name == "status.json"
        new = [one for one in due[1:] if one.name not in earlier]
        assert [one.name for one in new] == [f"{number}" for number in range(50 - left, min(50, 70 - left))]
        earlier |= as_published(due)
    assert len(earlier) == 51


def test_every_page_of_the_archive_is_checked_in_its_turn() -> None:
    documents = [document(f"{number}") for number in range(50)]
    earlier = as_published(documents)
    seen: set[str] = set()
    for number in range(5):
        due = {one.name for one in earlier_documents.due_documents(documents, earlier, NOW + number * RUN)}
        assert len(due) == earlier_documents.MOST_ARCHIVED
        seen |= due
    assert seen == {one.name for one in documents}
    few = documents[:3]
    assert earlier_documents.due_documents(few, earlier, NOW) == few


def announce(directory: Path, clock: MovableClock, change: Callable[[Announcements], Announcements]) -> str:
    return store.change(directory, clock, change)[1].last_identifier


def with_incident(directory: Path, clock: MovableClock) -> str:
    return announce(directory, clock, lambda there: incidents.begin(there, "It is slow.", clock.now(), "root"))


@pytest.fixture(params=["bucket", "directory"])
def settings(request: pytest.FixtureRequest, hostile: HostileS3, make_settings: Make, clock: MovableClock) -> Settings:
    return bucket_settings(make_settings, hostile) if request.param == "bucket" else make_settings()


class Site:
    """What visitors can read, in a bucket or a directory."""

    def __init__(self, settings: Settings, server: HostileS3, directory: Path) -> None:
        self.in_bucket, self.server, self.public = bool(settings.status_bucket), server, directory / "public"

    def names(self) -> set[str]:
        if self.in_bucket:
            return {path.removeprefix("/status/") for path in self.server.objects}
        return {str(path.relative_to(self.public)) for path in self.public.rglob("[!.]*") if path.is_file()}

    def put(self, name: str, body: bytes) -> None:
        if self.in_bucket:
            stored = self.server.objects[f"/status/{name}"]
            self.server.objects[f"/status/{name}"] = replace(stored, body=body)
        else:
            (self.public / name).write_bytes(body)


@pytest.fixture
def site(settings: Settings, hostile: HostileS3, tmp_path: Path) -> Site:
    return Site(settings, hostile, tmp_path)


def test_the_page_of_a_removed_incident_is_removed_and_nothing_else(
    settings: Settings, site: Site, clock: MovableClock, tmp_path: Path
) -> None:
    identifier = with_incident(tmp_path, clock)
    job.run(settings, clock, tmp_path)
    page = f"incidents/{identifier}.html"
    before = site.names()
    assert page in before
    announce(tmp_path, clock, lambda there: incidents.remove(there, identifier))
    clock.moment += RUN
    job.run(settings, clock, tmp_path)
    month = f"incidents/{identifier[:7]}.html"
    assert before - site.names() == {page, month}
    assert not {page, month} & json.loads((tmp_path / earlier_documents.FILE).read_bytes()).keys()


def test_what_somebody_else_has_put_there_is_never_removed(
    settings: Settings, site: Site, clock: MovableClock, tmp_path: Path
) -> None:
    identifier = with_incident(tmp_path, clock)
    job.run(settings, clock, tmp_path)
    page = f"incidents/{identifier}.html"
    site.put(page, b"<p>A page of our own.")
    announce(tmp_path, clock, lambda there: incidents.remove(there, identifier))
    clock.moment += RUN
    job.run(settings, clock, tmp_path)
    assert page in site.names()


def test_a_key_that_may_not_delete_is_a_warning_until_it_may(
    hostile: HostileS3, make_settings: Make, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    settings = bucket_settings(make_settings, hostile)
    identifier = with_incident(tmp_path, clock)
    job.run(settings, clock, tmp_path)
    announce(tmp_path, clock, lambda there: incidents.remove(there, identifier))
    hostile.answer = lambda request: error(403, "AccessDenied") if request.method == "DELETE" else None
    clock.moment += RUN
    assert job.run(settings, clock, tmp_path).published
    page = f"incidents/{identifier}.html"
    (line,) = (line for line in log_lines if "no longer published, but still there" in line)
    assert line.startswith("WARNING ")
    assert "AccessDenied" in line
    assert f"/status/{page}" in hostile.objects
    hostile.answer = lambda _: None
    clock.moment += RUN
    job.run(settings, clock, tmp_path)
    assert f"/status/{page}" not in hostile.objects


def test_a_document_that_publish_no_longer_names_is_removed(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    job.run(make_settings(), clock, tmp_path)
    assert (tmp_path / "public" / "badge.svg").exists()
    clock.moment += RUN
    job.run(make_settings(PUBLISH="status,page"), clock, tmp_path)
    assert {path.name for path in (tmp_path / "public").rglob("*") if path.is_file()} == {"status.json", "index.html"}
