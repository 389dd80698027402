# SPDX-License-Identifier: MIT
"""Two booted machines that publish as a pair, each with its own network, with a Ceph gateway between them over TLS.

Their own Uptime Kumas see different things. nftables cut a machine from the gateway or from its Uptime Kuma.

ELYTRA_STATUS_PAIR_RUNS is how many runs there are with seeded faults (`make test-pair`: 200), and
ELYTRA_STATUS_PAIR_SEED is the seed.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayServer
from tests.booted import administrator as admin
from tests.booted.administrator import RUN, STATE
from tests.booted.conftest import Buckets, machine_of
from tests.booted.machine import Machine
from tests.booted.outside import DOMAIN, Archive, Outside, free_port, output
from tests.booted.releases import SUITES
from tests.conftest import recording

# One release is enough: the conditional requests of newer libraries are tested in tests/spaces.
pytestmark = pytest.mark.parametrize("suite", SUITES[:1], indirect=True, scope="session")

RUNS = int(os.environ.get("ELYTRA_STATUS_PAIR_RUNS", "16"))
SEED = int(os.environ.get("ELYTRA_STATUS_PAIR_SEED", "1"))
# The shortest that the settings allow. A lease lasts for half of it.
FRESHNESS_MINUTES = 1
LEASE_SECONDS = FRESHNESS_MINUTES * 60 / 2
# What the Uptime Kuma of each machine sees, and the status that follows.
VIEWS = {"one": ("all-up", "operational"), "other": ("one-down", "outage")}
OTHER_OF = {"one": "other", "other": "one"}
OVERRIDE = "degraded"


@dataclass
class PairOfMachines:
    """Two machines with their Uptime Kumas, and what is known of them so far.

    `cut` are the parts that a machine cannot reach: storage, monitoring. `sound` and `faulty` are when a machine last
    published without a fault, and when it last had one, in seconds of this host's monotonic clock.
    """

    machines: dict[str, Machine]
    kumas: dict[str, ReplayServer]
    outside: Outside
    bucket: str
    cut: dict[str, set[str]] = field(default_factory=lambda: {"one": set(), "other": set()})
    sound: dict[str, float] = field(default_factory=dict)
    faulty: dict[str, float] = field(default_factory=dict)
    holder: str = ""
    handed_over: int = 0
    updated_at: str = ""
    override: str | None = None
    identifiers: list[str] = field(default_factory=list)

    def stored(self, key: str) -> dict[str, Any]:
        """Return a JSON object of the bucket. Private ones can be read only by the account that has written them."""
        publisher = self.outside.gateway.client(self.outside.gateway.publisher)
        value: dict[str, Any] = json.loads(publisher.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        return value

    def set_cuts(self, name: str, parts: set[str]) -> None:
        """Cut a machine from these parts of the outside, and from no other."""
        ports = {"storage": self.outside.gateway.https_port, "monitoring": self.kumas[name].url.rpartition(":")[2]}
        rules = "".join(f"tcp dport {ports[part]} reject with tcp reset\n" for part in sorted(parts))
        table = f"table inet cut {{\nchain out {{\ntype filter hook output priority 0;\n{rules}}}\n}}\n"
        inside = ("nsenter", "--target", str(self.machines[name].leader), "--net")
        # The first line makes it possible to delete what may not be there.
        output(*inside, "nft", f"table inet cut\ndelete table inet cut\n{table}")
        if parts:
            self.faulty[name] = time.monotonic()
        self.cut[name] = set(parts)

    def run(self, name: str) -> bool:
        """Start a run, check what visitors get then, and return whether it published."""
        started = admin.start(self.machines[name], check=False)
        self.check_storage(name)
        if self.cut[name]:
            self.faulty[name] = time.monotonic()
        published = started and self.holder == name
        if "storage" in self.cut[name]:
            assert not started
            return False
        assert started, self.machines[name].journal(RUN)[-3000:]
        if not published:
            assert "standing by: " in self.shown(name)
            return False
        word = self.stored("status.json")["platform_status"]
        seen = "unknown" if "monitoring" in self.cut[name] else VIEWS[name][1]
        assert word == (self.override or seen), (name, self.cut, self.override)
        if not self.cut[name]:
            self.sound[name] = time.monotonic()
        return True

    def shown(self, name: str) -> str:
        """Return the status line of the unit."""
        return self.machines[name].show(RUN, "StatusText")["StatusText"]

    def check_storage(self, name: str) -> None:
        """No older status replaces a newer one, and the lease moves for a reason only."""
        updated_at = str(self.stored("status.json")["updated_at"])
        assert updated_at >= self.updated_at, f"{name} replaced {self.updated_at} by {updated_at}"
        self.updated_at = updated_at
        lease = self.stored("pair/lease.json")
        (holder,) = (one["name"] for one in lease["machines"] if lease["holder"] in one["marks"])
        if self.holder and holder != self.holder:
            last = self.sound.get(self.holder, 0.0)
            had_fault = self.faulty.get(self.holder, 0.0) >= last
            assert had_fault or time.monotonic() - last >= LEASE_SECONDS, (
                f"{self.holder} lost the lease without a reason"
            )
            self.handed_over += 1
        self.holder = holder

    def announce(self, name: str, words: str) -> bool:
        """Run a command that announces something; return whether both machines know it then."""
        done = self.machines[name].run(f"elytra-status {words}", check=False)
        assert done.returncode in (0, 69), done.stdout + done.stderr
        is_known = "cannot be changed" not in done.stderr
        assert is_known or "storage" in self.cut[name], done.stderr
        found = re.search(r"\b\d{4}-\d\d-\d\d-\d+\b", done.stdout)
        if found and words.startswith("incident open"):
            self.identifiers.append(found[0])
        if is_known:
            set_by = {"override set": OVERRIDE, "override clear": None}
            self.override = next((one for start, one in set_by.items() if words.startswith(start)), self.override)
        self.check_storage(name)
        if done.returncode == 0 and self.override:
            assert self.stored("status.json")["platform_status"] == self.override
        return is_known

    def publishing(self) -> str:
        """Let machines run until one of them has published; return its name."""
        deadline = time.monotonic() + 3 * LEASE_SECONDS + admin.SECONDS
        while time.monotonic() < deadline:
            for name in self.machines:
                if self.run(name):
                    return name
            time.sleep(1)
        raise AssertionError("neither machine publishes")


@pytest.fixture(scope="module")
def pair(
    root: Path, installed: Machine, archive: Archive, outside: Outside, buckets: Buckets,
    settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PairOfMachines]:  # fmt: skip
    """Both machines, set up as docs/two-machines.md says, their timers stopped."""
    with ExitStack() as stack:
        second = stack.enter_context(machine_of(root, tmp_path_factory.mktemp("other") / "copy", outside))
        admin.add_archive(second, archive)
        admin.apt(second, "install elytra-status")
        address, port = outside.network.address, free_port(outside.network.address)
        kumas = {
            name: stack.enter_context(
                ReplayServer(recording("v2.5.3", view), outside.kuma.api_key, host=address, port=free)
            )
            for (name, (view, _)), free in zip(VIEWS.items(), (port, free_port(address)), strict=True)
        }
        pair = PairOfMachines({"one": installed, "other": second}, kumas, outside, buckets.status)
        for name, machine in pair.machines.items():
            admin.rest(machine)
            machine.run(["hostname", name])
            machine.write("/etc/hostname", f"{name}\n")
            admin.drop_in(machine, RUN, "[Service]\nRestart=no\n[Unit]\nStartLimitIntervalSec=0\nOnFailure=\n")
            url = f"http://kuma.{DOMAIN}:{kumas[name].url.rpartition(':')[2]}"
            further = {"PUBLISHERS": "pair", "FRESHNESS_MAX_AGE_MINUTES": FRESHNESS_MINUTES, "UPTIME_KUMA_URL": url}
            without_mail = {key: value for key, value in settings.items() if not key.startswith(("SMTP", "ALERT"))}
            admin.write_settings(machine, {**without_mail, **further})
        admin.start(installed)
        pair.check_storage("one")
        yield pair
        admin.rest(installed)
        admin.remove_drop_ins(installed)


@contextmanager
def healed(pair: PairOfMachines) -> Iterator[None]:
    """Let both machines reach everything afterwards."""
    try:
        yield
    finally:
        for name in pair.machines:
            pair.set_cuts(name, set())


def test_one_publishes_while_the_other_stands_by(pair: PairOfMachines) -> None:
    publishing = pair.publishing()
    standing_by = OTHER_OF[publishing]
    assert not pair.run(standing_by)
    assert f"standing by: {publishing} publishes since" in pair.shown(standing_by)
    assert "standing by: " in pair.machines[standing_by].run(f"systemctl status {RUN}", check=False).stdout


def test_the_other_takes_over_at_its_second_run_at_the_latest(pair: PairOfMachines) -> None:
    publishing = pair.publishing()
    standing_by = OTHER_OF[publishing]
    with healed(pair):
        pair.set_cuts(publishing, {"storage"})
        assert not pair.run(publishing)
        pair.run(standing_by)
        time.sleep(LEASE_SECONDS)
        assert pair.run(standing_by)
        assert pair.announce(standing_by, f"override set --status {OVERRIDE} --note 'We look into it.'")
    # It is back, and stands by with the same override.
    assert not pair.run(publishing)
    assert "We look into it." in pair.machines[publishing].run("elytra-status override show").stdout
    assert pair.announce(publishing, "override clear")
    assert pair.run(standing_by)


def test_seeded_faults_neither_lose_nor_repeat_anything(pair: PairOfMachines) -> None:
    """Runs of both machines in a random order, with cuts, uploads that break off, power cuts and announcements."""
    chance = random.Random(SEED)
    with healed(pair):
        for number in range(RUNS):
            name = chance.choice(list(pair.machines))
            _step(pair, name, chance)
            print(f"{number} {name} holder {pair.holder} cut {pair.cut} override {pair.override}", flush=True)
    publishing = pair.publishing()
    assert len(set(pair.identifiers)) == len(pair.identifiers)
    for name, machine in pair.machines.items():
        listed = machine.run("elytra-status incident list").stdout
        assert all(one in listed for one in pair.identifiers), name
        assert not machine.run(f"ls {STATE}/*.damaged 2>/dev/null", check=False).stdout
    assert pair.stored("status.json")["platform_status"] == (pair.override or VIEWS[publishing][1])


def _step(pair: PairOfMachines, name: str, chance: random.Random) -> None:
    """Do one thing to a machine, and run it."""
    machine = pair.machines[name]
    kind = chance.choices(
        ("run", "cut", "heal", "upload", "power", "both", "override", "incident"), (8, 3, 4, 2, 1, 2, 2, 1)
    )[0]
    if kind == "cut":
        pair.set_cuts(name, pair.cut[name] | {chance.choice(("storage", "monitoring"))})
    elif kind == "heal":
        pair.set_cuts(name, set())
    elif kind == "upload":
        _break_off(pair, name, chance.uniform(0.3, 1.5))
    elif kind == "power":
        pair.faulty[name] = time.monotonic()
        cut = pair.cut[name]
        machine.kill()
        machine.boot()
        admin.rest(machine)
        pair.set_cuts(name, cut)
    elif kind == "both":
        for one in pair.machines.values():
            admin.begin(one)
        for one in pair.machines.values():
            admin.wait_for_rest(one)
        pair.check_storage(name)
    elif kind == "override":
        is_set = pair.override is not None
        pair.announce(name, "override clear" if is_set else f"override set --status {OVERRIDE} --note 'We work on it.'")
    elif kind == "incident":
        pair.announce(name, "incident open --text 'A disk has failed.'")
    pair.run(name)


def _break_off(pair: PairOfMachines, name: str, seconds: float) -> None:
    """Begin a run, and cut the machine from the storage some time later."""
    cut = pair.cut[name]
    admin.begin(pair.machines[name])
    time.sleep(seconds)
    pair.set_cuts(name, {"storage"})
    admin.wait_for_rest(pair.machines[name])
    pair.set_cuts(name, cut)
    pair.check_storage(name)
