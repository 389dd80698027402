# SPDX-License-Identifier: MIT
"""Pages of incidents at the target: a large archive is published bit by bit, and what is removed is removed there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest

from elytra_status.announcements import incidents, store
from elytra_status.documents import EarlierDocument, Publication, body_digest, document_digest, incident_pages
from elytra_status.model import Announcements, Incident, IncidentUpdate
from elytra_status.run import archive_plan, earlier_documents, job
from elytra_status.run.archive_plan import plan_archive
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, error
from tests.published import in_english_and_german, published
from tests.publishing import NOW, bucket_settings, documents_of

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]
RUN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ADDRESS = "https://status.example.com/"


def over(number: int) -> Incident:
    """An incident of a day, the first of the latest."""
    opened = NOW - (number + 1) * DAY
    updates = (IncidentUpdate(opened, "It is slow."), IncidentUpdate(opened + HOUR, "It is over."))
    return Incident(f"{opened:%Y-%m-%d}-1", opened, updates, resolved=opened + HOUR)


def archive_of(count: int) -> Publication:
    """A publication in English and German with so many past incidents."""
    announced = Announcements(incidents=tuple(map(over, reversed(range(count)))))
    return replace(in_english_and_german(published()), announcements=announced, now=NOW)


def published_after(value: Publication, earlier: Mapping[str, EarlierDocument]) -> dict[str, EarlierDocument]:
    """The pages that a run publishes."""
    documents = incident_pages.render(replace(value, archive=plan_archive(value, earlier)))
    return {
        one.name: EarlierDocument(NOW, document_digest(one), of_body=body_digest(one), made_from=one.made_from)
        for one in documents
    }


def name_of(number: int, folder: str = "") -> str:
    return f"{folder}incidents/{over(number).identifier}.html"


@pytest.fixture(autouse=True)
def little_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_plan, "MOST_WRITTEN", 10)


def test_a_large_archive_is_published_over_several_runs_and_its_lists_in_the_first() -> None:
    value, earlier = archive_of(40), dict[str, EarlierDocument]()
    lists = {f"{folder}incidents/{name}.html" for folder in ("", "de/") for name in ("index", "2026-02", "2026-01")}
    for start in range(0, 40, 5):
        new = published_after(value, earlier).keys() - earlier.keys()
        expected = {name_of(number, folder) for number in range(start, start + 5) for folder in ("", "de/")}
        assert new == (expected | lists if start == 0 else expected)
        earlier |= published_after(value, earlier)
    assert len(earlier) == 2 * 40 + len(lists)


def test_only_the_pages_of_a_run_are_rendered() -> None:
    value = archive_of(40)
    first = published_after(value, {})
    assert len(first) == 10 + 6
    every = published_after(value, first) | first
    for _ in range(8):
        every |= published_after(value, every)
    # The two lists that are never over, and those whose turn it is.
    assert len(published_after(value, every)) == 2 + archive_plan.MOST_CHECKED


def test_every_page_of_the_archive_is_checked_in_its_turn() -> None:
    value, earlier, seen = archive_of(40), dict[str, EarlierDocument](), set[str]()
    for _ in range(8):
        earlier |= published_after(value, earlier)
    for number in range(len(earlier) // archive_plan.MOST_CHECKED + 1):
        seen |= published_after(replace(value, now=NOW + number * RUN), earlier).keys()
    assert seen == earlier.keys()


def test_a_changed_text_comes_before_new_pages_and_another_title_after_them() -> None:
    value, earlier = archive_of(12), dict[str, EarlierDocument]()
    for _ in range(2):
        earlier |= published_after(value, earlier)
    *others, newest = value.announcements.incidents
    changed = replace(newest, postmortem=IncidentUpdate(NOW, "A disk was full."))
    texts = tuple(replace(one, title="Another title") for one in value.page_texts)
    value = replace(value, announcements=replace(value.announcements, incidents=(*others, changed)), page_texts=texts)
    order = []
    for _ in range(3):
        now = {name: one for name, one in published_after(value, earlier).items() if one != earlier.get(name)}
        order.append({name for name in now if re.fullmatch(r"incidents/2026-0\d-\d\d-1.html", name)})
        earlier |= now
    assert {name_of(0), name_of(10), name_of(11)} <= order[0]
    assert order[1] == {name_of(number) for number in range(3, 8)}


def test_the_page_of_an_incident_that_is_over_by_now_comes_first() -> None:
    value, earlier = archive_of(30), dict[str, EarlierDocument]()
    for _ in range(3):
        earlier |= published_after(value, earlier)
    for folder in ("", "de/"):
        earlier[name_of(9, folder)] = replace(earlier[name_of(9, folder)], made_from="")
    new = published_after(value, earlier)
    assert {name_of(9), name_of(15), name_of(18)} <= new.keys()
    assert name_of(19) not in new


def test_a_page_in_another_language_comes_with_the_others_of_its_announcement() -> None:
    value, earlier = archive_of(7), dict[str, EarlierDocument]()
    english = replace(value, page_texts=(replace(value.page_texts[0], pages=()),))
    for _ in range(2):
        earlier |= published_after(english, earlier)
    new = published_after(value, earlier)
    assert {name_of(number, "de/") for number in range(5)} <= new.keys()
    assert not {name_of(number, "de/") for number in (5, 6)} & new.keys()
    # The list in each language links to what is there in it.
    german, in_english = (
        next(one.body.decode() for one in incident_pages.render(planned(value, earlier)) if one.name == name)
        for name in ("de/incidents/2026-02.html", "incidents/2026-02.html")
    )
    assert german.count('href="2026-02-') == 5
    assert in_english.count('href="2026-02-') == 7


def planned(value: Publication, earlier: Mapping[str, EarlierDocument]) -> Publication:
    return replace(value, archive=plan_archive(value, earlier))


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
    there = {path.name for path in (tmp_path / "public").rglob("[!.]*") if path.is_file()}
    assert there == {"status.json", "index.html"}


# The links of all documents


def links_of(name: str, body: str) -> Iterator[str]:
    """Yield the addresses in a document, in full."""
    for link in re.findall(r'(?:href="|"(?:url|shortlink)":"|^URL:)([^"\r\n]+)', body, re.MULTILINE):
        # Links for programs are relative to status.json.
        base = ADDRESS + name if name.endswith(".html") else ADDRESS
        yield urljoin(base, link).partition("#")[0].partition("?")[0]


def broken_links(public: Path) -> set[tuple[str, str]]:
    """Return each link to a document that is not there, with the document that has it."""
    there = {str(path.relative_to(public)): path for path in public.rglob("*") if path.is_file()}
    found = {
        (name, link) for name, path in there.items() if path.suffix != ".js" for link in links_of(name, text(path))
    }
    own = {(name, link.removeprefix(ADDRESS)) for name, link in found if link.startswith(ADDRESS)}
    assert ("index.html", "feed.atom") in own
    return {(name, link) for name, link in own if link and link not in there}


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def announce_past(directory: Path, clock: MovableClock, count: int, before: datetime) -> None:
    """Announce so many past incidents, the last of which was two days before a moment."""

    def add(there: Announcements) -> Announcements:
        opened = [before - 2 * DAY - number * 16 * HOUR for number in range(count)]
        past = tuple(
            Incident(f"past-{number}", moment, (IncidentUpdate(moment, "It is slow.", "root"),), moment + HOUR)
            for number, moment in enumerate(opened)
        )
        return replace(there, incidents=past[::-1])

    announce(directory, clock, add)


def pages_of_past(public: Path) -> set[str]:
    return {str(path.relative_to(public)) for path in public.rglob("past-*")}


def test_no_document_links_to_a_page_that_is_not_there(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    began, public = clock.now().replace(microsecond=0), tmp_path / "public"
    for languages, count in (("en,de", 30), ("en,de,ja", 40)):
        announce_past(tmp_path, clock, count, began)
        settings = make_settings(PAGE_LANGUAGE=languages)
        before: set[str] = set()
        while (names := pages_of_past(public)) != before or not before:
            before = names
            job.run(settings, clock, tmp_path)
            clock.moment += RUN
            assert broken_links(public) == set()
        assert len(names) == count * len(languages.split(","))
        assert text(public / "de/index.html").count('href="incidents/past-') > 10
        assert "incidents/past-25.html" in text(public / "history.json")


def test_nothing_links_to_pages_of_another_target(
    hostile: HostileS3, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    announce_past(tmp_path, clock, 30, clock.now().replace(microsecond=0))
    for _ in range(4):
        job.run(bucket_settings(make_settings, hostile), clock, tmp_path)
        clock.moment += RUN
    assert len([name for name in hostile.objects if "/past-" in name]) == 30
    job.run(bucket_settings(make_settings, hostile, STATUS_BUCKET_KEY="public/status.json"), clock, tmp_path)
    there = [name for name in hostile.objects if name.startswith("/status/public/incidents/past-")]
    assert len(there) == archive_plan.MOST_WRITTEN
    page = hostile.objects["/status/public/index.html"].body.decode()
    links = set(re.findall(r'href="(incidents/past-[^"]+)', page))
    assert links
    assert links <= {name.removeprefix("/status/public/") for name in there}
    for directory in ("one", "two"):
        clock.moment += RUN
        job.run(make_settings(PUBLIC_DIRECTORY=tmp_path / directory), clock, tmp_path)
        assert broken_links(tmp_path / directory) == set()
        assert len(pages_of_past(tmp_path / directory)) == archive_plan.MOST_WRITTEN


def test_a_run_that_yields_publishes_no_archive(
    hostile: HostileS3, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    announce_past(tmp_path, clock, 30, clock.now().replace(microsecond=0))
    for _ in range(4):
        job.run(make_settings(), clock, tmp_path)
        clock.moment += RUN
    hostile.now = clock.now
    newer = documents_of(clock.now() + timedelta(minutes=1))[-1]
    hostile.put("/status/status.json", newer.body, content_type="application/json")
    settings = bucket_settings(make_settings, hostile)
    assert not job.run(settings, clock, tmp_path).published
    clock.moment += RUN
    assert job.run(settings, clock, tmp_path).published
    assert len([name for name in hostile.objects if "/past-" in name]) == archive_plan.MOST_WRITTEN


def test_months_appear_over_several_runs_and_nothing_links_to_missing_ones(
    monkeypatch: pytest.MonkeyPatch, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    monkeypatch.setattr(archive_plan, "MOST_MONTHS", 2)
    public, began = tmp_path / "public", clock.now().replace(microsecond=0)

    def add(there: Announcements) -> Announcements:
        opened = [began - (number + 2) * 31 * DAY for number in range(8)]
        past = [
            Incident(f"past-{moment:%Y-%m}", moment, (IncidentUpdate(moment, "It is slow."),), moment + HOUR)
            for moment in opened
        ]
        return replace(there, incidents=tuple(past)[::-1])

    announce(tmp_path, clock, add)
    counts = []
    for _ in range(20):
        job.run(make_settings(), clock, tmp_path)
        clock.moment += RUN
        assert broken_links(public) == set()
        counts.append(len([*public.glob("incidents/20??-??.html")]))
    assert counts[0] == 2
    assert counts[-1] == 8
    assert text(public / "incidents/index.html").count('href="20') == 7
