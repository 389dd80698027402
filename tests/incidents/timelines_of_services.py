# SPDX-License-Identifier: MIT
"""What happens to the services: outages, flapping, and changes of what is watched."""

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
    deleted,
    down,
    fails_once,
    flaps,
    in_maintenance,
    kuma_off,
    machine_off,
    paused,
    paused_in_check,
    tagged,
)

SHOP, *OTHERS = FIVE
NAMES = tuple(service.name for service in FIVE)
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
