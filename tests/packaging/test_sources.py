# SPDX-License-Identifier: MIT
"""That what is written twice, in debian/ and elsewhere, says the same."""

from __future__ import annotations

import re
import subprocess

from elytra_status import __version__
from tests.packaging import workshop

DEBIAN = workshop.TREE / "debian"
SOURCE, BINARY = workshop.debian_package.stanzas(DEBIAN / "control")


def test_the_changelog_begins_with_the_version_of_the_program() -> None:
    first = (DEBIAN / "changelog").read_text("utf-8").partition("\n")[0]
    assert first.startswith(f"elytra-status ({__version__}-")


def test_each_entry_of_news_has_one_in_the_changelog() -> None:
    versions = re.findall(r"^elytra-status \((.+)\) ", (DEBIAN / "NEWS").read_text("utf-8"), re.MULTILINE)
    for version in versions:
        assert f"elytra-status ({version})" in (DEBIAN / "changelog").read_text("utf-8")


def test_debian_control_and_setup_py_depend_on_the_same() -> None:
    setup = (workshop.TREE / "setup.py").read_text("utf-8")
    required = re.findall(r'"([a-z0-9-]+)>=', re.search(r"install_requires=\[(.*?)\]", setup, re.DOTALL)[1])  # type: ignore[index]
    names = {f"python3-{name.removeprefix('python-').removesuffix('-python')}" for name in required}
    depends = workshop.debian_package.packages(BINARY["Depends"])
    assert depends - workshop.debian_package.BESIDE == names
    assert names <= workshop.debian_package.packages(SOURCE["Build-Depends"])


def test_the_short_description_is_short_and_the_same_in_both() -> None:
    summary = BINARY["Description"].partition("\n")[0]
    assert len(summary) <= 60
    assert f'description="{summary}"' in (workshop.TREE / "setup.py").read_text("utf-8")


def test_the_license_is_the_same_in_both() -> None:
    copyright = " ".join((DEBIAN / "copyright").read_text("utf-8").replace("\n .\n", "\n").split())
    license = " ".join((workshop.TREE / "LICENSE").read_text("utf-8").partition("Permission")[2].split())
    assert license in copyright


def test_all_that_tests_need_at_build_time_is_named() -> None:
    named = (DEBIAN / "pybuild.testfiles").read_text("utf-8").split()
    assert {"debian", "pyproject.toml", "schema", "systemd", "tests", "tools"} <= set(named)
    for test in (workshop.TREE / "tests").rglob("test_*.py"):
        for name in re.findall(r'TREE / "([\w.]+)', test.read_text("utf-8")):
            assert name in named or name in ("elytra_status", "dist"), (test.name, name)


def test_shell_scripts_are_shell() -> None:
    for path in [*DEBIAN.glob("*.p*[nt]st"), *DEBIAN.glob("*.p*rm"), *DEBIAN.glob("tests/[bi]*")]:
        subprocess.run(["sh", "-n", path], check=True)
