# SPDX-License-Identifier: MIT
"""What `elytra-status history` shows: a table, bars, JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.history import complete, showing
from elytra_status.history.overview import overview
from elytra_status.history.store import FILE
from elytra_status.model import MONITORS, Monitor, Report, State
from tests.in_process import run_command
from tests.installed import COMMAND
from tests.remembering import NOON, SOURCE, at, history, report, show, steady

pytestmark = pytest.mark.slow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def filled(directory: Path) -> None:
    """Add one monitor for forty days, with downtime of every kind, and one for two hours."""
    for day in range(40, 0, -2):
        start = NOON - day * DAY
        listed = steady(start, start + 2 * DAY, gap=300)
        if day == 20:
            listed = [
                *steady(start, start + 10 * HOUR, State.DOWN, gap=300),
                *steady(start + 10 * HOUR, start + 2 * DAY, gap=300),
            ]
        show(directory, start + 2 * DAY, {"1": listed})
    show(directory, NOON, {"1": steady(NOON - HOUR, NOON), "2": steady(NOON - 2 * HOUR, NOON)})


def test_the_table_shows_each_window_and_how_much_of_it_was_observed(tmp_path: Path) -> None:
    filled(tmp_path)
    lines = showing.windows_table(overview(tmp_path / FILE, NOON)).splitlines()
    assert re.split(r"  +", lines[0].strip()) == ["24 h", "7 d", "30 d", "90 d"]
    assert re.split(r"  +", lines[1]) == ["Customer 1", "100%", "100%", "98.611%", "- (44%)"]
    assert re.split(r"  +", lines[2]) == ["Customer 2", "- (8%)", "- (1%)", "- (0%)", "- (0%)"]
    assert re.split(r"  +", lines[3]) == [
        "Together (mean of 2)",
        "100% (54%)",
        "100% (50%)",
        "98.611% (50%)",
        "- (22%)",
    ]
    assert [line.partition(":")[0] for line in lines[4:]] == ["(N%)", "-"]


def test_the_minimum_is_shown_if_it_is_published(tmp_path: Path) -> None:
    show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON), "2": steady(NOON - DAY, NOON, State.DOWN)})
    assert "Together (mean of 2)  50%" in showing.windows_table(overview(tmp_path / FILE, NOON))
    least = showing.windows_table(overview(tmp_path / FILE, NOON, minimum=True), minimum=True)
    assert "Together (minimum of 2)  0%" in least


def test_a_bar_for_each_day(tmp_path: Path) -> None:
    filled(tmp_path)
    lines = showing.bars(overview(tmp_path / FILE, NOON), 140, ascii_only=False).splitlines()
    name, drawn = re.split(r"  +", lines[0])
    assert name == "Customer 1"
    # Forty days back from noon: the first is half of one; twenty days ago it was down for ten hours after noon.
    assert drawn == "·" * 49 + "█" * 20 + "▁" + "█" * 20
    assert re.split(r"  +", lines[1])[1] == "·" * 90
    assert lines[3] == "90 days by UTC, 2025-12-11 to 2026-03-10"
    assert lines[4].startswith("up: █ all, ▇ from 99.9%")


@pytest.mark.parametrize(("columns", "days"), [(140, 90), (80, 58), (60, 38), (20, 1), (1, 1)])
def test_where_lines_are_narrow_there_are_fewer_days(columns: int, days: int, tmp_path: Path) -> None:
    filled(tmp_path)
    lines = showing.bars(overview(tmp_path / FILE, NOON), columns, ascii_only=False).splitlines()
    drawn = [line.rpartition("  ")[2] for line in lines[:3]]
    assert [len(row) for row in drawn] == [days] * 3
    if columns >= 60:
        assert all(len(line) <= columns for line in lines[:3])
    assert lines[3].startswith(f"{days} day{'s' * (days > 1)} by UTC")
    assert drawn[0][-1] == "█"


def test_without_unicode_it_is_drawn_with_other_signs(tmp_path: Path) -> None:
    filled(tmp_path)
    assert showing.bars(overview(tmp_path / FILE, NOON), 40, ascii_only=True).isascii()


def test_the_json_holds_it_all(tmp_path: Path) -> None:
    filled(tmp_path)
    document = json.loads(showing.overview_as_json(overview(tmp_path / FILE, NOON)))
    assert document["generated_at"] == "2026-03-10T12:00:00Z"
    first, second = document["monitors"]
    assert (first["key"], first["name"], first["watched"]) == (f"{SOURCE}:1", "Customer 1", True)
    assert first["windows"]["last_30d"] == {
        "uptime_percent": 98.611,
        "observed_percent": 100.0,
        "up_seconds": 29 * 86400 + 14 * 3600,
        "down_seconds": 10 * 3600,
        "maintenance_seconds": 0,
    }
    assert second["windows"]["last_7d"]["uptime_percent"] is None
    assert len(first["days"]) == 90
    worst = min(first["days"], key=lambda day: day["uptime_percent"] if day["uptime_percent"] is not None else 101)
    assert worst["day"] == "2026-02-18"
    assert worst["uptime_percent"] == pytest.approx(100 * 14 / 24, abs=0.001)
    assert document["together"]["windows"]["last_24h"]["uptime_percent"] == 100.0
    assert [day["day"] for day in document["together"]["days"]] == [day["day"] for day in first["days"]]


HOSTILE = ["a\x1b[31mred\nline", "試験 🛰", "e\u0301le\u0300ve", "", "x" * 300, "\ud83d half"]


def columns_of(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)


def test_odd_names_neither_break_lines_nor_reach_the_terminal(tmp_path: Path) -> None:
    monitors = tuple(
        Monitor(f"{SOURCE}:{number}", name, State.UP, heartbeats=tuple(steady(NOON - DAY, NOON)))
        for number, name in enumerate(HOSTILE)
    )
    complete(history(tmp_path), (Report(SOURCE, MONITORS, monitors=monitors),), NOON)
    known = overview(tmp_path / FILE, NOON)
    table = showing.windows_table(known).splitlines()
    assert len(table) == len(HOSTILE) + len(["headings", "together", "observed", "not known"])
    assert len({columns_of(line[: line.index("100%")]) for line in table[1:7]}) == 1
    bars = showing.bars(known, 140, ascii_only=False).splitlines()
    assert {columns_of(line) for line in bars[:7]} == {40 + 2 + 90}
    assert "\x1b" not in "".join([*table, *bars])
    assert f"{SOURCE}:3" in "\n".join(table)
    assert "\ud83d" not in showing.overview_as_json(known).decode()


def test_monitors_that_are_no_longer_watched_are_shown_and_do_not_count(tmp_path: Path) -> None:
    show(tmp_path, NOON - 2 * DAY, {"1": steady(NOON - 3 * DAY, NOON - 2 * DAY, State.DOWN)})
    show(tmp_path, NOON, {"2": steady(NOON - DAY, NOON)})
    show(tmp_path, NOON, {"9": []})
    known = overview(tmp_path / FILE, NOON)
    assert {past.key: past.watched for past in known.monitors} == {f"{SOURCE}:1": False, f"{SOURCE}:2": True}
    assert known.together.windows["last_24h"].ratio == 1
    table = showing.windows_table(known)
    assert "Customer 1 *" in table
    assert "*: not watched at present" in table


def test_the_monitors_of_a_silent_source_are_still_watched(tmp_path: Path) -> None:
    show(tmp_path, NOON - 2 * DAY, {"1": steady(NOON - 3 * DAY, NOON - 2 * DAY)})
    complete(history(tmp_path), (report({"1": steady(NOON - DAY, NOON)}, source="better_stack"),), NOON)
    assert all(past.watched for past in overview(tmp_path / FILE, NOON).monitors)


# As a command


def test_before_there_is_anything_it_says_so(
    tmp_path: Path, make_settings: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    for option in ([], ["--bars"]):
        assert run_command(tmp_path, "history", *option) == 0
        assert "the history is empty" in capsys.readouterr().out


def test_a_damaged_history_is_an_error_that_says_what_to_do(
    tmp_path: Path, make_settings: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    (tmp_path / FILE).write_text("rubbish " * 1000)
    assert run_command(tmp_path, "history") == 69
    told = capsys.readouterr().err
    assert f"{FILE} is damaged" in told
    assert "run" in told


def call(directory: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **more}
    words = [COMMAND, *arguments, "--config", str(directory / "conf"), "--state-directory", str(directory)]
    return subprocess.run(words, capture_output=True, text=True, env=environment, check=True, encoding="utf-8")


@pytest.mark.parametrize(("language", "sign"), [("C.UTF-8", "·"), ("POSIX", ".")])
def test_the_locale_decides_on_the_signs(language: str, sign: str, tmp_path: Path) -> None:
    (tmp_path / "conf").touch(0o600)
    show(tmp_path, NOON, {"1": steady(NOON - DAY, NOON)})
    encoding = {} if language == "C.UTF-8" else {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    shown = call(tmp_path, "history", "--bars", LC_ALL=language, **encoding)
    assert sign in shown.stdout
    assert shown.stderr == ""


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Chicago"])
def test_days_are_those_of_utc_in_every_zone(zone: str, tmp_path: Path) -> None:
    (tmp_path / "conf").touch(0o600)
    show(tmp_path, at("2026-11-01 12:00"), {"1": steady(at("2026-10-31 00:00"), at("2026-11-01 12:00"), gap=300)})
    days = json.loads(call(tmp_path, "history", "--json", TZ=zone).stdout)["monitors"][0]["days"]
    assert [day["day"] for day in days if day["up_seconds"] == 86400] == ["2026-10-31"]


def test_options_before_and_after_import_are_the_same(tmp_path: Path) -> None:
    from elytra_status.cli import build_parser

    before = build_parser().parse_args(["history", "--config", "a", "--state-directory", "b", "import", "f"])
    after = build_parser().parse_args(["history", "import", "--config", "a", "--state-directory", "b", "f"])
    assert (before.config, before.state_directory, before.file) == ("a", "b", "f")
    assert (after.config, after.state_directory, after.file) == ("a", "b", "f")
    assert before.do is after.do
    alone = build_parser().parse_args(["history"])
    assert (alone.config, alone.state_directory, alone.json, alone.bars) == (None, None, False, False)


def test_a_name_writes_nothing_but_itself_on_the_terminal(tmp_path: Path) -> None:
    name = "Acme \x1b[2J\x9b2J\r\n\u202eevil\u200b\U000e0041 Süd 試験"
    monitor = Monitor("kuma:1", name, State.UP, heartbeats=tuple(steady(NOON - DAY, NOON)))
    complete(history(tmp_path), (Report(SOURCE, MONITORS, monitors=(monitor,)),), NOON)
    known = overview(tmp_path / FILE, NOON)
    assert "\\x1b[2J\\x9b2J\\r\\n\\u202eevil\\u200b" in showing.windows_table(known)
    assert "Süd 試験" in showing.windows_table(known)
    document = showing.overview_as_json(known).decode()
    assert json.loads(document)["monitors"][0]["name"] == name
    for shown in (showing.windows_table(known), showing.bars(known, 120, ascii_only=False), document):
        assert all(sign.isprintable() or sign == "\n" for sign in shown)
