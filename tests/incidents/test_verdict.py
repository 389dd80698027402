# SPDX-License-Identifier: MIT
"""A wrong replay is not taken for a good one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from elytra_status.model import Announcements
from tests.incidents.runner import Replay, Run, Setting, Visit, replay
from tests.incidents.truth import Timeline, clock_wrong, down, kuma_off, read_expectations
from tests.incidents.verdict import judge

OUTAGE = Timeline("a test", "", (down("shop", 10, 40), kuma_off(55)), "0- operational or outage or unknown", minutes=70)
Change = Callable[[Run], str | None]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return replay(OUTAGE, Setting(), tmp_path_factory.mktemp("replay"))


def with_runs(good: Replay, change: Change) -> Replay:
    """Return a replay in which the runs had published something different, and visitors had seen it."""
    runs = [replace(run, status=change(run)) for run in good.runs]

    def seen(visit: Visit) -> Visit:
        told = [run.status for run in runs if run.status is not None and run.ended < visit.minute * 60]
        return replace(visit, word=told[-1] or "") if told else visit

    return replace(good, runs=runs, visits=[seen(visit) for visit in good.visits])


def faults(found: Replay) -> str:
    return "\n".join(judge(found).faults)


def test_a_good_one_has_no_faults(good: Replay) -> None:
    verdict = judge(good)
    assert verdict.faults == ()
    (outage,) = verdict.outages
    assert (outage.began, outage.ended, outage.confirmed) == (600, 2400, 660)
    assert outage.told == 12 * 60  # The first visitor after the run of minute 10, which polled twice.


def test_an_outage_that_is_not_shown(good: Replay) -> None:
    found = with_runs(good, lambda run: "operational" if run.status == "outage" else run.status)
    told = faults(found)
    assert "told operational, and there was a confirmed outage" in told
    assert "told too late" in told
    assert "green is seen" in told
    assert judge(found).green_while_down_minutes > 20


def test_an_outage_that_is_shown_late(good: Replay) -> None:
    told = faults(
        with_runs(good, lambda run: "degraded" if run.status == "outage" and run.began < 1800 else run.status)
    )
    assert "told degraded, and there was a confirmed outage" in told
    assert "told too late" in told
    assert "green" not in told


def test_a_false_outage(good: Replay) -> None:
    found = with_runs(good, lambda run: "outage" if run.began < 300 else run.status)
    assert "a false outage is seen at minute 0" in faults(found)
    assert judge(found).false_outage_minutes == 12


def test_green_of_what_nobody_knows(good: Replay) -> None:
    assert "green is seen at minute 62" in faults(
        with_runs(good, lambda run: "operational" if run.began > 3600 else run.status)
    )


def test_a_run_that_failed(good: Replay) -> None:
    assert "the run at minute 0.1 failed" in faults(
        replace(good, runs=[replace(run, failed=run.began == 7.5) for run in good.runs])
    )


def test_a_run_that_failed_because_the_clock_was_set(good: Replay) -> None:
    failed = [replace(run, failed=run.began == 7.5, ended=run.ended + 60 * (run.began == 7.5)) for run in good.runs]
    for minute, told in ((1, False), (3, True)):
        timeline = replace(OUTAGE, happens=(*OUTAGE.happens, clock_wrong(60, 0, minute)))
        found = faults(replace(good, runs=failed, timeline=timeline))
        assert ("the run at minute 0.1 failed" in found) == told


def test_another_word_than_was_expected(good: Replay) -> None:
    timeline = replace(OUTAGE, visitors_see="0-20 operational")
    assert "outage is seen at minute 12, not operational" in faults(replace(good, timeline=timeline))


def test_a_figure_that_the_evidence_does_not_give(good: Replay) -> None:
    timeline = replace(OUTAGE, happens=OUTAGE.happens[:1])  # Uptime Kuma answered at the end.
    last = good.visits[-1]
    document: dict[str, Any] = {**last.document, "uptime": {"last_24h": 100.0, "last_7d": 100.0, "last_30d": 100.0}}
    told = faults(replace(good, timeline=timeline, visits=[*good.visits[:-1], replace(last, document=document)]))
    assert all(f"{window} is 100.0 at the end" in told for window in ("last_24h", "last_7d", "last_30d"))


def test_incidents_that_are_not_there(good: Replay) -> None:
    assert "0 incidents were opened, not 1" in faults(replace(good, announcements=Announcements()))
    documents = [replace(visit, document={**visit.document, "notices": []}) for visit in good.visits]
    assert "visitors read of no incident, and outage" in faults(replace(good, visits=documents))


def test_what_is_expected_is_read() -> None:
    text = "0-10 operational; 12-20 outage/degraded or outage; 30- unknown or degraded"
    assert [sorted(one.words) for one in read_expectations(text, 60, "1")][1] == ["outage"]
    read = read_expectations(text, 60, "25%")
    assert [sorted(one.words) for one in read] == [["operational"], ["degraded", "outage"], ["degraded", "unknown"]]
    assert [(one.since, one.until) for one in read] == [(0, 10), (12, 20), (30, 60)]
    for wrong in ("0 operational", "operational", "0-10", "0-10 operational, 12- outage"):
        with pytest.raises(ValueError, match="not an expectation"):
            read_expectations(wrong, 60, "1")
