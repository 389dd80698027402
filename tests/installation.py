# SPDX-License-Identifier: MIT
"""A settings file and a state directory, for calling the commands as real processes."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from elytra_status import schema
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.publish.directory import STAMP
from tests.installed import COMMAND

HEARTBEAT = "/api/status-page/heartbeat/elytra"
PATHS = ("/metrics", HEARTBEAT, "/api/status-page/elytra")

Result = subprocess.CompletedProcess[str]
Start = Callable[..., ReplayServer]


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **more}


def heed_signals() -> None:
    """Undo what nohup, or a shell for a background job, passes on to the tests and their children."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@dataclass
class Installation:
    """A directory with a settings file and a state directory, for calling commands."""

    directory: Path

    @property
    def file(self) -> Path:
        return self.directory / "elytra-status.conf"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def document(self) -> Path:
        return self.state / "public" / "status.json"

    def set(self, **values: str) -> None:
        self.file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")
        self.file.chmod(0o600)

    def options(self) -> list[str]:
        return ["--config", str(self.file), "--state-directory", str(self.state)]

    def call(self, *arguments: str, **more: str) -> Result:
        words = [COMMAND, *arguments, *self.options()]
        return subprocess.run(
            words, capture_output=True, text=True, env=environment(**more), timeout=60, check=False, cwd="/"
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        words = [COMMAND, *arguments, *self.options()]
        return subprocess.Popen(
            words, stderr=subprocess.PIPE, text=True, env=environment(), cwd="/", preexec_fn=heed_signals
        )

    def published(self) -> dict[str, Any]:
        document, problems = schema.parse_status(self.document.read_bytes())
        assert document, problems
        return document

    def left_behind(self) -> list[str]:
        return [str(path) for path in self.directory.rglob(".*") if path.name != STAMP]


def publish(installation: Installation) -> None:
    """Publish, which must succeed."""
    assert installation.call("run").returncode == 0


def hang(kuma: ReplayServer) -> None:
    for path in PATHS:
        kuma.faults[path] = ReplayFault(hang=True)


# Disks


def mounted(installation: Installation, script: str, **more: str) -> Result:
    """Run a shell script in which the state directory ($STATE) is a disk of its own of 200 KB."""
    installation.state.mkdir()
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    mount = 'mount -t tmpfs -o size=200k,mode=0755 none "$STATE"'
    given = environment(STATE=str(installation.state), **more)
    may_mount = subprocess.run([*words, "sh", "-c", mount], env=given, capture_output=True, check=False)
    if may_mount.returncode and not os.environ.get("CI"):
        pytest.skip(f"this machine lets no one mount: {may_mount.stderr.decode().strip()}")
    whole = ["sh", "-c", f"set -eu; {mount}; {script}"]
    return subprocess.run([*words, *whole], capture_output=True, text=True, env=given, timeout=120, check=False)


def on_a_small_disk(installation: Installation, script: str) -> Result:
    """Run a shell script as `mounted` does, in which run is the job."""
    return mounted(installation, f"run() {{ {shlex.join([COMMAND, 'run', *installation.options()])}; }}\n{script}")
