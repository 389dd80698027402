# SPDX-License-Identifier: MIT
"""The same rules for every kind of evidence: what is not there, and what stands beside it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.judged_evidence import FRESH, NOW, Make, judge, status
from tests.made_evidence import PROGRAMS, another, write

NOTHING: dict[str, list[Any]] = {
    "BACKUP_RESTIC": [[]],
    "BACKUP_BORG": [
        [],
        [{"repository": {"location": "/srv/borg/one"}, "archives": []}],
        {"repository": {"location": "/srv/borg/one"}, "archives": []},
        [
            {
                "repository": {"location": "/srv/borg/one"},
                "archives": [{"name": "n-2026-11-28.checkpoint", "time": "2026-11-28T12:00:00+00:00"}],
            }
        ],
    ],
    "BACKUP_PGBACKREST": [
        [],
        [{"name": "orders", "backup": [], "status": {"code": 2, "message": "no valid backups"}}],
        [
            {
                "name": "orders",
                "backup": [],
                "repo": [{"key": 1, "status": {"code": 99, "message": "[FileOpenError] …"}}],
                "status": {"code": 99, "message": "other"},
            }
        ],
    ],
    "BACKUP_ANSIBLE": [{"plays": [], "stats": {}}],
    "BACKUP_MANIFEST": [[]],
    "BACKUP_KOPIA": [[], [{**PROGRAMS["BACKUP_KOPIA"]([FRESH])[0], "incomplete": "checkpoint"}]],
    "BACKUP_PROXMOX": [[], [{**PROGRAMS["BACKUP_PROXMOX"]([FRESH])[0], "files": [], "size": None}]],
}
EMPTY = [(setting, value) for setting, values in NOTHING.items() for value in values]


# Nothing there


@pytest.mark.parametrize(("setting", "value"), EMPTY, ids=str)
def test_nothing_is_unknown_alone_and_beside_something_and_says_why(
    make_settings: Make, tmp_path: Path, setting: str, value: Any
) -> None:
    write(tmp_path / "e" / "empty.json", value)
    settings = make_settings(**{setting: tmp_path / "e"})
    (group,) = judge(settings).reports[0].backup_groups
    assert (group.newest, group.failed) == (None, False)
    assert group.reason
    assert status(settings) == "unknown"
    write(tmp_path / "e" / "office.json", PROGRAMS[setting]([FRESH]))
    assert status(settings) == "unknown"


@pytest.mark.parametrize(("setting", "value"), EMPTY, ids=str)
def test_a_file_that_was_empty_and_then_has_backups_leaves_no_group_behind(
    make_settings: Make, tmp_path: Path, setting: str, value: Any
) -> None:
    file = write(tmp_path / "e.json", value)
    settings = make_settings(**{setting: file})
    assert status(settings, tmp_path) == "unknown"
    write(file, PROGRAMS[setting]([another(FRESH, group="acme")]))
    assert status(settings, tmp_path) == "success"
    write(file, value)
    assert status(settings, tmp_path) == "unknown"
    write(file, PROGRAMS[setting]([another(FRESH, group="acme")]))
    assert status(settings, tmp_path) == "success"


def test_a_repository_that_was_empty_and_is_listed_no_more_stays_unknown(make_settings: Make, tmp_path: Path) -> None:
    empty = {"repository": {"location": "/srv/borg/two"}, "archives": []}
    file = write(tmp_path / "e.json", [*PROGRAMS["BACKUP_BORG"]([FRESH]), empty])
    settings = make_settings(BACKUP_BORG=file)
    assert status(settings, tmp_path) == "unknown"
    write(file, PROGRAMS["BACKUP_BORG"]([FRESH]))
    assert status(settings, tmp_path, NOW + timedelta(minutes=10)) == "unknown"


LINES = [
    ("Using /etc/ansible/ansible.cfg as config file\n", ""),
    ("[WARNING]: provided hosts list is empty\n", ""),
    ("[2026-11-28 18:00:00] local: Listing repository\n", ""),
    ("/srv/borg/one: Listing archives\n\n", "\nsummary:\n/etc/borgmatic/config.yaml: Success\n"),
    ("{not json}\n", "\n"),
    ("\ufeff", ""),
]


# Lines beside the JSON, and zones


@pytest.mark.parametrize("setting", PROGRAMS)
@pytest.mark.parametrize(("before", "after"), LINES, ids=range(len(LINES)))
def test_lines_beside_the_json_are_skipped(
    make_settings: Make, tmp_path: Path, setting: str, before: str, after: str
) -> None:
    write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]), before=before, after=after)
    assert status(make_settings(**{setting: tmp_path / "e.json"})) == "success"


@pytest.mark.parametrize("setting", PROGRAMS)
@pytest.mark.parametrize("indent", [None, 0, 4])
def test_what_is_not_one_whole_value_is_refused_with_a_remedy(
    make_settings: Make, tmp_path: Path, setting: str, indent: int | None
) -> None:
    whole = json.dumps(PROGRAMS[setting]([FRESH, another(FRESH, host="web2")]), indent=indent)
    cuts = [whole[: len(whole) * part // 11] for part in range(1, 11)]
    file = tmp_path / "e.json"
    settings = make_settings(**{setting: file})
    for text in (*cuts, *(f"a line\n{cut}" for cut in cuts), f"{whole}\n{whole}", "only lines\n", ""):
        file.write_text(text)
        assert status(settings) == "unknown", text[-40:]
        problem = judge(settings).reports[0].problem
        assert problem
        assert problem.remedy


@pytest.mark.parametrize("setting", ["BACKUP_RESTIC", "BACKUP_MANIFEST", "BACKUP_ANSIBLE"])
def test_a_time_without_a_zone_is_refused(make_settings: Make, tmp_path: Path, setting: str) -> None:
    file = tmp_path / "e.json"
    file.write_text(json.dumps(PROGRAMS[setting]([FRESH])).replace("+00:00", ""))
    assert status(make_settings(**{setting: file})) == "unknown"
