# SPDX-License-Identifier: MIT
"""The table of rules, row by row, and the reasons that it gives."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from elytra_status.decision.confirmation import confirm
from elytra_status.decision.policy import decide
from elytra_status.decision.rules import Rules
from elytra_status.model import (
    BACKUPS,
    MONITORS,
    Announcements,
    BackupGroup,
    Coverage,
    Decision,
    Facts,
    Heartbeat,
    Maintenance,
    Monitor,
    Override,
    PlatformStatus,
    Report,
    State,
    Uptime,
    replace,
)
from elytra_status.system.clock import to_text
from tests.decision.made_facts import HOUR, NOW, backup_report, facts, monitors


@pytest.mark.parametrize(
    ("states", "expected", "rule"),
    [
        (["up", "up"], "operational", "all-up"),
        (["up", "down!"], "outage", "outage"),
        (["up", "down"], "degraded", "some-down"),
        (["up", "pending"], "degraded", "some-down"),
        (["up", "pending!"], "degraded", "some-down"),
        (["up", "unknown"], "unknown", "some-unknown"),
        (["down", "unknown"], "degraded", "some-down"),
        (["down!", "unknown"], "outage", "outage"),
        (["maintenance", "maintenance"], "degraded", "all-maintenance"),
        (["maintenance", "up"], "operational", "all-up"),
        (["maintenance", "unknown"], "unknown", "some-unknown"),
        (["maintenance", "down!"], "outage", "outage"),
        ([], "unknown", "nothing-watched"),
    ],
)
def test_the_first_rule_that_matches_decides(states: list[str], expected: str, rule: str) -> None:
    decision = decide(facts(*states), Rules())
    assert (decision.status.value, decision.rule) == (expected, rule)


@pytest.mark.parametrize(
    ("rules", "down", "up", "expected"),
    [
        (Rules(outage_count=2), 1, 3, "degraded"),
        (Rules(outage_count=2), 2, 2, "outage"),
        (Rules(outage_count=None, outage_ratio=Fraction(1, 4)), 1, 3, "outage"),
        (Rules(outage_count=None, outage_ratio=Fraction(1, 4)), 1, 4, "degraded"),
        (Rules(outage_count=None, outage_ratio=Fraction(1)), 3, 0, "outage"),
        (Rules(outage_count=None, outage_ratio=Fraction(1, 1000)), 0, 5, "operational"),
    ],
)
def test_the_threshold_is_a_count_or_a_ratio_of_the_monitors(rules: Rules, down: int, up: int, expected: str) -> None:
    assert decide(facts(*["down!"] * down, *["up"] * up), rules).status.value == expected


@pytest.mark.parametrize(
    ("states", "expected", "rule"),
    [
        (["critical down!", "up", "up"], "outage", "critical-down"),
        (["critical down", "up", "up"], "degraded", "some-down"),
        (["critical pending!", "up", "up"], "degraded", "some-down"),
        (["critical unknown", "up", "up"], "unknown", "some-unknown"),
        (["critical maintenance", "up", "up"], "operational", "all-up"),
        (["critical up", "down!", "up"], "degraded", "some-down"),
        (["critical up", "down!", "down!"], "outage", "outage"),
    ],
)
@pytest.mark.parametrize("rules", [Rules(outage_count=2), Rules(outage_count=None, outage_ratio=Fraction(1, 2))])
def test_a_critical_monitor_makes_an_outage_alone_and_others_by_the_threshold(
    states: list[str], expected: str, rule: str, rules: Rules
) -> None:
    decision = decide(facts(*states), rules)
    assert (decision.status.value, decision.rule) == (expected, rule)


def test_a_ratio_counts_all_monitors_critical_ones_included() -> None:
    ratio = Rules(outage_count=None, outage_ratio=Fraction(1, 2))
    assert decide(facts("down!", "up"), ratio).status is PlatformStatus.OUTAGE
    assert decide(facts("down!", "up", "critical up"), ratio).status is PlatformStatus.DEGRADED


def test_a_failing_critical_monitor_awaits_confirmation_if_that_changes_the_status() -> None:
    assert decide(facts("critical down", "up"), Rules(outage_count=2)).awaits_confirmation
    # Down or recovered: with another monitor down it is degraded in any case.
    assert not decide(facts("down", "down!", "up", "up"), Rules(outage_count=3)).awaits_confirmation


def test_without_a_source_no_rule_after_the_first_is_tried_and_each_that_was_says_why() -> None:
    assert [step.rule for step in decide(Facts(NOW, ()), Rules()).steps] == ["override", "no-answer"]
    steps = decide(facts("critical up", "down", "unknown"), Rules(outage_count=2)).steps
    assert [(step.rule, step.matched) for step in steps] == [
        ("override", False),
        ("no-answer", False),
        ("nothing-watched", False),
        ("maintenance", False),
        ("critical-down", False),
        ("outage", False),
        ("some-down", True),
    ]
    assert steps[4].reason == "0 of 1 critical monitor confirmed down"
    assert steps[5].reason == "0 of 3 monitors confirmed down, outage from 2"


def test_without_any_source_the_status_is_unknown() -> None:
    assert decide(Facts(NOW, ()), Rules()).status is PlatformStatus.UNKNOWN


def test_one_failing_source_makes_its_own_monitors_unknown_only() -> None:
    assert decide(facts("up", failed=True), Rules()).status is PlatformStatus.UNKNOWN
    assert decide(facts("down!", failed=True), Rules()).status is PlatformStatus.OUTAGE
    assert decide(facts("pending", failed=True), Rules()).status is PlatformStatus.DEGRADED


def test_an_override_is_what_is_said_until_it_runs_out() -> None:
    override = Override(PlatformStatus.OUTAGE, "We are on it.", NOW - HOUR, NOW + HOUR)
    decision = decide(facts("up", override=override), Rules())
    assert decision.status is PlatformStatus.OUTAGE
    assert [(notice.kind, notice.text) for notice in decision.notices] == [("override", "We are on it.")]
    assert decision.reason.startswith(
        "set by hand until 2025-11-10T16:30:00Z; without it the status would be operational: "
    )
    assert decision.measured is PlatformStatus.OPERATIONAL
    over = Override(PlatformStatus.OUTAGE, "We are on it.", NOW - HOUR, NOW)
    assert decide(facts("up", override=over), Rules()).status is PlatformStatus.OPERATIONAL


def test_nothing_is_polled_twice_for_what_a_person_says() -> None:
    override = Override(PlatformStatus.DEGRADED, "We are on it.", NOW - HOUR, NOW + HOUR)
    assert decide(facts("up", "down"), Rules()).awaits_confirmation
    assert not decide(facts("up", "down", override=override), Rules()).awaits_confirmation


def test_maintenance_is_announced_while_it_lasts() -> None:
    watched = Monitor("kuma:1", "Acme shop", State.MAINTENANCE, since=NOW - HOUR)
    decision = decide(Facts(NOW, (Report("kuma", MONITORS, monitors=(watched, *monitors("up"))),)), Rules())
    (notice,) = decision.notices
    assert (notice.kind, notice.since) == ("maintenance", NOW - HOUR)
    assert "Acme" not in notice.text


@pytest.mark.parametrize(
    ("states", "awaits"),
    [
        (["up", "down"], True),
        (["up", "pending"], True),
        (["up", "down!"], False),
        (["down!", "down"], False),
        (["down", "unknown"], True),
        (["up"], False),
    ],
)
def test_a_decision_awaits_confirmation_only_if_that_can_change_the_status(states: list[str], awaits: bool) -> None:
    assert decide(facts(*states), Rules()).awaits_confirmation is awaits


def test_a_failure_in_two_polls_is_confirmed_and_a_new_one_is_not() -> None:
    earlier = Report("kuma", MONITORS, monitors=monitors("down", "up", "pending"))
    later = Report("kuma", MONITORS, monitors=monitors("down", "down", "up"))
    confirmed = confirm(earlier, later)
    assert [monitor.confirmed for monitor in confirmed.monitors] == [True, False, False]


def checked(state: State, *ages: float) -> Report:
    """Return the report of a poll that saw checks of these ages, in minutes, all with that state."""
    heartbeats = tuple(Heartbeat(NOW - timedelta(minutes=age), state) for age in ages)
    return Report("kuma", MONITORS, monitors=(Monitor("kuma:1", "", State.DOWN, heartbeats=heartbeats),))


def test_one_failed_check_is_not_two_because_two_polls_saw_it() -> None:
    """A monitor that is checked every five minutes has no other heartbeat in a second poll 70 seconds later."""
    first = checked(State.DOWN, 3)
    assert not confirm(first, checked(State.DOWN, 3)).monitors[0].confirmed
    assert confirm(first, checked(State.DOWN, 3, -1)).monitors[0].confirmed
    # A state that is in /metrics but not in the heartbeats yet is current at each of the polls.
    assert confirm(checked(State.UP, 3), checked(State.UP, 3)).monitors[0].confirmed
    assert confirm(checked(State.DOWN), checked(State.DOWN)).monitors[0].confirmed


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ("ud", "ud", False),  # The same heartbeat.
        ("ud", "udu", False),  # In /metrics it is down again.
        ("ud", "udud", False),
        ("u", "ud", False),  # The first poll had it from /metrics.
        ("ud", "udd", True),
        ("up", "upd", True),
        ("d", "d", False),
        ("u", "u", True),  # Both polls had it from /metrics, and there are no new heartbeats.
        ("ud", "", True),  # No heartbeats came.
        ("", "ud", True),
    ],
)
def test_two_polls_that_see_one_failed_check_confirm_nothing(earlier: str, later: str, expected: bool) -> None:
    """The heartbeats of each poll are given by letters, a minute apart."""
    words = {"u": State.UP, "d": State.DOWN, "p": State.PENDING}

    def report(letters: str) -> Report:
        heartbeats = tuple(Heartbeat(NOW + number * HOUR / 60, words[letter]) for number, letter in enumerate(letters))
        return Report("kuma", MONITORS, monitors=(Monitor("kuma:1", "", State.DOWN, heartbeats=heartbeats),))

    (monitor,) = confirm(report(earlier), report(later)).monitors
    assert monitor.confirmed is expected


@pytest.mark.parametrize(
    ("last_24h", "backup_age", "expected"),
    [
        ("0.995", 1, "operational"),
        ("0.99499999", 1, "degraded"),
        ("1", 30, "degraded"),
        ("0.95", 1, "degraded"),
        ("0.9499999", 1, "outage"),
        (None, 1, "unknown"),
    ],
)
def test_the_policy_by_uptime(last_24h: str | None, backup_age: int, expected: str) -> None:
    uptime = Uptime(last_24h=None if last_24h is None else Fraction(last_24h))
    watched = Monitor("kuma:1", "", State.DOWN, confirmed=True, uptime=uptime)
    group = BackupGroup("", NOW - backup_age * HOUR)
    reports = (Report("kuma", MONITORS, monitors=(watched,)), Report("s3", BACKUPS, backup_groups=(group,)))
    assert decide(Facts(NOW, reports), Rules(by_uptime=True)).status.value == expected


@pytest.mark.parametrize(("states", "expected"), [("unknown unknown", "unknown"), ("unknown up", "operational")])
def test_the_policy_by_uptime_says_nothing_of_monitors_of_which_nothing_is_known_now(
    states: str, expected: str
) -> None:
    watched = (replace(one, uptime=Uptime(last_24h=Fraction(1))) for one in monitors(*states.split()))
    reports = (Report("kuma", MONITORS, monitors=tuple(watched)), backup_report(1))
    assert decide(Facts(NOW, reports), Rules(by_uptime=True)).status.value == expected


def reason(decided: Decision, rule: str) -> str:
    """Return the reason of a rule that was tried."""
    return next(step.reason for step in decided.steps if step.rule == rule)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (5, "kuma:0, kuma:1, kuma:2, kuma:3, kuma:4"),
        (6, "kuma:0, kuma:1, kuma:2, kuma:3, kuma:4 and 1 more"),
        (7, "kuma:0, kuma:1, kuma:2, kuma:3, kuma:4 and 2 more"),
    ],
)
def test_the_first_five_monitors_are_named_and_the_others_counted(count: int, expected: str) -> None:
    watched = tuple(Monitor(f"kuma:{number}", "", State.DOWN, confirmed=True) for number in range(count))
    decided = decide(Facts(NOW, (Report("kuma", MONITORS, monitors=watched),)), Rules())
    assert decided.reason == f"{count} of {count} monitors confirmed down ({expected})"


def test_each_rule_says_what_it_would_take() -> None:
    up = Facts(NOW, (Report("kuma", MONITORS, monitors=(Monitor("kuma:1", "", State.UP),)),))
    decided = decide(up, Rules(outage_count=None, outage_ratio=Fraction(1, 4)))
    assert reason(decided, "outage") == "0 of 1 monitor confirmed down, outage from 25%"
    assert reason(decide(up, Rules(outage_count=3)), "outage") == "0 of 1 monitor confirmed down, outage from 3"
    assert reason(decided, "some-flapping") == "no monitor has changed more than 4 times in 30 minutes"
    assert [step.matched for step in decided.steps] == [False] * (len(decided.steps) - 1) + [True]


def test_what_is_unknown_is_counted_beside_who_did_not_answer() -> None:
    silent = Report("probes", MONITORS, problem="no answer")
    one = Report("kuma", MONITORS, monitors=(Monitor("kuma:1", "", State.UNKNOWN), Monitor("kuma:2", "", State.UP)))
    assert decide(Facts(NOW, (one, silent)), Rules()).reason == (
        "1 of 2 monitors unknown (kuma:1); probes did not answer"
    )
    well = replace(one, monitors=one.monitors[1:])
    assert decide(Facts(NOW, (well, silent)), Rules()).reason == "probes did not answer"


def test_maintenance_that_overlaps_ends_with_the_last() -> None:
    windows = tuple(Maintenance(str(hours), "Work.", NOW - HOUR, NOW + hours * HOUR) for hours in (1, 5, 3))
    up = (Report("kuma", MONITORS, monitors=(Monitor("kuma:1", "", State.UP),)),)
    decided = decide(Facts(NOW, up, Announcements(maintenance=windows)), Rules())
    assert decided.reason == f"announced maintenance until {to_text(NOW + 5 * HOUR)}"


def test_an_override_stands_first_and_says_until_when() -> None:
    override = Override(PlatformStatus.OUTAGE, "Disk.", NOW, NOW + HOUR)
    first = decide(facts("up", override=override), Rules()).steps[0]
    assert (first.rule, first.matched) == ("override", True)
    first = decide(facts("up"), Rules()).steps[0]
    assert (first.rule, first.matched) == ("override", False)


@pytest.mark.parametrize("states", [["pending"], ["down"], ["pending", "up"]])
def test_by_uptime_nothing_awaits_confirmation(states: list[str]) -> None:
    assert not decide(facts(*states), Rules(by_uptime=True)).awaits_confirmation


FULL = Uptime(Fraction(1), Fraction(1), Fraction(1))


def with_full_uptime(source: str, state: State = State.UP, **more: Any) -> Report:
    watched = (Monitor(f"{source}:1", "", state, uptime=FULL),)
    return Report(source, MONITORS, monitors=watched, **more)


@pytest.mark.parametrize(
    ("other", "is_whole"),
    [
        (with_full_uptime("probes"), True),
        # Its monitors are known from before: that it is silent now does not change their past.
        (with_full_uptime("probes", problem="no answer"), True),
        (Report("probes", MONITORS, problem="no answer"), False),
        (with_full_uptime("probes", unlisted="answered in part"), False),
    ],
)
def test_figures_are_of_all_monitors_or_there_are_none(other: Report, is_whole: bool) -> None:
    decided = decide(Facts(NOW, (with_full_uptime("kuma"), other)), Rules())
    assert decided.uptime == (FULL if is_whole else Uptime())
    expected = {window: Coverage(2, 2, 2) for window in ("last_24h", "last_7d", "last_30d")}
    assert decided.coverage == (expected if is_whole else {})


def test_a_monitor_that_repeats_others_counts_neither_for_the_status_nor_for_the_figures() -> None:
    kuma = with_full_uptime("kuma")
    repeats = Monitor("kuma:9", "", State.DOWN, confirmed=True, repeats=True)
    decided = decide(Facts(NOW, (replace(kuma, monitors=(*kuma.monitors, repeats)),)), Rules())
    assert (decided.status, decided.uptime) == (PlatformStatus.OPERATIONAL, FULL)
    assert decided.coverage["last_24h"] == Coverage(1, 1, 1)
    assert decide(Facts(NOW, (replace(kuma, monitors=(repeats,)),)), Rules()).rule == "nothing-watched"


def test_by_uptime_work_on_a_component_says_nothing_of_its_monitors() -> None:
    window = Maintenance("2025-11-10-1", "Work.", NOW - HOUR, NOW + HOUR, components=("Web",))
    reports = (with_full_uptime("kuma", State.UNKNOWN), backup_report(1))
    rules = Rules(by_uptime=True, components={"Web": frozenset({"kuma:1"})})
    decided = decide(Facts(NOW, reports, Announcements(maintenance=(window,))), rules)
    assert (decided.status, decided.rule) == (PlatformStatus.UNKNOWN, "all-unknown")


def test_a_silent_source_leaves_nothing_unknown_while_all_that_it_has_is_in_maintenance() -> None:
    window = Maintenance("2025-11-10-1", "Work.", NOW - HOUR, NOW + HOUR, components=("Web",))
    reports = (with_full_uptime("kuma", State.UNKNOWN, problem="no answer"), with_full_uptime("probes"))
    rules = Rules(components={"Web": frozenset({"kuma:1"})})
    decided = decide(Facts(NOW, reports, Announcements(maintenance=(window,))), rules)
    assert (decided.status, decided.rule) == (PlatformStatus.DEGRADED, "some-maintenance")
    decided = decide(Facts(NOW, reports), rules)
    assert (decided.rule, decided.reason) == ("some-unknown", "kuma did not answer")


def test_the_rule_that_decided_is_the_last_that_was_tried_and_the_only_one_that_matched() -> None:
    low = Monitor("kuma:1", "", State.UP, uptime=Uptime(last_24h=Fraction(1, 2)))
    decided = decide(Facts(NOW, (Report("kuma", MONITORS, monitors=(low,)),)), Rules(by_uptime=True))
    assert [step.rule for step in decided.steps if step.matched] == [decided.steps[-1].rule] == ["uptime-outage"]


@pytest.mark.parametrize(("is_flapping", "words"), [(True, ", except those that flap"), (False, "")])
def test_that_only_flapping_monitors_are_bad_is_said(is_flapping: bool, words: str) -> None:
    ages = range(9, 0, -1) if is_flapping else [9]
    heartbeats = tuple(Heartbeat(NOW - age * HOUR / 60, (State.DOWN, State.UP)[age % 2]) for age in ages)
    watched = (Monitor("kuma:1", "", State.UP, heartbeats=heartbeats),)
    decided = decide(Facts(NOW, (Report("kuma", MONITORS, monitors=watched),)), Rules())
    assert reason(decided, "some-down") == f"no monitor is down or pending{words}"
    assert decided.rule == ("some-flapping" if is_flapping else "all-up")
