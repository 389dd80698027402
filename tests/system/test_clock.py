# SPDX-License-Identifier: MIT
"""Times in the format of the contract, and durations in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import elytra_status
from elytra_status.system.clock import SystemClock, for_people, from_text, moment_of, to_text


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.timezones()))
def test_a_moment_comes_back_to_the_second(moment: datetime) -> None:
    text = to_text(moment)
    assert len(text) == 20
    assert from_text(text) == moment.astimezone(UTC).replace(microsecond=0)


def test_parts_of_a_second_are_dropped_and_other_zones_are_converted() -> None:
    moment = datetime(2025, 11, 10, 16, 30, 59, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert to_text(moment) == "2025-11-10T15:30:59Z"


@pytest.mark.parametrize("seconds", [10**12, 10**17, -(10**17), 10**400, float("nan"), float("inf")])
def test_a_moment_that_no_calendar_has_is_a_wrong_value(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"calendar|out of range|NaN"):
        moment_of(seconds)


def test_a_year_has_four_digits() -> None:
    """Go's zero time is a date too, and occurs in lists of backups."""
    moment = datetime(1, 1, 1, tzinfo=UTC)
    assert to_text(moment) == "0001-01-01T00:00:00Z"
    assert from_text("0001-01-01T00:00:00Z") == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-11-10",
        "2025-11-10 15:30:00Z",
        "2025-11-10T15:30:00",
        "2025-11-10T15:30:00+00:00",
        "2025-11-10T15:30:00.5Z",
        "2025-11-10t15:30:00z",
        " 2025-11-10T15:30:00Z",
        "2025-11-10T15:30:00Z\n",
        "2025-1-1T1:1:1Z",
        "2025-02-30T15:30:00Z",
        "2025-11-10T24:00:00Z",
        "2025-11-10T15:30:60Z",
        "２025-11-10T15:30:00Z",
        "2025-W46-1T15:30:00Z",
        "20251110T153000.000Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_what_is_no_time_of_the_contract_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (0.9, "0 seconds"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "1 minute"),
        (119, "1 minute"),
        (120, "2 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (26 * 3600, "26 hours"),
        (172799, "47 hours"),
        (172800, "2 days"),
        (-90, "1 minute"),
    ],
)
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert for_people(seconds) == words


def test_the_machines_clock_is_utc_and_never_waits_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    SystemClock().sleep(-5)
    assert waits == [0.0]


def test_no_other_module_reads_the_time_of_the_machine() -> None:
    """Nor does any other wait: tests that move a clock move the whole program."""
    reads = re.compile(
        r"\btime\.(time|monotonic|sleep|perf_counter)\(|\bdatetime\.(now|utcnow|today)\(|\bdate\.today\("
    )
    assert modules_with(reads) == {"system/clock.py"}


def test_commands_alone_choose_the_clock_and_pass_it_on() -> None:
    """The entry points of the program. A default would hide that somebody forgot to pass the clock on."""
    chosen = {
        module
        for module in modules_with(re.compile(r"\bSYSTEM_CLOCK\b|\bSystemClock\b"))
        if not module.startswith("commands/")
    }
    assert chosen == {
        "system/clock.py",
        # A program of its own, for tests and the demonstration.
        "demo/replay.py",
        # The kernel counts the timeouts of sockets, by its own clock.
        "net/http.py",
        "net/response_limits.py",
    }


def modules_with(pattern: re.Pattern[str]) -> set[str]:
    """Return the modules of the package whose text has a match."""
    package = Path(elytra_status.__file__).parent
    files = package.rglob("*.py")
    return {file.relative_to(package).as_posix() for file in files if pattern.search(file.read_text("utf-8"))}
