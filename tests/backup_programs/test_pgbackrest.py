# SPDX-License-Identifier: MIT
"""Evidence from a real pgBackRest with a real PostgreSQL, judged by the real job."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.backup_programs.conftest import Judge
from tests.backup_programs.programs import LONG_AGO, keep, run, time_ago

# PostgreSQL does not run as root.
USER = "postgres"
# The exit status of pgBackRest if it finds no PostgreSQL.
NOT_REACHED = 56
NOW = timedelta(0)


def binaries() -> Path:
    """Return the directory with the programs of the newest installed PostgreSQL."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max(found, key=lambda path: int(path.parts[-3])).parent


class Cluster:
    """A running PostgreSQL with its data in memory."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.data, self.programs = directory, directory / "data", binaries()
        run(self.programs / "initdb", "--no-sync", "--auth=trust", f"--pgdata={self.data}", user=USER)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                f"fsync = off\nlisten_addresses = ''\nunix_socket_directories = '{directory}'\narchive_mode = on\n"
                f"archive_command = 'pgbackrest --config={directory}/current.conf --stanza=main archive-push %p'\n"
            )
        # The server outlives pg_ctl, so its output must not keep the pipe of the caller open.
        self.control("start", "--wait", f"--log={directory}/log")

    def control(self, *arguments: str) -> None:
        run(self.programs / "pg_ctl", f"--pgdata={self.data}", *arguments, user=USER)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        shutil.chown(directory, USER, USER)
        running = Cluster(Path(directory))
        yield running
        running.control("stop", "--mode=immediate")


class Stanza:
    """A stanza of the cluster, with its own repositories."""

    def __init__(self, cluster: Cluster, directory: Path, repositories: int) -> None:
        self.cluster, self.directory, self.file = cluster, directory, directory / "pgbackrest.conf"
        places = "".join(
            f"repo{key}-path={directory}/repo{key}\nrepo{key}-retention-full=9\n" for key in range(1, repositories + 1)
        )
        self.file.write_text(
            f"[global]\n{places}log-path={directory}\nlock-path={directory}\nlog-level-file=off\n"
            "log-level-console=error\nstart-fast=y\ncompress-type=none\narchive-timeout=20\n"
            f"[main]\npg1-path={cluster.data}\npg1-socket-path={cluster.directory}\n"
        )
        shutil.chown(directory, USER, USER)
        current = cluster.directory / "current.conf"
        current.unlink(missing_ok=True)
        current.symlink_to(self.file)

    def run(
        self, *arguments: str, age: timedelta = NOW, expected: int = 0, environment: Mapping[str, str] | None = None
    ) -> str:
        """Run pgBackRest, with an earlier clock if an `age` is given."""
        before = ("faketime", f"{time_ago(age):%Y-%m-%d %H:%M:%S}") if age else ()
        command = (*before, "pgbackrest", f"--config={self.file}", "--stanza=main", *arguments)
        return run(*command, user=USER, expected=[expected], environment=environment).stdout

    def info(self, **environment: str) -> str:
        """Return pgBackRest's output about all stanzas."""
        command = ("pgbackrest", f"--config={self.file}", "--output=json", "info")
        return run(*command, user=USER, environment=environment).stdout

    def backup(self, repository: int = 1, *, age: timedelta = NOW) -> None:
        """Back up the cluster. A backup with an age is made from a copy of the stopped cluster."""
        where = f"--repo={repository}"
        if not age:
            self.run(where, "backup")
            return
        copy = self.directory / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.cluster.data, copy, ignore=shutil.ignore_patterns("postmaster.pid"))
        run("chown", "-R", f"{USER}:{USER}", copy)
        self.run(where, f"--pg1-path={copy}", "--no-online", "backup", age=age)


@pytest.fixture
def stanza(cluster: Cluster, tmp_path: Path) -> Iterator[Stanza]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        yield Stanza(cluster, Path(directory), 2)


def test_good_and_then_old(stanza: Stanza, judge: Judge, tmp_path: Path) -> None:
    file = tmp_path / "info.json"
    stanza.run("stanza-create")
    for age, expected in ((timedelta(hours=49), "failed"), (timedelta(hours=26), "warning"), (NOW, "success")):
        for repository in (1, 2):
            stanza.backup(repository, age=age)
        assert judge(BACKUP_PGBACKREST=keep(file, stanza.info(), 0)).status == expected


def test_a_repository_without_a_stanza_or_a_backup_is_unknown(stanza: Stanza, judge: Judge, tmp_path: Path) -> None:
    file = tmp_path / "info.json"
    judged = judge(BACKUP_PGBACKREST=keep(file, stanza.info(), 0))
    assert judged.status == "unknown"
    assert "the list holds no stanza" in judged.explanation
    stanza.run("stanza-create")
    judged = judge(BACKUP_PGBACKREST=keep(file, stanza.info(), 0))
    assert judged.status == "unknown"
    assert "the stanza holds no backup in this repository" in judged.explanation


def test_an_off_site_repository_that_is_empty_is_unknown_and_one_that_is_old_has_failed(
    stanza: Stanza, judge: Judge, tmp_path: Path
) -> None:
    file = tmp_path / "info.json"
    stanza.run("stanza-create")
    stanza.backup(1)
    assert judge(BACKUP_PGBACKREST=keep(file, stanza.info(), 0)).status == "unknown"
    stanza.backup(2, age=LONG_AGO)
    judged = judge(BACKUP_PGBACKREST=keep(file, stanza.info(), 0))
    assert judged.status == "failed"
    assert judged.covered_until
    assert judged.covered_until < f"{time_ago(timedelta(days=4)):%Y-%m-%dT%H:%M:%SZ}"


def test_a_backup_of_a_server_that_is_not_reached_has_failed(stanza: Stanza, judge: Judge, tmp_path: Path) -> None:
    stanza.run("stanza-create")
    for repository in (1, 2):
        stanza.backup(repository)
    stanza.run("--repo=1", f"--pg1-socket-path={tmp_path}", "backup", expected=NOT_REACHED)
    judged = judge(BACKUP_PGBACKREST=keep(tmp_path / "info.json", stanza.info(), NOT_REACHED))
    assert judged.status == "failed"
    assert f"exit status {NOT_REACHED}" in judged.explanation


def test_of_two_machines_the_one_without_backups_has_failed(stanza: Stanza, judge: Judge, tmp_path: Path) -> None:
    stanza.run("stanza-create")
    for repository in (1, 2):
        stanza.backup(repository)
    keep(tmp_path / "e" / "one.json", stanza.info(), 0)
    assert judge(BACKUP_PGBACKREST=tmp_path / "e").status == "success"
    with stanza.file.open("a") as file:
        file.write(f"[second]\npg1-path={stanza.directory}/copy\n")
    shutil.copytree(stanza.cluster.data, stanza.directory / "copy", ignore=shutil.ignore_patterns("postmaster.pid"))
    run("chown", "-R", f"{USER}:{USER}", stanza.directory / "copy")
    second = ("pgbackrest", f"--config={stanza.file}", "--stanza=second", "--no-online")
    run(*second, "stanza-create", user=USER)
    for repository in ("--repo=1", "--repo=2"):
        run("faketime", "5 days ago", *second, repository, "backup", user=USER)
    keep(tmp_path / "e" / "one.json", stanza.info(), 0)
    assert judge(BACKUP_PGBACKREST=tmp_path / "e").status == "failed"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_a_list_of_a_machine_in_another_zone(stanza: Stanza, judge: Judge, tmp_path: Path, zone: str) -> None:
    stanza.run("stanza-create")
    begins = time_ago(NOW)
    for repository in (1, 2):
        stanza.backup(repository)
    judged = judge(BACKUP_PGBACKREST=keep(tmp_path / "info.json", stanza.info(TZ=zone), 0))
    assert judged.status == "success"
    assert judged.covered_until
    assert begins <= datetime.strptime(judged.covered_until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
