# SPDX-License-Identifier: MIT
"""What distinguishes backup groups, for every kind of evidence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.judged_evidence import DEAD, FRESH, NOW, Make, names, status
from tests.made_evidence import PROGRAMS, another, ansible, write

IDENTITY: list[tuple[str, dict[str, Any]]] = [
    ("BACKUP_RESTIC", {"host": "web2"}),
    ("BACKUP_RESTIC", {"paths": ("/srv/mail",)}),
    ("BACKUP_RESTIC", {"paths": ("/srv/data", "/srv/mail")}),
    ("BACKUP_BORG", {"repository": "/srv/borg/two"}),
    ("BACKUP_BORG", {"repository": "ssh://backup@example.net/./one"}),
    ("BACKUP_BORG", {"series": "hourly"}),
    ("BACKUP_BORG", {"series": "web2-nightly"}),
    ("BACKUP_PGBACKREST", {"stanza": "billing"}),
    ("BACKUP_PGBACKREST", {"repo_key": 2}),
    ("BACKUP_ANSIBLE", {"host": "web2"}),
    ("BACKUP_MANIFEST", {"group": "acme"}),
    ("BACKUP_KOPIA", {"host": "web2"}),
    ("BACKUP_KOPIA", {"paths": ("/srv/mail",)}),
    ("BACKUP_PROXMOX", {"host": "web2"}),
]


@pytest.mark.parametrize(("setting", "changes"), IDENTITY, ids=str)
def test_what_makes_a_history_of_its_own_makes_a_group(
    make_settings: Make, tmp_path: Path, setting: str, changes: dict[str, Any]
) -> None:
    dead = another(DEAD, **changes)
    if setting == "BACKUP_ANSIBLE":  # A file describes one run, so the dead host is dead by another one.
        write(tmp_path / "e" / "run-2026-11-23.json", ansible([DEAD, dead]))
        write(tmp_path / "e" / "run-2026-11-28.json", ansible([FRESH]))
        settings = make_settings(**{setting: tmp_path / "e"})
    else:
        write(tmp_path / "e.json", PROGRAMS[setting]([FRESH, dead, another(DEAD)]))
        settings = make_settings(**{setting: tmp_path / "e.json"})
    assert len(names(settings)) == 2
    assert status(settings) == "failed"


@pytest.mark.parametrize("setting", PROGRAMS)
def test_two_files_that_name_the_same_are_two_groups(make_settings: Make, tmp_path: Path, setting: str) -> None:
    write(tmp_path / "e" / "office.json", PROGRAMS[setting]([FRESH]))
    write(tmp_path / "e" / "store.json", PROGRAMS[setting]([DEAD]))
    settings = make_settings(**{setting: tmp_path / "e"})
    assert len(names(settings)) == 2
    assert status(settings) == "failed"


@pytest.mark.parametrize("setting", PROGRAMS)
@pytest.mark.parametrize("name", ["nightly-{:%Y-%m-%d}", "{:%Y%m%d}", "{:%Y-%m-%dT%H:%M:%SZ}-nightly", "x_{:%d.%m.%Y}"])
def test_files_whose_names_differ_by_a_date_are_one_group(
    make_settings: Make, tmp_path: Path, setting: str, name: str
) -> None:
    for made in (FRESH, DEAD):
        write(tmp_path / "e" / f"{name.format(made.ended)}.json", PROGRAMS[setting]([made]))
    settings = make_settings(**{setting: tmp_path / "e"})
    assert len(names(settings)) == 1
    assert status(settings) == "success"


@pytest.mark.parametrize("pair", [("web1", "web2"), ("10-0-0-1", "10-0-0-2"), ("shop-2", "shop-20"), ("a", "a-2026")])
def test_files_whose_names_differ_by_another_number_are_two_groups(
    make_settings: Make, tmp_path: Path, pair: tuple[str, str]
) -> None:
    for name, made in zip(pair, (FRESH, DEAD), strict=True):
        write(tmp_path / "e" / f"{name}.json", PROGRAMS["BACKUP_RESTIC"]([made]))
    assert status(make_settings(BACKUP_RESTIC=tmp_path / "e")) == "failed"


def test_manifests_that_name_a_group_are_one_group_in_whatever_files(make_settings: Make, tmp_path: Path) -> None:
    for name, made in (("one", FRESH), ("two", DEAD)):
        write(tmp_path / "e" / f"{name}.json", PROGRAMS["BACKUP_MANIFEST"]([another(made, group="acme")]))
    settings = make_settings(BACKUP_MANIFEST=tmp_path / "e")
    assert (names(settings), status(settings)) == (["acme"], "success")


SUPERSEDED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"paths": ("/a",)}, {"paths": ("/a", "/b")}, "success"),
    ({"paths": ("/b", "/a")}, {"paths": ("/a", "/b", "/c")}, "success"),
    ({"paths": ("/a", "/b")}, {"paths": ("/a",)}, "failed"),
    ({"paths": ("/a", "/b")}, {"paths": ("/a", "/c")}, "failed"),
    ({"paths": ("/a",)}, {"paths": ("/a", "/b"), "host": "web2"}, "failed"),
    # What is below a path may be excluded from its backup.
    ({"paths": ("/a/b",)}, {"paths": ("/a",)}, "failed"),
    ({"paths": ("/a",)}, {"paths": ("/a", "/b"), "size": 1}, "failed"),
]


@pytest.mark.parametrize(("old", "new", "expected"), SUPERSEDED)
def test_a_later_good_snapshot_of_the_host_that_holds_all_paths_supersedes_the_old_set(
    make_settings: Make, tmp_path: Path, old: dict[str, Any], new: dict[str, Any], expected: str
) -> None:
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"]([another(DEAD, **old), another(FRESH, **new)]))
    settings = make_settings(BACKUP_RESTIC=file, BACKUP_MIN_BYTES=1000)
    assert status(settings) == expected
    if expected == "success":
        write(file, PROGRAMS["BACKUP_RESTIC"]([another(DEAD, **new), another(FRESH, **old)]))
        assert status(settings) == "failed", "the larger set is the older one"


def test_a_set_of_paths_that_was_edited_and_forgotten_at_once_does_not_go_missing(
    make_settings: Make, tmp_path: Path
) -> None:
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"]([another(FRESH, paths=("/a",))]))
    settings = make_settings(BACKUP_RESTIC=file)
    assert status(settings, tmp_path) == "success"
    later = another(FRESH, ended=NOW + timedelta(hours=20), paths=("/a", "/b"))
    write(file, PROGRAMS["BACKUP_RESTIC"]([later]))
    assert status(settings, tmp_path, NOW + timedelta(hours=21)) == "success"


@pytest.mark.parametrize(
    ("group_by", "count"), [("host,paths", 4), ("host", 2), ("paths", 2), ("tag", 2), ("host,tag", 3)]
)
def test_restic_is_grouped_as_set(make_settings: Make, tmp_path: Path, group_by: str, count: int) -> None:
    snapshots = [
        another(FRESH, host="a", paths=("/x",), tags=("t",)),
        another(FRESH, host="a", paths=("/y",)),
        another(FRESH, host="b", paths=("/x",)),
        another(FRESH, host="b", paths=("/y",)),
    ]
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](snapshots))
    assert len(names(make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY=group_by))) == count


@pytest.mark.parametrize("tags", [(), ("db",)])
def test_a_later_snapshot_with_more_tags_supersedes_no_other_tags(
    make_settings: Make, tmp_path: Path, tags: tuple[str, ...]
) -> None:
    backups = [another(DEAD, tags=tags), another(FRESH, tags=("db", "mail"))]
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](backups))
    for group_by in ("tag", "host,tag"):
        assert status(make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY=group_by)) == "failed"
