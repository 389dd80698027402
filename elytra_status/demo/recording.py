# SPDX-License-Identifier: MIT
"""Recorded answers of Uptime Kuma, with their times moved to the present.

A recording is a directory with `<version>/index.json`, which names headers and bodies of all answers, and
`<version>/<scenario>/` with the bodies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent / "recordings"
NO_ANSWER = 0

# Every JSON string that is just a date and a time: heartbeats, incidents, maintenance windows.
_JSON_TIME = re.compile(rb'"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{3})?)?Z?)"')
_METRICS_TIME = re.compile(rb"^process_start_time_seconds (\d+)$", re.MULTILINE)
_PRECISION = {16: "minutes", 19: "seconds", 23: "milliseconds"}
# Uptime Kuma's answers for paths that a scenario does not have: the first pattern that matches, and the recorded answer
# (scenario, name).
UNAUTHORIZED = ("auth", "metrics-no-auth")
_UNKNOWN_PATHS = (
    (re.compile(r"/api/status-page/heartbeat/[^/]+"), ("claimed-endpoints", "unknown-slug-heartbeat")),
    (re.compile(r"/api/status-page/[^/]+/badge"), ("claimed-endpoints", "unknown-slug-badge")),
    (re.compile(r"/api/status-page/[^/]+/incident-history"), ("claimed-endpoints", "unknown-slug-incident-history")),
    (re.compile(r"/api/status-page/[^/]+"), ("claimed-endpoints", "unknown-slug-page")),
    (re.compile(r"/api/badge/[^/]+/.+"), ("all-up", "badge-unknown-uptime-24")),
    (re.compile(r".*", re.DOTALL), ("claimed-endpoints", "health")),
)


@dataclass(frozen=True)
class RecordedResponse:
    """One answer. `status` is NO_ANSWER if none came and the connection stayed open.

    `recorded_at` is the time that the times in `body` are relative to; without it they are not changed. Uptime Kuma was
    started earlier than recorded by `running_for`.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    recorded_at: datetime | None = None
    running_for: timedelta = timedelta(0)

    def body_at(self, moment: datetime) -> bytes:
        """Return the body as if it had been recorded at `moment`."""
        if self.recorded_at is None or not self._times:
            return self.body
        shift = moment - self.recorded_at
        parts: list[bytes] = []
        end = 0
        for start, stop, time, precision in self._times:
            moved = time + shift
            if precision == "stamp":
                text = str(round((moved - self.running_for).timestamp()))
            else:
                text = moved.isoformat(self.body[start + 10 : start + 11].decode(), precision)
            parts += (self.body[end:start], text.encode())
            end = stop
        parts.append(self.body[end:])
        return b"".join(parts)

    @cached_property
    def _times(self) -> list[tuple[int, int, datetime, str]]:
        """Return the positions of times in the body, the times, and their formats."""
        kind = {name.lower(): value for name, value in self.headers}.get("content-type", "")
        times: list[tuple[int, int, datetime, str]] = []
        if kind.startswith("application/json"):
            for match in _JSON_TIME.finditer(self.body):
                text = match[1].decode().removesuffix("Z")
                # A time without a zone stays without one: only differences matter here.
                start = match.start(1)
                times.append((start, start + len(text), datetime.fromisoformat(text), _PRECISION[len(text)]))
        elif kind.startswith("text/plain"):
            for match in _METRICS_TIME.finditer(self.body):
                times.append((*match.span(1), datetime.fromtimestamp(int(match[1]), UTC), "stamp"))
        return times


@dataclass(frozen=True)
class Recording:
    """The answers of one scenario, by path and by entry name, and for unknown paths."""

    answers: Mapping[str, RecordedResponse]
    named: Mapping[str, RecordedResponse] = field(repr=False)
    stand_ins: Mapping[tuple[str, str], RecordedResponse] = field(repr=False)

    def answer(self, name: str) -> RecordedResponse:
        """Return the answer recorded under an entry name, or raise KeyError."""
        return self.named[name]

    def find(self, path: str) -> RecordedResponse:
        """Return the answer to a path without its query.

        It is recorded, or the one that Uptime Kuma would give.
        """
        if path in self.answers:
            return self.answers[path]
        return self.stand_ins[next(stands for pattern, stands in _UNKNOWN_PATHS if pattern.fullmatch(path))]


def load_recording(
    directory: Path,
    version: str,
    scenario: str,
    fallback: str | None = "all-up",
    names: Mapping[str, str] | None = None,
    running_for: timedelta = timedelta(0),
) -> Recording:
    """Return a recorded scenario. What it lacks comes from the scenario `fallback`.

    The recordings of the demo are part of every directory. If several entries have one path, the first counts, or the
    one that `names` (path: entry name) chooses. Most were recorded some minutes after the start of Uptime Kuma:
    `running_for` is how much longer it has run when they are replayed. Raise ValueError for an unknown scenario or
    name, and OSError for missing files.
    """
    return _load(directory, version, scenario, fallback, tuple((names or {}).items()), running_for)


@cache
def _load(
    directory: Path,
    version: str,
    scenario: str,
    fallback: str | None,
    names: tuple[tuple[str, str], ...],
    running_for: timedelta,
) -> Recording:
    entries = [entry for parent in dict.fromkeys((RECORDINGS, directory)) for entry in _entries(parent / version)]
    if not entries:
        raise FileNotFoundError(f"{directory} has no recordings of {version}")
    scenarios = {entry["scenario"] for entry, _ in entries}
    for wanted in (scenario, fallback):
        if wanted is not None and wanted not in scenarios:
            raise ValueError(f"{version} has no scenario {wanted}, only {', '.join(sorted(scenarios))}")
    stands = {UNAUTHORIZED, *(stand for _, stand in _UNKNOWN_PATHS)}
    stand_ins: dict[tuple[str, str], RecordedResponse] = {}
    answers: dict[str, RecordedResponse] = {}
    named: dict[str, RecordedResponse] = {}
    # Sorting keeps the order inside a scenario, and puts the scenario itself before its fallback.
    for entry, recorded in sorted(entries, key=lambda pair: bool(pair[0]["scenario"] != scenario)):
        where = (entry["scenario"], entry["name"])
        if entry["scenario"] not in (scenario, fallback) and where not in stands:
            continue
        answer = replace(recorded, running_for=running_for)
        if where in stands:
            stand_ins[where] = answer
        if entry["scenario"] in (scenario, fallback):
            named.setdefault(entry["name"], answer)
            if entry["method"] == "GET":
                answers.setdefault(entry["path"].partition("?")[0], answer)
    for path, name in names:
        if name not in named:
            raise ValueError(f"{version}/{scenario} has no entry {name}")
        answers[path] = named[name]
    return Recording(answers, named, stand_ins)


@cache
def _entries(root: Path) -> list[tuple[Mapping[str, Any], RecordedResponse]]:
    """Return the entries of an index with their answers, none without an index."""
    try:
        index = json.loads((root / "index.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [(entry, _read_answer(root.parent, entry, index["headers"])) for entry in index["answers"]]


def _read_answer(directory: Path, entry: Mapping[str, Any], headers: Mapping[str, list[list[str]]]) -> RecordedResponse:
    # The index cuts off fractions of a second. At the end of that second no heartbeat is in the future.
    recorded_at = datetime.fromisoformat(entry["recorded_at"]) + timedelta(seconds=1)
    if "headers" not in entry:
        return RecordedResponse(NO_ANSWER, (), b"", recorded_at)
    sent = tuple((name, value) for name, value in headers[entry["headers"]])
    # Parts that several answers share are stored once, with the demo's recordings if it shares them.
    files = [parent / entry["body"] for parent in (directory, RECORDINGS)] if "body" in entry else []
    body = next(file for file in files if file.exists()).read_bytes() if files else b""
    return RecordedResponse(entry["status"], sent, body, recorded_at)
