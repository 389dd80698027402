# SPDX-License-Identifier: MIT
"""What a run costs with a bucket of any size: requests, and objects in their answers, with saved state between runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest

from elytra_status.decision.backup_policy import judge_backups
from elytra_status.model import BackupStatus, Report, replace
from elytra_status.run.assess import policy_rules
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.sources.backups_s3.listing import ListingPage
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.made_bucket import MadeBucket

pytestmark = [pytest.mark.pure, pytest.mark.slow]

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
PAGE = 1000
Make = Callable[..., Settings]


class Cost(NamedTuple):
    """What a run requests: the number of listings, and of the entries in them."""

    requests: int
    entries: int


class Counted(MadeBucket):
    """A bucket that counts the entries of its answers."""

    entries = 0

    def page(self, prefix: str, after: str = "", delimiter: str = "") -> ListingPage:
        page = super().page(prefix, after, delimiter)
        self.entries += len(page.objects) + len(page.folded)
        return page


class OneListing:
    """One of the listings of a run, which counts its own requests."""

    def __init__(self, bucket: MadeBucket) -> None:
        self.bucket, self.requests = bucket, 0

    def is_late(self) -> bool:
        return self.bucket.is_late()

    def page(self, prefix: str, after: str = "", delimiter: str = "") -> ListingPage:
        self.requests += 1
        return self.bucket.page(prefix, after, delimiter)


class Polls:
    """Polls of a bucket with `count` nightly backups of some groups, all of them made an hour before NOW."""

    def __init__(
        self, make_settings: Make, monkeypatch: pytest.MonkeyPatch, count: int, groups: int, **settings: str
    ) -> None:
        self.bucket = Counted(PAGE)
        self.report: Report | None = None
        for number in range(groups):
            for night in range(count // groups):
                moment = NOW - timedelta(days=night, hours=1)
                self.bucket.put(f"nightly/acme-{number:04}/{moment:%Y-%m-%d}.sql.gz", moment)
        self.make_settings, self.groups = make_settings, "none" if groups == 1 else "prefix"
        self.set(**settings)
        # Each listing of a run has its own deadline, and none of them passes unless a test says so.
        monkeypatch.setattr(spaces_backups, "BucketListing", lambda *_: OneListing(self.bucket))

    def set(self, **settings: str) -> None:
        self.settings = self.make_settings(
            SPACES_ENDPOINT="https://nyc3.digitaloceanspaces.com",
            SPACES_ACCESS_KEY="DO00KEY",
            SPACES_SECRET_KEY="secret",
            BACKUP_BUCKET="backups",
            BACKUP_PREFIX="nightly/",
            BACKUP_GROUPS=self.groups,
            **settings,
        )

    def run(self, minutes: float) -> Cost:
        """Poll some minutes after NOW, with the saved state of the last poll."""
        self.bucket.requests = self.bucket.entries = 0
        saved = json.loads(json.dumps(self.report.saved)) if self.report else {}
        request = PollRequest(NOW + timedelta(minutes=minutes), 60, None, saved, clock=SYSTEM_CLOCK)
        self.report = spaces_backups.sources(self.settings)[0].poll(request)
        return Cost(self.bucket.requests, self.bucket.entries)

    def status(self, minutes: float) -> BackupStatus:
        assert self.report
        return judge_backups([self.report], NOW + timedelta(minutes=minutes), policy_rules(Settings())).status


@pytest.fixture
def polls(make_settings: Make, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Polls]:
    def make(count: int, groups: int, **settings: str) -> Polls:
        return Polls(make_settings, monkeypatch, count, groups, **settings)

    return make


def with_small_pages(here: Polls, page: int) -> Polls:
    here.bucket.page_size = here.bucket.page_of_groups = page
    return here


SIZES = [500, 2_000, 5_000, 19_000, 20_000, 100_000]


@pytest.mark.parametrize("groups", [1, 50])
@pytest.mark.parametrize("count", SIZES)
def test_no_size_costs_more_than_five_pages(count: int, groups: int, polls: Callable[..., Polls]) -> None:
    """Six hours without news: each group is seen again, and the evidence never runs out."""
    here = polls(count, groups)
    here.run(0)
    minutes = range(10, 370, 10)
    costs = []
    for each in minutes:
        costs.append(here.run(each))
        assert here.status(each) is BackupStatus.SUCCESS
    assert max(cost.requests for cost in costs) <= 5
    assert max(cost.entries for cost in costs) <= 5 * PAGE
    if count > 5 * PAGE and groups == 1:
        assert set(costs) == {Cost(1, 1)}


def test_a_larger_bucket_costs_no_less(polls: Callable[..., Polls]) -> None:
    """There is no size just below which a run costs more than far above it."""
    entries = []
    for count in SIZES:
        here = polls(count, 50)
        here.run(0)
        entries.append(sum(here.run(minutes).entries for minutes in range(10, 130, 10)) / 12)
    for smaller, larger in pairwise(entries):
        assert larger >= smaller * 0.6


@pytest.mark.parametrize("count", [19, 20, 21, 99, 100, 101])
def test_up_to_five_pages_are_listed_in_full(count: int, polls: Callable[..., Polls]) -> None:
    """They cost no more than a larger bucket of which nothing is due, and show each change at once."""
    here = with_small_pages(polls(count, 1), 20)
    pages = -(-count // 20)
    first, *later = [here.run(minutes) for minutes in range(0, 1200, 10)]
    assert set(later) == {first if pages <= 5 else Cost(1, 1)}
    assert here.status(1200) is BackupStatus.SUCCESS
    newest = max(here.bucket.objects)
    here.bucket.delete(newest)
    here.run(1210)
    assert here.report
    if pages <= 5:
        assert first == Cost(pages, count)
        assert here.report.backup_groups[0].newest == NOW - timedelta(days=1, hours=1)


def test_a_bucket_at_the_limit_does_not_alternate(polls: Callable[..., Polls]) -> None:
    """Each night's backup is there for an hour before the oldest is deleted."""
    here = with_small_pages(polls(100, 1), 20)
    requests = []
    for hour in range(24 * 5):
        if hour % 24 == 20:
            moment = NOW + timedelta(hours=hour)
            here.bucket.put(f"nightly/acme-0000/{moment:%Y-%m-%dT%H}.sql.gz", moment)
        if hour % 24 == 21:
            here.bucket.delete(min(here.bucket.objects))
        requests.append(here.run(60 * hour).requests)
        assert here.status(60 * hour) is BackupStatus.SUCCESS
    is_full = [made == 5 for made in requests]
    assert sum(before != after for before, after in pairwise(is_full)) <= 2 * 5


def put_hourly(here: Polls, minutes: int) -> None:
    """Keep two backups of each of 200 groups, of which one is replaced every 58 minutes."""
    for number in range(200):
        age = (minutes + number * 17) % 58
        name = f"nightly/acme-{number:04}/"
        kept = [f"{name}{(minutes - age) // 58 - back:06}.gz" for back in (1, 0)]
        for back, key in zip((1, 0), kept, strict=True):
            here.bucket.put(key, NOW + timedelta(minutes=minutes - age - 58 * back))
        for key in [key for key in list(here.bucket.objects) if key.startswith(name) and key not in kept]:
            here.bucket.delete(key)


def test_a_bucket_of_which_much_is_due_is_listed_in_full(polls: Callable[..., Polls]) -> None:
    """Runs that query what is due make 30 requests and more, and a full listing takes 20."""
    here = with_small_pages(polls(200, 200, BACKUP_MAX_AGE_HOURS="1"), 20)
    for key in list(here.bucket.objects):
        here.bucket.delete(key)
    days: list[list[int]] = []
    for minutes in range(0, 24 * 60 * 10, 60):
        if minutes % (24 * 60) == 0:
            days.append([])
        put_hourly(here, minutes + 58)
        days[-1].append(here.run(minutes + 58).requests)
        assert here.status(minutes + 58) is BackupStatus.SUCCESS
    assert min(days[0]) >= 30
    # After a week, a day shows again what other runs cost.
    assert [set(day[2:]) == {20} for day in days] == [False, *[True] * 7, False, True]


@pytest.mark.parametrize("count", [10, 30, 50, 200])
@pytest.mark.parametrize("tried", [None, "2026-03-01T04:00:00Z"])
def test_saved_state_of_a_version_without_costs_misses_nothing(
    count: int, tried: str | None, polls: Callable[..., Polls]
) -> None:
    """It listed up to five pages in full (tried is null), and longer buckets by what was due."""
    here = with_small_pages(polls(count, 5), 20)
    here.run(0)
    assert here.report
    saved = {name: value for name, value in here.report.saved.items() if name != "costs"}
    here.report = replace(here.report, saved={**saved, "tried": tried})
    here.bucket.delete(f"nightly/acme-0003/{NOW:%Y-%m-%d}.sql.gz")
    costs = [here.run(minutes).requests for minutes in range(10, 370, 10)]
    # The backup before it is too old.
    assert here.status(360) is BackupStatus.WARNING
    assert here.report
    newest = {group.name: group.newest for group in here.report.backup_groups}
    assert newest["acme-0003"] == NOW - timedelta(days=1, hours=1)
    assert len(here.report.saved["costs"]) == 3
    # The first run may list five pages to no avail.
    assert max(costs[1:]) <= 5


def test_full_lists_a_bucket_of_any_size_in_each_run(polls: Callable[..., Polls]) -> None:
    here = polls(25_000, 50, BACKUP_LISTING="full")
    assert [here.run(minutes) for minutes in (0, 10, 1400)] == [Cost(25, 25_000)] * 3
    assert here.status(1400) is BackupStatus.SUCCESS
    here.bucket.delete(f"nightly/acme-0007/{NOW:%Y-%m-%d}.sql.gz")
    here.run(1410)
    assert here.report
    assert {group.newest for group in here.report.backup_groups if group.name == "acme-0007"} == {
        NOW - timedelta(days=1, hours=1)
    }
    assert not here.report.warnings


def test_full_without_the_time_for_it_is_said_and_takes_nothing_away(polls: Callable[..., Polls]) -> None:
    here = polls(25_000, 50, BACKUP_LISTING="full")
    here.run(0)
    here.bucket.late_after = 7
    assert here.run(10).requests == 7
    assert here.status(10) is BackupStatus.SUCCESS
    assert here.report
    assert [warning.remedy for warning in here.report.warnings] == ["Set BACKUP_LISTING=auto or a longer BACKUP_PREFIX"]
    here.bucket.late_after = None
    assert here.run(20) == Cost(25, 25_000)
    assert not here.report.warnings


def test_saved_listing_lists_a_small_bucket_once(polls: Callable[..., Polls]) -> None:
    here = polls(3_000, 1, BACKUP_LISTING="remembered")
    assert here.run(0) == Cost(3, 3_000)
    assert {here.run(minutes) for minutes in range(10, 1200, 10)} == {Cost(1, 1)}
    assert here.status(1200) is BackupStatus.SUCCESS
    moment = NOW + timedelta(hours=20)
    here.bucket.put(f"nightly/acme-0000/{moment:%Y-%m-%dT%H}.sql.gz", moment)
    here.run(1210)
    assert here.report
    assert [group.newest for group in here.report.backup_groups] == [moment]


@pytest.mark.parametrize("listing", ["auto", "full", "remembered"])
def test_what_one_setting_saves_is_of_use_to_another(listing: str, polls: Callable[..., Polls]) -> None:
    here = polls(6_000, 50, BACKUP_LISTING=listing)
    here.run(0)
    for other in ("auto", "full", "remembered", listing):
        here.set(BACKUP_LISTING=other)
        assert here.run(10).requests <= (6 if other == "full" else 10)
        assert here.status(10) is BackupStatus.SUCCESS
