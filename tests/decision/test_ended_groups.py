# SPDX-License-Identifier: MIT
"""Which backup groups the administrator has ended, and which count again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elytra_status.decision.ended_groups import (
    Accepted,
    Ended,
    can_be_retired,
    ended_in_words,
    last_seen,
    short_key,
    unused_patterns,
    way_out,
)
from elytra_status.decision.missing_groups import LOST
from elytra_status.model import BACKUPS, MONITORS, BackupGroup, Report

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def group(name: str, hours: float | None = 1, missing: float | None = None, key: str | None = None) -> BackupGroup:
    """Return a group with the ages, in hours, of its newest backup and of its absence."""
    newest = None if hours is None else NOW - hours * HOUR
    since = None if missing is None else NOW - missing * HOUR
    return BackupGroup(name, newest, missing_since=since, key=name if key is None else key)


def report(*groups: BackupGroup, **more: Any) -> Report:
    return Report("s3", BACKUPS, backup_groups=groups, **more)


def ended(*retired: tuple[BackupGroup, datetime | None], patterns: tuple[str, ...] = ()) -> Ended:
    """Return which groups are retired, and the time of the last evidence then."""
    return Ended({short_key("s3", one): Accepted(seen, "anna", NOW) for one, seen in retired}, patterns)


def parts(found: Report) -> tuple[str, str, str]:
    """Return the names of the groups that count, that are retired, and that are ignored."""
    sides = (found.backup_groups, found.retired_groups, found.ignored_groups)
    left, retired, ignored = ("".join(one.name for one in side) for side in sides)
    return left, retired, ignored


def test_a_group_ends_by_being_retired_or_by_a_pattern_and_is_named_once() -> None:
    a, b, c = group("a"), group("b"), group("c")
    found = ended((a, a.newest), patterns=("[ab]",)).apply(report(a, b, c))
    assert parts(found) == ("c", "a", "b")
    assert [one.name for one in found.all_groups] == ["c", "a", "b"]
    assert ended_in_words(found) == "1 retired, 1 ignored by BACKUP_IGNORE_GROUPS"
    assert ended_in_words(report(a)) == ""
    # In another source, or without a record, all count.
    assert parts(ended((a, a.newest)).apply(replace(report(a, b), source="borg"))) == ("ab", "", "")
    assert parts(Ended().apply(report(a, b))) == ("ab", "", "")


@pytest.mark.parametrize(
    ("seen", "newest", "counts"),
    [(2, 2, False), (2, 3, False), (2, 1.9, True), (2, None, True), (None, None, False), (None, 9, True)],
)
def test_a_retired_group_counts_again_with_a_newer_backup(
    seen: float | None, newest: float | None, counts: bool
) -> None:
    """It also counts if no backup is known any more: lost state or pruning may hide a newer one."""
    one = group("a", newest)
    record = None if seen is None else NOW - seen * HOUR
    assert bool(ended((one, record)).apply(report(one)).backup_groups) is counts


def test_what_stands_in_for_lost_groups_is_retired_for_one_damage_and_never_ignored() -> None:
    lost = group(LOST, None, missing=3)
    assert last_seen(lost) == NOW - 3 * HOUR
    assert last_seen(group("a", 2, missing=1)) == NOW - 2 * HOUR
    assert parts(ended((lost, last_seen(lost))).apply(report(lost))) == ("", LOST, "")
    for other in (NOW - 2 * HOUR, NOW - 4 * HOUR, None):
        assert parts(ended((lost, other), patterns=("*",)).apply(report(lost))) == (LOST, "", "")


def test_a_group_that_stands_for_unreadable_evidence_cannot_be_retired() -> None:
    word = group("a", None, key="")
    assert not can_be_retired(word)
    assert parts(ended((word, None), patterns=("*",)).apply(report(word))) == ("a", "", "")


def test_only_what_counts_is_said_to_be_missing_or_forgotten() -> None:
    a, b, c, d = (group(name, missing=1) for name in "abcd")
    gone = report(a, b, c, group("e"), forgotten_groups=(a, b, d), warnings=("odd",))
    found = ended((a, a.newest), patterns=("b",)).apply(gone)
    missing, forgotten, odd = map(str, found.warnings)
    assert missing.startswith("1 backup group is missing from the evidence")
    assert forgotten.startswith("1 backup group is forgotten")
    assert odd == "odd"


def test_that_every_group_has_ended_is_said() -> None:
    a = group("a")
    (words,) = map(str, ended(patterns=("a",)).apply(report(a)).warnings)
    assert words.startswith("every backup group is retired or ignored, so the backups are unknown")
    assert ended(patterns=("a",)).apply(report()).warnings == ()
    assert ended(patterns=("a",)).apply(report(a, group("b"))).warnings == ()


def test_reports_of_monitors_and_failed_sources_are_unchanged() -> None:
    for other in (Report("s3", MONITORS, backup_groups=(group("a"),)), report(group("a"), problem="timed out")):
        assert ended(patterns=("*",)).apply(other) is other


def test_a_pattern_is_unused_where_every_source_answered_and_no_group_has_its_name() -> None:
    used = ended(patterns=("a*", "b", "B"))
    monitors = Report("kuma", MONITORS, problem="timed out")
    assert unused_patterns(used, (monitors, report(group("ab")), report(group("b"), group("c")))) == ["B"]
    assert unused_patterns(used, (report(group("ab")), report(problem="timed out"))) == []
    assert unused_patterns(used, (monitors,)) == []
    assert unused_patterns(used, (report(group("b", key=""), group("c")),)) == ["a*", "b", "B"]
    assert unused_patterns(used, (replace(report(), ignored_groups=(group("ab"), group("c"))),)) == ["b", "B"]


def test_the_short_key_is_that_of_earlier_versions_and_shows_no_name() -> None:
    assert short_key("s3", group("client")) == "s3:948fe603f6"
    assert "client" not in repr(Accepted(None, "anna", NOW, "client"))


def test_a_group_that_only_its_age_is_against_ends_by_being_retired_or_as_its_source_knows() -> None:
    assert way_out(group("a")) == "if the group is meant to end, elytra-status backups retire GROUP"
    assert way_out(replace(group("a"), way_out="prune it")) == "prune it"
    assert way_out(replace(group("a", key=""), way_out="state accept")) == "state accept"
    assert way_out(group("a", key="")) == ""


def test_how_to_end_groups_is_said_with_their_number() -> None:
    a, b, c, d = (replace(group(name), way_out=words) for name, words in zip("abcd", ("x", "x", "y", ""), strict=True))
    assert tuple(map(str, ended().apply(report(a, b, c, d)).warnings)) == (
        "2 backup groups are too old or missing. X.",
        "1 backup group is too old or missing. Y.",
    )
    assert ended((b, b.newest)).apply(report(b, d)).warnings == ()


def test_that_retired_groups_count_again_is_said_with_their_number() -> None:
    a, b, c = (group(name) for name in "abc")
    earlier = NOW - 2 * HOUR
    assert ended((a, earlier)).apply(report(a, c, remarks=("odd",))).remarks == (
        "odd",
        "1 retired backup group counts again (a newer backup, or none known)",
    )
    assert ended((a, earlier), (b, earlier)).apply(report(a, b, c)).remarks == (
        "2 retired backup groups count again (a newer backup, or none known)",
    )
    assert ended((a, a.newest)).apply(report(a, c)).remarks == ()
