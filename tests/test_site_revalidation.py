# SPDX-License-Identifier: MIT
"""The website gets one signed request after a change of the status, within a timeout: real HTTP to a stand-in."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elytra_status import site_revalidation
from elytra_status.alerts.channel import AlertError
from elytra_status.documents import Document
from elytra_status.settings import Settings, WrongSettingsError
from elytra_status.site_revalidation import check_revalidation, revalidate, website
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply

pytestmark = pytest.mark.slow

SECRET = "planted-revalidation-secret-é"


@pytest.fixture
def settings(make_settings: Callable[..., Settings], hostile: HostileS3) -> Settings:
    return make_settings(REVALIDATE_URL=f"{hostile.url}/api/revalidate", REVALIDATE_SECRET=SECRET)


def published(**changed: Any) -> list[Document]:
    """The documents of a run."""
    content = {
        "updated_at": "2025-11-10T15:30:00Z",
        "platform_status": "operational",
        "headline": {"code": "operational", "text": "All systems operational"},
        "uptime": {"last_24h": 100.0},
        **changed,
    }
    return [Document("status.json", json.dumps(content).encode(), "application/json", "no-cache", frozenset())]


def test_a_request_is_signed_with_its_time(
    settings: Settings, hostile: HostileS3, clock: MovableClock, tmp_path: Path
) -> None:
    hostile.always(Reply(200, b"{}"))
    revalidate(settings, clock, tmp_path, published())
    (request,) = hostile.requests
    assert (request.method, request.path) == ("POST", "/api/revalidate")
    stamp = request.headers["x-elytra-status-timestamp"]
    assert stamp == str(int(clock.now().timestamp()))
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-elytra-status-signature"] == f"sha256={expected}"
    assert json.loads(request.body) == {
        "version": 1,
        "event": "status",
        "platform_status": "operational",
        "updated_at": "2025-11-10T15:30:00Z",
    }


def test_only_a_change_leads_to_a_request(
    settings: Settings, hostile: HostileS3, clock: MovableClock, tmp_path: Path
) -> None:
    hostile.always(Reply(200))
    outage = {"platform_status": "outage", "headline": {"code": "outage", "text": "Service outage"}}
    notices = [{"kind": "incident", "text": "We are looking into it."}]
    for documents, count in (
        (published(), 1),
        (published(updated_at="2025-11-10T15:40:00Z", uptime={"last_24h": 99.9}), 1),
        (published(**outage), 2),
        (published(**outage, notices=notices), 3),
        (published(**outage, notices=notices), 3),
        (published(), 4),
        ([], 4),
    ):
        revalidate(settings, clock, tmp_path, documents)
        assert len(hostile.requests) == count


@pytest.mark.parametrize(
    ("reply", "tries", "words"),
    [
        (Reply(401), 1, "returned 401. Check that STATUS_REVALIDATE_SECRET of the website is REVALIDATE_SECRET"),
        (Reply(404), 1, "returned 404. Check REVALIDATE_URL, and that the website has the route"),
        (Reply(302, headers={"Location": "https://elsewhere.example/"}), 1, "returned 302. Check REVALIDATE_URL"),
        (Reply(503), 3, "returned 503. Check whether it is overloaded or down"),
        (Reply(fault="reset"), 3, "unreachable"),
    ],
)
def test_a_failure_is_a_warning_and_the_next_run_tries_again(
    reply: Reply,
    tries: int,
    words: str,
    settings: Settings,
    hostile: HostileS3,
    clock: MovableClock,
    tmp_path: Path,
    log_lines: list[str],
) -> None:
    hostile.always(reply)
    revalidate(settings, clock, tmp_path, published())
    said = "\n".join(log_lines)
    assert "the website was not notified" in said
    assert words in said
    assert "The next run tries again." in said
    assert SECRET not in said
    assert len(hostile.requests) == tries
    assert clock.sleeps == [site_revalidation.PAUSE_SECONDS] * (tries - 1)
    hostile.always(Reply(200))
    revalidate(settings, clock, tmp_path, published())
    assert len(hostile.requests) == tries + 1


def test_a_website_that_hangs_does_not_hold_the_run(
    settings: Settings,
    hostile: HostileS3,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log_lines: list[str],
) -> None:
    monkeypatch.setattr(site_revalidation, "SECONDS", 0.2)
    hostile.always(Reply(fault="hang"))
    revalidate(settings, SYSTEM_CLOCK, tmp_path, published())
    assert "the website was not notified" in "\n".join(log_lines)


def test_nothing_is_requested_where_nothing_is_set(
    make_settings: Callable[..., Settings], hostile: HostileS3, clock: MovableClock, tmp_path: Path
) -> None:
    revalidate(make_settings(), clock, tmp_path, published())
    assert hostile.requests == []
    assert not (tmp_path / site_revalidation.FILE).exists()


def test_state_that_cannot_be_written_is_a_warning(
    settings: Settings, hostile: HostileS3, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    hostile.always(Reply(200))
    revalidate(settings, clock, tmp_path / "missing", published())
    assert "cannot be written (No such file or directory)" in "\n".join(log_lines)


def test_the_doctor_tries_it(settings: Settings, hostile: HostileS3, clock: MovableClock) -> None:
    site = website(settings)
    assert site
    hostile.always(Reply(200))
    assert check_revalidation(site, clock).endswith(" accepts the signature")
    hostile.always(Reply(401))
    with pytest.raises(AlertError) as caught:
        check_revalidation(site, clock)
    assert SECRET not in f"{caught.value.problem}{caught.value.remedy}{site!r}"


@pytest.mark.parametrize("alone", ["REVALIDATE_URL", "REVALIDATE_SECRET"])
def test_address_and_secret_belong_together(alone: str, make_settings: Callable[..., Settings]) -> None:
    values = {"REVALIDATE_URL": "https://www.example.com/api/revalidate", "REVALIDATE_SECRET": SECRET}
    with pytest.raises(WrongSettingsError):
        make_settings(**{alone: values[alone]})


@pytest.mark.parametrize("name", ["revalidate_url", "revalidate_secret"])
def test_half_a_website_counts_as_not_set(settings: Settings, name: str) -> None:
    assert website(settings)
    assert website(dataclasses.replace(settings, **{name: None})) is None
