# SPDX-License-Identifier: MIT
"""Nothing unknown is published as operational, and no outage without current evidence.

There is a run of the whole job for each cell of the table, with real servers and files, published to a storage whose
clock is right.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from elytra_status import sources
from elytra_status.history.importing import importable, take_in_earlier
from elytra_status.history.spans import NOTHING_ANNOUNCED
from elytra_status.history.store import FILE as HISTORY
from elytra_status.model import MONITORS
from elytra_status.run import job, saved_state
from elytra_status.run.explanation import explain
from elytra_status.settings import Settings
from elytra_status.sources import backup_evidence, configured
from elytra_status.sources.backup_evidence.kind import EvidenceKind, EvidenceRules
from elytra_status.sources.kuma import database as kuma_file
from tests.conftest import RECORDINGS, MovableClock
from tests.hostile_s3 import HostileS3
from tests.ignorance.stand import Answer, Stand
from tests.ignorance.table import Clock, Row, State, rows, stands
from tests.made_evidence import PROGRAMS

# Some minutes after the end of the imported database.
NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
RUN = timedelta(minutes=10)
DATABASE = RECORDINGS / "v2.5.3" / "database" / "kuma.db.xz"
STATUS = "/planted-status/status.json"
# What --explain says about an answer, and about a clock.
WHY = {
    Answer.IN_PART: r"incomplete|did not answer|unavailable|cannot be read|unknown|malformed|invalid|refus",
    Answer.REFUSED: r"refus|unavailable|did not answer|AccessDenied|forbidden|40[13]",
    Answer.ONE_MISSING: r"no longer|no answer names it|does not know it|not now|missing",
}

Make = Callable[..., Settings]
Do = Callable[[type[Stand], Row, bool], SimpleNamespace]

FOUND = stands()
CELLS = [
    pytest.param(stand, row, bad, id=f"{name}: {row}, {'bad' if bad else 'well'}")
    for name, stand in FOUND.items()
    if not isinstance(stand, str)
    for row in rows(stand)
    for bad in (False, True)
]


@pytest.fixture
def do(make_settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> Iterator[Do]:
    """Return a function that does the run of a cell and returns the result."""
    with ExitStack() as stack:

        def run(kind: type[Stand], row: Row, bad: bool) -> SimpleNamespace:
            right, state = MovableClock(NOW), tmp_path / "state"
            state.mkdir()
            target = stack.enter_context(HostileS3())
            target.now = right.now
            stand = kind(tmp_path, right, stack, monkeypatch)
            settings = make_settings(**TARGET, **stand.settings(), SPACES_ENDPOINT=target.url)
            stand.give(Answer.WHOLE, bad=bad)
            if row.state in (State.SOUND, State.NONE, State.DAMAGED):
                poll(settings, right, timedelta(0), state, stand, Answer.WHOLE, bad)
            damage(row.state, state)
            right.moment += RUN
            outcome = poll(settings, right, row.clock.value, state, stand, row.answer, bad)
            (source,) = configured(settings)
            document = json.loads(target.objects[STATUS].body)
            return SimpleNamespace(
                watches=source.about == MONITORS,
                platform=document["platform_status"],
                backups=document["backups"]["last_backup_status"],
                explained=" ".join(explain(settings, outcome.assessment, right.now()).split()),
            )

        yield run


TARGET = {
    "SPACES_REGION": "nyc3",
    "SPACES_ACCESS_KEY": "planted-access",
    "SPACES_SECRET_KEY": "planted-secret",
    "STATUS_BUCKET": "planted-status",
    "PUBLISH": "status",
}


def poll(
    settings: Settings, right: MovableClock, off: timedelta, state: Path, stand: Stand, answer: Answer, bad: bool
) -> job.Outcome:
    """Do one run with a wrong clock, while the source continues to answer."""
    wrong = MovableClock(right.moment + off)

    def waking() -> None:
        right.moment = wrong.moment - off
        stand.give(answer, bad=bad)

    wrong.before_waking = waking
    stand.give(answer, bad=bad)
    return job.run(settings, wrong, state)


def damage(kind: State, state: Path) -> None:
    """Change saved state as a row says."""
    file = state / saved_state.FILE
    if kind is State.NONE:
        file.unlink()
    elif kind is State.DAMAGED:
        file.write_bytes(file.read_bytes()[:-20])
    elif kind is State.IMPORTED:
        database = state.parent / "kuma.db"
        database.write_bytes(lzma.decompress(DATABASE.read_bytes()))
        earlier = kuma_file.read_database(database, "uptime_kuma", importable(NOW), NOTHING_ANNOUNCED)
        take_in_earlier(state / HISTORY, earlier, NOW, NOTHING_ANNOUNCED, 400)


def test_every_source_of_the_package_has_a_stand() -> None:
    assert not [words for words in FOUND.values() if isinstance(words, str)]


@pytest.mark.parametrize(("stand", "row", "bad"), CELLS)
def test_no_cell_claims_what_is_not_known(stand: type[Stand], row: Row, bad: bool, do: Do) -> None:
    result = do(stand, row, bad)
    published = result.platform if result.watches else result.backups
    allowed = expected(stand, row, bad, result.watches)
    assert published in allowed, result.explained
    # A part without a source in the settings is not known either.
    assert (result.backups if result.watches else result.platform) == "unknown"
    for words in why(row, result.watches):
        assert re.search(words, result.explained), result.explained


def test_a_new_source_without_a_stand_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources.MODULES, "toy", "toy")
    new = {name: words for name, words in stands().items() if name not in FOUND}
    assert list(new) == ["toy"]
    assert "Write a subclass of Stand" in str(new["toy"])


def test_a_new_kind_of_backup_evidence_is_in_the_table_once_something_prints_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toy = EvidenceKind("backup_toy", "BACKUP_TOY", lambda settings: EvidenceRules(lambda evidence: ()))
    monkeypatch.setitem(backup_evidence.KINDS, "toy", "backup_toy")
    module = ModuleType("elytra_status.sources.backup_evidence.toy")
    module.KIND = toy  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert "PROGRAMS" in str(stands()["backup_toy"])
    monkeypatch.setitem(PROGRAMS, "BACKUP_TOY", list)
    assert list(set(stands()) - set(FOUND)) == ["backup_toy in_files"]


def expected(stand: type[Stand], row: Row, bad: bool, watches: bool) -> set[str]:
    """Return what may be published in a cell."""
    good, worst = ("operational", "outage") if watches else ("success", "failed")
    unless_seen = {"unknown", worst} if bad else {"unknown"}
    if row.clock is not Clock.RIGHT:
        return {"unknown"}
    if row.answer is Answer.REFUSED:
        return unless_seen if stand.has_another_part else {"unknown"}
    if row.answer is Answer.IN_PART or (row.state is State.DAMAGED and not watches):
        return unless_seen
    if row.answer is Answer.WHOLE:
        return {worst if bad else good}
    if watches:
        # A monitor in saved state keeps its last state for a while if the source has no list of its own.
        is_named = stand.names_what_is_missing and not (stand.is_variant and row.state is State.SOUND)
        return {worst} if bad else {"unknown"} if is_named else {good, "unknown"}
    # Only saved state can know of a group without evidence.
    return {good} if row.state is not State.SOUND else unless_seen if bad else {good, "unknown"}


def why(row: Row, watches: bool) -> Iterator[str]:
    """Yield what --explain must say about a cell, as patterns."""
    if row.clock is not Clock.RIGHT:
        yield r"this machine's clock is wrong \(it is .* (ahead|behind)"
    elif row.answer is not Answer.ONE_MISSING or row.state is State.SOUND:
        yield from (WHY[row.answer],) if row.answer in WHY else ()
    if row.state is State.DAMAGED and not watches:
        yield "saved state was damaged|unavailable:"
