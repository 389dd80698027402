# SPDX-License-Identifier: MIT
"""Every client with every ill, and what must hold in each case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from elytra_status import errors
from tests import made_kuma
from tests.conftest import API_KEY
from tests.faults.clients import CLIENTS, RUN, Client
from tests.faults.hostile_http import ILLS, PROXY_ILLS, SLOW, HostileHTTP, WellUntilWritten, never_well
from tests.faults.measured import QUICK, Outcome, run_measured
from tests.hostile_s3 import HostileS3

# The proxy resolves it, and nothing else does.
BEHIND_PROXY = "https://planted.example"
LARGEST_PEAK_MB = 300
# A run ends by its deadline of 61 s.
LONGEST_SECONDS = 65


class Case(NamedTuple):
    """A client whose server is ill, or the proxy on the way to it."""

    client: Client
    ill: str
    is_proxied: bool = False

    def __str__(self) -> str:
        return f"{self.client.name}: {'proxy ' if self.is_proxied else ''}{self.ill}"


def every_case() -> Iterator[Case]:
    """Yield each client with each ill of its server, and with each of a proxy."""
    for client in CLIENTS:
        for ill in ILLS:
            yield Case(client, ill)
        for ill in PROXY_ILLS if client.uses_http and not client.reads_back else ():
            yield Case(client, ill, is_proxied=True)


def observe(directory: Path, case: Case) -> Outcome:
    """Run the command of a client against its ill server or proxy.

    With a fast clock on a busy machine, the time for a connection can end before the connection is tried. Then the
    command runs again with the clock as it is.
    """
    fast = case.client.speed if case.ill in SLOW else 1
    outcome = _observe(directory, case, fast)
    if not outcome.requests and fast > 1:
        (directory / "again").mkdir()
        outcome = _observe(directory / "again", case, 1)
    return outcome


def _observe(directory: Path, case: Case, speed: int) -> Outcome:
    """Run the command with a clock that goes `speed` times as fast, beside an Uptime Kuma and storage that are well."""
    client = case.client
    ill = (PROXY_ILLS if case.is_proxied else ILLS)[case.ill]
    with (
        HostileHTTP(
            ill,
            client.kind,
            speaks_first=not client.uses_http,
            well=WellUntilWritten() if client.reads_back else never_well,
        ) as server,
        made_kuma.kuma() as well,
        HostileS3() as storage,
    ):
        values = client.settings(BEHIND_PROXY if case.is_proxied else server.url, storage.url)
        if "UPTIME_KUMA_URL" not in values and client.command == RUN:
            values |= {"UPTIME_KUMA_URL": well.url, "UPTIME_KUMA_API_KEY": API_KEY, "UPTIME_KUMA_STATUS_PAGE": "elytra"}
        proxy = {"https_proxy": server.url, "no_proxy": "127.0.0.1"} if case.is_proxied else {}
        # The deadlines of sources and runs are longer by it, and all others are shorter: a case takes ten seconds.
        for setting in ("SOURCE_DEADLINE_SECONDS", "RUN_DEADLINE_SECONDS"):
            values[setting] = str(speed * int(QUICK[setting]))
        outcome = run_measured(directory, client.command, values, speed=speed, **proxy)
        return outcome._replace(requests=len(server.requests))


def faults_of(case: Case, outcome: Outcome) -> list[str]:
    """Return what is wrong with what a case came to."""
    client, status = case.client, outcome.exit_status
    found = []
    if not outcome.requests:
        found.append("did not reach the ill server")
    if status not in client.exit_statuses:
        found.append(f"ended with {status}")
    if outcome.peak > LARGEST_PEAK_MB:
        found.append("took too much memory")
    if not outcome.peak:
        found.append("did not end by itself")
    if outcome.seconds > LONGEST_SECONDS:
        found.append("took too long")
    if "internal error" in outcome.output or "Traceback" in outcome.output:
        found.append("said that it is at fault itself")
    if client.command == RUN and errors.DONE in client.exit_statuses:
        found += _of_document(client, outcome)
    return found


def _of_document(client: Client, outcome: Outcome) -> list[str]:
    found = []
    platform = outcome.document.get("platform_status")
    if client.is_monitor and platform != "unknown":
        found.append(f"published {platform}")
    if not platform:
        return ["published nothing"]
    backups = outcome.document["backups"]["last_backup_status"]
    if client.is_backup and (platform, backups) != ("operational", "unknown"):
        found.append(f"published {platform}, and backups {backups}")
    return found
