# SPDX-License-Identifier: MIT
"""What the maintainer scripts do to the files of a system, tested on a directory in place of the root."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

POSTRM = Path(__file__).parent.parent / "debian" / "elytra-status.postrm"
OWN = ("elytra-status.service.d", "elytra-status-alert@.service.d")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system with settings, saved state, and drop-ins of setup, of the administrator and of others."""
    for file in (
        *("etc/elytra-status/elytra-status.conf", "var/lib/elytra-status/history.sqlite"),
        *(f"etc/systemd/system/{name}/container.conf" for name in OWN),
        f"etc/systemd/system/{OWN[0]}/override.conf",
        "etc/systemd/system/nginx.service.d/container.conf",
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    return tmp_path


def run(root: Path, action: str) -> set[str]:
    """Run the script, and return the files that are left."""
    subprocess.run(["sh", POSTRM, action], env={"PATH": "/usr/bin:/bin", "DPKG_ROOT": str(root)}, check=True)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_purge_removes_the_drop_ins_that_setup_has_written_and_no_others(root: Path) -> None:
    assert run(root, "purge") == {
        f"etc/systemd/system/{OWN[0]}/override.conf",
        "etc/systemd/system/nginx.service.d/container.conf",
    }
    assert not (root / "etc/systemd/system" / OWN[1]).exists()


def test_purge_without_drop_ins(tmp_path: Path) -> None:
    assert run(tmp_path, "purge") == set()


def test_remove_keeps_settings_and_drop_ins(root: Path) -> None:
    assert len(run(root, "remove")) == 6
