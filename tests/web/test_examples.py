# SPDX-License-Identifier: MIT
"""The examples for sites without Next.js: each is built and shows the status in Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.needs import need
from tests.web.conftest import SCREENSHOTS, WEB
from tests.web.fresh_sites import StatusServer, serve_directory

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EXAMPLES = WEB / "examples"
ADDRESS = "https://status.example.com/"


@pytest.fixture
def status(tmp_path: Path) -> Iterator[StatusServer]:
    """A published status."""
    server = StatusServer(tmp_path / "status")
    server.publish_now()
    yield server
    server.stop()


def address_of(status: StatusServer) -> str:
    """Return the address of the publication, with a slash at its end."""
    return status.url.removesuffix("status.json")


def check_page(name: str, directory: Path, browser: Browser, status: StatusServer) -> None:
    """The page in a directory shows the status, and its console has nothing to say.

    If card.js does not arrive, it shows a link to the page of the status. Storage serves no directory, only index.html.
    """
    said: list[str] = []
    with serve_directory(directory) as address:
        page = browser.new_page()
        page.route("**/card.js", lambda route: route.abort())
        page.goto(f"{address}/index.html")
        link = page.get_by_role("link", name="Platform status")
        link.wait_for()
        assert link.get_attribute("href") == f"{address_of(status)}index.html"
        page.close()
        page = browser.new_page()
        page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
        page.goto(f"{address}/index.html")
        page.locator("elytra-status").get_by_text("All systems operational").wait_for()
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"example-{name}.png", full_page=True)
        page.close()
    assert [line for line in said if "favicon" not in line and "404" not in line] == []


def test_plain_html(status: StatusServer, tmp_path: Path, browser: Browser) -> None:
    text = (EXAMPLES / "html/index.html").read_text()
    site = tmp_path / "site"
    site.mkdir()
    # A policy names an origin.
    address = address_of(status)
    text = text.replace(ADDRESS, address).replace(ADDRESS.rstrip("/"), address.rstrip("/"))
    (site / "index.html").write_text(text)
    check_page("html", site, browser, status)


def test_wordpress(status: StatusServer, tmp_path: Path, browser: Browser) -> None:
    php = shutil.which("php")
    need(*([] if php else ["php is not installed: make test-web"]))
    assert php
    plugin, wordpress = EXAMPLES / "wordpress/elytra-status.php", Path(__file__).with_name("wordpress.php")
    command = [php, "-d", "error_reporting=E_ALL", "-d", "display_errors=1", str(wordpress), str(plugin)]
    done = subprocess.run([*command, address_of(status).rstrip("/")], capture_output=True, text=True, check=True)
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(done.stdout)
    check_page("wordpress", site, browser, status)


@pytest.mark.matrix
@pytest.mark.parametrize("name", ["astro", "vue"])
def test_a_site_that_is_built(name: str, status: StatusServer, tmp_path: Path, browser: Browser) -> None:
    site = tmp_path / name
    shutil.copytree(EXAMPLES / name, site)
    environment = {
        **os.environ,
        "ASTRO_TELEMETRY_DISABLED": "1",
        # Most people leave out the slash at the end.
        "PUBLIC_STATUS_URL": address_of(status).rstrip("/"),
        "VITE_STATUS_URL": address_of(status).rstrip("/"),
    }
    for command in (["npm", "install", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    status.publish_now()
    check_page(name, site / "dist", browser, status)
