# SPDX-License-Identifier: MIT
"""The same rules for every kind of evidence: what distinguishes groups, what is no backup, what is missing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.run import saved_state
from elytra_status.run.assess import Assessment, assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from tests.conftest import MovableClock
from tests.made_evidence import PROGRAMS, Made, another, ansible, write

NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
FRESH, DEAD = Made(NOW - timedelta(hours=2)), Made(NOW - timedelta(days=5))
Make = Callable[..., Settings]


def judge(settings: Settings, state: Path | None = None, now: datetime = NOW) -> Assessment:
    """Do a run, and return its report; with a state directory, the saved state of the last run counts."""
    before = saved_state.read(state) if state else SavedState()
    assessment = assess(settings, MovableClock(now), before, confirming=False)
    if state:
        saved_state.write(state, assessment.saved_state)
    return assessment


def status(settings: Settings, state: Path | None = None, now: datetime = NOW) -> str:
    return judge(settings, state, now).decision.backups.status.value


def names(settings: Settings) -> list[str]:
    (report,) = judge(settings).reports
    return [group.name for group in report.backup_groups]


# What distinguishes groups


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


# What is no backup


def counted(value: Any, **counts: int) -> Any:
    """Return evidence of Ansible in which every host has these counts."""
    for host in value["stats"].values():
        host.update(counts)
    return value


MADE = [FRESH, another(FRESH, host="web2")]
CHECK = "Command would have run if not in check mode"
# Ansible: the evidence, the exit status, what is published at the first run and after a good one.
DEEDS: dict[str, tuple[Any, int | None, str, str]] = {
    "good": (ansible(MADE), 0, "success", "success"),
    "skipped": (counted(ansible(MADE, skipped=True, changed=False), ok=0, skipped=1), 0, "unknown", "failed"),
    "--check, commands": (counted(ansible(MADE, skipped=True, msg=CHECK), ok=0), 0, "unknown", "failed"),
    "--check, other modules": (ansible(MADE, results=[{"skipped": True, "msg": CHECK}]), 0, "unknown", "failed"),
    "facts alone": (ansible(MADE, action="gather_facts"), 0, "unknown", "failed"),
    "facts alone, by the full name": (ansible(MADE, action="ansible.builtin.setup"), 0, "unknown", "failed"),
    "a message alone": (ansible(MADE, action="debug"), 0, "unknown", "failed"),
    "failed": (counted(ansible(MADE, failed=True), failures=1, ok=0), 2, "failed", "failed"),
    "unreachable": (counted(ansible(MADE, unreachable=True), unreachable=1, ok=0), 4, "failed", "failed"),
    "ignored": (counted(ansible(MADE, failed=True), ignored=1), 0, "failed", "failed"),
    "ignored, unreachable": (counted(ansible(MADE, unreachable=True), ignored=1), 0, "failed", "failed"),
    "rescued": (counted(ansible(MADE, failed=True), rescued=1), 0, "failed", "failed"),
    "a failure that no count tells of": (ansible(MADE, failed=True), None, "failed", "failed"),
    "ended badly, no host says why": (ansible(MADE), 1, "failed", "failed"),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("names_tasks", [False, True], ids=["all tasks", "named tasks"])
def test_what_a_playbook_did_counts(make_settings: Make, tmp_path: Path, deed: str, names_tasks: bool) -> None:
    value, exit_status, at_first, later = DEEDS[deed]
    settings = make_settings(
        BACKUP_ANSIBLE=tmp_path / "run.json", **({"BACKUP_ANSIBLE_TASKS": "other,du*"} if names_tasks else {})
    )
    write(tmp_path / "run.json", value, exit_status)
    assert status(settings) == at_first
    write(tmp_path / "run.json", ansible([another(one, ended=NOW - timedelta(hours=20)) for one in MADE]), 0)
    assert status(settings, tmp_path) == "success"
    write(tmp_path / "run.json", value, exit_status)
    assert status(settings, tmp_path) == later
    assert status(settings, tmp_path, NOW + timedelta(hours=1)) == later, "and stays so"


@pytest.mark.parametrize(
    ("tasks", "expected"), [("dump", "unknown"), ("send a note", "success"), ("*note", "success"), ("note", "unknown")]
)
def test_the_tasks_that_decide_are_named_with_or_without_their_role(
    make_settings: Make, tmp_path: Path, tasks: str, expected: str
) -> None:
    write(tmp_path / "run.json", ansible(MADE, task="backup : send a note"))
    settings = make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_TASKS=tasks)
    assert status(settings) == expected


def test_a_failure_of_a_task_that_does_not_decide_is_ignored(make_settings: Make, tmp_path: Path) -> None:
    value = ansible(MADE)
    rotated = {"task": {"name": "rotate"}, "hosts": {"web1": {"action": "command", "failed": True}}}
    value["plays"][0]["tasks"].append(rotated)
    value["stats"]["web1"]["failures"] = 1
    write(tmp_path / "run.json", value, 2)
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json")) == "failed"
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_TASKS="dump")) == "success"
    assert status(make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_TASKS="later")) == "failed"


def test_a_rescued_failure_can_be_accepted_and_an_ignored_one_beside_it_cannot(
    make_settings: Make, tmp_path: Path
) -> None:
    value = ansible(MADE)
    again = {"task": {"name": "dump"}, "hosts": {one.host: {"action": "command", "failed": True} for one in MADE}}
    value["plays"][0]["tasks"].insert(0, again)
    for tasks in ({}, {"BACKUP_ANSIBLE_TASKS": "dump"}):
        settings = make_settings(BACKUP_ANSIBLE=tmp_path / "run.json", BACKUP_ANSIBLE_RESCUED="accepted", **tasks)
        write(tmp_path / "run.json", counted(value, rescued=1, ignored=0))
        assert status(settings) == "success"
        write(tmp_path / "run.json", counted(value, rescued=1, ignored=1))
        assert status(settings) == "failed"


EXIT = {
    "BACKUP_RESTIC": {0: "success", 1: "failed", 3: "failed", 10: "failed", 130: "failed"},
    "BACKUP_BORG": {0: "success", 1: "warning", 2: "failed", 3: "failed", 99: "failed", 105: "warning", 128: "failed"},
    "BACKUP_PGBACKREST": {0: "success", 1: "failed", 50: "failed"},
    "BACKUP_ANSIBLE": {0: "success", 1: "failed", 2: "failed", 250: "failed"},
    "BACKUP_KOPIA": {0: "success", 1: "failed"},
    "BACKUP_PROXMOX": {0: "success", 255: "failed"},
}


@pytest.mark.parametrize(
    ("setting", "exit_status", "expected"),
    [(setting, exit_status, expected) for setting, table in EXIT.items() for exit_status, expected in table.items()],
)
def test_the_exit_status_beside_a_file_counts(
    make_settings: Make, tmp_path: Path, setting: str, exit_status: int, expected: str
) -> None:
    value = PROGRAMS[setting]([FRESH])
    # borg prints one repository, borgmatic a list of them.
    write(tmp_path / "e.json", value[0] if setting == "BACKUP_BORG" else value, exit_status)
    settings = make_settings(**{setting: tmp_path / "e.json"})
    assert status(settings) == expected
    (group,) = judge(settings).reports[0].backup_groups
    assert bool(group.reason) is (expected != "success")


@pytest.mark.parametrize(("exit_status", "expected"), [(0, "success"), (1, "failed"), (105, "failed")])
def test_borgmatic_has_failed_with_any_exit_status_but_0(
    make_settings: Make, tmp_path: Path, exit_status: int, expected: str
) -> None:
    write(tmp_path / "e.json", PROGRAMS["BACKUP_BORG"]([FRESH]), exit_status)
    assert status(make_settings(BACKUP_BORG=tmp_path / "e.json")) == expected


@pytest.mark.parametrize("setting", EXIT)
@pytest.mark.parametrize("content", ["", "x", "-1", "0 0", "1" * 30, "0x0"])
def test_a_file_of_an_exit_status_that_holds_none_is_no_good_sign(
    make_settings: Make, tmp_path: Path, setting: str, content: str
) -> None:
    write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]), content)
    assert status(make_settings(**{setting: tmp_path / "e.json"})) == "unknown"


@pytest.mark.parametrize("setting", PROGRAMS)
def test_a_named_pipe_in_the_place_of_a_file_does_not_hold_the_run(
    make_settings: Make, tmp_path: Path, setting: str
) -> None:
    os.mkfifo(tmp_path / "e.json")
    assert status(make_settings(**{setting: tmp_path / "e.json"})) == "unknown"
    (tmp_path / "e.json").unlink()
    write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]))
    os.mkfifo(tmp_path / "e.json.exit")
    assert status(make_settings(**{setting: tmp_path / "e.json"})) == "unknown"


@pytest.mark.parametrize("setting", ["BACKUP_RESTIC", "BACKUP_MANIFEST", "BACKUP_KOPIA", "BACKUP_PROXMOX"])
def test_a_backup_that_is_too_small_is_no_good_one(make_settings: Make, tmp_path: Path, setting: str) -> None:
    file = write(tmp_path / "e.json", PROGRAMS[setting]([another(FRESH, size=999)]))
    assert status(make_settings(**{setting: file}, BACKUP_MIN_BYTES=1000)) == "failed"
    write(file, PROGRAMS[setting]([another(FRESH, ended=NOW - timedelta(hours=3)), another(FRESH, size=999)]))
    assert status(make_settings(**{setting: file}, BACKUP_MIN_BYTES=1000)) == "failed"
    assert status(make_settings(**{setting: file}, BACKUP_MIN_BYTES=999)) == "success"


@pytest.mark.parametrize("setting", PROGRAMS)
def test_a_backup_is_as_old_as_its_end_and_none_from_the_future_counts(
    make_settings: Make, tmp_path: Path, setting: str
) -> None:
    file = tmp_path / "e.json"
    settings = make_settings(**{setting: file})
    for ended, expected in (
        (NOW - timedelta(hours=24, minutes=59), "success"),
        (NOW - timedelta(hours=25), "warning"),
        (NOW - timedelta(hours=48), "failed"),
        (NOW + timedelta(minutes=6), "unknown"),
    ):
        write(file, PROGRAMS[setting]([Made(ended)]))
        assert status(settings) == expected, ended


# Nothing there


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


# Lines beside the JSON, and zones


LINES = [
    ("Using /etc/ansible/ansible.cfg as config file\n", ""),
    ("[WARNING]: provided hosts list is empty\n", ""),
    ("[2026-11-28 18:00:00] local: Listing repository\n", ""),
    ("/srv/borg/one: Listing archives\n\n", "\nsummary:\n/etc/borgmatic/config.yaml: Success\n"),
    ("{not json}\n", "\n"),
    ("\ufeff", ""),
]


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


# After an upgrade


# The group names in saved state of version 1, for one backup of each program that it knew.
FORMER = {
    "BACKUP_RESTIC": "web1:/srv/data",
    "BACKUP_BORG": "/srv/borg/one",
    "BACKUP_PGBACKREST": "orders",
    "BACKUP_ANSIBLE": "web1",
    "BACKUP_MANIFEST": "(all)",
}
SOURCES = {
    "BACKUP_RESTIC": "backup_restic",
    "BACKUP_BORG": "backup_borg",
    "BACKUP_PGBACKREST": "backup_pgbackrest",
    "BACKUP_ANSIBLE": "backup_ansible",
    "BACKUP_MANIFEST": "backup_manifests",
    "BACKUP_KOPIA": "backup_kopia",
    "BACKUP_PROXMOX": "backup_proxmox",
}


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
