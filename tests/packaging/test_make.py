# SPDX-License-Identifier: MIT
"""`make deb` and `make repo` on a fresh machine, and the part of stdeb in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status import __version__
from tests.packaging import workshop

pytestmark = [pytest.mark.booted, pytest.mark.parametrize("suite", workshop.SUITES)]
# Makes the input of stdeb once more.
SOURCE_DISTRIBUTION = f"""
import sys
from pathlib import Path
sys.path.insert(0, "/source/tools")
import debian_package
tree = Path("/again/tree")
debian_package.copy_source(tree)
epoch = int(debian_package.changelog("Timestamp", tree))
debian_package.make_source_distribution(tree, Path("/again/distribution"), "{__version__}", epoch)
"""
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
    assert "The tests are left out." in log.stdout
    assert log.stdout.count("debian/ and setup.py agree") == 1
    assert "built from these sources before" in log.stdout
    assert "REPOSITORY_KEY is not set" in log.stderr
    dist = root / "source/dist"
    made = {path.name for path in dist.iterdir() if path.is_file()}
    ends = ("-1.debian.tar.xz", "-1.dsc", "-1_all.deb", "-1_amd64.buildinfo", "-1_amd64.changes", ".orig.tar.gz")
    beside = {".built-from", "build.log", "repository-trial-key.asc"}
    assert made == {f"elytra-status_{__version__}{end}" for end in ends} | beside
    assert workshop.digest(dist / f"elytra-status_{__version__}-1_all.deb") == workshop.digest(package(suite))

    # The source package can be unpacked and built by itself, with the same result. So can the source distribution from
    # which it is made and the debian/ that is copied over it, from a tree that only its owner can read.
    (root / "again.py").write_text(SOURCE_DISTRIBUTION, encoding="utf-8")
    unpacked = f"/again/elytra-status-{__version__}"
    workshop.in_root(
        root,
        "chmod -R go-rwx /source; umask 0077; python3 /again.py; cp -a /source/dist/*.orig.tar.gz /again;"
        f" dpkg-source --extract /source/dist/elytra-status_{__version__}-1.dsc {unpacked};"
        f" cd {unpacked}; rm -r debian; cp -a /again/tree/debian .; dpkg-buildpackage -us -uc",
        environment={**QUICK, "TZ": "Asia/Tokyo"},
    )
    for pattern in ("*.debian.tar.xz", "*.dsc", "*.deb"):
        (first,), (second,) = dist.glob(pattern), (root / "again").glob(pattern)
        assert workshop.digest(first) == workshop.digest(second)
    (first,), (second,) = dist.glob("*.orig.tar.gz"), (root / "again/distribution").iterdir()
    assert workshop.digest(first) == workshop.digest(second)

    lintian = workshop.in_root(root, "cd /source; make --silent lintian", environment=QUICK)
    found = re.findall("^[EWIPX]: .+", lintian.stdout, re.MULTILINE)
    assert [line for line in found if "out-of-date-standards-version" not in line] == []


def replace_last(file: Path, old: str, new: str) -> None:
    """Replace the last one: debian/control names build dependencies first."""
    before, found, after = file.read_text("utf-8").rpartition(old)
    assert found
    file.write_text(before + new + after, encoding="utf-8")


def test_differences_between_setup_py_and_debian_end_the_build_and_all_are_shown(
    build_root: Callable[[str], Path], suite: str
) -> None:
    root = build_root(suite)
    packages = "python3-all python3-attr python3-stdeb python3-yaml"
    workshop.in_root(root, f"apt-get -qq -y --no-install-recommends install {packages}")
    tree = workshop.copy_tree(root / "build/different/tree")
    replace_last(tree / "setup.py", '"requests>=', '"attrs>=22",\n        "requests>=')
    replace_last(tree / "debian/control", " python3-dotenv,\n", " python3-yaml,\n")
    replace_last(tree / "debian/control", "publishes whether a", "says whether a")
    (tree / "debian/elytra-status.install").open("a").write("LICENSE usr/lib/python3/dist-packages/elytra_status\n")
    command = "cd /build/different/tree; python3 tools/debian_package.py"
    result = workshop.in_root(root, command, check=False, environment=QUICK)
    assert result.returncode == 1, result.stdout + result.stderr
    _, heading, told = result.stderr.partition("debian/ and setup.py differ:\n")
    assert heading
    for fault in (
        "tools/dependencies.py does not name python3-attr, stdeb does",
        "tools/dependencies.py names python3-attrs, stdeb does not",
        "debian/control does not build-depend on python3-attr",
        "debian/control does not build-depend on python3-dotenv",
        "Description: debian/ says 'says whether a hosting platform works', setup.py 'publishes",
        "only one of both packages holds ./usr/lib/python3/dist-packages/elytra_status/LICENSE",
    ):
        assert fault in told
    assert [path.name for path in (tree / "dist").iterdir()] == ["build.log"]
