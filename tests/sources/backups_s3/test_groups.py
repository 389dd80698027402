# SPDX-License-Identifier: MIT
"""What pages of a listing teach about backup groups. Times are in hours before the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elytra_status.model import replace
from elytra_status.sources.backups_s3.groups import (
    BucketState,
    Cursor,
    Group,
    keep_missing,
    learn,
    learn_groups,
    list_on,
)
from elytra_status.sources.backups_s3.layout import Layout, layout
from elytra_status.sources.backups_s3.listing import ListedObject, ListingPage

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAYOUT = layout("b/", "*.gz", 1, grouped=True)
ONE_GROUP = layout("b/", "*.gz", 1, grouped=False)
MINUTE = 1 / 60


def ago(hours: float) -> datetime:
    return NOW - timedelta(seconds=round(hours * 3600))


def made(**hours: float) -> tuple[ListedObject, ...]:
    """Return backups such as a_1=5 for 'b/a/1.gz' of five hours ago, in the order of their keys."""
    keys = {f"b/{name.replace('_', '/')}.gz": age for name, age in hours.items()}
    return tuple(ListedObject(key, 9, ago(age)) for key, age in sorted(keys.items()))


def page(*objects: ListedObject, after: str = "", until: str | None = None, prefix: str = "b/") -> ListingPage:
    return ListingPage(prefix, after, "", until, objects)


def folded(
    *names: str, after: str = "", until: str | None = None, objects: tuple[ListedObject, ...] = ()
) -> ListingPage:
    return ListingPage("b/", after, "/", until, objects, tuple(f"b/{name}/" for name in names))


def group(key: str = "1", hours: float = 5, **more: Any) -> Group:
    """Return a group with this newest backup, seen in the run before."""
    return replace(Group(f"b/a/{key}.gz", ago(hours), ago(0.2), ago(3), True), **more)


def taught(before: Group | None, *objects: ListedObject, of: Layout = LAYOUT, **more: str) -> BucketState:
    known = BucketState({"a": before} if before else {})
    learn(known, of, page(*objects, **more), NOW)
    return known


# Backups.


def test_a_new_group_has_its_newest_backup_and_was_not_listed_whole() -> None:
    known = taught(None, *made(a_1=5, a_2=3, a_3=4, b_1=9))
    assert known.groups == {"a": Group("b/a/2.gz", ago(3), NOW), "b": Group("b/b/1.gz", ago(9), NOW)}
    assert (Group().ordered, Group().key) == (False, None)


def test_of_two_backups_of_one_time_the_later_name_counts() -> None:
    first, second = made(a_1=5, a_2=5)
    for objects in ((first, second), (second, first)):
        assert taught(None, *objects).groups["a"].key == "b/a/2.gz"
    # A backup that is listed twice is one.
    assert taught(None, first, first).groups["a"].key == "b/a/1.gz"


@pytest.mark.parametrize(("hours", "counts"), [(-5 * MINUTE, True), (-5 * MINUTE - 1 / 3600, False)])
def test_a_backup_of_the_future_does_not_count(hours: float, counts: bool) -> None:
    known = taught(None, *made(a_1=hours))
    assert (known.groups["a"].key is not None) is counts
    assert known.in_future == (set() if counts else {"b/a/1.gz"})
    assert known.keys == {"b/a/1.gz"}


def test_what_is_no_backup_makes_a_group_without_one() -> None:
    assert taught(None, ListedObject("b/a/readme.txt", 9, ago(1))).groups == {"a": Group()}
    assert taught(None, ListedObject("b/a/1.gz", 0, ago(1))).groups == {"a": Group()}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (made(a_1=5, a_2=3), ("2", 3)),
        (made(a_1=5, a_2=6), ("1", 5)),
        (made(a_1=5), ("1", 5)),
        (made(a_1=5, a_0=5), ("1", 5)),
        # It was written again.
        (made(a_1=2), ("1", 2)),
    ],
)
def test_a_saved_group_takes_newer_backups_and_sees_existing_ones_again(
    seen: tuple[ListedObject, ...], expected: tuple[str, float]
) -> None:
    key, hours = expected
    assert taught(group(), *seen).groups["a"] == group(key, hours, seen=NOW)


def test_an_older_backup_alone_is_no_sight_of_the_newest_where_the_page_ends_before_it() -> None:
    assert taught(group(), *made(a_0=6), until="b/a/0.gz").groups["a"] == group()
    assert taught(group(), *made(a_2=6), after="b/a/1.gz").groups["a"] == group()


@pytest.mark.parametrize("seen", [made(a_0=6), made(a_0=6, a_1=7)])
def test_a_group_whose_newest_backup_is_missing_or_older_now_is_begun_anew(seen: tuple[ListedObject, ...]) -> None:
    found = taught(group(), *seen).groups["a"]
    assert (found.whole, found.ordered, found.seen) == (None, False, NOW)
    assert found.time == max(one.modified for one in seen)


def test_a_group_of_which_no_backup_is_known_stays_as_it_is() -> None:
    empty = Group(whole=ago(3))
    assert taught(empty).groups["a"] == empty
    assert taught(Group(key="b/a/1.gz", whole=ago(3))).groups["a"].whole == ago(3)
    assert taught(empty, *made(a_1=5)).groups["a"] == Group("b/a/1.gz", ago(5), NOW, ago(3))


def test_a_group_that_held_nothing_is_begun_anew_when_it_is_there_again() -> None:
    assert taught(Group(missing_since=ago(9), whole=ago(9)), *made(a_1=5)).groups["a"] == Group("b/a/1.gz", ago(5), NOW)


def test_a_folded_page_does_not_show_that_a_backup_is_missing() -> None:
    known = BucketState({"a": group()})
    learn(known, LAYOUT, folded(), NOW)
    assert known.groups["a"] == group()


def test_what_lies_in_no_group_is_outside_but_not_the_folder_itself() -> None:
    known = taught(None, ListedObject("b/", 0, ago(1)), ListedObject("b/stray.gz", 9, ago(1)))
    assert (known.groups, known.outside) == ({}, {"b/stray.gz"})
    assert taught(None, ListedObject("b/stray.gz", 9, ago(1)), of=ONE_GROUP).groups.keys() == {"(all)"}


# The list of groups.


def listed(before: dict[str, Group], of: ListingPage) -> BucketState:
    known = BucketState(before)
    learn_groups(known, LAYOUT, of, NOW)
    return known


def test_the_list_of_groups_shows_which_are_new_and_which_hold_nothing_any_more() -> None:
    stray = ListedObject("b/stray.gz", 9, ago(1))
    known = listed({"a": group(), "b": group()}, folded("a", "c", objects=(stray,)))
    assert known.groups == {"a": group(), "b": Group(missing_since=NOW), "c": Group()}
    assert known.outside == {"b/stray.gz"}
    assert listed({}, ListingPage("b/", "", "/", None, (), ("b//",))).groups == {}


def test_a_group_is_missing_since_the_first_list_without_it() -> None:
    gone = Group(missing_since=ago(9))
    assert listed({"a": gone}, folded("b")).groups["a"] == gone
    assert listed({"a": gone}, folded("a")).groups["a"] == Group()


def test_what_lies_beyond_a_page_of_the_list_is_not_missing() -> None:
    before = {"a": group(), "d": group()}
    assert listed(before, folded("b", after="b/a/", until="b/c/")).groups == {**before, "b": Group()}


def test_a_listing_of_the_whole_bucket_keeps_in_mind_what_it_does_not_show() -> None:
    known = BucketState({"a": group("2", 1)})
    keep_missing(known, BucketState({"a": group(), "b": group(), "c": Group(missing_since=ago(9))}), NOW)
    assert known.groups == {"a": group("2", 1), "b": Group(missing_since=NOW), "c": Group(missing_since=ago(9))}


# The listing that is under way.


def cursor(name: str | None = "a", last: float | None = None, after: str = "") -> Cursor:
    return Cursor("b/", after, name, ago(2), None if last is None else ago(last))


def listing(
    at: Cursor | None, *objects: ListedObject, until: str | None = None, before: Group | None = None
) -> BucketState:
    known = BucketState({"a": before or group(), "c": group()}, at)
    list_on(known, LAYOUT, page(*objects, until=until), NOW)
    return known


def test_a_group_is_whole_since_the_run_that_came_to_it_once_another_begins() -> None:
    known = listing(cursor(), *made(a_1=5, c_1=5, c_2=4), until="b/c/2.gz")
    assert known.groups == {"a": group(whole=ago(2)), "c": group()}
    assert known.cursor == Cursor("b/", "b/c/2.gz", "c", NOW, ago(4))


def test_at_its_end_the_last_group_is_whole_too() -> None:
    known = listing(cursor(), *made(a_1=5, c_1=5))
    assert known.groups == {"a": group(whole=ago(2)), "c": group(whole=NOW)}
    assert known.cursor is None
    assert listing(cursor(None)).groups == {"a": group(), "c": group()}
    # A group that is not known, since it holds no backup, does not count.
    assert listing(cursor("x")).groups == {"a": group(), "c": group()}


def test_an_interrupted_listing_that_is_void_is_not_continued() -> None:
    known = listing(None, *made(a_1=5, c_1=5))
    assert known.groups == {"a": group(), "c": group()}


def test_keys_outside_of_groups_begin_none() -> None:
    known = listing(cursor(), *made(a_1=5), ListedObject("b/stray.gz", 9, ago(1)), until="b/stray.gz")
    assert known.cursor == Cursor("b/", "b/stray.gz", "a", ago(2), ago(5))
    assert known.groups["a"] == group()


@pytest.mark.parametrize(("last", "ordered"), [(5, True), (11, True), (11 + 1 / 3600, False), (4, True), (None, False)])
def test_names_sort_by_date_where_the_last_is_not_six_hours_older_than_the_newest(
    last: float | None, ordered: bool
) -> None:
    assert listing(cursor(last=last)).groups["a"].ordered is ordered
    assert not listing(cursor(last=last), before=Group()).groups["a"].ordered


@pytest.mark.parametrize(("hours", "counts"), [(-5 * MINUTE, True), (-5 * MINUTE - 1 / 3600, False)])
def test_the_last_by_name_is_a_backup_and_none_of_the_future(hours: float, counts: bool) -> None:
    later = (*made(a_2=hours), ListedObject("b/a/3.txt", 9, ago(1)))
    found = listing(cursor(), *made(a_1=5), *later, until="b/a/3.txt").cursor
    assert found is not None
    assert found.last == (ago(hours) if counts else ago(5))


def test_a_group_that_is_begun_anew_takes_only_its_own_listing_with_it() -> None:
    for name, goes_on in (("a", False), ("c", True), (None, True)):
        known = BucketState({"a": group()}, cursor(name))
        learn(known, LAYOUT, page(*made(a_0=6)), NOW)
        assert (known.cursor is not None) is goes_on


def test_keys_of_clients_stand_in_no_text() -> None:
    assert "gz" not in repr(group())
    assert "b/" not in repr(cursor(None, after="b/a/1.gz"))
    assert "client" not in repr(Cursor("", "", "client", NOW))
