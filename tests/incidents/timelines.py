# SPDX-License-Identifier: MIT
"""The incidents: what really happens, and what visitors should see of it.

Five services are watched, all checked once a minute unless stated otherwise. A run comes every ten minutes, so what is
confirmed at minute 11 is visible from minute 23 on at the latest: the next run may need a confirmation poll.
"""

from __future__ import annotations

from tests.incidents.timelines_of_machines import CUT_OFF, OF_KUMA, OF_THIS_MACHINE, STATE
from tests.incidents.timelines_of_services import FLAPPING, MONITORS_CHANGED, NO_OUTAGES, OTHERS_OF_KIND, OUTAGES
from tests.incidents.truth import Timeline, down, maintenance_announced, override, override_cleared

BY_PEOPLE = (
    Timeline(
        "override over a recovery",
        "A person sets outage, and clears it when all has been well for a while.",
        (down("shop", 10, 25),),
        "0-11 operational; 16-45 outage; 46- operational",
        acts=(override(15, "outage", 70), override_cleared(45)),
    ),
    Timeline(
        "override that runs out",
        "A person sets degraded while all is well, and forgets it.",
        (),
        "0-10 operational; 11-40 degraded; 52- operational",
        acts=(override(10, "degraded", 40),),
    ),
    Timeline(
        "override over an outage",
        "A monitor is wrong, and a person who knows sets operational; it runs out in a real outage.",
        (down("shop", 10, 70),),
        "0-11 operational; 23-25 outage/degraded; 26-50 operational; 62-70 outage/degraded; 81- operational",
        acts=(override(25, "operational", 50),),
        minutes=90,
    ),
    Timeline(
        "announced maintenance over an outage",
        "A service goes down in maintenance that was announced, and stays down when that is over.",
        (down("shop", 12, 65),),
        "0-10 operational; 21-40 degraded; 52-65 outage/degraded; 77- operational",
        acts=(maintenance_announced(2, 10, 40),),
        minutes=85,
    ),
)

TIMELINES = (
    *NO_OUTAGES,
    *OUTAGES,
    *FLAPPING,
    *MONITORS_CHANGED,
    *OF_KUMA,
    *CUT_OFF,
    *OF_THIS_MACHINE,
    *STATE,
    *BY_PEOPLE,
    *OTHERS_OF_KIND,
)
