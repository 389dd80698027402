# SPDX-License-Identifier: MIT
"""Installed by apt from a repository, upgraded, removed, purged. No system is booted here."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from elytra_status import __version__
from tests.packaging import workshop
from tests.packaging.conftest import LATER

pytestmark = [pytest.mark.system, pytest.mark.parametrize("suite", workshop.SUITES)]

INSTALL = "apt-get -y --no-install-recommends install elytra-status"
PUBLISHED = "/var/lib/elytra-status/public/status.json"
RUN = (
    "install -d -o elytra-status -m 0711 /var/lib/elytra-status;"
    " elytra-status config sample > /tmp/sample.conf; chmod 0644 /tmp/sample.conf;"
    " runuser -u elytra-status -- elytra-status run --config /tmp/sample.conf"
)
# The best of many calls: what else the machine does makes a call slower, nothing makes it faster.
MEASURE = """
import subprocess, time
def best(*command):
    times = []
    for _ in range(40):
        begins = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begins)
    return min(times)
print(best("elytra-status", "--version") / best("/usr/bin/python3", "-c", "pass"))
"""


@dataclass
class Repository:
    """A repository that is served on loopback."""

    directory: Path
    packages: Path
    url: str

    def add(self, package: Path) -> None:
        self.packages.mkdir(exist_ok=True)
        shutil.copy(package, self.packages)
        workshop.publish(self.packages, self.directory, self.url)


@pytest.fixture
def repository(tmp_path: Path, package: Callable[[str], Path]) -> Iterator[Repository]:
    """A repository with the package as it was built on Debian 12, for both releases."""
    directory = tmp_path / "served/repository"
    directory.mkdir(parents=True)
    with workshop.served(directory) as url:
        made = Repository(directory, tmp_path / "packages", url)
        made.add(package("bookworm"))
        yield made


@pytest.fixture
def root(scratch_root: Callable[..., Path], repository: Repository, suite: str) -> Path:
    """A root that has all that the package depends on, and knows the repository."""
    made = scratch_root(suite)
    workshop.add_source(made, repository.directory)
    return made


def version_in(root: Path) -> str:
    return workshop.in_root(root, "dpkg-query --show --showformat='${Version}' elytra-status").stdout


def test_on_a_fresh_system_it_is_installed_by_name(
    scratch_root: Callable[..., Path], repository: Repository, suite: str
) -> None:
    root = scratch_root(suite, plain=True)
    workshop.add_source(root, repository.directory)
    workshop.in_root(root, INSTALL)
    assert workshop.in_root(root, "elytra-status --version").stdout == f"elytra-status {__version__}\n"
    assert workshop.in_root(root, "elytra status --version").stdout == f"elytra-status {__version__}\n"
    workshop.in_root(root, RUN)
    published = root / PUBLISHED.lstrip("/")
    assert json.loads(published.read_text("utf-8"))["platform_status"] == "unknown"
    assert published.stat().st_mode & 0o777 == 0o644


def test_it_starts_in_at_most_twice_the_time_of_python_itself(root: Path, suite: str) -> None:
    workshop.in_root(root, INSTALL)
    (root / "measure.py").write_text(MEASURE, encoding="utf-8")
    ratio = float(workshop.in_root(root, "python3 /measure.py").stdout)
    assert ratio <= 2, ratio


def test_the_user_is_made_the_timers_are_enabled_and_nothing_else_is(root: Path, suite: str) -> None:
    workshop.in_root(root, INSTALL)
    name, _, _, _, _, home, shell = workshop.in_root(root, "getent passwd elytra-status").stdout.strip().split(":")
    assert (name, home, shell) == ("elytra-status", "/var/lib/elytra-status", "/usr/sbin/nologin")
    enabled = {path.name for path in (root / "etc/systemd/system").rglob("elytra-status*")}
    assert enabled == {path.name for path in (workshop.TREE / "systemd").glob("*.timer")}


def test_a_later_version_comes_by_upgrade_and_changed_settings_stay(
    root: Path, repository: Repository, later_package: Callable[[str], Path], suite: str
) -> None:
    workshop.in_root(root, INSTALL)
    settings = root / "etc/elytra-status/elytra-status.conf"
    settings.write_text(settings.read_text("utf-8") + "LOG_LEVEL=warning\n", encoding="utf-8")
    secret = root / "etc/elytra-status/credentials/spaces_secret_key"
    secret.write_text("a secret", encoding="utf-8")
    workshop.in_root(root, RUN)
    repository.add(later_package("bookworm"))

    workshop.in_root(root, "apt-get -q update; apt-get -q -y upgrade")
    assert version_in(root) == f"{LATER}-1"
    assert workshop.in_root(root, "elytra-status --version").stdout == f"elytra-status {LATER}\n"
    assert settings.read_text("utf-8").endswith("LOG_LEVEL=warning\n")
    assert settings.stat().st_mode & 0o7777 == 0o640
    assert secret.read_text("utf-8") == "a secret"
    assert (root / PUBLISHED.lstrip("/")).exists()

    # The older one is still there to go back to.
    workshop.in_root(root, f"apt-get -q -y --allow-downgrades install elytra-status={__version__}-1")
    assert version_in(root) == f"{__version__}-1"
    assert settings.read_text("utf-8").endswith("LOG_LEVEL=warning\n")
    workshop.in_root(root, RUN)


def test_removed_it_keeps_settings_and_state_and_installed_again_it_finds_them(root: Path, suite: str) -> None:
    workshop.in_root(root, INSTALL)
    workshop.in_root(root, RUN)
    settings = root / "etc/elytra-status/elytra-status.conf"
    settings.write_text("LOG_LEVEL=warning\n", encoding="utf-8")
    workshop.in_root(root, "apt-get -q -y remove elytra-status")
    assert not (root / "usr/bin/elytra-status").exists()
    assert not (root / "usr/bin/elytra").is_symlink()
    assert settings.exists()
    assert (root / PUBLISHED.lstrip("/")).exists()
    workshop.in_root(root, INSTALL)
    assert settings.read_text("utf-8") == "LOG_LEVEL=warning\n"
    assert (root / "usr/bin/elytra").is_symlink()


def test_purged_it_leaves_nothing_behind_but_its_user(root: Path, suite: str) -> None:
    before = workshop.state_of(root)
    workshop.in_root(root, INSTALL)
    workshop.in_root(root, RUN)
    (root / "etc/elytra-status/credentials/spaces_secret_key").write_text("a secret", encoding="utf-8")
    stamps = root / "var/lib/systemd/timers"
    stamps.mkdir(parents=True, exist_ok=True)
    (stamps / "stamp-elytra-status.timer").touch()
    assert workshop.state_of(root) != before
    workshop.in_root(root, "apt-get -q -y purge elytra-status")
    left = set(workshop.state_of(root).items()) ^ set(before.items())
    assert {entry for entry in left if entry[0] not in ("var/lib/systemd", "var/lib/systemd/timers")} == set()
    assert "elytra" not in workshop.in_root(root, "ls /var/lib/systemd/deb-systemd-helper-enabled 2>&1 || true").stdout
    workshop.in_root(root, "getent passwd elytra-status")


def test_a_package_built_on_the_other_release_works_too(root: Path, package: Callable[[str], Path], suite: str) -> None:
    shutil.copy(package("trixie"), root / "other.deb")
    workshop.in_root(root, "apt-get -q -y --no-install-recommends install /other.deb")
    workshop.in_root(root, RUN)
    workshop.in_root(root, "systemd-analyze verify --man=no /usr/lib/systemd/system/elytra-status*.timer")
    workshop.in_root(root, f"{INSTALL} --reinstall --allow-downgrades")
    workshop.in_root(root, RUN)


def other_elytra(directory: Path) -> Path:
    """Make another package that has a command named elytra."""
    tree = directory / "other"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/elytra").write_text("#!/bin/sh\necho another one\n", encoding="utf-8")
    (tree / "usr/bin/elytra").chmod(0o755)
    control = (
        "Package: other-elytra\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: other\n"
    )
    (tree / "DEBIAN/control").write_text(control, encoding="utf-8")
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, directory / "other.deb"], check=True)
    return directory / "other.deb"


@pytest.mark.parametrize("first", ["the other", "this"])
def test_it_leaves_the_elytra_command_of_another_package_alone(
    root: Path, tmp_path: Path, suite: str, first: str
) -> None:
    shutil.copy(other_elytra(tmp_path), root / "other.deb")
    steps = ["dpkg --install /other.deb", INSTALL]
    for step in steps if first == "the other" else reversed(steps):
        workshop.in_root(root, step)
    for after in ("true", f"{INSTALL} --reinstall", "apt-get -q -y remove elytra-status"):
        workshop.in_root(root, after)
        assert workshop.in_root(root, "elytra").stdout == "another one\n", after
    workshop.in_root(root, "dpkg --verify other-elytra")


def test_an_altered_package_is_refused(root: Path, repository: Repository, suite: str) -> None:
    (package,) = repository.directory.glob("pool/**/*.deb")
    content = bytearray(package.read_bytes())
    content[-1] ^= 1
    package.write_bytes(content)
    result = workshop.in_root(root, INSTALL, check=False)
    assert result.returncode != 0
    assert "Hash Sum mismatch" in result.stdout + result.stderr
    assert not (root / "usr/bin/elytra-status").exists()


def alter(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def alter_indexes(directory: Path) -> None:
    for path in (directory / "dists").rglob("*"):
        if path.is_file() and "Release" not in path.name:
            path.write_bytes(path.read_bytes().replace(b"elytra", b"alytre")[::-1])


def alter_release(directory: Path) -> None:
    alter(directory / "dists/stable/InRelease", b"Origin: elytra-status", b"Origin: somebody-else")


def drop_signature(directory: Path) -> None:
    (directory / "dists/stable/InRelease").unlink()
    (directory / "dists/stable/Release.gpg").unlink()


def sign_with_another_key(directory: Path) -> None:
    (directory.parent / "repository-trial-key.asc").unlink()
    workshop.publish(directory.parent.parent / "packages", directory, "http://127.0.0.1")


@pytest.mark.parametrize("change", [alter_indexes, alter_release, drop_signature, sign_with_another_key])
def test_an_altered_index_is_refused(
    scratch_root: Callable[..., Path], repository: Repository, suite: str, change: Callable[[Path], None]
) -> None:
    root = scratch_root(suite)
    key, source = ((repository.directory / f"elytra-status.{end}").read_bytes() for end in ("asc", "sources"))
    change(repository.directory)
    (root / "etc/apt/keyrings").mkdir(exist_ok=True)
    (root / "etc/apt/keyrings/elytra-status.asc").write_bytes(key)
    (root / "etc/apt/sources.list.d/elytra-status.sources").write_bytes(source)
    result = workshop.in_root(root, "apt-get update --error-on=any", check=False)
    assert result.returncode != 0
    assert workshop.in_root(root, INSTALL, check=False).returncode != 0
    assert not (root / "usr/bin/elytra-status").exists()


def test_piuparts_passes(
    plain_root: Callable[[str], Path], package: Callable[[str], Path], suite: str, tmp_path: Path
) -> None:
    if not shutil.which("piuparts"):
        pytest.skip("piuparts is missing")
    result = subprocess.run(
        ["piuparts", f"--existing-chroot={plain_root(suite)}", f"--distribution={suite}", "--no-eatmydata",
         # Newer ones than Debian 12's piuparts know that debconf leaves this.
         "--ignore-regex=/var/cache/debconf/tmp[.]ci/?", package("bookworm")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-5000:]
    assert "PASS: All tests" in result.stdout


def test_its_own_tests_pass_on_the_installed_package(root: Path, package: Callable[[str], Path], suite: str) -> None:
    shutil.copy(package("bookworm"), root / "package.deb")
    workshop.copy_tree(root / "source")
    workshop.in_root(root, "apt-get -q -y --no-install-recommends install autopkgtest dpkg-dev")
    result = workshop.in_root(root, "autopkgtest --no-built-binaries /package.deb /source -- null", check=False)
    summary = dict(line.split()[:2] for line in result.stdout.splitlines() if line[:9] in ("installed", "booted   "))
    assert summary == {"installed": "PASS", "booted": "SKIP"}, result.stdout + result.stderr
