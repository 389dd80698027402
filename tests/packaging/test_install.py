# SPDX-License-Identifier: MIT
"""Installed by apt from a repository, upgraded, removed, purged. No system is booted here."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status import __version__
from tests.booted.releases import sources
from tests.packaging import workshop
from tests.packaging.conftest import LATER

pytestmark = [pytest.mark.booted, pytest.mark.parametrize("suite", workshop.SUITES)]

SETTINGS = "etc/elytra-status/elytra-status.conf"


def version_in(root: Path) -> str:
    return workshop.in_root(root, "dpkg-query --show --showformat='${Version}' elytra-status").stdout


def test_the_installed_command_starts_without_what_it_does_not_need(client: Path, suite: str) -> None:
    """Among these is what some versions of setuptools make commands find their own package with."""
    workshop.in_root(client, workshop.INSTALL)
    told = workshop.in_root(client, "python3 -X importtime /usr/bin/elytra-status --version").stderr
    imported = set(re.findall(r"^import time:.*\| +(\S+)$", told, re.MULTILINE))
    assert "elytra_status.start" in imported
    assert not imported & {
        "pkg_resources",
        "importlib.metadata",
        "requests",
        "babel",
        "boto3",
        "jsonschema",
        "systemd",
        "logging",
    }


def test_the_user_is_made_the_timers_are_enabled_and_nothing_else_is(client: Path, suite: str) -> None:
    workshop.in_root(client, workshop.INSTALL)
    name, _, _, _, _, home, shell = workshop.in_root(client, "getent passwd elytra-status").stdout.strip().split(":")
    assert (name, home, shell) == ("elytra-status", "/var/lib/elytra-status", "/usr/sbin/nologin")
    enabled = {path.name for path in (client / "etc/systemd/system").rglob("elytra-status*")}
    assert enabled == {path.name for path in (workshop.TREE / "systemd").glob("*.timer")}


def test_a_later_version_comes_by_upgrade_and_changed_settings_stay(
    client: Path, repository: workshop.Repository, later_package: Callable[[str], Path], suite: str
) -> None:
    workshop.in_root(client, workshop.INSTALL)
    settings = client / SETTINGS
    settings.write_text(settings.read_text("utf-8") + "LOG_LEVEL=warning\n", encoding="utf-8")
    secret = client / "etc/elytra-status/credentials/spaces_secret_key"
    secret.write_text("a secret", encoding="utf-8")
    workshop.in_root(client, workshop.RUN)
    repository.add(later_package(workshop.SUITES[0]))

    workshop.in_root(client, "apt-get -q update; apt-get -q -y upgrade")
    assert version_in(client) == f"{LATER}-1"
    assert workshop.in_root(client, "elytra-status --version").stdout == f"elytra-status {LATER}\n"
    assert settings.read_text("utf-8").endswith("LOG_LEVEL=warning\n")
    assert settings.stat().st_mode & 0o7777 == 0o640
    assert secret.read_text("utf-8") == "a secret"
    assert (client / workshop.PUBLISHED.lstrip("/")).exists()

    # The older one is still available for a downgrade.
    workshop.in_root(client, f"apt-get -q -y --allow-downgrades install elytra-status={__version__}-1")
    assert version_in(client) == f"{__version__}-1"
    assert settings.read_text("utf-8").endswith("LOG_LEVEL=warning\n")
    workshop.in_root(client, workshop.RUN)


EDITED = "# Mine.\nLOG_LEVEL=warning\n"


def install_first_release(client: Path, package: Path, directory: Path) -> None:
    """Install 0.1.0 while the repository has the present version."""
    made = workshop.first_release(package, directory)
    shutil.copy(made, client / "root" / made.name)
    workshop.in_root(client, f"{workshop.INSTALL}; apt-get -q -y purge elytra-status; dpkg --install /root/{made.name}")
    assert version_in(client) == "0.1.0-1"


@pytest.mark.parametrize("action", ["upgrade", "-o Dpkg::Options::=--force-confask dist-upgrade"])
def test_an_upgrade_keeps_the_edited_settings_file_of_the_first_release_and_does_not_prompt(
    client: Path,
    repository: workshop.Repository,
    package: Callable[[str], Path],
    suite: str,
    tmp_path: Path,
    action: str,
) -> None:
    install_first_release(client, package(workshop.SUITES[0]), tmp_path)
    settings = client / SETTINGS
    settings.write_text(EDITED, encoding="utf-8")
    said = workshop.in_root(client, f"apt-get -q update; apt-get -q -y {action}").stdout
    assert version_in(client) == f"{__version__}-1"
    assert "Configuration file" not in said
    assert settings.read_text("utf-8") == EDITED
    assert settings.stat().st_mode & 0o7777 == 0o640
    assert [path.name for path in settings.parent.iterdir() if path.is_file()] == ["elytra-status.conf"]
    workshop.in_root(client, "apt-get -q -y purge elytra-status")
    assert not settings.parent.exists()


def test_where_the_long_settings_file_was_not_edited_the_short_one_takes_its_place(
    client: Path, repository: workshop.Repository, package: Callable[[str], Path], suite: str, tmp_path: Path
) -> None:
    install_first_release(client, package(workshop.SUITES[0]), tmp_path)
    workshop.in_root(client, "apt-get -q update; apt-get -q -y upgrade")
    assert (client / SETTINGS).read_text("utf-8") == (workshop.TREE / "debian/settings").read_text("utf-8")
    assert (client / SETTINGS).stat().st_mode & 0o7777 == 0o640


def test_the_short_settings_file_is_ten_lines_and_sets_nothing(client: Path, suite: str) -> None:
    workshop.in_root(client, workshop.INSTALL)
    lines = (client / SETTINGS).read_text("utf-8").splitlines()
    assert len(lines) == 10
    assert all(line.startswith("#") for line in lines)
    # Everything that it names first is a setting.
    (client / SETTINGS).write_text("\n".join(re.sub(r"^#(?=[A-Z_]+=)", "", line) for line in lines), encoding="utf-8")
    shown = workshop.in_root(client, "elytra-status config show", check=False)
    assert "not a setting" not in shown.stdout + shown.stderr
    for example in re.findall(r"/usr/share/\S+\.conf", "\n".join(lines)):
        assert (client / example.lstrip("/")).is_file()


def test_removed_it_keeps_settings_and_state_and_installed_again_it_finds_them(client: Path, suite: str) -> None:
    workshop.in_root(client, workshop.INSTALL)
    workshop.in_root(client, workshop.RUN)
    settings = client / SETTINGS
    settings.write_text("LOG_LEVEL=warning\n", encoding="utf-8")
    workshop.in_root(client, "apt-get -q -y remove elytra-status")
    assert not (client / "usr/bin/elytra-status").exists()
    assert not (client / "usr/bin/elytra").is_symlink()
    assert settings.exists()
    assert (client / workshop.PUBLISHED.lstrip("/")).exists()
    workshop.in_root(client, workshop.INSTALL)
    assert settings.read_text("utf-8") == "LOG_LEVEL=warning\n"
    assert (client / "usr/bin/elytra").is_symlink()


def test_purged_it_leaves_nothing_behind_but_its_user(client: Path, suite: str) -> None:
    before = workshop.state_of(client)
    workshop.in_root(client, workshop.INSTALL)
    workshop.in_root(client, workshop.RUN)
    (client / "etc/elytra-status/credentials/spaces_secret_key").write_text("a secret", encoding="utf-8")
    stamps = client / "var/lib/systemd/timers"
    stamps.mkdir(parents=True, exist_ok=True)
    (stamps / "stamp-elytra-status.timer").touch()
    assert workshop.state_of(client) != before
    workshop.in_root(client, "apt-get -q -y purge elytra-status")
    left = set(workshop.state_of(client).items()) ^ set(before.items())
    assert {entry for entry in left if entry[0] not in ("var/lib/systemd", "var/lib/systemd/timers")} == set()
    enabled = client / "var/lib/systemd/deb-systemd-helper-enabled"
    assert not [path for path in enabled.rglob("*") if "elytra" in path.name]
    workshop.in_root(client, "getent passwd elytra-status")


def test_a_package_built_on_the_other_release_works_too(
    client: Path, package: Callable[[str], Path], suite: str
) -> None:
    shutil.copy(package(workshop.SUITES[-1]), client / "other.deb")
    workshop.in_root(client, "apt-get -q -y --no-install-recommends install /other.deb")
    workshop.in_root(client, workshop.RUN)
    workshop.in_root(client, "systemd-analyze verify --man=no /usr/lib/systemd/system/elytra-status*.timer")
    workshop.in_root(client, f"{workshop.INSTALL} --reinstall --allow-downgrades")
    workshop.in_root(client, workshop.RUN)


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
    client: Path, tmp_path: Path, suite: str, first: str
) -> None:
    shutil.copy(other_elytra(tmp_path), client / "other.deb")
    steps = ["dpkg --install /other.deb", workshop.INSTALL]
    for step in steps if first == "the other" else reversed(steps):
        workshop.in_root(client, step)
    for after in ("true", f"{workshop.INSTALL} --reinstall", "apt-get -q -y remove elytra-status"):
        workshop.in_root(client, after)
        assert workshop.in_root(client, "elytra").stdout == "another one\n", after
    workshop.in_root(client, "dpkg --verify other-elytra")


def test_piuparts_passes(
    ready_root: Callable[[str], Path], package: Callable[[str], Path], suite: str, tmp_path: Path
) -> None:
    workshop.need_program("piuparts", "piuparts")
    mirror = [f"--mirror={sources(suite)}"] if sources(suite) else []
    result = subprocess.run(
        ["piuparts", *mirror, f"--existing-chroot={ready_root(suite)}", f"--distribution={suite}", "--no-eatmydata",
         # Newer versions than Debian 12's piuparts know that debconf leaves this.
         "--ignore-regex=/var/cache/debconf/tmp[.]ci/?", package(workshop.SUITES[0])],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-5000:]
    assert "PASS: All tests" in result.stdout
