# SPDX-License-Identifier: MIT
"""Backup evidence in files: what restic, borgmatic, Ansible and pgBackRest of Debian 12 printed, and invalid files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status import leak_guard
from elytra_status.decision.backup_policy import judge_backups
from elytra_status.errors import NoAnswerError
from elytra_status.model import CLOCK_SKEW, BackupGroup, BackupStatus, Report
from elytra_status.run import private_terms
from elytra_status.run.assess import assess, policy_rules
from elytra_status.run.saved_state import SavedState
from elytra_status.run.summary import describe
from elytra_status.settings import Settings
from elytra_status.sources import configured
from elytra_status.sources.backup_evidence import files
from elytra_status.sources.backup_evidence import report as evidence_report
from elytra_status.sources.backup_evidence.kind import BackupSeries, ConfiguredEvidence, Evidence, EvidenceRules
from elytra_status.sources.backup_evidence.text import parse_time
from elytra_status.sources.source import PollRequest
from elytra_status.system import bounded_json
from elytra_status.system.clock import SYSTEM_CLOCK, to_text
from tests.conftest import MovableClock

RECORDED = Path(__file__).parents[2] / "fixtures" / "backups"
NOW = datetime(2026, 11, 21, 20, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Make = Callable[..., Settings]


def poll(settings: Settings, now: datetime = NOW) -> Report:
    (source,) = configured(settings)
    return source.poll(PollRequest(now, 10, clock=SYSTEM_CLOCK))


def status(report: Report, settings: Settings, now: datetime = NOW) -> str:
    return judge_backups([report], now, policy_rules(settings)).status.value


def test_restic(make_settings: Make) -> None:
    settings = make_settings(BACKUP_RESTIC=RECORDED / "restic.json")
    report = poll(settings)
    assert [(group.name, group.failed) for group in report.backup_groups] == [
        ("client-7:/srv/data", False),
        ("client-8:/srv/data", False),
    ]
    newest = [group.newest for group in report.backup_groups if group.newest]
    assert len(newest) == 2
    assert all(NOW - timedelta(hours=5) < one < NOW for one in newest)
    assert status(report, settings) == "success"
    assert status(report, settings, NOW + timedelta(hours=30)) == "warning"
    assert status(report, settings, NOW + timedelta(hours=60)) == "failed"


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that gives this machine another time zone."""

    def change(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield change
    monkeypatch.undo()
    time.tzset()


# The name of its newest archive, which was made in a zone that borg does not write.
LAST = datetime(2026, 11, 21, 15, 52, 27)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("written_after", [timedelta(minutes=2), timedelta(hours=3), timedelta(hours=-9)], ids=str)
def test_times_of_borg_are_those_of_the_zone_furthest_ahead_whatever_this_machine_s_zone_is(
    make_settings: Make, tmp_path: Path, in_zone: Callable[[str], None], zone: str, written_after: timedelta
) -> None:
    in_zone(zone)
    file = shutil.copy(RECORDED / "borg.json", tmp_path / "borg.json")
    written = (LAST.astimezone() + written_after).timestamp()
    os.utime(file, (written, written))
    report = poll(make_settings(BACKUP_BORG=file), NOW + DAY)
    newest = {group.name: group.newest for group in report.backup_groups}["/srv/rec/client-7:second"]
    assert newest == LAST.replace(tzinfo=UTC) - timedelta(hours=14)
    assert "BACKUP_BORG_TIMEZONE" in str(report.warnings[0])


@pytest.mark.parametrize(("zone", "offset"), [("UTC", 0), ("Asia/Tokyo", 9), ("America/New_York", -5)])
def test_the_zone_of_borg_s_lists_can_be_set(make_settings: Make, zone: str, offset: int) -> None:
    report = poll(make_settings(BACKUP_BORG=RECORDED / "borg.json", BACKUP_BORG_TIMEZONE=zone), NOW + DAY)
    newest = {group.name: group.newest for group in report.backup_groups}["/srv/rec/client-7:second"]
    assert newest == LAST.replace(tzinfo=UTC) - timedelta(hours=offset)
    assert report.warnings == ()


def test_a_checkpoint_of_borg_is_no_backup(make_settings: Make, tmp_path: Path) -> None:
    content = json.loads((RECORDED / "borg.json").read_text())
    content[0]["archives"][-1]["name"] += ".checkpoint.2"
    content[1]["archives"] = []
    (tmp_path / "borg.json").write_text(json.dumps(content))
    report = poll(make_settings(BACKUP_BORG=tmp_path / "borg.json", BACKUP_BORG_TIMEZONE="UTC"))
    assert [group.name for group in report.backup_groups] == ["/srv/rec/client-7:first", "/srv/rec/client-8"]


def test_of_ansible_a_failed_and_an_unreachable_host_have_failed(make_settings: Make) -> None:
    settings = make_settings(BACKUP_ANSIBLE=RECORDED / "ansible.json")
    report = poll(settings)
    groups = {group.name: group for group in report.backup_groups}
    assert {name: group.failed for name, group in groups.items()} == {"broken": True, "gone": True, "good": False}
    assert groups["good"].newest
    assert groups["broken"].newest is None
    assert status(report, settings) == "failed"
    settings = make_settings(BACKUP_ANSIBLE=RECORDED / "ansible-good.json")
    assert status(poll(settings), settings) == "success"


@pytest.mark.parametrize(("exit_status", "expected"), [("0\n", "success"), ("2\n", "failed"), (None, "success")])
def test_of_ansible_the_exit_status_counts_where_no_host_explains_it(
    make_settings: Make, tmp_path: Path, exit_status: str | None, expected: str
) -> None:
    shutil.copy(RECORDED / "ansible-good.json", tmp_path / "run.json")
    if exit_status:
        (tmp_path / "run.json.exit").write_text(exit_status)
    settings = make_settings(BACKUP_ANSIBLE=tmp_path)
    assert status(poll(settings), settings) == expected


def test_of_a_directory_the_last_run_of_each_group_counts(make_settings: Make, tmp_path: Path) -> None:
    def run(name: str, hours_ago: int, **hosts: tuple[int, int]) -> None:
        end = (NOW - timedelta(hours=hours_ago)).isoformat().replace("+00:00", "Z")
        stats = {host: {"failures": failures, "unreachable": gone} for host, (failures, gone) in hosts.items()}
        results = {
            host: {"action": "command", "failed": bool(failures), "unreachable": bool(gone)}
            for host, (failures, gone) in hosts.items()
        }
        play = {"play": {"duration": {"end": end}}, "tasks": [{"task": {"name": "dump"}, "hosts": results}]}
        (tmp_path / f"{name}.json").write_text(json.dumps({"plays": [play], "stats": stats}))

    run("run-2026-11-20", 40, a=(0, 0), b=(0, 0), c=(1, 0))
    run("run-2026-11-21", 16, a=(0, 1), c=(0, 0))
    settings = make_settings(BACKUP_ANSIBLE=tmp_path)
    assert poll(settings).backup_groups == (
        BackupGroup("run:a", NOW - timedelta(hours=40), failed=True),
        BackupGroup("run:b", NOW - timedelta(hours=40)),
        BackupGroup("run:c", NOW - timedelta(hours=16)),
    )


def test_pgbackrest(make_settings: Make) -> None:
    settings = make_settings(BACKUP_PGBACKREST=RECORDED / "pgbackrest.json")
    (group,) = poll(settings).backup_groups
    assert group == BackupGroup("client-7:repo1", datetime.fromtimestamp(1795276580, UTC))
    assert status(poll(settings), settings) == "success"


@pytest.mark.parametrize("name", ["pgbackrest-missing", "pgbackrest-empty"])
def test_a_stanza_that_holds_nothing_is_unknown(make_settings: Make, tmp_path: Path, name: str) -> None:
    file = shutil.copy(RECORDED / f"{name}.json", tmp_path / "info.json")
    os.utime(file, (NOW.timestamp() - 60, NOW.timestamp() - 60))
    settings = make_settings(BACKUP_PGBACKREST=file)
    (group,) = poll(settings).backup_groups
    assert (group.name, group.newest, group.failed) == ("client-7:repo1", None, False)
    assert group.reason == "the stanza holds no backup in this repository"
    assert status(poll(settings), settings) == "unknown"


def test_a_backup_of_pgbackrest_with_wrong_checksums_is_no_good_one(make_settings: Make, tmp_path: Path) -> None:
    content = json.loads((RECORDED / "pgbackrest.json").read_text())
    content[0]["backup"][0]["error"] = True
    (tmp_path / "info.json").write_text(json.dumps(content))
    settings = make_settings(BACKUP_PGBACKREST=tmp_path / "info.json")
    assert status(poll(settings), settings) == "failed"


def manifest(**changes: Any) -> dict[str, Any]:
    whole = {
        "group": "client-7",
        "key": "client-7/2026-11-21.sql.gz",
        "finished_at": "2026-11-21T02:03:11Z",
        "exit_status": 0,
        "size": 73400320,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "success"),
        ({"group": ...}, "success"),
        ({"sha256": ...}, "success"),
        ({"exit_status": 1}, "failed"),
        ({"size": 0}, "failed"),
        ({"sha256": "9f86d081"}, "failed"),
        ({"finished_at": "2026-11-20T02:03:11+01:00"}, "warning"),
        ({"finished_at": "2026-11-22T02:03:11Z"}, "unknown"),
    ],
)
def test_a_manifest(make_settings: Make, tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    (tmp_path / "one.json").write_text(json.dumps(manifest(**changes)))
    settings = make_settings(BACKUP_MANIFEST=tmp_path / "one.json")
    assert status(poll(settings), settings) == expected
    (tmp_path / "list.json").write_text(json.dumps([manifest(**changes)]))
    assert status(poll(make_settings(BACKUP_MANIFEST=tmp_path / "list.json")), settings) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"exit_status": "0"},
        {"exit_status": True},
        {"exit_status": ...},
        {"size": None},
        {"size": ...},
        {"finished_at": "yesterday"},
        {"finished_at": 5},
        {"finished_at": ...},
        {"key": ...},
        {"key": ""},
        {"sha256": 5},
    ],
)
def test_an_invalid_manifest_is_no_evidence(make_settings: Make, tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "one.json").write_text(json.dumps(manifest(**changes)))
    with pytest.raises(NoAnswerError, match="is of another kind"):
        poll(make_settings(BACKUP_MANIFEST=tmp_path / "one.json"))


@pytest.mark.slow
@pytest.mark.parametrize("good", [0, 5000])
def test_a_long_list_is_searched_for_an_odd_entry_only_at_its_beginning(good: int) -> None:
    reads = 0

    def read(evidence: Evidence) -> list[BackupSeries]:
        nonlocal reads
        reads += 1
        return [BackupSeries((entry["name"],)) for entry in json.loads(evidence.text)]

    content = json.dumps([{"name": "web1"}] * good + [{}] * 5000)
    collected = evidence_report.Collected()
    some = ConfiguredEvidence("some", "backup_some", "some.json", EvidenceRules(read), timedelta(1), timedelta(2))
    collected.add(some, Evidence("", content, NOW), "file 1 of 1")
    assert reads == 1 + evidence_report.MOST_ENTRIES
    assert [fault.problem for fault in collected.faults] == ["the content is of another kind, in file 1 of 1"]


EVERY = ("BACKUP_MANIFEST", "BACKUP_ANSIBLE", "BACKUP_RESTIC", "BACKUP_BORG", "BACKUP_PGBACKREST")


@pytest.mark.parametrize("setting", EVERY)
@pytest.mark.parametrize(
    "content", ["null", "5", '"x"', "[5]", '[{"a": 1}]', '{"stats": {}}', "[[]]", '{"archives": 5}']
)
def test_a_file_of_another_kind_is_unknown_and_not_success(
    make_settings: Make, tmp_path: Path, setting: str, content: str, clock: MovableClock
) -> None:
    (tmp_path / "x.json").write_text(content)
    assessment = assess(make_settings(**{setting: tmp_path / "x.json"}), clock, SavedState(), confirming=True)
    assert assessment.decision.backups.status is BackupStatus.UNKNOWN
    assert setting in str(assessment.reports[0].problem)


@pytest.mark.parametrize("setting", EVERY)
def test_a_missing_a_half_and_an_unreadable_file_are_reported(
    make_settings: Make, tmp_path: Path, setting: str
) -> None:
    with pytest.raises(NoAnswerError, match=rf"{setting} cannot be read \(No such file"):
        poll(make_settings(**{setting: tmp_path / "none.json"}))
    (tmp_path / "half.json").write_text('[{"time": "2026-')
    with pytest.raises(NoAnswerError, match="no complete JSON value"):
        poll(make_settings(**{setting: tmp_path / "half.json"}))
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoAnswerError, match=r"no file that ends in \.json"):
        poll(make_settings(**{setting: tmp_path / "empty"}))


def test_one_bad_file_among_good_ones_is_reported_and_its_groups_are_unknown(
    make_settings: Make, tmp_path: Path
) -> None:
    shutil.copy(RECORDED / "restic.json", tmp_path / "good.json")
    settings = make_settings(BACKUP_RESTIC=tmp_path)
    assert status(poll(settings), settings) == "success"
    (tmp_path / "bad.json").write_text("{")
    report = poll(settings)
    assert status(report, settings) == "unknown"
    assert status(report, settings, NOW + timedelta(hours=60)) == "failed"
    assert [group.name for group in report.backup_groups][2:] == [evidence_report.UNUSABLE]
    assert evidence_report.UNUSABLE not in report.private_names
    assert str(report.warnings[0]).startswith("1 file cannot be used, as the JSON breaks off, in file 1 of 2 (by name)")


# A file system in memory keeps any time.
SHM = Path("/dev/shm")
FAR = [300_000_000_000, -300_000_000_000, 9 * 10**18]


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """Return a directory on a file system that keeps any time of a file."""
    if not SHM.is_dir():
        pytest.skip("there is no /dev/shm")
    with tempfile.TemporaryDirectory(dir=SHM) as directory:
        yield Path(directory)


def set_time(file: Path, seconds: int) -> None:
    # os.utime takes fewer times than a file system keeps.
    subprocess.run(["touch", "--date", f"@{seconds}", str(file)], check=True)
    if int(file.stat().st_mtime) != seconds:
        pytest.skip("this file system does not keep such a time")


@pytest.mark.parametrize("seconds", FAR)
def test_a_file_of_a_time_out_of_range_leaves_the_good_ones(make_settings: Make, in_memory: Path, seconds: int) -> None:
    (in_memory / "good.json").write_text(json.dumps(manifest(group="client-8")))
    (in_memory / "far.json").write_text(json.dumps(manifest()))
    set_time(in_memory / "far.json", seconds)
    report = poll(make_settings(BACKUP_MANIFEST=in_memory))
    assert [group.name for group in report.backup_groups] == ["client-8", evidence_report.UNUSABLE]
    assert "was last changed is out of range, in file 1 of 2 (by name). " in str(report.warnings[0])
    with pytest.raises(NoAnswerError, match="out of range"):
        poll(make_settings(BACKUP_MANIFEST=in_memory / "far.json"))


@pytest.mark.parametrize("seconds", FAR)
def test_the_time_of_a_file_with_an_exit_status_does_not_matter(
    make_settings: Make, in_memory: Path, seconds: int
) -> None:
    shutil.copy(RECORDED / "restic.json", in_memory / "restic.json")
    (in_memory / "restic.json.exit").write_text("1\n")
    set_time(in_memory / "restic.json.exit", seconds)
    settings = make_settings(BACKUP_RESTIC=in_memory / "restic.json")
    assert status(poll(settings), settings) == "failed"


@pytest.mark.parametrize("seconds", [-62_135_596_800, 253_402_300_799])
def test_the_first_and_the_last_time_of_the_calendar_are_times(
    make_settings: Make, in_memory: Path, seconds: int
) -> None:
    (in_memory / "one.json").write_text(json.dumps(manifest()))
    set_time(in_memory / "one.json", seconds)
    settings = make_settings(BACKUP_MANIFEST=in_memory)
    assert status(poll(settings), settings) == "success"


def test_a_link_that_leads_to_itself_leaves_the_good_files(make_settings: Make, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(manifest()))
    (tmp_path / "loop.json").symlink_to("loop.json")
    report = poll(make_settings(BACKUP_MANIFEST=tmp_path))
    assert [group.name for group in report.backup_groups] == ["client-7", evidence_report.UNUSABLE]
    assert "in file 2 of 2 (by name)" in str(report.warnings[0])


def test_more_files_than_are_read_are_unknown_and_not_the_newest_alone(
    make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 1)
    (tmp_path / "new.json").write_text(json.dumps(manifest()))
    settings = make_settings(BACKUP_MANIFEST=tmp_path)
    assert status(poll(settings), settings) == "success"
    (tmp_path / "old.json").write_text(json.dumps(manifest(group="client-8", finished_at="2026-01-01T00:00:00Z")))
    os.utime(tmp_path / "old.json", (0, 0))
    with pytest.raises(NoAnswerError, match=r"more than 1 files .*\. Keep the last of each group"):
        poll(settings)


def test_a_backup_from_the_future_is_reported_and_no_evidence(make_settings: Make, tmp_path: Path) -> None:
    ahead = (NOW + CLOCK_SKEW + timedelta(seconds=1)).isoformat()
    (tmp_path / "x.json").write_text(json.dumps([manifest(finished_at=ahead)]))
    report = poll(make_settings(BACKUP_MANIFEST=tmp_path / "x.json"))
    assert report.backup_groups == (BackupGroup("client-7", None),)
    assert tuple(map(str, report.warnings)) == (
        "1 backup is dated in the future. Check the clocks of this machine and of the backup job.",
    )


def test_several_kinds_at_once_and_the_worst_counts(make_settings: Make, clock: MovableClock, tmp_path: Path) -> None:
    clock.moment = NOW
    settings = make_settings(
        BACKUP_RESTIC=RECORDED / "restic.json",
        BACKUP_PGBACKREST=RECORDED / "pgbackrest.json",
        BACKUP_ANSIBLE=RECORDED / "ansible-good.json",
    )
    assessment = assess(settings, clock, SavedState(), confirming=True)
    assert assessment.decision.backups.status is BackupStatus.SUCCESS
    assert [report.source for report in assessment.reports] == ["backup_ansible", "backup_restic", "backup_pgbackrest"]
    (tmp_path / "old.json").write_text(json.dumps(manifest(finished_at="2026-11-01T00:00:00Z")))
    worse = assess(
        make_settings(BACKUP_RESTIC=RECORDED / "restic.json", BACKUP_MANIFEST=tmp_path / "old.json"),
        clock,
        SavedState(),
        confirming=True,
    )
    assert worse.decision.backups.status is BackupStatus.FAILED


def test_each_source_says_how_it_stands_and_by_which_backup(
    make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    clock.moment = NOW
    (tmp_path / "failed.json").write_text(json.dumps(manifest(exit_status=1)))
    settings = make_settings(BACKUP_RESTIC=RECORDED / "restic.json", BACKUP_MANIFEST=tmp_path / "failed.json")
    told = describe(assess(settings, clock, SavedState(), confirming=True), "nowhere", NOW, 70)
    assert "Source    backup_manifests: 1 backup group, failed; the last run ended with exit status 1\n" in told
    newest = max(group.newest for group in poll(make_settings(BACKUP_RESTIC=RECORDED / "restic.json")).backup_groups)
    assert f"Source    backup_restic: 2 backup groups, success, newest 4 hours ago ({to_text(newest)})\n" in told


def test_names_of_hosts_and_stanzas_are_guarded(make_settings: Make) -> None:
    settings = make_settings(BACKUP_PGBACKREST=RECORDED / "pgbackrest.json")
    private = private_terms.private(settings, (poll(settings),))
    body = json.dumps({"notes": "The database of client-7 is fine."}).encode()
    assert leak_guard.search("status.json", body, "application/json", frozenset(), private)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T15:51:36.806583345Z", datetime(2026, 11, 21, 15, 51, 36, 806583, UTC)),
        ("2026-11-21T15:51:36+01:00", datetime(2026, 11, 21, 14, 51, 36, 0, UTC)),
        ("2026-11-21T15:51:36.5-05:00", datetime(2026, 11, 21, 20, 51, 36, 500000, UTC)),
    ],
)
def test_times_as_programs_write_them(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


def test_a_file_that_is_too_large_once_it_is_decoded_is_an_error(
    make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "restic.json"
    settings = make_settings(BACKUP_RESTIC=file)
    file.write_text(json.dumps(["x" * 1000, "😀"], ensure_ascii=False))
    monkeypatch.setattr(bounded_json, "LARGEST_TEXT", 2000)
    with pytest.raises(NoAnswerError, match="cannot be used"):
        poll(settings)
