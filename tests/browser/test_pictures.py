# SPDX-License-Identifier: MIT
"""The pictures of the guides, taken of what the program really shows. `make pictures` puts them into docs/."""

from __future__ import annotations

import html
import json
import os
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from elytra_status.demo import past
from elytra_status.demo.replay import ReplayServer
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock
from tests.alert_servers import mail_server
from tests.browser.conftest import Site
from tests.conftest import API_KEY
from tests.doctor.test_doctor import CLIENT, call, in_order
from tests.hostile_s3 import HostileS3
from tests.in_process import run_command

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["in_order"]

DOCS = Path(__file__).resolve().parents[2] / "docs"
LARGEST = 60_000
WIDTH, HEIGHT = 900, 960
COLOURS = 200
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body{margin:0}pre{margin:0;padding:18px 22px;width:max-content;
background:#161b22;color:#e6edf3;font:14px/1.35 'DejaVu Sans Mono',monospace}</style>"""
MAIL = """<!doctype html><meta charset="utf-8"><style>
body{margin:0;font:15px/1.4 'DejaVu Sans',sans-serif;color:#1c2128}
article{width:max-content;border:1px solid #d0d7de}header{padding:12px 20px;background:#f6f8fa}
pre{margin:0;padding:16px 20px;font:13px/1.4 'DejaVu Sans Mono',monospace}b{display:block}</style>"""
SITE = """<!doctype html><html lang="en"><meta charset="utf-8"><script type="module" src="card.js"></script>
<style>body{margin:0;font-family:'DejaVu Sans',sans-serif}main{padding:18px;width:28rem}</style>
<main><elytra-status src="status.json"></elytra-status></main></html>"""

Open = Callable[..., "Page"]
Make = Callable[..., Settings]
Kuma = Callable[..., ReplayServer]


def take(picture: Locator | Page, name: str, screenshots: Path) -> None:
    """Take a picture for the guides, which must be small: into docs/ for `make pictures`, else to be looked at."""
    from PIL import Image  # from python3-pil, which other tests do without

    file = (DOCS if os.environ.get("ELYTRA_STATUS_PICTURES") else screenshots) / f"{name}.png"
    picture.screenshot(path=file)
    with Image.open(file) as taken:
        # Colours of few pixels, such as those of the legend, are kept.
        coverage = Image.Quantize.MAXCOVERAGE
        taken.convert("RGB").quantize(COLOURS, coverage, dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.stat().st_size <= LARGEST


@pytest.fixture
def publish(site: Site, start_kuma: Kuma, make_settings: Make, tmp_path: Path) -> Callable[..., None]:
    """Publish a recording of Uptime Kuma, with a past of 90 days, to a directory that a web server serves."""

    def run(recording: str, **more: object) -> None:
        values = {
            "UPTIME_KUMA_URL": start_kuma("v2.5.3", recording).url,
            "UPTIME_KUMA_API_KEY": API_KEY,
            "UPTIME_KUMA_STATUS_PAGE": "elytra",
            "PUBLIC_DIRECTORY": site.directory,
            "COMPONENTS": past.COMPONENTS,
            "PAGE_TITLE": "Example Hosting",
            "BACKUP_MANIFEST": tmp_path / "backups.json",
            "CONFIRM_AFTER_SECONDS": "1",
            "BACKUP_POLICY": "Nightly backups, 7-day retention, off-site object storage.",
            **more,
        }
        ended = (datetime.now(UTC) - timedelta(hours=3)).isoformat(timespec="seconds")
        backup = {"group": "shop", "key": "shop.sql.gz", "finished_at": ended, "exit_status": 0, "size": 1}
        (tmp_path / "backups.json").write_text(json.dumps(backup))
        past.seed(make_settings(**values), tmp_path, SystemClock())
        assert run_command(tmp_path, "run") == 0

    return run


def test_the_page(publish: Callable[..., None], site: Site, open_page: Open, screenshots: Path) -> None:
    publish("all-up")
    page = open_page(site.url, width=WIDTH)
    page.get_by_role("heading", name="All systems operational").wait_for()
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    take(page, "page", screenshots)


def test_the_card(publish: Callable[..., None], site: Site, open_page: Open, screenshots: Path) -> None:
    publish("all-up")
    (site.directory / "site.html").write_text(SITE)
    page = open_page(f"{site.url}site.html", width=WIDTH)
    page.get_by_text("All systems operational").wait_for()
    take(page.locator("main"), "card", screenshots)


def test_the_report_of_the_doctor(in_order: HostileS3, tmp_path: Path, open_page: Open, screenshots: Path) -> None:
    """Of the areas whose findings do not depend on the machine on which the tests run."""
    key = f"/backups/{CLIENT}/1.gz"
    old = in_order.objects[key]
    moment = datetime.now(UTC) - timedelta(hours=30)
    in_order.objects[key] = type(old)(old.body, old.headers, old.acl, moment)
    report = call(tmp_path).stdout
    for path, shown in ((tmp_path / "state", "/var/lib/elytra-status"), (tmp_path, "/etc/elytra-status")):
        report = report.replace(str(path), shown)
    # The paths shown are shorter than those of the test, after which lines were broken.
    report = re.sub(r",\s+(root|0)", r", \1", report)
    areas = re.split(r"\n(?=\S)", report)
    kept = [area.rstrip() for area in areas if "127.0.0.1" not in area and re.search("[✓⚠]", area)]
    lines = ["# elytra-status doctor", *kept[:-1], "", kept[-1]]
    page = open_page("about:blank")
    page.set_content(f"{TERMINAL}<pre>{coloured(html.escape(chr(10).join(lines)))}</pre>")
    take(page.locator("pre"), "doctor", screenshots)


def coloured(text: str) -> str:
    """Return a report with its signs in the colours of a terminal."""
    for sign, colour in (("✓", "#7ee787"), ("⚠", "#e3b341"), ("–", "#8b949e")):
        text = text.replace(sign, f'<span style="color:{colour}">{sign}</span>')
    return text


def test_a_notification(
    publish: Callable[..., None], open_page: Open, screenshots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "status-1")
    with mail_server() as mailbox:
        publish(
            "one-down",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=mailbox.port,
            SMTP_SECURITY="none",
            SMTP_FROM="elytra-status@example.com",
            ALERT_EMAIL_TO="admin@example.com",
        )
    (mail,) = mailbox.mails
    page = open_page("about:blank")
    head = "".join(f"<div>{html.escape(str(mail[name]))}</div>" for name in ("From", "To"))
    head = f"<b>{html.escape(str(mail['Subject']))}</b>{head}"
    page.set_content(f"{MAIL}<article><header>{head}</header><pre>{html.escape(mail.get_content())}</pre></article>")
    take(page.locator("article"), "notification", screenshots)
