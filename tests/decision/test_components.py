# SPDX-License-Identifier: MIT
"""The components that visitors see, and what is known of their past."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elytra_status.decision.components import judge, judge_all, keys_of
from elytra_status.decision.policy import decide
from elytra_status.decision.rules import Rules
from elytra_status.history import History, build_public_history
from elytra_status.history.store import FILE
from elytra_status.model import (
    MONITORS,
    Announcements,
    Change,
    Facts,
    Maintenance,
    Monitor,
    Override,
    PlatformStatus,
    Report,
    State,
)
from elytra_status.settings import Settings
from tests.published import HOUR, NOW

OPERATIONAL, DEGRADED, OUTAGE, UNKNOWN = PlatformStatus
UP, DOWN, PENDING, AT_WORK, SILENT = State
KUMA = "uptime_kuma"


def report(source: str = KUMA, problem: str | None = None, complete: bool = True, **states: State) -> Report:
    monitors = tuple(Monitor(f"{source}:{key[1:]}", "Acme", state, confirmed=True) for key, state in states.items())
    return Report(source, MONITORS, monitors=monitors, problem=problem, complete=complete)


def status(monitors: str, *reports: Report, rules: Rules | None = None, **announced: Any) -> PlatformStatus:
    facts = Facts(NOW, reports, Announcements(**announced))
    return judge(facts, keys_of(monitors.split(",")), rules or Rules()).status


@pytest.mark.parametrize(
    ("monitors", "expected"),
    [("1,2", OPERATIONAL), ("3", OUTAGE), ("1,3", OUTAGE), ("4", DEGRADED), ("1,5", UNKNOWN), ("1,99", OPERATIONAL)],
)
def test_a_component_is_judged_by_its_own_monitors_alone(monitors: str, expected: PlatformStatus) -> None:
    assert status(monitors, report(_1=UP, _2=UP, _3=DOWN, _4=PENDING, _5=SILENT)) is expected


def test_a_component_of_all_monitors_is_what_the_platform_is() -> None:
    for third in State:
        facts = Facts(NOW, (report(_1=UP, _2=UP, _3=third),))
        assert judge(facts, keys_of("123"), Rules()).status is decide(facts, Rules()).status


@pytest.mark.parametrize("monitors", ["99", "prometheus:ab12"])
def test_a_component_of_which_nothing_is_known_is_unknown(monitors: str) -> None:
    assert status(monitors, report(_1=UP)) is UNKNOWN
    assert status(monitors) is UNKNOWN


def test_a_source_that_does_not_answer_makes_unknown_only_what_rests_on_it() -> None:
    reports = (report(_1=UP, _2=DOWN), report("prometheus", problem="no answer", complete=False))
    assert status("1", *reports) is OPERATIONAL
    assert status("1,prometheus:ab12", *reports) is UNKNOWN
    assert status("2,prometheus:ab12", *reports) is OUTAGE


def test_a_source_with_a_name_of_its_own_is_not_the_one_without() -> None:
    office = report("uptime_kuma:office", _1=DOWN)
    assert status("1", report(_1=UP), office) is OPERATIONAL
    assert status("uptime_kuma:office:1", report(_1=UP), office) is OUTAGE
    gone = replace(office, monitors=(), problem="no answer", complete=False)
    assert status("uptime_kuma:office:1", report(_1=UP), gone) is UNKNOWN
    assert status("1", report(_1=UP), gone) is OPERATIONAL


def test_all_of_a_component_down_is_an_outage_of_it_whatever_the_threshold() -> None:
    rules = Rules(outage_count=5)
    reports = report(_1=DOWN, _2=DOWN, _3=UP)
    assert status("1,2", reports, rules=rules) is OUTAGE
    assert status("1,2,3", reports, rules=rules) is DEGRADED


@pytest.mark.parametrize(("word", "expected"), [(OPERATIONAL, OPERATIONAL), (UNKNOWN, UNKNOWN), (DEGRADED, OUTAGE)])
def test_what_a_person_says_of_the_whole_holds_for_each_part_unless_it_says_not_where(
    word: PlatformStatus, expected: PlatformStatus
) -> None:
    override = Override(word, "A note.", NOW - HOUR, NOW + HOUR)
    assert status("1", report(_1=DOWN), override=override) is expected
    outage = replace(override, status=OUTAGE)
    assert status("1", report(_1=UP), override=outage) is OPERATIONAL


def test_announced_maintenance_is_of_all_parts() -> None:
    window = Maintenance("2025-11-10-1", "Work.", NOW - HOUR, NOW + HOUR)
    decision = judge(Facts(NOW, (report(_1=DOWN),), Announcements(maintenance=(window,))), keys_of("1"), Rules())
    assert (decision.status, decision.rule) == (DEGRADED, "maintenance")


# The setting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Web: 1,2,5; Data: prometheus:ab12", (("Web", ("1", "2", "5")), ("Data", ("prometheus:ab12",)))),
        ("Mail:uptime_kuma:office:7;", (("Mail", ("uptime_kuma:office:7",)),)),
        ("E-Mail & Web: 1", (("E-Mail & Web", ("1",)),)),
        ("Units: systemd_units:nginx.service, 4", (("Units", ("systemd_units:nginx.service", "4")),)),
    ],
)  # fmt: skip
def test_components_are_read_and_written(text: str, expected: Any, make_settings: Any) -> None:
    settings = make_settings(COMPONENTS=text)
    assert settings.components == expected
    from elytra_status.settings import kinds

    assert kinds.COMPONENTS.read(kinds.COMPONENTS.write(expected)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Websites", "is not a list of names, each with monitors"),
        ("Websites:", "is not a list of names, each with monitors"),
        (": 1", "is not a list of names, each with monitors"),
        ("Websites: one", "is neither the id nor the key"),
        ("A: 1; A: 2", "contains a name twice"),
        (";", "contains no component"),
        ("A: 1,,;B", "is not a list of names, each with monitors"),
        (f"{'x' * 81}: 1", "contains a name of more than 80 characters"),
        ("A: 1 2", "is neither the id nor the key"),
    ],
)
def test_what_are_no_components_is_refused(text: str, problem: str) -> None:
    from elytra_status.settings import kinds

    with pytest.raises(ValueError, match=problem):
        kinds.COMPONENTS.read(text)


def test_publish_takes_words_that_there_are(make_settings: Any) -> None:
    every: Settings = make_settings()
    assert "feed" in every.publish
    narrow: Settings = make_settings(PUBLISH="status, Badge")
    assert narrow.publish == ("status", "badge")


# Changes of the status


def history(directory: Path, learns: bool = True) -> History:
    return History(directory / FILE, learns, 400, timedelta(minutes=30))


def test_changes_of_the_status_are_saved_once(tmp_path: Path) -> None:
    kept = history(tmp_path)
    for minutes, now in enumerate((OPERATIONAL, OPERATIONAL, OUTAGE, OUTAGE, OPERATIONAL)):
        found = build_public_history(kept, now, NOW + timedelta(minutes=minutes, microseconds=7)).changes
        assert found[-1].status is now
    assert found == (
        Change(NOW, OPERATIONAL),
        Change(NOW + timedelta(minutes=2), OUTAGE),
        Change(NOW + timedelta(minutes=4), OPERATIONAL),
    )


def test_a_reader_that_does_not_learn_sees_a_change_and_saves_nothing(tmp_path: Path) -> None:
    build_public_history(history(tmp_path), OPERATIONAL, NOW)
    shown = build_public_history(history(tmp_path, learns=False), OUTAGE, NOW + HOUR).changes
    assert [change.status for change in shown] == [OPERATIONAL, OUTAGE]
    assert len(build_public_history(history(tmp_path, learns=False), OPERATIONAL, NOW + HOUR).changes) == 1


def test_a_clock_that_was_set_back_loses_no_change(tmp_path: Path) -> None:
    build_public_history(history(tmp_path), OPERATIONAL, NOW)
    build_public_history(history(tmp_path), OUTAGE, NOW - HOUR)
    build_public_history(history(tmp_path), OPERATIONAL, NOW - HOUR)
    assert [one.status for one in build_public_history(history(tmp_path), OPERATIONAL, NOW).changes] == [
        OPERATIONAL,
        OUTAGE,
        OPERATIONAL,
    ]


def test_a_status_that_flickers_for_years_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elytra_status.history.status_changes.CHANGES_KEPT", 5)
    for minute in range(12):
        found = build_public_history(
            history(tmp_path), (OUTAGE, OPERATIONAL)[minute % 2], NOW + timedelta(minutes=minute)
        )
    assert len(build_public_history(history(tmp_path), OPERATIONAL, NOW + HOUR).changes) == 5
    assert found.changes[-1].time == NOW + timedelta(minutes=11)


def test_without_a_history_there_is_what_is_now(tmp_path: Path, log_lines: list[str]) -> None:
    assert build_public_history(None, OUTAGE, NOW).changes == (Change(NOW, OUTAGE),)
    (tmp_path / FILE).mkdir()
    found = build_public_history(history(tmp_path), OUTAGE, NOW)
    assert found.changes == (Change(NOW, OUTAGE),)
    assert found.together is None
    assert any("the history cannot be used" in line for line in log_lines)


def test_a_status_that_cannot_be_is_damage(tmp_path: Path, log_lines: list[str]) -> None:
    build_public_history(history(tmp_path), OPERATIONAL, NOW)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE changes SET status = 'purple'")
    assert build_public_history(history(tmp_path), OUTAGE, NOW).changes == (Change(NOW, OUTAGE),)
    assert [path.name for path in tmp_path.glob("*.damaged-*")]
    assert any("set aside" in line for line in log_lines)


def test_a_component_is_in_maintenance_where_that_alone_makes_it_degraded() -> None:
    facts = Facts(NOW, (report(_1=AT_WORK, _2=UP, _3=PENDING),))
    named = [(name, keys_of([name])) for name in ("1", "2", "3", "99")]
    judged = judge_all(named, facts, Rules())
    assert [one.name for one in judged if one.in_maintenance] == ["1"]


def test_a_component_is_of_the_source_that_its_monitors_name_in_full() -> None:
    """There are two sources, one of which has the other's name and more. One does not answer."""
    second = f"{KUMA}:second"
    reports = (report(_1=UP), report(second, problem="no answer"))
    assert (
        judge(Facts(NOW, reports), keys_of([f"{second}:1"]), Rules()).reason
        == f"no source of monitors answered ({second})"
    )
    assert judge(Facts(NOW, reports), keys_of(["1"]), Rules()).status is OPERATIONAL
