# SPDX-License-Identifier: MIT
"""Names that a source once reported stay private while it is silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.history import PrivateNames, complete, saved_private_names
from elytra_status.history.private_names import save_names
from elytra_status.model import BACKUPS, MONITORS, BackupGroup, Report
from elytra_status.run import job, saved_state
from elytra_status.settings import Settings
from tests.conftest import API_KEY, MovableClock
from tests.in_process import run_command
from tests.remembering import NOON, history, in_memory, rows

DAY = timedelta(days=1)

Start = Callable[..., ReplayServer]
Make = Callable[..., Settings]


def names(directory: Path, after: timedelta, *reports: Report) -> frozenset[str]:
    """Return the names that are known after some reports, some time after noon."""
    complete(history(directory), reports, NOON + after)
    return saved_private_names(directory).names


def named(*private: str) -> Report:
    return Report("uptime_kuma", MONITORS, private_names=frozenset(private))


def test_a_name_is_kept_for_a_month_after_it_was_last_seen(tmp_path: Path) -> None:
    assert names(tmp_path, 0 * DAY, named("Acme", "Bolt")) == {"Acme", "Bolt"}
    assert names(tmp_path, 20 * DAY, named("Bolt")) == {"Acme", "Bolt"}
    assert names(tmp_path, 31 * DAY, named("Bolt")) == {"Bolt"}
    assert names(tmp_path, 50 * DAY, named("Bolt")) == {"Bolt"}


def test_while_nobody_answers_nothing_is_forgotten(tmp_path: Path) -> None:
    names(tmp_path, 0 * DAY, named("Acme"))
    assert names(tmp_path, 999 * DAY, Report("uptime_kuma", MONITORS, problem="no answer")) == {"Acme"}


def test_of_backups_the_groups_are_kept_and_not_every_object(tmp_path: Path) -> None:
    groups = (BackupGroup("acme", None), BackupGroup("(all)", None))
    report = Report("b", BACKUPS, backup_groups=groups, private_names=frozenset({"acme", "acme/2026-03-10.sql.gz"}))
    assert names(tmp_path, 0 * DAY, report) == {"acme"}


def test_half_a_character_in_a_name_does_no_harm(tmp_path: Path) -> None:
    assert names(tmp_path, 0 * DAY, named("Acme \ud83d", "Bolt")) == {"Acme ?", "Bolt"}


def test_a_history_that_does_not_learn_keeps_no_name(tmp_path: Path) -> None:
    complete(history(tmp_path, learns=False), (named("Acme"),), NOON)
    assert saved_private_names(tmp_path).names == set()


@pytest.mark.parametrize(("days", "is_kept"), [(30, True), (31, False)])
def test_a_name_is_deleted_when_it_was_not_seen_for_more_than_thirty_days(days: int, is_kept: bool) -> None:
    today = 1000
    words = [("Acme", "name", (today - days) * 86400), ("Bolt", "name", today * 86400)]
    with in_memory(words=words) as connection:
        save_names(connection, [named("Bolt")], today * 86400)
        assert rows(connection, "words") == words[not is_kept :]


@pytest.mark.parametrize(("seconds", "is_noted"), [(0, False), (86399, False), (86400, True), (-1, True)])
def test_that_a_name_still_exists_is_noted_once_a_day(seconds: int, is_noted: bool) -> None:
    start = 1000 * 86400
    with in_memory(words=[("Acme", "name", start)]) as connection:
        save_names(connection, [named("Acme")], start + seconds)
        assert rows(connection, "words") == [("Acme", "name", start + seconds * is_noted)]


def test_names_are_no_hosts_and_neither_are_shown(tmp_path: Path) -> None:
    report = Report("kuma", MONITORS, private_names=frozenset({"Acme"}), private_hosts=frozenset({"db.internal"}))
    complete(history(tmp_path), (report,), NOON)
    known = saved_private_names(tmp_path)
    assert known == PrivateNames(frozenset({"Acme"}), frozenset({"db.internal"}))
    assert repr(known) == "PrivateNames()"


def test_a_clients_name_is_withheld_also_while_the_source_is_down(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    kuma_settings = {"UPTIME_KUMA_URL": kuma.url, "UPTIME_KUMA_API_KEY": API_KEY}
    job.run(make_settings(**kuma_settings), clock, tmp_path)
    kuma.__exit__(None, None, None)
    leaking = make_settings(**kuma_settings, INFRASTRUCTURE_NOTES="The internal only system is new.")
    (withheld,) = job.run(leaking, clock, tmp_path).withheld
    assert withheld.name == "INFRASTRUCTURE_NOTES"
    assert run_command(tmp_path, "config", "check") == 78
    assert run_command(tmp_path, "config", "check", "--offline") == 78
    assert run_command(tmp_path, "summary", "--json") == 0
    told = capsys.readouterr()
    assert "INFRASTRUCTURE_NOTES" in told.err
    assert "internal only" not in told.err.lower()


def test_names_are_nowhere_but_in_the_history(
    start_kuma: Start, make_settings: Make, clock: MovableClock, tmp_path: Path
) -> None:
    kuma = start_kuma("v2.5.3", "all-up", clock=clock.now)
    job.run(make_settings(UPTIME_KUMA_URL=kuma.url, UPTIME_KUMA_API_KEY=API_KEY), clock, tmp_path)
    recalled = saved_state.read(tmp_path)
    assert "Internal only" in recalled.private_names.names
    assert "Internal only" not in repr(recalled)
    assert b"Internal only" not in (tmp_path / saved_state.FILE).read_bytes()
