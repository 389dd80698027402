# SPDX-License-Identifier: MIT
"""A GET is sent once more if its body breaks off, within its deadline."""

from __future__ import annotations

import time

import pytest

from elytra_status.errors import NoAnswerError
from elytra_status.net import http
from elytra_status.net.http_failures import BrokenOffError
from tests.hostile_s3 import HostileS3, Reply, Request

CUT = Reply(200, b"12345678", fault="cut")
WHOLE = Reply(200, b"whole")


def test_a_body_that_breaks_off_is_fetched_once_more(hostile: HostileS3) -> None:
    hostile.answer = lambda request: CUT if len(hostile.requests) == 1 else WHOLE
    with http.open_session() as session:
        assert http.get(session, f"{hostile.url}/metrics", seconds=10, password="key").body == b"whole"
    first, second = hostile.requests
    assert first.headers == second.headers


def test_the_second_time_is_the_last(hostile: HostileS3) -> None:
    hostile.always(CUT)
    with http.open_session() as session, pytest.raises(BrokenOffError):
        http.get(session, f"{hostile.url}/", seconds=10)
    assert len(hostile.requests) == 2


def test_both_have_one_deadline(hostile: HostileS3) -> None:
    def answer(request: Request) -> Reply:
        if len(hostile.requests) > 1:
            return Reply(200, b"x" * 1000, fault="trickle")
        time.sleep(1)
        return CUT

    hostile.answer = answer
    began = time.monotonic()
    with http.open_session() as session, pytest.raises(NoAnswerError, match="timed out"):
        http.get(session, f"{hostile.url}/", seconds=1.5)
    assert time.monotonic() - began < 3
    assert len(hostile.requests) == 2


def test_a_redirect_is_followed_again(hostile: HostileS3) -> None:
    moved = Reply(302, b"", {"Location": "/there"})
    bad = [CUT]
    hostile.answer = lambda request: moved if request.path == "/" else bad.pop() if bad else WHOLE
    with http.open_session() as session:
        assert http.get(session, f"{hostile.url}/", seconds=10, redirects=http.Redirects()).body == b"whole"


def test_what_is_sent_and_what_is_measured_is_sent_once(hostile: HostileS3) -> None:
    """A POST may have an effect, and the answer is the result of a probe."""
    hostile.always(CUT)
    with http.open_session() as session:
        with pytest.raises(BrokenOffError):
            http.post(session, f"{hostile.url}/", b"mail", seconds=10, headers={}, largest=1000)
        with pytest.raises(BrokenOffError):
            http.status(session, f"{hostile.url}/", seconds=10)
    assert [request.method for request in hostile.requests] == ["POST", "GET"]
