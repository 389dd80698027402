# SPDX-License-Identifier: MIT
"""The report from Uptime Kuma's answers over real HTTP: recorded ones of both versions, and made-up ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from elytra_status.decision import policy
from elytra_status.model import Facts, Monitor, PlatformStatus, State
from elytra_status.settings import Settings
from elytra_status.sources.kuma import uptime_kuma
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import VERSIONS
from tests.made_kuma import (
    METRICS,
    MODES,
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
)
from tests.recorded_kuma import GROUP_LEFT_OUT, PRIVATE, PUBLIC, about_monitors

pytestmark = pytest.mark.slow

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


def test_a_kuma_is_a_source_where_its_address_is_set() -> None:
    assert uptime_kuma.sources(Settings()) == []
    with kuma() as server:
        (source,) = uptime_kuma.sources(settings(server))
        assert states(source.poll(PollRequest(datetime.now(UTC), 5, clock=SYSTEM_CLOCK))) == PUBLIC | PRIVATE
