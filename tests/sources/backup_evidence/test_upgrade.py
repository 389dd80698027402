# SPDX-License-Identifier: MIT
"""Backup groups of saved state, after an upgrade or damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.run import saved_state
from elytra_status.sources import backup_evidence
from tests.judged_evidence import DEAD, FRESH, NOW, Make, judge, status
from tests.made_evidence import PROGRAMS, another, write

# The group names in saved state of version 1, for one backup of each program that it knew.
FORMER = {
    "BACKUP_RESTIC": "web1:/srv/data",
    "BACKUP_BORG": "/srv/borg/one",
    "BACKUP_PGBACKREST": "orders",
    "BACKUP_ANSIBLE": "web1",
    "BACKUP_MANIFEST": "(all)",
}
SOURCES = {kind.setting: kind.name for kind in map(backup_evidence.kind_of, backup_evidence.KINDS)}


def saved_by_version_1(state: Path, setting: str, place: Path, *names: str) -> None:
    newest = f"{DEAD.ended:%Y-%m-%dT%H:%M:%SZ}"
    groups = {name: [newest, False, None] for name in names}
    sources = {SOURCES[setting]: {"place": str(place), "groups": groups}}
    (state / saved_state.FILE).write_text(
        json.dumps({"known_monitors": {}, "sources": sources, "isolations": {}, "silent": []})
    )


@pytest.mark.parametrize("setting", FORMER)
@pytest.mark.parametrize("place", ["e.json", "e"])
def test_a_group_that_version_1_knew_is_not_missing(
    make_settings: Make, tmp_path: Path, setting: str, place: str
) -> None:
    write(tmp_path / (place if place.endswith(".json") else "e/office.json"), PROGRAMS[setting]([FRESH]))
    saved_by_version_1(tmp_path, setting, tmp_path / place, FORMER[setting])
    settings = make_settings(**{setting: tmp_path / place})
    for minutes in range(0, 60, 10):
        assessment = judge(settings, tmp_path, NOW + timedelta(minutes=minutes))
        assert assessment.decision.backups.status.value == "success"
        assert [group.missing_since for group in assessment.reports[0].backup_groups] == [None]


@pytest.mark.parametrize("setting", FORMER)
def test_a_group_that_version_1_knew_and_that_is_missing_counts_on(
    make_settings: Make, tmp_path: Path, setting: str
) -> None:
    write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]))
    saved_by_version_1(tmp_path, setting, tmp_path / "e.json", FORMER[setting], "gone.example.com")
    settings = make_settings(**{setting: tmp_path / "e.json"})
    for minutes in (0, 10):
        assessment = judge(settings, tmp_path, NOW + timedelta(minutes=minutes))
        assert assessment.decision.backups.status.value == "failed"
        (missing,) = [group for group in assessment.reports[0].backup_groups if group.missing_since]
        assert (missing.name, missing.newest) == ("gone.example.com", DEAD.ended)
        assert {"gone.example.com", "gone"} <= assessment.reports[0].private_names


def test_an_old_set_of_paths_that_version_1_knew_is_superseded(make_settings: Make, tmp_path: Path) -> None:
    snapshots = [another(DEAD, paths=("/a",)), another(FRESH, paths=("/a", "/b"))]
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](snapshots))
    saved_by_version_1(tmp_path, "BACKUP_RESTIC", file, "web1:/a", "web1:/a,/b")
    settings = make_settings(BACKUP_RESTIC=file)
    assert [status(settings, tmp_path, NOW + timedelta(minutes=minutes)) for minutes in (0, 10)] == ["success"] * 2


@pytest.mark.parametrize("setting", PROGRAMS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda saved: saved.update(groups=[]),
        lambda saved: saved.pop("groups"),
        lambda saved: saved.update(groups={key: [1] for key in saved["groups"]}),
        lambda saved: saved.update(groups={key: fields[:3] for key, fields in saved["groups"].items()}),
        lambda saved: saved.update(form=3),
    ],
)
def test_damaged_groups_of_saved_state_are_unknown_and_not_forgotten(
    make_settings: Make, tmp_path: Path, setting: str, damage: Callable[[dict[str, Any]], None]
) -> None:
    file = write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]))
    settings = make_settings(**{setting: file})
    assert status(settings, tmp_path) == "success"
    saved = json.loads((tmp_path / saved_state.FILE).read_text())
    damage(saved["sources"][SOURCES[setting]])
    (tmp_path / saved_state.FILE).write_text(json.dumps(saved))
    assert status(settings, tmp_path, NOW + timedelta(minutes=10)) == "unknown"
    assert status(settings, tmp_path, NOW + timedelta(minutes=20)) == "unknown"


@pytest.mark.parametrize("setting", PROGRAMS)
def test_truncated_saved_state_makes_no_missing_group_a_success(
    make_settings: Make, tmp_path: Path, setting: str
) -> None:
    write(tmp_path / "e" / "office.json", PROGRAMS[setting]([another(FRESH, group="a")]))
    gone = write(tmp_path / "e" / "store.json", PROGRAMS[setting]([another(FRESH, host="web2", group="b")]))
    settings = make_settings(**{setting: tmp_path / "e"})
    assert status(settings, tmp_path) == "success"
    gone.unlink()
    assert status(settings, tmp_path, NOW + timedelta(minutes=10)) == "unknown"
    content = (tmp_path / saved_state.FILE).read_bytes()
    (tmp_path / saved_state.FILE).write_bytes(content[:-40])
    assert status(settings, tmp_path, NOW + timedelta(minutes=20)) == "unknown"
