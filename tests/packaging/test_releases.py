# SPDX-License-Identifier: MIT
"""On which releases apt installs the package, by the content of their archives."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging import workshop

pytestmark = pytest.mark.booted
# The versions of each release, from its own packages.
VERSIONS = {
    "Debian 12": {
        "systemd": "252.39-1~deb12u2",
        "python3": "3.11.2-1+b1",
        "python3-babel": "2.10.3-1",
        "python3-boto3": "1.26.27+dfsg-1",
        "python3-dotenv": "0.21.0-1",
        "python3-jsonschema": "4.10.3-1",
        "python3-prometheus-client": "0.16.0-0.1",
        "python3-requests": "2.28.1+dfsg-1",
        "python3-systemd": "235-1+b2",
    },
    "Debian 13": {
        "systemd": "257.13-1~deb13u1",
        "python3": "3.13.5-1",
        "python3-babel": "2.17.0-1",
        "python3-boto3": "1.37.9-1",
        "python3-dotenv": "1.0.1-1",
        "python3-jsonschema": "4.19.2-6",
        "python3-prometheus-client": "0.21.1+ds1-1",
        "python3-requests": "2.32.3+dfsg-5+deb13u1",
        "python3-systemd": "235-1+b6",
    },
    "Ubuntu 24.04": {
        "systemd": "255.4-1ubuntu8",
        "python3": "3.12.3-0ubuntu1",
        "python3-babel": "2.10.3-3build1",
        "python3-boto3": "1.34.46+dfsg-1ubuntu1",
        "python3-dotenv": "1.0.1-1",
        "python3-jsonschema": "4.10.3-2ubuntu1",
        "python3-prometheus-client": "0.19.0+ds1-1",
        "python3-requests": "2.31.0+dfsg-1ubuntu1",
        "python3-systemd": "235-1build4",
    },
    "Ubuntu 22.04": {
        "systemd": "249.11-0ubuntu3",
        "python3": "3.10.4-0ubuntu2",
        "python3-babel": "2.8.0+dfsg.1-7",
        "python3-boto3": "1.20.34+dfsg-1",
        "python3-dotenv": "0.19.2-1",
        "python3-jsonschema": "3.2.0-0ubuntu2",
        "python3-prometheus-client": "0.9.0-1",
        "python3-requests": "2.25.1+dfsg-2",
        "python3-systemd": "234-3ubuntu2",
    },
}


def install(package: Path, versions: dict[str, str], directory: Path) -> subprocess.CompletedProcess[str]:
    """Let apt plan the installation with these versions installed, and nothing else available."""
    status = directory / "status"
    status.write_text(
        "".join(
            f"Package: {name}\nStatus: install ok installed\nMaintainer: x\nArchitecture: all\nMulti-Arch: allowed\n"
            f"Version: {version}\nDescription: x\n\n"
            for name, version in {**versions, "ca-certificates": "20230311"}.items()
        )
    )
    (directory / "lists/partial").mkdir(parents=True, exist_ok=True)
    places = {
        "Dir::State::status": status,
        "Dir::State::lists": directory / "lists",
        "Dir::Cache": directory,
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
    }
    options = [f"--option={name}={place}" for name, place in places.items()]
    return subprocess.run(
        ["apt-get", *options, "--simulate", "--no-install-recommends", "install", package],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        check=False,
    )


@pytest.mark.parametrize("release", ["Debian 12", "Debian 13", "Ubuntu 24.04"])
def test_apt_installs_it_on_what_is_supported(release: str, package: Callable[[str], Path], tmp_path: Path) -> None:
    result = install(package(workshop.SUITES[0]), VERSIONS[release], tmp_path)
    assert result.returncode == 0, result.stderr + result.stdout
    assert "Inst elytra-status" in result.stdout


def test_apt_refuses_it_on_ubuntu_22_04(package: Callable[[str], Path], tmp_path: Path) -> None:
    versions = VERSIONS["Ubuntu 22.04"]
    result = install(package(workshop.SUITES[0]), versions, tmp_path)
    assert result.returncode == 100
    for name, version in workshop.dependencies.relations().items():
        assert f"Depends: {name} (>= {version}) but {versions[name]} is to be installed" in result.stdout


@pytest.mark.parametrize("name", VERSIONS["Ubuntu 22.04"])
def test_each_version_of_ubuntu_22_04_alone_is_too_old(
    name: str, package: Callable[[str], Path], tmp_path: Path
) -> None:
    one_too_old = {**VERSIONS["Debian 12"], name: VERSIONS["Ubuntu 22.04"][name]}
    assert install(package(workshop.SUITES[0]), one_too_old, tmp_path).returncode == 100
