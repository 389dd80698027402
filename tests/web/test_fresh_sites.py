# SPDX-License-Identifier: MIT
"""The parts on sites as create-next-app makes them: they build, lint and show the status without a warning."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from tests.needs import need
from tests.serving.servers import PATH
from tests.web.conftest import NEXT, WEB, free_port
from tests.web.fresh_sites import (
    SECRET,
    FreshSite,
    Kind,
    StatusServer,
    serve_as_vercel,
    serve_by_nginx,
    warnings_in,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

IN_CI = (Kind("latest", tailwind=True, copied=False), Kind("15", tailwind=False, copied=True))
# The place of the skeleton, as soon as all of it is there with its styles: a busy machine parses a page in parts.
SKELETON = """() => {
    const skeleton = document.querySelector("div[inert]:has(> section)");
    const card = skeleton?.nextSibling && skeleton.querySelector("section");
    if (!card || getComputedStyle(card).borderTopLeftRadius !== "16px") return null;
    const { y, width, height } = card.getBoundingClientRect();
    return { y, width, height };
}"""
# Fetch from another host, load its script and show its page. The browser names the directives that refuse this.
TRY_ANOTHER_HOST = """() => {
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.effectiveDirective));
    const src = "https://elsewhere.invalid/";
    fetch(src).catch(() => {});
    for (const name of ["script", "iframe"]) {
        document.body.append(Object.assign(document.createElement(name), { src }));
    }
}"""
REST = tuple(
    kind
    for kind in (
        *(Kind("latest", *choice) for choice in product((True, False), (True, False))),
        *(Kind("latest", tailwind, False, cache_components=False) for tailwind in (True, False)),
        *(Kind("15", *choice) for choice in product((True, False), (True, False))),
    )
    if kind not in IN_CI
)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as npm pack makes it of what Debian's package installs, which has no built one."""
    missing = [] if NEXT.exists() else ["web/node_modules"]
    missing += [] if shutil.which("nginx", path=PATH) else ["nginx"]
    need(*(f"{name} is not installed: make test-web" for name in missing))
    directory = tmp_path_factory.mktemp("package")
    sources = directory / "web"
    for line in (WEB.parent / "debian/elytra-status.install").read_text("utf-8").splitlines():
        name, target = line.split()
        if not name.startswith("web/"):
            continue
        copied = sources / target.removeprefix("usr/share/elytra-status/web").lstrip("/") / Path(name).name
        copied.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (WEB.parent / name).is_dir() else shutil.copy)(WEB.parent / name, copied)
    (sources / "node_modules").symlink_to(WEB / "node_modules")
    command = ["npm", "pack", "--loglevel", "error", "--pack-destination", str(directory)]
    subprocess.run(command, cwd=sources, check=True, capture_output=True)
    (archive,) = directory.glob("elytra-status-next-*.tgz")
    return archive


@pytest.fixture
def status(tmp_path: Path) -> Iterator[StatusServer]:
    """A published status with all that there can be."""
    server = StatusServer(tmp_path / "status")
    server.publish_now()
    yield server
    server.stop()


@contextmanager
def looking(browser: Browser) -> Iterator[Page]:
    """A page of a browser. Everything that its console has is a failure."""
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert said == []


def check_pages(page: Page, address: str) -> None:
    """The home page and the page of the status show what is published."""
    requests_made: list[Request] = []
    # Playwright sets an attribute on a handler, so a method of a list is none.
    page.on("requestfinished", lambda request: requests_made.append(request))
    page.goto(address)
    page.locator("section[data-phase=judged][data-tone=operational]").wait_for()
    page.locator("a[data-tone=operational]").wait_for()
    # Card and badge share a request. The next ones follow after a minute.
    began = [one.timing["startTime"] for one in requests_made if one.url.endswith("/status.json")]
    assert began
    assert all(later - earlier > 10_000 for earlier, later in pairwise(began))
    # The site's own rules for style sheets may leave those of a package out.
    for part, rule, expected in (
        ("section[data-phase]", "borderTopLeftRadius", "16px"),
        ("a[data-tone]", "gap", "8px"),
    ):
        assert page.locator(part).first.evaluate(f"one => getComputedStyle(one).{rule}") == expected
    # The site's own pictures and fonts, under the policy.
    loaded = "[...document.images].every(one => one.complete && one.naturalWidth > 0)"
    page.wait_for_function(loaded)
    page.goto(f"{address}/status")
    page.locator("section[data-phase=judged][data-tone=operational]").wait_for()
    for title in ("Components", "Past incidents"):
        page.get_by_role("heading", name=title, exact=True).wait_for()
    assert page.locator("li[data-tone]").count() == 11
    assert page.locator("li[data-tone]").first.evaluate("one => getComputedStyle(one).display") == "grid"
    assert page.get_by_role("img", name="The last 90 days.").count() == 11
    check_the_section(page, address)


def check_the_section(page: Page, address: str) -> None:
    """The section has its words beside the card if there is room, and above it if not."""
    page.goto(f"{address}/about")
    card = page.locator("section[data-phase=judged][data-tone=operational]")
    card.wait_for()
    words = page.get_by_role("region", name="Watched all the time").locator("div").first
    for width, beside in ((1280, True), (360, False)):
        page.set_viewport_size({"width": width, "height": 900})
        text, shown = words.bounding_box(), card.bounding_box()
        assert text
        assert shown
        assert (text["x"] + text["width"] <= shown["x"]) == beside
        assert (text["y"] + text["height"] <= shown["y"]) != beside
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def check_the_skeleton(page: Page, address: str, status: StatusServer) -> None:
    """While the status is fetched, the card's place is held."""
    authorization = {"Authorization": f"Bearer {SECRET}"}
    assert requests.post(f"{address}/api/revalidate", timeout=10).status_code == 401
    assert requests.post(f"{address}/api/revalidate", headers=authorization, timeout=10).status_code == 200
    status.delay_seconds = 2
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/status", wait_until="commit")
    # In one step, as the card comes while a busy machine does the next.
    before = page.wait_for_function(SKELETON).json_value()
    card = page.locator("section[data-phase=judged]")
    card.wait_for()
    after = card.bounding_box()
    status.delay_seconds = 0
    assert after
    assert (before["y"], before["width"]) == (after["y"], after["width"])
    assert abs(before["height"] - after["height"]) <= 2


def check_site(kind: Kind, package: Path, status: StatusServer, directory: Path, browser: Browser) -> None:
    site = FreshSite(kind, directory, status.url)
    site.make(package)
    assert warnings_in(site.build()) == []
    if kind == IN_CI[0]:
        # The ESLint of each version checks the sources in CI, without another site.
        site.copy_sources(package)
        assert (site.directory / "components/platform-status/useNow.ts").exists()
    site.lint()
    status.publish_now()
    with site.serve(free_port()) as address, looking(browser) as page:
        check_pages(page, address)
        check_the_skeleton(page, address, status)
    # One version exports as the other does: a build less in CI.
    if kind != IN_CI[0]:
        check_export(site, status, browser)


def check_export(site: FreshSite, status: StatusServer, browser: Browser) -> None:
    site.export()
    assert warnings_in(site.build()) == []
    status.publish_now()
    for serve in (serve_by_nginx, serve_as_vercel):
        with serve(site.directory / "out", site.status_url) as address:
            with looking(browser) as page:
                check_pages(page, address)
            check_the_policy(browser, address)


def check_the_policy(browser: Browser, address: str) -> None:
    """Every answer has the headers, and the browser refuses what they do not allow."""
    for path in ("/", "/status", "/about", "/_next/nowhere.js"):
        headers = requests.get(address + path, timeout=10).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    page = browser.new_page()
    page.goto(f"{address}/about")
    page.evaluate(TRY_ANOTHER_HOST)
    page.wait_for_function("window.refused.length === 3")
    assert sorted(page.evaluate("window.refused")) == ["connect-src", "frame-src", "script-src-elem"]
    page.close()


@pytest.mark.parametrize("kind", IN_CI, ids=lambda kind: kind.name)
def test_a_fresh_site_builds_lints_and_shows_the_status(
    kind: Kind,
    package: Path,
    status: StatusServer,
    tmp_path: Path,
    browser: Browser,
) -> None:
    check_site(kind, package, status, tmp_path, browser)


@pytest.mark.matrix
def test_next_16_exports_too(package: Path, status: StatusServer, tmp_path: Path, browser: Browser) -> None:
    site = FreshSite(IN_CI[0], tmp_path, status.url)
    site.make(package)
    check_export(site, status, browser)
    # Switched off, the parts are in no page.
    site.environment["NEXT_PUBLIC_STATUS_ENABLED"] = "false"
    assert warnings_in(site.build()) == []
    pages = list((site.directory / "out").rglob("*.html"))
    assert len(pages) >= 3
    assert all("elytra-" not in page.read_text() for page in pages)


@pytest.mark.matrix
@pytest.mark.parametrize("kind", REST, ids=lambda kind: kind.name)
def test_so_does_every_other_kind(
    kind: Kind,
    package: Path,
    status: StatusServer,
    tmp_path: Path,
    browser: Browser,
) -> None:
    check_site(kind, package, status, tmp_path, browser)


@pytest.fixture(scope="session")
def program(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of the package. npx, which takes seconds and has questions of its own, is tried on fresh sites."""
    directory = tmp_path_factory.mktemp("program")
    subprocess.run(["tar", "--extract", "--file", package, "--directory", directory], check=True)
    return directory / "package/bin/elytra-status-next.mjs"


def copy(program: Path, site: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Call the command that copies the sources."""
    command = ["node", program, "copy", *options]
    return subprocess.run(command, cwd=site, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def copy_at_a_terminal(program: Path, site: Path, *replies: str, status: int = 0) -> str:
    """Call the command at a terminal, and answer its questions one by one. Return what the terminal shows."""
    ours, theirs = os.openpty()
    command = ["node", program, "copy"]
    process = subprocess.Popen(command, cwd=site, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown, left = "", list(replies)
    while select.select([ours], [], [], 60)[0]:
        try:
            shown += os.read(ours, 4096).decode()
        except OSError:  # the other end is closed
            break
        if left and shown.count("[y/N]") > len(replies) - len(left):
            os.write(ours, left.pop(0).encode())
    os.close(ours)
    assert process.wait(60) == status, shown
    return shown


def test_at_a_terminal_copying_prompts_before_it_replaces_a_file(program: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    page, route = site / "app/status/page.tsx", site / "app/api/revalidate/route.ts"
    for file in (page, route):
        file.parent.mkdir(parents=True)
        file.write_text("mine")
    shown = copy_at_a_terminal(program, site, "\n", "n\n")
    assert [file.read_text() for file in (page, route)] == ["mine", "mine"]
    assert "app/status/page.tsx exists and differs. Replace it? [y/N]" in shown
    assert "2 of your files stayed as they are." in shown
    assert (site / "components/platform-status/index.ts").exists()
    shown = copy_at_a_terminal(program, site, "y\n", "no\n")
    assert "PlatformStatusPage" in page.read_text()
    assert route.read_text() == "mine"
    assert "replaced app/status/page.tsx" in shown
    for key in ("\x04", "\x03"):  # Ctrl-D, Ctrl-C
        shown = copy_at_a_terminal(program, site, key, status=1)
        assert "Stopped: app/api/revalidate/route.ts and the files after it are as they were." in shown
        assert "AbortError" not in shown
        assert route.read_text() == "mine"


def test_copying_keeps_the_files_of_a_site(program: Path, tmp_path: Path) -> None:
    (tmp_path / "src/app/status").mkdir(parents=True)
    page = tmp_path / "src/app/status/page.tsx"
    page.write_text("mine")
    configuration = {
        name: f"my {name}" for name in ("next.config.ts", "vercel.json", ".env.production", "package.json")
    }
    for name, text in configuration.items():
        (tmp_path / name).write_text(text if name != "package.json" else "{}")
    before = {name: (tmp_path / name).read_text() for name in configuration}
    done = copy(program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert page.read_text() == "mine"
    assert "kept     src/app/status/page.tsx" in done.stdout
    route = (tmp_path / "src/app/api/revalidate/route.ts").read_text()
    assert '"../../../components/platform-status/revalidate"' in route
    again = copy(program, tmp_path, "--yes")
    assert again.stdout.splitlines() == ["replaced src/app/status/page.tsx"]
    assert '"../../components/platform-status/index"' in page.read_text()
    assert {name: (tmp_path / name).read_text() for name in configuration} == before
    assert copy(program, tmp_path, "--nonsense").returncode == 64
    (tmp_path / "empty").mkdir()
    nowhere = copy(program, tmp_path, "empty")
    assert nowhere.returncode == 1
    assert "has no app directory" in nowhere.stderr
