# SPDX-License-Identifier: MIT
"""JSON answers of web services: objects and arrays, within limits of size, depth and time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from elytra_status.errors import NoAnswerError
from elytra_status.secret import Secret
from elytra_status.settings import Settings
from elytra_status.sources import json_api
from elytra_status.system.clock import Deadline
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply

JSON = {"Content-Type": "application/json"}


def get(server: HostileS3, shape: type) -> object:
    refusal = json_api.other_status
    return json_api.get_json(
        server.url,
        shape,
        lambda value: value,
        service="Toy",
        seconds=5,
        headers={},
        ca_bundle=Settings().ca_bundle,
        refusal=lambda answer: refusal(answer.status, "Toy"),
    )


@pytest.mark.parametrize(
    ("shape", "body", "value"),
    [(list, b'[{"uptime": 0.1}]', [{"uptime": Decimal("0.1")}]), (list, b"[]", []), (dict, b'{"a": []}', {"a": []})],
)
def test_arrays_are_read_as_well_as_objects(hostile: HostileS3, shape: type, body: bytes, value: object) -> None:
    hostile.always(Reply(200, body, JSON))
    assert get(hostile, shape) == value


@pytest.mark.parametrize(
    ("shape", "body", "words"),
    [
        (list, b'{"a": []}', "is no JSON array"),
        (dict, b"[]", "is no JSON object"),
        (list, b"[" * 100_000, "is no JSON array"),
        (list, b"[1, 2", "is no JSON array"),
        (list, b"[" + b"9" * 5000 + b"]", "is no JSON array"),
        (list, b"\xff", "is no JSON array"),
        (list, b"null", "is no JSON array"),
    ],
)
def test_an_answer_of_another_shape_is_an_error(hostile: HostileS3, shape: type, body: bytes, words: str) -> None:
    hostile.always(Reply(200, body, JSON))
    with pytest.raises(NoAnswerError, match=words):
        get(hostile, shape)


def test_a_time_that_is_over_leaves_no_seconds() -> None:
    clock = MovableClock()
    deadline = Deadline.after(clock, 60)
    clock.sleep(20)
    assert json_api.seconds_until(deadline) == 40
    clock.sleep(40)
    with pytest.raises(NoAnswerError, match="no time left"):
        json_api.seconds_until(deadline)


def test_a_token_goes_before_a_login_and_half_a_login_is_ignored() -> None:
    token, password = Secret("t"), Secret("p")
    assert json_api.authorization(token, "u", password) == {"Authorization": "Bearer t"}
    assert json_api.authorization(None, "u", password) == {"Authorization": "Basic dTpw"}
    assert json_api.authorization(None, "u", None) == json_api.authorization(None, None, None) == {}
