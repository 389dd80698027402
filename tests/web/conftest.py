# SPDX-License-Identifier: MIT
"""Needs Node.js, Chromium and Ceph: `make test-web` installs them. Builds the site, and serves it for the session."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status import errors
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.run import job
from elytra_status.run.job import Outcome
from elytra_status.settings import Settings
from tests.browser.conftest import browser, launched  # noqa: F401
from tests.ceph_gateway import CephGateway, missing_packages
from tests.conftest import API_KEY, MovableClock, recording, wait_until
from tests.in_process import run_command
from tests.needs import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).resolve().parent
WEB = HERE.parent.parent / "web"
NEXT = WEB / "node_modules" / ".bin" / "next"
SCREENSHOTS = HERE / "screenshots"
STATUS_BUCKET, BACKUP_BUCKET = "example-status", "example-backups"
MANY_HOURS = 1000
# Colour scheme and width of a window.
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (360, 1280)]


@dataclass(frozen=True)
class Site:
    """The example site, served. `times` is what its clock is ahead by, and that of who publishes and who looks."""

    url: str
    secret: str
    gateway: CephGateway
    clock_file: Path
    log: Path
    times: dict[str, timedelta] = field(default_factory=lambda: {"ahead": timedelta()})

    def now(self) -> datetime:
        """What time it is there."""
        return datetime.now(UTC) + self.times["ahead"]

    def pass_time(self, **length: float) -> None:
        """Let time pass: pass_time(minutes=31)."""
        self.times["ahead"] += timedelta(**length)
        self.clock_file.write_text(str(int(self.times["ahead"].total_seconds() * 1000)))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The example site as it is built for visitors, and the gateway that its status lies on."""
    missing = missing_packages() + ([] if NEXT.exists() else ["web/node_modules"])
    need(*(f"{name} is not installed: make test-web" for name in missing))
    directory = tmp_path_factory.mktemp("web")
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    SCREENSHOTS.mkdir()
    with ExitStack() as stack:
        gateway = stack.enter_context(CephGateway(directory / "ceph"))
        owner = gateway.client(gateway.owner)
        for bucket in (STATUS_BUCKET, BACKUP_BUCKET):
            owner.create_bucket(Bucket=bucket)
        owner.put_object(Bucket=BACKUP_BUCKET, Key="1.sql.gz", Body=b"x")
        site = Site(
            f"http://127.0.0.1:{free_port()}", secrets.token_urlsafe(), gateway, directory / "clock", directory / "log"
        )
        site.pass_time()
        stack.enter_context(_next(site))
        yield site


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _next(site: Site) -> ExitStack:
    """Build the site and serve it until the context ends."""
    environment = {
        **os.environ,
        "NEXT_TELEMETRY_DISABLED": "1",
        "NEXT_PUBLIC_STATUS_JSON_URL": f"{site.gateway.http_endpoint}/{STATUS_BUCKET}/status.json",
        "STATUS_REVALIDATE_SECRET": site.secret,
        "CLOCK_FILE": str(site.clock_file),
    }
    done = subprocess.run([NEXT, "build"], cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    environment["NODE_OPTIONS"] = f"--require {HERE / 'clock.cjs'}"
    port = site.url.rpartition(":")[2]
    stack = ExitStack()
    log = stack.enter_context(site.log.open("w"))
    server = subprocess.Popen(
        [NEXT, "start", "--hostname", "127.0.0.1", "--port", port],
        cwd=WEB, env=environment, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    stack.callback(server.wait, 10)
    stack.callback(server.terminate)
    wait_until(lambda: server.poll() is not None or "Ready" in site.log.read_text(), seconds=60)
    assert server.poll() is None, site.log.read_text()
    return stack


@pytest.fixture
def site(served: Site) -> Site:
    """The site, an hour after the last test: of what was published then, nothing holds any more."""
    served.pass_time(hours=1)
    return served


def look_at(page: Page, scheme: str, width: int) -> None:
    """Look at an open page in another window: to load it again takes seconds."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})


Publish = Callable[..., Outcome]


@pytest.fixture
def publish(site: Site, make_settings: Callable[..., Settings], tmp_path: Path) -> Publish:
    """Do the job, as of the site's time: publish('one-down'), or publish(None) while Uptime Kuma answers with 503.

    Visitors of the site may read what is published.
    """
    settings = make_settings(
        UPTIME_KUMA_URL="http://127.0.0.1:9",
        UPTIME_KUMA_API_KEY=API_KEY,
        UPTIME_KUMA_STATUS_PAGE="elytra",
        SPACES_ENDPOINT=site.gateway.https_endpoint,
        SPACES_REGION="nyc3",
        SPACES_ACCESS_KEY=site.gateway.owner.access_key,
        SPACES_SECRET_KEY=site.gateway.owner.secret_key,
        STATUS_BUCKET=STATUS_BUCKET,
        STATUS_URL=f"{site.gateway.https_endpoint}/{STATUS_BUCKET}/status.json",
        BACKUP_BUCKET=BACKUP_BUCKET,
        # The gateway's clock does not go ahead with the site's, so a backup made at the start ages by an hour a test.
        BACKUP_MAX_AGE_HOURS=str(MANY_HOURS),
        BACKUP_FAILED_AGE_HOURS=str(2 * MANY_HOURS),
        BACKUP_POLICY="Nightly backups, 7-day retention, off-site object storage.",
        INFRASTRUCTURE_MODEL="Dedicated droplet per client + managed database cluster.",
        INFRASTRUCTURE_REGIONS="nyc3",
        INFRASTRUCTURE_NOTES="All sites behind managed HTTPS and monitored 24/7.",
        CORS_ORIGINS=site.url,
        CA_BUNDLE=site.gateway.ca_file,
        WEBHOOK_URL=f"{site.url}/api/revalidate",
        WEBHOOK_SECRET=site.secret,
    )
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    # What another test published in the same second would be as new.
    owner = site.gateway.client(site.gateway.owner)
    for one in owner.list_objects_v2(Bucket=STATUS_BUCKET).get("Contents", ()):
        owner.delete_object(Bucket=STATUS_BUCKET, Key=one["Key"])

    def run(scenario: str | None) -> Outcome:
        clock = MovableClock(site.now())
        with ReplayServer(recording("v2.5.3", scenario or "all-up"), api_key=API_KEY, clock=clock.now) as kuma:
            if not scenario:
                # Its Date header still has the site's time, which the gateway does not know.
                paths = ("/metrics", "/api/status-page/elytra", "/api/status-page/heartbeat/elytra")
                kuma.faults |= dict.fromkeys(paths, ReplayFault(status=503))
            outcome = job.run(replace(settings, uptime_kuma_url=kuma.url), clock, tmp_path)
        assert outcome.published
        # Where it looked twice, it has waited.
        site.pass_time(seconds=max(0.0, (clock.moment - site.now()).total_seconds()))
        return outcome

    return run


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Callable[..., Page]]:  # noqa: F811
    """Open the site as a new visitor: visit('/status', width=360, …); the rest is for Browser.new_context.

    `tones` of the page are the tones that the card has had, in order. A test fails where a page had an error, or its
    policy forbade it something.
    """
    contexts = []
    faults: list[str] = []

    def open_one(path: str = "/status", *, url: str = site.url, width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.clock.install(time=site.now())
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(url + path)
        if options.get("java_script_enabled", True):
            page.locator("section[data-phase=judged]").wait_for()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []
