# SPDX-License-Identifier: MIT
"""That no monitor is forgotten when a source answers in part."""

from __future__ import annotations

from elytra_status.known import from_json, remember, to_json, with_missing
from elytra_status.model import MONITORS, Monitor, Report, State


def report(*monitors: tuple[str, str], complete: bool = True) -> Report:
    return Report(
        "kuma", MONITORS, monitors=tuple(Monitor(key, name, State.UP) for key, name in monitors), complete=complete
    )


def unknown(report_: Report) -> list[str]:
    return [monitor.key for monitor in report_.monitors if monitor.state is State.UNKNOWN]


def test_a_monitor_that_an_incomplete_answer_does_not_name_is_unknown() -> None:
    known = remember(report(("1", "A"), ("2", "B")), None)
    assert unknown(with_missing(report(("1", "A"), complete=False), known)) == ["2"]
    assert unknown(with_missing(report(("1", "A")), known)) == []


def test_a_monitor_under_another_key_is_recognised_by_its_name() -> None:
    known = remember(report(("1", "A"), ("2", "B")), None)
    assert unknown(with_missing(report(("~a", "A"), ("~b", "B"), complete=False), known)) == []


def test_equal_names_are_not_equal_monitors() -> None:
    known = remember(report(("1", "Twin"), ("2", "Twin")), None)
    assert unknown(with_missing(report(("1", "Twin"), complete=False), known)) == ["2"]
    assert unknown(with_missing(report(("~a", "Twin"), complete=False), known)) == ["2"]


def test_an_incomplete_answer_adds_to_what_is_known_and_a_complete_one_replaces_it() -> None:
    known = remember(report(("1", "A")), None)
    more = remember(report(("2", "B"), complete=False), known)
    assert set(more.marks) == {"1", "2"}
    assert set(remember(report(("2", "B")), more).marks) == {"2"}


def test_what_is_remembered_holds_no_names_and_reads_back() -> None:
    known = {"kuma": remember(report(("1", "Acme shop")), None)}
    assert "Acme" not in str(to_json(known))
    assert from_json(to_json(known)) == known


def test_a_memory_that_is_damaged_is_no_memory() -> None:
    assert from_json({}) == {}
    assert from_json({"known_monitors": []}) == {}
    assert from_json({"known_monitors": {"kuma": {"1": 5}, "other": []}}) == {}
