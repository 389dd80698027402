# SPDX-License-Identifier: MIT
"""The example playbook for `elytra-status setup`, run by a real ansible-playbook."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayServer
from tests.conftest import API_KEY
from tests.installed import COMMAND
from tests.setup_root import Root

PLAYBOOK = Path(__file__).parents[2] / "docs" / "examples" / "ansible-playbook.yml"
# A text that could confuse YAML, Jinja and the quotes of answers.
PASSWORD = 'it\'s "quoted" \\ {x} # no comment, ä'


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path / "root")


@pytest.fixture
def play(root: Root, tmp_path: Path) -> Callable[..., tuple[int, dict[str, int], str]]:
    """Run the playbook without its installation, on this machine and for the root; return status, counts and output."""

    def run(answers: dict[str, str], *options: str) -> tuple[int, dict[str, int], str]:
        variables = {
            "ansible_become": False,
            "ansible_python_interpreter": sys.executable,
            "elytra_status_command": f"{COMMAND} setup --root {shlex.quote(str(root.directory))} --answers -",
            "elytra_status_answers": answers,
        }
        file = tmp_path / "variables.json"
        file.write_text(json.dumps(variables))
        environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(tmp_path),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "no_proxy": "127.0.0.1",
        }
        where = [
            "--inventory",
            "localhost,",
            "--connection",
            "local",
            "--skip-tags",
            "install",
            "--extra-vars",
            f"@{file}",
        ]
        done = subprocess.run(
            ["ansible-playbook", *where, *options, str(PLAYBOOK)],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        (recap,) = [line for line in done.stdout.splitlines() if line.startswith("localhost ")]
        counts = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", recap)}
        return done.returncode, counts, done.stdout + done.stderr

    return run


def answers_of(kuma: ReplayServer, key: str = API_KEY) -> dict[str, str]:
    return {
        "UPTIME_KUMA_URL": kuma.url,
        "UPTIME_KUMA_API_KEY": key,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "WEBHOOK_URL": "",
        "BACKUP_POLICY": PASSWORD,
    }


def test_the_playbook_changes_a_machine_once_and_shows_no_secret(
    root: Root, play: Callable[..., tuple[int, dict[str, int], str]], start_kuma: Callable[..., ReplayServer]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    before = root.files()
    status, counts, _ = play(answers_of(kuma), "--check")
    assert (status, counts["changed"]) == (0, 1)
    assert root.files() == before
    status, counts, _ = play(answers_of(kuma), "-vvv")
    assert (status, counts["changed"]) == (0, 1)
    settings = root.load().settings
    assert settings.backup_policy == PASSWORD
    assert settings.uptime_kuma_api_key
    assert settings.uptime_kuma_api_key.reveal() == API_KEY
    status, counts, shown = play(answers_of(kuma))
    assert (status, counts["changed"]) == (0, 0)
    assert API_KEY not in shown


def test_the_playbook_fails_with_the_cause_and_shows_no_secret(
    root: Root, play: Callable[..., tuple[int, dict[str, int], str]], start_kuma: Callable[..., ReplayServer]
) -> None:
    before = root.files()
    status, counts, shown = play(answers_of(start_kuma("v2.5.3", "all-up"), "uk1_wrong"))
    assert status != 0
    assert counts["failed"] == 1
    assert "the API key is refused" in shown
    assert "uk1_wrong" not in shown
    assert root.files() == before
