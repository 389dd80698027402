# SPDX-License-Identifier: MIT
"""Evidence from real borg and borgmatic, judged by the real job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.backup_programs.conftest import Judge
from tests.backup_programs.programs import AS_ORDINARY_USER, LONG_AGO, keep, run, time_ago

NOW = timedelta(0)


class Borg:
    """Data, and the borg repositories into which it is backed up."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.data.mkdir()
        (self.data / "a").write_text("some text\n")
        self.environment = {
            "BORG_BASE_DIR": str(directory / "home"),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }

    def repository(self, name: str) -> Path:
        run("borg", "init", "--encryption=none", self.directory / name, environment=self.environment)
        return self.directory / name

    def backup(
        self,
        repository: Path,
        series: str = "web1",
        *,
        age: timedelta = NOW,
        zone: str = "UTC",
        expected: int = 0,
        before: tuple[str, ...] = (),
        archive: str = "",
    ) -> int:
        """Back up the data, and return the exit status. With `age`, the backup is dated by --timestamp."""
        made = time_ago(age)
        at = (f"--timestamp={made:%Y-%m-%dT%H:%M:%S}",) if age else ()
        name = archive or f"{series}-{made:%Y-%m-%dT%H:%M:%S}"
        command = (*before, "borg", "create", *at, f"{repository}::{name}", self.data)
        return run(*command, environment={**self.environment, "TZ": zone}, expected=[expected]).returncode

    def list(self, repository: Path, zone: str = "UTC") -> str:
        """Return borg's list of a repository's archives in a zone."""
        return run("borg", "list", "--json", repository, environment={**self.environment, "TZ": zone}).stdout


@pytest.fixture
def borg(tmp_path: Path) -> Borg:
    return Borg(tmp_path)


def test_good_and_then_old(borg: Borg, judge: Judge, tmp_path: Path) -> None:
    one = borg.repository("one")
    file = tmp_path / "borg.json"
    for age, expected in ((timedelta(hours=49), "failed"), (timedelta(hours=26), "warning"), (NOW, "success")):
        status = borg.backup(one, age=age)
        keep(file, borg.list(one), status)
        assert judge(BACKUP_BORG=file, BACKUP_BORG_TIMEZONE="UTC").status == expected


def test_a_repository_that_was_just_made_is_unknown(borg: Borg, judge: Judge, tmp_path: Path) -> None:
    judged = judge(BACKUP_BORG=keep(tmp_path / "borg.json", borg.list(borg.repository("one"))))
    assert judged.status == "unknown"
    assert "the repository holds no archive" in judged.explanation


def test_a_backup_into_a_repository_that_is_not_there_has_failed(borg: Borg, judge: Judge, tmp_path: Path) -> None:
    one = borg.repository("one")
    borg.backup(one)
    evidence = borg.list(one)
    status = borg.backup(tmp_path / "not-there", expected=2)
    judged = judge(BACKUP_BORG=keep(tmp_path / "borg.json", evidence, status))
    assert judged.status == "failed"
    assert "exit status 2" in judged.explanation


def test_a_backup_without_a_file_that_may_not_be_read_is_a_warning(borg: Borg, judge: Judge, tmp_path: Path) -> None:
    """borg makes an archive nevertheless, and ends with 1."""
    one = borg.repository("one")
    (borg.data / "secret").write_text("not to be read\n")
    (borg.data / "secret").chmod(0)
    status = borg.backup(one, expected=1, before=AS_ORDINARY_USER)
    assert judge(BACKUP_BORG=keep(tmp_path / "borg.json", borg.list(one), status)).status == "warning"


def test_an_off_site_repository_that_gets_nothing_has_failed(borg: Borg, judge: Judge, tmp_path: Path) -> None:
    near, far = borg.repository("near"), borg.repository("far")
    for one in (near, far):
        borg.backup(one, age=LONG_AGO)
    borg.backup(near)
    for one in (near, far):
        keep(tmp_path / "e" / f"{one.name}.json", borg.list(one), 0)
    assert judge(BACKUP_BORG=tmp_path / "e", BACKUP_BORG_TIMEZONE="UTC").status == "failed"
    borg.backup(far)
    keep(tmp_path / "e" / "far.json", borg.list(far), 0)
    assert judge(BACKUP_BORG=tmp_path / "e", BACKUP_BORG_TIMEZONE="UTC").status == "success"


def test_a_host_that_makes_no_backups_any_more_has_failed_beside_another(
    borg: Borg, judge: Judge, tmp_path: Path
) -> None:
    one = borg.repository("one")
    borg.backup(one, "web1", age=LONG_AGO)
    borg.backup(one, "web2")
    settings = {"BACKUP_BORG": keep(tmp_path / "borg.json", borg.list(one), 0), "BACKUP_BORG_TIMEZONE": "UTC"}
    assert judge(**settings).status == "failed"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("age", [NOW, timedelta(hours=30)], ids=["fresh", "old"])
def test_a_list_of_a_machine_in_another_zone(
    borg: Borg, judge: Judge, tmp_path: Path, zone: str, age: timedelta
) -> None:
    """borg 1 writes no zone. An old backup is never published as fresh, and with the setting nothing is guessed."""
    one = borg.repository("one")
    begins = time_ago(age)
    borg.backup(one, age=age, zone="UTC")
    file = keep(tmp_path / "borg.json", borg.list(one, zone), 0)
    expected = "success" if age == NOW else "warning"
    guessed = judge(BACKUP_BORG=file)
    assert "BACKUP_BORG_TIMEZONE" in guessed.explanation
    told = judge(BACKUP_BORG=file, BACKUP_BORG_TIMEZONE=zone)
    assert told.status == expected
    assert told.covered_until
    assert guessed.covered_until
    assert guessed.covered_until <= told.covered_until
    assert begins <= datetime.strptime(told.covered_until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    in_utc = keep(tmp_path / "utc.json", borg.list(one), 0)
    assert judge(BACKUP_BORG=in_utc, BACKUP_BORG_TIMEZONE="UTC").covered_until == told.covered_until


def test_archives_that_are_named_without_a_date_are_a_group_each(borg: Borg, judge: Judge, tmp_path: Path) -> None:
    """They may be named after hosts: a fresh one must not hide an old one."""
    one = borg.repository("one")
    borg.backup(one, archive="web1", age=LONG_AGO)
    borg.backup(one, archive="web2")
    judged = judge(BACKUP_BORG=keep(tmp_path / "borg.json", borg.list(one), 0), BACKUP_BORG_TIMEZONE="UTC")
    assert judged.status == "failed"
    assert "one:web1" in judged.explanation
    assert "one:web2" in judged.explanation


class Borgmatic:
    """A configuration of borgmatic with two repositories."""

    def __init__(self, borg: Borg) -> None:
        self.borg = borg
        self.near, self.far = borg.repository("near"), borg.repository("far")
        self.file = borg.directory / "config.yaml"
        self.configure(self.near, self.far)

    def configure(self, *repositories: Path) -> None:
        places = "".join(f"        - {place}\n" for place in repositories)
        self.file.write_text(
            f"location:\n    source_directories:\n        - {self.borg.data}\n    repositories:\n{places}"
            "storage:\n    unknown_unencrypted_repo_access_is_ok: true\n"
        )

    def run(self, *arguments: str, expected: int = 0) -> str:
        command = ("borgmatic", "--config", self.file, *arguments)
        return run(*command, environment=self.borg.environment, expected=[expected]).stdout


@pytest.fixture
def borgmatic(borg: Borg) -> Borgmatic:
    return Borgmatic(borg)


@pytest.mark.parametrize("verbosity", ["0", "1"])
def test_what_borgmatic_lists_of_two_repositories(
    borgmatic: Borgmatic, judge: Judge, tmp_path: Path, verbosity: str
) -> None:
    file = tmp_path / "borg.json"
    options = ("--verbosity", verbosity, "list", "--json")
    settings = {"BACKUP_BORG": file, "BACKUP_BORG_TIMEZONE": "UTC"}
    keep(file, borgmatic.run(*options))
    assert judge(**settings).status == "unknown"
    borgmatic.run("create")
    keep(file, borgmatic.run(*options), 0)
    assert judge(**settings).status == "success"


def test_an_off_site_repository_of_borgmatic_that_is_empty_or_old(
    borgmatic: Borgmatic, judge: Judge, tmp_path: Path
) -> None:
    borgmatic.configure(borgmatic.near)
    borgmatic.run("create")
    borgmatic.configure(borgmatic.near, borgmatic.far)
    file = tmp_path / "borg.json"
    settings = {"BACKUP_BORG": file, "BACKUP_BORG_TIMEZONE": "UTC"}
    keep(file, borgmatic.run("list", "--json"), 0)
    assert judge(**settings).status == "unknown"
    borgmatic.borg.backup(borgmatic.far, "vm", age=LONG_AGO)
    keep(file, borgmatic.run("list", "--json"), 0)
    assert judge(**settings).status == "failed"


def test_a_missing_off_site_repository_of_borgmatic_has_failed(
    borgmatic: Borgmatic, judge: Judge, tmp_path: Path
) -> None:
    borgmatic.run("create")
    before = borgmatic.run("list", "--json")
    file = keep(tmp_path / "borg.json", before, 0)
    borgmatic.far.rename(tmp_path / "elsewhere")
    borgmatic.run("create", expected=1)
    listed = borgmatic.run("list", "--json", expected=1)
    settings = {"BACKUP_BORG": keep(file, listed, 1), "BACKUP_BORG_TIMEZONE": "UTC"}
    assert judge(**settings).status == "unknown", "the list broke off, and names neither repository"
    keep(file, before, 1)
    assert judge(**settings).status == "failed"
