# SPDX-License-Identifier: MIT
"""The rule for missing backup groups: kept, counted as bad, forgotten."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elytra_status.decision.missing_groups import (
    LOST,
    Before,
    SavedGroup,
    carry_on,
    from_json,
    to_json,
    warnings,
    with_lost,
)
from elytra_status.model import BACKUPS, BackupGroup, Report, replace

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAILED_FROM = 48 * HOUR
PLACE = "mark of a place"


def group(
    key: str = "a", newest: float | None = 1, missing: float | None = None, *, failed: bool = False
) -> BackupGroup:
    """Return a group with the ages, in hours, of its backup and of its absence."""
    made = None if newest is None else NOW - newest * HOUR
    return BackupGroup(f"name of {key}", made, failed, None if missing is None else NOW - missing * HOUR, key=key)


def carried(
    *kept: SavedGroup, looked: float | None = 0.5, seen: str = "", formers: tuple[str, ...] = (), is_whole: bool = True
) -> tuple[list[SavedGroup], list[SavedGroup]]:
    """Carry groups on from a run this many hours ago; `seen` holds keys of one letter each."""
    before = Before(kept, None if looked is None else NOW - looked * HOUR)
    return carry_on(before, tuple(seen), formers, NOW, FAILED_FROM, is_whole=is_whole)


def bad_for(one: BackupGroup, *, looked: float | None = 0.5, before: timedelta = timedelta(0)) -> timedelta:
    """Return how long a group was observed to be missing and bad, after a run this many hours ago."""
    ((later,), _) = carried(SavedGroup(one, before), looked=looked)
    return later.bad_for


def test_a_group_that_is_seen_is_not_carried_on_and_any_other_is_missing_from_now_on() -> None:
    kept, forgotten = carried(SavedGroup(group("a")), SavedGroup(group("b")), seen="ac")
    assert ([(one.group.key, one.group.missing_since) for one in kept], forgotten) == ([("b", NOW)], [])


def test_by_evidence_that_is_not_whole_none_becomes_missing_and_none_is_back() -> None:
    kept, _ = carried(SavedGroup(group("a")), SavedGroup(group("b", missing=3)), is_whole=False)
    assert [one.group.missing_since for one in kept] == [None, NOW - 3 * HOUR]
    kept, _ = carried(SavedGroup(group("b", missing=3)))
    assert [one.group.missing_since for one in kept] == [NOW - 3 * HOUR]


@pytest.mark.parametrize(
    ("one", "looked", "hours"),
    [
        (group(newest=None, missing=9), 0.5, 0.5),
        (group(newest=1, missing=9, failed=True), 0.5, 0.5),
        # Its last backup was good until 48 hours after it.
        (group(newest=1, missing=9), 0.5, 0),
        (group(newest=48.25, missing=9), 0.5, 0.25),
        (group(newest=90, missing=9), 0.5, 0.5),
        # It has been missing for a shorter time than it has been failed.
        (group(newest=90, missing=0.25), 0.5, 0.25),
        (group(newest=None, missing=0.25), 0.5, 0.25),
        # At most an hour between two runs was observed, and nothing by a clock that was set back.
        (group(newest=None, missing=99), 2, 1),
        (group(newest=None, missing=99), -2, 0),
        (group(newest=None, missing=99), None, 0),
        (group(newest=None), 0.5, 0),
        (group(LOST, newest=None, missing=99), 0.5, 0),
    ],
)
def test_only_time_in_which_a_group_was_seen_to_be_missing_and_bad_counts(
    one: BackupGroup, looked: float | None, hours: float
) -> None:
    assert bad_for(one, looked=looked) == hours * HOUR
    assert bad_for(one, looked=looked, before=7 * HOUR) == (7 + hours) * HOUR


def test_it_is_forgotten_once_it_was_bad_for_as_long_as_makes_a_backup_failed() -> None:
    one = group(newest=None, missing=99)
    kept, forgotten = carried(SavedGroup(one, 47.5 * HOUR), SavedGroup(replace(one, key="b"), 47.4 * HOUR))
    assert [other.group.key for other in kept] == ["b"]
    assert forgotten == [SavedGroup(one, 48 * HOUR)]


# Saved state.


def saved(groups: Any, **more: Any) -> dict[str, Any]:
    return {"form": 2, "place": PLACE, "looked": "2026-11-21T07:00:00Z", "groups": groups, **more}


def test_what_is_saved_is_read_again() -> None:
    kept = (
        SavedGroup(group("a", missing=3), 5 * HOUR),
        SavedGroup(group("b", newest=None, failed=True)),
        SavedGroup(group("c", missing=1, failed=True), HOUR),
    )
    read = from_json(json.loads(json.dumps(to_json(kept, PLACE, NOW))), PLACE)
    assert read == Before(kept, NOW)
    assert [one.group.key for one in read.kept] == ["a", "b", "c"]


def test_what_an_earlier_run_saved_is_read_as_it_meant_it() -> None:
    value = saved({"k": ["shop", "2026-11-20T08:00:00Z", True, None, 0], "l": ["mail", None, 1, None, -9]})
    shop, mail = from_json(value, PLACE).kept
    assert (shop.group.name, shop.group.key, shop.group.newest, shop.group.failed) == (
        "shop",
        "k",
        NOW - 24 * HOUR,
        True,
    )
    assert (mail.group.failed, mail.bad_for) == (False, timedelta(0))


def test_groups_of_form_1_are_known_by_their_names_and_by_nothing_else() -> None:
    value = {"place": PLACE, "groups": {"shop": ["2026-11-20T08:00:00Z", True, None], "mail": [None, False, None]}}
    before = from_json(value, PLACE)
    assert [one.former_name for one in before.kept] == ["shop", "mail"]
    assert [one.group.failed for one in before.kept] == [True, False]
    assert SavedGroup(group("shop")).former_name == ""
    kept, _ = carry_on(before, ("shop",), (), NOW, FAILED_FROM, is_whole=True)
    assert [one.former_name for one in kept] == ["shop", "mail"]
    kept, _ = carry_on(before, (), ("shop",), NOW, FAILED_FROM, is_whole=True)
    assert [one.former_name for one in kept] == ["mail"]
    # A name of form 1 does not match a group of form 2.
    kept, _ = carried(SavedGroup(group("a")), formers=("", "a", "name of a"))
    assert len(kept) == 1


def test_the_newest_backup_of_before_is_that_of_a_key_or_a_former_name() -> None:
    value = {"place": PLACE, "groups": {"shop": ["2026-11-20T08:00:00Z", False, None], "mail": [None, False, None]}}
    former = from_json(value, PLACE).kept
    before = Before((*former, SavedGroup(group("a", newest=3)), SavedGroup(group("b", newest=2))))
    assert before.newest("a", ()) == NOW - 3 * HOUR
    assert before.newest("x", ("shop", "mail")) == NOW - 24 * HOUR
    assert before.newest("a", ("shop",)) == NOW - 3 * HOUR
    assert before.newest("x", ("mail",)) is None
    assert before.newest("x", ()) is None


@pytest.mark.parametrize(
    ("value", "lost"),
    [
        ({}, 0),
        (saved({}), 0),
        (saved({}, place="another"), 0),
        ({"place": "another"}, 0),
        (saved([]), 1),
        (saved({}, place=5), 1),
        (saved({}, form=3), 1),
        (saved({}, form=1), 1),
        ({"groups": {}}, 1),
        (saved({"k": [5, None, False, None, 0], "l": [None]}), 1),
        ({"place": PLACE, "groups": {"shop": ["shop", None, False, None, 0]}}, 1),
        (saved({"k": ["shop", "yesterday", False, None, 0]}), 1),
        (saved({"k": ["shop", None, False, None, 10**15]}), 1),
    ],
)
def test_one_group_stands_in_for_all_of_damaged_saved_state(value: dict[str, Any], lost: int) -> None:
    assert [one.group.key for one in from_json(value, PLACE).kept] == [LOST] * lost


def test_a_group_that_is_damaged_takes_no_other_with_it() -> None:
    value = saved({"k": None, "l": ["mail", None, False, None, 3600], "m": None})
    kept = {one.group.name: one.bad_for for one in from_json(value, PLACE).kept}
    assert kept == {LOST: timedelta(0), "mail": HOUR}
    assert from_json(saved({}, looked="yesterday"), PLACE) == Before((), None)


def test_what_stood_in_for_the_groups_of_an_earlier_damage_is_not_that_of_this_one() -> None:
    earlier = {LOST: [LOST, None, False, "2026-11-20T08:00:00Z", 0]}
    (lost,) = from_json(saved(earlier), PLACE).kept
    assert (lost.group.key, lost.group.missing_since, bool(lost.group.reason)) == (LOST, NOW - 24 * HOUR, True)
    (lost,) = from_json(saved({**earlier, "k": None}), PLACE).kept
    assert (lost.group.key, lost.group.missing_since) == (LOST, None)
    (mail,) = from_json(saved({"l": ["mail", None, False, None, 0]}), PLACE).kept
    assert mail.group.reason == ""


def test_groups_that_only_damaged_saved_state_knew_are_one_that_is_unknown() -> None:
    report = Report("s3", BACKUPS, backup_groups=(group("a"),))
    found = with_lost(report)
    assert [one.name for one in found.backup_groups] == ["name of a", LOST]
    assert found.backup_groups[1].newest is None
    assert "elytra-status state accept" in next(map(str, found.warnings))
    assert with_lost(found) is found
    assert len(with_lost(replace(report, backup_groups=())).backup_groups) == 1
    silent = replace(report, problem="timed out")
    assert with_lost(silent) is silent


def test_how_many_are_missing_and_forgotten_is_said() -> None:
    assert warnings(0, 0) == []
    (one,), (two,) = warnings(1, 0), warnings(0, 2)
    assert str(one).startswith("1 backup group is missing from the evidence")
    assert str(two).startswith("2 backup groups are forgotten")
    assert len(warnings(2, 1)) == 2
