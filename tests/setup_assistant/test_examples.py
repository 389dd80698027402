# SPDX-License-Identifier: MIT
"""setup accepts the answers of the example for cloud-init."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.installed import COMMAND
from tests.setup_root import Root

yaml = pytest.importorskip("yaml", reason="needs python3-yaml")

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
USER_DATA = EXAMPLES / "cloud-init.yaml"


def offline(root: Root, text: str) -> subprocess.CompletedProcess[str]:
    file = root.directory / "answers"
    file.write_text(text)
    file.chmod(0o600)
    words = ["--offline", "--root", str(root.directory), "--answers", str(file)]
    return subprocess.run([COMMAND, "setup", *words], capture_output=True, text=True, check=False)


def test_the_answers_of_the_user_data_are_settings_and_end_where_setup_reads_them(root: Root) -> None:
    data = yaml.safe_load(USER_DATA.read_text())
    (file,) = data["write_files"]
    assert file["permissions"] == "0600"
    as_it_is = offline(root, file["content"])
    assert as_it_is.returncode == 78, "the keys are no keys"
    assert f"{root.directory}/answers:2: UPTIME_KUMA_API_KEY contains an ellipsis" in as_it_is.stderr
    done = offline(root, file["content"].replace("...", "abc"))
    assert done.returncode == 0, done.stderr
    assert root.load().settings.status_bucket == "example-status"
    assert data["runcmd"][-1].startswith(f"elytra-status setup --answers {file['path']} &&")
