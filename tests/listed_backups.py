# SPDX-License-Identifier: MIT
"""Settings of a bucket with backups, a poll of it, and the name of a client that must stay private."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from elytra_status.decision.backup_policy import judge_backups
from elytra_status.model import Backups, Report
from elytra_status.run.assess import policy_rules
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.hostile_s3 import listing

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
KEY, SECRET = "DO00KEYOFTHEPLATFORM", "secret/of+the=platform"
OWN_KEY, OWN_SECRET = "DO00KEYOFTHEBACKUPS", "secret/of+the=backups"
# Names of clients, in keys and groups, which must be in no error and no log line.
CLIENT = "Acme-Shop"
DEFAULTS = Settings()
XML, HTML = {"Content-Type": "application/xml"}, {"Content-Type": "text/html"}

Make = Callable[..., Settings]


def settings_of(make: Make, url: str, bucket: str = "backups", **more: object) -> Settings:
    """Return settings with a bucket of backups."""
    return make(SPACES_ENDPOINT=url, SPACES_ACCESS_KEY=KEY, SPACES_SECRET_KEY=SECRET, BACKUP_BUCKET=bucket, **more)


def poll(settings: Settings, now: datetime = NOW, seconds: float = 20) -> Report:
    """Return the report of one poll."""
    return spaces_backups.sources(settings)[0].poll(PollRequest(now, seconds, clock=SYSTEM_CLOCK))


def judge(settings: Settings, now: datetime = NOW) -> Backups:
    """Return the status of the backups after one poll."""
    return judge_backups([poll(settings, now)], now, policy_rules(settings))


def ago(**length: float) -> datetime:
    """Return a time before NOW."""
    return NOW - timedelta(**length)


WHOLE = listing([("1.gz", 1, ago(hours=1)), (f"{CLIENT}.gz", 1, ago(hours=2))])
