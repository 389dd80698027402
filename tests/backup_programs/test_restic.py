# SPDX-License-Identifier: MIT
"""Evidence from a real restic, judged by the real job."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.backup_programs.conftest import Judge
from tests.backup_programs.programs import AS_ORDINARY_USER, LONG_AGO, keep, run, time_ago


class Repository:
    """A restic repository, and the data that is backed up into it."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.data.mkdir()
        (self.data / "a").write_text("some text\n")
        self.environment = {
            "RESTIC_REPOSITORY": str(directory / "repository"),
            "RESTIC_PASSWORD": "planted-password",
            "RESTIC_CACHE_DIR": str(directory / "cache"),
        }
        run("restic", "init", environment=self.environment)

    def backup(
        self,
        *options: str | Path,
        age: timedelta = timedelta(0),
        zone: str = "UTC",
        expected: int = 0,
        before: tuple[str, ...] = (),
    ) -> int:
        """Back up the data, and return the exit status. With `age`, the backup is dated by --time."""
        at = ("--time", f"{time_ago(age):%Y-%m-%d %H:%M:%S}") if age else ()
        environment = {**self.environment, "TZ": zone}
        command = ("restic", "backup", "--quiet", *at, *(options or (self.data,)))
        return run(*before, *command, environment=environment, expected=[expected]).returncode

    def list(self) -> str:
        """Return restic's list of its snapshots."""
        return run("restic", "snapshots", "--json", environment=self.environment).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[str], Repository]:
    def make(name: str) -> Repository:
        (tmp_path / name).mkdir()
        return Repository(tmp_path / name)

    return make


def test_good_and_then_old(repository: Callable[[str], Repository], judge: Judge, tmp_path: Path) -> None:
    one = repository("one")
    file = tmp_path / "restic.json"
    for age, expected in ((timedelta(hours=49), "failed"), (timedelta(hours=26), "warning"), (timedelta(0), "success")):
        status = one.backup(age=age)
        keep(file, one.list(), status)
        assert judge(BACKUP_RESTIC=file).status == expected


def test_a_repository_that_was_just_made_is_unknown(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path
) -> None:
    judged = judge(BACKUP_RESTIC=keep(tmp_path / "restic.json", repository("one").list()))
    assert judged.status == "unknown"
    assert "the repository holds no snapshot" in judged.explanation


def test_a_backup_of_what_is_not_there_has_failed(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path
) -> None:
    one = repository("one")
    one.backup()
    status = one.backup(tmp_path / "not-there", expected=1)
    judged = judge(BACKUP_RESTIC=keep(tmp_path / "restic.json", one.list(), status))
    assert judged.status == "failed"
    assert "exit status 1" in judged.explanation


def test_a_backup_without_a_file_that_may_not_be_read_has_failed(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path
) -> None:
    """restic makes a snapshot nevertheless, and ends with 3."""
    one = repository("one")
    (one.data / "secret").write_text("not to be read\n")
    (one.data / "secret").chmod(0)
    status = one.backup(before=AS_ORDINARY_USER, expected=3)
    file = keep(tmp_path / "restic.json", one.list(), status)
    assert len(json.loads(file.read_text())) == 1
    judged = judge(BACKUP_RESTIC=file)
    assert (judged.status, judged.covered_until) == ("failed", None)
    (one.data / "secret").chmod(0o600)
    status = one.backup()
    assert judge(BACKUP_RESTIC=keep(file, one.list(), status)).status == "success"


def test_an_off_site_repository_that_gets_nothing_has_failed(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path
) -> None:
    near, far = repository("near"), repository("far")
    for one in (near, far):
        one.backup("--host=web1", near.data, age=LONG_AGO)
    near.backup("--host=web1", near.data)
    for name, one in (("near", near), ("far", far)):
        keep(tmp_path / "e" / f"{name}.json", one.list(), 0)
    assert judge(BACKUP_RESTIC=tmp_path / "e").status == "failed"
    far.backup("--host=web1", near.data)
    keep(tmp_path / "e" / "far.json", far.list(), 0)
    assert judge(BACKUP_RESTIC=tmp_path / "e").status == "success"


def test_a_host_that_makes_no_backups_any_more_has_failed_beside_another(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path
) -> None:
    one = repository("one")
    one.backup("--host=web1", one.data)
    one.backup("--host=web2", one.data, age=LONG_AGO)
    judged = judge(BACKUP_RESTIC=keep(tmp_path / "restic.json", one.list(), 0))
    assert judged.status == "failed"
    assert judged.covered_until
    assert judged.covered_until < f"{time_ago(timedelta(days=4)):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_backup_of_a_machine_in_another_zone_is_as_old_as_it_is(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path, zone: str
) -> None:
    one = repository("one")
    begins = time_ago(timedelta(0))
    one.backup(zone=zone)
    judged = judge(BACKUP_RESTIC=keep(tmp_path / "restic.json", one.list(), 0))
    assert judged.status == "success"
    assert judged.covered_until
    assert begins <= datetime.strptime(judged.covered_until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert judged.covered_until <= f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_paths_that_were_added_supersede_the_old_set(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path
) -> None:
    one = repository("one")
    (tmp_path / "more").mkdir()
    one.backup(age=LONG_AGO)
    one.backup(one.data, tmp_path / "more")
    assert judge(BACKUP_RESTIC=keep(tmp_path / "restic.json", one.list(), 0)).status == "success"


def test_a_list_in_another_shape_is_refused(
    repository: Callable[[str], Repository], judge: Judge, tmp_path: Path
) -> None:
    """With --group-by, restic's JSON has another form, from which nothing may be guessed."""
    one = repository("one")
    one.backup()
    grouped = run("restic", "snapshots", "--json", "--group-by=host", environment=one.environment).stdout
    assert judge(BACKUP_RESTIC=keep(tmp_path / "restic.json", grouped, 0)).status == "unknown"
