# SPDX-License-Identifier: MIT
"""Upgraded by unattended-upgrades, as the guide sets it up: no question, no pause, and the next run publishes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import CONFIGURATION
from tests.booted.conftest import LATER, Buckets, packages_for
from tests.booted.machine import Machine, kept_root
from tests.booted.outside import Archive, Outside
from tests.booted.test_upgrades_that_go_wrong import installed, machine, next_publication, since
from tests.packaging import workshop
from tests.packaging.conftest import CACHE

__all__ = ["installed", "machine"]
GUIDE = workshop.TREE / "docs/operations.md"


@pytest.fixture(scope="session")
def root(able: None, suite: str, package: Path) -> Path:
    """A root with the dependencies of the package, and unattended-upgrades."""
    return kept_root(suite, [*packages_for(package), "unattended-upgrades"], cache=CACHE)


def as_the_guide_says(machine: Machine) -> None:
    """Write the file in the guide, with its lines."""
    section = GUIDE.read_text("utf-8").partition("## Upgrades")[2].partition("\n## ")[0]
    (file,) = re.findall(r"`(/etc/apt/apt\.conf\.d/\S+)`", section)
    (lines,) = re.findall(r"(?m)^    (Unattended-Upgrade::.+)$", section)
    machine.write(file, f"{lines}\n")


def test_what_unattended_upgrades_installs_publishes_at_the_next_activation(
    machine: Machine, outside: Outside, buckets: Buckets, archive: Archive, later_archive: Path
) -> None:
    edited = machine.run(["cat", CONFIGURATION]).stdout
    kept, archive.directory = archive.directory, later_archive
    try:
        machine.run("apt-get -q -o APT::Update::Error-Mode=any update")
        assert LATER not in machine.run("unattended-upgrade --verbose 2>&1; elytra-status --version").stdout
        as_the_guide_says(machine)
        assert "elytra-status" in machine.run("unattended-upgrade --dry-run --debug 2>&1").stdout
        began = since(machine)
        machine.run("unattended-upgrade --verbose </dev/null")
    finally:
        archive.directory = kept
    assert (
        machine.run("dpkg-query -W -f '${Status} ${Version}' elytra-status").stdout == f"install ok installed {LATER}-1"
    )
    assert since(machine) == began
    assert machine.run(["cat", CONFIGURATION]).stdout == edited
    assert next_publication(machine, outside, buckets)
    assert admin.failed_units(machine) == ""
    assert outside.mailbox.mails == []
