# SPDX-License-Identifier: MIT
"""`elytra-status setup` never shows or writes a secret where it must not be."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.settings import DEFINITIONS
from elytra_status.settings.file import quoted
from tests.installed import COMMAND
from tests.markers import MARKERS, NEEDED, writings
from tests.setup_root import Root

pytestmark = pytest.mark.slow


def answers(url: str) -> dict[str, str]:
    """Return an answer for each secret, and the settings that they require. No server accepts these keys."""
    return {
        "UPTIME_KUMA_URL": url,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "SPACES_ENDPOINT": url,  # It answers every request with a web page.
        "STATUS_BUCKET": "marker-status",
        "BACKUP_BUCKET": "marker-backups",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "9",
        "SMTP_USER": "marker",
        "SMTP_FROM": "from@example.com",
        "ALERT_EMAIL_TO": "to@example.com",
        "SENDGRID_URL": url,
        "SENDGRID_FROM_EMAIL": "from@example.com",
        "SENDGRID_ADMIN_EMAIL": "to@example.com",
        **NEEDED,
        **MARKERS,
    }


def give(root: Root, *words: str, **values: str) -> subprocess.CompletedProcess[str]:
    text = "".join(f"{name}={quoted(value)}\n" for name, value in values.items())
    return subprocess.run(
        [COMMAND, "setup", "--root", str(root.directory), "--answers", "-", *words],
        input=text,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "no_proxy": "127.0.0.1"},
        timeout=120,
        check=False,
    )


def assert_tells_nothing(text: str, where: str) -> None:
    for name, secret in MARKERS.items():
        for writing in writings(secret):
            assert writing not in text, f"{name} is in {where}"


@pytest.mark.parametrize("words", [[], ["--dry-run"], ["--offline"], ["--offline", "--dry-run"]], ids=" ".join)
def test_no_secret_is_shown_and_each_lies_in_a_file_of_its_own(
    words: list[str], root: Root, start_kuma: Callable[..., ReplayServer]
) -> None:
    done = give(root, *words, **answers(start_kuma("v2.5.3", "all-up").url))
    assert_tells_nothing(done.stdout + done.stderr, "what is shown")
    if "--offline" not in words:
        assert done.returncode == 78, "nobody accepts these keys"
    else:
        assert done.returncode == 0, done.stderr
    is_written = words == ["--offline"]
    for name, secret in MARKERS.items():
        assert root.credential(name).exists() == is_written, name
        assert not is_written or root.credential(name).read_text() == f"{secret}\n"
    assert root.own.exists() == is_written
    assert_tells_nothing(root.own.read_text() if is_written else "", "conf.d")


def test_a_secret_in_the_place_of_another_setting_is_not_shown(root: Root) -> None:
    secret = next(iter(MARKERS.values()))
    every = {definition.name: secret for definition in DEFINITIONS}
    done = give(root, "--offline", **every)
    assert done.returncode == 78
    assert_tells_nothing(done.stdout + done.stderr, "the faults")
