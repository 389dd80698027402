# SPDX-License-Identifier: MIT
"""The past of an Uptime Kuma, from the databases of the recorded answers."""

from __future__ import annotations

import lzma
import os
import shutil
import sqlite3
import stat
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from elytra_status.errors import UsageError
from elytra_status.history import complete
from elytra_status.history.importing import Imported, importable, take_in_earlier
from elytra_status.history.overview import overview
from elytra_status.history.spans import NOTHING_ANNOUNCED
from elytra_status.history.store import FILE
from elytra_status.history.uptime import Past
from elytra_status.model import State
from elytra_status.sources.kuma import database
from tests import made_kuma
from tests.conftest import RECORDINGS, VERSIONS
from tests.in_process import run_command
from tests.remembering import SOURCE, at, content, heartbeats, history, report, show

pytestmark = pytest.mark.slow

# When the expected figures were computed. The databases continue for some minutes.
WHEN = at("2026-11-21 04:34:48")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOBODY = 65534
LABELS = {"api": 1, "group": 2, "uni": 3, "sched": 4, "store": 5, "old": 6, "internal": 7, "multi": 8}


@pytest.fixture(scope="session", params=VERSIONS)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the recorded answers."""
    return unpacked(request.param, tmp_path_factory.mktemp("kuma"))


def unpacked(version: str, directory: Path) -> Path:
    path = directory / "kuma.db"
    path.write_bytes(lzma.decompress((RECORDINGS / version / "database" / "kuma.db.xz").read_bytes()))
    return path


@pytest.fixture(scope="session")
def version_1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("v1.23.17", tmp_path_factory.mktemp("kuma1"))


@pytest.fixture(scope="session")
def version_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("v2.5.3", tmp_path_factory.mktemp("kuma2"))


def take_in(directory: Path, file: Path, now: datetime = WHEN, source: str = SOURCE) -> Imported:
    earlier = database.read_database(file, source, importable(now), NOTHING_ANNOUNCED)
    return take_in_earlier(directory / FILE, earlier, now, NOTHING_ANNOUNCED, 400)


def pasts(directory: Path, now: datetime = WHEN) -> dict[str, Past]:
    known = {past.key: past for past in overview(directory / FILE, now).monitors}
    return {label: known[key] for label, number in LABELS.items() if (key := f"{SOURCE}:{number}") in known}


def percent(past: Past, window: str) -> float:
    ratio = past.windows[window].ratio
    assert ratio is not None
    return float(ratio * 100)


# The table in the recordings' README. Version 1 counts by time too, but pending as down, and a gap between heartbeats,
# of which there is one of 226 seconds, as what follows it.
@pytest.mark.parametrize(
    ("label", "expected"),
    [("api", 100), ("uni", 97.5), ("sched", 100), ("store", 100), ("internal", 49.995), ("multi", 100)],
)
def test_of_version_1_the_last_day_is_what_uptime_kuma_says(
    label: str, expected: float, version_1: Path, tmp_path: Path
) -> None:
    take_in(tmp_path, version_1)
    assert percent(pasts(tmp_path)[label], "last_24h") == pytest.approx(expected, abs=0.03)


def by_hand(file: Path, monitor: int, start: int, end: int) -> tuple[int, int]:
    """Count seconds up and down from the heartbeats in a file, one by one."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT time, status FROM heartbeat WHERE monitor_id = ? ORDER BY time", (monitor,))
        seen = [(int(at(moment[:19]).timestamp()), status) for moment, status in rows]
    usual = statistics.median_low(later - earlier for (earlier, _), (later, _) in pairwise(seen))
    states: list[int | None] = [None] * (end - start)
    for place, (moment, status) in enumerate(seen):
        until = min(moment + 2 * usual + 60, seen[place + 1][0] if place + 1 < len(seen) else end)
        for second in range(max(moment, start), min(until, end)):
            states[second - start] = status
    return sum(state in (1, 2) for state in states), states.count(0)


@pytest.mark.parametrize("label", ["api", "uni", "sched", "store", "internal", "multi"])
def test_of_version_1_every_second_is_accounted_for(label: str, version_1: Path, tmp_path: Path) -> None:
    take_in(tmp_path, version_1)
    end = int(WHEN.timestamp())
    seconds = pasts(tmp_path)[label].windows["last_24h"].seconds
    assert seconds
    assert seconds[:2] == by_hand(version_1, LABELS[label], end - 86400, end)
    seconds = pasts(tmp_path)[label].days[at("2026-11-19 00:00").date()].seconds
    assert seconds
    start = int(at("2026-11-19 00:00").timestamp())
    assert seconds[:2] == by_hand(version_1, LABELS[label], start, start + 86400)


@pytest.mark.parametrize(
    ("label", "window", "down", "maintenance"),
    [
        ("api", "last_7d", 2 * 3600, 0),  # 100 hours ago
        ("api", "last_24h", 0, 0),
        ("uni", "last_24h", 36 * 60, 0),
        ("sched", "last_30d", 10 * 3600, 0),  # 20 days ago
        ("sched", "last_7d", 0, 0),
        ("store", "last_30d", 0, 12 * 3600),  # The pending state 3 hours ago is no downtime.
        ("old", "last_7d", 3600, 0),
        ("internal", "last_24h", 12 * 3600, 0),
        ("multi", "last_7d", 90 * 60, 0),
    ],
)
def test_of_version_2_what_was_down_is_down_for_as_long(
    label: str, window: str, down: int, maintenance: int, version_2: Path, tmp_path: Path
) -> None:
    take_in(tmp_path, version_2)
    seconds = pasts(tmp_path)[label].windows[window].seconds
    assert seconds
    assert (seconds.down, seconds.maintenance) == (down, maintenance)


# The table in the recordings' README: the badge for 720 hours, which counts heartbeats.
@pytest.mark.parametrize(
    ("label", "expected"),
    [("api", 99.722), ("uni", 99.917), ("sched", 98.610), ("store", 100), ("old", 99.833), ("internal", 98.332)],
)
def test_of_version_2_a_month_is_what_uptime_kuma_says(
    label: str, expected: float, version_2: Path, tmp_path: Path
) -> None:
    take_in(tmp_path, version_2)
    assert percent(pasts(tmp_path)[label], "last_30d") == pytest.approx(expected, abs=0.003)


def test_of_version_2_a_young_monitor_and_a_paused_one_are_not_known_for_longer_than_they_were_watched(
    version_2: Path, tmp_path: Path
) -> None:
    take_in(tmp_path, version_2)
    found = pasts(tmp_path)
    assert found["multi"].windows["last_30d"].ratio is None
    assert float(found["multi"].windows["last_30d"].observed) == pytest.approx(0.1, abs=0.001)
    assert found["old"].windows["last_24h"].observed == 0
    assert float(found["api"].windows["last_30d"].observed) == pytest.approx(1, abs=0.002)
    days = [day for day, measured in found["api"].days.items() if measured.seconds and measured.seconds.down]
    assert [day.isoformat() for day in days] == ["2026-11-17"]


def test_groups_are_left_out_and_names_and_the_first_day_imported(recorded: Path, tmp_path: Path) -> None:
    done = take_in(tmp_path, recorded)
    assert done.monitors == 7
    assert done.since is not None
    assert done.since.isoformat() in ("2026-11-18", "2026-10-21")
    assert "group" not in pasts(tmp_path)
    assert pasts(tmp_path)["uni"].name == 'Prüf-Stand „Süd“ "A\\B" 試験 🛰'


def test_an_import_again_changes_nothing(recorded: Path, tmp_path: Path) -> None:
    first = take_in(tmp_path, recorded)
    before = content(tmp_path)
    assert take_in(tmp_path, recorded) == first
    assert content(tmp_path) == before


def test_importing_before_or_after_runs_gives_the_same_history(version_1: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(version_1)) as connection:
        rows = connection.execute(
            "SELECT time, status FROM heartbeat WHERE monitor_id = 3 AND time < '2026-11-21 04:34:48' ORDER BY time"
        ).fetchall()
    states = (State.DOWN, State.UP, State.PENDING, State.MAINTENANCE)
    seen = [(at(moment[:19]), states[status]) for moment, status in rows][-100:]
    listed = {"3": [one for moment, state in seen for one in heartbeats(moment, [state])]}
    first, then = tmp_path / "first", tmp_path / "then"
    first.mkdir()
    then.mkdir()
    take_in(first, version_1)
    show(first, WHEN, listed)
    show(then, WHEN, listed)
    take_in(then, version_1)
    assert pasts(first)["uni"].windows == pasts(then)["uni"].windows
    assert pasts(first)["uni"].days == pasts(then)["uni"].days


def test_a_monitor_that_metrics_of_version_1_alone_have_shown_is_known_again(version_1: Path, tmp_path: Path) -> None:
    with made_kuma.kuma("v1.23.17") as kuma:
        seen = made_kuma.poll(made_kuma.settings(kuma, "metrics"))
    complete(history(tmp_path), (seen,), WHEN)
    take_in(tmp_path, version_1)
    keys = {past.key for past in overview(tmp_path / FILE, WHEN).monitors}
    assert keys == {monitor.key for monitor in seen.monitors}


# As a command


def test_the_command_imports_and_prints_what_it_imported(
    recorded: Path, tmp_path: Path, make_settings: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    assert run_command(tmp_path, "history", "import", str(recorded)) == 0
    told = capsys.readouterr().out
    assert told.startswith("7 monitors imported, since 2026-1")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("sources", "arguments", "told"),
    [
        ("uptime_kuma,uptime_kuma:office", [], "SOURCES has 2 Uptime Kumas"),
        ("uptime_kuma,uptime_kuma:office", ["--source", "uptime_kuma:attic"], "no Uptime Kuma of that name"),
        ("uptime_kuma,uptime_kuma:office", ["--source", "uptime_kuma:office"], ""),
        ("uptime_kuma:office", [], ""),
    ],
)
def test_of_several_uptime_kumas_one_must_be_named(
    sources: str,
    arguments: list[str],
    told: str,
    version_1: Path,
    tmp_path: Path,
    make_settings: Callable[..., object],
    capsys: pytest.CaptureFixture[str],
) -> None:
    addresses = {"OFFICE_UPTIME_KUMA_URL": "https://b.example", "OFFICE_UPTIME_KUMA_STATUS_PAGE": "x"}
    if "uptime_kuma," in sources:
        addresses |= {"UPTIME_KUMA_URL": "https://a.example", "UPTIME_KUMA_STATUS_PAGE": "x"}
    make_settings(SOURCES=sources, **addresses)
    assert run_command(tmp_path, "history", "import", str(version_1), *arguments) == (64 if told else 0)
    assert told in capsys.readouterr().err
    if not told:
        assert overview(tmp_path / FILE, WHEN).monitors[0].key.startswith("uptime_kuma:office:")


# The file


def rubbish(path: Path) -> None:
    path.write_bytes(os.urandom(9000))


def empty(path: Path) -> None:
    path.touch()


def another_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE monitor (id INTEGER)")


def without_columns(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE monitor (id INTEGER)")
        connection.execute("CREATE TABLE heartbeat (id INTEGER)")


def directory(path: Path) -> None:
    path.mkdir()


def missing(path: Path) -> None:
    pass


@pytest.mark.parametrize("make", [rubbish, empty, another_database, without_columns, directory, missing])
def test_a_file_that_is_no_database_of_uptime_kuma_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    make(file)
    with pytest.raises(UsageError, match=r"kuma\.db (is not a database of Uptime Kuma|cannot be read)"):
        take_in(tmp_path, file)
    assert not (tmp_path / FILE).exists()


def test_a_truncated_file_is_refused_and_nothing_imported(recorded: Path, tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    shutil.copy(recorded, file)
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(UsageError, match="cannot be read"):
        take_in(tmp_path, file)
    assert not (tmp_path / FILE).exists()


def test_odd_heartbeats_are_passed_over(version_1: Path, tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    shutil.copy(version_1, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        odd = [(1, "yesterday", 0), (1, "", 0), (1, "2026-11-21 04:00:00.500", 99), (1, "9999-12-31 00:00:00", 0)]
        connection.executemany("INSERT INTO heartbeat (monitor_id, time, status) VALUES (?, ?, ?)", odd)
        connection.execute("UPDATE monitor SET name = NULL WHERE id = 1")
    take_in(tmp_path, file)
    past = pasts(tmp_path)["api"]
    assert past.name == ""
    seconds = past.windows["last_24h"].seconds
    assert seconds
    assert seconds.down == 0
    assert seconds.up == 86400 - 60  # It had the unknown state 99 for a minute.


def in_the_mode_of_uptime_kuma(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def test_nothing_is_written_beside_a_file_that_nobody_has_open(recorded: Path, tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    file = place / "kuma.db"
    shutil.copy(recorded, file)
    in_the_mode_of_uptime_kuma(file)
    before = file.read_bytes()
    take_in(tmp_path, file)
    assert list(place.iterdir()) == [file]
    assert file.read_bytes() == before


WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute("PRAGMA journal_mode = " + sys.argv[2])
print("begun", flush=True)
for number in range(1000):
    moment = "2026-11-21 04:34:%02d.%03d" % (number // 1000 % 48, number % 1000)
    connection.execute("INSERT INTO heartbeat (monitor_id, status, time) VALUES (1, 1, ?)", (moment,))
sys.stdin.read()
"""


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_uptime_kuma_may_write_meanwhile(mode: str, recorded: Path, tmp_path: Path) -> None:
    file = tmp_path / "kuma.db"
    shutil.copy(recorded, file)
    file.chmod(0o644)
    command = [sys.executable, "-c", WRITER, str(file), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "begun\n"
        for _ in range(3):
            take_in(tmp_path, file)
        writer.communicate()
    # A writer that is kept from writing for 30 seconds fails.
    assert writer.returncode == 0
    assert percent(pasts(tmp_path)["internal"], "last_24h") == pytest.approx(49.95, abs=0.2)


@pytest.fixture
def of_the_service(tmp_path: Path) -> Iterator[Path]:
    """A state directory of another user, who cannot read the directory of the test."""
    state = Path("/var/tmp") / f"elytra-status-test-{os.getpid()}"
    state.mkdir(mode=0o700)
    os.chown(state, NOBODY, NOBODY)
    yield state
    shutil.rmtree(state)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_may_read_the_file_where_the_user_of_the_service_may_not(
    recorded: Path, tmp_path: Path, of_the_service: Path
) -> None:
    file = tmp_path / "kuma.db"
    shutil.copy(recorded, file)
    file.chmod(0o600)
    settings = tmp_path / "elytra-status.conf"
    settings.touch(0o600)
    command = [sys.executable, "-m", "elytra_status", "history", "import", str(file)]
    options = ["--config", str(settings), "--state-directory", str(of_the_service)]
    result = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert (of_the_service / FILE).stat().st_uid == NOBODY
    shown = subprocess.run(
        [*command[:-2], *options], capture_output=True, text=True, check=False, env={**os.environ, "LANG": "C.UTF-8"}
    )
    assert "Scheduler" in shown.stdout


def test_what_was_only_imported_is_not_counted_together(recorded: Path, tmp_path: Path) -> None:
    take_in(tmp_path, recorded)
    known = overview(tmp_path / FILE, WHEN)
    assert not any(past.watched for past in known.monitors)
    assert known.together.windows["last_24h"].ratio is None
    complete(history(tmp_path), (report({"7": heartbeats(WHEN - HOUR, [State.UP] * 60)}),), WHEN)
    known = overview(tmp_path / FILE, WHEN)
    assert [past.key for past in known.monitors if past.watched] == [f"{SOURCE}:7"]
    ratio = known.together.windows["last_24h"].ratio
    assert ratio is not None
    assert ratio < Fraction(6, 10)
