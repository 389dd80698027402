# SPDX-License-Identifier: MIT
"""Times and texts as people type them: which are accepted, and with which message others are refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.announcements.times import read_moment, within
from elytra_status.announcements.words import read_public_text
from elytra_status.errors import UsageError

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("2h", 2), ("90m", 1.5), ("1d", 24), ("1d12h", 36), ("1d 2h 30m", 26.5), ("0h", 0), ("90min", 1.5), (" 2H ", 2)],
)
def test_how_long_is_counted_from_a_moment(text: str, hours: float) -> None:
    assert read_moment(text, "--until", NOW) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-10T18:00Z",
        "2025-11-10T18:00:00Z",
        "2025-11-10 18:00Z",
        "2025-11-10 18:00 z",
        "2025-11-10T19:00+01:00",
        "2025-11-10T19:00+0100",
        "2025-11-10T12:00-06:00",
        "2025-11-10T23:30+05:30",
        "2025-11-11T00:45+06:45",
    ],
)
def test_a_time_with_its_zone_is_that_moment(text: str) -> None:
    moment = read_moment(text, "--until", NOW)
    assert moment == datetime(2025, 11, 10, 18, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "2", "h", "2h30", "-2h", "+2h", "2.5h", "2w", "1h2d", "now", "tomorrow", "18:00Z", "18:00",
        "2025-11-10", "2025-11-10T18Z", "2025-11-10T18:00 CET", "2025-11-10T18:00+1", "10.11.2025 18:00Z",
        "2025-11-10T18:00Z2h", "1762797600", "٢h", "２h", "2025-11-10T18:00\nZ", "99999999999d", "x" * 10_000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_moment(text, "--until", NOW)
    assert caught.value.problem == "--until cannot be read as a time"
    assert "2h" in caught.value.remedy
    assert "2025-11-10T18:00Z" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29T10:00Z", "2025-11-31T10:00Z", "2025-11-10T24:00Z", "2025-11-10T10:60Z", "2025-11-10T10:00+24:00",
        "2025-11-10T10:00+01:60", "9999-12-31T23:00-02:00", "0001-01-01T01:00+02:00", "0000-01-01T00:00Z",
    ],
)  # fmt: skip
def test_an_invalid_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--until is not a valid time"):
        read_moment(text, "--until", NOW)


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "text", "remedies"),
    [
        ("UTC", "2025-11-10T18:00", ["2025-11-10T18:00Z"]),
        ("Europe/Vienna", "2025-11-10 18:00", ["2025-11-10T18:00Z", "2025-11-10T18:00+01:00"]),
        ("Europe/Vienna", "2025-07-10T18:00:30", ["2025-07-10T18:00Z", "2025-07-10T18:00+02:00"]),
        ("America/Chicago", "2025-11-10T18:00", ["2025-11-10T18:00Z", "2025-11-10T18:00-06:00"]),
        ("Asia/Kathmandu", "2025-11-10T18:00", ["2025-11-10T18:00Z", "2025-11-10T18:00+05:45"]),
    ],
)
def test_a_time_without_a_zone_is_refused_with_what_to_type(
    zone: str, text: str, remedies: list[str], in_zone: Callable[[str], None]
) -> None:
    in_zone(zone)
    with pytest.raises(UsageError) as caught:
        read_moment(text, "--until", NOW)
    assert caught.value.problem == "--until has no time zone"
    for remedy in remedies:
        assert remedy in caught.value.remedy
        read_moment(remedy, "--until", NOW)
    assert ("this machine's time" in caught.value.remedy) is (zone != "UTC")


@given(
    st.datetimes(min_value=datetime(1970, 1, 3), max_value=datetime(9999, 12, 29)),
    st.integers(min_value=-1439, max_value=1439),
)
def test_every_time_with_an_offset_is_read_as_it_was_written(moment: datetime, minutes: int) -> None:
    there = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_moment(there.isoformat(), "--until", NOW) == there
    assert read_moment(f"{there:%Y-%m-%d %H:%M:%S%z}", "--until", NOW) == there


@given(st.text(max_size=30) | st.from_regex(r"\A[0-9dhmTZ:+ -]{0,25}\Z"))
def test_whatever_is_typed_is_a_moment_in_utc_or_refused(text: str) -> None:
    try:
        moment = read_moment(text, "--until", NOW)
    except UsageError:
        return
    assert moment.tzinfo is UTC
    assert moment.microsecond == 0


def test_the_past_and_what_is_far_away_are_refused() -> None:
    week = timedelta(days=7)
    assert within("--until", NOW + week, NOW, week) == NOW + week
    for moment in (NOW, NOW - timedelta(hours=2)):
        with pytest.raises(UsageError, match="not later than now, 2025-11-10T15:30:00Z"):
            within("--until", moment, NOW, week)
    with pytest.raises(UsageError) as caught:
        within("--until", NOW + week + timedelta(seconds=1), NOW, week)
    assert "2025-11-17T15:30:01Z, which is 7 days after now" in caught.value.problem
    assert "give at most 7 days" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "We are on it.",
        "Über alles ☂ – „so“",
        "🔧 We repair it 👩🏽‍🔧 \N{VARIATION SELECTOR-16}",
        "العمل جارٍ على الإصلاح.",
        "אנחנו מטפלים בזה. \N{RIGHT-TO-LEFT MARK}(15:30)",
        "维护中",
        "x" * 500,
        "unknown",
        '<b>"quoted"</b> & so on \\',
    ],
)
def test_a_sentence_is_taken_as_it_is(text: str) -> None:
    assert read_public_text(text, "--note") == text
    assert read_public_text(f"  {text} ", "--note") == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("\u200b\u200d\ufeff", "is empty"),
        ("\u2003\u00a0", "is empty"),
        ("one\ntwo", "line break or a control character"),
        ("one\r\ntwo", "line break or a control character"),
        ("one\ttwo", "line break or a control character"),
        ("\x1b[31mred", "line break or a control character"),
        ("bell\x07", "line break or a control character"),
        ("null\x00", "line break or a control character"),
        ("next\x85line", "line break or a control character"),
        ("line\u2028separator", "line break or a control character"),
        ("turned \u202eabout", "direction of the text"),
        ("isolated \u2066about", "direction of the text"),
        ("x" * 501, "has 501 characters"),
        ("x" * 10_000, "has 10000 characters"),
        ("Latin 1: \udce4", "is not UTF-8"),
    ],
)
def test_what_is_no_sentence_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_public_text(text, "--note")
    assert caught.value.problem.startswith("--note ")
    assert problem in caught.value.problem
    assert caught.value.remedy


@given(st.text())
def test_what_is_taken_is_one_printable_line(text: str) -> None:
    try:
        taken = read_public_text(text, "--note")
    except UsageError:
        return
    assert taken == taken.strip()
    assert len(taken.splitlines()) == 1
    assert len(taken) <= 500
