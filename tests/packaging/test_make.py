# SPDX-License-Identifier: MIT
"""`make deb` and `make repo` on a fresh machine, and what stdeb has a part in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status import __version__
from tests.packaging import workshop

pytestmark = [pytest.mark.system, pytest.mark.parametrize("suite", workshop.SUITES)]
QUICK = {"DEB_BUILD_OPTIONS": "nocheck"}


@pytest.fixture
def root(scratch_root: Callable[..., Path], suite: str) -> Path:
    """A fresh machine with make and python3, and the sources in /source."""
    made = scratch_root(suite, plain=True)
    workshop.copy_tree(made / "source")
    workshop.in_root(made, "apt-get -qq update; apt-get -qq -y --no-install-recommends install make python3")
    return made


def test_one_command_each_makes_package_source_and_repository_and_a_plain_build_the_same_package(
    root: Path, package: Callable[[str], Path], suite: str
) -> None:
    log = workshop.in_root(root, "cd /source; make deb; make repo", environment=QUICK)
    assert "debian/ and setup.py agree" in log.stdout
    assert "REPOSITORY_KEY is not set" in log.stderr
    made = {path.name for path in (root / "source/dist").iterdir() if path.is_file()}
    ends = ("-1.debian.tar.xz", "-1.dsc", "-1_all.deb", "-1_amd64.buildinfo", "-1_amd64.changes", ".orig.tar.gz")
    assert made == {f"elytra-status_{__version__}{end}" for end in ends} | {"repository-trial-key.asc"}
    assert workshop.digest(root / f"source/dist/elytra-status_{__version__}-1_all.deb") == workshop.digest(
        package(suite)
    )

    # The source package can be unpacked and built again, and is the same each time.
    first = {path.name: workshop.digest(path) for path in (root / "source/dist").glob("*.tar.*")}
    unpacked = f"/source/dist/elytra-status_{__version__}-1.dsc /again/elytra-status-{__version__}"
    workshop.in_root(root, f"mkdir /again; dpkg-source --extract {unpacked}")
    assert (root / f"again/elytra-status-{__version__}/debian/rules").exists()
    workshop.in_root(root, "cd /source; sleep 1; make deb", environment={**QUICK, "TZ": "Asia/Tokyo"})
    assert {path.name: workshop.digest(path) for path in (root / "source/dist").glob("*.tar.*")} == first


@pytest.fixture(scope="session")
def stdeb_root(build_root: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a root in which tools/debian_package.py can run."""
    made: dict[str, Path] = {}

    def root(suite: str) -> Path:
        if suite not in made:
            made[suite] = build_root(suite)
            packages = "python3-all python3-attr python3-stdeb python3-yaml"
            workshop.in_root(made[suite], f"apt-get -qq -y --no-install-recommends install {packages}")
        return made[suite]

    return root


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (
            "setup.py",
            '"requests>=',
            '"attrs>=22",\n        "requests>=',
            "does not depend on python3-attr, setup.py does",
        ),
        ("debian/control", " python3-dotenv,\n", "", "does not depend on python3-dotenv, setup.py does"),
        (
            "debian/control",
            " python3-dotenv,\n",
            " python3-dotenv,\n python3-yaml,\n",
            "python3-yaml, setup.py does not",
        ),
        ("debian/control", "publishes, by itself", "tells, by itself", "Description: debian/ says 'tells"),
    ],
    ids=["more in setup.py", "less in debian/control", "more in debian/control", "another description"],
)
def test_a_difference_between_setup_py_and_debian_ends_the_build(
    stdeb_root: Callable[[str], Path], suite: str, file: str, old: str, new: str, fault: str
) -> None:
    root = stdeb_root(suite)
    tree = workshop.copy_tree(root / "build/different/tree")
    text = (tree / file).read_text("utf-8")
    # The last: debian/control names build dependencies first.
    before, found, after = text.rpartition(old)
    assert found
    (tree / file).write_text(before + new + after, encoding="utf-8")
    try:
        result = workshop.in_root(
            root, "cd /build/different/tree; python3 tools/debian_package.py", check=False, environment=QUICK
        )
    finally:
        shutil.rmtree(root / "build/different")
    assert result.returncode == 1, result.stdout + result.stderr
    assert fault in result.stderr
