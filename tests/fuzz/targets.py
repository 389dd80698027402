# SPDX-License-Identifier: MIT
"""Every parser of outside input: what is given to it, how that is changed, and which errors it may raise.

A source is polled as in a run, with a response in place of the network. Whatever it holds, the poll returns a report or
raises NoAnswerError: any other exception would be an internal error, and end the run.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import urllib3

from elytra_status import alerts, schema
from elytra_status.alerts.channel import Message
from elytra_status.announcements import written
from elytra_status.errors import ElytraStatusError, NoAnswerError
from elytra_status.history import importing, sharing
from elytra_status.history import store as history_store
from elytra_status.history.shared_past import MOST_ROLLUPS, PastShapeError, SharedPast
from elytra_status.history.spans import AnnouncedSpans
from elytra_status.model import Announcements, Report
from elytra_status.net import http, s3, s3_transport
from elytra_status.publish import cors
from elytra_status.publish import lease as leases
from elytra_status.publish.s3_bucket import status_bucket
from elytra_status.run import rendering, saved_state
from elytra_status.run.assess import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.run.shared_state import SharedState
from elytra_status.settings import Secret, Settings
from elytra_status.sources import configured
from elytra_status.sources.kuma import database
from elytra_status.sources.kuma.status_page import read_badge
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK, Deadline
from tests.bare_kuma_database import bare_database
from tests.conftest import MovableClock
from tests.fuzz.mutators import mutate_json, mutate_lines, mutate_metrics, mutate_sqlite, mutate_xml
from tests.made_evidence import PROGRAMS, Made

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
# A file system in memory keeps any time of a file.
_IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
_TIMES = (0, -62_135_596_801, 253_402_300_800, 3e11, -3e11)
Mutate = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Target:
    """A parser. `read` is given input, and returns; the errors of this project are no findings."""

    name: str
    read: Callable[[bytes], object]
    mutate: Mutate

    def seeds(self) -> list[bytes]:
        """Return the inputs that are kept in the repository."""
        return [path.read_bytes() for path in sorted((CORPUS / self.name).iterdir())]

    def findings(self, text: bytes) -> Exception | None:
        """Return the exception that would have been an internal error, None if there was none."""
        try:
            self.read(text)
        except ElytraStatusError:
            return None
        except Exception as error:
            return error
        return None


def poll_answered(settings: Settings, body: bytes, content_type: str, saved: dict[str, Any] | None = None) -> Report:
    """Poll the only source of some settings, with the same response to each request."""
    response = http.Response(200, {"content-type": content_type}, body)
    (source,) = configured(settings)
    with mock.patch.object(http, "get", return_value=response):
        report = source.poll(PollRequest(NOW, 60, saved=saved or {}, clock=SYSTEM_CLOCK))
        # What a source saves, it must be able to read.
        return source.poll(
            PollRequest(NOW + timedelta(minutes=10), 60, saved=json.loads(json.dumps(report.saved)), clock=SYSTEM_CLOCK)
        )


def _source(content_type: str = "application/json", **values: Any) -> Callable[[bytes], object]:
    return lambda body: poll_answered(Settings(**values), body, content_type)


def _evidence(setting: str) -> Callable[[bytes], object]:
    def read(body: bytes) -> object:
        with tempfile.TemporaryDirectory(dir=_IN_MEMORY) as directory:
            odd, good = Path(directory) / "odd.json", Path(directory) / "web2.json"
            odd.write_bytes(body)
            good.write_text(json.dumps(PROGRAMS[setting]([Made(NOW - timedelta(hours=3), host="web2", group="web2")])))
            (source,) = configured(Settings(**{setting.lower(): directory}))
            for seconds in (_TIMES[len(body) % len(_TIMES)], NOW.timestamp()):
                os.utime(odd, (seconds, seconds))
                # The good file stays: a report comes, whatever the other one holds.
                try:
                    report = source.poll(PollRequest(NOW, 60, clock=SYSTEM_CLOCK))
                except NoAnswerError as error:
                    raise AssertionError(f"the good file went with the other: {error}") from error
            return report

    return read


@contextmanager
def _storage_sends(body: bytes, status: int = 200) -> Iterator[None]:
    """Answer each request to the storage with an XML body."""
    from botocore.awsrequest import AWSResponse

    def send(*words: Any, **options: Any) -> Any:
        headers = {"Content-Type": "application/xml"}
        came = urllib3.HTTPResponse(io.BytesIO(body), headers, status, preload_content=False)
        response = s3_transport.read_whole(came, Deadline.after(SYSTEM_CLOCK, 60))
        return AWSResponse("http://127.0.0.1:9", status, response.headers, response)

    # The client keeps the function that it was made with.
    s3.open_client.cache_clear()
    try:
        # A storage that says SlowDown is tried again after a while.
        with mock.patch.object(s3_transport, "send_for_botocore", send), mock.patch("time.sleep"):
            yield
    finally:
        s3.open_client.cache_clear()


def _listing(body: bytes) -> object:
    """Read a listing as the storage would send it."""
    settings = Settings(
        backup_bucket="planted",
        backup_endpoint="http://127.0.0.1:9",
        backup_access_key=Secret("planted-access"),
        backup_secret_key=Secret("planted-secret"),
        backup_groups="prefix",
    )
    with _storage_sends(body):
        (source,) = configured(settings)
        return source.poll(PollRequest(NOW, 60, clock=SYSTEM_CLOCK))


def _cors(status: int) -> Callable[[bytes], object]:
    """Read CORS rules, or an error of the storage."""
    settings = Settings(
        status_bucket="planted",
        spaces_endpoint="http://127.0.0.1:9",
        spaces_access_key=Secret("planted-access"),
        spaces_secret_key=Secret("planted-secret"),
    )
    bucket = status_bucket(settings)
    assert bucket

    def read(body: bytes) -> object:
        with _storage_sends(body, status):
            rules = cors.current_rules(bucket)
            return cors.is_applied(rules, settings.cors_origins)

    return read


def _database(seed: bytes) -> object:
    """Import a database that is changed by chance; the input is the seed of the chance."""
    wanted = importing.Wanted(0, 0, int(NOW.timestamp()))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "kuma.db"
        path.write_bytes(bare_database())
        mutate_sqlite(path, random.Random(seed))
        earlier = database.read_database(path, "uptime_kuma", wanted, AnnouncedSpans())
        return importing.take_in_earlier(Path(directory) / "history.db", earlier, NOW, AnnouncedSpans(), 90)


def _announcements(body: bytes) -> object:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    try:
        return _publish_announced(written.from_json(value))
    except written.ShapeError:
        return None


def _publish_announced(announced: Announcements) -> object:
    """Decide and render as a run does, without sources."""
    settings = Settings()
    assessment = assess(settings, MovableClock(NOW), SavedState(), confirming=False, announced=lambda: announced)
    return rendering.render_publication(settings, assessment, NOW)


def _pair_state(body: bytes) -> object:
    try:
        state = SharedState.from_bytes(body)
    except written.ShapeError:
        return None
    # What one machine takes over, the other one must be able to read.
    assert SharedState.from_bytes(state.to_bytes()) == state
    return _publish_announced(state.announcements)


def _pair_history(body: bytes) -> object:
    """Merge a past into an empty history; the input is the text that the object has compressed."""
    try:
        past = SharedPast.from_bytes(gzip.compress(body))
    except PastShapeError:
        return None
    # What one machine shares, the other one must be able to read.
    assert SharedPast.from_bytes(past.to_bytes()) == past
    when = sharing.MergeTime(int(NOW.timestamp()), AnnouncedSpans(), 90)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "history.db"
        history_store.write(path, when.now, partial(sharing.merge_past, past, when, 1))
        own = history_store.read(path, partial(sharing.own_past, when, 0, MOST_ROLLUPS))
    return SharedPast.from_bytes(own[1].to_bytes())


def _lease(body: bytes) -> object:
    try:
        lease = leases.Lease.from_bytes(body)
    except leases.LeaseShapeError:
        return None
    for own in (frozenset({lease.holder}), frozenset({"ef" * 8})):
        claimed = leases.claim(lease, leases.Claimant("cd" * 8, own, "two"), NOW, timedelta(minutes=15)).lease
        assert leases.Lease.from_bytes(claimed.to_bytes()) == claimed
        leases.Lease.from_bytes(leases.release(lease, own, NOW).to_bytes())
    return lease.name


def _reply(**values: Any) -> Callable[[bytes], object]:
    """Send a message, and check the channel, with the same response to each request."""

    def read(body: bytes) -> None:
        (channel,) = alerts.configured(Settings(**values))
        for status in (200, 400, 429):
            response = http.Response(status, {"content-type": "application/json"}, body)
            with (
                mock.patch.object(http, "get", return_value=response),
                mock.patch.object(http, "post", return_value=response),
            ):
                with suppress(ElytraStatusError):
                    channel.send(Message("planted", "planted", NOW, "planted"))
                with suppress(ElytraStatusError):
                    channel.check(1)

    return read


def _saved_state(body: bytes) -> object:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / saved_state.FILE).write_bytes(body)
        return saved_state.read(Path(directory))


_KEY = Secret("planted-token")
_ADDRESS = Secret("https://127.0.0.1:9/planted")
_SENDGRID = {"sendgrid_from_email": "a@example.com", "sendgrid_admin_email": ("b@example.com",)}
_KUMA = {"uptime_kuma_url": "http://127.0.0.1:9"}
TARGETS: tuple[Target, ...] = (
    Target("kuma-page", _source(**_KUMA, uptime_kuma_status_page="elytra"), mutate_json),
    Target("kuma-metrics", _source("text/plain", **_KUMA, uptime_kuma_api_key=_KEY), mutate_metrics),
    Target("kuma-badge", read_badge, mutate_lines),
    Target("prometheus", _source(prometheus_url="http://127.0.0.1:9", prometheus_metric="up"), mutate_json),
    Target("better-stack", _source(better_stack_token=_KEY), mutate_json),
    Target("gatus", _source(gatus_url="http://127.0.0.1:9"), mutate_json),
    Target("healthchecks", _source(healthchecks_api_key=_KEY), mutate_json),
    Target("listing", _listing, mutate_xml),
    Target("cors", _cors(200), mutate_xml),
    Target("storage-error", _cors(403), mutate_xml),
    Target("kuma-database", _database, lambda text, chance: chance.randbytes(4)),
    Target("status", schema.parse_status, mutate_json),
    Target("announcements", _announcements, mutate_json),
    Target("saved-state", _saved_state, mutate_json),
    Target("pair-state", _pair_state, mutate_json),
    Target("pair-history", _pair_history, mutate_json),
    Target("lease", _lease, mutate_json),
    Target("telegram", _reply(telegram_bot_token=_KEY, telegram_chat_id="5"), mutate_json),
    Target("sendgrid", _reply(sendgrid_api_key=_KEY, **_SENDGRID), mutate_json),
    Target("teams", _reply(teams_webhook_url=_ADDRESS), mutate_json),
    Target("slack", _reply(slack_webhook_url=_ADDRESS), mutate_lines),
    *(Target(setting.lower().replace("_", "-"), _evidence(setting), mutate_json) for setting in PROGRAMS),
)
