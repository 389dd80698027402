# SPDX-License-Identifier: MIT
"""The timer: regular runs, even after a run that hangs."""

from __future__ import annotations

from itertools import pairwise

from elytra_status.demo.replay import ReplayFault
from tests.booted import administrator as admin
from tests.booted.administrator import RUN, RUN_TIMER
from tests.booted.conftest import Buckets
from tests.booted.machine import Machine
from tests.booted.outside import Outside

# The package's ten minutes made short, but longer than a run on a loaded machine, for which the next one would wait.
# The rest of its timer stays as it is.
PERIOD = 15
# Shorter than the job's own timeout.
HANGS = 20
SHORT_TIMER = f"[Timer]\nOnCalendar=\nOnCalendar=*:*:0/{PERIOD}\nRandomizedDelaySec=3\n"
# This many starts of the short timer must not be refused: in the package, period and limit match.
SHORT_LIMIT = f"[Unit]\nStartLimitIntervalSec={PERIOD - 1}\n"


def start_timer(machine: Machine, service: str = "") -> float:
    """Start the timer with a short period, and return the time."""
    admin.drop_in(machine, RUN_TIMER, SHORT_TIMER)
    admin.drop_in(machine, RUN, f"{SHORT_LIMIT}[Service]\n{service}")
    began = admin.uptime(machine)
    machine.run(["systemctl", "start", RUN_TIMER])
    return began


def are_even(moments: list[float]) -> bool:
    """Whether runs start at regular intervals."""
    return all(abs(after - before - PERIOD) < 2 for before, after in pairwise(moments))


def test_the_timer_starts_the_job_three_times_and_more_at_even_distances(
    configured: Machine, outside: Outside, buckets: Buckets
) -> None:
    began = start_timer(configured)
    admin.wait_until(lambda: len(admin.starts(configured, after=began)) >= 5, 5 * PERIOD + admin.SECONDS, "five runs")
    moments = [entry.seconds for entry in admin.starts(configured, after=began)]
    # The first one may catch up on an activation since the timer was stopped.
    assert are_even(moments[1:]), moments
    published = admin.entries(configured, f"_SYSTEMD_UNIT={RUN}", "ELYTRA_STATUS_EVENT=published")
    assert len([entry for entry in published if entry.seconds > began]) >= 3
    assert outside.visit(f"{buckets.status}/status.json").status == 200


def test_a_run_that_hangs_is_ended_and_the_next_one_comes(configured: Machine, outside: Outside) -> None:
    with outside.kuma_has(ReplayFault(hang=True)):
        # By then it hangs, even on a loaded machine.
        began = start_timer(configured, f"TimeoutStartSec={HANGS}\n")
        admin.wait_until(
            lambda: len(admin.starts(configured, after=began)) >= 2, PERIOD + HANGS + admin.SECONDS, "a second run"
        )
        first, second = (entry.seconds for entry in admin.starts(configured, after=began)[:2])
        # systemd sent SIGTERM, and the job ended properly.
        told = admin.endings(configured, after=began)[0].seconds
        timeouts = [entry.seconds for entry in admin.entries(configured, f"UNIT={RUN}", "UNIT_RESULT=timeout")]
        ended = next(seconds for seconds in timeouts if seconds > began)
        assert first + HANGS - 0.1 < told <= ended <= second
    # On a busy machine, a run that does not hang may take longer than HANGS too.
    admin.drop_in(configured, RUN, SHORT_LIMIT)
    admin.wait_until(
        lambda: configured.show(RUN, "Result", "ActiveState") == {"Result": "success", "ActiveState": "inactive"},
        2 * PERIOD + admin.SECONDS,
        "a run that is good again",
    )


def test_a_run_that_does_not_even_listen_is_killed_and_the_next_one_comes(configured: Machine) -> None:
    stubborn = "ExecStart=\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'\n"
    began = start_timer(configured, f"TimeoutStartSec=2\nTimeoutStopSec=2\n{stubborn}")
    admin.wait_until(lambda: len(admin.starts(configured, after=began)) >= 2, 3 * PERIOD + 30, "a second run")


def test_the_timers_come_back_after_a_reboot(installed: Machine) -> None:
    installed.run(["systemctl", "start", *admin.TIMERS])
    installed.reboot()
    for timer in admin.TIMERS:
        assert installed.show(timer, "ActiveState") == {"ActiveState": "active"}
        assert admin.next_run(installed, timer)
