# SPDX-License-Identifier: MIT
"""What is logged, and where: the systemd journal with its fields, or plain lines."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.system import journal
from systemd import journal as systemd_journal  # type: ignore[attr-defined]
from tests.conftest import API_KEY, MovableClock
from tests.installed import COMMAND

NAMES = ("Elytra API", "Scheduler", "Storage: /scratch", "Internal only", "Line one", "billing", "Süd")

Entries = list[dict[str, Any]]


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Entries]:
    """The entries passed to the journal's library, with JOURNAL_STREAM as systemd sets it."""
    sent: Entries = []
    monkeypatch.setattr(systemd_journal, "send", lambda message, **fields: sent.append({"MESSAGE": message, **fields}))
    monkeypatch.setenv("JOURNAL_STREAM", stream_of(2))
    handlers, propagate, level = journal.LOGGER.handlers[:], journal.LOGGER.propagate, journal.LOGGER.level
    yield sent
    journal.LOGGER.handlers[:], journal.LOGGER.propagate = handlers, propagate
    journal.LOGGER.setLevel(level)


def stream_of(descriptor: int) -> str:
    information = os.fstat(descriptor)
    return f"{information.st_dev}:{information.st_ino}"


def test_fields_are_named_after_the_program(entries: Entries) -> None:
    journal.start_logging("info")
    journal.log_warning("odd", event="poll", seconds="0.100", nothing=None, count=3)
    assert entries == [
        {
            "MESSAGE": "odd",
            "PRIORITY": "4",
            "SYSLOG_IDENTIFIER": "elytra-status",
            "ELYTRA_STATUS_EVENT": "poll",
            "ELYTRA_STATUS_SECONDS": "0.100",
            "ELYTRA_STATUS_COUNT": "3",
        }
    ]


def test_priorities_are_those_of_syslog(entries: Entries) -> None:
    journal.start_logging("debug")
    journal.log(10, "debug")
    journal.log_info("info")
    journal.log_warning("warning")
    journal.log_error("error")
    assert [entry["PRIORITY"] for entry in entries] == ["7", "6", "4", "3"]


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_decides_what_is_logged(level: str, told: list[str], entries: Entries) -> None:
    journal.start_logging(level)
    journal.log(10, "debug")
    journal.log_info("info")
    journal.log_warning("warning")
    journal.log_error("error")
    assert [entry["MESSAGE"] for entry in entries] == told


@pytest.mark.parametrize("stream", [None, "", "0:0", "x", ":", "9:9:9", "of standard output"])
def test_without_the_journal_there_are_plain_lines(
    stream: str | None, entries: Entries, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if stream is None:
        monkeypatch.delenv("JOURNAL_STREAM")
    else:
        monkeypatch.setenv("JOURNAL_STREAM", stream_of(1) if stream == "of standard output" else stream)
    journal.start_logging("info")
    journal.log_error("it fails", event="failed")
    assert entries == []
    assert capsys.readouterr().err == "ERROR: it fails\n"


def test_starting_twice_does_not_log_twice(entries: Entries) -> None:
    journal.start_logging("info")
    journal.start_logging("info")
    journal.log_info("once")
    assert len(entries) == 1


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("two\nlines", "two lines"),
        ("a \x1b[31mred\x1b[0m one\r\n", "a [31mred [0m one"),
        ("a tab\tand \x85 and \u2028 too\x00", "a tab and and too"),
        (os.fsdecode(b"not \xff UTF-8"), "not \\udcff UTF-8"),
        ("Prüfung ☂", "Prüfung ☂"),
    ],
)
def test_a_message_is_one_line_without_control_characters(
    message: str,
    told: str,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    journal.start_logging("info")
    journal.log_info(message, problem=message)
    assert entries[0]["MESSAGE"] == told
    assert entries[0]["ELYTRA_STATUS_PROBLEM"] == told
    monkeypatch.delenv("JOURNAL_STREAM")
    journal.start_logging("info")
    journal.log_info(message)
    assert capsys.readouterr().err == f"INFO: {told}\n"


@pytest.mark.parametrize("error", [ConnectionRefusedError, FileNotFoundError, ValueError, "no library"])
def test_an_entry_that_the_journal_refuses_goes_to_the_stream_that_it_reads(
    error: type[Exception] | str, entries: Entries, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(message: str, **fields: object) -> None:
        assert isinstance(error, type)
        raise error

    if isinstance(error, str):
        monkeypatch.setitem(cast(dict[str, object], sys.modules), "systemd", None)
    else:
        monkeypatch.setattr(systemd_journal, "send", fail)
    journal.start_logging("info")
    journal.log_error("it fails")
    assert capsys.readouterr().err == "<3>it fails\n"


def test_no_line_of_a_library_is_logged(tmp_path: Path) -> None:
    program = (
        "import logging; from elytra_status.system import journal; journal.start_logging('debug')\n"
        "logging.getLogger('urllib3.connectionpool').error('GET /Pl4nted')\n"
        "logging.warning('Pl4nted')\n"
        "journal.log_info('ours')"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stderr == "INFO: ours\n"


def test_no_name_of_a_monitor_reaches_the_journal_at_info(
    entries: Entries,
    start_kuma: Callable[..., ReplayServer],
    make_settings: Callable[..., Settings],
    clock: MovableClock,
    tmp_path: Path,
) -> None:
    kuma = start_kuma("v2.5.3", "one-down", clock=clock.now)
    settings = make_settings(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY, UPTIME_KUMA_STATUS_PAGE="elytra")
    journal.start_logging("info")
    job.run(settings, clock, tmp_path)
    assert {entry["ELYTRA_STATUS_EVENT"] for entry in entries} >= {"poll", "confirmation-poll", "decision", "published"}
    for entry in entries:
        assert not any(name in str(entry) for name in NAMES)
        assert "\n" not in entry["MESSAGE"]
        for name in entry.keys() - {"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER"}:
            assert re.fullmatch(r"ELYTRA_STATUS_[A-Z_]{1,50}", name)
    journal.start_logging("debug")
    clock.moment = clock.now().replace(microsecond=0)
    job.run(settings, clock, tmp_path)
    names_told = [entry for entry in entries if any(name in str(entry) for name in NAMES)]
    assert names_told
    assert {entry["PRIORITY"] for entry in names_told} == {"7"}


# systemctl status


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The service manager's end of the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield server


def test_the_status_line_is_sent_to_the_manager(manager: socket.socket) -> None:
    journal.show_status("operational: 6 monitors, none down")
    assert manager.recv(4096) == b"STATUS=operational: 6 monitors, none down"


def test_a_status_line_cannot_hold_another_message(manager: socket.socket) -> None:
    journal.show_status("one\nMAINPID=1\r\nWATCHDOG=trigger")
    assert manager.recv(4096) == b"STATUS=one MAINPID=1 WATCHDOG=trigger"
    journal.show_status(os.fsdecode(b"\xff"))
    assert manager.recv(4096) == b"STATUS=\\udcff"


@pytest.mark.parametrize("address", [None, "", "/nowhere/notify", "relative", "@elytra-status-nobody-listens"])
def test_a_manager_that_is_not_there_is_no_matter(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    journal.show_status("operational")


def test_a_run_sends_its_outcome_to_the_manager(manager: socket.socket, tmp_path: Path) -> None:
    words = [COMMAND, "run", "--state-directory", str(tmp_path / "state")]
    file = tmp_path / "elytra-status.conf"
    for content, told in (
        ("", "STATUS=unknown: no source of monitors is set; published to "),
        ("LOG_LEVEL=loud\n", "STATUS=failed: 1 fault in the settings"),
    ):
        file.write_text(content)
        subprocess.run([*words, "--config", str(file)], check=False, capture_output=True)
        assert manager.recv(4096).decode().startswith(told)
