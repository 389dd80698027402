# SPDX-License-Identifier: MIT
"""Made-up answers of Uptime Kuma: none gives an up out of nothing, and merging never hides a failure."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from elytra_status.decision import policy
from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.errors import NoAnswerError
from elytra_status.model import Facts, PlatformStatus, Report, State
from elytra_status.sources.kuma import metrics as kuma_metrics
from elytra_status.sources.kuma import status_page
from elytra_status.sources.kuma.matching import Moment, gather
from elytra_status.sources.kuma.monitors import judge_monitors
from tests.examples import most
from tests.made_kuma import (
    HEARTBEATS,
    JSON,
    METRICS,
    PAGE,
    TEXT,
    heartbeat,
    heartbeats_json,
    kuma,
    listed,
    metrics_text,
    page_json,
    series,
    settings,
    steady,
)
from tests.recorded_kuma import NOW, outcome

pytestmark = pytest.mark.slow

# Anything at all.

# The words of the answers, so that made-up texts pass the first checks.
WORDS = st.sampled_from(
    ["publicGroupList", "monitorList", "id", "name", "type", "url", "heartbeatList", "uptimeList", "status", "time",
     "1", "2", "1_24", "2_24", "group", "push", "http", "config", "tags"]
)  # fmt: skip
TIMES = st.integers(-100, 2000).map(lambda age: heartbeat(NOW, age, 0)["time"])
# No number that stands for "up".
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers().filter(lambda number: number != 1),
    st.floats().filter(lambda number: number != 1), st.text(max_size=5), TIMES, WORDS, st.sampled_from([0, 2, 3, 99]),
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=4)
)
HEARTBEAT_ENTRIES = st.one_of(
    ANYTHING, st.lists(st.fixed_dictionaries({"status": LEAVES, "time": TIMES | LEAVES}), max_size=4)
)
HEARTBEAT_LISTS = st.dictionaries(st.sampled_from(["1", "2", "3"]) | st.text(max_size=2), HEARTBEAT_ENTRIES, max_size=4)
HEARTBEAT_ANSWERS = ANYTHING | st.fixed_dictionaries(
    {"heartbeatList": HEARTBEAT_LISTS | ANYTHING, "uptimeList": st.dictionaries(WORDS, LEAVES) | ANYTHING}
)
LISTED = st.fixed_dictionaries({"id": st.integers(0, 3) | LEAVES, "name": LEAVES, "type": WORDS | LEAVES})
GROUPS = st.lists(
    st.fixed_dictionaries({"monitorList": st.lists(LISTED | ANYTHING, max_size=4) | ANYTHING}), max_size=3
)
PAGES = ANYTHING | st.fixed_dictionaries({"publicGroupList": GROUPS | ANYTHING})


def is_one(text: str) -> bool:
    try:
        return float(text.split()[0]) == 1
    except (ValueError, IndexError):
        return False


LINES = st.one_of(
    st.text(max_size=40),
    st.builds(
        lambda name, labels, value: f"{name}{{{labels}}} {value}",
        st.sampled_from(["monitor_status", "monitor_uptime_ratio", "app_version", "process_start_time_seconds"]),
        st.text(max_size=20)
        | st.lists(
            st.builds(
                lambda key, value: f'{key}="{value}"',
                st.sampled_from(["monitor_id", "monitor_name", "monitor_type", "window", "version", ""]),
                st.text(max_size=5) | st.sampled_from(["1", "2", "group", "1d"]),
            ),
            max_size=4,
        ).map(",".join),
        st.text(max_size=6).filter(lambda text: not is_one(text))
        | st.floats().filter(lambda number: number != 1).map(str)
        | st.integers(2, 5).map(str),
    ),
)
TEXTS = st.lists(LINES, max_size=5).map(lambda lines: metrics_text(*lines, started=NOW - timedelta(hours=1)))


def judged(metrics: bytes | None, page: bytes | None, heartbeats: bytes | None, now: datetime = NOW) -> Report:
    """Return the result of a poll from three bodies, without a network. Raise SourceError as a poll does."""
    seen = kuma_metrics.read_metrics(metrics) if metrics is not None else None
    on_page = status_page.read_page(page) if page is not None else None
    heartbeats = status_page.read_heartbeats(heartbeats) if heartbeats is not None else None
    moment = Moment(now, timedelta(minutes=15))
    everything = gather("uptime_kuma", seen, on_page, heartbeats, moment)
    result = judge_monitors(everything, (), seen, heartbeats, moment)
    monitors = tuple(monitor for _, monitor in result.monitors)
    return Report("uptime_kuma", "monitors", monitors, warnings=tuple(result.warnings), remarks=tuple(result.remarks))


def no_up_out_of_nothing(metrics: bytes | None, page: bytes | None, heartbeats: bytes | None) -> None:
    try:
        report = judged(metrics, page, heartbeats)
    except NoAnswerError:
        return
    assert not any(monitor.state is State.UP for monitor in report.monitors)


@examples(max_examples=most(30), deadline=None)
@given(PAGES, HEARTBEAT_ANSWERS)
def test_no_json_gives_an_up_out_of_nothing(page: Any, heartbeats: Any) -> None:
    no_up_out_of_nothing(None, json.dumps(page).encode(), json.dumps(heartbeats).encode())
    no_up_out_of_nothing(None, None, json.dumps(heartbeats).encode())


@examples(max_examples=most(30), deadline=None)
@given(TEXTS)
def test_no_metrics_give_an_up_out_of_nothing(text: bytes) -> None:
    no_up_out_of_nothing(text, None, None)


@examples(max_examples=most(50), deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_harm(body: bytes) -> None:
    for case in (
        (body, None, None),
        (None, body, None),
        (None, None, body),
        (metrics_text(body.decode("latin-1")), None, None),
    ):
        no_up_out_of_nothing(*case)
    assert status_page.read_badge(body) is None


@examples(max_examples=most(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, PAGES, HEARTBEAT_ANSWERS)
def test_over_http_nothing_but_source_errors_are_raised(
    served: ReplayServer, text: bytes, page: Any, heartbeats: Any
) -> None:
    for path, body, kind in (
        (METRICS, text, TEXT), (PAGE, json.dumps(page).encode(), JSON), (HEARTBEATS, json.dumps(heartbeats).encode(),
        JSON)
    ):  # fmt: skip
        served.faults[path] = ReplayFault(status=200, body=body, content_type=kind)
    report, problem = outcome(settings(served))
    assert "internal error" not in problem
    assert report is None or not any(monitor.state is State.UP for monitor in report.monitors)


@pytest.fixture(scope="module")
def served() -> Iterator[ReplayServer]:
    with kuma() as server:
        yield server


# What must hold of every merging.

STATUSES = st.sampled_from([0, 1, 2, 3])
IDS = st.integers(1, 5)
WORLDS = st.fixed_dictionaries(
    {
        "metrics": st.none() | st.dictionaries(IDS, STATUSES, max_size=5),
        "heartbeats": st.dictionaries(
            IDS, st.tuples(st.lists(STATUSES, max_size=4), st.sampled_from([5, 300, 1200, 90000, 200000])), max_size=5
        ),
        "kinds": st.dictionaries(IDS, st.sampled_from(["http", "push"]), max_size=5),
        "names": st.dictionaries(IDS, st.sampled_from(["a", "b", "c"]), max_size=5),
        "version": st.sampled_from(["1.23.17", "2.5.3"]),
    }
)


def bodies(world: dict[str, Any]) -> tuple[bytes | None, bytes, bytes]:
    def name(key: int) -> str:
        return str(world["names"].get(key, f"own {key}"))

    def kind(key: int) -> str:
        return str(world["kinds"].get(key, "http"))

    text = None
    if world["metrics"] is not None:
        second = world["version"] > "2"
        # Uptime Kuma 1 gives one series for monitors with the same labels: that of the last one.
        merged = {key if second else (name(key), kind(key)): (key, status) for key, status in world["metrics"].items()}
        lines = (series(status, key if second else None, name(key), kind(key)) for key, status in merged.values())
        text = metrics_text(*lines, version=world["version"])
    page = page_json(*(listed(key, name(key), kind(key)) for key in world["heartbeats"]))
    heartbeats = {key: steady(NOW, statuses, newest) for key, (statuses, newest) in world["heartbeats"].items()}
    return text, page, heartbeats_json(heartbeats)


def status_of(report: Report) -> PlatformStatus:
    return policy.decide(Facts(NOW, (report,)), policy.Rules()).status


@examples(max_examples=most(50), deadline=None)
@given(WORLDS)
def test_merging_never_turns_a_down_into_an_up(world: dict[str, Any]) -> None:
    text, page, heartbeats = bodies(world)
    both = judged(text, page, heartbeats)
    fresh = {key: statuses[-1] for key, (statuses, newest) in world["heartbeats"].items() if statuses and newest == 5}
    in_metrics = [line for line in (text or b"").decode().splitlines() if line.startswith("monitor_status{")]
    if 0 in fresh.values() or any(line.endswith(" 0") for line in in_metrics):
        assert status_of(both) is not PlatformStatus.OPERATIONAL
    by_key = {monitor.key.partition(":")[2]: monitor for monitor in both.monitors}
    for key, status in fresh.items():
        if status == 0:
            assert by_key[str(key)].state is State.DOWN
    if text is not None and world["version"] > "2":
        for key, status in world["metrics"].items():
            if status == 0:
                assert by_key[str(key)].state in (State.DOWN, State.UNKNOWN)


@examples(max_examples=most(50), deadline=None)
@given(WORLDS, st.integers())
def test_the_order_of_what_is_answered_does_not_matter(world: dict[str, Any], seed: int) -> None:
    mixed = random.Random(seed)
    text, page, heartbeats = bodies(world)
    answer = copy.deepcopy(json.loads(heartbeats))
    lists = list(answer["heartbeatList"].items())
    mixed.shuffle(lists)
    for _, entries in lists:
        mixed.shuffle(entries)
    groups = [{"monitorList": [monitor]} for monitor in json.loads(page)["publicGroupList"][0]["monitorList"]]
    mixed.shuffle(groups)
    lines = (text or b"").decode().splitlines()
    for place, line in enumerate(lines):
        if line.startswith("monitor_status{"):
            labels = line[len("monitor_status{") : -3].split(",")
            mixed.shuffle(labels)
            lines[place] = f"monitor_status{{{','.join(labels)}}}{line[-2:]}"
    mixed.shuffle(lines)
    turned = (
        None if text is None else "\n".join([*lines, ""]).encode(),
        json.dumps({"publicGroupList": groups}).encode(),
        json.dumps({"heartbeatList": dict(lists), "uptimeList": answer["uptimeList"]}).encode(),
    )
    assert judged(*turned) == judged(text, page, heartbeats)


@examples(max_examples=most(50), deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), STATUSES)
def test_any_name_is_read_as_it_is(name: str, url: str, status: int) -> None:
    text = metrics_text(series(status, 1, name, url=url), series(1, 2))
    (first, second) = kuma_metrics.read_metrics(text).series
    assert (first.name, first.url) == tuple("" if one == "null" else one for one in (name, url))
    assert second.identifier == 2
