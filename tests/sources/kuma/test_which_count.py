# SPDX-License-Identifier: MIT
"""Which monitors of Uptime Kuma count: critical ones, those of MONITOR_IDS, and groups."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayFault, html_page
from elytra_status.errors import NoAnswerError
from elytra_status.model import Report, State
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import VERSIONS
from tests.made_kuma import (
    HEARTBEATS,
    METRICS,
    MODES,
    PAGE,
    confirmed,
    heartbeats_json,
    kuma,
    listed,
    made,
    metrics_text,
    page_json,
    poll,
    series,
    settings,
    states,
    steady,
    wrong,
)
from tests.recorded_kuma import long_started, refused

pytestmark = pytest.mark.slow

# Critical monitors.


def critical(report: Report) -> set[str]:
    return {monitor.key.partition(":")[2] for monitor in report.monitors if monitor.critical}


def tag(name: Any) -> dict[str, Any]:
    return {"id": 1, "monitor_id": 1, "tag_id": 1, "value": "", "name": name, "color": "#DC2626"}


def test_a_tag_says_which_monitors_are_critical_in_metrics_and_on_the_page() -> None:
    now = datetime.now(UTC)
    text = metrics_text(
        series(1, 1, critical=""),
        series(1, 2, Critical="yes"),
        series(1, 3, criticality="x"),
        series(1, 4),
        series(1, 5),
    )
    page = [listed(1), listed(2), listed(3), listed(4) | {"tags": [tag("prod"), tag(" CRITICAL ")]}]
    heartbeats = heartbeats_json({key: steady(now, [1, 1]) for key in range(1, 5)})
    with made(text, page_json(*page), heartbeats) as server:
        assert critical(poll(settings(server, "metrics"), now)) == {"1", "2"}
        assert critical(poll(settings(server, "page"), now)) == {"4"}
        assert critical(poll(settings(server, "both"), now)) == {"1", "2", "4"}


@pytest.mark.parametrize("tags", [None, "critical", [None], ["critical"], [{}], [{"name": None}], [{"name": 1}]])
def test_tags_of_another_shape_say_nothing(tags: Any) -> None:
    now = datetime.now(UTC)
    with made(
        page=page_json(listed(1) | {"tags": tags}), heartbeats=heartbeats_json({1: steady(now, [1, 1])})
    ) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": "up"}
    assert not critical(report)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_settings_say_which_monitors_are_critical(version: str) -> None:
    with kuma(version) as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        report = poll(settings(server, critical_monitor_ids=(1, 99)))
    assert critical(report) == {"1", "99"}
    assert "CRITICAL_MONITOR_IDS lists uptime_kuma:99, but uptime_kuma does not report it" in wrong(report)
    assert states(report) == states(look_all_up(version)) | {"99": "unknown"}


def look_all_up(version: str) -> Report:
    with kuma(version) as server:
        return poll(settings(server))


def test_what_was_critical_stays_so_while_the_answer_is_missing_that_said_it() -> None:
    now = datetime.now(UTC)
    text = metrics_text(series(0, 1, critical=""), series(1, 2))
    heartbeats = heartbeats_json({1: steady(now, [0, 0]), 2: steady(now, [1, 1])})
    with made(text, page_json(listed(1), listed(2)), heartbeats) as server:
        asked = settings(server)
        first = poll(asked, now)
        server.faults[METRICS] = html_page()
        assert critical(poll(asked, now)) == set()
        later = uptime_kuma.poll(asked, PollRequest(now, 5, saved=first.saved, clock=SYSTEM_CLOCK))
        assert critical(later) == critical(poll(asked, now, earlier=first)) == {"1"}
        assert later.saved["critical"] == first.saved["critical"]
        # Once all answers are complete again, they alone count.
        server.faults[METRICS] = ReplayFault(body=metrics_text(series(0, 1), series(1, 2)))
        whole = uptime_kuma.poll(asked, PollRequest(now, 5, saved=later.saved, clock=SYSTEM_CLOCK))
        assert (critical(whole), whole.saved.get("critical")) == (set(), None)


@pytest.mark.parametrize("saved", [{"critical": 1}, {"critical": [1, None, {}]}, {"other": []}])
def test_saved_state_in_another_shape_is_ignored(saved: dict[str, Any]) -> None:
    with kuma() as server:
        server.faults[METRICS] = html_page()
        report = uptime_kuma.poll(settings(server), PollRequest(datetime.now(UTC), 5, saved=saved, clock=SYSTEM_CLOCK))
    assert (critical(report), report.saved.get("critical")) == (set(), None)


def test_a_critical_group_counts_beside_its_children() -> None:
    now = datetime.now(UTC)
    page = page_json(listed(1, kind="group") | {"tags": [tag("critical")]}, listed(2), listed(3, kind="group"))
    heartbeats = heartbeats_json({1: steady(now, [0, 0]), 2: steady(now, [0, 0]), 3: steady(now, [0, 0])})
    with made(page=page, heartbeats=heartbeats) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": "down", "2": "down"}
    assert (confirmed(report), critical(report)) == ({"1", "2"}, {"1"})


# MONITOR_IDS.


@pytest.mark.parametrize("version", VERSIONS)
def test_monitor_ids_choose(version: str) -> None:
    with kuma(version, "one-down") as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        report = poll(settings(server, monitor_ids=(1, 4, 99)))
    assert states(report) == {"1": "up", "4": "up", "99": "unknown"}
    assert "MONITOR_IDS lists uptime_kuma:99, but uptime_kuma does not report it" in wrong(report)


def test_monitor_ids_cannot_be_applied_to_names_alone() -> None:
    with kuma("v1.23.17") as server, pytest.raises(NoAnswerError, match=r"MONITOR_IDS.*UPTIME_KUMA_STATUS_PAGE"):
        poll(settings(server, "metrics", monitor_ids=(1,)))
    with kuma("v1.23.17") as server:
        server.faults[PAGE] = server.faults[HEARTBEATS] = ReplayFault(status=503)
        assert (
            "no ids in /metrics; 503 from Uptime Kuma, or from a proxy in front of it (page, heartbeats). "
            in refused(server, "both", monitor_ids=(1,))
        )
    with kuma("v2.5.3") as server:
        assert states(poll(settings(server, "metrics", monitor_ids=(7,)))) == {"7": "up"}


def test_a_group_that_is_named_counts_beside_its_children() -> None:
    with kuma("v2.5.3", "group-child-down") as server:
        assert states(poll(settings(server, monitor_ids=(2, 4)))) == {"2": "down", "4": "down"}
    with kuma("v2.5.3") as server:
        assert states(poll(settings(server, monitor_ids=(1, 2)))) == {"1": "up", "2": "up"}


def test_a_named_monitor_is_unknown_if_its_part_failed() -> None:
    with kuma() as server:
        server.faults[METRICS] = ReplayFault(status=401)
        assert states(poll(settings(server, monitor_ids=(1, 7)))) == {"1": "up", "7": "unknown"}


# Groups.


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_group_does_not_count_beside_its_children(version: str, mode: str) -> None:
    with kuma(version, "group-child-down") as server:
        report = poll(settings(server, mode))
    assert not any(monitor.name == "Site group" for monitor in report.monitors)
    assert sum(monitor.state is State.DOWN for monitor in report.monitors) == 1


@pytest.mark.parametrize("newest", [0, 1])
def test_a_group_that_is_alone_counts(newest: int) -> None:
    now = datetime.now(UTC)
    with made(
        page=page_json(listed(1, kind="group")), heartbeats=heartbeats_json({1: steady(now, [1, newest, newest])})
    ) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": "up" if newest else "down"}


@pytest.mark.parametrize("other", [1, 2])
def test_a_group_that_no_monitor_seen_explains_counts(other: int) -> None:
    """A child that is down makes a group down; a pending one does not, so it is another that is down."""
    now = datetime.now(UTC)
    heartbeats = heartbeats_json({1: steady(now, [1, 0, 0]), 2: steady(now, [1, other, other])})
    with made(page=page_json(listed(1, kind="group"), listed(2)), heartbeats=heartbeats) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": "down", "2": "up" if other == 1 else "pending"}
    assert confirmed(report) == ({"1"} if other == 1 else {"1", "2"})
    assert any("is a group that is down" in warning for warning in map(str, report.warnings))


def test_a_group_follows_its_children_late() -> None:
    now = datetime.now(UTC)
    page = page_json(listed(1, kind="group"), listed(2))
    for back_up_since, expected in ((40, {"2": "up"}), (900, {"1": "down", "2": "up"})):
        child = [*steady(now, [0, 0, 0], back_up_since + 60), *steady(now, [1] * (back_up_since // 60 + 1), 5)]
        with made(page=page, heartbeats=heartbeats_json({1: steady(now, [0, 0, 0], 10), 2: child})) as server:
            assert states(poll(settings(server, "page"), now)) == expected


def test_a_group_whose_child_is_missing_from_metrics_counts_but_is_not_confirmed() -> None:
    """A child with a tag newer than the start of Uptime Kuma is not in /metrics, and a private one nowhere."""
    now = datetime.now(UTC)
    text = metrics_text(series(0, 1, kind="group"), series(1, 2))
    page = page_json(listed(1, kind="group"), listed(2))
    with made(text, page, heartbeats_json({1: steady(now, [0, 0]), 2: steady(now, [1, 1])})) as server:
        for mode in ("metrics", "both"):
            report = poll(settings(server, mode), now)
            assert states(report) == {"1": "down", "2": "up"}
            assert not confirmed(report)
