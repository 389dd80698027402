# SPDX-License-Identifier: MIT
"""Needs Chromium and Playwright: `make test-browser` installs them."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.documents import Publication, render_all
from elytra_status.settings.definitions import DOCUMENTS
from tests.needs import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).resolve().parent
# axe-core, the validator and Lighthouse, from npm; screenshots, to be looked at.
NODE = HERE.parent.parent / ".venv" / "node" / "node_modules"
SCREENSHOTS = HERE / "screenshots"
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def launched() -> Iterator[Callable[..., Browser]]:
    """Return a Chromium by its arguments, each started once.

    Skips the tests where it is not installed; fails them where it has to be.
    """
    if not (HERE.parent.parent / ".venv" / ".browser").exists():
        need("the browser is not installed: make test-browser")
    from playwright.sync_api import sync_playwright

    started: dict[tuple[str, ...], Browser] = {}
    with sync_playwright() as playwright:

        def launch(*arguments: str) -> Browser:
            if arguments not in started:
                # Chromium has no sandbox for root.
                started[arguments] = playwright.chromium.launch(
                    executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0, args=list(arguments)
                )
            return started[arguments]

        yield launch
        for one in started.values():
            one.close()


@pytest.fixture(scope="session")
def browser(launched: Callable[..., Browser]) -> Browser:
    """Chromium as it is installed."""
    return launched()


class Site:
    """A web server for what was published to a directory, and what pages may be given in its place.

    `answers` holds, by path, the status and the body of an answer that is given instead. `headers` go out with
    every answer; a Date among them takes the place of the true one. `asked` are the paths that were asked for.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        self._types: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site=self, directory=directory))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def publish(self, given: Publication, now: datetime | None = None) -> None:
        """Lay there what is published of a value. With `now`, as seen by servers whose clock stands then."""
        for document in render_all(given, DOCUMENTS):
            if not document.local:
                path = self.directory / document.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(document.body)
                self._types[f"/{document.name}"] = document.content_type
        if now:
            self.headers["Date"] = f"{now:%a, %d %b %Y %H:%M:%S GMT}"

    def type_of(self, path: str) -> str | None:
        """The content type that a document was published with."""
        return self._types.get("/index.html" if path == "/" else path)

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, site: Site, **options: Any) -> None:
        self.site = site
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.site.asked.append(path)
        if path not in self.site.answers:
            return super().do_GET()
        status, body = self.site.answers[path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", self.site.type_of(path) or "text/plain")
        self.end_headers()
        self.wfile.write(body)
        return None

    def guess_type(self, path: Any) -> str:
        name = "/" + Path(path).relative_to(self.site.directory).as_posix()
        return self.site.type_of(name) or super().guess_type(path)

    def date_time_string(self, timestamp: float | None = None) -> str:
        if timestamp is None and "Date" in self.site.headers:
            return self.site.headers["Date"]
        return super().date_time_string(timestamp)

    def end_headers(self) -> None:
        for name, value in self.site.headers.items():
            if name != "Date":
                self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def start_site(tmp_path: Path) -> Iterator[Callable[[], Site]]:
    """Start web servers: start_site() returns a Site, each of a directory and an origin of its own."""
    sites: list[Site] = []

    def start() -> Site:
        directory = tmp_path / f"site-{len(sites)}"
        directory.mkdir()
        sites.append(Site(directory))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


@pytest.fixture
def site(start_site: Callable[[], Site]) -> Site:
    """One of them."""
    return start_site()


@pytest.fixture
def open_page(launched: Callable[..., Browser]) -> Iterator[Callable[..., Page]]:
    """Open pages: open_page(url, now=…, width=1280, …) returns a page of a new visitor.

    `now` is what the visitor's clock says; it goes on from there, and can be moved (`page.clock`). `large_text` is for
    a visitor who has set text to be twice as large, `text` for one who has set it to so many percent. All else is for
    Browser.new_context. A test fails where a page had an error or its policy forbade it something, unless that is
    `refused` on purpose.
    """
    contexts = []
    errors: list[str] = []

    def open_one(
        url: str,
        *,
        now: datetime | None = None,
        width: int = 1280,
        refused: bool = False,
        large_text: bool = False,
        text: int = 100,
        **options: Any,
    ) -> Page:
        size = 16 * (200 if large_text else text) // 100
        browser = launched(*([] if size == 16 else [f"--blink-settings=defaultFontSize={size}"]))
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                errors.append(message.text)
                if message.type == "error" and "Content Security Policy" in message.text and not refused
                else None
            ),
        )
        if now:
            page.clock.install(time=now)
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong, with where."""
    page.evaluate((NODE / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.fixture(scope="session", autouse=True)
def screenshots() -> Path:
    """An empty directory for pictures, beside the tests: they are there to be looked at."""
    # Several workers share it.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS
