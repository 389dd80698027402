# SPDX-License-Identifier: MIT
"""The package's own tests, debian/tests, on the installed package: in a plain root, and on a booted system."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.booted.machine import Machine
from tests.packaging import workshop

pytestmark = [pytest.mark.booted, pytest.mark.parametrize("suite", workshop.SUITES)]


def summary(output: str) -> dict[str, str]:
    """Return how each test ended."""
    tests = ("installed", "booted")
    return dict(line.split()[:2] for line in output.splitlines() if line.startswith(tests))


def test_without_a_booted_system_what_needs_none_passes(
    scratch_root: Callable[..., Path], package: Callable[[str], Path], suite: str
) -> None:
    root = scratch_root(suite, archive=True)
    shutil.copy(package(workshop.SUITES[0]), root / "package.deb")
    workshop.copy_tree(root / "source")
    workshop.in_root(root, "apt-get -q -y --no-install-recommends install autopkgtest dpkg-dev")
    result = workshop.in_root(root, "autopkgtest --no-built-binaries /package.deb /source -- null", check=False)
    assert summary(result.stdout) == {"installed": "PASS", "booted": "SKIP"}, result.stdout + result.stderr


def test_on_a_booted_system_all_pass(
    scratch_root: Callable[..., Path], package: Callable[[str], Path], suite: str, tmp_path: Path
) -> None:
    """They run from outside, over ssh, which uses the standard input and output of sshd and needs no network."""
    workshop.need_program("autopkgtest", "autopkgtest")
    workshop.need_program("ssh", "openssh-client")
    root = scratch_root(suite, archive=True)
    # The machine shares the network of this one, where another server may have the port.
    workshop.in_root(
        root,
        "systemctl mask ssh.service ssh.socket;"
        " apt-get -q update; apt-get -q -y --no-install-recommends install openssh-server",
    )
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(key.with_suffix(".pub"), root / "root/.ssh/authorized_keys")
    tree = workshop.copy_tree(tmp_path / "source")
    with Machine(root) as machine:
        machine.run("mkdir -p /run/sshd")
        settings = {
            "ProxyCommand": f"nsenter --target {machine.leader} --all /usr/sbin/sshd -i",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
        }
        config = tmp_path / "ssh_config"
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
        ssh = ["ssh", "--hostname=machine", "--login=root", f"--identity={key}", f"--options=-F {config}"]
        ssh += ["--capability=isolation-machine"]
        result = subprocess.run(
            ["autopkgtest", "--no-built-binaries", package(workshop.SUITES[0]), tree, "--", *ssh],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=workshop.RUN_SECONDS,
        )
    assert summary(result.stdout) == {"installed": "PASS", "booted": "PASS"}, result.stdout + result.stderr
    assert result.returncode == 0
