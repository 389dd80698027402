# SPDX-License-Identifier: MIT
"""The rule for missing monitors: which count, for how long, and what is an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from elytra_status.decision.missing_monitors import (
    NOT_LISTED,
    STARTED,
    Expected,
    KnownMonitors,
    LastSeen,
    Saved,
    monitors_to_save,
    scope_of,
    with_missing_monitors,
)
from elytra_status.model import (
    BACKUPS,
    INCOMPLETE,
    MISSING,
    MONITORS,
    UNNAMED,
    Monitor,
    Report,
    ReportProblem,
    State,
    replace,
)
from elytra_status.run.saved_monitors import from_json, to_json

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
STALE = timedelta(minutes=30)
UNKNOWN, UP, DOWN = State.UNKNOWN, State.UP, State.DOWN


def report(*keys: str, complete: bool = True, state: State = UP, critical: bool = False, **more: Any) -> Report:
    monitors = tuple(Monitor(f"kuma:{key}", f"Site {key}", state, critical=critical) for key in keys)
    problems = () if complete else (ReportProblem("/metrics: 401", "Create an API key"),)
    return Report("kuma", MONITORS, monitors=monitors, complete=complete, problems=problems, **more)


def known(*keys: str, expected: Expected | None = None, **more: Any) -> KnownMonitors:
    return monitors_to_save(report(*keys, **more), expected or Expected(), Saved(), NOW)


def after(minutes: float, answer: Report, before: KnownMonitors | None, expected: Expected | None = None) -> Report:
    return with_missing_monitors(answer, expected or Expected(), Saved(before), NOW + timedelta(minutes=minutes), STALE)


def states(of: Report) -> dict[str, str]:
    return {monitor.key.partition(":")[2]: monitor.state.value for monitor in of.monitors}


@pytest.mark.parametrize("state", [UP, DOWN])
def test_a_missing_monitor_keeps_its_state_and_then_is_an_error_that_does_not_count(state: State) -> None:
    before = known("1", "2", state=state)
    for minutes in (1, 30):
        kept = after(minutes, report("1"), before)
        assert states(kept) == {"1": "up", "2": state.value}
        assert not kept.problems
    gone = after(31, report("1"), before)
    assert states(gone) == {"1": "up"}
    (problem,) = gone.problems
    assert problem.keys == ("kuma:2",)
    assert "1 monitor is missing (kuma:2), last seen at 2026-03-10T12:00:00Z" in str(problem)


def test_it_stays_an_error_run_after_run_until_it_is_back() -> None:
    before = known("1", "2")
    for minutes in (10, 20, 30, 40, 5000):
        answer = after(minutes, report("1"), before)
        assert bool(answer.problems) is (minutes > 30)
        before = monitors_to_save(answer, Expected(), Saved(before), NOW + timedelta(minutes=minutes))
    back = after(5010, report("1", "2"), before)
    assert not back.problems
    assert states(back) == {"1": "up", "2": "up"}


def test_a_critical_one_that_is_missing_is_unknown() -> None:
    gone = after(31, report("1"), known("1", "2", critical=True))
    assert states(gone) == {"1": "up", "2": "unknown"}
    assert gone.problems


@pytest.mark.parametrize("minutes", [-600, -6])
def test_a_monitor_seen_in_the_future_is_unknown_and_an_error(minutes: float) -> None:
    answer = after(minutes, report("1"), known("1", "2"))
    assert states(answer) == {"1": "up", "2": "unknown"}
    assert answer.problems


def test_an_incomplete_answer_makes_what_it_does_not_name_unknown() -> None:
    before = known("1", "2")
    answer = after(10, report("1", complete=False), before)
    assert states(answer) == {"1": "up", "2": "unknown"}
    assert not answer.unlisted


def test_without_saved_state_an_incomplete_answer_leaves_open_what_else_there_is() -> None:
    first = after(0, report("1", complete=False), None)
    assert first.unlisted
    # Nor does the run save it.
    saved = monitors_to_save(first, Expected(), Saved(), NOW)
    assert after(10, report("1", complete=False), saved).unlisted
    assert not after(10, report("1"), saved).unlisted


def test_saved_state_of_other_queries_does_not_say_what_there_is() -> None:
    page_alone = known("1", expected=Expected(scope="page"))
    assert after(10, report("1", complete=False), page_alone, Expected(scope="key and page")).unlisted


def test_the_settings_free_from_what_they_leave_out_also_from_what_saved_state_knows() -> None:
    before = known("1", "2")
    only = Expected(only=frozenset({"kuma:1"}))
    assert states(after(10, report("1", complete=False), before, only)) == {"1": "up"}
    assert not after(60, report("1"), before, only).problems


def test_a_monitor_that_settings_name_and_no_answer_does_is_unknown_and_an_error() -> None:
    expected = Expected({"kuma:1": "COMPONENTS", "kuma:9": "CRITICAL_MONITOR_IDS"}, frozenset({"kuma:9"}))
    answer = after(0, report("1"), None, expected)
    assert states(answer) == {"1": "up", "9": "unknown"}
    assert [monitor.key for monitor in answer.monitors if monitor.critical] == ["kuma:9"]
    assert str(answer.problems[0]).startswith("CRITICAL_MONITOR_IDS lists kuma:9, but kuma does not report it.")
    # While a part is silent, that is the reason: the setting is not called wrong.
    assert [one.kind for one in after(0, report("1", complete=False), None, expected).problems] == [INCOMPLETE]


def test_what_an_answer_leaves_out_is_not_missing() -> None:
    paused = report("1", left_out=frozenset({"kuma:2"}))
    assert states(after(60, paused, known("1", "2"), Expected({"kuma:2": "MONITOR_IDS"}))) == {"1": "up"}


def test_a_monitor_under_another_key_is_recognised_by_its_name() -> None:
    before = known("1", "2")
    other = Report(
        "kuma", MONITORS, monitors=(Monitor("kuma:~a", "Site 1", UP), Monitor("kuma:~b", "Site 2", UP)), complete=False
    )
    part = after(10, other, before)
    assert states(part) == {"~a": "up", "~b": "up"}
    later = monitors_to_save(part, Expected(), Saved(before), NOW + timedelta(minutes=10))
    assert later.monitors.keys() == before.monitors.keys()
    assert not after(60, report("1", "2"), later).problems


def test_equal_names_are_not_equal_monitors() -> None:
    twins = tuple(Monitor(f"kuma:{key}", "Twin", UP) for key in "12")
    before = monitors_to_save(Report("kuma", MONITORS, monitors=twins), Expected(), Saved(), NOW)
    one = Report("kuma", MONITORS, monitors=(Monitor("kuma:~a", "Twin", UP),), complete=False)
    assert sorted(states(after(10, one, before)).values()) == ["unknown", "up"]


def test_what_is_saved_holds_no_names_and_reads_back() -> None:
    before = {"kuma": known("1", "2", critical=True)}
    assert "Site" not in json.dumps(to_json(before))
    assert from_json(json.loads(json.dumps(to_json(before)))) == before


@pytest.mark.parametrize("damage", [5, [], {"monitors": []}, {"monitors": {"1": "ab"}, "complete": None, "scope": ""}])
def test_what_is_malformed_is_nothing_known(damage: object) -> None:
    assert from_json({"known_monitors": {"kuma": damage}}) == {}
    assert from_json({"known_monitors": damage}) == {}


@pytest.mark.parametrize(("minutes", "state"), [(-5, "up"), (-5.1, "unknown"), (30, "up")])
def test_a_state_is_fresh_up_to_the_limit_and_five_minutes_ahead(minutes: float, state: str) -> None:
    assert states(after(minutes, report("1"), known("1", "2")))["2"] == state


def test_a_monitor_that_keeps_its_state_is_distinguished_from_one_that_an_answer_names() -> None:
    kept = after(10, report("1"), known("1", "2")).monitors[1]
    assert (kept.absent, kept.evidence) == (
        True,
        ("no longer in its answers", "last seen up at 2026-03-10T12:00:00Z"),
    )
    unknown = after(10, report("1", complete=False), known("1", "2")).monitors[1]
    assert (unknown.absent, unknown.evidence) == (True, ("no answer names it",))


def test_a_report_of_backups_has_no_monitors_that_could_be_missing() -> None:
    backups = Report("s3", BACKUPS)
    assert after(0, backups, None, Expected({"kuma:1": "COMPONENTS"})) is backups


def test_a_source_that_does_not_answer_makes_all_unknown_and_is_its_own_error() -> None:
    silent = Report("kuma", MONITORS, problem="timed out", complete=False, problems=report(complete=False).problems)
    expected = Expected({"kuma:1": "MONITOR_IDS", "kuma:9": "MONITOR_IDS"}, frozenset({"kuma:9"}))
    answer = after(10, replace(silent, monitors=report("1").monitors), known("1", "2"), expected)
    assert states(answer) == {"1": "unknown", "2": "unknown", "9": "unknown"}
    assert [one.kind for one in answer.problems] == [INCOMPLETE]
    assert after(10, silent, None).unlisted == ""
    assert monitors_to_save(answer, expected, Saved(known("1", "2")), NOW + STALE) == known("1", "2")
    assert monitors_to_save(answer, expected, Saved(), NOW) == KnownMonitors({})


def test_an_incomplete_answer_makes_nothing_missing_that_the_last_complete_one_named() -> None:
    before = known("1", "2")
    answer = after(31, report("1", complete=False), before)
    assert (states(answer), [one.kind for one in answer.problems]) == ({"1": "up", "2": "unknown"}, [INCOMPLETE])


def test_what_a_complete_answer_did_not_name_stays_missing_while_answers_are_incomplete() -> None:
    before = monitors_to_save(
        after(10, report("1"), known("1", "2")), Expected(), Saved(known("1", "2")), NOW + STALE / 3
    )
    soon = after(20, report("1", complete=False), before)
    assert (states(soon), [one.kind for one in soon.problems]) == ({"1": "up", "2": "unknown"}, [INCOMPLETE])
    later = after(31, report("1", complete=False), before)
    assert (states(later), [one.kind for one in later.problems]) == ({"1": "up"}, [INCOMPLETE, MISSING])
    assert list(before.missing(NOW + 2 * STALE, STALE)) == ["kuma:2"]
    assert not KnownMonitors({}).missing(NOW, STALE)


# What a person accepted.


@pytest.mark.parametrize(("seen", "is_error"), [(NOW, False), (NOW - STALE, True)])
def test_what_a_person_accepted_is_no_error_until_it_was_there_again(seen: datetime, is_error: bool) -> None:
    before = known("1", "2", critical=True)
    saved = Saved(before, {"kuma:2": seen, "kuma:7": NOW})
    answer = with_missing_monitors(report("1"), Expected(), saved, NOW + 2 * STALE, STALE)
    assert states(answer) == ({"1": "up", "2": "unknown"} if is_error else {"1": "up"})
    assert bool(answer.problems) is is_error
    assert ("kuma:2" in monitors_to_save(answer, Expected(), saved, NOW).monitors) is is_error
    assert [saved.is_accepted(key) for key in ("kuma:1", "kuma:2", "kuma:7")] == [False, not is_error, False]
    assert not Saved(None, {"kuma:2": NOW}).is_accepted("kuma:2")


# Monitors that the source itself reports as missing.


def gone(*keys: str, **more: Any) -> Report:
    """Return a report whose last monitor the source itself calls missing."""
    answer = report(*keys, **more)
    last = replace(answer.monitors[-1], state=UNKNOWN)
    return replace(answer, monitors=(*answer.monitors[:-1], last), missing=frozenset({last.key}))


def test_a_monitor_that_its_source_reports_missing_counts_until_it_is_accepted() -> None:
    before = known("1", "2")
    assert not after(30, gone("1", "2"), before).problems
    answer = after(31, gone("1", "2"), before)
    assert states(answer) == {"1": "up", "2": "unknown"}
    assert [one.keys for one in answer.problems] == [("kuma:2",)]
    assert not after(31, gone("1", "7"), known("1")).problems
    accepted = Saved(before, {"kuma:2": NOW})
    assert states(with_missing_monitors(gone("1", "2"), Expected(), accepted, NOW + 2 * STALE, STALE)) == {"1": "up"}


def test_a_missing_monitor_is_saved_with_when_it_was_last_seen() -> None:
    before = known("1", "2", "3")
    later = monitors_to_save(gone("1", "2"), Expected(), Saved(before), NOW + STALE)
    assert [later.monitors[f"kuma:{key}"].seen for key in "123"] == [NOW + STALE, NOW, NOW]
    assert monitors_to_save(gone("1", "2"), Expected(), Saved(), NOW).monitors["kuma:2"].seen == NOW


def test_a_setting_that_names_a_missing_monitor_is_the_only_error() -> None:
    expected = Expected({"kuma:2": "MONITOR_IDS", "kuma:5": "COMPONENTS"})
    answer = after(31, gone("1", "2"), known("1", "2", "5"), expected)
    assert [(one.kind, one.keys) for one in answer.problems] == [(UNNAMED, ("kuma:2",)), (UNNAMED, ("kuma:5",))]
    assert str(answer.problems[1]) == (
        "COMPONENTS lists kuma:5, but kuma does not report it. See whether it was removed there, or correct COMPONENTS."
    )


# What is said of several.


def test_several_missing_monitors_are_one_error_with_the_last_sight_of_any() -> None:
    earlier = monitors_to_save(report("2"), Expected(), Saved(), NOW - STALE)
    before = replace(known("1", "3"), monitors={**known("1", "3").monitors, **earlier.monitors})
    (problem,) = after(31, report("1"), before).problems
    assert problem == ReportProblem(
        "2 monitors are missing (kuma:2, kuma:3), last seen at 2026-03-10T12:00:00Z and no longer counted",
        "See whether it was removed there. If it was removed on purpose: elytra-status monitors accept kuma:2",
        kind=MISSING,
        keys=("kuma:2", "kuma:3"),
    )


def test_any_part_that_did_not_come_leaves_open_what_else_there_is() -> None:
    other = ReportProblem("MONITOR_IDS lists kuma:9", "Correct it", kind=UNNAMED)
    answer = report("1", complete=False)
    assert after(0, replace(answer, problems=(*answer.problems, other)), None).unlisted == NOT_LISTED
    assert after(0, replace(answer, problems=(other,)), None).unlisted == STARTED
    assert after(0, replace(answer, problems=(other,)), known("1", "2")).unlisted == ""
    assert after(0, replace(answer, problems=(), complete=True), None).unlisted == ""
    assert after(0, answer, None, Expected(only=frozenset({"kuma:1"}))).unlisted == ""


# Names.


def test_a_new_monitor_is_not_taken_for_one_whose_twin_is_still_there() -> None:
    twins = tuple(Monitor(f"kuma:{key}", "Twin", UP) for key in "12")
    before = monitors_to_save(Report("kuma", MONITORS, monitors=twins), Expected(), Saved(), NOW)
    assert [one.keys for one in after(31, replace(report(), monitors=twins[:1]), before).problems] == [("kuma:2",)]


def test_monitors_without_a_name_are_not_one() -> None:
    nameless = tuple(Monitor(f"kuma:{key}", "", UP) for key in "12")
    before = monitors_to_save(Report("kuma", MONITORS, monitors=nameless[:1]), Expected(), Saved(), NOW)
    assert after(31, replace(report(), monitors=nameless[1:]), before).problems


def test_a_renamed_key_of_a_complete_answer_takes_the_place_of_the_old_one() -> None:
    answer = Report("kuma", MONITORS, monitors=(Monitor("kuma:~a", "Site 1", UP),))
    assert list(monitors_to_save(answer, Expected(), Saved(known("1")), NOW).monitors) == ["kuma:~a"]


def test_what_an_earlier_version_saved_is_recognised() -> None:
    scope = "d1a31fc2f871a281"
    assert scope_of("key", ("page",)) == scope
    saved = KnownMonitors({"kuma:1": LastSeen("acbd26c13dd71867", DOWN, NOW, True, False)}, NOW, scope)
    answer = Report("kuma", MONITORS, monitors=(Monitor("kuma:~a", "Site 1", UP),), complete=False)
    answer = replace(answer, problems=report(complete=False).problems)
    found = after(10, answer, saved, Expected(scope=scope))
    assert (states(found), found.unlisted) == ({"~a": "up"}, "")
