# SPDX-License-Identifier: MIT
"""The whole job beside one server that is ill: bounded memory, no internal error, unknown where nothing is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from elytra_status.alerts import CHANNELS
from elytra_status.settings.definitions import OF_KIND
from tests.faults.cases import Case, faults_of, observe
from tests.faults.clients import CLIENTS
from tests.faults.hostile_http import ILLS, SLOW

# `make faults` has the others.
QUICK = [name for name in ILLS if name not in SLOW]
_BY_NAME = {client.name: client for client in CLIENTS}
# What once took gigabytes, or ended a run.
ONCE = [
    Case(_BY_NAME["kuma metrics"], "endless_extension"),
    Case(_BY_NAME["kuma metrics"], "large_header"),
    Case(_BY_NAME["kuma page"], "many_objects"),
    Case(_BY_NAME["several Uptime Kumas"], "endless_body"),
    Case(_BY_NAME["ten Uptime Kumas"], "largest_body"),
    Case(_BY_NAME["ten Uptime Kumas"], "stuck_body"),
    Case(_BY_NAME["ten Uptime Kumas"], "largest_strings"),
    Case(_BY_NAME["backup listing"], "endless_body"),
    Case(_BY_NAME["backup listing"], "many_elements"),
    Case(_BY_NAME["backup manifest"], "endless_refusal"),
    Case(_BY_NAME["read-back"], "largest_strings"),
    Case(_BY_NAME["every source"], "largest_strings"),
    Case(_BY_NAME["doctor of sources"], "largest_strings"),
    Case(_BY_NAME["kuma page"], "widest_text"),
    Case(_BY_NAME["every source"], "wide_texts"),
    Case(_BY_NAME["doctor of a pair"], "wide_text"),
    Case(_BY_NAME["slack"], "double_gzip"),
    Case(_BY_NAME["smtp"], "endless_reply"),
    Case(_BY_NAME["kuma page"], "odd_dates"),
    Case(_BY_NAME["prometheus"], "many_header_lines", is_proxied=True),
]
# A byte now and then, for every client.
SLOW_ONES = [
    Case(client, ("slow_body", "slow_header")[number % 2] if client.uses_http else "slow_reply")
    for number, client in enumerate(CLIENTS)
]
# Each client and each ill.
OTHERS = [
    Case(CLIENTS[number % len(CLIENTS)], QUICK[number % len(QUICK)]) for number in range(max(len(CLIENTS), len(QUICK)))
]


@pytest.mark.slow
@pytest.mark.parametrize("case", [*ONCE, *SLOW_ONES, *OTHERS], ids=str)
def test_a_failing_server_makes_only_its_own_part_unknown(case: Case, tmp_path: Path) -> None:
    outcome = observe(tmp_path, case)
    assert faults_of(case, outcome) == [], outcome.output


def test_every_source_and_channel_is_a_client() -> None:
    named = {name for client in CLIENTS for name in client.values}
    # Units are read on this machine.
    sources = [definitions[0].name for kind, definitions in OF_KIND.items() if kind != "systemd_units"]
    assert {*sources, *(setting.upper() for setting in CHANNELS.values())} - named == set()
