# SPDX-License-Identifier: MIT
"""A publication for tests of documents, with something of everything, and hostile texts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from elytra_status.decision.headline import headline_code
from elytra_status.documents import Day, Publication, PublicComponent, Texts, links, subscriptions
from elytra_status.locale import ENGLISH, find_language
from elytra_status.model import (
    Announcements,
    Backups,
    BackupStatus,
    Change,
    ComponentDecision,
    Decision,
    Impact,
    Incident,
    IncidentPhase,
    IncidentUpdate,
    Maintenance,
    PlatformStatus,
    Uptime,
)
from elytra_status.settings.definitions import DOCUMENTS

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADDRESS = "https://status.example.com/"

HOSTILE = [
    pytest.param("</script><script>alert(1)</script>", id="script"),
    pytest.param("\" onload='alert(1)' x=\"", id="attribute"),
    pytest.param("]]>&amp;&lt;b&gt; <!-- -- > <![CDATA[", id="markup"),
    pytest.param("Ends, with; every \\ sign that \\ a calendar, knows \\", id="calendar"),
    pytest.param("🚑👩‍👩‍👧‍👦 العربية ‮reversed‬ ﷽", id="directions"),
    pytest.param("BEGIN:VEVENT END:VCALENDAR", id="events"),
    pytest.param("{} ${x} {{x}} %s %(x)s \\u0041 \\", id="templates"),
    pytest.param("a" * 10_000, id="a word of 10 kB"),
    pytest.param("word " * 2_000, id="words of 10 kB"),
    pytest.param("😀" * 2_500, id="emoji of 10 kB"),
]


def share(percent: str) -> Fraction:
    return Fraction(percent) / 100


def day(back: int, uptime: Fraction | None = Fraction(1)) -> Day:
    observed = Fraction(0) if uptime is None else Fraction(1)
    down = 0 if uptime is None else int((1 - uptime) * 86400)
    up = 0 if uptime is None else 86400 - down
    return Day(date(2025, 11, 10) - timedelta(days=back), uptime, observed, up, down)


DAYS = tuple(
    day(back, None if back > 60 else share("99.5") if back == 7 else Fraction(1)) for back in range(89, -1, -1)
)


def published(
    status: PlatformStatus = PlatformStatus.OPERATIONAL, text: str = "Sites load slowly.", rule: str = "all-up"
) -> Publication:
    """Return a publication with something of everything. `text` is each text that a person has written."""
    incidents = (
        Incident(
            "2025-11-08-1",
            NOW - 50 * HOUR,
            (
                IncidentUpdate(NOW - 50 * HOUR, text),
                IncidentUpdate(NOW - 49 * HOUR, "This is resolved.", phase=IncidentPhase.RESOLVED),
            ),
            resolved=NOW - 49 * HOUR,
            automatic=True,
            impact=Impact.MAJOR,
        ),
        Incident(
            "2025-11-10-1", NOW - 2 * HOUR, (IncidentUpdate(NOW - 2 * HOUR, text), IncidentUpdate(NOW - HOUR, text))
        ),
    )
    maintenance = (
        Maintenance("2025-11-01-1", text, NOW - 100 * HOUR, NOW - 98 * HOUR),
        Maintenance("2025-11-09-1", text, NOW - HOUR, NOW + HOUR),
        Maintenance("2025-11-10-2", text, NOW + 24 * HOUR, NOW + 26 * HOUR),
    )
    uptime = Uptime(Fraction(1), share("99.98"), None)
    whole = Publication(
        Decision(status, rule, "", uptime, Backups(BackupStatus.SUCCESS, NOW - HOUR, NOW - 2 * HOUR)),
        NOW,
        Texts(title=text, address=ADDRESS, backup_policy=text),
        share("99.9"),
        DAYS,
        (
            PublicComponent(text, PlatformStatus.DEGRADED, True, uptime, share("99.9"), DAYS),
            PublicComponent(f"Another {text[:20]}", PlatformStatus.OUTAGE),
            PublicComponent("Third", PlatformStatus.UNKNOWN),
        ),
        Announcements(maintenance=maintenance, incidents=incidents),
        (
            Change(NOW - 50 * HOUR, PlatformStatus.OUTAGE),
            Change(NOW - 49 * HOUR, PlatformStatus.OPERATIONAL),
            Change(NOW - HOUR, status),
        ),
    )
    return concluded(whole)


def concluded(given: Publication) -> Publication:
    """Return a publication with its headline."""
    parts = tuple(ComponentDecision(one.name, one.status, one.in_maintenance, one.uptime) for one in given.components)
    decision = replace(given.decision, components=parts)
    return replace(given, decision=replace(decision, headline=headline_code(decision, given.announcements, given.now)))


def with_address(given: Publication, address: str | None) -> Publication:
    return replace(given, texts=replace(given.texts, address=address))


def mixed_days(seed: int) -> tuple[Day, ...]:
    """90 days of every kind, that look like no other's: some not observed, some down, from seconds to hours."""
    parts = [(seed * 31 + back * 57 + back * back * 13) % 101 for back in range(90)]
    downs = dict(zip(range(4, 10), (20, 240, 1500, 9000, 40000, 86400), strict=True))
    found = []
    for back in range(89, -1, -1):
        part = parts[back]
        one = day(back, None if part < 4 else Fraction(86400 - downs.get(part, 0), 86400))
        found.append(replace(one, maintenance=5400) if part == 10 else one)
    return tuple(found)


def realistic(status: PlatformStatus = PlatformStatus.OPERATIONAL) -> Publication:
    """Return the publication of a large platform: ten components with mixed days, incidents, maintenance, all texts."""
    given = published(status, "Sites in one region load slowly. We have found the cause and are replacing a switch.")
    names = ("Websites", "Databases", "Mail", "Object storage", "Backups and restores", "DNS", "Control panel", "API",
             "Monitoring", "Support portal")  # fmt: skip
    components = tuple(
        PublicComponent(
            name,
            status if number in (0, 3) else PlatformStatus.OPERATIONAL,
            number == 3 and status is PlatformStatus.DEGRADED,
            given.decision.uptime,
            share(f"99.{90 + number}"),
            mixed_days(number),
        )
        for number, name in enumerate(names)
    )
    announcements = _titled(given.announcements)
    if status is PlatformStatus.OPERATIONAL:
        first, _, planned = announcements.maintenance
        announcements = Announcements(maintenance=(first, planned), incidents=announcements.incidents[:1])
    texts = replace(
        given.texts,
        title="Example Hosting",
        backup_policy="Nightly backups, 7-day retention, off-site object storage.",
        infrastructure_model="Dedicated droplet per client + managed database cluster.",
        infrastructure_regions=("nyc3", "fra1"),
        infrastructure_notes="All sites behind managed HTTPS and monitored 24/7.",
        links=(("Website", "https://www.example.com/"), ("Support", "mailto:support@example.com")),
        other_forms=links(("page", "incidents", "feed", "calendar", "history")),
        subscriptions=subscriptions(("page", "incidents", "feed", "calendar", "history")),
    )
    return concluded(
        replace(given, texts=texts, components=components, announcements=announcements, days=mixed_days(77))
    )


def in_english_and_german(value: Publication) -> Publication:
    """Return a publication with all documents and with pages in both languages, that in English first."""
    german = find_language("de")
    texts = replace(
        value.texts,
        other_forms=links(DOCUMENTS),
        subscriptions=subscriptions(DOCUMENTS),
        pages=((ENGLISH, ""), (german, "de/")),
    )
    return replace(value, texts=texts, page_texts=(texts, replace(texts, language=german, folder="de/")))


def after_a_bad_quarter() -> Publication:
    """Return the publication of a large platform in an outage, of which each part was down on a third of the days."""
    value = realistic(PlatformStatus.OUTAGE)
    parts = tuple(replace(one, days=_bad_days(number)) for number, one in enumerate(value.components))
    return replace(value, components=parts, days=_bad_days(77))


def after_a_mixed_quarter(down: float = 0.1) -> Publication:
    """Return the publication of a large platform with groups and descriptions, and days of all kinds.

    On `down` of them, a ratio, each component was down, from three seconds to 17 hours. Others were partly observed, or
    had maintenance.
    """
    value = realistic(PlatformStatus.OUTAGE)
    parts = tuple(
        replace(
            one,
            days=_random_days(number, down),
            description=f"All {one.name.lower()} of clients in Europe and the US, number {number}",
            group=("Hosting", "Services", "Support")[number % 3],
        )
        for number, one in enumerate(value.components)
    )
    return replace(value, components=parts, days=_random_days(77, down))


def _random_days(seed: int, down: float) -> tuple[Day, ...]:
    """Return 90 days of all kinds, `down` of them with downtime, those of each seed different."""
    chance = random.Random(seed)
    found = []
    for back in range(89, -1, -1):
        kind = chance.random()
        one = day(back, None if kind < 0.05 else Fraction(1))
        if 0.05 <= kind < 0.05 + down:
            one = day(back, Fraction(86400 - int(10 ** chance.uniform(0.5, 4.8)), 86400))
            one = replace(one, degraded=chance.choice((0, 0, chance.randint(30, 9000))))
        if chance.random() < 0.05:
            one = replace(one, maintenance=chance.randint(600, 9000))
        if chance.random() < 0.1 and one.uptime is not None:
            one = replace(one, observed=Fraction(chance.randint(500, 999), 1000))
        found.append(one)
    return tuple(found)


def _bad_days(seed: int) -> tuple[Day, ...]:
    """Return 90 days, of which a third was down for a part, each for another."""
    parts = [(seed * 31 + back * 57 + back * back * 13) % 101 for back in range(90)]
    ratios = [None if part < 10 else share(f"{60 + part * 0.37:.2f}") if part < 40 else Fraction(1) for part in parts]
    return tuple(day(back, ratios[back]) for back in range(89, -1, -1))


def _titled(given: Announcements) -> Announcements:
    """Return announcements with all that a person can say of them."""
    past, present = given.incidents
    first, second = present.updates
    identified = replace(second, text="A switch has failed. We are replacing it.", phase=IncidentPhase.IDENTIFIED)
    present = replace(
        present,
        title="Websites slow in one region",
        components=("Websites", "Object storage"),
        impact=Impact.MAJOR,
        updates=(first, identified),
    )
    past = replace(past, components=("Mail",), title="Mail unavailable")
    windows = tuple(replace(one, components=("Object storage",)) for one in given.maintenance)
    return replace(given, incidents=(past, present), maintenance=windows)
