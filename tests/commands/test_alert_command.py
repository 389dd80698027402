# SPDX-License-Identifier: MIT
"""`elytra-status alert` with invalid settings: a channel that lacks a setting is left out, and no secret is exposed."""

from __future__ import annotations

from pathlib import Path

import pytest

from elytra_status.errors import UNAVAILABLE
from elytra_status.settings import Settings, WrongSettingsError, load
from elytra_status.settings.checks import usable
from tests.in_process import run_command


@pytest.mark.parametrize(
    "settings",
    [
        "SMTP_HOST=mail.example.com\n",
        "SMTP_HOST=mail.example.com\nALERT_EMAIL_TO=admin@example.com\n",
        "SENDGRID_API_KEY=key\n",
        "TELEGRAM_BOT_TOKEN=token\n",
        "SLACK_WEBHOOK_URL=http://hooks.example.com/x\n",
    ],
)
def test_a_channel_that_cannot_be_used_is_left_out(
    settings: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "elytra-status.conf"
    file.write_text(settings)
    file.chmod(0o600)
    assert run_command(tmp_path, "alert", "test") == UNAVAILABLE
    shown = capsys.readouterr()
    assert "no channel" in shown.out
    assert "internal error" not in shown.err


def read(file: Path, content: str) -> Settings:
    file.write_text(content)
    with pytest.raises(WrongSettingsError) as raised:
        load(file, {})
    return usable(raised.value.settings)


def test_a_secret_that_would_be_sent_in_clear_is_left_out(tmp_path: Path) -> None:
    settings = read(tmp_path / "a", "NTFY_TOPIC=topic\nNTFY_TOKEN=token\nNTFY_URL=http://ntfy.example.com\n")
    assert (settings.ntfy_token, settings.ntfy_url) == (None, "http://ntfy.example.com")
    login = "SMTP_HOST=mail.example.com\nSMTP_FROM=a@example.com\nALERT_EMAIL_TO=b@example.com\nSMTP_USER=a\n"
    settings = read(tmp_path / "b", f"{login}SMTP_PASSWORD=b\nSMTP_SECURITY=none\n")
    assert (settings.smtp_host, settings.smtp_password) == ("mail.example.com", None)
