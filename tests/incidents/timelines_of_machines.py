# SPDX-License-Identifier: MIT
"""What happens to Uptime Kuma and to this machine: restarts, lost networks, and lost state."""

from __future__ import annotations

from tests.incidents.timelines_of_services import with_shop
from tests.incidents.truth import (
    Timeline,
    all_down,
    clock_wrong,
    down,
    fails_once,
    kuma_clock_wrong,
    kuma_cut_off,
    kuma_off,
    kuma_out_of_reach,
    kuma_stuck,
    machine_off,
    metrics_refused,
    page_refused,
    state_damaged,
    state_lost,
    storage_out_of_reach,
)

NO_TIMES = "/metrics gives no times"

OF_KUMA = (
    Timeline(
        "Kuma restarted",
        "Uptime Kuma is restarted between two runs, and all is well.",
        (kuma_off(10.25, 11.25), kuma_off(26, 28)),
        "0- operational",
        minutes=45,
    ),
    Timeline(
        "Kuma restarted during a run",
        "Uptime Kuma is away for half a minute, just when it is asked.",
        (kuma_off(9.85, 10.35), kuma_off(24.5, 25)),
        "0- operational",
        minutes=45,
    ),
    Timeline(
        "lost connection during a run",
        "Uptime Kuma is out of reach for half a minute, just when it is asked.",
        (kuma_out_of_reach(9.85, 10.35), kuma_out_of_reach(24.5, 25)),
        "0- operational",
        minutes=45,
    ),
    Timeline(
        "Kuma restarted in an outage",
        "Uptime Kuma begins to count retries again, while the service never came back.",
        (down("shop", 10, 60), kuma_off(38, 39)),
        "0-10 operational; 26-38 outage/degraded; 39-60 outage/degraded; 72- operational",
        services=with_shop(retries=3),
        by_metrics_alone="0-10 operational; 26-38 outage/degraded; 39-60 outage or degraded; 72- operational",
        because="/metrics says PENDING, and nothing of before",
        minutes=80,
    ),
    Timeline(
        "Kuma restarted, pushes",
        "After a restart /metrics is without a monitor that is pushed to every ten minutes.",
        (kuma_off(11, 12),),
        "0- operational",
        by_metrics_alone="0-11 operational; 11-31 operational or unknown; 31- operational",
        because="/metrics alone does not tell that it was pushed to lately",
        services=with_shop(kind="push", interval=600),
        minutes=45,
    ),
    Timeline(
        "monitor host dead",
        "The machine of Uptime Kuma is dead for 40 minutes; the services are well.",
        (kuma_off(10, 50), kuma_out_of_reach(10, 50)),
        "0-10 operational; 23-50 unknown; 62- operational",
        minutes=70,
    ),
    Timeline(
        "outage while the monitor host is dead",
        "A service goes down while nobody watches, and is still down when somebody does.",
        (kuma_off(10, 50), kuma_out_of_reach(10, 50), down("shop", 30, 75)),
        "0-10 operational; 23-50 unknown; 63-75 outage/degraded; 86- operational",
        minutes=95,
    ),
    Timeline(
        "cut between this machine and Kuma",
        "Uptime Kuma works and cannot be reached; an outage comes and goes in that time.",
        (kuma_out_of_reach(10, 45), down("shop", 20, 35)),
        "0-10 operational; 23-45 unknown; 57- operational",
        minutes=65,
    ),
    Timeline(
        "Kuma stuck",
        "Uptime Kuma answers, and checks nothing any more; a service goes down.",
        (kuma_stuck(10, 55), down("shop", 20, 55)),
        "0-24 operational; 37-55 unknown; 67- operational",
        by_metrics_alone="0- operational",
        because=NO_TIMES,
        minutes=75,
    ),
    Timeline(
        "key expired in an outage",
        "The API key expires while a service is down.",
        (down("shop", 10, 50), metrics_refused(30)),
        "0-11 operational; 23-50 outage/degraded; 61- operational",
        by_metrics_alone="0-11 operational; 23-30 outage/degraded; 43- unknown",
        because="there is nothing else to ask",
        minutes=70,
    ),
    Timeline(
        "refused key",
        "The API key is refused, and what only /metrics names goes down and comes back.",
        (metrics_refused(10, 50), down("shop", 20, 40)),
        "0-10 operational; 23-50 unknown; 62- operational",
        services=with_shop(public=False),
        by_page_alone="0- operational",
        because="the page does not name it",
        minutes=70,
    ),
    Timeline(
        "page withdrawn in an outage",
        "The public page is taken off the net while a service is down.",
        (down("shop", 10, 50), page_refused(30)),
        "0-11 operational; 23-50 outage/degraded; 62- operational",
        by_page_alone="0-11 operational; 23-30 outage/degraded; 43- unknown",
        because="there is nothing else to ask",
        versions=("v2.5.3",),  # Uptime Kuma 1 never answers for a page that does not exist.
        minutes=70,
    ),
    Timeline(
        "Kuma's clock slow",
        "The clock of Uptime Kuma falls back by 20 minutes, and is set right.",
        (kuma_clock_wrong(-20, 10, 50),),
        "0-24 operational; 37-50 unknown; 62- operational",
        by_metrics_alone="0- operational",
        because=NO_TIMES,
        minutes=70,
    ),
    Timeline(
        "Kuma's clock fast",
        "The clock of Uptime Kuma jumps 20 minutes ahead, and is set right.",
        (kuma_clock_wrong(20, 10, 40),),
        "0-10 operational; 23-40 unknown; 67- operational",
        by_metrics_alone="0- operational",
        because=NO_TIMES,
        minutes=75,
    ),
)

OF_THIS_MACHINE = (
    Timeline(
        "this machine restarted",
        "This machine is off for 15 minutes: what it published lasts until it is back.",
        (machine_off(12, 27),),
        "0- operational",
        minutes=45,
    ),
    Timeline(
        "this machine dead",
        "This machine is off for an hour.",
        (machine_off(12, 75),),
        "0-34 operational; 41-75 unknown; 79- operational",
        minutes=90,
    ),
    Timeline(
        "outage while this machine is dead",
        "A service goes down while this machine is off, and is still down when it is back.",
        (machine_off(12, 55), down("shop", 20, 80)),
        "0-34 operational; 41-55 unknown; 59-80 outage/degraded; 91- operational",
        minutes=100,
    ),
    Timeline(
        "power cut",
        "This machine and Uptime Kuma lose power together, and one service does not come back with them.",
        (machine_off(12, 55), kuma_off(12, 54), kuma_out_of_reach(12, 54), down("shop", 12, 80)),
        "0-34 operational; 41-55 unknown; 60-80 outage/degraded; 91- operational",
        minutes=100,
    ),
    Timeline(
        "power cut during a second look",
        "This machine loses power while a run waits to look again at a failed check.",
        (
            *(fails_once(name, minute) for name, minute in (("shop", 10), ("mail", 14), ("files", 19))),
            machine_off(10.5, 13),
            machine_off(15, 17),
            machine_off(20.5, 22),
        ),
        "0- operational",
        minutes=45,
    ),
    Timeline(
        "storage out of reach in an outage",
        "Nothing can be published for 45 minutes, and a service goes down in that time.",
        (storage_out_of_reach(10, 55), down("shop", 15, 80)),
        "0-30 operational; 41-55 unknown; 67-80 outage/degraded; 91- operational",
        minutes=100,
    ),
    Timeline(
        "everything gone",
        "The building is without power: services, Uptime Kuma and this machine.",
        (all_down(12, 70), kuma_off(12, 70), kuma_out_of_reach(12, 70), machine_off(12, 73)),
        "0-34 operational; 41-73 unknown; 78- operational",
        minutes=90,
    ),
    Timeline(
        "clock an hour fast",
        "The clock of this machine is an hour ahead, and is set right.",
        (clock_wrong(60, 10, 45), down("shop", 20, 70)),
        "0-10 operational; 23-45 unknown; 57-70 outage/degraded; 81- operational",
        minutes=90,
    ),
    Timeline(
        "clock three days fast for a run",
        "The clock of this machine is three days ahead in an outage, for one run, and goes right again.",
        (clock_wrong(3 * 24 * 60, 31, 41), down("shop", 10, 70)),
        "0-11 operational; 23-31 outage/degraded; 53-70 outage/degraded; 81- operational",
        minutes=90,
    ),
    Timeline(
        "clock an hour slow",
        "The clock of this machine falls back by an hour, and is set right.",
        (clock_wrong(-60, 10, 55), down("shop", 20, 80)),
        "0-10 operational; 23-55 unknown; 67-80 outage/degraded; 91- operational",
        minutes=100,
    ),
    Timeline(
        "clock four minutes fast",
        "The clock of this machine is four minutes ahead, and is set right in an outage.",
        (clock_wrong(4, 5, 32), down("shop", 10, 50)),
        "0-11 operational; 23-50 outage/degraded; 61- operational",
        minutes=70,
    ),
)

STATE = (
    Timeline(
        "saved state lost in an outage",
        "Somebody deletes what the last run saved while a service is down.",
        (down("shop", 10, 50),),
        "0-11 operational; 23-50 outage/degraded; 61- operational",
        acts=(state_lost(35),),
        minutes=70,
    ),
    Timeline(
        "saved state damaged in an outage",
        "The end of what the last run saved is cut off while a service is down.",
        (down("shop", 10, 50),),
        "0-11 operational; 23-50 outage/degraded; 61- operational",
        acts=(state_damaged(35),),
        minutes=70,
    ),
)

CUT_OFF = (
    Timeline(
        "Kuma cut off",
        "Uptime Kuma loses its network, and everything looks down to it.",
        (kuma_cut_off(10, 40),),
        "0-10 operational; 23-40 unknown; 53- operational",
        asks_outside=True,
    ),
    Timeline(
        "Kuma cut off in an outage",
        "Uptime Kuma loses its network while one service is really down.",
        (down("shop", 10, 75), kuma_cut_off(30, 50)),
        "0-11 operational; 23-75 outage/degraded; 87- operational",
        by_metrics_alone="0-11 operational; 23-30 outage/degraded; 43-50 unknown; 72-75 outage/degraded;"
        " 87- operational",
        because="/metrics tells neither what was down before, nor that it was checked again",
        asks_outside=True,
        minutes=95,
    ),
    Timeline(
        "outage while Kuma is cut off",
        "A service goes down while Uptime Kuma has no network, and stays down: one run finds that the network is"
        " back, and the next one believes that what Uptime Kuma has seen since is so.",
        (kuma_cut_off(10, 40), down("shop", 20, 75)),
        "0-10 operational; 23-40 unknown; 53-62 degraded or outage; 62-75 outage/degraded; 87- operational",
        asks_outside=True,
        minutes=95,
    ),
    Timeline(
        "everything down, and Kuma not cut off",
        "All services are really down at once, and Uptime Kuma's network is well.",
        (all_down(10, 30),),
        "0-11 operational; 24-30 outage; 42- operational",
        asks_outside=True,
    ),
)
