# SPDX-License-Identifier: MIT
"""What the tests run against: a replayed Uptime Kuma, an S3 server, a clock that can be moved."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest

from elytra_status.demo.replay import Recording, ReplayServer, load_recording
from elytra_status.settings import Settings, load
from elytra_status.system import journal
from tests.examples import IS_SEARCH, MANY
from tests.hostile_s3 import HostileS3

# What was seen to pass passes again: a build is no place for a search, and how long an example takes depends on what
# else the machine does. `make search` tries others, and many more of them, each time.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=30)
hypothesis.settings.register_profile("search", deadline=None, max_examples=MANY, print_blob=True)
hypothesis.settings.load_profile("search" if IS_SEARCH else "repeatable")

# Builds of Debian packages name a proxy that nobody answers at.
for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
    for written in (name, name.upper()):
        os.environ.pop(written, None)
# A shell that starts the tests in the background has them ignore Ctrl-C, and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

RECORDINGS = Path(__file__).parent / "fixtures" / "uptime-kuma"
API_KEY = "uk1_test-key-of-the-replayed-kuma"
VERSIONS = ("v1.23.17", "v2.5.3")


# Each is a mark of the tests in the folder of that name: they need servers or programs that the others do not.
MARKED = ("backup_programs", "booted", "browser", "clients", "prometheus", "serving", "spaces", "web")
# No library has a part in what the tests in these folders test, nor has the release of Debian.
PURE = ("announcements", "decision", "history", "incidents", "leak_guard")
# Many runs of the whole job each, or processes of their own.
SLOW = ("extension", "ignorance", "incidents")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of some folders."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in MARKED:
            item.add_marker(folder)
        if folder in MARKED or folder == "packaging":
            item.add_marker("outside")
        if folder in PURE:
            item.add_marker("pure")
        if folder in SLOW:
            item.add_marker("slow")


class MovableClock:
    """A clock that stands where it is put. Sleeping moves it, at once, and is remembered."""

    def __init__(self, now: datetime | None = None) -> None:
        self.moment = now or datetime.now(UTC)
        self.sleeps: list[float] = []
        self.before_waking: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.moment += timedelta(seconds=max(0.0, seconds))
        self.before_waking()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


# Scenarios in which Uptime Kuma was started just before. All were recorded within minutes of its start, but it is said
# to have run for a day longer in the others, which are not about that.
ABOUT_THE_START = ("empty", "fresh-no-heartbeats", "just-restarted")


def recording(version: str, scenario: str, **options: Any) -> Recording:
    running_for = timedelta(0) if scenario in ABOUT_THE_START else timedelta(days=1)
    return load_recording(RECORDINGS, version, scenario, **{"running_for": running_for, **options})


@pytest.fixture
def start_kuma() -> Iterator[Callable[..., ReplayServer]]:
    """Start replayed Uptime Kumas: start_kuma('v2.5.3', 'all-up', clock=…) returns a running server."""
    servers: list[ReplayServer] = []

    def start(version: str, scenario: str, names: dict[str, str] | None = None, **options: Any) -> ReplayServer:
        server = ReplayServer(recording(version, scenario, names=names), api_key=API_KEY, **options)
        server.__enter__()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the job as on a machine whose zone is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that reads settings from a file, as a real run does: make_settings(STATUS_URL='…')."""

    def make(**values: object) -> Settings:
        file = tmp_path / "elytra-status.conf"
        file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")
        file.chmod(0o600)
        return load(file, {}).settings

    return make


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """An S3 server (moto's) on loopback, for the whole session: use fresh bucket names. Yields its address."""
    moto_server = pytest.importorskip("moto.server", reason="Debian 12 has no moto")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def hostile() -> Iterator[HostileS3]:
    """A server in the place of an S3 server that answers whatever a test wants."""
    with HostileS3() as server:
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the S3 client waits before it tries again, without waiting."""
    seconds: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=seconds.append))
    monkeypatch.setattr("elytra_status.net.s3.SYSTEM_CLOCK", SimpleNamespace(sleep=seconds.append))
    return seconds


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Everything that is logged, at every level, with its fields."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.levelname} {record.getMessage()} {getattr(record, 'fields', {})}")

    handler = Keep()
    level = journal.LOGGER.level
    journal.LOGGER.addHandler(handler)
    journal.LOGGER.setLevel(logging.DEBUG)
    yield lines
    journal.LOGGER.removeHandler(handler)
    journal.LOGGER.setLevel(level)


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so. Fail where it is not within some seconds."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come to be so in time"
        time.sleep(0.01)
