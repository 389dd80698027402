# SPDX-License-Identifier: MIT
"""Read and write the monitors of each source in saved state.

If an entry is malformed, the whole source is left out: a part of its monitors would be taken for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from elytra_status.decision.ended_groups import Accepted
from elytra_status.decision.missing_monitors import KnownMonitors, LastSeen
from elytra_status.model import CLOCK_SKEW, State

_KEY = "known_monitors"


def to_json(known: Mapping[str, KnownMonitors]) -> dict[str, Any]:
    """Return the monitors of each source in the form that `from_json` reads."""
    return {_KEY: {source: _source_to_json(one) for source, one in known.items()}}


def from_json(value: Mapping[str, Any]) -> dict[str, KnownMonitors]:
    """Return the monitors that `to_json` wrote.

    A source with a malformed entry is left out.
    """
    stored = value.get(_KEY)
    found = {}
    for source, one in stored.items() if isinstance(stored, dict) else ():
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            found[source] = _source_from_json(one)
    return found


def _source_to_json(known: KnownMonitors) -> dict[str, Any]:
    return {
        "scope": known.scope,
        "complete": known.complete.isoformat() if known.complete else None,
        "monitors": {
            key: [one.mark, one.state.value, one.seen.isoformat(), one.confirmed, one.critical]
            for key, one in known.monitors.items()
        },
    }


def _source_from_json(value: Mapping[str, Any]) -> KnownMonitors:
    monitors = {}
    for key, (mark, state, seen, confirmed, critical) in value["monitors"].items():
        if not isinstance(mark, str):
            raise TypeError
        monitors[key] = LastSeen(mark, State(state), _moment(seen), confirmed is True, critical is True)
    complete = value["complete"]
    return KnownMonitors(monitors, None if complete is None else _moment(complete), str(value["scope"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def times_seen(everything: Mapping[str, Accepted]) -> dict[str, datetime]:
    """Return when each accepted monitor was last seen.

    If it is seen later than that, it has come back.
    """
    return {key: one.seen for key, one in everything.items() if one.seen}


def missing(everything: Iterable[KnownMonitors]) -> dict[str, LastSeen]:
    """Return every monitor that the last complete answer of its source did not name.

    A monitor dated after that answer by more than the clock skew counts too: a wrong clock dated it.
    """
    return {
        key: one
        for known in everything
        for key, one in known.monitors.items()
        if known.complete and (one.seen < known.complete or one.seen > known.complete + CLOCK_SKEW)
    }
