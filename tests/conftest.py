# SPDX-License-Identifier: MIT
"""Fixtures: a replayed Uptime Kuma, an S3 server, a clock that can be moved."""

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

from elytra_status.demo.recording import Recording, load_recording
from elytra_status.demo.replay import ReplayServer
from elytra_status.settings import Settings, load
from elytra_status.system import fallback_files, journal
from elytra_status.system.clock import SystemClock
from tests.examples import IS_SEARCH, MANY
from tests.hostile_s3 import HostileS3
from tests.installation import Installation
from tests.labels import LabelsOfLines

# The same examples run each time: a build is no place for a search, and how long an example takes depends on the load
# of the machine. `make search` tries other examples, and many more of them.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=30)
hypothesis.settings.register_profile("search", deadline=None, max_examples=MANY, print_blob=True)
hypothesis.settings.load_profile("search" if IS_SEARCH else "repeatable")

# Builds of Debian packages set a proxy that does not answer.
for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
    for written in (name, name.upper()):
        os.environ.pop(written, None)
# A shell that starts the tests in the background makes them ignore Ctrl-C, and so would their child processes.
signal.signal(signal.SIGINT, signal.default_int_handler)

HERE = Path(__file__).parent
RECORDINGS = HERE / "fixtures" / "uptime-kuma"
API_KEY = "uk1_test-key-of-the-replayed-kuma"
VERSIONS = ("v1.23.17", "v2.5.3")


# Each is the mark of the tests in the folder of that name, which need servers or programs that the others do not.
MARKED = ("backup_programs", "booted", "browser", "clients", "prometheus", "serving", "spaces", "web")
OUTSIDE = (*MARKED, "packaging")
# The tests in these folders and modules try this project's own rules. What these use of libraries is tried elsewhere.
PURE = ("announcements", "decision", "history", "ignorance", "incidents", "leak_guard", "systemd_files",
        "test_docstrings.py", "test_glossary.py", "test_layers.py", "test_names.py", "test_problems_are_values.py",
        "test_pure_middle.py")  # fmt: skip
# Each has many runs of the whole job, or processes of its own.
SLOW = ("extension", "ignorance", "incidents")
# A test that has not ended after these seconds hangs: it fails, and says where. The longest of make test take one; one
# with roots of other systems builds them first. Nothing else depends on these numbers.
HANGS_AFTER, OUTSIDE_HANGS_AFTER = 600, 1800
# The slow tests in these folders try what libraries do with bad answers. Those in others try the project's own rules.
WITH_LIBRARIES = ("alerts", "faults", "net", "publish", "sources")


def folder_of(path: Path) -> str:
    """Return the folder of tests, or the module beside this one, that a path is in; empty for tests/ itself."""
    return "".join(path.parts[len(HERE.parts) :][:1])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave folders unread if none of their tests is run: each process of xdist would read them."""
    return True if "not outside" in config.option.markexpr and folder_of(collection_path) in OUTSIDE else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of some folders."""
    for item in items:
        folder = folder_of(item.path)
        if folder in MARKED:
            item.add_marker(folder)
        if folder in OUTSIDE:
            item.add_marker("outside")
        item.add_marker(pytest.mark.timeout(OUTSIDE_HANGS_AFTER if folder in OUTSIDE else HANGS_AFTER))
        if folder in SLOW:
            item.add_marker("slow")
        if folder in PURE or (item.get_closest_marker("slow") and folder not in WITH_LIBRARIES):
            item.add_marker("pure")


class MovableClock:
    """A clock that stands still. Sleeping moves it at once, and is recorded."""

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


@pytest.fixture(scope="session", autouse=True)
def fallback_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep fallback state files apart from those of other runs of the tests, which may have used the same paths."""
    directory = str(tmp_path_factory.mktemp("fallback"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fallback_files, "tempfile", SimpleNamespace(gettempdir=lambda: directory))
        yield


@pytest.fixture(autouse=True)
def one_label() -> Iterator[None]:
    """Fail if a line of the journal has two labels: its parts are often joined at run time."""
    labels = LabelsOfLines()
    journal.LOGGER.addFilter(labels)
    yield
    journal.LOGGER.removeFilter(labels)
    assert labels.found == [], "each sentence of a message has one label"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


# Scenarios in which Uptime Kuma was just started. All were recorded within minutes of its start, but the others, which
# are not about that, say that it has run for a day longer.
ABOUT_THE_START = ("empty", "fresh-no-heartbeats", "just-restarted")


def recording(version: str, scenario: str, **options: Any) -> Recording:
    running_for = timedelta(0) if scenario in ABOUT_THE_START else timedelta(days=1)
    return load_recording(RECORDINGS, version, scenario, **{"running_for": running_for, **options})


@pytest.fixture
def start_kuma() -> Iterator[Callable[..., ReplayServer]]:
    """Return a function that starts replayed Uptime Kumas: start_kuma('v2.5.3', 'all-up', clock=…)."""
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
def installation(tmp_path: Path) -> Installation:
    """A directory with empty settings, for calling commands."""
    installation = Installation(tmp_path)
    installation.set()
    return installation


@pytest.fixture
def with_kuma(installation: Installation, start_kuma: Callable[..., ReplayServer]) -> ReplayServer:
    """A replayed Uptime Kuma that the settings of the installation name."""
    kuma = start_kuma("v2.5.3", "all-up")
    installation.set(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra")
    return kuma


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the job as on a machine in the zone UTC."""
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
    """Yield the address of an S3 server (moto's) on loopback for the whole session: use new bucket names."""
    moto_server = pytest.importorskip("moto.server", reason="Debian 12 has no moto")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def hostile() -> Iterator[HostileS3]:
    """A server in place of an S3 server that answers whatever a test wants."""
    with HostileS3() as server:
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the S3 client waits before it tries again. It does not really wait."""
    seconds: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=seconds.append))
    monkeypatch.setattr(SystemClock, "sleep", lambda self, time: seconds.append(time))
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
    """Wait until a condition is true, and fail after some seconds."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come to be so in time"
        time.sleep(0.01)
