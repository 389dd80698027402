# SPDX-License-Identifier: MIT
"""Why a backup group is not a success, and how to end it: the same in journal, summary, explanation and doctor."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.decision.missing_groups import Before
from elytra_status.doctor.backup_groups import groups
from elytra_status.model import BackupGroup
from elytra_status.run import saved_state
from elytra_status.run.assess import policy_rules
from elytra_status.run.explanation import explain
from elytra_status.run.summary import describe
from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence import kind_of
from elytra_status.sources.backup_evidence.groups import Placed, counting, groups_of
from elytra_status.sources.backup_evidence.kind import Evidence, Identity
from tests.judged_evidence import CHECK, DEAD, FRESH, NOW, judge, status
from tests.made_evidence import PROGRAMS, Made, another, ansible, write

Make = Callable[..., Settings]
RETIRE = "if the group is meant to end, elytra-status backups retire GROUP"


def shown(settings: Settings, state: Path | None = None) -> dict[str, str]:
    """Return what each of them says, in one line."""
    assessment = judge(settings, state)
    findings = [
        one for report in assessment.reports for one in groups(report, assessment.decision, NOW, policy_rules(settings))
    ]
    everything = {
        "summary": describe(assessment, "here", NOW, 70),
        "explain": explain(settings, assessment, NOW),
        "doctor": "\n".join(f"{one.seen} → {one.remedy}" for one in findings),
        "journal": "\n".join(words for report in assessment.reports for words in map(str, report.warnings)),
    }
    return {name: " ".join(text.split()) for name, text in everything.items()}


# Failed for ever


def containers() -> Sequence[Made]:
    """A container with a new host name each night, for a week."""
    return [Made(NOW - timedelta(hours=1, days=day), host=f"c0ffee{day:06}", paths=("/data",)) for day in range(7)]


def test_containers_with_a_new_host_name_each_night_have_a_way_out(make_settings: Make, tmp_path: Path) -> None:
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](containers()))
    settings = make_settings(BACKUP_RESTIC=file)
    assert status(settings) == "failed"
    for name, text in shown(settings).items():
        assert "set BACKUP_RESTIC_GROUP_BY=paths" in text, name
        assert "elytra-status backups retire GROUP" in text, name
    assert "6 backup groups are too old or missing. Another host has" in shown(settings)["journal"]
    settings = make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY="paths")
    assert status(settings) == "success"
    assert "GROUP_BY" not in str(shown(settings))


def test_they_have_it_too_when_old_snapshots_are_removed(make_settings: Make, tmp_path: Path) -> None:
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](containers()))
    settings = make_settings(BACKUP_RESTIC=file)
    judge(settings, tmp_path)
    write(file, PROGRAMS["BACKUP_RESTIC"](containers()[:1]))
    for name, text in shown(settings, tmp_path).items():
        assert "set BACKUP_RESTIC_GROUP_BY=paths" in text, name


@pytest.mark.parametrize("pruned", [False, True], ids=["all listed", "old ones removed"])
def test_the_way_out_leaves_no_group_of_the_old_setting_behind(
    make_settings: Make, tmp_path: Path, pruned: bool
) -> None:
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](containers()))
    settings = make_settings(BACKUP_RESTIC=file)
    assert status(settings, tmp_path) == "failed"
    if pruned:
        write(file, PROGRAMS["BACKUP_RESTIC"](containers()[:1]))
        assert status(settings, tmp_path) == "failed"
    settings = make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY="paths")
    assert status(settings, tmp_path, NOW + timedelta(minutes=10)) == "success"
    assert len(judge(settings, tmp_path, NOW + timedelta(minutes=20)).reports[0].backup_groups) == 1
    # And back: a host that makes no backups any more is then seen again.
    settings = make_settings(BACKUP_RESTIC=file)
    expected = "success" if pruned else "failed"
    assert status(settings, tmp_path, NOW + timedelta(minutes=30)) == expected


def test_another_setting_hides_no_group_that_is_missing(make_settings: Make, tmp_path: Path) -> None:
    backups = [another(FRESH, paths=("/data",)), another(FRESH, host="web2", paths=("/mail",))]
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](backups))
    assert status(make_settings(BACKUP_RESTIC=file), tmp_path) == "success"
    write(file, PROGRAMS["BACKUP_RESTIC"](backups[:1]))
    for group_by in ("host,paths", "paths", "host"):
        settings = make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY=group_by)
        assert status(settings, tmp_path, NOW + timedelta(hours=1)) == "unknown", group_by


def test_paths_that_were_edited_have_a_way_out(make_settings: Make, tmp_path: Path) -> None:
    """If the new set does not hold all old paths, the old set may still be needed."""
    backups = [another(DEAD, paths=("/srv", "/old")), another(FRESH, paths=("/srv", "/new"))]
    settings = make_settings(BACKUP_RESTIC=write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"](backups)))
    assert status(settings) == "failed"
    for name, text in shown(settings).items():
        assert "if its paths were edited, elytra-status backups retire GROUP" in text, name


@pytest.mark.parametrize("group_by", ["host,paths", "host", "paths", "tag", "host,tag"])
def test_groups_of_saved_state_by_another_setting_do_no_harm(
    make_settings: Make, tmp_path: Path, group_by: str
) -> None:
    file = write(tmp_path / "e.json", PROGRAMS["BACKUP_RESTIC"]([DEAD, another(FRESH, host="web2", tags=("a",))]))
    for before in ("host,paths", "host", "paths", "tag", "host,tag"):
        (tmp_path / saved_state.FILE).unlink(missing_ok=True)
        judge(make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY=before), tmp_path)
        (report,) = judge(make_settings(BACKUP_RESTIC=file, BACKUP_RESTIC_GROUP_BY=group_by), tmp_path).reports
        assert not report.problem


def test_ways_out_of_many_groups_take_no_long_time() -> None:
    """10,000 groups of one file: each is examined a fixed number of times."""
    rules = kind_of("restic").rules(Settings())

    class Counting(dict[Any, Any]):
        looked = 0

        def items(self) -> Any:
            for item in super().items():
                Counting.looked += 1
                yield item

    newest = Counting({(f"host{number}", ("/data",)): NOW - timedelta(minutes=number) for number in range(10_000)})
    assert len(rules.ways_out(newest)) == 9_999
    assert Counting.looked <= 20_000


def test_each_of_many_hosts_is_compared_with_itself_alone() -> None:
    rules = kind_of("restic").rules(Settings())
    text = json.dumps(PROGRAMS["BACKUP_RESTIC"]([another(FRESH, host=f"host{number}") for number in range(1000)]))
    series = rules.read(Evidence("", text, NOW))
    found = groups_of([Placed("", NOW, one) for one in series], Before(), NOW)
    compared = []

    def covers(new: Identity, old: Identity) -> bool:
        compared.append(new)
        return rules.covers(new, old)

    assert len(counting(replace(rules, covers=covers), found)) == 1000
    assert len(compared) == 1000


# Any other group


@pytest.mark.parametrize("setting", PROGRAMS)
def test_a_group_that_is_too_old_has_a_way_out(make_settings: Make, tmp_path: Path, setting: str) -> None:
    settings = make_settings(**{setting: write(tmp_path / "e.json", PROGRAMS[setting]([DEAD]))})
    texts = shown(settings)
    assert all(RETIRE in texts[name] for name in ("summary", "explain", "doctor"))
    settings = make_settings(**{setting: write(tmp_path / "e.json", PROGRAMS[setting]([FRESH]))})
    assert "retire" not in str(shown(settings))


@pytest.mark.parametrize("setting", PROGRAMS)
def test_a_group_that_is_missing_has_a_way_out(make_settings: Make, tmp_path: Path, setting: str) -> None:
    write(tmp_path / "e" / "one.json", PROGRAMS[setting]([FRESH]))
    write(tmp_path / "e" / "two.json", PROGRAMS[setting]([another(FRESH, group="acme")]))
    settings = make_settings(**{setting: tmp_path / "e"})
    judge(settings, tmp_path)
    (tmp_path / "e" / "two.json").unlink()
    for name, text in shown(settings, tmp_path).items():
        assert "elytra-status backups retire GROUP" in text, name
        assert "missing from the evidence" in text, name


# Why a group is not a success: settings, evidence, and what each of them says.
REASONS: dict[str, tuple[str, Any, int | None, dict[str, str], str]] = {
    "empty repository": ("BACKUP_RESTIC", [], None, {}, "the repository holds no snapshot"),
    "empty list of repositories": ("BACKUP_BORG", [], None, {}, "the list holds no repository"),
    "empty off-site repository": (
        "BACKUP_BORG",
        [*PROGRAMS["BACKUP_BORG"]([FRESH]), {"repository": {"location": "/srv/borg/two"}, "archives": []}],
        None,
        {},
        "the repository holds no archive",
    ),
    "empty stanza": (
        "BACKUP_PGBACKREST",
        [{"name": "orders", "backup": [], "status": {"code": 2, "message": "no valid backups"}}],
        None,
        {},
        "the stanza holds no backup in this repository",
    ),
    "empty list of manifests": ("BACKUP_MANIFEST", [], None, {}, "the list of manifests is empty"),
    "skipped": (
        "BACKUP_ANSIBLE",
        ansible([FRESH], skipped=True, changed=False),
        0,
        {},
        "the playbook skipped every task that could make a backup",
    ),
    "--check": (
        "BACKUP_ANSIBLE", ansible([FRESH], skipped=True, msg=CHECK), 0, {}, "the playbook ran with --check"
    ),
    "no host": ("BACKUP_ANSIBLE", {"plays": [], "stats": {}}, 0, {}, "the playbook matched no host"),
    "partial, restic": (
        "BACKUP_RESTIC",
        PROGRAMS["BACKUP_RESTIC"]([FRESH]),
        3,
        {},
        "the job that writes this evidence ended with exit status 3",
    ),
    "partial, kopia": (
        "BACKUP_KOPIA",
        [{**PROGRAMS["BACKUP_KOPIA"]([FRESH])[0], "incomplete": "canceled"}],
        None,
        {},
        "the last snapshot is incomplete: canceled",
    ),
    "too small": (
        "BACKUP_RESTIC",
        PROGRAMS["BACKUP_RESTIC"]([FRESH]),
        None,
        {"BACKUP_MIN_BYTES": "1000000"},
        "the last backup is smaller than BACKUP_MIN_BYTES",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REASONS)
def test_summary_explanation_and_doctor_say_why(make_settings: Make, tmp_path: Path, case: str) -> None:
    setting, value, exit_status, more, reason = REASONS[case]
    file = write(tmp_path / "e.json", value, exit_status)
    texts = shown(make_settings(**{setting: file, **more}))
    for name in ("summary", "explain", "doctor"):
        assert reason in texts[name], name


def test_that_the_zone_of_times_is_not_known_is_said_everywhere(make_settings: Make, tmp_path: Path) -> None:
    made = PROGRAMS["BACKUP_BORG"]([another(FRESH, ended=NOW - timedelta(hours=20))])
    for archive in made[0]["archives"]:
        archive["time"] = archive["time"].removesuffix("+00:00")
    settings = make_settings(BACKUP_BORG=write(tmp_path / "e.json", made))
    assert status(settings) == "warning"
    texts = shown(settings)
    for name in ("journal", "explain"):
        assert "set BACKUP_BORG_TIMEZONE" in texts[name], name
    assert "borg 1 writes times without a zone" in texts["summary"]


def test_what_stands_for_groups_that_are_not_known_is_not_to_be_retired() -> None:
    from elytra_status.decision.ended_groups import way_out

    assert way_out(BackupGroup("(files that cannot be used)", None, reason="the JSON breaks off")) == ""
    assert way_out(BackupGroup("acme", None, key="acme")) == RETIRE
