# SPDX-License-Identifier: MIT
"""The lines of a run, from real journal files. tests/booted has the ones of a booted system."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from elytra_status.alerts import failed_runs, journal_lines
from elytra_status.alerts.failure import Failure
from elytra_status.alerts.journal_lines import LONGEST_LINE, MOST_LINES, JournalLine, last_lines
from tests.conftest import MovableClock

PROGRAM = Path("/lib/systemd/systemd-journal-remote")
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="needs systemd-journal-remote")

RUN = "elytra-status.service"
INVOCATION = "8d3f0a5c9e6b4f0f8b4ad0b9c4e1f2aa"
OTHER = "0" * 32
FAILURE = Failure(RUN, "exit-code", "69", INVOCATION)
START = datetime(2025, 11, 10, 3, 10, 1, tzinfo=UTC)
UNIT_FAILED = "d9b373ed55a64feb8242e02dbe79a49c"
UNIT_STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
UNIT_SUCCESS = "7ad2d189f7e94e70a38c781354912448"

Entry = dict[str, str | bytes | int]
Write = Callable[[list[Entry]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that makes a journal file from entries, a second apart."""

    def make(entries: list[Entry]) -> Path:
        file = tmp_path / "test.journal"
        exported = b""
        for number, entry in enumerate(entries):
            moment = int(START.timestamp() + number) * 1_000_000
            exported += b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n" % (moment, (number + 1) * 1_000_000)
            exported += b"_BOOT_ID=" + b"ab" * 16 + b"\n"
            for name, value in entry.items():
                data = value if isinstance(value, bytes) else str(value).encode()
                # In the Journal Export Format, so that a value may contain anything.
                exported += name.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"
            exported += b"\n"
        subprocess.run([PROGRAM, "--output", file, "-"], input=exported, capture_output=True, check=True)
        return file

    return make


def own(message: str | bytes, priority: int = 6, invocation: str = INVOCATION, unit: str = RUN) -> Entry:
    return {
        "MESSAGE": message,
        "PRIORITY": priority,
        "_PID": 4711,
        "_SYSTEMD_UNIT": unit,
        "_SYSTEMD_INVOCATION_ID": invocation,
    }


def systemd(message: str, *, pid: int = 1, message_id: str = "", invocation: str = INVOCATION) -> Entry:
    entry: Entry = {
        "MESSAGE": message,
        "PRIORITY": 4,
        "_PID": pid,
        "UNIT": RUN,
        "_SYSTEMD_UNIT": "init.scope",
        "INVOCATION_ID": invocation,
    }
    return entry | ({"MESSAGE_ID": message_id} if message_id else {})


END = systemd(f"{RUN}: Failed with result 'exit-code'.", message_id=UNIT_FAILED)

BEGIN = systemd(f"Starting {RUN} - Publish the platform status...", message_id=UNIT_STARTING)
GOOD = systemd(f"{RUN}: Deactivated successfully.", message_id=UNIT_SUCCESS)


def texts(file: Path, failure: Failure = FAILURE) -> list[str]:
    return [line.text for line in last_lines(failure, MovableClock(), [str(file)])]


def test_it_reads_what_the_run_said_and_what_systemd_said_of_it(write: Write) -> None:
    file = write([own("looking"), own("it is refused", priority=3), systemd("Main process exited"), END])
    clock = MovableClock()
    assert last_lines(FAILURE, clock, [str(file)]) == [
        JournalLine("03:10:01", "looking", False),
        JournalLine("03:10:02", "it is refused", True),
        JournalLine("03:10:03", "Main process exited", False),
        JournalLine("03:10:04", f"{RUN}: Failed with result 'exit-code'.", False),
    ]
    assert clock.sleeps == []


def test_what_systemd_says_of_restarts_after_the_end_is_left_out(write: Write) -> None:
    restart = systemd(f"{RUN}: Scheduled restart job, restart counter is at 1.")
    again = [systemd(f"{RUN}: Start request repeated too quickly."), END]
    assert texts(write([own("looking"), END, restart, *again])) == ["looking", str(END["MESSAGE"])]


def test_other_runs_and_other_units_are_left_out(write: Write) -> None:
    strangers = [
        own("an earlier run", invocation=OTHER),
        own("another unit", invocation=OTHER, unit="nginx.service"),
        systemd("of an earlier run", invocation=OTHER),
        # Anybody can write this field.
        systemd("by somebody who is not systemd", pid=4712),
    ]
    assert texts(write([strangers[0], own("this run"), *strangers[1:], END]))[:-1] == ["this run"]


def test_debug_lines_are_left_out_as_they_may_name_clients(write: Write) -> None:
    assert texts(write([own("monitor ACME Corp is up", priority=7), own("12 are up"), END]))[0] == "12 are up"


def test_the_last_lines_are_what_is_read(write: Write) -> None:
    lines = texts(write([*(own(f"line {number}") for number in range(50)), END]))
    assert len(lines) == MOST_LINES
    assert lines[-1] == END["MESSAGE"]
    assert lines[0] == f"line {51 - MOST_LINES}"


def test_many_debug_lines_do_not_hide_the_others(write: Write) -> None:
    lines = texts(write([own("the reason", priority=3), *(own("detail", priority=7) for _ in range(40)), END]))
    assert lines[0] == "the reason"


def test_an_entry_of_several_lines_is_read_line_by_line(write: Write) -> None:
    lines = last_lines(FAILURE, MovableClock(), [str(write([own("one\n\n  two\n", priority=3), END]))])
    assert lines[:2] == [JournalLine("03:10:01", "one", True), JournalLine("", "  two", True)]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (b"bytes \xff\xfe that are no text", "bytes \ufffd\ufffd that are no text"),
        ("a \x1b[31mcolour\x07 and a\ttab", "a  [31mcolour  and a tab"),
        ("x" * 1000, "x" * LONGEST_LINE + " ..."),
        ("Grüße", "Grüße"),
    ],
)
def test_what_is_no_plain_text_is_made_so(message: str | bytes, shown: str, write: Write) -> None:
    assert texts(write([own(message), END]))[0] == shown


def test_it_waits_for_lines_that_have_not_arrived(write: Write, tmp_path: Path) -> None:
    file = write([own("looking")])
    clock = MovableClock()

    def arrive() -> None:
        if len(clock.sleeps) == 2:
            file.unlink()
            write([own("looking"), own("it is refused", priority=3), END])

    clock.before_waking = arrive
    assert [line.text for line in last_lines(FAILURE, clock, [str(file)])][1] == "it is refused"
    assert len(clock.sleeps) == 2


def test_it_does_not_wait_long(write: Write) -> None:
    clock = MovableClock()
    assert [line.text for line in last_lines(FAILURE, clock, [str(write([own("looking")]))])] == ["looking"]
    assert sum(clock.sleeps) == pytest.approx(journal_lines.PATIENCE_SECONDS, abs=0.3)


def test_without_an_invocation_the_last_lines_of_the_unit_are_read(write: Write) -> None:
    file = write([own("earlier", invocation=OTHER), own("now"), own("x", unit="nginx.service"), END])
    assert texts(file, Failure(RUN)) == ["earlier", "now", f"{RUN}: Failed with result 'exit-code'."]


def test_a_journal_that_cannot_be_read_gives_no_lines(tmp_path: Path) -> None:
    (tmp_path / "broken.journal").write_bytes(b"no journal")
    for name in ("broken.journal", "missing.journal"):
        assert last_lines(FAILURE, MovableClock(), [str(tmp_path / name)]) == []


def end(invocation: str) -> Entry:
    return END | {"INVOCATION_ID": invocation}


def test_a_unit_fails_since_the_first_run_after_the_last_good_one(write: Write) -> None:
    other_unit = END | {"UNIT": "nginx.service"}
    anybody = GOOD | {"_PID": 4712}
    restart = systemd("Scheduled restart job")
    first, second = [BEGIN, other_unit, end("1" * 32)], [BEGIN, own("looking"), anybody, end("2" * 32), restart]
    file = write([BEGIN, END, BEGIN, GOOD, *first, *second])
    assert failed_runs.moments(RUN, [str(file)]) == {
        "1" * 32: START + timedelta(seconds=6),
        "2" * 32: START + timedelta(seconds=10),
    }


def test_a_journal_that_keeps_warnings_only_does_not_say_since_when(write: Write) -> None:
    file = write([end("1" * 32), end("2" * 32), end("3" * 32)])
    assert list(failed_runs.moments(RUN, [str(file)])) == ["3" * 32]


def test_a_unit_whose_last_run_was_good_does_not_fail(write: Write) -> None:
    assert failed_runs.moments(RUN, [str(write([BEGIN, END, BEGIN, GOOD]))]) == {}


def test_where_the_journal_cannot_be_read_nothing_is_known(tmp_path: Path) -> None:
    assert failed_runs.moments(RUN, [str(tmp_path / "none.journal")]) == {}
