# SPDX-License-Identifier: MIT
"""What is accepted with a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from elytra_status.settings import WrongSettingsError, load
from tests.settings.reading import STORAGE, Read


def test_a_file_that_all_may_read_is_warned_of_where_it_holds_a_secret(tmp_path: Path) -> None:
    for name in ("settings.conf", "elytra-status.conf"):
        file = tmp_path / name
        file.write_text("SPACES_ACCESS_KEY=a\nSPACES_SECRET_KEY=b\n", encoding="utf-8")
        file.chmod(0o644)
        (warning,) = load(file, {}).warnings
        assert str(warning) == f"{file}: contains secrets and is readable by everyone. Set its mode to 0640."
        file.chmod(0o640)
        assert load(file, {}).warnings == []
        file.write_text("SPACES_REGION=nyc3\n", encoding="utf-8")
        file.chmod(0o644)
        assert load(file, {}).warnings == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"UPTIME_KUMA_URL": "http://kuma.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "HTTP://kuma.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "http://127.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "http://localhost.example.com", "UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_URL": "http://kuma.example.com"}, ""),
        ({"UPTIME_KUMA_URL": "https://kuma.example.com", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"UPTIME_KUMA_URL": "http://127.0.0.1:3001", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"UPTIME_KUMA_URL": "http://localhost:3001", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"UPTIME_KUMA_URL": "http://[::1]:3001", "UPTIME_KUMA_API_KEY": "key"}, ""),
        ({"PROMETHEUS_URL": "http://prometheus.example.com", "PROMETHEUS_TOKEN": "key"}, "PROMETHEUS_URL"),
        ({"PROMETHEUS_URL": "http://prometheus.example.com"}, ""),
        (
            {"GATUS_URL": "http://gatus.example.com", "GATUS_USER": "status", "GATUS_PASSWORD": "password"},
            "GATUS_URL",
        ),
        ({"HEALTHCHECKS_URL": "http://hc.example.com", "HEALTHCHECKS_API_KEY": "key"}, "HEALTHCHECKS_URL"),
        (
            {
                "SOURCES": "uptime_kuma,prometheus:office",
                "UPTIME_KUMA_URL": "http://kuma.example.com",
                "UPTIME_KUMA_API_KEY": "key",
                "OFFICE_PROMETHEUS_URL": "https://prometheus.example.com",
            },
            "UPTIME_KUMA_URL",
        ),
        ({**STORAGE, "SPACES_ENDPOINT": "http://s3.example.com"}, "SPACES_ENDPOINT"),
        ({**STORAGE, "BACKUP_ENDPOINT": "http://s3.example.com"}, "BACKUP_ENDPOINT"),
    ],
)
def test_a_key_that_would_go_in_clear_is_warned_of(values: dict[str, str], named: str, read: Read) -> None:
    warnings = [str(warning) for warning in read("", **values).warnings]
    assert len(warnings) == bool(named)
    assert all(words.startswith(f"environment: {named} begins with http://") for words in warnings)


@pytest.mark.parametrize(
    "line", ["PAGE_TITLE=We are #1", "BACKUP_POLICY=Nightly #backups", "COMPONENTS=Web: 1 #main", "SMTP_PASSWORD=a #b"]
)
def test_words_that_a_comment_cuts_are_warned_of(line: str, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text(f"{line}\n")
    file.chmod(0o600)
    try:
        warnings = load(file, {}).warnings
    except WrongSettingsError as error:
        warnings = [*error.warnings]
    assert any("the text after # is a comment" in warning.problem for warning in warnings)


@pytest.mark.parametrize(
    ("publishers", "minutes", "is_warned_of"),
    [("pair", 1, True), ("pair", 29, True), ("pair", 30, False), ("pair", None, False), ("one", 15, False)],
)
def test_a_pair_that_takes_over_too_late_is_warned_of(
    publishers: str, minutes: int | None, is_warned_of: bool, read: Read
) -> None:
    age = {} if minutes is None else {"FRESHNESS_MAX_AGE_MINUTES": str(minutes)}
    warnings = read(**STORAGE, PUBLISHERS=publishers, **age).warnings
    assert [one.setting for one in warnings] == ["FRESHNESS_MAX_AGE_MINUTES"] * is_warned_of
