# SPDX-License-Identifier: MIT
"""A window never contradicts a window that contains it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.decision.nested_windows import WindowEvidence, nested_figures
from elytra_status.model import Bounds

DAY = 86400
LENGTHS = (DAY, 7 * DAY, 30 * DAY)
ONE = Fraction(1)


def windows(*evidence: dict[str, object]) -> list[WindowEvidence]:
    return [WindowEvidence(length, **one) for length, one in zip(LENGTHS, evidence, strict=True)]  # type: ignore[arg-type]


def bounds(least: str, most: str = "1") -> Bounds:
    return Bounds(Fraction(least), Fraction(most))


def test_what_was_never_down_in_a_month_was_never_down_in_the_week() -> None:
    rounded = {"bounds": bounds("0.9995")}
    assert nested_figures(windows({"exact": ONE}, rounded, {"exact": ONE})) == [1, 1, 1]
    # If the month is rounded too, it is not known.
    assert nested_figures(windows({"exact": ONE}, rounded, rounded)) == [1, Fraction("0.9995"), Fraction("0.9995")]


def test_what_was_never_up_in_a_month_was_never_up_in_the_week() -> None:
    zero = Fraction(0)
    assert nested_figures(windows({"exact": zero}, {"bounds": bounds("0", "0.00005")}, {"exact": zero})) == [0, 0, 0]


def test_a_kept_badge_of_a_young_uptime_kuma_gives_way_to_what_both_sides_agree_on() -> None:
    exact = {"exact": Fraction("0.92463")}
    assert nested_figures(windows(exact, {"bounds": bounds("0.88767")}, exact)) == [Fraction("0.92463")] * 3
    assert nested_figures(windows(exact, {"bounds": bounds("0.92455", "0.92465")}, exact)) == [Fraction("0.92463")] * 3


def test_our_own_history_comes_before_a_badge_within_what_the_badge_stands_for() -> None:
    def week(ours: str) -> Fraction | None:
        evidence = {"bounds": bounds("0.99805", "0.99815"), "ours": Fraction(ours), "counted": 5 * DAY}
        return nested_figures(windows({"exact": ONE}, evidence, {}))[1]

    assert week("0.99812") == Fraction("0.99812")
    # It has not observed the whole week, so the badge is better.
    assert week("1") == week("0.9") == Fraction("0.99805")


def test_a_month_leaves_a_week_no_more_downtime_than_it_has_itself() -> None:
    month = {"exact": 1 - Fraction(1, 300)}  # 0.1 days
    week = {"bounds": bounds("0.97", "0.99"), "counted": 7 * DAY}
    assert nested_figures(windows({}, week, month))[1] == 1 - Fraction(1, 70)


def test_a_figure_that_was_kept_gives_way_to_downtime_since() -> None:
    """Better Stack reported 100 an hour ago; the monitor was down for half an hour since."""
    day = {"ours": 1 - Fraction(1, 48), "counted": DAY}
    assert nested_figures(windows(day, {"kept": ONE}, {"kept": ONE})) == [
        1 - Fraction(1, 48),
        1 - Fraction(1, 7 * 48),
        1 - Fraction(1, 30 * 48),
    ]


def test_a_poll_that_saw_more_downtime_than_the_monitoring_system_gives_way_to_it() -> None:
    """A poll every ten minutes takes one minute of downtime for ten."""
    day = {"ours": 1 - Fraction(600, DAY), "counted": DAY}
    week = {"exact": 1 - Fraction(60, 7 * DAY)}
    assert nested_figures(windows(day, week, {})) == [1 - Fraction(60, DAY), week["exact"], None]


def test_the_exact_figures_of_the_monitoring_system_stay_as_they_are() -> None:
    found = nested_figures(
        windows({"exact": Fraction(1, 2), "counted": DAY}, {"exact": ONE}, {"exact": Fraction(1, 3)})
    )
    assert found == [Fraction(1, 2), 1, Fraction(1, 3)]


def test_a_window_was_up_no_longer_than_one_that_contains_it_and_no_shorter_than_one_inside_it() -> None:
    assert nested_figures(windows({}, {"kept": ONE, "counted": 7 * DAY}, {"exact": Fraction(1, 30)}))[1] == Fraction(
        1, 7
    )
    assert nested_figures(windows({"exact": ONE, "counted": DAY}, {"kept": Fraction(0)}, {}))[1] == Fraction(1, 7)
    assert nested_figures(windows({"kept": Fraction(3, 2)}, {}, {}))[0] == 1


@pytest.mark.parametrize(
    ("counted", "kept", "week"),
    [
        (0, Fraction(0), Fraction(0)),
        (DAY // 4, Fraction(0), Fraction(1, 56)),
        (DAY, Fraction(0), Fraction(1, 14)),
        # A window within the rollups begins with a full hour, so that more may be counted than it is long.
        (DAY + 3599, Fraction(0), Fraction(1, 14)),
        (DAY // 4, ONE, 1 - Fraction(1, 56)),
        (DAY + 3599, ONE, 1 - Fraction(1, 14)),
    ],
)
def test_a_day_shows_of_its_week_only_the_seconds_that_were_observed(
    counted: int, kept: Fraction, week: Fraction
) -> None:
    day = {"exact": Fraction(1, 2), "counted": counted}
    assert nested_figures(windows(day, {"kept": kept}, {}))[1] == week


@pytest.mark.parametrize(
    ("kept", "month", "expected"),
    [("1/2", Fraction(1), 1), ("1", Fraction(0), 0), ("1", Fraction(1, 10**7), 1), ("0", 1 - Fraction(1, 10**7), 0)],
)
def test_in_an_unobserved_window_only_never_and_always_are_evidence(kept: str, month: Fraction, expected: int) -> None:
    assert nested_figures(windows({"kept": Fraction(kept)}, {}, {"exact": month}))[0] == expected


@pytest.mark.parametrize("ours", ["0.92", "0.95", "0.9"])
def test_what_lies_at_the_edge_of_a_rounded_figure_lies_within_it(ours: str) -> None:
    rounded = {"bounds": bounds("0.9", "0.95"), "ours": Fraction(ours)}
    assert nested_figures(windows({}, rounded, {}))[1] == Fraction(ours)
    exact = {"exact": Fraction("0.9")}
    # What both sides agree on comes first.
    assert nested_figures(windows(exact, {**rounded, "counted": DAY}, exact))[1] == Fraction("0.9")


def test_without_evidence_there_is_no_figure() -> None:
    assert nested_figures(windows({"exact": ONE}, {}, {"exact": ONE})) == [1, None, 1]


# What holds of any monitor: second by second, in steps of an hour.

HOURS = 30 * 24
states = st.lists(
    st.tuples(st.sampled_from(["up", "down", "unseen"]), st.integers(1, 300)), min_size=1, max_size=12
).map(lambda runs: [state for state, hours in runs for _ in range(hours)][:HOURS])
kinds = st.sampled_from(["exact", "bounds", "kept", "ours", "none"])


@given(states, st.lists(kinds, min_size=3, max_size=3), st.integers(2, 5), st.booleans())
def test_evidence_of_the_truth_contradicts_nothing_and_claims_no_more(
    hours: list[str], told: list[str], digits: int, with_history: bool
) -> None:
    """`hours` is newest first. Evidence of the truth must give the truth, or less."""
    hours = hours + ["unseen"] * (HOURS - len(hours))
    evidence, truth = [], []
    for length, kind in zip((24, 168, HOURS), told, strict=True):
        up, down = hours[:length].count("up"), hours[:length].count("down")
        ratio = Fraction(up, up + down) if up + down else None
        truth.append(ratio)
        one = WindowEvidence(length, counted=up + down if with_history or kind == "ours" else 0)
        if ratio is not None and kind != "none":
            step = Fraction(1, 10**digits)
            least = ratio // step * step
            value = Bounds(least, min(least + step, ONE)) if kind == "bounds" else ratio
            one = one._replace(**{kind: value})
        evidence.append(one)
    found = nested_figures(evidence)
    for one, ratio, kind in zip(found, truth, told, strict=True):
        assert (one is None) is (ratio is None or kind == "none")
        if one is not None and ratio is not None:
            assert one <= ratio
            assert one == ratio or kind == "bounds"
    for small, large in ((0, 1), (1, 2), (0, 2)):
        inner, outer = found[small], found[large]
        if inner is not None and outer is not None:
            # As much downtime as the smaller window shows, of the time that is known to have been observed.
            down = (1 - inner) * evidence[small].counted
            assert told[large] == "exact" or (1 - outer) * evidence[large].length >= down
