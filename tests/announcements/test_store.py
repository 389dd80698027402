# SPDX-License-Identifier: MIT
"""The file in which announcements are kept: whole or refused, whatever happens to it, and whoever writes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status import errors
from elytra_status.announcements import store, written
from elytra_status.errors import AnnouncementsError, LockedError
from elytra_status.model import (
    Announcements,
    Impact,
    Incident,
    IncidentPhase,
    IncidentUpdate,
    Maintenance,
    Override,
    PlatformStatus,
)
from elytra_status.run import job
from elytra_status.settings import Settings
from elytra_status.system.clock import SystemClock
from elytra_status.system.files import lock_file
from tests.conftest import MovableClock
from tests.in_process import run_command

pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
OVERRIDE = Override(PlatformStatus.OUTAGE, "We are on it. ☂", NOW, NOW + HOUR, "alice")
FULL = Announcements(
    OVERRIDE,
    (Maintenance("2025-11-10-1", "The database moves.", NOW, NOW + HOUR, "bob"),),
    (
        Incident("2025-11-10-2", NOW, (IncidentUpdate(NOW, "It is slow.", "bob"),)),
        Incident(
            "2025-11-10-3",
            NOW,
            (IncidentUpdate(NOW, "It is down.", phase=IncidentPhase.RESOLVED),),
            resolved=NOW + HOUR,
            automatic=True,
            impact=Impact.MAJOR,
        ),
    ),
    (replace(OVERRIDE, ended=NOW + HOUR), replace(OVERRIDE, ended=NOW, ended_by="bob")),
    "2025-11-10-3",
)

moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
translations = st.dictionaries(
    st.sampled_from(["ar", "de", "fr"]), st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20)
).map(lambda given: tuple(sorted(given.items())))
overrides = st.builds(
    Override, st.sampled_from(PlatformStatus), texts, moments, moments, texts, st.none() | moments, texts, translations
)
# Everything that 0.2.0 can say of incidents and maintenance, and 0.1.0 could not.
DETAILED = Announcements(
    replace(OVERRIDE, notes=(("de", "Wir sind dran."),)),
    maintenance=(
        Maintenance(
            *("2025-11-10-1", "Work.", NOW, NOW + HOUR, "bob", ("Mail",), NOW - HOUR, NOW, 1),
            texts=(("de", "Arbeiten."),),
            titles=(("de", "Neue Platten"), ("fr", "Disques")),
        ),
    ),
    incidents=(
        Incident(
            "2025-11-10-2",
            NOW,
            (
                IncidentUpdate(NOW, "It is slow.", "bob", IncidentPhase.IDENTIFIED, (("de", "Es ist langsam."),)),
                IncidentUpdate(NOW, "It is well.", "bob", IncidentPhase.MONITORING),
            ),
            NOW + HOUR,
            True,
            "Mail is slow",
            ("Mail", "Web"),
            Impact.CRITICAL,
            IncidentUpdate(NOW + HOUR, "A disk was full.\n\nIt is larger now.", "bob", IncidentPhase.RESOLVED),
            (("de", "E-Mail ist langsam"),),
        ),
    ),
    cancelled=(Maintenance("2025-11-10-3", "More work.", NOW, NOW + HOUR, "bob", title="New disks"),),
)
NEW_FIELDS = ("announced", "changed", "changes", "phase", "title", "components", "impact", "postmortem", "cancelled")
NEW_FIELDS += ("notes", "texts", "titles")

phases = st.sampled_from(IncidentPhase)
updates = st.builds(IncidentUpdate, moments, texts, texts, phases, translations)
names = st.lists(texts, max_size=2).map(tuple)
windows = st.builds(
    Maintenance,
    *(texts, texts, moments, moments, texts, names, st.none() | moments, st.none() | moments, st.integers(0, 9), texts),
    translations,
    translations,
)
incidents = st.builds(
    Incident,
    texts,
    moments,
    st.lists(updates, min_size=1, max_size=3).map(tuple),
    st.none() | moments,
    st.booleans(),
    texts,
    names,
    st.sampled_from(Impact),
    st.none() | st.builds(IncidentUpdate, moments, texts, texts, st.just(IncidentPhase.RESOLVED)),
    translations,
)
announcements = st.builds(
    Announcements,
    st.none() | overrides,
    st.lists(windows, max_size=3).map(tuple),
    st.lists(incidents, max_size=3).map(tuple),
    st.lists(overrides, max_size=3).map(tuple),
    texts,
    st.lists(windows, max_size=3).map(tuple),
)


@given(announcements)
def test_what_is_written_is_read(value: Announcements) -> None:
    assert written.from_json(json.loads(json.dumps(written.to_json(value)))) == value


def keep(directory: Path, value: Announcements) -> Path:
    store.change(directory, SystemClock(), lambda _: value)
    return directory / store.FILE


def test_nothing_was_announced_where_there_is_no_file(tmp_path: Path) -> None:
    assert store.read(tmp_path) == Announcements()
    assert store.read(tmp_path / "nowhere") == Announcements()


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = keep(tmp_path, FULL)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / store.LOCK_FILE).stat().st_mode & 0o777 == 0o600
    assert store.read(tmp_path) == FULL


def test_what_json_can_hold_can_be_written_again(tmp_path: Path) -> None:
    path = keep(tmp_path, FULL)
    path.write_text(path.read_text().replace('"alice"', r'"alice \ud800"', 1))
    read = store.read(tmp_path)
    assert read != FULL
    store.change(tmp_path, SystemClock(), lambda there: replace(there, last_identifier="m2"))
    assert store.read(tmp_path) == replace(read, last_identifier="m2")


def test_what_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    path = keep(tmp_path, FULL)
    before = path.stat().st_ino
    assert store.change(tmp_path, SystemClock(), lambda there: there) == (FULL, FULL)
    assert path.stat().st_ino == before


def test_a_part_of_the_file_is_never_taken_for_the_whole(tmp_path: Path) -> None:
    path = keep(tmp_path, FULL)
    body = path.read_bytes()
    for length in range(0, len(body.rstrip()) - 1, 7):
        path.write_bytes(body[:length])
        with pytest.raises(AnnouncementsError):
            store.read(tmp_path)


def without(value: Any, *place: str | int) -> Any:
    """Return a value of JSON without what stands at a place."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    del inner[place[-1]]
    return copy


def put(value: Any, what: Any, *place: str | int) -> Any:
    """Return a copy of a JSON value in which `what` replaces the value at a path."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = what
    return copy


def places(value: Any, *above: str | int) -> list[tuple[str | int, ...]]:
    """Return the place of every field of every object, and of every item."""
    found: list[tuple[str | int, ...]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        found += [(*above, step), *places(inner, *above, step)]
    return found


JSON = written.to_json(FULL)


@pytest.mark.parametrize("place", places(JSON))
def test_no_field_can_be_left_out_or_be_malformed(place: tuple[str | int, ...]) -> None:
    if isinstance(place[-1], str):
        with pytest.raises(written.ShapeError, match=f"{place[-1]} is missing"):
            written.from_json(without(JSON, *place))
    for other in (7, -1.5, ["x"], {"x": "Pl4nted"}):
        with pytest.raises(written.ShapeError) as caught:
            written.from_json(put(JSON, other, *place))
        assert "Pl4nted" not in str(caught.value)


def test_what_an_earlier_version_has_stored_is_read() -> None:
    """Incidents of 0.1.0 have neither titles nor phases: they are investigated until they are resolved."""
    old = json.loads((Path(__file__).parents[1] / "fixtures" / "announcements-0.1.0.json").read_bytes())
    there = written.from_json(old)
    by_person, by_job = there.incidents
    assert [update.phase.value for update in by_person.updates] == ["investigating", "investigating", "resolved"]
    assert (by_person.impact, by_job.impact) == (Impact.MINOR, Impact.MAJOR)
    assert (by_job.phase, by_job.title, by_job.components) == (IncidentPhase.INVESTIGATING, "", ())
    assert (there.maintenance[0].announced, there.maintenance[0].changes, there.cancelled) == (None, 0, ())
    # And 0.1.0 reads what is written, as long as nobody has used anything new.
    assert written.to_json(there) == old


def test_a_new_field_may_be_missing_and_is_nothing_else() -> None:
    whole = written.to_json(DETAILED)
    assert written.from_json(whole) == DETAILED
    found = [place for place in places(whole) if place[-1] in NEW_FIELDS]
    assert {place[-1] for place in found} == set(NEW_FIELDS)
    for place in found:
        written.from_json(without(whole, *place))
        for other in (-1.5, ["x", 1], {"x": "Pl4nted"}, True, "Pl4nted"):
            if (place[-1], other) != ("title", "Pl4nted"):
                with pytest.raises(written.ShapeError) as caught:
                    written.from_json(put(whole, other, *place))
                assert "Pl4nted" not in str(caught.value)


def test_a_field_that_is_not_known_is_refused() -> None:
    """It may be a word mistyped by hand, and what a person meant to say."""
    objects = [(), *(place for place in places(JSON) if isinstance(_at(place), dict))]
    assert len(objects) > 5
    for place in objects:
        with pytest.raises(written.ShapeError, match="has an unknown field"):
            written.from_json(put(JSON, None, *place, "overide"))


def _at(place: tuple[str | int, ...]) -> Any:
    value: Any = JSON
    for step in place:
        value = value[step]
    return value


@pytest.mark.parametrize(
    ("what", "place", "fault"),
    [
        ("out", ("override", "status"), "override.status is not a status"),
        ("2025-11-10 15:30", ("override", "until"), "override.until is not a time such as"),
        (
            "2025-02-30T15:30:00Z",
            ("incidents", 1, "updates", 0, "time"),
            r"incidents\[1\].updates\[0\].time is not a time",
        ),
        ([], ("incidents", 0, "updates"), r"incidents\[0\].updates is empty"),
        (2, ("version",), "is of version 2, which only a later elytra-status can read"),
        (0, ("version",), "version is not a version"),
        (True, ("version",), "version is not a version"),
    ],
)
def test_a_fault_is_reported_with_its_position(what: Any, place: tuple[str | int, ...], fault: str) -> None:
    with pytest.raises(written.ShapeError, match=fault):
        written.from_json(put(JSON, what, *place))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b"[]", b'"x"', b"{" * 100_000, b"\x00" * 512, b"\xff\xfe", b'{"override": null}']
)
def test_a_file_that_cannot_be_read_stops_the_run_and_says_what_to_do(
    body: bytes, make_settings: Callable[..., Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To leave it out could publish green while a person has said that there is an outage."""
    make_settings()
    path = tmp_path / store.FILE
    path.write_bytes(body)
    for command in (["run"], ["summary"], ["override", "show"], ["override", "clear"], ["incident", "list"]):
        assert run_command(tmp_path, *command) == errors.UNREADABLE
        words = capsys.readouterr().err
        assert f"ERROR: announcements cannot be read from {path} (" in words
        assert f"mv {path} {path}.broken" in words
    assert not (tmp_path / "public").exists()
    assert path.read_bytes() == body, "nothing of it is lost"

    path.rename(f"{path}.broken")
    assert run_command(tmp_path, "run") == 0


def test_a_file_that_may_not_be_read_stops_the_run(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        (tmp_path / store.FILE).mkdir()  # root may read every file
    else:
        keep(tmp_path, FULL).chmod(0)
    with pytest.raises(AnnouncementsError, match=r"cannot be read from .* \((Permission denied|not a regular file)\)"):
        store.read(tmp_path)


def test_a_change_that_cannot_be_written_is_an_error_and_leaves_the_file_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keep(tmp_path, FULL)
    body = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AnnouncementsError) as caught:
        keep(tmp_path, Announcements())
    assert "cannot be written (No space left on device); the announcements are unchanged" in caught.value.problem
    assert "df" in caught.value.remedy
    assert path.read_bytes() == body


def test_an_outage_is_published_though_its_incident_cannot_be_kept(
    make_settings: Callable[..., Settings], tmp_path: Path, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, Announcements(replace(OVERRIDE, until=NOW)))
    monkeypatch.setattr(store, "change", _cannot)
    job.run(make_settings(), MovableClock(NOW + HOUR), tmp_path)
    assert (tmp_path / "public" / "status.json").exists()
    assert any("WARNING" in line and "cannot be written" in line for line in log_lines)


def _cannot(*arguments: object) -> None:
    raise AnnouncementsError("it cannot be written")


def test_who_holds_the_lock_for_long_is_not_waited_for(tmp_path: Path) -> None:
    clock = MovableClock(NOW)
    with lock_file(tmp_path / store.LOCK_FILE, SystemClock(), 1), pytest.raises(LockedError):
        store.change(tmp_path, clock, lambda there: FULL)
    assert sum(clock.sleeps) == pytest.approx(store.LONGEST_WAIT_SECONDS, abs=1)
    assert store.read(tmp_path) == Announcements()


MANY = """
import sys
from pathlib import Path
from elytra_status.announcements import incidents, store
from elytra_status.system.clock import SystemClock
clock = SystemClock()
number = 0
while True:
    number += 1
    text = f"{sys.argv[2]} {number} " + "x" * 100_000
    def change(there):
        one = incidents.begin(there, text, clock.now().replace(microsecond=0), "somebody")
        return incidents.resolve(one, one.last_identifier, "over", clock.now().replace(microsecond=0), "somebody")
    store.change(Path(sys.argv[1]), clock, change)
    print(number, flush=True)
    clock.sleep(0.03)
"""


def test_changes_of_several_processes_are_all_kept_though_they_are_killed(tmp_path: Path) -> None:
    words = [sys.executable, "-c", MANY, str(tmp_path)]
    processes = {name: subprocess.Popen([*words, name], stdout=subprocess.PIPE, text=True) for name in ("one", "other")}
    for process in processes.values():
        assert process.stdout
        for _ in range(5):
            process.stdout.readline()
    kept = {}
    for name, process in processes.items():
        process.kill()
        # It reports an incident only after it has stored it.
        kept[name] = max((int(line) for line in process.communicate()[0].split()), default=5)
    there = store.read(tmp_path).incidents
    for name, number in kept.items():
        texts = [incident.updates[0].text.split("x")[0] for incident in there]
        assert [text for text in texts if text.startswith(name)][:number] == [
            f"{name} {count} " for count in range(1, number + 1)
        ]
    identifiers = [incident.identifier for incident in there]
    assert len(set(identifiers)) == len(identifiers)
