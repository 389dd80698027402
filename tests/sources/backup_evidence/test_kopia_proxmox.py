# SPDX-License-Identifier: MIT
"""kopia and Proxmox Backup Server: what their snapshots say beyond their times.

Neither is in Debian, so no real one runs here. The formats are those of kopia's documentation and sources (`Manifest`,
`Stats` and `DirectorySummary`; `snapshot list --json` with and without `--json-verbose`), and of those of Proxmox
(`SnapshotListItem`, as the API's list of snapshots makes it with and without a readable index).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.model import BackupGroup
from elytra_status.settings import Settings
from tests.judged_evidence import FRESH, NOW, judge, status
from tests.made_evidence import Made, another, kopia, proxmox, restic, write

Make = Callable[..., Settings]
BEFORE = another(FRESH, ended=NOW - timedelta(hours=20))
SOCKET = {"path": "run/app.sock", "error": "unknown or unsupported entry type"}
UNREADABLE = {"path": "acme/secret.key", "error": "open /srv/acme/secret.key: permission denied"}


def group_of(settings: Settings) -> BackupGroup:
    (group,) = judge(settings).reports[0].backup_groups
    return group


def with_summary(value: dict[str, Any], **changes: Any) -> dict[str, Any]:
    value["rootEntry"]["summ"].update(changes)
    return value


def verbose(value: dict[str, Any], **changes: int) -> dict[str, Any]:
    """Return a snapshot as --json-verbose prints it."""
    stats = {"totalSize": 5000, "fileCount": 3, "dirCount": 1, "ignoredErrorCount": 0, "errorCount": 0}
    return {**value, "stats": {**stats, **changes}}


# How a snapshot differs from a good one, what is published, and how the reason begins.
KOPIA: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str, str]] = {
    "good": (lambda one: one, "success", ""),
    "good, verbose": (verbose, "success", ""),
    "pinned": (lambda one: {**one, "pins": ["keep"], "retentionReason": []}, "success", ""),
    "without a reason to be kept": (lambda one: {**one, "retentionReason": None}, "success", ""),
    "under way": (lambda one: {**one, "incomplete": "checkpoint"}, "success", ""),
    "canceled": (lambda one: {**one, "incomplete": "canceled"}, "failed", "the last snapshot is incomplete: canceled"),
    "too large": (
        lambda one: {**one, "incomplete": "limit reached"}, "failed", "the last snapshot is incomplete: limit reached"
    ),
    "incomplete in another way": (
        lambda one: {**one, "incomplete": "acme's disk"}, "failed", "the last snapshot is incomplete"
    ),
    "unreadable files": (
        lambda one: with_summary(one, numFailed=1, errors=[UNREADABLE]), "failed", "kopia could not read all files"
    ),
    "unreadable files, verbose": (lambda one: verbose(one, errorCount=2), "failed", "kopia could not read all files"),
    "ignored errors": (
        lambda one: with_summary(one, numIgnoredErrors=1, errors=[UNREADABLE]), "warning", "kopia ignored errors"
    ),
    "ignored errors, verbose": (lambda one: verbose(one, ignoredErrorCount=1), "warning", "kopia ignored errors"),
    "sockets": (lambda one: with_summary(one, numIgnoredErrors=2, errors=[SOCKET, SOCKET]), "success", ""),
    "sockets and more": (
        lambda one: with_summary(one, numIgnoredErrors=2, errors=[SOCKET, UNREADABLE]), "warning", "kopia ignored"
    ),
    "more ignored errors than are listed": (
        lambda one: with_summary(one, numIgnoredErrors=11, errors=[SOCKET] * 10), "warning", "kopia ignored errors"
    ),
    "of a single file": (
        lambda one: {**one, "rootEntry": {"name": "a.sql", "type": "f", "size": 5000, "obj": "1"}}, "success", ""
    ),
    "of a single empty file": (
        lambda one: {**one, "rootEntry": {"name": "a.sql", "type": "f", "obj": "1"}, "stats": {"totalSize": 0}},
        "failed",
        "the last backup is smaller than BACKUP_MIN_BYTES",
    ),
    "without an entry": (lambda one: {**one, "rootEntry": None}, "success", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", KOPIA)
def test_what_kopia_says_of_the_last_snapshot_counts(make_settings: Make, tmp_path: Path, case: str) -> None:
    change, expected, reason = KOPIA[case]
    (before, last) = kopia([BEFORE, FRESH])
    settings = make_settings(BACKUP_KOPIA=write(tmp_path / "e.json", [before, change(last)]))
    group = group_of(settings)
    assert status(settings) == expected
    assert group.reason.startswith(reason)
    assert bool(group.reason) is (expected != "success")
    assert "acme" not in group.reason
    assert group.newest == (BEFORE.ended if expected == "failed" or case == "under way" else FRESH.ended)


def test_a_bad_snapshot_before_a_good_one_is_over(make_settings: Make, tmp_path: Path) -> None:
    (bad, last) = kopia([BEFORE, FRESH])
    settings = make_settings(BACKUP_KOPIA=write(tmp_path / "e.json", [{**bad, "incomplete": "canceled"}, last]))
    assert status(settings) == "success"


def test_users_of_one_host_have_sources_of_their_own(make_settings: Make, tmp_path: Path) -> None:
    (one, other) = kopia([FRESH, another(FRESH, ended=NOW - timedelta(days=5))])
    other["source"]["userName"] = "backup"
    settings = make_settings(BACKUP_KOPIA=write(tmp_path / "e.json", [one, other]))
    assert status(settings) == "failed"
    assert [one.name for one in judge(settings).reports[0].backup_groups] == [
        "web1:backup:/srv/data", "web1:root:/srv/data"
    ]  # fmt: skip


def test_a_pinned_snapshot_that_is_old_makes_nothing_fresh_or_old(make_settings: Make, tmp_path: Path) -> None:
    (old, last) = kopia([Made(NOW - timedelta(days=400)), FRESH])
    file = write(tmp_path / "e.json", [{**old, "pins": ["for ever"]}, last])
    assert status(make_settings(BACKUP_KOPIA=file)) == "success"
    write(file, [{**old, "pins": ["for ever"]}])
    assert status(make_settings(BACKUP_KOPIA=file)) == "failed"


PROXMOX: dict[str, tuple[dict[str, Any], str, str]] = {
    "good": ({}, "success", ""),
    "protected": ({"protected": True, "comment": "before the move"}, "success", ""),
    "verified": ({"verification": {"state": "ok", "upid": "UPID:pbs:1"}}, "success", ""),
    "not verified": ({"verification": None}, "success", ""),
    "damaged": ({"verification": {"state": "failed", "upid": "UPID:pbs:1"}}, "failed", "the server found the last"),
    "under way": ({"files": [{"filename": "root.pxar.didx", "size": None}], "size": None}, "success", ""),
    "a log alone": ({"files": [{"filename": "client.log.blob"}], "size": None}, "success", ""),
    "empty": ({"size": 0}, "failed", "the last backup is smaller than BACKUP_MIN_BYTES"),
}


@pytest.mark.parametrize("case", PROXMOX)
def test_what_proxmox_says_of_the_last_snapshot_counts(make_settings: Make, tmp_path: Path, case: str) -> None:
    changes, expected, reason = PROXMOX[case]
    (before, last) = proxmox([BEFORE, FRESH])
    settings = make_settings(BACKUP_PROXMOX=write(tmp_path / "e.json", [before, {**last, **changes}]))
    group = group_of(settings)
    assert status(settings) == expected
    assert group.reason.startswith(reason)
    is_backup = expected == "success" and changes.get("size", 1)
    assert group.newest == (FRESH.ended if is_backup else BEFORE.ended)


def test_types_datastores_and_namespaces_are_distinguished(make_settings: Make, tmp_path: Path) -> None:
    (machine,) = proxmox([another(FRESH, host="100")])
    dead = {**machine, "backup-time": machine["backup-time"] - 5 * 86400}
    write(tmp_path / "e" / "store1.json", [{**machine, "backup-type": "vm"}, {**machine, "backup-type": "ct"}])
    settings = make_settings(BACKUP_PROXMOX=tmp_path / "e")
    assert status(settings) == "success"
    write(tmp_path / "e" / "store1-customers.json", [{**dead, "backup-type": "vm"}])
    assert status(settings) == "failed"
    (report,) = judge(settings).reports
    assert [one.name for one in report.backup_groups] == ["store1-customers:vm:100", "store1:ct:100", "store1:vm:100"]
    assert not {"100", "vm", "ct"} & report.private_names, "documents hold such words and numbers"


@pytest.mark.parametrize("setting", ["BACKUP_KOPIA", "BACKUP_PROXMOX"])
def test_the_output_of_another_program_is_unknown(make_settings: Make, tmp_path: Path, setting: str) -> None:
    others: list[Any] = [{}, {"snapshots": []}, [1], [None], [[]], ["x"], 5, None, [{"source": 5}], [{"files": []}]]
    others.append((proxmox if setting == "BACKUP_KOPIA" else kopia)([FRESH]))
    for value in others:
        settings = make_settings(**{setting: write(tmp_path / "e.json", value)})
        (report,) = judge(settings).reports
        assert report.problem is not None, value
        assert "is of another kind" in str(report.problem)
        assert status(settings) == "unknown"


@pytest.mark.parametrize("seconds", [10**17, 10**18, -(10**17), 10**400])
def test_a_time_that_no_calendar_has_spoils_its_own_file_alone(
    make_settings: Make, tmp_path: Path, seconds: int
) -> None:
    (last,) = proxmox([FRESH])
    old = {**last, "backup-time": last["backup-time"] - 5 * 86400}
    write(tmp_path / "e" / "one.json", [old])
    write(tmp_path / "e" / "two.json", [{**last, "backup-time": seconds}])
    settings = make_settings(BACKUP_PROXMOX=tmp_path / "e")
    (report,) = judge(settings).reports
    assert report.problem is None
    assert status(settings) == "failed"
    assert any("1 file cannot be used" in words for words in map(str, report.warnings))


def test_a_tag_that_distinguishes_groups_is_private(make_settings: Make, tmp_path: Path) -> None:
    (snapshot,) = restic([FRESH])
    file = write(tmp_path / "e.json", [{**snapshot, "tags": ["contoso-bank"]}])
    for grouped in ("tag", "host,tag"):
        settings = make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY=grouped)
        assert "contoso-bank" in group_of(settings).private_words
