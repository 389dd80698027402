# SPDX-License-Identifier: MIT
"""Two booted machines that publish as a pair or by mistake, with a Ceph gateway between them over TLS.

Cuts, slow links, wrong clocks, power cuts and copies of a machine: `tests/booted/pair_of_machines.py` makes them.

ELYTRA_STATUS_PAIR_RUNS is the number of steps with seeded faults (`make test-pair`: 200), and
ELYTRA_STATUS_PAIR_SEED is the seed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import RUN, STATE
from tests.booted.outside import output
from tests.booted.pair_of_machines import (
    INTERVAL_SECONDS,
    LEASE_SECONDS,
    OTHER_OF,
    OVERRIDE,
    VIEWS,
    WRONG_CLOCK_SECONDS,
    PairOfMachines,
    healed,
    pair,
)
from tests.booted.releases import SUITES
from tests.booted.test_doctor import examine

__all__ = ["pair"]

# One release is enough: the conditional requests of newer libraries are tested in tests/spaces.
pytestmark = pytest.mark.parametrize("suite", SUITES[:1], indirect=True, scope="session")

RUNS = int(os.environ.get("ELYTRA_STATUS_PAIR_RUNS", "12"))
SEED = int(os.environ.get("ELYTRA_STATUS_PAIR_SEED", "9"))
# The kinds of steps, and how often each is drawn.
STEPS = {
    "run": 8, "cut": 3, "heal": 5, "upload": 2, "slow": 2, "clock": 2, "power": 1, "restart": 1, "both": 2,
    "override": 2, "incident": 1,
}  # fmt: skip
# A run uploads a few kilobytes at least, so that one at this rate lasts longer than a run without a limit.
SLOW_KILOBITS = 16


def test_one_publishes_while_the_other_stands_by(pair: PairOfMachines) -> None:
    publishing = pair.publishing()
    standing_by = OTHER_OF[publishing]
    assert not pair.run(standing_by)
    assert f"standing by: {publishing} publishes since" in pair.shown(standing_by)
    assert "standing by: " in pair.machines[standing_by].run(f"systemctl status {RUN}", check=False).stdout


def test_the_other_takes_over_at_its_third_run_at_the_latest(pair: PairOfMachines) -> None:
    publishing = pair.publishing()
    standing_by = OTHER_OF[publishing]
    with healed(pair):
        pair.set_cuts(publishing, {"storage"})
        assert not pair.run(publishing)
        began = time.monotonic()
        for number in range(3):
            time.sleep(max(0.0, began + number * INTERVAL_SECONDS - time.monotonic()))
            took_over = pair.run(standing_by)
        assert took_over
        assert pair.announce(standing_by, f"override set --status {OVERRIDE} --note 'We look into it.'")
    # It is back, and stands by with the same override.
    assert not pair.run(publishing)
    assert "We look into it." in pair.machines[publishing].run("elytra-status override show").stdout
    assert pair.announce(publishing, "override clear")
    assert pair.run(standing_by)


# 200 runs take about an hour.
@pytest.mark.timeout(7200)
def test_seeded_faults_neither_lose_nor_repeat_anything(pair: PairOfMachines) -> None:
    """Runs of both machines in a random order, with cuts, uploads that break off, power cuts and announcements."""
    chance = random.Random(SEED)
    with healed(pair):
        for number in range(RUNS):
            name = chance.choice(list(pair.machines))
            kind = _step(pair, name, chance)
            print(
                f"{number} {kind} {name}: holder {pair.holder}, cut {pair.cut}, ahead {pair.ahead},"
                f" override {pair.override}",
                flush=True,
            )
    publishing = pair.publishing()
    assert len(set(pair.identifiers)) == len(pair.identifiers)
    for name, machine in pair.machines.items():
        listed = machine.run("elytra-status incident list").stdout
        assert all(one in listed for one in pair.identifiers), name
        assert not machine.run(f"ls {STATE}/*.damaged 2>/dev/null", check=False).stdout
    assert pair.stored("status.json")["platform_status"] == (pair.override or VIEWS[publishing][1])
    print(f"seed {SEED}, {RUNS} steps, {len(pair.identifiers)} identifiers")
    for what, count in sorted(pair.outcomes.items()):
        print(f"{what:<40}{count:>5}")


def _step(pair: PairOfMachines, name: str, chance: random.Random) -> str:
    """Do one thing to a machine, and run it. Return the kind."""
    (kind,) = chance.choices([*STEPS], [*STEPS.values()])
    pair.outcomes[f"step: {kind}"] += 1
    if kind == "cut":
        pair.set_cuts(name, pair.cut[name] | {chance.choice(("storage", "monitoring"))})
    elif kind == "heal":
        pair.set_cuts(name, set())
        pair.set_clock(name, 0)
    elif kind == "upload":
        _break_off(pair, name, chance.uniform(0.3, 1.5))
    elif kind == "slow":
        _slow_down(pair, name, chance.uniform(0, LEASE_SECONDS))
    elif kind == "clock":
        pair.set_clock(name, chance.choice(WRONG_CLOCK_SECONDS))
    elif kind == "power":
        pair.cut_power(name)
    elif kind == "restart":
        for one in pair.machines:
            pair.cut_power(one)
        pair.run_both()
    elif kind == "both":
        pair.run_both()
    elif kind == "override":
        is_set = pair.override is not None
        pair.announce(name, "override clear" if is_set else f"override set --status {OVERRIDE} --note 'We work on it.'")
    elif kind == "incident":
        pair.announce(name, "incident open --text 'A disk has failed.'")
    pair.run(name)
    return kind


def _break_off(pair: PairOfMachines, name: str, seconds: float) -> None:
    """Begin a run, and cut the machine from the storage some time later."""
    cut = pair.cut[name]
    admin.begin(pair.machines[name])
    time.sleep(seconds)
    pair.set_cuts(name, {"storage"})
    admin.wait_for_rest(pair.machines[name])
    pair.set_cuts(name, cut)
    pair.check_storage(name)


def _slow_down(pair: PairOfMachines, name: str, seconds: float) -> None:
    """Begin a run with a slow link, run the other machine some time later, and make the link fast again."""
    with pair.slow_uploads(name, SLOW_KILOBITS):
        admin.begin(pair.machines[name])
        time.sleep(seconds)
        pair.run(OTHER_OF[name])
    admin.wait_for_rest(pair.machines[name])
    pair.check_storage(name)


@pytest.mark.skipif("ELYTRA_STATUS_PAIR_RUNS" not in os.environ, reason="make test-pair runs it")
def test_a_machine_with_a_wrong_clock_publishes_unknown_until_the_other_takes_over(pair: PairOfMachines) -> None:
    publishing = pair.publishing()
    standing_by = OTHER_OF[publishing]
    pair.run(standing_by)
    with healed(pair):
        pair.set_clock(publishing, 400)
        assert pair.run(publishing)
        assert pair.stored("status.json")["platform_status"] == "unknown"
        assert "this machine's clock is wrong (it is 6 minutes ahead" in pair.machines[publishing].journal(RUN)
        assert not pair.announce(publishing, f"override set --status {OVERRIDE} --note 'We look into it.'")
        admin.wait_until(lambda: pair.run(standing_by), LEASE_SECONDS + admin.SECONDS, "the other machine takes over")
        assert not pair.run(publishing), "the lease does not return by itself"


@pytest.fixture
def by_mistake(pair: PairOfMachines) -> Iterator[PairOfMachines]:
    """Both machines with settings for one publisher. The first has published alone, and none has notified."""
    if pair.override:
        pair.announce(pair.publishing(), "override clear")
    pair.write_settings(pair.mail)
    for machine in pair.machines.values():
        # Its own copy may still have the override, which it would have learned to be cleared at its next run as a pair.
        machine.run("elytra-status override clear", check=False)
    admin.start(pair.machines["one"])
    for machine in pair.machines.values():
        machine.run(f"rm -f {STATE}/conditions.json")
    pair.outside.mailbox.mails.clear()
    yield pair
    pair.write_settings({"PUBLISHERS": "pair"})


def _reported(pair: PairOfMachines, name: str, since: float) -> dict[str, bool]:
    """Return where a machine reports another publisher: in its journal, by a notification, by doctor.

    `since` is when the test began, by the machine's clock of `admin.uptime`.
    """
    machine = pair.machines[name]
    found = admin.entries(machine, "ELYTRA_STATUS_EVENT=publisher", "PRIORITY=3")
    errors = [one for one in found if one.seconds > since]
    subjects = [str(mail["Subject"]) for mail in pair.outside.mailbox.mails]
    start = f"[elytra-status] {name}: another machine is publishing the same status"
    return {
        "journal": any("systemctl disable --now elytra-status.timer" in one.message for one in errors),
        "notification": any(subject.startswith(start) for subject in subjects),
        "doctor": examine(machine)[1]["publisher"]["level"] == "fault",
    }


EVERYWHERE = {"journal": True, "notification": True, "doctor": True}


def test_two_publishers_by_mistake_are_reported_and_a_slow_upload_replaces_nothing_newer(
    by_mistake: PairOfMachines,
) -> None:
    older, newer = by_mistake.machines["one"], by_mistake.machines["other"]
    since, before = admin.uptime(older), by_mistake.versions()
    with by_mistake.slow_uploads("one", SLOW_KILOBITS):
        admin.begin(older)
        admin.wait_until(lambda: by_mistake.versions() != before, admin.SECONDS, "it has uploaded a document")
        admin.start(newer)
        assert by_mistake.stored("status.json")["platform_status"] == VIEWS["other"][1]
    admin.wait_for_rest(older)
    assert by_mistake.stored("status.json")["platform_status"] == VIEWS["other"][1]
    assert _reported(by_mistake, "other", since) == EVERYWHERE
    if admin.is_failed(older, RUN):
        # On a busy host, the upload may have reached its timeout.
        admin.start(older)
    else:
        assert f"yielded to a newer document in bucket {by_mistake.bucket}" in by_mistake.shown("one")
    assert _reported(by_mistake, "one", since) == EVERYWHERE


def test_a_restored_snapshot_beside_its_original_is_reported_on_both(by_mistake: PairOfMachines) -> None:
    one, other = (by_mistake.machines[name] for name in ("one", "other"))
    since = admin.uptime(one)
    output("rm", "-rf", f"{other.root}{STATE}")
    output("cp", "-a", f"{one.root}{STATE}", f"{other.root}{STATE}")
    # The marks of the last run are those of both: the copy is known by its first run.
    admin.start(other)
    admin.start(one)
    assert _reported(by_mistake, "one", since) == EVERYWHERE
    admin.start(other)
    assert _reported(by_mistake, "other", since) == EVERYWHERE
