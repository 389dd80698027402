# SPDX-License-Identifier: MIT
"""A bucket of backups that is too large to be listed in each run: over HTTP, with saved state between runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.backup_policy import judge_backups
from elytra_status.decision.ended_groups import Ended
from elytra_status.model import BackupStatus, Report
from elytra_status.net import s3
from elytra_status.run import saved_state
from elytra_status.run.assess import Assessment, assess, policy_rules
from elytra_status.settings import Secret, Settings
from elytra_status.sources.backups_s3 import saved_listing, spaces_backups
from elytra_status.sources.backups_s3.listing import BucketListing
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests import searched_bucket
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Request, error

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
GROUPS = [f"Acme-{number:02}" for number in range(30)]
NIGHTS = 8

Make = Callable[..., Settings]


@pytest.fixture
def settings(hostile: HostileS3, make_settings: Make) -> Settings:
    return settings_of(hostile, make_settings)


def settings_of(hostile: HostileS3, make: Make, **more: object) -> Settings:
    values = {
        "SPACES_ENDPOINT": hostile.url,
        "SPACES_ACCESS_KEY": "DO00KEY",
        "SPACES_SECRET_KEY": "secret",
        "BACKUP_BUCKET": "backups",
        "BACKUP_PREFIX": "nightly/",
        "BACKUP_GROUPS": "prefix",
    }
    return make(**{**values, **more})


def key_of(group: str, night: int) -> str:
    return f"nightly/{group}/{NOW - timedelta(days=night):%Y-%m-%d}.gz"


@pytest.fixture(autouse=True)
def bucket(hostile: HostileS3) -> None:
    """240 backups, on pages of 10: more than are listed in each run."""
    hostile.page = 10
    for group in GROUPS:
        for night in range(NIGHTS):
            put(hostile, group, night)


def put(hostile: HostileS3, group: str, night: int) -> None:
    hostile.put(f"/backups/{key_of(group, night)}", b"x", NOW - timedelta(days=night, hours=1))


def poll(settings: Settings, before: Report | None = None, *, minutes: float = 0, seconds: float = 60) -> Report:
    """Poll some minutes after NOW, with the saved state of the last poll."""
    saved = json.loads(json.dumps(before.saved)) if before else {}
    report = spaces_backups.sources(settings)[0].poll(
        PollRequest(NOW + timedelta(minutes=minutes), seconds, None, saved, clock=SYSTEM_CLOCK)
    )
    # As each poll does.
    return Ended().apply(report)


def run(settings: Settings, clock: MovableClock, state_directory: Path) -> Assessment:
    """Run once, with the state file of the run before."""
    assessment = assess(settings, clock, saved_state.read(state_directory), confirming=True)
    saved_state.write(state_directory, assessment.saved_state)
    return assessment


def status(report: Report, minutes: float = 0) -> BackupStatus:
    return judge_backups([report], NOW + timedelta(minutes=minutes), policy_rules(Settings())).status


@pytest.fixture
def clock(clock: MovableClock, hostile: HostileS3) -> MovableClock:
    clock.moment = NOW
    hostile.now = clock.now
    return clock


def test_a_saved_listing_spares_requests(hostile: HostileS3, settings: Settings) -> None:
    first = poll(settings)
    asked = len(hostile.requests)
    second = poll(settings, first, minutes=10)
    assert asked >= 24
    assert len(hostile.requests) - asked <= 20
    assert status(first) is status(second, 10) is BackupStatus.SUCCESS
    assert {group.name for group in second.backup_groups} == set(GROUPS)
    assert second.backup_groups == first.backup_groups


def test_requests_are_signed_lists_and_nothing_else(hostile: HostileS3, settings: Settings) -> None:
    poll(settings, poll(settings), minutes=400)
    assert {(request.method, request.path, request.query["list-type"]) for request in hostile.requests} == {
        ("GET", "/backups", "2")
    }
    assert all(request.is_signed for request in hostile.requests)


def test_a_listing_that_has_no_time_goes_on_at_the_next_run(hostile: HostileS3, settings: Settings) -> None:
    def answer_late(request: Request) -> None:
        hostile.stopping.wait(0.02)

    hostile.answer = answer_late
    report: Report | None = None
    reports: list[Report] = []
    for number in range(60):
        report = poll(settings, report, minutes=10 * number, seconds=0.3)
        reports.append(report)
        if status(report, 10 * number) is BackupStatus.SUCCESS:
            break
        assert status(report, 10 * number) is BackupStatus.UNKNOWN
        assert tuple(map(str, report.warnings))
    assert len(reports) > 2
    assert status(reports[-1], 10 * number) is BackupStatus.SUCCESS
    assert not reports[-1].warnings


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "SlowDown"])
def test_a_failed_run_leaves_the_saved_listing_unchanged(
    code: str, hostile: HostileS3, settings: Settings, clock: MovableClock, tmp_path: Path, waits: list[float]
) -> None:
    statuses, asked = [], []
    bad = error({"AccessDenied": 403, "NoSuchBucket": 404, "SlowDown": 503}[code], code)
    for fails in (False, True, False):
        before = len(hostile.requests)
        hostile.answer = lambda request, before=before, fails=fails: (  # type: ignore[misc]
            bad if fails and len(hostile.requests) > before + 2 else None
        )
        statuses.append(run(settings, clock, tmp_path).decision.backups.status)
        asked.append(len(hostile.requests) - before)
        clock.moment += timedelta(minutes=10)
    assert statuses == [BackupStatus.SUCCESS, BackupStatus.UNKNOWN, BackupStatus.SUCCESS]
    assert asked[2] <= 20 < asked[0]


CHANGES = {
    "BACKUP_PREFIX": "nightly/Acme-01/",
    "BACKUP_PATTERN": "*.g*",
    "BACKUP_MIN_BYTES": "0",
    "BACKUP_GROUPS": "none",
    "BACKUP_BUCKET": "others",
}


@pytest.mark.parametrize("name", [*CHANGES, "BACKUP_MAX_AGE_HOURS"])
def test_a_setting_that_means_other_backups_makes_the_saved_listing_void(
    name: str, hostile: HostileS3, settings: Settings, make_settings: Make
) -> None:
    for key in list(hostile.objects):
        hostile.objects[key.replace("/backups/", "/others/")] = hostile.objects[key]
    report = poll(settings)
    before = len(hostile.requests)
    poll(settings_of(hostile, make_settings, **{name: CHANGES.get(name, 26)}), report, minutes=10)
    begins_anew = "start-after" not in hostile.requests[before].query
    assert begins_anew == (name in CHANGES)


def test_once_a_day_it_is_tried_whether_the_bucket_is_small_now(hostile: HostileS3, settings: Settings) -> None:
    report = poll(settings)
    for key in list(hostile.objects)[20:]:
        del hostile.objects[key]
    assert poll(settings, report, minutes=1430).saved
    report = poll(settings, report, minutes=1450)
    assert {group.name for group in report.backup_groups if not group.missing_since} == set(GROUPS[:3])
    assert {group.name for group in report.backup_groups if group.missing_since} == set(GROUPS[3:])
    before = len(hostile.requests)
    poll(settings, report, minutes=1460)
    assert len(hostile.requests) - before == 2, "it is listed whole"


def test_names_in_the_saved_listing_are_private(hostile: HostileS3, settings: Settings) -> None:
    report = poll(settings, poll(settings), minutes=10)
    assert {*GROUPS, *(key_of(group, 0) for group in GROUPS)} <= report.private_names
    assert "Acme" not in repr(report)
    for group in GROUPS[:3]:
        for night in range(NIGHTS):
            del hostile.objects[f"/backups/{key_of(group, night)}"]
    report = poll(settings, report, minutes=70)
    assert "3 backup groups are missing from the evidence" in str(report.warnings[0])
    assert status(report, 70) is BackupStatus.UNKNOWN
    assert "Acme" not in str(tuple(map(str, report.warnings)))
    assert set(GROUPS) <= report.private_names


def test_a_file_of_state_keeps_it(
    hostile: HostileS3, settings: Settings, clock: MovableClock, tmp_path: Path, log_lines: list[str]
) -> None:
    run(settings, clock, tmp_path)
    asked = len(hostile.requests)
    clock.moment += timedelta(minutes=10)
    assert run(settings, clock, tmp_path).decision.backups.status is BackupStatus.SUCCESS
    assert len(hostile.requests) - asked <= 20
    file = tmp_path / saved_state.FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any("Acme" in line for line in log_lines if not line.startswith("DEBUG"))
    file.write_text(file.read_text()[:-40])
    asked = len(hostile.requests)
    assert run(settings, clock, tmp_path).decision.backups.status is BackupStatus.UNKNOWN
    assert len(hostile.requests) - asked >= 24


def test_a_thousand_groups_take_little_room(hostile: HostileS3, settings: Settings) -> None:
    report = poll(settings)
    assert len(json.dumps(report.saved)) / len(GROUPS) < 250


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
def test_saved_state_of_another_shape_does_not_count(data: st.DataObject) -> None:
    """Whatever replaces a part of it: it is read as something valid, or as nothing."""
    moment = "2026-03-01T03:00:00Z"
    right: dict[str, Any] = {
        "mark": "mark",
        "groups": {"a": ["a/1", moment, moment, moment, True, None], "b": [None, None, None, None, False, moment]},
        "cursor": ["a/", "a/1", "a", moment, moment],
        "listed": moment,
        "list_began": moment,
        "list_after": "a0",
        "tried": moment,
        "costs": [moment, 2, 5],
    }
    known = saved_listing.from_json(right, "mark", NOW)
    assert known
    assert saved_listing.to_json(known, "mark") == right
    place = data.draw(
        st.sampled_from([("mark",), ("groups",), ("groups", "a"), ("cursor",), *((key,) for key in right)])
    )
    target = right
    for step in place[:-1]:
        target = target[step]
    inner = target[place[-1]]
    if isinstance(inner, list) and data.draw(st.booleans()):
        inner[data.draw(st.integers(0, len(inner) - 1))] = data.draw(VALUES)
    else:
        target[place[-1]] = data.draw(VALUES)
    known = saved_listing.from_json(right, "mark", NOW)
    if known:
        assert json.loads(json.dumps(saved_listing.to_json(known, "mark"))) == right


@pytest.mark.parametrize(
    "place",
    [("groups", "a", 2), ("groups", "a", 3), ("groups", "b", 5), ("tried",), ("listed",), ("costs", 0)],
)
def test_saved_state_from_the_future_does_not_count(place: tuple[Any, ...]) -> None:
    moment, future = "2026-03-01T03:00:00Z", "2026-03-01T04:00:01Z"
    target: Any = {
        "mark": "mark",
        "groups": {"a": ["a/1", moment, moment, moment, True, None], "b": [None, None, None, None, False, moment]},
        "cursor": None,
        "listed": moment,
        "list_began": moment,
        "list_after": "",
        "tried": moment,
        "costs": [moment, 2, 5],
    }
    saved_state = target
    assert saved_listing.from_json(saved_state, "mark", NOW)
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = future
    assert saved_listing.from_json(saved_state, "mark", NOW) is None


def test_a_large_bucket_of_a_whole_server_is_searched_bit_by_bit(s3_server: str) -> None:
    backend = pytest.importorskip("moto.s3.models").s3_backends["123456789012"]["aws"]
    names = s3.Names("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "SPACES_ENDPOINT", "SPACES_REGION")
    account = s3.Account(s3_server, "us-east-1", Secret("DO00KEY"), Secret("secret"), None, names)
    s3.open_client(account).create_bucket(Bucket="large-backups")

    def put(keys: Iterable[str]) -> None:
        # Bypass HTTP: signing thousands of requests takes long.
        for key in keys:
            backend.put_object("large-backups", key, b"x")

    searched_bucket.check(account, "large-backups", put)


@pytest.mark.parametrize(("count", "most"), [(1000, 1), (1001, 2), (5001, 5)])
@pytest.mark.parametrize("groups", ["none", "prefix"])
def test_requests_to_a_whole_server_by_its_size(
    count: int, most: int, groups: str, s3_server: str, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five pages are listed in full in each run. Of more, runs after the first query what is due."""
    backend = pytest.importorskip("moto.s3.models").s3_backends["123456789012"]["aws"]
    name = f"backups-{count}-{groups}"
    settings = make_settings(
        SPACES_ENDPOINT=s3_server,
        SPACES_REGION="us-east-1",
        SPACES_ACCESS_KEY="DO00KEY",
        SPACES_SECRET_KEY="secret",
        BACKUP_BUCKET=name,
        BACKUP_GROUPS=groups,
    )
    account = spaces_backups.backup_account(settings)
    assert account
    s3.open_client(account).create_bucket(Bucket=name)
    for number in range(count):
        backend.put_object(name, f"acme-{number % 10}/{number:04}.gz", b"x")
    pages: list[str] = []
    page = BucketListing.page
    monkeypatch.setattr(BucketListing, "page", lambda *arguments: pages.append(name) or page(*arguments))
    requests: list[int] = []
    saved: dict[str, Any] = {}
    for minutes in range(1, 51, 10):
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        report = spaces_backups.sources(settings)[0].poll(PollRequest(now, 60, None, saved, clock=SYSTEM_CLOCK))
        assert len(report.backup_groups) == (10 if groups == "prefix" else 1)
        assert all(group.newest for group in report.backup_groups)
        saved = json.loads(json.dumps(report.saved))
        requests.append(len(pages) - sum(requests))
    assert max(requests[1:]) <= most
    if count <= 5000:
        assert set(requests) == {most}
