# SPDX-License-Identifier: MIT
"""Two booted machines that publish to one bucket, each with its own network, and what must be true of them.

Their own Uptime Kumas see different things. nftables cut a machine from the storage or from its Uptime Kuma, and
tc slows its uploads down.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from elytra_status.demo.replay import ReplayServer
from elytra_status.system.clock import from_text
from tests.booted import administrator as admin
from tests.booted.administrator import RUN
from tests.booted.conftest import Buckets, machine_of_image
from tests.booted.machine import Machine
from tests.booted.outside import DOMAIN, Outside, free_port, output
from tests.booted.wrong_clock import LIBRARY, fetch_library, set_clock_of, variables
from tests.conftest import recording

# The shortest that the settings allow. A lease lasts for half of it.
FRESHNESS_MINUTES = 1
LEASE_SECONDS = FRESHNESS_MINUTES * 60 / 2
# As the interval of the timer is to the lease: ten minutes to 15.
INTERVAL_SECONDS = LEASE_SECONDS * 2 / 3
# What the Uptime Kuma of each machine sees, and the status that follows.
VIEWS = {"one": ("all-up", "operational"), "other": ("one-down", "outage")}
OTHER_OF = {"one": "other", "other": "one"}
OVERRIDE = "degraded"
# The clock of a machine is believed if it is wrong by less than five minutes. The storage refuses requests if it is
# wrong by more than 15.
WRONG_CLOCK_SECONDS = (400, 3600, -400, -3600)
REFUSED_FROM = 900
# The outcomes of a run that does not fail, in its status line.
PUBLISHED = "published to bucket"
OUTCOMES = (PUBLISHED, "standing by: ", "the lease of the pair was lost", "yielded to")


@dataclass
class PairOfMachines:
    """Two machines with their Uptime Kumas, and what is known of them so far.

    `root` is what their systems were copied from. `settings` are those of each machine without `mail`, the settings
    with which both notify.
    `cut` are the parts that a machine cannot reach: storage, monitoring. `ahead` says by how many seconds its clock is
    wrong. `sound` is when the last run of a machine began that published without a fault, and `faulty` when it last
    had a fault, in seconds of this host's monotonic clock. `outcomes` counts what happened.
    """

    machines: dict[str, Machine]
    kumas: dict[str, ReplayServer]
    root: Path
    outside: Outside
    bucket: str
    settings: dict[str, dict[str, object]]
    mail: dict[str, object]
    cut: dict[str, set[str]] = field(default_factory=lambda: {"one": set(), "other": set()})
    ahead: dict[str, int] = field(default_factory=lambda: {"one": 0, "other": 0})
    sound: dict[str, float] = field(default_factory=dict)
    faulty: dict[str, float] = field(default_factory=dict)
    holder: str = ""
    updated_at: str = ""
    override: str | None = None
    identifiers: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def stored(self, key: str) -> dict[str, Any]:
        """Return a JSON object of the bucket. Private ones can be read only by the account that has written them."""
        publisher = self.outside.gateway.client(self.outside.gateway.publisher)
        value: dict[str, Any] = json.loads(publisher.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        return value

    def versions(self) -> dict[str, str]:
        """Return what identifies the version of each object in the bucket."""
        owner = self.outside.gateway.client(self.outside.gateway.owner)
        listed = owner.list_objects_v2(Bucket=self.bucket)["Contents"]
        return {one["Key"]: f"{one['ETag']} {one['LastModified']}" for one in listed}

    def _inside(self, name: str, *command: str) -> None:
        """Run a command of this host in the network of a machine."""
        output("nsenter", "--target", str(self.machines[name].leader), "--net", *command)

    def set_cuts(self, name: str, parts: set[str]) -> None:
        """Cut a machine from these parts of the outside, and from no other."""
        ports = {"storage": self.outside.gateway.https_port, "monitoring": self.kumas[name].url.rpartition(":")[2]}
        rules = "".join(f"tcp dport {ports[part]} reject with tcp reset\n" for part in sorted(parts))
        table = f"table inet cut {{\nchain out {{\ntype filter hook output priority 0;\n{rules}}}\n}}\n"
        # The first line makes it possible to delete what may not be there.
        self._inside(name, "nft", f"table inet cut\ndelete table inet cut\n{table}")
        if parts:
            self.faulty[name] = time.monotonic()
        self.cut[name] = set(parts)

    @contextmanager
    def slow_uploads(self, name: str, kilobits: int) -> Iterator[None]:
        """Limit what a machine sends to so many kilobits per second."""
        self.faulty[name] = time.monotonic()
        limit = ("rate", f"{kilobits}kbit", "burst", "2kb", "latency", "10s")
        self._inside(name, "tc", "qdisc", "add", "dev", "host0", "root", "tbf", *limit)
        try:
            yield
        finally:
            self._inside(name, "tc", "qdisc", "delete", "dev", "host0", "root")
            self.faulty[name] = time.monotonic()

    def cut_power(self, name: str) -> None:
        """Cut the power of a machine, and boot it again."""
        self.faulty[name] = time.monotonic()
        machine, cut = self.machines[name], self.cut[name]
        machine.kill()
        machine.boot()
        admin.rest(machine)
        self.set_cuts(name, cut)

    def run_both(self) -> None:
        """Run both machines at once."""
        for machine in self.machines.values():
            admin.begin(machine)
        for name, machine in self.machines.items():
            admin.wait_for_rest(machine)
            if self.cut[name] or self.ahead[name]:
                self.faulty[name] = time.monotonic()
        self.check_storage("one or other")

    def set_clock(self, name: str, seconds: int) -> None:
        """Let the clock of a machine's runs be ahead by so many seconds."""
        if seconds == self.ahead[name]:
            return
        if not (self.machines[name].root / LIBRARY.lstrip("/")).exists():
            with TemporaryDirectory() as directory:
                self.machines[name].copy_in(fetch_library(self.root, Path(directory)), LIBRARY)
        set_clock_of(self.machines[name], RUN, seconds)
        self.ahead[name] = seconds
        self.faulty[name] = time.monotonic()

    def run(self, name: str) -> bool:
        """Start a run, check what visitors get then, and return whether it published."""
        before, began = self.versions(), time.monotonic()
        started = admin.start(self.machines[name], check=False)
        self.check_storage(name)
        if self.cut[name] or self.ahead[name]:
            self.faulty[name] = time.monotonic()
        if "storage" in self.cut[name] or abs(self.ahead[name]) > REFUSED_FROM:
            assert not started
            self.outcomes["run: failed"] += 1
            return False
        assert started, self.machines[name].journal(RUN)[-3000:]
        (outcome,) = (words for words in OUTCOMES if words in self.shown(name))
        self.outcomes[f"run: {outcome}"] += 1
        if outcome != PUBLISHED:
            return False
        assert self.holder == name
        # Its time may be the same: after an announcement, a run can begin within the same second.
        assert self.versions()["status.json"] != before["status.json"]
        word = self.stored("status.json")["platform_status"]
        assert word == self._expected(name), (name, self.cut, self.ahead, self.override)
        if not self.cut[name] and not self.ahead[name]:
            # It has renewed the lease later than that.
            self.sound[name] = began
        return True

    def _expected(self, name: str) -> str:
        """Return the status that a machine publishes."""
        if self.ahead[name]:
            return "unknown"
        return self.override or ("unknown" if "monitoring" in self.cut[name] else VIEWS[name][1])

    def shown(self, name: str) -> str:
        """Return the status line of the unit."""
        return self.machines[name].show(RUN, "StatusText")["StatusText"]

    def check_storage(self, name: str) -> None:
        """No older status replaces a newer one, and the lease moves for a reason only."""
        updated_at = str(self.stored("status.json")["updated_at"])
        assert updated_at >= self.updated_at, f"{name} replaced {self.updated_at} by {updated_at}"
        assert from_text(updated_at).timestamp() <= time.time() + 5, f"{name} published {updated_at}"
        self.updated_at = updated_at
        lease = self.stored("pair/lease.json")
        (holder,) = (one["name"] for one in lease["machines"] if lease["holder"] in one["marks"])
        if self.holder and holder != self.holder:
            last = self.sound.get(self.holder, 0.0)
            had_fault = self.faulty.get(self.holder, 0.0) >= last
            assert had_fault or time.monotonic() - last >= LEASE_SECONDS, (
                f"{self.holder} lost the lease without a reason"
            )
            self.outcomes["takeover"] += 1
        self.holder = holder

    def announce(self, name: str, words: str) -> bool:
        """Run a command that announces something; return whether both machines know it then."""
        environment = f"env {variables(self.ahead[name])} " if self.ahead[name] else ""
        done = self.machines[name].run(f"{environment}elytra-status {words}", check=False)
        assert done.returncode in (0, 69), done.stdout + done.stderr
        is_known = "cannot be changed" not in done.stderr and "nothing was changed" not in done.stderr
        assert is_known or "storage" in self.cut[name] or self.ahead[name], done.stderr
        self.outcomes[f"{' '.join(words.split()[:2])}: exit status {done.returncode}"] += 1
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

    def write_settings(self, further: Mapping[str, object]) -> None:
        """Write the settings of both machines, with further ones."""
        for name, machine in self.machines.items():
            admin.write_settings(machine, {**self.settings[name], **further})


@contextmanager
def healed(pair: PairOfMachines) -> Iterator[None]:
    """Let both machines reach everything afterwards, with the right time."""
    try:
        yield
    finally:
        for name in pair.machines:
            pair.set_cuts(name, set())
            pair.set_clock(name, 0)


@pytest.fixture(scope="module")
def pair(
    root: Path, image: Path, installed: Machine, outside: Outside, buckets: Buckets,
    settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[PairOfMachines]:  # fmt: skip
    """Both machines, set up as docs/two-machines.md says, their timers stopped."""
    with ExitStack() as stack:
        second = stack.enter_context(machine_of_image(image, tmp_path_factory.mktemp("other") / "copy", outside))
        address, port = outside.network.address, free_port(outside.network.address)
        kumas = {
            name: stack.enter_context(
                ReplayServer(recording("v2.5.3", view), outside.kuma.api_key, host=address, port=free)
            )
            for (name, (view, _)), free in zip(VIEWS.items(), (port, free_port(address)), strict=True)
        }
        mail = {key: value for key, value in settings.items() if key.startswith(("SMTP", "ALERT"))}
        own = {
            name: {
                **{key: value for key, value in settings.items() if key not in mail},
                "FRESHNESS_MAX_AGE_MINUTES": FRESHNESS_MINUTES,
                "UPTIME_KUMA_URL": f"http://kuma.{DOMAIN}:{kuma.url.rpartition(':')[2]}",
            }
            for name, kuma in kumas.items()
        }
        pair = PairOfMachines({"one": installed, "other": second}, kumas, root, outside, buckets.status, own, mail)
        for name, machine in pair.machines.items():
            admin.rest(machine)
            machine.run(["hostname", name])
            machine.write("/etc/hostname", f"{name}\n")
            admin.drop_in(machine, RUN, "[Service]\nRestart=no\n[Unit]\nStartLimitIntervalSec=0\nOnFailure=\n")
        pair.write_settings({"PUBLISHERS": "pair"})
        admin.start(installed)
        pair.check_storage("one")
        yield pair
        admin.rest(installed)
        admin.remove_drop_ins(installed)
