# SPDX-License-Identifier: MIT
"""The heartbeats of thousands of monitors are parsed monitor by monitor, and come to what they do otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from elytra_status.errors import SourceError
from elytra_status.sources.kuma.status_page import read_heartbeats
from elytra_status.system import bounded_json


@pytest.fixture(autouse=True)
def all_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_json.check_size, "__defaults__", (4,))


HEARTBEAT = {"status": 1, "time": "2025-11-10 15:00:00.123", "msg": 'a "quote" ] } and \\', "ping": 12}
OTHER = {"status": 0, "time": "2025-11-10 14:59:00", "msg": "ü — \U0001f600", "ping": None}


def body(heartbeats: dict[str, Any], figures: dict[str, Any], **more: Any) -> bytes:
    value = {"heartbeatList": heartbeats, "uptimeList": figures, **more}
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "text",
    [
        body({"1": [HEARTBEAT, OTHER], "22": [OTHER] * 30}, {"1_24": 0.5, "22_24": 1}),
        body({"1": [], "2": [HEARTBEAT]}, {"2_24": 1, "1_24": None}),
        body({"7": [{"status": 1}, HEARTBEAT]}, {"7_24": 0.999}),
        json.dumps({"uptimeList": {"1_24": 1}, "heartbeatList": {"1": [HEARTBEAT]}}, indent=3).encode(),
    ],
)
def test_it_comes_to_the_same_as_at_once(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    one_by_one = read_heartbeats(text)
    monkeypatch.undo()
    assert one_by_one == read_heartbeats(text)
    assert one_by_one.by_monitor


WHOLE = body({"1": [HEARTBEAT, OTHER], "2": [HEARTBEAT]}, {"1_24": 1})


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_what_breaks_off_is_refused(length: int) -> None:
    with pytest.raises(SourceError):
        read_heartbeats(WHOLE[:length])


@pytest.mark.parametrize(
    "text",
    [
        WHOLE + b"}",
        WHOLE + WHOLE,
        body({"1": [HEARTBEAT]}, {}, another={}),
        body({"1": {"0": HEARTBEAT}}, {"1_24": 1}),
        body({"x" * 41: [HEARTBEAT]}, {"1_24": 1}),
        body({"-1": [HEARTBEAT]}, {"1_24": 1}),
        body({"1": [[HEARTBEAT]]}, {"1_24": 1}),
        b'{"heartbeatList":{"1":[' + b"0," * 600_000 + b'0]},"uptimeList":{}}',
    ],
)
def test_what_is_not_of_uptime_kumas_shape_is_refused(text: bytes) -> None:
    with pytest.raises(SourceError, match="does not have the format of Uptime Kuma"):
        read_heartbeats(text)
