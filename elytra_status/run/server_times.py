# SPDX-License-Identifier: MIT
"""Query servers for their time alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial

from elytra_status.decision.clock_check import ClockCheck, check_clock
from elytra_status.model import ServerTime
from elytra_status.net.concurrency import run_all
from elytra_status.net.hosts import is_this_machine
from elytra_status.net.response_limits import response_limits
from elytra_status.net.server_dates import time_of
from elytra_status.settings import Settings
from elytra_status.settings.servers import Server, servers
from elytra_status.system.clock import Clock

SECONDS = 4.0


def judge_clock(settings: Settings, clock: Clock, highest: datetime | None, times: Sequence[ServerTime]) -> ClockCheck:
    """Return whether the clock is believed after servers reported `times`.

    If no server confirms the clock, query the servers that the run would publish to as well.
    """
    found = check_clock(clock.now(), highest, times)
    if found.confirmed or not (more := query_publishing_times(settings, clock, {one.server for one in times})):
        return found
    return check_clock(clock.now(), highest, [*times, *more])


def query_publishing_times(settings: Settings, clock: Clock, known_servers: Collection[str]) -> list[ServerTime]:
    """Return the times of the servers to publish to, except those in `known_servers`."""
    if not settings.spaces_endpoint and not settings.status_url:
        return []
    publishing = (one for one in servers(settings) if one.setting in ("SPACES_ENDPOINT", "STATUS_URL"))
    return query_times((one for one in publishing if one.name not in known_servers), clock)


def query_times(queried: Iterable[Server], clock: Clock) -> list[ServerTime]:
    """Return the times of the servers that answer a HEAD request."""
    tasks = {one.name: (SECONDS + 1, partial(query_time, one, clock)) for one in queried if not one.proxy}
    return [one for one in run_all(tasks, clock).values() if isinstance(one, ServerTime)]


def query_time(server: Server, clock: Clock) -> ServerTime | None:
    """Return the time of a server, None if its answer has none.

    Raise OSError, HTTPException or FetchError.
    """
    # Most runs query no server for its time, and need none of these modules.
    import http.client
    import ssl

    from elytra_status.net.http import USER_AGENT
    from elytra_status.net.limited_connection import LimitedResponse

    connection: http.client.HTTPConnection
    if server.is_tls:
        # The request holds nothing private, and a wrong clock can make a valid certificate fail verification.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(server.host, server.port, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
    connection.response_class = LimitedResponse
    with closing(connection), response_limits(server.name, SECONDS):
        connection.connect()
        sent = clock.now()
        connection.request("HEAD", "/", headers={"User-Agent": USER_AGENT})
        response = connection.getresponse()
        arrived = clock.now()
    date = time_of({name.lower(): value for name, value in response.headers.items()})
    if date is None:
        return None
    return ServerTime(server.name, date, arrived, is_this_machine(server.host), arrived - sent)
