# SPDX-License-Identifier: MIT
"""Asks servers for nothing but the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial

from elytra_status.decision.clock_check import ClockCheck, check_clock
from elytra_status.model import ServerTime
from elytra_status.net.concurrency import run_all
from elytra_status.net.hosts import is_this_machine
from elytra_status.net.server_dates import time_of
from elytra_status.settings import Settings
from elytra_status.settings.servers import Server, servers
from elytra_status.system.clock import Clock

SECONDS = 4.0


def check(settings: Settings, clock: Clock, highest: datetime | None, times: Sequence[ServerTime]) -> ClockCheck:
    """Return whether the clock is believed after a poll in which servers said the `times`.

    Where none of them agrees with it, the servers that the run would publish to are asked too.
    """
    found = check_clock(clock.now(), highest, times)
    if found.confirmed or not (more := ask_publishing(settings, clock, {one.server for one in times})):
        return found
    return check_clock(clock.now(), highest, [*times, *more])


def ask_publishing(settings: Settings, clock: Clock, heard: Collection[str]) -> list[ServerTime]:
    """Return what the servers say that a run publishes to, but for those that were `heard` already."""
    if not settings.spaces_endpoint and not settings.status_url:
        return []
    publishing = (one for one in servers(settings) if one.setting in ("SPACES_ENDPOINT", "STATUS_URL"))
    return ask((one for one in publishing if one.name not in heard), clock)


def ask(asked: Iterable[Server], clock: Clock) -> list[ServerTime]:
    """Return what servers say the time is when they are asked for nothing else; nothing of those that do not answer."""
    tasks = {one.name: (SECONDS + 1, partial(ask_one, one, clock)) for one in asked if not one.proxy}
    return [one for one in run_all(tasks).values() if isinstance(one, ServerTime)]


def ask_one(server: Server, clock: Clock) -> ServerTime | None:
    """Return what a server says the time is, None where it does not say. Raise OSError or HTTPException."""
    # Most runs ask nobody, and need none of this.
    import http.client
    import ssl

    from elytra_status.net.http import USER_AGENT

    connection: http.client.HTTPConnection
    if server.is_tls:
        # Nothing is sent, and a clock that is wrong may be why certificates do not verify.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(server.host, server.port, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
    with closing(connection):
        connection.connect()
        asked = clock.now()
        connection.request("HEAD", "/", headers={"User-Agent": USER_AGENT})
        response = connection.getresponse()
        arrived = clock.now()
    told = time_of({name.lower(): value for name, value in response.headers.items()})
    return ServerTime(server.name, told, arrived, is_this_machine(server.host), arrived - asked) if told else None
