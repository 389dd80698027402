# SPDX-License-Identifier: MIT
"""The search of a large bucket, with a bucket in memory: what is reported was true within the last six hours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from elytra_status.errors import NoAnswerError
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import saved_listing
from elytra_status.sources.backups_s3.groups import BucketState
from elytra_status.sources.backups_s3.layout import ALL, Layout, layout
from elytra_status.sources.backups_s3.report import NOT_KNOWN_YET, report
from elytra_status.sources.backups_s3.schedule import EVIDENCE
from elytra_status.sources.backups_s3.search import Limits, Search
from tests.made_bucket import MadeBucket

pytestmark = [pytest.mark.pure, pytest.mark.slow]

START = datetime(2026, 3, 1, tzinfo=UTC)
MAX_AGE = timedelta(hours=25)
TEN_MINUTES = timedelta(minutes=10)
# Like the real ones, but small enough that every limit is reached.
LIMITS, PAGE = Limits(few=2, usual=3, most=40), 5
MARK = saved_listing.mark(Settings())


class Watch:
    """One search after another in a large bucket, with saved state between them."""

    def __init__(self, bucket: MadeBucket, kind: Layout, limits: Limits = LIMITS) -> None:
        self.bucket, self.kind, self.limits = bucket, kind, limits
        self.saved: str = "{}"

    def run(self, now: datetime) -> dict[str, datetime | None]:
        """Return the reported newest backup of each group; None if it is not known, or there is none."""
        self.bucket.requests = 0
        saved = saved_listing.from_json(json.loads(self.saved), MARK, now)
        known = saved or BucketState()
        try:
            if saved or not self.search(known, now).whole(self.limits.few):
                self.search(known, now).due()
        except NoAnswerError:
            # As if a source failed: saved state stays.
            return {NOT_KNOWN_YET: None}
        self.known = known
        self.saved = json.dumps(saved_listing.to_json(known, MARK))
        told = report("backups", known, self.kind, now, MAX_AGE)
        assert {*known.groups} <= told.private_names or not self.kind.grouped
        return {group.name: group.newest for group in told.backup_groups}

    def search(self, known: BucketState, now: datetime) -> Search:
        return Search(known, self.kind, self.bucket, now, MAX_AGE, self.limits)


# The time of each backup of a group, by its key.
Backups = dict[str, datetime]


def truth(bucket: MadeBucket, kind: Layout, now: datetime) -> dict[str, Backups]:
    """Return the existing backups of each group."""
    there: dict[str, Backups] = {} if kind.grouped else {ALL: {}}
    for each in bucket.objects.values():
        name = kind.group_of(each.key)
        if name is not None:
            backups = there.setdefault(name, {})
            if kind.is_backup(each) and each.modified <= now + timedelta(minutes=5):
                backups[each.key] = each.modified
    return there


def is_fresh(newest: datetime | None, now: datetime) -> bool:
    return newest is not None and now - newest < MAX_AGE


GROUPS = st.sampled_from(["a", "a-b", "ab", "a0", "z"])
NAMES = st.text("0/-~", min_size=1, max_size=4)


class Bucket(RuleBasedStateMachine):
    """Whatever happens to a bucket between the runs, at any time."""

    grouped = True

    def __init__(self) -> None:
        super().__init__()
        self.bucket = MadeBucket(PAGE)
        self.kind = layout("b/", "*.gz", 1, grouped=self.grouped)
        self.watch = Watch(self.bucket, self.kind)
        self.now = START
        # What was true, and since when.
        self.history: list[tuple[datetime, dict[str, Backups]]] = []
        # When a run last left a listing for the next one to continue.
        self.left = START - EVIDENCE * 2

    def note(self) -> None:
        self.history.append((self.now, truth(self.bucket, self.kind, self.now)))

    @initialize(groups=st.lists(GROUPS, max_size=5), count=st.integers(0, 12), folds_too_much=st.booleans())
    def begin(self, groups: list[str], count: int, folds_too_much: bool) -> None:
        self.bucket.folds_too_much = folds_too_much
        for group in groups:
            self.fill(group, count, 24)

    @rule(group=GROUPS, count=st.integers(1, 12), hours=st.sampled_from([1, 6, 24]))
    def fill(self, group: str, count: int, hours: int) -> None:
        for number in range(count):
            self.put_by_date(group, self.now - timedelta(hours=hours * (count - 1 - number)))
        self.note()

    def put_by_date(self, group: str, moment: datetime) -> None:
        self.bucket.put(f"b/{group}/{moment:%Y%m%dT%H%M%S}.gz", moment)

    @rule(group=GROUPS)
    def put_one(self, group: str) -> None:
        self.put_by_date(group, self.now)
        self.note()

    @rule(group=GROUPS, name=NAMES, minutes=st.integers(0, 3000))
    def put_with_any_name(self, group: str, name: str, minutes: int) -> None:
        self.bucket.put(f"b/{group}/{name}.gz", self.now - timedelta(minutes=minutes))
        self.note()

    @rule(group=GROUPS, name=st.sampled_from(["", "empty.gz", "note.txt", "later.gz"]))
    def put_what_is_no_backup(self, group: str, name: str) -> None:
        moment = self.now + timedelta(minutes=90 if name == "later.gz" else 0)
        self.bucket.put(f"b/{group}/{name}", moment, 0 if name == "empty.gz" else 1)
        self.bucket.put(f"b/{group}.gz", self.now)
        self.note()

    @rule(data=st.data())
    def delete_or_replace(self, data: st.DataObject) -> None:
        if self.bucket.objects:
            key = data.draw(st.sampled_from(sorted(self.bucket.objects)))
            if data.draw(st.booleans()):
                self.bucket.delete(key)
            else:
                self.bucket.put(key, self.now, data.draw(st.integers(0, 1)))
            self.note()

    @rule(group=GROUPS, which=st.sampled_from(["newest", "all"]))
    def delete_of(self, group: str, which: str) -> None:
        home = self.kind.home(group) if self.grouped else f"b/{group}/"
        keys = sorted((each.modified, key) for key, each in self.bucket.objects.items() if key.startswith(home))
        for _, key in keys[-1:] if which == "newest" else keys:
            self.bucket.delete(key)
        self.note()

    @rule(minutes=st.sampled_from([1, 10, 10, 60, 300, 360, 1500]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.note()

    @rule()
    def forget(self) -> None:
        self.watch.saved = "{}"

    @rule(requests=st.sampled_from([None, None, None, 1, 3]), fails=st.booleans())
    def run(self, requests: int | None, fails: bool) -> None:
        self.bucket.late_after, self.bucket.fails = requests, fails
        self.note()
        self.check(self.watch.run(self.now))

    @rule(group=GROUPS, requests=st.integers(0, 2), fails=st.booleans())
    def run_short_after_long(self, group: str, requests: int, fails: bool) -> None:
        self.delete_of(group, "newest")
        self.wait(361)
        self.run(requests, fails)

    def check(self, told: dict[str, datetime | None]) -> None:
        ends = [began for began, _ in self.history[1:]] + [self.now]
        seen = [(end, state) for end, (_, state) in zip(ends, self.history, strict=True) if end >= self.now - EVIDENCE]
        for name, newest in told.items():
            if is_fresh(newest, self.now):
                assert any(time >= newest for _, state in seen for time in state.get(name, {}).values()), name
            elif newest is not None:
                fresh = [
                    {each for each in state.get(name, {}).items() if is_fresh(each[1], end)} for end, state in seen
                ]
                if self.left < self.now - EVIDENCE:
                    assert not all(fresh), name
                # A backup written where the listing has been, or deleted where it has not been yet, is not seen.
                assert not set.intersection(*fresh), name
        if json.loads(self.watch.saved).get("cursor"):
            self.left = self.now
        if NOT_KNOWN_YET not in told:
            assert set.intersection(*(set(state) for _, state in seen)) <= told.keys()
        assert self.bucket.requests <= LIMITS.most

    @rule()
    def settle(self) -> None:
        """Left alone, everything becomes known."""
        self.bucket.late_after = None
        # A backup dated ninety minutes ahead becomes valid meanwhile, and is looked for within six hours of that.
        for _ in range(50):
            told = self.next_run()
        # A backup may just have become too old: that there is none newer is known after everything was listed again.
        for _ in range(len(self.bucket.objects) // (LIMITS.most * PAGE)):
            if NOT_KNOWN_YET in told:
                told = self.next_run()
        there = truth(self.bucket, self.kind, self.now)
        assert told.keys() >= there.keys()
        assert all(told[name] is None for name in told.keys() - there.keys())
        for name, backups in there.items():
            newest = max(backups.values(), default=None)
            assert is_fresh(told[name], self.now) == is_fresh(newest, self.now), name
            assert (told[name] is None) == (newest is None), name

    def next_run(self) -> dict[str, datetime | None]:
        self.now += TEN_MINUTES
        self.note()
        told = self.watch.run(self.now)
        self.check(told)
        return told


class OneGroup(Bucket):
    """The same without groups."""

    grouped = False


TestBucket = Bucket.TestCase
TestOneGroup = OneGroup.TestCase


# What is to be expected of certain buckets


GROUPED, FLAT = (layout("", "*", 1, grouped=grouped) for grouped in (True, False))


def by_date(group: str, moment: datetime) -> str:
    return f"{group}/{moment:%Y-%m-%dT%H%M}.gz"


def nightly(names: list[str], nights: int, page: int, last: datetime = START) -> MadeBucket:
    """Return a bucket with a backup of each group each night, the last one at `last`."""
    bucket = MadeBucket(page)
    for name in names:
        for night in range(nights):
            moment = last - timedelta(days=night)
            bucket.put(by_date(name, moment), moment)
    return bucket


def runs(watch: Watch, began: datetime, count: int) -> list[dict[str, datetime | None]]:
    """Run this many times, ten minutes apart; return the reports."""
    return [watch.run(began + number * TEN_MINUTES) for number in range(count)]


def names_of(count: int) -> list[str]:
    return [f"client-{number:04}" for number in range(count)]


@pytest.mark.parametrize("kind", [GROUPED, FLAT], ids=["grouped", "not grouped"])
def test_a_large_bucket_is_unknown_until_it_was_listed_to_the_end(kind: Layout) -> None:
    names = names_of(20) if kind.grouped else [ALL]
    bucket = nightly(names_of(20) if kind.grouped else ["all"], 80 // len(names), PAGE)
    told = runs(Watch(bucket, kind, Limits(few=3, usual=3, most=7)), START, 6)
    known = [sum(newest is not None for newest in groups.values()) for groups in told]
    assert known == sorted(known)
    assert known[0] < len(names)
    assert told[-1] == dict.fromkeys(names, START)


def test_a_backup_too_old_in_a_bucket_of_several_runs_is_unknown_until_all_was_listed_again() -> None:
    bucket = nightly(["all"], 40, PAGE)
    watch = Watch(bucket, FLAT, Limits(few=3, usual=3, most=7))
    assert runs(watch, START, 2)[-1] == {ALL: START}
    assert runs(watch, START + MAX_AGE, 2) == [{NOT_KNOWN_YET: None}, {ALL: START}]


def test_a_listing_from_before_a_backup_became_too_old_does_not_prove_that_there_is_none_newer() -> None:
    bucket = nightly(["all"], 40, PAGE)
    watch = Watch(bucket, FLAT)
    too_old = START + MAX_AGE
    assert runs(watch, too_old - timedelta(hours=5), 2)[-1] == {ALL: START}
    newer = too_old - timedelta(hours=3)
    bucket.put("above-all-others.gz", newer)
    bucket.late_after = 0
    assert watch.run(too_old) == {NOT_KNOWN_YET: None}
    bucket.late_after = None
    assert watch.run(too_old) == {ALL: newer}


def test_groups_that_are_not_listed_yet_are_reported_as_one_that_is_unknown() -> None:
    bucket = nightly(names_of(60), 1, PAGE)
    told = runs(Watch(bucket, GROUPED, Limits(few=3, usual=3, most=8)), START, 9)
    assert told[0][NOT_KNOWN_YET] is None
    assert told[-1] == dict.fromkeys(names_of(60), START)


def test_what_was_listed_is_not_listed_again_when_a_run_was_late_or_failed() -> None:
    bucket = nightly(["all"], 100, PAGE)
    watch = Watch(bucket, FLAT)
    asked = 0
    for number in range(20):
        bucket.late_after, bucket.fails = (2, True) if number == 3 else (5, False)
        told = watch.run(START + number * TEN_MINUTES)
        asked += bucket.requests
        if told.get(ALL):
            break
    assert told[ALL] == START
    assert asked <= 100 / PAGE + 4


@pytest.mark.parametrize("nights", [1, 4, 30])
def test_a_deleted_backup_is_noticed_within_six_hours_and_the_one_before_it_counts(nights: int) -> None:
    names = names_of(40)
    bucket = nightly(names, nights, PAGE)
    watch = Watch(bucket, GROUPED)
    runs(watch, START, 20)
    now = START + timedelta(hours=4)
    bucket.delete(by_date("client-0007", START))
    told = runs(watch, now, 37)[-1].get("client-0007")
    assert told == (START - timedelta(days=1) if nights > 1 else None)


def test_new_names_of_backups_are_no_failure() -> None:
    """A backup that sorts before the newest known one is found before the group counts as late."""
    names = names_of(12)
    bucket = nightly(names, 4, PAGE)
    watch = Watch(bucket, GROUPED)
    runs(watch, START, 6)
    assert all(group.ordered for group in watch.known.groups.values())
    for day in range(1, 4):
        now = START + timedelta(days=day)
        for name in names:
            bucket.put(f"{name}/0-{now:%d.%m.%Y}.gz", now)
        for number, told in enumerate(runs(watch, now, 144)):
            assert all(is_fresh(newest, now + number * TEN_MINUTES) for newest in told.values()), (day, number)


def test_weekdays_for_names_are_no_failure_either() -> None:
    bucket = MadeBucket(PAGE)
    names = names_of(12)
    watch = Watch(bucket, GROUPED)
    for day in range(-7, 3):
        now = START + timedelta(days=day)
        for name in names:
            bucket.put(f"{name}/{now:%A}.gz", now)
        for number, told in enumerate(runs(watch, now, 144) if day >= 0 else ()):
            assert all(is_fresh(newest, now + number * TEN_MINUTES) for newest in told.values()), (day, number)


@pytest.mark.parametrize("minutes", [0, 290])
def test_names_are_in_order_though_files_of_one_night_are_not(minutes: int) -> None:
    bucket = nightly(names_of(12), 4, PAGE)
    for name in names_of(12):
        bucket.put(f"{name}/{START:%Y-%m-%d}-z.gz", START - timedelta(minutes=minutes))
    watch = Watch(bucket, GROUPED)
    runs(watch, START, 6)
    assert all(group.ordered for group in watch.known.groups.values())


@pytest.mark.parametrize("kind", [GROUPED, FLAT], ids=["grouped", "not grouped"])
def test_a_new_backup_and_a_new_group_are_seen_soon(kind: Layout) -> None:
    bucket = nightly(names_of(12), 4, PAGE)
    watch = Watch(bucket, kind)
    runs(watch, START, 12)
    later = START + timedelta(hours=20, minutes=3)
    bucket.put(by_date("client-9999", later), later)
    told = runs(watch, later + TEN_MINUTES, 7)[-1]
    assert told["client-9999" if kind.grouped else ALL] == later


def test_a_missing_group_is_reported_again_when_it_is_back() -> None:
    names = names_of(12)
    bucket = nightly(names, 4, PAGE)
    watch = Watch(bucket, GROUPED)
    runs(watch, START, 12)
    for key in [key for key in bucket.objects if key.startswith(("client-0003/", "client-0005/"))]:
        bucket.delete(key)
    now = START + timedelta(hours=3)
    told = runs(watch, now, 36)[-1]
    assert told == dict.fromkeys(set(names) - {"client-0003", "client-0005"}, START)
    now = START + timedelta(hours=36)
    for name in set(names) - {"client-0003"}:
        bucket.put(by_date(name, now), now)
    told = runs(watch, START + timedelta(hours=60), 12)[-1]
    assert told == dict.fromkeys(set(names) - {"client-0003"}, now)


def test_a_group_that_was_behind_is_seen_to_be_fresh_again() -> None:
    names = names_of(12)
    bucket = nightly(names, 4, PAGE)
    watch = Watch(bucket, GROUPED)
    runs(watch, START, 12)
    now = START + timedelta(hours=24)
    for name in names[1:]:
        bucket.put(by_date(name, now), now)
    told = runs(watch, now, 12)
    assert told[5] == {**dict.fromkeys(names, now), "client-0000": START}
    assert told[6:] == [told[5]] * 6
    bucket.put(by_date("client-0000", now + timedelta(hours=2)), now + timedelta(hours=2))
    assert watch.run(now + timedelta(hours=2, minutes=10))["client-0000"] == now + timedelta(hours=2)


@pytest.mark.parametrize("hours", [-30, -2, 8, 100])
def test_a_clock_that_jumps_makes_unknown_and_never_success(hours: int) -> None:
    bucket = nightly(names_of(12), 4, PAGE)
    watch = Watch(bucket, GROUPED)
    runs(watch, START, 12)
    bucket.late_after = 0
    now = START + timedelta(hours=hours)
    assert set(watch.run(now).values()) == {None}
    bucket.late_after = None
    assert runs(watch, now, 3)[-1] == {name: max(there.values()) for name, there in truth(bucket, GROUPED, now).items()}


# How much is asked


# A page holds as many entries as a group has backups, as with 1,000,000 backups in 1,000 groups; a third of all.
GROUPS_OF_MANY, KEPT, SHARE = [f"c{number:04}" for number in range(333)], 20, Limits(few=2, usual=7, most=67)
MIDDLE = datetime(2026, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(("every", "within"), [(6, 60), (24, 60)], ids=["each six hours", "each night"])
def test_a_day_of_many_groups(every: int, within: int) -> None:
    """Run for a day and a half: its cost, its reports, and how soon it notices a deletion."""
    bucket, kept = MadeBucket(KEPT), {name: list[str]() for name in GROUPS_OF_MANY}
    bucket.page_of_groups = 1000
    moments = {name: MIDDLE + timedelta(minutes=number * 7 % within) for number, name in enumerate(GROUPS_OF_MANY)}
    coming = sorted(
        (moment + timedelta(hours=every * number), name)
        for name, moment in moments.items()
        for number in range(-KEPT, 48 // every)
    )
    watch = Watch(bucket, GROUPED, SHARE)
    deleted: dict[str, datetime] = {}
    for number in range(216):
        now = MIDDLE + timedelta(hours=3) + number * TEN_MINUTES
        while coming and coming[0][0] <= now:
            moment, name = coming.pop(0)
            bucket.put(by_date(name, moment), moment)
            kept[name].append(by_date(name, moment))
            if len(kept[name]) > KEPT:
                bucket.delete(kept[name].pop(0))
        if number % 24 == 12:
            name = GROUPS_OF_MANY[number]
            deleted[name] = now
            bucket.delete(kept[name].pop())
        if number == 100:
            bucket.put("c0100-new/1.gz", now)
        told = watch.run(now)
        # Each night has an hour in which the next backup of all groups is looked for. Each deletion that is found costs
        # one more request.
        is_busy = number < 6 or (every == 24 and now.hour in (0, 1))
        assert bucket.requests <= (SHARE.most if is_busy else SHARE.usual + len(deleted)), number
        for name, newest in told.items() if number > 12 else ():
            since = deleted.get(name)
            assert is_fresh(newest, now) or since, (number, name)
            is_true = name not in kept or newest is None or bucket.objects[kept[name][-1]].modified >= newest
            assert is_true or (since and now - since <= EVIDENCE), (number, name)
        assert number <= 100 + 12 or "c0100-new" in told


def test_a_storage_that_folds_differently_costs_requests_and_no_truth() -> None:
    bucket = nightly(GROUPS_OF_MANY, KEPT, KEPT)
    bucket.page_of_groups, bucket.folds_too_much = 1000, True
    watch = Watch(bucket, GROUPED, SHARE)
    for number, told in enumerate(runs(watch, START, 72)):
        assert number < 12 or told == dict.fromkeys(GROUPS_OF_MANY, START)
