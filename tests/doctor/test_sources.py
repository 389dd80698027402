# SPDX-License-Identifier: MIT
"""The doctor's findings about sources and backups, with a replayed Uptime Kuma and storage on loopback."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.doctor import connections, sources
from elytra_status.doctor.finding import Finding, Level
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import API_KEY, MovableClock
from tests.examined import bad, context, examine, levels, of
from tests.hostile_s3 import HostileS3, error, goes_on, listing
from tests.made_kuma import HEARTBEATS, METRICS, PAGE, heartbeats_json, made, metrics_text, page_json, steady

pytestmark = pytest.mark.slow

Start = Callable[..., ReplayServer]
NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def kuma(server: ReplayServer, **more: object) -> dict[str, object]:
    return {
        "UPTIME_KUMA_URL": server.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        **more,
    }


def storage(server: HostileS3, **more: object) -> dict[str, object]:
    return {
        "BACKUP_BUCKET": "backups",
        "BACKUP_ENDPOINT": server.url,
        "BACKUP_ACCESS_KEY": "DO00KEYOFTHEBACKUPS0",
        "BACKUP_SECRET_KEY": "secret/of+the=backups",
        **more,
    }


def found(tmp_path: Path, clock: MovableClock | None = None, **values: object) -> list[Finding]:
    return examine(sources.AREA, context(tmp_path, clock, **values))


def test_the_connectivity_url_should_answer_while_kuma_is_not_isolated(tmp_path: Path, start_kuma: Start) -> None:
    server = start_kuma("v2.5.3", "all-up")
    assert examine(connections.AREA, context(tmp_path, **kuma(server))) == []
    asked = context(tmp_path, **kuma(server, CONNECTIVITY_URL=f"{server.url}/outside"))
    (finding,) = examine(connections.AREA, asked)
    assert (finding.level.value, finding.name) == ("ok", "uptime_kuma")
    server.faults["/outside"] = ReplayFault(status=502)
    (finding,) = bad(examine(connections.AREA, asked))
    assert (finding.level.value, finding.name) == ("warning", "uptime_kuma")
    assert "CONNECTIVITY_URL failed (it returned 502)" in finding.seen


def test_with_nothing_set_it_says_what_to_set(tmp_path: Path) -> None:
    findings = found(tmp_path)
    assert levels(findings) == {"monitors": "warning", "backups": "skipped", "texts": "ok"}
    assert f"UPTIME_KUMA_URL in {tmp_path}" in of(findings, "monitors").remedy


def test_a_kuma_in_order(tmp_path: Path, start_kuma: Start) -> None:
    server = start_kuma("v2.5.3", "all-up")
    findings = found(tmp_path, **kuma(server))
    assert bad(findings) == []
    answer, newest = (finding for finding in findings if finding.name == "uptime_kuma")
    assert answer.seen.startswith("6 monitors (6 up), answered in")
    assert newest.seen.startswith("newest heartbeat: ")
    assert max(Counter(request.path for request in server.requests).values()) == 1, "something was asked twice"


@pytest.mark.parametrize("name", ["", "office"])
def test_with_a_key_alone_it_warns_that_a_stuck_kuma_goes_unnoticed(
    name: str, tmp_path: Path, start_kuma: Start
) -> None:
    values = kuma(start_kuma("v2.5.3", "all-up"))
    del values["UPTIME_KUMA_STATUS_PAGE"]
    if name:
        values = {f"{name.upper()}_{key}": value for key, value in values.items()}
        values["SOURCES"] = f"uptime_kuma:{name}"
    (warned,) = bad(found(tmp_path, **values))
    assert (warned.level, warned.seen) == (
        Level.WARNING,
        "/metrics contains no times (if Uptime Kuma hangs, its monitors stay up)",
    )
    assert warned.remedy.startswith("set UPTIME_KUMA_STATUS_PAGE too")


def test_a_key_that_is_refused_with_a_page_beside_it_is_a_fault(tmp_path: Path, start_kuma: Start) -> None:
    findings = found(tmp_path, **kuma(start_kuma("v2.5.3", "all-up"), UPTIME_KUMA_API_KEY="uk1_other"))
    refused = next(finding for finding in bad(findings) if "401" in finding.seen)
    assert refused == Finding(
        "uptime_kuma",
        Level.FAULT,
        "401, the API key is refused (metrics)",
        "create an API key under Settings → API Keys and set UPTIME_KUMA_API_KEY",
    )


def test_a_key_that_is_refused_and_no_page_is_a_fault(tmp_path: Path, start_kuma: Start) -> None:
    values = {**kuma(start_kuma("v2.5.3", "all-up")), "UPTIME_KUMA_API_KEY": "uk1_other", "UPTIME_KUMA_STATUS_PAGE": ""}
    (refused,) = bad(found(tmp_path, **values))
    assert (refused.level, refused.seen) == (Level.FAULT, "401, the API key is refused (metrics)")
    assert "create an API key under Settings" in refused.remedy


def test_a_kuma_that_is_not_there_is_a_fault_and_texts_say_what_they_were_not_compared_with(tmp_path: Path) -> None:
    findings = found(tmp_path, UPTIME_KUMA_URL="http://127.0.0.1:9", UPTIME_KUMA_STATUS_PAGE="elytra")
    (gone,) = bad(findings)
    assert gone.level is Level.FAULT
    assert gone.seen == "127.0.0.1:9 is unreachable, connection refused (page, heartbeats)"
    assert gone.remedy == "check its address, and that it runs"
    assert of(findings, "texts").seen.endswith("not compared with the names in uptime_kuma")


def test_a_kuma_that_hangs_has_its_timeout_and_is_not_queried_twice(
    tmp_path: Path, start_kuma: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SECONDS", 0.5)
    server = start_kuma("v2.5.3", "all-up")
    server.faults |= dict.fromkeys((METRICS, PAGE, HEARTBEATS), ReplayFault(hang=True))
    (late,) = bad(found(tmp_path, SYSTEM_CLOCK, **kuma(server)))
    assert late.level is Level.FAULT
    assert "up to 100 s after its start: in two minutes" in late.remedy
    assert max(Counter(request.path for request in server.requests).values()) == 1
    server.faults.clear()
    server.faults[HEARTBEATS] = ReplayFault(hang=True)
    late, *_ = bad(found(tmp_path, SYSTEM_CLOCK, **kuma(server)))
    assert late.level is Level.FAULT
    assert late.seen.endswith("(heartbeats)")
    assert "up to 100 s after its start: in two minutes" in late.remedy


def test_heartbeats_that_have_stopped(tmp_path: Path, start_kuma: Start) -> None:
    clock = MovableClock()
    server = start_kuma("v2.5.3", "all-up", moved_to=clock.now())
    clock.moment += timedelta(hours=3)
    unknown, newest = bad(found(tmp_path, clock, **kuma(server)))
    assert unknown.level is Level.WARNING
    assert unknown.seen.startswith("6 of 6 monitors are unknown: uptime_kuma:")
    assert unknown.seen.endswith(" and 1 more")
    assert newest.level is Level.FAULT
    assert newest.seen == "newest heartbeat: 3 hours ago: no monitor is checked"


def test_heartbeats_of_the_future(tmp_path: Path, start_kuma: Start) -> None:
    clock = MovableClock()
    server = start_kuma("v2.5.3", "all-up", moved_to=clock.now())
    clock.moment -= timedelta(hours=3, minutes=30)
    newest = bad(found(tmp_path, clock, **kuma(server)))[-1]
    assert newest.level is Level.FAULT
    assert newest.seen == "newest heartbeat: 3 hours from now"
    assert "timedatectl" in newest.remedy


def test_a_kuma_without_monitors(tmp_path: Path) -> None:
    with made(metrics_text(), page_json(), heartbeats_json({})) as server:
        (empty,) = bad(found(tmp_path, **kuma(server)))
    assert (empty.level, empty.seen) == (Level.WARNING, "has no monitor that counts")


def test_a_monitor_that_is_down_is_not_the_doctors_affair(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with made(metrics_text(), page_json(), heartbeats_json({1: steady(now, [0, 0, 0])})) as server:
        findings = found(tmp_path, **kuma(server, UPTIME_KUMA_API_KEY=""))
    assert bad(findings) == []
    assert any(finding.seen.startswith("1 monitor (1 down)") for finding in findings)


# Backups


def backups(*ages: float | None) -> Callable[..., object]:
    """A listing with a group for each age in hours; None is a group without a backup."""
    objects = [
        (f"client-{number:02}/{'.keep' if age is None else 'dump'}", 0 if age is None else 9,
         NOW - timedelta(hours=age or 0))
        for number, age in enumerate(ages)
    ]  # fmt: skip
    return lambda request: listing(objects)


def test_groups_of_backups(tmp_path: Path, hostile: HostileS3) -> None:
    hostile.answer = backups(1, 24, 30, 60, None)
    findings = [
        finding
        for finding in found(tmp_path, MovableClock(NOW), **storage(hostile, BACKUP_GROUPS="prefix"))
        if finding.name != "monitors"
    ]
    assert [(finding.name, finding.level.value) for finding in bad(findings)] == [
        ("group 5 of 5", "fault"),
        ("group 4 of 5", "fault"),
        ("group 3 of 5", "warning"),
    ]
    assert [finding.label for finding in bad(findings)] == ["group client-04", "group client-03", "group client-02"]
    assert of(findings, "group 4 of 5").seen == "the newest backup is 2 days old (at most 25 hours)"
    assert "2 of 5 groups are fresh, with backups 60 minutes to 24 hours old" in of(findings, "spaces_backups").seen
    for finding in findings:
        assert "client-" not in finding.name + finding.seen + finding.remedy


def test_many_groups_that_are_not_fresh_are_counted(tmp_path: Path, hostile: HostileS3) -> None:
    hostile.answer = backups(*range(100, 115))
    findings = bad(found(tmp_path, MovableClock(NOW), **storage(hostile, BACKUP_GROUPS="prefix")))
    assert [finding.name for finding in findings].count("spaces_backups") == 1
    assert findings[1].name == "group 15 of 15", "the oldest is not the first"
    assert findings[-1].seen == "5 more groups are not fresh"


def test_a_job_whose_last_run_failed_is_a_fault_whatever_the_age_of_its_backups(tmp_path: Path) -> None:
    def run(group: str, hours: float, status: int) -> dict[str, object]:
        finished = (NOW - timedelta(hours=hours)).isoformat()
        return {"group": group, "key": "x", "finished_at": finished, "exit_status": status, "size": 1}

    runs = [run("client-1", 3, 0), run("client-1", 2, 1), run("client-2", 2, 1), run("client-3", 2, 0)]
    (tmp_path / "manifests.json").write_text(json.dumps(runs))
    findings = found(tmp_path, MovableClock(NOW), BACKUP_MANIFEST=tmp_path / "manifests.json")
    for name, label, before in (
        ("group 1 of 3", "group client-1", "the newest good backup is 3 hours old"),
        ("group 2 of 3", "group client-2", "there is no good backup"),
    ):
        finding = of(findings, name)
        assert (finding.level, finding.label) == (Level.FAULT, label)
        assert finding.seen == f"the last run ended with exit status 1; {before}"
        assert finding.remedy


def test_an_evidence_file_that_cannot_be_used_is_reported_once(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    whole = {"group": "a", "key": "x", "finished_at": NOW.isoformat(), "exit_status": 0, "size": 1}
    (tmp_path / "manifests/good.json").write_text(json.dumps(whole))
    (tmp_path / "manifests/bad.json").write_text("{")
    findings = found(tmp_path, MovableClock(NOW), BACKUP_MANIFEST=tmp_path / "manifests")
    (finding,) = (one for one in bad(findings) if one.name != "monitors")
    assert (finding.name, finding.level) == ("backup_manifests", Level.WARNING)
    assert finding.seen == "1 file cannot be used, as the JSON breaks off, in file 1 of 2 (by name)"


@pytest.mark.parametrize(("age", "level"), [(1, "ok"), (30, "warning"), (60, "fault")])
def test_backups_without_groups(age: float, level: str, tmp_path: Path, hostile: HostileS3) -> None:
    hostile.answer = backups(age)
    finding = of(found(tmp_path, MovableClock(NOW), **storage(hostile)), "spaces_backups")
    assert (finding.level.value, finding.label) == (level, "")


def test_backups_that_are_not_fully_listed_yet_are_one_warning(tmp_path: Path, hostile: HostileS3) -> None:
    # More than is listed at once, and old as far as it is listed.
    hostile.answer = lambda request: listing(
        [(f"acme/{len(hostile.requests):06}.gz", 1, NOW - timedelta(days=9))], more=goes_on(f"t{len(hostile.requests)}")
    )
    findings = found(tmp_path, MovableClock(NOW), **storage(hostile))
    (finding,) = [finding for finding in findings if finding.name == "spaces_backups"]
    assert finding.level is Level.WARNING
    assert "not fully listed yet" in finding.seen


def test_backups_that_cannot_be_listed(tmp_path: Path, hostile: HostileS3) -> None:
    hostile.always(error(403, "AccessDenied"))
    finding = of(found(tmp_path, **storage(hostile)), "spaces_backups")
    assert finding == Finding(
        "spaces_backups",
        Level.FAULT,
        "AccessDenied, the key may not list the backups",
        "give it that right on bucket backups",
    )


# Texts


def test_texts_that_hold_a_monitors_name(tmp_path: Path, start_kuma: Start) -> None:
    values = kuma(start_kuma("v2.5.3", "all-up"), BACKUP_POLICY="Each night, by the scheduler.")
    (text,) = bad(found(tmp_path, **values))
    assert (text.name, text.level) == ("texts", Level.FAULT)
    assert "elytra-status.conf:4: BACKUP_POLICY is withheld" in text.seen
    assert "the name of monitor uptime_kuma:4 " in text.seen
    assert text.label == "texts: Scheduler"
    assert "PUBLIC_WORDS" in text.remedy
    assert "cheduler" not in text.seen + text.remedy
    assert bad(found(tmp_path, **values, PUBLIC_WORDS="Scheduler")) == []
