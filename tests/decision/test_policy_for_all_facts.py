# SPDX-License-Identifier: MIT
"""What must hold of decisions and figures, whatever the facts are."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.policy import decide
from elytra_status.decision.rules import Rules
from elytra_status.decision.uptimes import aggregate, percentage, total
from elytra_status.model import BAD_STATES, Monitor, PlatformStatus, State, Uptime
from tests.decision.made_facts import facts, monitors

ratios = st.fractions(min_value=0, max_value=1)


@given(ratios)
def test_a_percentage_is_rounded_down(ratio: Fraction) -> None:
    shown = Fraction(str(percentage(ratio)))
    assert shown <= ratio * 100 < shown + Fraction(1, 1000)


def test_a_percentage_that_is_almost_full_is_not_full() -> None:
    assert percentage(Fraction("0.999999")) == 99.999
    assert percentage(Fraction(1)) == 100.0
    # A float would turn it into 28.999.
    assert percentage(Fraction("0.29")) == 29.0


@given(st.lists(st.none() | ratios, max_size=20))
def test_an_aggregate_lies_between_its_figures_and_stands_for_nine_tenths(figures: list[Fraction | None]) -> None:
    watched = [Monitor(str(n), "", State.UP, uptime=Uptime(last_24h=figure)) for n, figure in enumerate(figures)]
    known = [figure for figure in figures if figure is not None]
    mean, least = (aggregate(watched, minimum=minimum).last_24h for minimum in (False, True))
    if not known or 10 * len(known) < 9 * len(figures):
        assert mean is None
        assert least is None
    else:
        assert mean is not None
        assert least == min(known) <= mean <= max(known)


plain = [*(state.value for state in State), "down!", "pending!"]
words = st.sampled_from([*plain, *(f"critical {word}" for word in plain)])


@given(st.lists(ratios, max_size=40))
def test_a_total_by_halves_is_exact(figures: list[Fraction]) -> None:
    assert total(figures) == sum(figures, Fraction(0))


@given(st.lists(words, max_size=8))
def test_operational_is_never_said_while_anything_is_bad_or_unknown(states: list[str]) -> None:
    decision = decide(facts(*states), Rules())
    if decision.status is PlatformStatus.OPERATIONAL:
        assert states
        assert not any(monitor.state in {*BAD_STATES, State.UNKNOWN} for monitor in monitors(*states))


@given(st.lists(words, min_size=1, max_size=8))
def test_an_outage_is_never_said_without_something_confirmed_down(states: list[str]) -> None:
    if decide(facts(*states), Rules()).status is PlatformStatus.OUTAGE:
        assert any(monitor.state is State.DOWN and monitor.confirmed for monitor in monitors(*states))


@given(st.lists(words, min_size=1, max_size=8), st.integers(1, 3))
def test_a_critical_monitor_that_is_confirmed_down_is_never_less_than_an_outage(states: list[str], count: int) -> None:
    if "critical down!" in states:
        assert decide(facts(*states), Rules(outage_count=count)).status is PlatformStatus.OUTAGE


@given(st.lists(words, min_size=1, max_size=8))
def test_with_a_threshold_of_one_it_makes_no_difference_what_is_critical(states: list[str]) -> None:
    without = [word.removeprefix("critical ") for word in states]
    assert decide(facts(*states), Rules()).status is decide(facts(*without), Rules()).status


@given(st.lists(words, max_size=8), st.randoms())
def test_the_order_of_monitors_does_not_matter(states: list[str], random: object) -> None:
    shuffled = list(states)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(facts(*states), Rules()).status is decide(facts(*shuffled), Rules()).status


@given(st.lists(words, max_size=8))
def test_the_same_facts_give_the_same_decision(states: list[str]) -> None:
    assert decide(facts(*states), Rules()) == decide(facts(*states), Rules())
