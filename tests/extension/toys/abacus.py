# SPDX-License-Identifier: MIT
"""A toy source: an abacus, whose beads are monitors. It answers with an array, like Gatus."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from elytra_status.decision.missing_monitors import Expected, scope_of
from elytra_status.errors import SourceError
from elytra_status.model import MONITORS, Heartbeat, Monitor, Report, State
from elytra_status.settings import Settings, parts
from elytra_status.sources import json_api
from elytra_status.sources.keys import key
from elytra_status.sources.source import HeartbeatAdvice, PollRequest, Source

NAME = "abacus"


def sources(settings: Settings) -> list[Source]:
    """Return every abacus in the settings."""
    named: Any = parts(settings, NAME)
    return [
        Source(
            name,
            MONITORS,
            partial(poll, part, name=name),
            expected=Expected(scope=scope_of(part.abacus_url)),
            heartbeats=HeartbeatAdvice("oil the abacus"),
        )
        for name, part in named
    ]


def poll(settings: Any, request: PollRequest, *, name: str = NAME) -> Report:
    """Query the abacus once. Raise NoAnswerError if it does not list its beads."""
    monitors, hosts = json_api.get_json(
        f"{settings.abacus_url}/beads",
        list,
        partial(_read, name=name),
        service="the abacus",
        seconds=json_api.seconds_until(request.deadline()),
        headers=json_api.authorization(settings.abacus_token, None, None),
        ca_bundle=settings.ca_bundle,
        refusal=lambda answer: json_api.other_status(answer.status, "the abacus"),
    )
    return Report(
        name,
        MONITORS,
        monitors=monitors,
        private_names=frozenset(one.name for one in monitors),
        private_hosts=hosts,
    )


def _read(beads: list[Any], name: str) -> tuple[tuple[Monitor, ...], frozenset[str]]:
    """Return the monitors and their hosts. Raise SourceError if one is malformed."""
    try:
        return tuple(_monitor(bead, name) for bead in beads), frozenset(bead["host"] for bead in beads)
    except (KeyError, TypeError):
        raise SourceError("the beads cannot be read", "is ABACUS_URL that of the abacus?") from None


def _monitor(bead: Any, name: str) -> Monitor:
    state = State.UP if bead["up"] else State.DOWN
    heartbeats = (Heartbeat(datetime.fromisoformat(bead["moved"]), state),) if "moved" in bead else ()
    return Monitor(key(name, bead["name"]), bead["name"], state, confirmed=True, heartbeats=heartbeats)
