# SPDX-License-Identifier: MIT
"""Marker secrets in every input, searched for in everything that is written, logged or sent."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer, redirect
from elytra_status.settings import DEFINITIONS
from tests.installed import COMMAND
from tests.markers import MARKERS, NEEDED, writings

pytestmark = pytest.mark.slow


def assert_tells_nothing(text: bytes, where: str) -> None:
    for name, secret in MARKERS.items():
        for writing in writings(secret):
            assert writing.encode() not in text, f"{name} is in {where}"


@pytest.fixture
def settings_file(tmp_path: Path, start_kuma: Callable[..., ReplayServer]) -> Path:
    """All settings that can be set, with a marker in each secret; no server accepts these keys."""
    kuma = start_kuma("v2.5.3", "all-up")
    lines = {
        "UPTIME_KUMA_URL": kuma.url,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "SPACES_ENDPOINT": kuma.url,  # It answers every request with a web page.
        "STATUS_BUCKET": "marker-status",
        "BACKUP_BUCKET": "marker-backups",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_USER": "marker",
        "SMTP_FROM": "from@example.com",
        "ALERT_EMAIL_TO": "to@example.com",
        "SENDGRID_URL": kuma.url,
        "SENDGRID_FROM_EMAIL": "from@example.com",
        "SENDGRID_ADMIN_EMAIL": "to@example.com",
        "LOG_LEVEL": "debug",
        **NEEDED,
    }
    file = tmp_path / "settings.conf"
    quoted = {name: secret.replace("\\", "\\\\") for name, secret in MARKERS.items()}
    file.write_text("".join(f'{name}="{value}"\n' for name, value in (lines | quoted).items()), encoding="utf-8")
    file.chmod(0o600)
    return file


def call(arguments: list[str], file: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    state = file.parent / "state"
    place = ["--config", str(file), "--state-directory", str(state)]
    return subprocess.run(
        [COMMAND, *arguments, *place],
        capture_output=True,
        env={"PATH": os.environ["PATH"], **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["summary"],
        ["summary", "--json"],
        ["summary", "--explain"],
        ["check-freshness"],
        ["config", "show"],
        ["config", "check"],
        ["config", "sample"],
        ["cors", "show"],
        ["cors", "apply"],
        ["doctor"],
        ["doctor", "--json"],
        ["schema"],
    ],
)
def test_no_command_shows_a_secret(arguments: list[str], settings_file: Path) -> None:
    result = call(arguments, settings_file)
    assert_tells_nothing(result.stdout, f"standard output of {arguments}")
    assert_tells_nothing(result.stderr, f"standard error of {arguments}")
    for path in (settings_file.parent / "state").rglob("*"):
        if path.is_file():
            assert_tells_nothing(path.read_bytes(), str(path))


def test_the_markers_are_really_used(settings_file: Path) -> None:
    """Without this the test above could search for something that was never there."""
    from elytra_status.settings import load

    settings = load(settings_file, {}).settings
    for name, secret in MARKERS.items():
        assert getattr(settings, name.lower()).reveal() == secret


def test_a_secret_as_the_value_of_another_setting_is_not_shown(settings_file: Path) -> None:
    secret = next(iter(MARKERS.values())).replace("\\", "\\\\")
    wrong = "".join(f'{definition.name}="{secret}"\n' for definition in DEFINITIONS)
    settings_file.write_text(wrong + f"{secret}\nUNKNOWN_{secret}=1\n", encoding="utf-8")
    result = call(["run"], settings_file)
    assert result.returncode == 78
    assert_tells_nothing(result.stdout + result.stderr, "the faults")


def test_a_key_does_not_follow_a_redirect(settings_file: Path, start_kuma: Callable[..., ReplayServer]) -> None:
    elsewhere = start_kuma("v2.5.3", "all-up")
    kuma = start_kuma("v2.5.3", "all-up")
    kuma.faults["/metrics"] = redirect(f"{elsewhere.url}/metrics")
    result = call(["summary"], settings_file, UPTIME_KUMA_URL=kuma.url)
    assert b"redirects to" in result.stderr
    assert elsewhere.requests == []


def test_a_text_that_holds_a_secret_is_refused(settings_file: Path) -> None:
    secret = MARKERS["UPTIME_KUMA_API_KEY"]
    for writing in writings(secret):
        text = writing.replace("\\", "\\\\")
        result = call(["config", "check", "--offline"], settings_file, INFRASTRUCTURE_NOTES=f"see {text} there")
        assert result.returncode == 78, writing
        assert b"INFRASTRUCTURE_NOTES" in result.stderr
        assert_tells_nothing(result.stderr, "the refusal")


def test_an_answer_that_holds_a_key_is_not_shown(settings_file: Path, start_kuma: Callable[..., ReplayServer]) -> None:
    kuma = start_kuma("v2.5.3", "all-up")
    echo = json.dumps({"msg": MARKERS["UPTIME_KUMA_API_KEY"]}).encode()
    for path in ("/metrics", "/api/status-page/elytra", "/api/status-page/heartbeat/elytra"):
        kuma.faults[path] = ReplayFault(status=500, body=echo, content_type="application/json")
    result = call(["summary"], settings_file, UPTIME_KUMA_URL=kuma.url)
    assert_tells_nothing(result.stdout + result.stderr, "what is told of an error")
