# SPDX-License-Identifier: MIT
"""Whether a source is isolated, rule by rule: what a poll says of its network, and which evidence does not count."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.decision.isolation import (
    Isolation,
    Phase,
    bad_since,
    from_json,
    isolated_times,
    judge_isolation,
    to_json,
    without_isolated,
    without_stale_confirmation,
)
from elytra_status.model import BAD_STATES, MONITORS, Heartbeat, Monitor, Report, State, replace

START = datetime(2025, 11, 10, 12, tzinfo=UTC)
NOW = START + timedelta(hours=1)
LETTERS = {"u": State.UP, "d": State.DOWN, "p": State.PENDING, "m": State.MAINTENANCE}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def monitor(key: str, checks: str, *, confirmed: bool = False) -> Monitor:
    """Return a monitor with the heartbeats of a text such as 'u0 d60': up at second 0, down at second 60."""
    heartbeats = tuple(Heartbeat(at(float(check[1:])), LETTERS[check[0]]) for check in checks.split())
    return Monitor(key, "", heartbeats[-1].state, confirmed=confirmed, heartbeats=heartbeats)


def report(*monitors: Monitor) -> Report:
    return Report("kuma", MONITORS, monitors=monitors)


def answers(expected: bool | None) -> Callable[[], bool]:
    """Return a function that says whether the address answers; with None it must not be called."""

    def ask() -> bool:
        assert expected is not None, "the address was queried for nothing"
        return expected

    return ask


SILENT = Monitor("kuma:9", "", State.DOWN)
SUSPECTED = Isolation(Phase.SUSPECTED, at(-15), at(120), at(130))
ISOLATED = Isolation(Phase.ISOLATED, at(-15), at(120), at(130))
OVER = replace(ISOLATED, phase=Phase.OVER)


# What a poll says of the network of the source


def test_all_that_failed_since_something_was_up_makes_it_isolated_where_the_address_fails_too() -> None:
    seen = report(monitor("kuma:1", "u0 d60 d120"), monitor("kuma:2", "u30 d90"))
    assert judge_isolation(seen, Isolation(), NOW, answers(False)) == Isolation(Phase.ISOLATED, at(15), at(120), NOW)
    assert judge_isolation(seen, Isolation(), NOW, answers(True)) == Isolation(Phase.SUSPECTED, at(15), at(120), NOW)


@pytest.mark.parametrize(("down", "isolated"), [(85, False), (86, True)])
def test_a_check_that_began_15_seconds_before_one_that_was_up_failed_before_it(down: int, isolated: bool) -> None:
    seen = report(monitor("kuma:1", f"u25 d{down}"), monitor("kuma:2", "u100"))
    found = judge_isolation(seen, Isolation(), NOW, answers(False if isolated else None))
    assert found.phase is (Phase.ISOLATED if isolated else Phase.WELL)


def test_one_failure_after_the_last_success_is_enough_though_another_was_known_before() -> None:
    seen = report(monitor("kuma:1", "u0 d30 d90"), monitor("kuma:2", "u60 d100"))
    assert judge_isolation(seen, Isolation(), NOW, answers(False)).phase is Phase.ISOLATED


def test_the_time_at_which_it_was_known_not_to_be_isolated_counts_where_it_is_the_later() -> None:
    well = Isolation(well=at(90))
    seen = report(monitor("kuma:1", "u0 d60 d120"), monitor("kuma:2", "u30 d91"))
    assert judge_isolation(seen, well, NOW, answers(False)) == Isolation(Phase.ISOLATED, at(90), at(120), NOW, at(90))
    known = report(monitor("kuma:1", "u0 d60 d120"), monitor("kuma:2", "u30 d90"))
    assert judge_isolation(known, well, NOW, answers(None)) == Isolation(well=at(120))
    later = report(monitor("kuma:1", "u100 d120"), monitor("kuma:2", "u30 d91"))
    assert judge_isolation(later, well, NOW, answers(True)).began == at(90)
    latest = report(monitor("kuma:1", "u110 d120"), monitor("kuma:2", "u30 d91"))
    assert judge_isolation(latest, well, NOW, answers(True)).began == at(95)


def test_without_heartbeats_all_have_to_fail() -> None:
    assert judge_isolation(report(SILENT), Isolation(), NOW, answers(False)) == Isolation(
        Phase.ISOLATED, None, NOW, NOW
    )
    up = Monitor("kuma:8", "", State.UP)
    assert judge_isolation(report(SILENT, up), Isolation(), NOW, answers(None)) == Isolation()
    # A monitor last seen down before its heartbeats begin has no time either.
    assert judge_isolation(report(SILENT, monitor("kuma:2", "u30")), Isolation(), NOW, answers(None)) == Isolation()


def test_one_that_is_up_without_heartbeats_was_up_at_the_poll() -> None:
    failed, up = monitor("kuma:1", "u0 d60"), Monitor("kuma:8", "", State.UP)
    assert judge_isolation(report(failed, up, monitor("kuma:2", "u20")), Isolation(), NOW, answers(None)) == Isolation()


def test_a_failure_without_a_time_is_not_new_where_failures_were_known_before() -> None:
    well = Isolation(well=at(10))
    assert judge_isolation(report(SILENT), well, NOW, answers(None)) == Isolation(well=NOW)


def test_where_nothing_was_ever_up_all_that_failed_counts() -> None:
    seen = report(monitor("kuma:1", "d60 d120"), monitor("kuma:2", "d90"))
    assert judge_isolation(seen, Isolation(), NOW, answers(False)) == Isolation(Phase.ISOLATED, None, at(120), NOW)


def test_a_monitor_that_is_up_only_after_maintenance_does_not_show_isolation() -> None:
    back = replace(monitor("kuma:2", "m30 m90"), state=State.UP)
    assert judge_isolation(report(monitor("kuma:1", "d60"), back), Isolation(), NOW, answers(None)) == Isolation()


def test_a_source_that_did_not_answer_says_nothing_of_its_network() -> None:
    silent = replace(report(SILENT), problem="timed out")
    assert judge_isolation(silent, ISOLATED, NOW, answers(None)) is ISOLATED


@pytest.mark.parametrize("newest", [120, 121])
def test_a_suspicion_lasts_until_something_was_checked_again(newest: int) -> None:
    """Two polls that saw the same checks saw one failure: only a later check confirms it."""
    seen = report(monitor("kuma:1", f"u0 d60 d{newest}"), monitor("kuma:2", "u0 d70 d90"))
    found = judge_isolation(seen, SUSPECTED, NOW, answers(True))
    assert found == (SUSPECTED if newest == 120 else Isolation(well=at(121)))


@pytest.mark.parametrize(("answered", "phase"), [(False, Phase.ISOLATED), (True, Phase.OVER)])
def test_it_is_isolated_until_the_address_answers(answered: bool, phase: Phase) -> None:
    seen = report(monitor("kuma:1", "u0 d60 d180"), monitor("kuma:2", "u0 d70 d90"))
    found = judge_isolation(seen, ISOLATED, NOW, answers(answered))
    assert found == replace(ISOLATED, phase=phase, seen=at(180), until=NOW)


def test_it_is_isolated_no_longer_once_something_is_up() -> None:
    seen = report(monitor("kuma:1", "u0 d60 d180"), monitor("kuma:2", "u0 d70 u200"))
    found = judge_isolation(seen, ISOLATED, NOW, answers(False))
    assert found == replace(OVER, seen=at(200), until=NOW)


def test_what_fails_after_it_was_isolated_is_known_from_then_on() -> None:
    seen = report(monitor("kuma:1", "u0 d60 d180"), monitor("kuma:2", "u0 d70 d190"))
    assert judge_isolation(seen, OVER, NOW, answers(True)) == replace(OVER, well=at(190))
    assert judge_isolation(seen, OVER, NOW, answers(False)) == Isolation(Phase.ISOLATED, at(-15), at(190), NOW)


@pytest.mark.parametrize("before", [Isolation(well=at(10)), replace(OVER, well=at(10)), OVER, Isolation()])
def test_what_goes_on_to_fail_while_others_are_up_is_no_sign_of_isolation_later(before: Isolation) -> None:
    seen = report(monitor("kuma:1", "u0 d60 d180"), monitor("kuma:2", "u0 u70 u200"))
    expected = replace(before, well=at(200) if before.well else None)
    assert judge_isolation(seen, before, NOW, answers(None)) == expected


@pytest.mark.parametrize("before", [Isolation(well=at(10)), replace(OVER, well=at(10))])
def test_when_nothing_fails_any_more_all_is_forgotten(before: Isolation) -> None:
    seen = report(monitor("kuma:1", "u0 d60 u180"), monitor("kuma:2", "u0 m70"))
    assert judge_isolation(seen, before, NOW, answers(None)) == Isolation()


def test_only_a_source_that_is_or_was_isolated_has_a_time_in_which_it_was() -> None:
    isolations = {"a": Isolation(well=at(1)), "b": SUSPECTED, "c": ISOLATED, "d": replace(OVER, began=None)}
    assert isolated_times(isolations) == {"c": (at(-15), at(120)), "d": (None, at(120))}


# Since when a monitor is bad


def test_the_heartbeats_say_since_when_a_monitor_is_bad() -> None:
    assert bad_since(monitor("kuma:1", "d0 u60 p120 d180 d240")) == at(120)
    assert bad_since(monitor("kuma:1", "d0 u60")) is None
    assert bad_since(replace(SILENT, since=at(5))) == at(5)
    # By /metrics it is down, and its heartbeat has not arrived yet.
    assert bad_since(replace(monitor("kuma:1", "d0 u60"), state=State.DOWN, since=at(60))) is None


# What is no evidence


def states(seen: Report) -> list[tuple[str, bool]]:
    return [(one.state.value, one.confirmed) for one in seen.monitors]


@pytest.mark.parametrize("isolation", [Isolation(), Isolation(well=at(60))])
def test_without_a_suspicion_everything_is_evidence(isolation: Isolation) -> None:
    seen = report(monitor("kuma:1", "d60", confirmed=True), monitor("kuma:2", "u60"))
    assert without_isolated(seen, isolation, NOW) is seen


def test_of_a_source_that_does_not_answer_the_last_states_stay() -> None:
    silent = replace(report(monitor("kuma:1", "d60", confirmed=True)), problem="timed out")
    assert without_isolated(silent, ISOLATED, NOW) is silent


@pytest.mark.parametrize(
    ("checks", "began", "expected"),
    [
        ("u0 d60 d120", 15, ("unknown", False)),
        ("d60 d120", 60, ("down", True)),
        ("d60 d120", 59, ("unknown", False)),
        ("d60 d120", None, ("unknown", False)),
        # A check after the last one in isolation is evidence, and two confirm it.
        ("u0 d60 d121", 15, ("down", False)),
        ("u0 d60 d121 d122", 15, ("down", True)),
        ("d60 u121 d130", 15, ("down", False)),
        ("d60 u121 d130 d140", 15, ("down", True)),
        ("u0 u60", 15, ("up", True)),
    ],
)
@pytest.mark.parametrize("phase", [Phase.ISOLATED, Phase.OVER])
def test_what_failed_while_it_was_isolated_is_unknown_until_checked_again(
    checks: str, began: int | None, expected: tuple[str, bool], phase: Phase
) -> None:
    isolation = Isolation(phase, None if began is None else at(began), at(120), at(130))
    seen = report(monitor("kuma:1", checks, confirmed=True), monitor("kuma:2", "u0"))
    assert states(without_isolated(seen, isolation, NOW)) == [expected, ("up", False)]


def test_one_check_after_a_suspicion_leaves_confirmed_what_was_confirmed() -> None:
    isolation = replace(SUSPECTED, began=at(15))
    for confirmed in (True, False):
        seen = report(monitor("kuma:1", "u0 d60 d121", confirmed=confirmed))
        assert states(without_isolated(seen, isolation, NOW)) == [("down", confirmed)]
    assert states(without_isolated(report(monitor("kuma:1", "u0 d60 d121 d122")), OVER, NOW)) == [("down", False)]


@pytest.mark.parametrize(("now", "expected"), [(130, ("unknown", False)), (131, ("down", True))])
def test_a_state_without_a_time_is_one_of_the_poll(now: int, expected: tuple[str, bool]) -> None:
    silent = replace(SILENT, confirmed=True)
    not_listed_yet = replace(monitor("kuma:1", "u125", confirmed=True), state=State.DOWN)
    for one in (silent, not_listed_yet, replace(silent, since=at(125))):
        assert states(without_isolated(report(one), replace(OVER, began=at(15)), at(now))) == [expected]


def test_what_is_no_evidence_says_so() -> None:
    seen = report(monitor("kuma:1", "u0 d60"), monitor("kuma:2", "u125"))
    isolation = Isolation(Phase.ISOLATED, at(15), at(120), at(130))
    found = without_isolated(seen, isolation, NOW)
    assert found.isolation == "is isolated since 2025-11-10T12:00:15Z"
    assert found.monitors[0].evidence == ("seen only while its source was isolated, or may have been",)
    assert found.monitors[1] == seen.monitors[1]
    assert without_isolated(seen, replace(isolation, began=None), NOW).isolation == "is isolated"
    assert (
        without_isolated(seen, replace(isolation, phase=Phase.OVER), NOW).isolation
        == "was isolated until 2025-11-10T12:02:10Z"
    )
    suspected = without_isolated(seen, replace(isolation, phase=Phase.SUSPECTED), NOW)
    assert suspected.isolation == "may have been isolated until a moment ago"
    assert without_isolated(report(seen.monitors[1]), isolation, NOW).isolation == ""


# What a time of isolation that nobody noticed may have confirmed


@pytest.mark.parametrize(
    ("ups", "confirmed"),
    [
        # Nothing was up between the two failures, and something is since: it may have been isolated in between.
        ("u15 u600", False),
        ("u15 u540", False),
        ("u545", False),
        # Something was up in between: it was not isolated all the time.
        ("u16 u600", True),
        ("u530", True),
        # Nothing was up since, so the address decides.
        ("u10", True),
        ("d10", True),
    ],
)
def test_failures_between_which_nothing_was_up_confirm_nothing(ups: str, confirmed: bool) -> None:
    failed, other = monitor("kuma:1", "d0 d60 d600", confirmed=True), monitor("kuma:2", ups)
    found = without_stale_confirmation(report(failed, other), None)
    assert states(found)[0] == ("down", confirmed)
    assert found.monitors[1] == other


@pytest.mark.parametrize(("well", "confirmed"), [(-1, False), (0, True), (1, True)])
def test_a_failure_that_was_known_before_stays_confirmed(well: int, confirmed: bool) -> None:
    failed, other = monitor("kuma:1", "d0 d600", confirmed=True), monitor("kuma:2", "u600")
    assert states(without_stale_confirmation(report(failed, other), at(well)))[0] == ("down", confirmed)


def test_only_what_rests_on_old_checks_loses_its_confirmation() -> None:
    stale = monitor("kuma:1", "d0 d600", confirmed=True)
    others = (
        monitor("kuma:2", "d560 d660", confirmed=True),
        replace(SILENT, confirmed=True, since=at(300)),
        replace(monitor("kuma:3", "u600"), state=State.DOWN, confirmed=True),
        monitor("kuma:4", "u590"),
    )
    found = without_stale_confirmation(report(stale, *others), None)
    assert found.monitors == (replace(stale, confirmed=False), *others)


# Saved state


def test_what_is_saved_is_read_again_and_nothing_is_saved_of_a_source_that_is_well() -> None:
    isolations = {
        "a": replace(ISOLATED, well=at(1)),
        "b": SUSPECTED,
        "c": Isolation(well=at(2)),
        "d": replace(OVER, began=None),
    }
    assert from_json(json.loads(json.dumps(to_json(isolations)))) == isolations
    assert to_json({"a": Isolation()}) == {}


def test_what_earlier_releases_saved_is_read() -> None:
    stored = {"kuma": {"phase": "cut off", "seen": TIME, "until": TIME}}
    assert from_json(stored) == {"kuma": Isolation(Phase.ISOLATED, None, START, START)}


TIME = "2025-11-10T12:00:00+00:00"
NAIVE = "2025-11-10T12:00:00"


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {},
        {"phase": "over", "began": 1},
        {"phase": "else"},
        {"phase": "over"},
        {"phase": "over", "until": TIME},
        {"phase": "suspected", "seen": TIME},
        {"phase": "over", "seen": TIME, "until": NAIVE},
        {"phase": "over", "seen": NAIVE, "until": TIME},
        {"phase": "well", "well": NAIVE},
        {"phase": "well", "seen": TIME, "until": TIME},
    ],
)
def test_malformed_saved_state_is_skipped(stored: object) -> None:
    well = {"phase": "well", "well": TIME}
    assert from_json({"kuma": stored, "other": well}) == {"other": Isolation(well=START)}


@pytest.mark.parametrize("stored", [None, [], "over"])
def test_saved_state_that_is_no_mapping_is_ignored(stored: object) -> None:
    assert from_json(stored) == {}


def test_a_pending_monitor_fails_too() -> None:
    assert {State.PENDING, State.DOWN} == BAD_STATES
    seen = report(monitor("kuma:1", "u0 p60"))
    assert judge_isolation(seen, Isolation(), NOW, answers(False)).phase is Phase.ISOLATED
    assert states(without_isolated(seen, Isolation(Phase.ISOLATED, at(15), at(60), at(130)), NOW)) == [
        ("unknown", False)
    ]
