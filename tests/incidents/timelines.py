# SPDX-License-Identifier: MIT
"""The incidents: what really happens, and what visitors should see of it.

Five services are watched, all checked once a minute unless stated otherwise. A run comes every ten minutes, so what is
confirmed at minute 11 is visible from minute 23 on at the latest: the next run may need a confirmation poll.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.incidents.truth import (
    FIVE,
    WATCHED_BEFORE,
    Service,
    Timeline,
    all_down,
    answers_cached,
    clock_wrong,
    deleted,
    down,
    fails_once,
    flaps,
    in_maintenance,
    kuma_clock_wrong,
    kuma_cut_off,
    kuma_off,
    kuma_out_of_reach,
    kuma_stuck,
    machine_off,
    maintenance_announced,
    metrics_refused,
    override,
    override_cleared,
    page_refused,
    paused,
    paused_in_check,
    state_damaged,
    state_lost,
    storage_out_of_reach,
    tagged,
)

SHOP, *OTHERS = FIVE
NAMES = tuple(service.name for service in FIVE)
NO_TIMES = "/metrics gives no times"
NO_CHECKS_BETWEEN = "/metrics alone does not tell of the checks between two polls"

# Just before a run of every phase, each time of another service.
SINGLE_FAILED_CHECKS = tuple(
    fails_once(NAMES[number % 5], minute) for number, minute in enumerate((10, 14, 19, 20, 24, 29, 30, 34, 39))
)


def with_shop(**changes: object) -> tuple[Service, ...]:
    """Return the five services, with a shop that is watched differently."""
    return (replace(SHOP, **changes), *OTHERS)  # type: ignore[arg-type]


NO_OUTAGES = (
    Timeline("nothing", "Nothing happens.", (), "0- operational", minutes=30),
    Timeline(
        "single failed checks",
        "Now and then one check of one service fails, and the next one does not.",
        SINGLE_FAILED_CHECKS,
        "0- operational",
        minutes=50,
    ),
    Timeline(
        "two failed checks, a minute apart",
        "Checked every 20 seconds: both looks of a run fall on a failed check, with good ones between.",
        tuple(down("shop", minute + 1 / 4, minute + 5 / 12) for minute in (9.75, 11, 14.25, 15.5, 19.5, 20.75)),
        "0- operational or degraded",
        services=with_shop(interval=20),
        modes=("page", "both"),
        because=NO_CHECKS_BETWEEN,
        minutes=45,
    ),
    Timeline(
        "single retries",
        "The same, of monitors that are checked again before they are down.",
        SINGLE_FAILED_CHECKS,
        "0- operational",
        minutes=50,
        services=tuple(replace(service, retries=3, retry_interval=20) for service in FIVE),
    ),
    Timeline(
        "single failed checks through a cache",
        "The same, behind a proxy that makes answers up to a minute, and figures five minutes, old.",
        (*SINGLE_FAILED_CHECKS, answers_cached()),
        "0- operational or degraded",
        minutes=50,
    ),
    Timeline(
        "a failed check every five minutes",
        "One check fails of a monitor that is checked every five minutes: two polls see one and the same heartbeat.",
        (fails_once("shop", 10), fails_once("shop", 25), fails_once("shop", 40)),
        "0- operational or degraded",
        services=with_shop(interval=300),
        modes=("page", "both"),
        because="/metrics alone does not tell that it was the same heartbeat",
    ),
)

OUTAGES = (
    Timeline(
        "outage",
        "One service is down for half an hour.",
        (down("shop", 10, 40),),
        "0-11 operational; 23-40 outage/degraded; 51- operational",
    ),
    Timeline(
        "short outage",
        "One service is down for four minutes: seen if a run falls into them, and over at the next.",
        (down("shop", 11, 15),),
        "0-12 operational; 12-26 operational or outage/operational or degraded; 26- operational",
        minutes=40,
    ),
    Timeline(
        "outage after retries",
        "The monitor checks three times more before it says down.",
        (down("shop", 10, 40),),
        "0-10 operational; 24-40 outage/degraded; 51- operational",
        services=with_shop(retries=3, retry_interval=20),
    ),
    Timeline(
        "outage by timeouts",
        "The service does not answer: each check fails only after 48 seconds.",
        (down("shop", 10, 40),),
        "0-11 operational; 24-40 outage/degraded; 52- operational",
        services=with_shop(takes=48),
    ),
    Timeline(
        "outage, checked every five minutes",
        "The second heartbeat comes five minutes after the first.",
        (down("shop", 7, 38),),
        "0-10 operational; 27-38 outage/degraded; 52- operational",
        services=with_shop(interval=300),
    ),
    Timeline(
        "outage through a cache",
        "One service is down, and a proxy makes answers up to a minute old.",
        (down("shop", 10, 40), answers_cached()),
        "0-11 operational; 24-40 outage/degraded; 52- operational",
    ),
    Timeline(
        "outage over New Year",
        "One service is down from the last minutes of a year on.",
        (down("shop", 10, 40),),
        "0-11 operational; 23-40 outage/degraded; 51- operational",
        began=datetime(2025, 12, 31, 23, 40, tzinfo=UTC),
    ),
    Timeline(
        "relapse",
        "A service is down, comes back for a quarter of an hour, and is down again.",
        (down("shop", 10, 25), down("shop", 40, 60)),
        "0-11 operational; 23-25 outage/degraded; 36-41 operational; 53-60 outage/degraded; 71- operational",
        minutes=75,
    ),
    Timeline(
        "slow cascade",
        "One service after the other goes down, one every five minutes, and all come back at once.",
        tuple(down(name, 10 + 5 * number, 55) for number, name in enumerate(NAMES)),
        "0-11 operational; 23-28 outage/degraded or outage; 28-55 outage; 66- operational",
        minutes=75,
    ),
    Timeline(
        "everything down",
        "All services are really down at once.",
        (all_down(10, 30),),
        "0-11 operational; 23-30 outage; 42- operational",
        minutes=50,
    ),
    Timeline(
        "private service down",
        "What is down is not on Kuma's public page.",
        (down("shop", 10, 40),),
        "0-11 operational; 23-40 outage/degraded; 51- operational",
        services=with_shop(public=False),
        by_page_alone="0- operational",
        because="the page does not name it",
    ),
    Timeline(
        "twins",
        "Two monitors have the same name and address, and one is down: in /metrics of Kuma 1 one hides the other.",
        (down("shop", 10, 40),),
        "0-11 operational; 23-40 outage/degraded; 51- operational",
        services=tuple(
            replace(service, label="Twin", url="https://twin.example/") if service.name in ("shop", "mail") else service
            for service in FIVE
        ),
        modes=("page", "both"),
        because="/metrics of Kuma 1 has one series for the two, in which the last heartbeat wins",
    ),
    Timeline(
        "group",
        "A monitor of a group is down, and the group follows it.",
        (down("shop", 10, 40),),
        "0-11 operational; 23-40 outage/degraded; 52- operational",
        services=(*FIVE, Service("sites", kind="group", children=("shop", "mail"))),
    ),
    Timeline(
        "nothing pushed",
        "A job that reports every five minutes stops doing so.",
        (down("shop", 9, 40),),
        "0-10 operational; 27-40 outage/degraded; 51- operational",
        services=with_shop(kind="push", interval=300),
    ),
    Timeline(
        "hourly push",
        "A job that reports once an hour is well.",
        (),
        "0- operational",
        services=with_shop(kind="push", interval=3600),
        minutes=75,
    ),
)

MONITORS_CHANGED = (
    Timeline(
        "maintenance over an outage",
        "A service in maintenance goes down, and stays down when the maintenance is over.",
        (in_maintenance(("shop",), 5, 30), down("shop", 10, 50)),
        "0-30 operational; 43-50 outage/degraded; 61- operational",
        minutes=70,
    ),
    Timeline(
        "maintenance of everything",
        "All services are in maintenance, and down for a part of it.",
        (in_maintenance(NAMES, 10, 40), all_down(15, 35)),
        "0-10 operational; 21-40 degraded; 52- operational",
    ),
    Timeline(
        "paused while down",
        "The administrator pauses a monitor that is down.",
        (down("shop", 10), paused("shop", 30)),
        "0-11 operational; 23-30 outage/degraded; 50- operational",
        by_page_alone="0-11 operational; 23-30 outage/degraded; 57- unknown",
        because="the page does not say that a monitor is paused",
        minutes=70,
    ),
    Timeline(
        "paused in mid-check",
        "A monitor of a service that is down is paused while it is checked, and /metrics shows 0 of it for ever.",
        (down("shop", 10), *paused_in_check("shop", 30)),
        "0-11 operational; 23-30 outage/degraded; 57- unknown",
        because="neither says that a monitor is paused, and by /metrics alone nothing tells until a restart",
        modes=("page", "both"),
        minutes=80,
    ),
    Timeline(
        "monitor tagged",
        "A critical monitor is given another tag: it is not in /metrics until Uptime Kuma is restarted. It goes down.",
        (tagged("shop", 15, 80), down("shop", 40, 70), kuma_off(80, 81)),
        "0-14 operational; 52-80 unknown; 94- operational",
        services=with_shop(public=False, critical=True),
        by_page_alone="0- operational",
        because="the page does not name it",
        versions=("v2.5.3",),  # /metrics of Uptime Kuma 1 has no tags
        minutes=105,
    ),
    Timeline(
        "deleted while down",
        "The administrator deletes a monitor that is down.",
        (down("shop", 10), deleted("shop", 30)),
        # A missing monitor keeps its last state for MONITOR_STALE_MINUTES.
        "0-11 operational; 23-30 outage/degraded; 57- operational",
        minutes=70,
    ),
    Timeline(
        "new monitor",
        "A monitor is added, and is down from its first heartbeat on.",
        (deleted("shop", -WATCHED_BEFORE, 10), down("shop", 5, 40)),
        "0-11 operational; 23-40 outage/degraded; 51- operational",
    ),
    Timeline(
        "all paused",
        "All monitors are paused.",
        tuple(paused(name, 10, 45) for name in NAMES),
        "0-10 operational; 37-45 unknown; 57- operational",
        minutes=65,
    ),
)

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

FLAPPING = (
    Timeline(
        "flapping",
        "Every third check of a service fails, for three quarters of an hour.",
        flaps("shop", 7.75, 55.75, down_for=0.5, every=3),
        "0-8 operational; 8-25 operational or degraded; 26-54 degraded; 90- operational",
        by_metrics_alone="0- operational or degraded",
        because=NO_CHECKS_BETWEEN,
        minutes=95,
    ),
    Timeline(
        "flapping, and then an outage",
        "A service is down for two minutes in five, and then for good.",
        (*flaps("shop", 8, 33, down_for=2, every=5), down("shop", 33, 75)),
        "0-9 operational; 31-33 degraded; 33-50 degraded or outage/degraded; 50-75 outage/degraded; 87- operational",
        by_metrics_alone="0-9 operational; 50-75 outage/degraded; 87- operational",
        because=NO_CHECKS_BETWEEN,
        minutes=95,
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

OTHERS_OF_KIND = (
    Timeline(
        "critical service down",
        "One service has the tag critical: it makes an outage alone, whatever the threshold.",
        (down("shop", 10, 40),),
        "0-11 operational; 23-40 outage; 51- operational",
        services=with_shop(critical=True),
        versions=("v2.5.3",),  # /metrics of Uptime Kuma 1 has no tags
    ),
    Timeline(
        "half a day",
        "Two outages, and this machine off for two hours: the figures come from our own history.",
        (down("shop", 120, 180), machine_off(301, 420), down("mail", 600, 630), kuma_off(700.25, 702)),
        "0-121 operational; 133-180 outage/degraded; 192-324 operational; 342-420 unknown; 423-601 operational;"
        " 613-630 outage/degraded; 642- operational",
        modes=("metrics",),
        versions=("v1.23.17",),
        because="of Uptime Kuma 1 they hold no figures",
        minutes=900,
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
