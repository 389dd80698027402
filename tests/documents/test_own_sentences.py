# SPDX-License-Identifier: MIT
"""The job's own sentences and keywords are no leak, whatever a monitor, host, bucket, topic or secret is called."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.announcements import incidents, maintenance, store
from elytra_status.announcements.override import set_to
from elytra_status.model import Announcements, Maintenance, Override, PlatformStatus
from elytra_status.run import job
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock
from tests.made_kuma import heartbeats_json, listed, made, metrics_text, page_json, series, steady

pytestmark = pytest.mark.slow

Make = Callable[..., Settings]

WORDS = (
    "platform", "Status", "maintenance", "elytra-status", "website", "operational", "outage", "unknown", "incident",
    "backups", "component", "Planned", "system", "UTC", "uptime", "history", "investigating", "resolved", "svg",
)  # fmt: skip


def called(word: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return labels of a monitor, and settings, all of which are called by a word."""
    labels = {"name": word, "url": f"http://{word}:9100/metrics", "monitor_hostname": word, "team": word}
    more = {
        "SMTP_HOST": word,
        "SMTP_USER": "user-of-a-test",
        "SMTP_PASSWORD": word,
        "SMTP_FROM": "status@example.com",
        "ALERT_EMAIL_TO": "root@example.com",
        "NTFY_TOPIC": word,
    }
    return labels, more


def headlines(public: Path) -> dict[str, str]:
    """Return the headline in each kind of document."""
    parts = {"index.html": "h1", "badge.svg": "title", "feed.atom": "subtitle"}
    found = {name: re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", (public / name).read_text("utf-8"))[0] for name, tag in
             parts.items()}  # fmt: skip
    found["status.json"] = json.loads((public / "status.json").read_bytes())["headline"]["text"]
    found["api"] = json.loads((public / "api/v2/status.json").read_bytes())["status"]["description"]
    return found


def run(
    directory: Path, clock: MovableClock, make_settings: Make, labels: dict[str, Any], more: dict[str, str]
) -> job.Outcome:
    """Run the job over two monitors, of which the first, with these labels, is down."""
    name = labels.pop("name", "Acme 4711")
    lines = [series(0, 1, name, **labels), series(1, 2, "Acme 4712")]
    heartbeats = heartbeats_json({1: steady(clock.now(), [1] * 8 + [0, 0]), 2: steady(clock.now(), [1] * 10)})
    with made(
        metrics_text(*lines), page_json(listed(1, name), listed(2, "Acme 4712")), heartbeats, clock=clock.now
    ) as kuma:
        given = {
            "UPTIME_KUMA_URL": kuma.url,
            "UPTIME_KUMA_API_KEY": API_KEY,
            "UPTIME_KUMA_STATUS_PAGE": "elytra",
            "STATUS_URL": "https://status.example.com/status.json",
            **more,
        }
        return job.run(make_settings(**given), clock, directory)


def announce(directory: Path, clock: MovableClock) -> None:
    """Announce work, and an incident, in words of the job's own."""
    now = clock.now().replace(microsecond=0)
    hour = timedelta(hours=1)

    def said(there: Announcements) -> Announcements:
        there = maintenance.add(there, Maintenance("", "A disk is moved.", now + hour, now + 2 * hour), now)
        return incidents.begin(there, "A disk has failed.", now, "root")

    store.change(directory, clock, said)


@pytest.mark.parametrize("word", WORDS)
def test_an_outage_goes_out_in_every_document_whatever_bears_a_word_of_the_job(
    word: str, make_settings: Make, tmp_path: Path
) -> None:
    clock = MovableClock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    announce(tmp_path, clock)
    outcome = run(tmp_path, clock, make_settings, *called(word))
    assert outcome.published
    assert outcome.withheld == ()
    assert all("Service outage" in text for text in headlines(tmp_path / "public").values())


def test_an_override_goes_out_whatever_a_bucket_is_called(make_settings: Make, tmp_path: Path) -> None:
    clock = MovableClock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    now = clock.now()
    override = Override(PlatformStatus.OUTAGE, "A disk has failed.", now, now + timedelta(hours=1), "root")
    store.change(tmp_path, clock, lambda there: set_to(there, override))
    labels, more = called("status")
    storage = {
        "BACKUP_BUCKET": "status",
        "SPACES_ENDPOINT": "http://127.0.0.1:9",
        "SPACES_REGION": "platform",
        "SPACES_ACCESS_KEY": "key-of-a-test",
        "SPACES_SECRET_KEY": "secret-of-a-test",
    }
    outcome = run(tmp_path, clock, make_settings, labels, more | storage)
    assert outcome.withheld == ()
    assert all("Service outage" in text for text in headlines(tmp_path / "public").values())
