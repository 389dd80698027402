# SPDX-License-Identifier: MIT
"""Compare this machine's clock with those of the servers.

The storage refuses requests that are signed 15 minutes off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from elytra_status.doctor.finding import Area, Context, Finding, fault, ok, skipped, warning
from elytra_status.model import CLOCK_SKEW
from elytra_status.net.concurrency import run_all
from elytra_status.run import saved_state, server_times
from elytra_status.settings.servers import Server, servers
from elytra_status.system.clock import Clock, for_people

ODD = timedelta(seconds=30)


def checks(context: Context) -> Iterator[Finding]:
    """Yield for each server how far its clock is from this machine's."""
    queried = [server for server in servers(context.settings) if not server.proxy]
    highest, now = saved_state.read(context.state_directory).highest, context.clock.now()
    if highest and highest > now + CLOCK_SKEW:
        behind = for_people((highest - now).total_seconds())
        remedy = "set it: timedatectl set-ntp true; if it is right: elytra-status state accept"
        yield warning("saved state", f"this machine is {behind} behind the highest time seen", remedy)
    if not queried:
        yield skipped("clock", "no server is set whose time could be compared")
        return
    tasks = {server.name: (server_times.SECONDS + 1, partial(_ahead, server, context.clock)) for server in queried}
    answers = run_all(tasks, context.clock)
    differences = {name: ahead for name, ahead in answers.items() if isinstance(ahead, timedelta)}
    if not differences:
        yield warning(
            "clock", "no server has sent its time", "check the clock with timedatectl, and why no server responds"
        )
    # If any server agrees with this machine, the others are wrong.
    others_are_wrong = any(abs(ahead) <= ODD for ahead in differences.values())
    for name, ahead in differences.items():
        yield _finding(name, ahead, others_are_wrong=others_are_wrong)


def _ahead(server: Server, clock: Clock) -> timedelta | None:
    """Return how far a server's clock is ahead of this machine's, None if unknown."""
    found = server_times.query_time(server, clock)
    # The server's time is in whole seconds, cut off.
    return _beyond(found.arrived - found.waited - timedelta(seconds=1), found.time, found.arrived) if found else None


def _beyond(earliest: datetime, reported: datetime, latest: datetime) -> timedelta:
    """Return how far a time is outside of two others, 0 if it is between them."""
    if reported < earliest:
        return reported - earliest
    return max(reported - latest, timedelta(0))


def _finding(name: str, ahead: timedelta, *, others_are_wrong: bool) -> Finding:
    if not ahead:
        return ok(name, "has the same time")
    seen = f"is {for_people(ahead.total_seconds())} {'ahead of' if ahead > timedelta(0) else 'behind'} this machine"
    if abs(ahead) <= ODD:
        return ok(name, seen)
    remedy = "set this machine's clock: timedatectl set-ntp true"
    if others_are_wrong:
        remedy = "set the clock of that server: the other servers agree with this machine"
    return (fault if abs(ahead) > CLOCK_SKEW else warning)(name, seen, remedy)


AREA = Area("clock", checks)
