# SPDX-License-Identifier: MIT
"""Figures in saved state: read as they were written, and nothing else is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from elytra_status.sources.saved_figures import (
    GOOD_FOR,
    Figure,
    figures_from_json,
    figures_to_json,
    kept,
    moments_from_json,
    moments_to_json,
)

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ENTRY = ["uptime_kuma:1", "last_7d", "1999/2000", "2026-03-10T12:00:00Z"]

figures = st.dictionaries(
    st.tuples(st.text(), st.text()),
    st.builds(
        Figure,
        st.fractions(0, 1, max_denominator=10**9),
        st.integers(0, int(GOOD_FOR.total_seconds()) - 1).map(lambda age: NOW - timedelta(seconds=age)),
    ),
    max_size=5,
)


@given(figures)
def test_what_is_written_is_read_again(saved: dict[tuple[str, str], Figure]) -> None:
    assert figures_from_json(figures_to_json(saved), NOW) == saved


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["1/0", "1/2", "3", "-1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(anything | st.lists(st.tuples(anything, anything, anything, st.just(ENTRY[3])).map(list), max_size=3))
def test_malformed_entries_are_skipped(value: Any) -> None:
    for figure in figures_from_json({"figures": value}, NOW).values():
        assert 0 <= figure.ratio <= 1


def test_a_number_that_would_take_hours_to_write_out_is_skipped() -> None:
    for number in ("1e-999999999", "1e999999999"):
        assert figures_from_json({"figures": [[*ENTRY[:2], number, ENTRY[3]]]}, NOW) == {}
    assert len(figures_from_json({"figures": [ENTRY]}, NOW)) == 1


def test_a_figure_of_the_future_or_older_than_its_limit_is_no_evidence() -> None:
    saved = {"figures": [ENTRY]}
    assert figures_from_json(saved, NOW - timedelta(seconds=1)) == {}
    assert figures_from_json(saved, NOW + GOOD_FOR) == {}
    assert len(figures_from_json(saved, NOW + GOOD_FOR - timedelta(seconds=1))) == 1


def test_badges_as_an_earlier_version_saved_them_are_queried_again() -> None:
    assert figures_from_json({"badges": [[*ENTRY[:2], ENTRY[3], ENTRY[2]]]}, NOW, "badges") == {}


def test_a_figure_is_kept_from_an_earlier_run_after_five_minutes() -> None:
    ages = {"last_24h": 300, "last_7d": 301}
    saved = {("a", window): Figure(Fraction(1), NOW - timedelta(seconds=age)) for window, age in ages.items()}
    assert kept(saved, "a", ("last_24h", "last_7d", "last_30d"), NOW) == {"last_7d"}


def test_the_edges_of_a_ratio_are_read_and_nothing_beyond_them() -> None:
    def read(ratio: str) -> list[Fraction]:
        return [one.ratio for one in figures_from_json({"figures": [[*ENTRY[:2], ratio, ENTRY[3]]]}, NOW).values()]

    assert [read(ratio) for ratio in ("0", "1", "1/3")] == [[0], [1], [Fraction(1, 3)]]
    assert [read(ratio) for ratio in ("4/3", "2", "1/0", "0.5", "-1/3")] == [[]] * 5


def test_times_of_the_future_and_malformed_ones_are_skipped() -> None:
    moments = {"a": NOW, "b": NOW - timedelta(days=9), "c": NOW + timedelta(seconds=1)}
    assert moments_from_json(moments_to_json(moments), NOW) == {"a": NOW, "b": NOW - timedelta(days=9)}
    assert moments_from_json({"asked": {"a": "then", "b": 5, "c": None}}, NOW) == {}
    assert moments_from_json({"asked": ["a"]}, NOW) == {}
