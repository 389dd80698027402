# SPDX-License-Identifier: MIT
"""The report from Uptime Kuma's answers over real HTTP: recorded ones of both versions, and made-up ones."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.decision import policy
from elytra_status.decision.missing_monitors import Expected, Saved, monitors_to_save
from elytra_status.demo.replay import ReplayFault, html_page
from elytra_status.errors import NoAnswerError
from elytra_status.model import Facts, Heartbeat, Monitor, PlatformStatus, Report, State, Uptime
from elytra_status.run import assess
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Settings
from elytra_status.sources.kuma import queries, uptime_kuma
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SystemClock
from tests.conftest import API_KEY, RECORDINGS, VERSIONS, MovableClock, recording
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

pytestmark = pytest.mark.slow

PUBLIC = {"1": "up", "3": "up", "4": "up", "5": "up"}
PRIVATE = {"7": "up", "8": "up"}
EXTRA = {"9": "up", "10": "down", "11": "maintenance", "12": "up", "13": "up"}
# Uptime Kuma 1 has only names in /metrics, one series for both Twins there.
NAMES = {
    "1": "Elytra API",
    "3": 'Prüf-Stand „Süd“ "A\\B" 試験 🛰',
    "4": "Scheduler",
    "5": "Storage: /scratch & <archive>",
    "7": "Internal only",
    "8": "Line one\nline two",
    "9": "Twin",
    "10": "Twin",
    "12": "Fast push",
    "13": "Fast push with retries",
}
GROUP_LEFT_OUT = "1 (uptime_kuma:2) left out: a group repeats what its monitors say"
SAME = ("all-up", "incident", "incident-unpinned")
# By /metrics alone, by the page alone, by both.
EXPECTED: dict[tuple[str, str], tuple[dict[str, str], dict[str, str], dict[str, str]]] = {
    **{(version, scenario): (PUBLIC | PRIVATE, PUBLIC, PUBLIC | PRIVATE) for version in VERSIONS for scenario in SAME},
    ("v2.5.3", "incident-resolved"): (PUBLIC | PRIVATE, PUBLIC, PUBLIC | PRIVATE),
    **{
        (version, scenario): (PUBLIC | change | PRIVATE, PUBLIC | change, PUBLIC | change | PRIVATE)
        for version in VERSIONS
        for scenario, change in {
            "one-down": {"5": "down"},
            "maintenance": {"5": "maintenance"},
            "group-child-down": {"4": "down"},
            "one-pending": {"1": "pending"} | ({"4": "pending"} if version == "v2.5.3" else {}),
        }.items()
    },
    ("v1.23.17", "push-down-with-retries"): (
        PUBLIC | {"1": "pending", "4": "down"} | PRIVATE,
        PUBLIC | {"1": "pending", "4": "down"},
        PUBLIC | {"1": "pending", "4": "down"} | PRIVATE,
    ),
    **{
        (version, scenario): case
        for version in VERSIONS
        for scenario, case in {
            # The private ones are push monitors, and had no push since the server was started.
            "timezone-tokyo": (
                PUBLIC | {"5": "maintenance"},
                PUBLIC | {"5": "maintenance"},
                PUBLIC | {"5": "maintenance"},
            ),
            "just-restarted": ({"1": "up"}, PUBLIC, PUBLIC),
            "fresh-no-heartbeats": ({"1": "up"}, {"1": "up"}, {"1": "up"}),
        }.items()
    },
    ("v1.23.17", "new-tag-before-restart"): (PUBLIC, PUBLIC, PUBLIC),
    ("v2.5.3", "new-tag-before-restart"): ({"1": "up", "4": "up"}, PUBLIC, PUBLIC),
}


def by_name(version: str, mode: str, expected: dict[str, str]) -> dict[str, str]:
    """Return the expectation with the names of Uptime Kuma 1: private monitors, and all in /metrics, have no id."""
    nameless = {"metrics": set(NAMES), "page": set(), "both": {"7", "8"}}[mode] if version < "v2" else set()
    return {NAMES[key] if key in nameless else key: state for key, state in expected.items()}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("version", "scenario"), EXPECTED)
def test_recorded_scenarios(version: str, scenario: str, mode: str) -> None:
    with kuma(version, scenario) as server:
        report = poll(settings(server, mode))
    assert states(report) == by_name(version, mode, EXPECTED[version, scenario][MODES.index(mode)])
    assert not report.unanswered


def about_monitors(report: Report) -> tuple[str, ...]:
    """Return the remarks on monitors; other remarks are about a restart or maintenance."""
    return tuple(one for one in report.remarks if "(uptime_kuma:" in one)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", ["all-up", "one-down", "maintenance"])
def test_the_paused_one_is_left_out_and_it_is_said_why(version: str, scenario: str) -> None:
    with kuma(version, scenario) as server:
        both, page = poll(settings(server, "both")), poll(settings(server, "page"))
    assert about_monitors(both) == ("1 (uptime_kuma:6) paused", GROUP_LEFT_OUT)
    assert both.warnings == ()
    assert tuple(map(str, page.warnings)) == (
        "1 (uptime_kuma:6) without a heartbeat for a day, taken for paused."
        " Set UPTIME_KUMA_API_KEY, which distinguishes paused from stuck monitors.",
    )
    assert about_monitors(page) == (GROUP_LEFT_OUT,)


@pytest.mark.parametrize("version", VERSIONS)
def test_one_without_any_heartbeat_is_left_out_and_it_is_said(version: str) -> None:
    with kuma(version, "fresh-no-heartbeats") as server:
        report = poll(settings(server, "page"))
    four = "4 (uptime_kuma:3, uptime_kuma:4, uptime_kuma:5, uptime_kuma:6)"
    assert report.remarks == (f"{four} without any heartbeat yet", GROUP_LEFT_OUT)


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_watched_where_there_are_no_monitors(version: str) -> None:
    with kuma(version, "empty", fallback=None, names={METRICS: "metrics-userpass"}) as server:
        assert states(poll(settings(server, "metrics"))) == {}
    with kuma(version, "empty-page", fallback="empty", names={METRICS: "metrics-userpass"}) as server:
        for mode in ("page", "both"):
            report = poll(settings(server, mode))
            assert (states(report), report.warnings, about_monitors(report)) == ({}, (), ())
        decision = policy.decide(Facts(datetime.now(UTC), (report,)), policy.Rules())
        assert (decision.status, decision.rule) == (PlatformStatus.UNKNOWN, "nothing-watched")


@pytest.mark.parametrize("mode", MODES)
def test_private_monitors_count_where_metrics_are_read(mode: str) -> None:
    with kuma() as server:
        found = states(poll(settings(server, mode)))
    assert ({"7", "8"} <= found.keys()) == (mode != "page")


def test_names_urls_and_hosts_of_all_monitors_are_handed_to_the_leak_guard() -> None:
    with kuma("v2.5.3", "edge-duplicate-names") as server:
        report = poll(settings(server, monitor_ids=(1,)))
    assert {
        *NAMES.values(),
        "Old billing (paused)",
        "Site group",
        "http://127.0.0.1:3099/s/http2",
    } == report.private_names
    assert report.private_hosts == {"127.0.0.1"}


@pytest.mark.parametrize("mode", MODES)
def test_no_name_stands_in_the_texts_for_the_journal(mode: str) -> None:
    for scenario in ("paused-while-down", "fresh-no-heartbeats", "group-child-down"):
        with kuma("v2.5.3", scenario) as server:
            report = poll(settings(server, mode, monitor_ids=(1, 99) if scenario == "group-child-down" else ()))
        for text in (*map(str, report.warnings), *report.remarks, *(monitor.key for monitor in report.monitors)):
            assert not any(name in text for name in report.private_names)


# Two monitors of one name.


@pytest.mark.parametrize("mode", ["page", "both"])
@pytest.mark.parametrize("version", VERSIONS)
def test_equal_names_are_not_equal_monitors(version: str, mode: str) -> None:
    with kuma(version, "edge-duplicate-names") as server:
        found = states(poll(settings(server, mode, slug="extra")))
    assert {key: found[key] for key in EXTRA} == EXTRA
    assert found.keys() - EXTRA.keys() == (
        set() if mode == "page" else set(by_name(version, "metrics", PUBLIC | PRIVATE))
    )


@pytest.mark.parametrize(("version", "twins"), [("v1.23.17", ["down"]), ("v2.5.3", ["down", "up"])])
def test_equal_names_in_metrics_alone(version: str, twins: list[str]) -> None:
    with kuma(version, "edge-duplicate-names") as server:
        report = poll(settings(server, "metrics"))
    assert sorted(one.state.value for one in report.monitors if one.name == "Twin") == twins


def test_a_paused_twin_on_the_page_does_not_stand_for_a_private_one_that_is_down() -> None:
    now = datetime.now(UTC)
    text = metrics_text(
        series(0, name="Twin", url="a"), series(1, name="Twin", url="b"), series(1, name="Other"), version="1.23.17"
    )
    page = page_json(listed(1, "Twin"), listed(2, "Other"))
    heartbeats = heartbeats_json({1: steady(now, [0, 0, 0], newest=5 * 86400), 2: steady(now, [1, 1, 1])})
    with made(text, page, heartbeats) as server:
        report = poll(settings(server), now)
    # Whether the one on the page is paused, or stuck and one of the two, is not known.
    assert sorted((one.name, one.state.value) for one in report.monitors) == [
        ("Other", "up"),
        ("Twin", "down"),
        ("Twin", "unknown"),
        ("Twin", "up"),
    ]


def test_twins_that_stand_still_are_unknown_and_not_taken_for_paused() -> None:
    now = datetime.now(UTC)
    text = metrics_text(series(1, name="Twin"), series(1, name="Other"), version="1.23.17")
    page = page_json(listed(1, "Twin"), listed(2, "Twin"), listed(3, "Other"))
    heartbeats = heartbeats_json({1: steady(now, [1, 1], 7200), 2: steady(now, [1, 1], 7200), 3: steady(now, [1, 1])})
    with made(text, page, heartbeats) as server:
        found = states(poll(settings(server), now))
    assert (found["1"], found["2"], found["3"]) == ("unknown", "unknown", "up")


def test_a_twin_that_is_paused_is_left_out_where_the_other_accounts_for_the_series() -> None:
    now = datetime.now(UTC)
    text = metrics_text(series(1, name="Twin"), version="1.23.17")
    heartbeats = heartbeats_json({1: steady(now, [1, 1, 1]), 2: steady(now, [0, 0, 0], 7200)})
    with made(text, page_json(listed(1, "Twin"), listed(2, "Twin")), heartbeats) as server:
        report = poll(settings(server), now)
    assert states(report) == {"1": "up"}
    assert report.remarks == ("1 (uptime_kuma:2) paused",)


def test_a_series_that_is_down_counts_though_no_twin_has_beaten_so_yet() -> None:
    now = datetime.now(UTC)
    text = metrics_text(series(0, name="Twin"), version="1.23.17")
    heartbeats = heartbeats_json({1: steady(now, [1, 1]), 2: []})
    with made(text, page_json(listed(1, "Twin"), listed(2, "Twin")), heartbeats) as server:
        report = poll(settings(server), now)
    assert states(report) == {"1": "up", "Twin": "down"}
    assert not confirmed(report)


def test_one_that_is_overdue_but_not_stale_does_not_stand_for_another() -> None:
    """A monitor that will soon count as paused has no series, so the series is another's."""
    now = datetime.now(UTC)
    text = metrics_text(series(0, name="Twin"), series(1, name="Other"), version="1.23.17")
    page = page_json(listed(1, "Twin"), listed(2, "Twin"), listed(3, "Other"))
    heartbeats = heartbeats_json({1: [], 2: steady(now, [0, 0], newest=300), 3: steady(now, [1, 1])})
    with made(text, page, heartbeats) as server:
        found = states(poll(settings(server), now))
    assert "down" in found.values()


def test_uptime_kuma_1_monitors_that_differ_in_the_port_alone_are_two() -> None:
    text = metrics_text(series(1, kind="port", port="80"), series(0, kind="port", port="81"), version="1.23.17")
    with made(text) as server:
        report = poll(settings(server, "metrics"))
    assert len({monitor.key for monitor in report.monitors}) == 2


def test_the_same_id_twice_has_the_worst_state() -> None:
    for lines in ((series(1, 1), series(0, 1, "Renamed")), (series(0, 1, "Renamed"), series(1, 1))):
        with made(metrics_text(*lines)) as server:
            report = poll(settings(server, "metrics"))
        assert states(report) == {"1": "down"}
        assert {"Website", "Renamed"} <= report.private_names


# Names and labels.


@pytest.mark.parametrize(
    "name",
    ['"quotes" and \\ and \\n', "\\", "two\nlines", "🛰️ ☕", "a{b}c,d=e", "}", "#", "x\u2028y\x85z\x0cw", "tab\there"],
)
def test_names_are_read_as_they_are(name: str) -> None:
    with made(metrics_text(series(0, 1, name), series(1, 2, "after"), version="2.5.3")) as server:
        report = poll(settings(server, "metrics"))
    assert [(monitor.name, monitor.state.value) for monitor in report.monitors] == [(name, "down"), ("after", "up")]


def test_a_tag_like_the_window_of_a_year_hides_no_state() -> None:
    with made(metrics_text(series(0, 1, window="365d"))) as server:
        (monitor,) = poll(settings(server, "metrics")).monitors
    assert monitor.state is State.DOWN


def test_tags_as_labels_change_nothing() -> None:
    tagged = series(0, 1, env="prod", window="7d", stclass="")
    turned = "monitor_status{" + ",".join(reversed(tagged[15:-3].split(","))) + "} 0"
    with made(metrics_text(tagged)) as one, made(metrics_text(turned)) as other:
        first, second = (poll(settings(server, "metrics")).monitors for server in (one, other))
    assert first == second == (Monitor("uptime_kuma:1", "Website", State.DOWN, evidence=("/metrics alone",)),)


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
    assert "CRITICAL_MONITOR_IDS names uptime_kuma:99, which no answer names (unknown)" in wrong(report)
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
        later = uptime_kuma.poll(asked, PollRequest(now, 5, saved=first.saved))
        assert critical(later) == critical(poll(asked, now, earlier=first)) == {"1"}
        assert later.saved["critical"] == first.saved["critical"]
        # Once all answers are complete again, they alone count.
        server.faults[METRICS] = ReplayFault(body=metrics_text(series(0, 1), series(1, 2)))
        whole = uptime_kuma.poll(asked, PollRequest(now, 5, saved=later.saved))
        assert (critical(whole), whole.saved.get("critical")) == (set(), None)


@pytest.mark.parametrize("saved", [{"critical": 1}, {"critical": [1, None, {}]}, {"other": []}])
def test_saved_state_in_another_shape_is_ignored(saved: dict[str, Any]) -> None:
    with kuma() as server:
        server.faults[METRICS] = html_page()
        report = uptime_kuma.poll(settings(server), PollRequest(datetime.now(UTC), 5, saved=saved))
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
    assert "MONITOR_IDS names uptime_kuma:99, which no answer names (unknown)" in wrong(report)


def test_monitor_ids_cannot_be_applied_to_names_alone() -> None:
    with kuma("v1.23.17") as server, pytest.raises(NoAnswerError, match=r"MONITOR_IDS.*UPTIME_KUMA_STATUS_PAGE"):
        poll(settings(server, "metrics", monitor_ids=(1,)))
    with kuma("v1.23.17") as server:
        server.faults[PAGE] = server.faults[HEARTBEATS] = ReplayFault(status=503)
        assert "no ids in /metrics; 503 from Uptime Kuma, or from a proxy before it (page, heartbeats). " in refused(
            server, "both", monitor_ids=(1,)
        )
    with kuma("v2.5.3") as server:
        assert states(poll(settings(server, "metrics", monitor_ids=(7,)))) == {"7": "up"}


def test_a_group_that_is_named_counts_beside_its_children() -> None:
    with kuma("v2.5.3", "group-child-down") as server:
        assert states(poll(settings(server, monitor_ids=(2, 4)))) == {"2": "down", "4": "down"}
    with kuma("v2.5.3") as server:
        assert states(poll(settings(server, monitor_ids=(1, 2)))) == {"1": "up", "2": "up"}


def test_one_that_is_named_and_may_only_be_missing_from_what_failed_is_unknown() -> None:
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


# Figures.


def percent(share: Fraction | None) -> float | None:
    return None if share is None else float(share * 100)


# The table in the fixtures' README: v2 list 24 h, /168, /720, v2 window 30 d; v1 /24, /168, /720.
TABLE = {
    "1": ((100, 98.807, 99.722, 99.715), (100, 98.810, 99.722)),
    "3": ((97.497, 99.642, 99.917, None), (97.500, 99.643, 99.917)),
    "4": ((100, 100, 98.610, None), (100, 100, 98.611)),
    "5": ((98.957, 99.851, 99.965, None), (98.958, 99.851, 99.965)),
}
UNIT = 0.01


def figures(version: str, mode: str) -> dict[str, Uptime]:
    with kuma(version) as server:
        return {monitor.key.partition(":")[2]: monitor.uptime for monitor in poll(settings(server, mode)).monitors}


@pytest.mark.parametrize("mode", ["page", "both"])
@pytest.mark.parametrize("version", VERSIONS)
def test_figures_are_those_of_the_table(version: str, mode: str) -> None:
    """Exact ones are equal; for a badge the lowest possible value of its four digits is published."""
    found = figures(version, mode)
    for key, row in TABLE.items():
        last_24h, last_7d, last_30d = row[0][:3] if version == "v2.5.3" else row[1]
        assert percent(found[key].last_24h) == pytest.approx(last_24h, abs=0.0006)
        figure = percent(found[key].last_7d)
        assert figure is not None
        assert figure <= last_7d <= figure + (UNIT if last_7d < 100 else 10 * UNIT)
        figure = percent(found[key].last_30d)
        assert figure is not None
        if version == "v2.5.3" and mode == "both" and key == "1":
            assert figure == pytest.approx(row[0][3], abs=0.0006)
        else:
            assert figure <= last_30d <= figure + UNIT


def test_exact_figures_are_those_worked_out_from_the_database() -> None:
    expected = json.loads((RECORDINGS / "v2.5.3/all-up/expected-uptime.json").read_text())["monitors"]
    found = figures("v2.5.3", "both")
    for name, key in (("api", "1"), ("uni", "3"), ("sched", "4"), ("store", "5")):
        counted = expected[name]["minutely_1440 (page uptimeList _24, metrics window 1d)"]
        served = found[key].last_24h
        assert served is not None
        assert float(served) == counted["uptime"]
    thirty_days = found["1"].last_30d
    assert thirty_days is not None
    # This one was computed two seconds later than it was served.
    assert float(thirty_days) == pytest.approx(
        expected["api"]["badge /30d (daily x30, metrics window 30d)"]["uptime"], abs=1e-7
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_badge_never_says_more_than_is_so(version: str) -> None:
    expected = json.loads((RECORDINGS / version / "all-up" / "expected-uptime.json").read_text())["monitors"]
    found = figures(version, "page")
    for name, key in (("api", "1"), ("uni", "3"), ("sched", "4"), ("store", "5")):
        for window, hours in (("last_7d", 168), ("last_30d", 720)):
            (counted,) = (value["uptime"] for label, value in expected[name].items() if f"/{hours}" in label)
            name_of_badge = f"badge-{ {'1': 'api', '3': 'uni', '4': 'sched', '5': 'store'}[key] }-uptime-{hours}"
            title = recording(version, "all-up").answer(name_of_badge).body.decode()
            digits = re.search(r": ([0-9.]+)%</title>", title)
            assert digits
            # Of four significant digits, 99.99 has one decimal more than 100.0.
            decimals = 2 if digits[1] == "100.0" else len(digits[1].partition(".")[2])
            half = Fraction(1, 2 * 10**decimals)
            figure = getattr(found[key], window)
            assert figure * 100 == Fraction(digits[1]) - half
            assert float(figure) <= counted


@pytest.mark.parametrize("version", VERSIONS)
def test_private_monitors_have_no_badge(version: str) -> None:
    found = figures(version, "both")
    private = [uptime for key, uptime in found.items() if key not in PUBLIC]
    assert private == [Uptime(), Uptime()]


def test_metrics_alone_give_figures_of_checked_monitors_alone() -> None:
    found = figures("v2.5.3", "metrics")
    assert percent(found["1"].last_30d) == pytest.approx(99.715, abs=0.0006)
    assert found["1"].last_24h == 1
    assert found["1"].last_7d is None
    assert all(uptime == Uptime() for key, uptime in found.items() if key != "1")
    assert set(figures("v1.23.17", "metrics").values()) == {Uptime()}


@pytest.mark.parametrize("name", ["metrics-after-timeout", "metrics-after-six-ups"])
def test_a_frozen_ratio_is_no_figure(name: str) -> None:
    with kuma("v2.5.3", "edge-push-ratio-frozen", names={METRICS: name}) as server:
        report = poll(settings(server, "metrics"))
    (frozen,) = (monitor for monitor in report.monitors if monitor.key == "uptime_kuma:14")
    assert frozen.state is (State.DOWN if name == "metrics-after-timeout" else State.UP)
    assert frozen.uptime == Uptime()


@pytest.mark.parametrize("version", VERSIONS)
def test_maintenance_alone_is_no_figure(version: str) -> None:
    """For a window with nothing but maintenance Uptime Kuma 2 returns 0, and version 1 returns 1."""
    with kuma(version, "edge-all-maintenance", fallback="edge-duplicate-names") as server:
        badge = "/api/badge/11/uptime/"
        server.faults[f"{badge}720"] = ReplayFault(body=server.recording.find(f"{badge}168").body)
        report = poll(settings(server, "page", slug="extra"))
        assert json.loads(server.recording.find("/api/status-page/heartbeat/extra").body)["uptimeList"]["11_24"] in (
            0,
            1,
        )
    (monitor,) = (monitor for monitor in report.monitors if monitor.key == "uptime_kuma:11")
    assert (monitor.state, monitor.uptime) == (State.MAINTENANCE, Uptime())


@pytest.mark.parametrize(
    ("statuses", "figure", "expected"),
    [
        ([0, 0, 0], 0, Fraction(0)),
        ([2, 0, 0], 0, Fraction(0)),
        ([1, 0, 0], 0, None),
        ([1, 1, 1], 0, None),
        ([3, 3, 3], 0, None),
        ([3, 3, 3], 1, None),
        ([0, 0, 0], 1, None),
        ([1, 1, 1], 1, Fraction(1)),
        ([3, 3, 1], 1, Fraction(1)),
        ([3, 3, 3], 0.5, Fraction(1, 2)),
    ],
)
def test_nothing_and_all_are_figures_only_where_heartbeats_bear_them_out(
    statuses: list[int], figure: float, expected: Fraction | None
) -> None:
    now = datetime.now(UTC)
    with made(
        page=page_json(listed(99)), heartbeats=heartbeats_json({99: steady(now, statuses)}, {99: figure})
    ) as server:
        (monitor,) = poll(settings(server, "page"), now).monitors
    assert monitor.uptime == Uptime(last_24h=expected)


@pytest.mark.parametrize(
    "figure", [-1, 1.0001, 99.5, "1", None, True, [1], 10**400, float("nan"), float("inf"), -0.0001]
)
def test_an_invalid_ratio_is_no_figure(figure: Any) -> None:
    now = datetime.now(UTC)
    with made(
        page=page_json(listed(99)), heartbeats=heartbeats_json({99: steady(now, [1, 1])}, {99: figure})
    ) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"99": "up"}
    assert report.monitors[0].uptime == Uptime()


# Heartbeats that are old.


def test_each_monitor_is_measured_by_its_own_usual_gap() -> None:
    now = datetime.now(UTC)
    daily = steady(now, [1, 1, 1, 1], newest=30 * 3600, gap=86400)
    late = steady(now, [1, 1, 1, 1], newest=50 * 3600, gap=86400)
    cases = {
        1: steady(now, [1, 1, 1]),
        2: steady(now, [1, 1, 1], 16 * 60),
        3: steady(now, [1, 1, 1], 14 * 60),
        4: daily,
        5: late,
    }
    with made(page=page_json(*(listed(key) for key in cases)), heartbeats=heartbeats_json(cases)) as server:
        found = states(poll(settings(server, "page"), now))
    assert found == {"1": "up", "2": "unknown", "3": "up", "4": "up"}


def test_a_pause_of_months_between_two_heartbeats_is_no_usual_gap() -> None:
    now = datetime.now(UTC)
    cases = {1: steady(now, [1, 1, 1]), 2: steady(now, [1, 1], newest=60 * 86400, gap=200 * 86400)}
    text = metrics_text(series(1, 1), series(1, 2))
    with made(text, page_json(listed(1), listed(2)), heartbeats_json(cases)) as server:
        assert states(poll(settings(server), now)) == {"1": "up", "2": "unknown"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_kuma_that_is_stuck_is_unknown_whatever_its_metrics_say(version: str) -> None:
    recorded_at = recording(version, "all-up").answer("heartbeat").recorded_at
    assert recorded_at
    now = recorded_at + timedelta(hours=2)
    with kuma(version, clock=lambda: now, moved_to=recorded_at) as server:
        for mode in ("page", "both"):
            report = poll(settings(server, mode), now)
            assert set(states(report).values()) == {"unknown"}
            decision = policy.decide(Facts(now, (report,)), policy.Rules())
            assert decision.status is PlatformStatus.UNKNOWN


def test_a_push_once_a_day_is_no_sign_that_kuma_heartbeats() -> None:
    now = datetime.now(UTC)
    cases = {1: steady(now, [1] * 9, 30 * 3600), 2: steady(now, [1] * 9, 31 * 3600, gap=86400)}
    page = page_json(listed(1), listed(2, kind="push"))
    with made(page=page, heartbeats=heartbeats_json(cases)) as server:
        assert states(poll(settings(server, "page"), now)) == {"1": "unknown", "2": "up"}
    text = metrics_text(series(1, 1), series(1, 2, kind="push"), series(1, 3))
    with made(text, page, heartbeats_json(cases)) as server:
        assert states(poll(settings(server), now)) == {"1": "unknown", "2": "up", "3": "unknown"}


def test_a_page_with_a_paused_monitor_alone_says_nothing_of_the_private_ones() -> None:
    now = datetime.now(UTC)
    heartbeats = heartbeats_json({1: steady(now, [1, 1], 5 * 86400)})
    with made(metrics_text(series(1, 2), series(0, 3)), page_json(listed(1)), heartbeats) as server:
        report = poll(settings(server), now)
    assert states(report) == {"2": "up", "3": "down"}
    assert report.remarks == ("1 (uptime_kuma:1) paused",)


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_clock_that_is_an_hour_wrong_makes_all_unknown(version: str, hours: int) -> None:
    now = datetime.now(UTC)
    with kuma(version, clock=lambda: now, moved_to=now + timedelta(hours=hours)) as server:
        for mode in ("page", "both"):
            report = poll(settings(server, mode), now)
            assert set(states(report).values()) == {"unknown"}
            assert any("Check the clocks" in warning for warning in map(str, report.warnings)) == (hours > 0)


def test_a_clock_that_is_minutes_ahead_does_no_harm() -> None:
    now = datetime.now(UTC)
    with kuma(moved_to=now + timedelta(minutes=4)) as server:
        assert states(poll(settings(server, "page"), now)) == PUBLIC


# Paused, new, restarted.


def paused_later(version: str, now: datetime, ago: timedelta) -> bytes:
    """Return the heartbeats of paused-while-down some time later: the others go on, `store` does not."""
    answer = recording(version, "paused-while-down").answer("heartbeat")
    heartbeats = json.loads(answer.body_at(now))
    for entry in heartbeats["heartbeatList"]["5"]:
        moment = datetime.fromisoformat(entry["time"]) - ago
        entry["time"] = moment.isoformat(" ", "milliseconds")
    return json.dumps(heartbeats).encode()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_monitor_that_was_down_when_it_was_paused(version: str) -> None:
    now = datetime.now(UTC)
    with kuma(version, "paused-while-down", clock=lambda: now) as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        # A fresh heartbeat counts: a monitor missing from /metrics may also be new, or have just been edited.
        for mode in ("page", "both"):
            assert states(poll(settings(server, mode), now))["5"] == "down"
        server.faults[HEARTBEATS] = ReplayFault(body=paused_later(version, now, timedelta(minutes=6)))
        report = poll(settings(server), now)
        assert "5" not in states(report)
        assert report.remarks == ("2 (uptime_kuma:5, uptime_kuma:6) paused", GROUP_LEFT_OUT)
        assert states(poll(settings(server, "page"), now))["5"] == "down"
        server.faults[HEARTBEATS] = ReplayFault(body=paused_later(version, now, timedelta(hours=2)))
        assert states(poll(settings(server, "page"), now))["5"] == "unknown"
        server.faults[HEARTBEATS] = ReplayFault(body=paused_later(version, now, timedelta(days=2)))
        report = poll(settings(server, "page"), now)
        assert "5" not in states(report)
        assert tuple(map(str, report.warnings)) == (
            "2 (uptime_kuma:5, uptime_kuma:6) without a heartbeat for a day, taken for paused"
            ". Set UPTIME_KUMA_API_KEY, which distinguishes paused from stuck monitors.",
        )
        assert "5" not in states(poll(settings(server), now))


def test_a_monitor_with_a_new_tag_counts_though_it_is_missing_from_metrics() -> None:
    now = datetime.now(UTC)
    for newest, state in ((1, "up"), (0, "down"), (2, "pending"), (3, "maintenance")):
        heartbeats = heartbeats_json({1: steady(now, [1, 1]), 2: steady(now, [1] * 20 + [newest] * 2, newest=110)})
        with made(metrics_text(series(1, 1)), page_json(listed(1), listed(2)), heartbeats) as server:
            assert states(poll(settings(server), now)) == {"1": "up", "2": state}


def test_pushes_in_bursts_do_not_make_a_monitor_seem_paused() -> None:
    now = datetime.now(UTC)
    burst = [*steady(now, [1] * 3, 1000, 300), *steady(now, [0] * 9, 200, 0.1)]
    with made(
        metrics_text(series(1, 1)), page_json(listed(1), listed(2)), heartbeats_json({1: steady(now, [1, 1]), 2: burst})
    ) as server:
        assert states(poll(settings(server), now)) == {"1": "up", "2": "down"}


@pytest.mark.parametrize("name", ["metrics-0", "metrics-30s"])
@pytest.mark.parametrize("version", VERSIONS)
def test_just_restarted(version: str, name: str) -> None:
    with kuma(version, "just-restarted", names={METRICS: name}) as server:
        both, metrics = poll(settings(server)), poll(settings(server, "metrics"))
    assert states(both) == PUBLIC
    assert len(states(metrics)) == 1
    # The private ones are push monitors, and appear with their next push: they may not be missing.
    assert not both.complete
    assert not metrics.complete


@pytest.mark.parametrize("version", VERSIONS)
def test_private_monitors_that_are_missing_after_a_restart_are_unknown(version: str) -> None:
    with kuma(version) as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        whole = poll(settings(server))
        assert whole.complete
        server.recording = recording(version, "just-restarted")
        del server.faults[METRICS]
        known = monitors_to_save(whole, Expected(), Saved(), datetime.now(UTC))
        seen = assess.assess(settings(server), SystemClock(), SavedState({"uptime_kuma": known}), confirming=False)
    (report,) = seen.reports
    assert sorted(one.state.value for one in report.monitors) == ["unknown", "unknown", "up", "up", "up", "up"]
    assert seen.decision.status is PlatformStatus.UNKNOWN
    assert seen.saved_state.known["uptime_kuma"].monitors.keys() == known.monitors.keys()


def long_started(text: bytes) -> bytes:
    return re.sub(rb"(?m)^process_start_time_seconds .*$", b"process_start_time_seconds 1700000000", text)


# Confirmed.


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([1, 0], False),
        ([1, 0, 0], True),
        ([1, 2, 0], True),
        ([1, 1, 2], False),
        ([1, 2, 2], True),
        ([0, 1, 0], False),
        ([3, 0], False),
    ],
)
def test_two_heartbeats_confirm(statuses: list[int], expected: bool) -> None:
    now = datetime.now(UTC)
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: steady(now, statuses)})) as server:
        assert bool(confirmed(poll(settings(server, "page"), now))) is expected


def test_three_downs_in_one_moment_are_one() -> None:
    now = datetime.now(UTC)
    heartbeats = [*steady(now, [1, 1], 60), *steady(now, [0, 0, 0], 5, gap=0)]
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: heartbeats})) as server:
        report = poll(settings(server, "page"), now)
    assert (states(report), confirmed(report)) == ({"1": "down"}, set())


@pytest.mark.parametrize(
    ("status", "statuses", "state", "is_confirmed"),
    [
        (0, [1, 1, 1], "down", False),
        (1, [1, 0, 0], "down", False),
        (2, [1, 1, 1], "pending", False),
        (1, [1, 2, 2], "pending", False),
        (3, [1, 0, 0], "down", False),
        (3, [1, 1, 1], "maintenance", False),
        (1, [1, 3, 3], "maintenance", False),
        (0, [1, 0, 0], "down", True),
        (0, [1, 2, 2], "down", True),
        (2, [1, 2, 0], "down", True),
        ("NaN", [1, 1, 1], "unknown", False),
        (4, [1, 1, 1], "unknown", False),
        (4, [1, 0, 0], "down", True),
        (1, [1, 1, 9], "unknown", False),
        (0, [1, 1, 9], "down", False),
    ],
)
def test_where_metrics_and_heartbeats_disagree_the_worse_counts_unconfirmed(
    status: object, statuses: list[int], state: str, is_confirmed: bool
) -> None:
    now = datetime.now(UTC)
    with made(
        metrics_text(series(status, 1)), page_json(listed(1)), heartbeats_json({1: steady(now, statuses)})
    ) as server:
        report = poll(settings(server), now)
    assert states(report) == {"1": state}
    assert bool(confirmed(report)) is is_confirmed


def test_since_when_is_not_known_of_what_metrics_alone_say() -> None:
    now = datetime.now(UTC)
    for status, statuses in ((3, [1, 1, 1]), (0, [1, 1, 1]), (1, [3, 3, 0])):
        with made(
            metrics_text(series(status, 1)), page_json(listed(1)), heartbeats_json({1: steady(now, statuses)})
        ) as server:
            assert poll(settings(server), now).monitors[0].since is None


@pytest.mark.parametrize("version", VERSIONS)
def test_metrics_alone_confirm_nothing(version: str) -> None:
    with kuma(version, "group-child-down") as server:
        assert not confirmed(poll(settings(server, "metrics")))
        assert confirmed(poll(settings(server, "page"))) == {"4"}


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([1, 0, 0, 2], "down"),
        ([1, 0, 2], "down"),
        ([1, 0, 2, 2, 2], "down"),
        ([0, 1, 2], "pending"),
        ([0, 3, 2], "pending"),
    ],
)
def test_pending_after_down_is_down(statuses: list[int], state: str) -> None:
    """After a restart Uptime Kuma counts retries anew; the service was not up in between."""
    now = datetime.now(UTC)
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: steady(now, statuses)})) as server:
        report = poll(settings(server, "page"), now)
    assert states(report) == {"1": state}
    assert bool(confirmed(report)) is (state == "down")


def test_pending_long_after_down_is_pending() -> None:
    now = datetime.now(UTC)
    heartbeats = [*steady(now, [1, 1, 0, 0], newest=3600), *steady(now, [2])]
    with made(page=page_json(listed(1)), heartbeats=heartbeats_json({1: heartbeats})) as server:
        assert states(poll(settings(server, "page"), now)) == {"1": "pending"}


def test_since_is_when_the_bad_run_began() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with made(
        page=page_json(listed(1)), heartbeats=heartbeats_json({1: steady(now, [1, 2, 0, 0], newest=10)})
    ) as server:
        (monitor,) = poll(settings(server, "page"), now).monitors
    assert monitor.since == now - timedelta(seconds=130)
    assert monitor.heartbeats[-1] == Heartbeat(now - timedelta(seconds=10), State.DOWN)


# What is asked, and how often.


def asked(server: Any, path: str) -> list[dict[str, str]]:
    return [request.headers for request in server.requests if request.path == path]


def test_fresh_answers_are_requested_and_the_key_goes_to_metrics_alone() -> None:
    with kuma() as server:
        poll(settings(server))
        public = [request for request in server.requests if request.path != METRICS]
        assert {PAGE, HEARTBEATS, "/api/badge/1/uptime/168"} <= {request.path for request in public}
        for request in public:
            headers = {name.lower(): value for name, value in request.headers.items()}
            assert headers["x-apicache-bypass"] == "1"
            assert "authorization" not in headers
            assert "?" not in request.path
        (metrics,) = asked(server, METRICS)
        assert metrics["Authorization"].startswith("Basic ")
        assert all(request.headers["User-Agent"].startswith("elytra-status/") for request in server.requests)


def test_only_what_the_settings_allow_is_queried() -> None:
    with kuma() as server:
        poll(settings(server, "metrics"))
        assert [request.path for request in server.requests] == [METRICS]
        server.requests.clear()
        poll(settings(server, "page"))
        assert METRICS not in [request.path for request in server.requests]
        assert len(asked(server, HEARTBEATS)) == len(asked(server, PAGE)) == 1


@pytest.mark.parametrize("address", ["{}/kuma/", "{}/kuma", "{}/kuma/metrics", "{}/kuma/metrics/"])
def test_an_address_below_a_path_or_of_the_metrics_themselves(address: str) -> None:
    with kuma() as server:
        with pytest.raises(NoAnswerError, match="web page came instead of data"):
            poll(settings(address.format(server.url)))
        assert {request.path for request in server.requests} == {f"/kuma{path}" for path in (METRICS, PAGE, HEARTBEATS)}


def test_a_slug_is_quoted() -> None:
    with kuma() as server:
        with pytest.raises(NoAnswerError):
            poll(settings(server, "page", slug="a/b?c#d ü"))
        assert "/api/status-page/a%2Fb%3Fc%23d%20%C3%BC" in [request.path for request in server.requests]


def test_badges_are_not_queried_again_in_the_confirmation_poll() -> None:
    with kuma() as server:
        first = poll(settings(server))
        server.requests.clear()
        second = poll(settings(server), earlier=first)
        assert not [request for request in server.requests if "/badge/" in request.path]
    assert [monitor.uptime for monitor in second.monitors] == [monitor.uptime for monitor in first.monitors]


def test_badges_that_do_not_come_cost_no_more_than_their_time() -> None:
    with kuma() as server:
        for key in PUBLIC:
            server.faults[f"/api/badge/{key}/uptime/168"] = ReplayFault(hang=True)
        report = poll(settings(server, "page"), seconds=1)
    assert states(report) == PUBLIC
    assert all(monitor.uptime.last_24h is not None for monitor in report.monitors)
    assert all(monitor.uptime.last_7d is None for monitor in report.monitors)
    assert any("badges" in warning for warning in map(str, report.warnings))


@pytest.mark.parametrize(
    "fault",
    [
        html_page(),
        ReplayFault(status=500),
        ReplayFault(reset=True),
        ReplayFault(body=b"<svg>"),
        ReplayFault(status=403),
    ],
)
def test_an_invalid_badge_is_no_figure(fault: ReplayFault) -> None:
    with kuma() as server:
        server.faults["/api/badge/1/uptime/168"] = fault
        report = poll(settings(server, "page"))
    (first, *others) = report.monitors
    assert first.uptime.last_7d is None
    assert first.uptime.last_24h == 1
    assert all(monitor.uptime.last_7d is not None for monitor in others)


# Heartbeats that are slow in coming.


@pytest.mark.parametrize("version", VERSIONS)
def test_slow_heartbeats_are_queried_once_and_metrics_are_used(version: str) -> None:
    now = datetime.now(UTC)
    with kuma(version, "one-down", clock=lambda: now) as server:
        server.faults[METRICS] = ReplayFault(body=long_started(server.recording.find(METRICS).body))
        whole = poll(settings(server), now)
        assert whole.complete
        known = monitors_to_save(whole, Expected(), Saved(), now)
        server.requests.clear()
        server.faults[HEARTBEATS] = ReplayFault(delay=20)
        server.faults[METRICS] = ReplayFault(
            body=re.sub(rb'(?m)^monitor_status\{.*"Scheduler".*\n', b"", server.faults[METRICS].body or b"")
        )
        clock = MovableClock(now)
        seen = assess.assess(
            settings(server, source_deadline_seconds=1),
            clock,
            SavedState({"uptime_kuma": known}),
            confirming=True,
        )
        assert len(clock.sleeps) == 1
        assert len(asked(server, HEARTBEATS)) == 1
        assert len(asked(server, METRICS)) == len(asked(server, PAGE)) == 2
        assert not [request for request in server.requests if "/badge/" in request.path]
    (report,) = seen.reports
    found = states(report)
    assert found.pop("4") == "unknown"
    assert found.pop("5") == "down"
    assert set(found.values()) == {"up"}
    assert not report.complete
    assert seen.decision.status is PlatformStatus.OUTAGE
    assert seen.saved_state.known["uptime_kuma"].monitors.keys() == known.monitors.keys()


def test_slow_heartbeats_with_the_page_alone_are_no_answer() -> None:
    with kuma() as server:
        server.faults[HEARTBEATS] = ReplayFault(delay=20)
        with pytest.raises(NoAnswerError, match=r"within 1 s \(heartbeats\)"):
            poll(settings(server, "page"), seconds=1)
        assert len(asked(server, HEARTBEATS)) == 1


def test_what_the_page_lists_and_nothing_gives_a_state_for_is_left_out_and_said() -> None:
    with kuma() as server:
        server.faults[HEARTBEATS] = ReplayFault(status=502)
        report = poll(settings(server))
    assert states(report) == PUBLIC | PRIVATE
    assert not report.complete
    assert about_monitors(report) == (
        "1 (uptime_kuma:6) not in /metrics, and its heartbeats are not known",
        GROUP_LEFT_OUT,
    )


def test_heartbeats_without_the_page_still_count() -> None:
    now = datetime.now(UTC)
    with kuma("v2.5.3", "one-down") as server:
        server.faults[PAGE] = ReplayFault(status=500)
        report = poll(settings(server, "page"), now)
    assert {"1": "up", "3": "up", "4": "up", "5": "down"}.items() <= states(report).items()
    assert not report.complete
    assert wrong(report).startswith("500 ")


# Refusals, each with what to do.


def refused(server: Any, mode: str = "metrics", seconds: float = 2, **more: Any) -> str:
    with pytest.raises(NoAnswerError) as caught:
        poll(settings(server, mode, **more), seconds=seconds)
    return str(caught.value)


def test_a_key_that_is_refused() -> None:
    with kuma(api_key="another") as server:
        assert "401, the API key is refused (metrics). Create an API key under" in refused(server)


def test_a_key_that_is_missing() -> None:
    with kuma() as server:
        text = refused(server, uptime_kuma_api_key=None)
    assert (
        "401, an API key is required (metrics). Set UPTIME_KUMA_API_KEY, or UPTIME_KUMA_STATUS_PAGE to do without"
        in text
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            ReplayFault(status=403),
            "403, access is forbidden. A proxy or firewall before Uptime Kuma refuses this machine",
        ),
        (ReplayFault(status=404), "404, /metrics does not exist. Check whether a proxy blocks it"),
        (ReplayFault(status=502), "502 from Uptime Kuma, or from a proxy before it. See its log"),
        (ReplayFault(status=418), "418, not the answer of Uptime Kuma. Check UPTIME_KUMA_URL."),
        (html_page(), "a web page came instead of data (text/html). UPTIME_KUMA_URL must be Uptime Kuma's own"),
        (ReplayFault(headers={"Content-Type": ""}), "a web page came instead of data (no content type)"),
    ],
)
def test_metrics_that_are_refused(fault: ReplayFault, words: str) -> None:
    with kuma() as server:
        server.faults[METRICS] = fault
        assert words.replace(". ", " (metrics). ", 1) in refused(server)
        report = poll(settings(server, "both"))
        assert states(report) == PUBLIC
        assert wrong(report).startswith(words.partition(". ")[0])
        assert not report.complete


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ReplayFault(status=401), "401, the page is not public. A proxy before Uptime Kuma refuses this machine"),
        (ReplayFault(status=403), "403, the page is not public"),
        (ReplayFault(status=503), "503 from Uptime Kuma, or from a proxy before it"),
        (html_page(), "a web page came instead of data"),
    ],
)
def test_a_page_that_is_refused(fault: ReplayFault, words: str) -> None:
    with kuma() as server:
        server.faults[PAGE] = server.faults[HEARTBEATS] = fault
        assert words.replace(". ", " (page, heartbeats). ", 1) in refused(server, "page")
        report = poll(settings(server, "both"))
        assert states(report) == PUBLIC | PRIVATE
        assert words.partition(". ")[0] in wrong(report)


def test_a_slug_that_uptime_kuma_2_does_not_know() -> None:
    with kuma("v2.5.3") as server:
        text = refused(server, "page", slug="no-such-page")
        assert text.startswith("404, the status page does not exist (page); ")
        assert ". Set UPTIME_KUMA_STATUS_PAGE to the slug of one that is" in text
        report = poll(settings(server, "both", slug="no-such-page"))
    assert states(report) == PUBLIC | PRIVATE
    assert not report.complete


def test_a_slug_that_uptime_kuma_1_does_not_know_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE_SECONDS", 1)
    with kuma("v1.23.17") as server:
        began = time.monotonic()
        text = refused(server, "page", seconds=60, slug="no-such-page")
        assert time.monotonic() - began > 0.9
        assert text.startswith("timed out after 1 s (page)")
        assert ". Check that a status page of this name exists: Uptime Kuma 1 sends no response" in text


def test_an_answer_that_never_comes() -> None:
    with kuma() as server:
        server.faults[METRICS] = ReplayFault(hang=True)
        text = refused(server, seconds=1)
    assert re.search(
        r"127\.0\.0\.1:[0-9]+ timed out: no complete answer within 1 s\. Check whether it is overloaded or stuck\.",
        text,
    )


def test_no_refusal_holds_the_key() -> None:
    with kuma(api_key="another") as server:
        for mode in ("metrics", "both"):
            try:
                text = wrong(poll(settings(server, mode)))
            except NoAnswerError as error:
                text = str(error)
            assert API_KEY not in text


def test_a_kuma_is_a_source_where_its_address_is_set() -> None:
    assert uptime_kuma.sources(Settings()) == []
    with kuma() as server:
        (source,) = uptime_kuma.sources(settings(server))
        assert states(source.poll(PollRequest(datetime.now(UTC), 5))) == PUBLIC | PRIVATE
