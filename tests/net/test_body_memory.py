# SPDX-License-Identifier: MIT
"""Large responses wait for each other, and none of them for ever."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from elytra_status.errors import FetchError, NoAnswerError
from elytra_status.net import body_memory, http
from elytra_status.net.body_memory import BodyMemory
from elytra_status.net.concurrency import run_all
from elytra_status.system.clock import SYSTEM_CLOCK, Deadline
from tests.conftest import wait_until
from tests.faults.hostile_http import MEGABYTE, HostileHTTP, head, whole

pytestmark = pytest.mark.slow


def held() -> int:
    return sum(one._held for one in body_memory._READ)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give all bodies 12 MB, and those of a server 8 MB."""
    assert held() == 0
    monkeypatch.setattr(body_memory, "LARGEST_TOGETHER", 12 * MEGABYTE)
    monkeypatch.setattr(body_memory, "LARGEST_OF_SERVER", 8 * MEGABYTE)
    yield
    # A thread that was abandoned at its deadline ends a moment later.
    wait_until(lambda: not held(), 30)


def get(server: HostileHTTP, seconds: float = 20) -> http.Response:
    with http.open_session() as session:
        return http.get(session, server.url, seconds=seconds, largest=9 * MEGABYTE)


def stuck(size: int) -> Callable[[str], Iterator[bytes]]:
    """Send a body of so many bytes, and neither its end nor more."""

    def ill(kind: str) -> Iterator[bytes]:
        yield head(kind, "Connection: close") + bytes(size)
        time.sleep(600)

    return ill


def test_many_large_responses_come_one_after_the_other() -> None:
    """Some say how long they are, and some are too long."""
    most, served = 0, [whole(bytes(size * MEGABYTE)) for size in (9, 5, 2, 8, 7)]

    def unknown(kind: str) -> Iterator[bytes]:
        yield head(kind, "Connection: close")
        for _ in range(8):
            yield bytes(MEGABYTE)

    def read(server: HostileHTTP) -> int:
        nonlocal most
        response = get(server)
        most = max(most, held())
        time.sleep(0.1)
        return len(response.body)

    servers = [HostileHTTP(ill) for ill in (*served, unknown, unknown, whole(bytes(100)))]
    for server in servers:
        server.__enter__()
    results = run_all(
        {str(number): (20.0, partial(read, servers[number % len(servers)])) for number in range(24)}, SYSTEM_CLOCK
    )
    sizes = sorted(result if isinstance(result, int) else 0 for result in results.values())
    assert sizes == sorted(3 * [*(size * MEGABYTE for size in (9, 5, 2, 8, 7, 8, 8)), 100])
    assert 8 * MEGABYTE <= most <= 12 * MEGABYTE
    for server in servers:
        server.__exit__(None, None, None)


def test_beside_a_stuck_server_small_and_large_responses_come() -> None:
    with HostileHTTP(stuck(8 * MEGABYTE)) as ill, HostileHTTP(whole(bytes(4 * MEGABYTE))) as well:
        stuck_ones = [threading.Thread(target=pytest.raises, args=(NoAnswerError, get, ill, 6)) for _ in range(5)]
        for one in stuck_ones:
            one.start()
        time.sleep(1)
        assert 4 * MEGABYTE < held() <= 8 * MEGABYTE
        began = time.monotonic()
        assert len(get(well, 5).body) == 4 * MEGABYTE
        assert time.monotonic() - began < 2
        for one in stuck_ones:
            one.join()


def test_the_beginning_of_a_response_never_waits_and_the_rest_waits_until_the_deadline() -> None:
    others = [BodyMemory(f"other-{number}", 7 * MEGABYTE) for number in range(2)]
    for one in others:
        one.grow(6 * MEGABYTE, Deadline.after(SYSTEM_CLOCK, 1))
        one.end(7 * MEGABYTE)
    with HostileHTTP(whole(bytes(MEGABYTE))) as small_one, HostileHTTP(whole(bytes(2 * MEGABYTE))) as large:
        assert len(get(small_one, 2).body) == MEGABYTE
        with pytest.raises(FetchError, match="other large responses took all the room") as caught:
            get(large, 2)
        assert caught.value.remedy
        threading.Timer(1, others.clear).start()
        del one
        assert len(get(large, 10).body) == 2 * MEGABYTE


def test_errors_and_late_responses_leave_nothing_behind() -> None:
    def ends_badly(kind: str) -> Iterator[bytes]:
        yield head(kind, f"Content-Length: {6 * MEGABYTE}") + bytes(5 * MEGABYTE)

    with HostileHTTP(ends_badly) as cut, HostileHTTP(whole(bytes(6 * MEGABYTE))) as well:
        for _ in range(4):
            with pytest.raises(FetchError):
                get(cut, 5)
        assert held() == 0

        def refuse() -> None:
            response = get(well)
            raise ValueError(response.status)

        is_over = threading.Event()

        def late() -> http.Response:
            is_over.wait(30)
            return get(well)

        results = run_all({"late": (0.01, late), "refused": (20.0, refuse)}, SYSTEM_CLOCK)
        is_over.set()
        wait_until(lambda: not any(one.name == "late" for one in threading.enumerate()), 30)
        # A run still has the error of the other task.
        assert isinstance(results["refused"], ValueError)
        assert held() == 0


def test_no_order_of_requests_is_a_deadlock() -> None:
    chance = random.Random(0)

    def read(seed: int) -> int:
        order = random.Random(seed)
        size = order.choice((1, 3, 8, 9)) * MEGABYTE
        body = BodyMemory(f"server-{order.randrange(3)}", order.choice((size, 9 * MEGABYTE)))
        deadline = Deadline.after(SYSTEM_CLOCK, 30)
        for now in range(0, size + 1, MEGABYTE // 2):
            body.grow(now, deadline)
            time.sleep(order.choice((0, 0, 0.002)))
        body.end(size)
        return size

    results = run_all(
        {str(number): (30.0, partial(read, chance.randrange(10**6))) for number in range(40)}, SYSTEM_CLOCK
    )
    assert all(isinstance(result, int) for result in results.values()), results
