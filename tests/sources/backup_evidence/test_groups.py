# SPDX-License-Identifier: MIT
"""How runs from several files become one group, and when one group supersedes another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elytra_status.decision.missing_groups import Before, SavedGroup
from elytra_status.model import BackupGroup, replace
from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence import restic
from elytra_status.sources.backup_evidence.groups import (
    FoundGroup,
    Placed,
    counting,
    groups_of,
    still_missing,
    supersedes,
    with_ways_out,
)
from elytra_status.sources.backup_evidence.kind import BackupOutcome, BackupSeries, Identity, Run
from elytra_status.sources.backup_evidence.names import saved_key

NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD, WARNING, NOTHING, FAILED = BackupOutcome
WEB: Identity = ("web1",)


def runs(*outcomes: tuple[float, BackupOutcome]) -> tuple[Run, ...]:
    """Return runs that ended so many hours ago."""
    return tuple(Run(NOW - hours * HOUR, outcome, f"{outcome.value} run") for hours, outcome in outcomes)


def placed(*parts: BackupSeries, labels: Sequence[str] = (), modified: Sequence[float] = ()) -> list[Placed]:
    """Return series, each of a file that was written so many hours ago."""
    return [
        Placed(
            labels[number] if labels else "",
            NOW - (modified[number] if modified else 1) * HOUR,
            replace(one, is_of_file=bool(labels)),
        )
        for number, one in enumerate(parts)
    ]


def group(*parts: BackupSeries, before: Before | None = None, **more: Any) -> BackupGroup:
    (found,) = groups_of(placed(*parts, **more), before or Before(), NOW)
    return found.group


def saved(hours: float | None, identity: Identity = WEB, **more: Any) -> SavedGroup:
    newest = None if hours is None else NOW - hours * HOUR
    return SavedGroup(BackupGroup("", newest, key=saved_key(("", *identity)), **more))


@pytest.mark.parametrize(
    ("outcomes", "newest", "failed", "warned"),
    [
        ([(30, GOOD), (5, GOOD)], 5, False, False),
        ([(5, GOOD), (30, GOOD)], 5, False, False),
        ([(30, GOOD), (5, WARNING)], 5, False, True),
        ([(30, WARNING), (5, GOOD)], 5, False, False),
        ([(30, GOOD), (5, FAILED)], 30, True, False),
        ([(30, FAILED), (5, GOOD)], 5, False, False),
        ([(30, GOOD), (5, NOTHING)], 30, True, False),
        ([(5, NOTHING)], None, False, False),
        ([(5, FAILED)], None, True, False),
        # If two end at the same time, the worse one is the later one.
        ([(5, FAILED), (5, GOOD)], 5, True, False),
        ([(5, WARNING), (5, GOOD)], 5, False, True),
        # A run of the future is no evidence.
        ([(-1 / 12, GOOD), (9, GOOD)], -1 / 12, False, False),
        ([(-0.1, GOOD), (9, GOOD)], 9, False, False),
        ([(-0.1, FAILED), (9, GOOD)], 9, False, False),
    ],
)
def test_the_last_run_of_a_group_counts_and_its_newest_backup(
    outcomes: list[tuple[float, BackupOutcome]], newest: float | None, failed: bool, warned: bool
) -> None:
    found = group(BackupSeries(WEB, runs(*outcomes)))
    assert found == BackupGroup("web1", None if newest is None else NOW - newest * HOUR, failed, warned=warned)
    # It makes no difference which file a run is in.
    assert group(*(BackupSeries(WEB, (one,)) for one in runs(*outcomes))) == found


@pytest.mark.parametrize(
    ("outcome", "hours", "newest", "failed"),
    [
        (NOTHING, 40, 40, True),
        (NOTHING, None, None, False),
        (FAILED, 40, 40, True),
        (GOOD, 40, 5, False),
    ],
)
def test_a_run_that_made_no_backup_is_a_failure_if_there_was_one_before(
    outcome: BackupOutcome, hours: float | None, newest: float | None, failed: bool
) -> None:
    found = group(BackupSeries(WEB, runs((5, outcome))), before=Before((saved(hours), saved(3, ("web2",)))))
    assert (found.newest, found.failed) == (None if newest is None else NOW - newest * HOUR, failed)
    # A list in which nothing stands says nothing of an earlier backup.
    assert group(BackupSeries(WEB), before=Before((saved(40),))).newest is None


@pytest.mark.parametrize(
    ("job", "failed", "warned", "reason"),
    [(GOOD, False, False, "good run"), (WARNING, False, True, "the job"), (FAILED, True, False, "the job")],
)
def test_the_outcome_of_the_job_that_wrote_the_newest_run_counts_too(
    job: BackupOutcome, failed: bool, warned: bool, reason: str
) -> None:
    series = BackupSeries(WEB, runs((30, GOOD), (5, GOOD)), job=job, job_reason="" if job is GOOD else "the job")
    earlier = BackupSeries(WEB, runs((8, GOOD), (7, GOOD)), job=FAILED, job_reason="an earlier job")
    for parts in ((series, earlier), (earlier, series)):
        found = group(*parts, modified=[1, 1])
        assert (found.failed, found.warned, found.reason) == (failed, warned, reason)


def test_a_file_without_runs_is_as_new_as_it_was_written() -> None:
    empty = BackupSeries(WEB, reason="the list is empty", job=FAILED, job_reason="the job")
    full = BackupSeries(WEB, runs((5, GOOD)))
    assert group(full, empty, modified=[4, 4]).failed
    assert not group(full, empty, modified=[6, 6]).failed


def test_why_a_group_has_no_backup_is_said() -> None:
    assert group(BackupSeries(WEB, reason="the list is empty")).reason == "the list is empty"
    assert group(BackupSeries(WEB, runs((-1, GOOD)))).reason == "every backup is dated in the future"
    both = (BackupSeries(WEB, runs((-1, GOOD))), BackupSeries(WEB, reason="the list is empty"))
    assert group(*both).reason == "every backup is dated in the future"
    assert group(BackupSeries(WEB, (Run(NOW),), warning="no zone")).reason == "no zone"
    assert group(BackupSeries(WEB, runs((5, FAILED)), warning="no zone")).reason == "failed run"


def test_series_of_several_files_are_one_group_only_if_the_evidence_names_it() -> None:
    series = [BackupSeries(WEB, runs((5, GOOD)), former="web1"), BackupSeries(WEB, runs((4, GOOD)))]
    (found,) = groups_of(placed(*series), Before(), NOW)
    assert (found.identity, found.formers, found.last) == (("", "web1"), {"web1"}, runs((4, GOOD))[0])
    apart = groups_of(placed(*series, labels=["a", "b"]), Before(), NOW)
    assert [one.identity for one in apart] == [("a", "web1"), ("b", "web1")]


# Superseded groups


@pytest.fixture
def settings(make_settings: Any) -> Settings:
    made: Settings = make_settings()
    return made


def found(identity: Identity, hours: float | None) -> FoundGroup:
    last = None if hours is None else NOW - hours * HOUR
    return FoundGroup(identity, BackupGroup("", last, key=saved_key(identity)), Run(last) if last else None)


def old_paths(*paths: str, host: str = "web1", label: str = "") -> Identity:
    return (label, host, paths)


@pytest.mark.parametrize(
    ("new", "old", "new_hours", "old_hours", "expected"),
    [
        (old_paths("/a", "/b"), old_paths("/a"), 5, 6, True),
        (old_paths("/a", "/b"), old_paths("/a"), 5, 5, True),
        (old_paths("/a", "/b"), old_paths("/a"), 5, 4, False),
        (old_paths("/a", "/b"), old_paths("/a"), 5, None, True),
        (old_paths("/a", "/b"), old_paths("/a"), None, 6, False),
        (old_paths("/a", "/b"), old_paths("/a"), None, None, True),
        (old_paths("/a"), old_paths("/a"), 5, 6, False),
        (old_paths("/a"), old_paths("/a", "/b"), 5, 6, False),
        (old_paths("/a", "/b"), old_paths("/a", host="web2"), 5, 6, False),
        (old_paths("/a", "/b"), old_paths("/a", label="x"), 5, 6, False),
        # Something in a repository that was empty.
        (old_paths("/a"), ("",), 5, None, True),
        # By another setting of BACKUP_RESTIC_GROUP_BY.
        (("", "web1"), old_paths("/a"), 5, 6, True),
        (old_paths("/a"), ("", "web1"), 5, 6, True),
        (("", "web2"), old_paths("/a"), 5, 6, False),
        (("", "web1"), ("", "web2"), 5, 6, False),
        (old_paths("/a", "/b"), ("", "web1", "a"), 5, 6, False),
        (("", "web1", "ab"), old_paths("a"), 5, 6, False),
    ],
)
def test_a_later_backup_of_all_that_a_group_has_supersedes_it(
    new: Identity, old: Identity, new_hours: float | None, old_hours: float | None, expected: bool, settings: Settings
) -> None:
    last = None if old_hours is None else NOW - old_hours * HOUR
    assert supersedes(restic.KIND.rules(settings), found(new, new_hours), old, last) is expected


def test_only_groups_that_nothing_supersedes_count(settings: Settings) -> None:
    groups = [
        found(old_paths("/a"), 30),
        found(old_paths("/a", "/b"), 5),
        found(old_paths("/c"), 30),
        found(old_paths("/a", host="web2"), 30),
        found(("",), None),
        found(("x",), None),
    ]
    assert [one.identity for one in counting(restic.KIND.rules(settings), groups)] == [
        old_paths("/a", "/b"),
        old_paths("/c"),
        old_paths("/a", host="web2"),
        ("x",),
    ]


def test_a_missing_group_stays_unless_it_is_superseded_or_a_file_that_has_groups_now(settings: Settings) -> None:
    kept = [
        saved(30, old_paths("/a")[1:]),
        saved(30, old_paths("/c")[1:]),
        *(
            SavedGroup(BackupGroup("", newest, failed, key=saved_key((label,))))
            for label, newest, failed in (
                ("file", None, False),
                ("file", None, True),
                ("file", NOW, False),
                ("other", None, False),
            )
        ),
        SavedGroup(BackupGroup("acme", None, key="no JSON")),
    ]
    there = [found(old_paths("/a", "/b"), 5), found(old_paths("/d"), 5)]
    left = still_missing(restic.KIND.rules(settings), kept, there, ["file"])
    assert left == [kept[1], *kept[3:]]
    assert left[0].group.private_words == {"web1"}
    assert left[-1].group.private_words == {"acme"}


# Ways out


def ways_out(settings: Settings, *groups: BackupGroup) -> list[str]:
    late_from = NOW - settings.backup_max_age_hours * HOUR
    return [one.way_out for one in with_ways_out(restic.KIND.rules(settings), groups, late_from)]


def known(hours: float | None, *paths: str, host: str = "web1", **more: Any) -> BackupGroup:
    newest = None if hours is None else NOW - hours * HOUR
    return BackupGroup("", newest, key=saved_key(old_paths(*paths, host=host)), **more)


HOST, PATHS = "another host has a later snapshot", "the host has a later snapshot of other paths"


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        # It is late from BACKUP_MAX_AGE_HOURS on.
        ([known(25, "/a"), known(5, "/b")], [PATHS, ""]),
        ([known(24.9, "/a"), known(5, "/b")], ["", ""]),
        ([known(24.9, "/a", missing_since=NOW), known(5, "/b")], [PATHS, ""]),
        ([known(30, "/a"), known(30, "/b")], ["", ""]),
        ([known(30, "/a"), known(5, "/a", host="web2")], [HOST, ""]),
        ([known(30, "/a"), known(5, "/a", host="web2"), known(4, "/b")], [HOST, "", ""]),
        ([known(30, "/a"), known(30, "/a", host="web2")], ["", ""]),
        ([known(None, "/a", way_out="by hand"), known(5, "/b")], ["by hand", ""]),
        ([known(30, "/a"), replace(known(5, "/b"), key="no JSON")], ["", ""]),
    ],
)
def test_a_late_group_with_a_successor_has_a_way_out(
    groups: list[BackupGroup], expected: list[str], settings: Settings
) -> None:
    for words, start in zip(ways_out(settings, *groups), expected, strict=True):
        assert words.startswith(start) if start else not words
    by_tag = replace(settings, backup_restic_group_by="host,tag")
    assert not any(words.startswith(PATHS) for words in ways_out(by_tag, *groups))
    by_host = replace(settings, backup_restic_group_by="host")
    assert [words for words in ways_out(by_host, *groups) if words] == [one for one in expected if one == "by hand"]


def test_groups_by_another_setting_have_no_way_out(settings: Settings) -> None:
    by_host = BackupGroup("", NOW - 30 * HOUR, key=saved_key(("", "web1")))
    assert ways_out(settings, by_host, known(5, "/b")) == ["", ""]
