# SPDX-License-Identifier: MIT
"""The notices that visitors read, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elytra_status.decision.notices import MAINTENANCE_TEXT, PLANNED, notice_in, notices
from elytra_status.model import (
    MONITORS,
    Announcements,
    Facts,
    Incident,
    IncidentUpdate,
    Maintenance,
    Monitor,
    Notice,
    Override,
    PlatformStatus,
    Report,
    State,
)

NOW = datetime(2025, 11, 10, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def watched(*hours: int | None, state: State = State.MAINTENANCE) -> tuple[Monitor, ...]:
    """Return monitors with a state that began this many hours ago."""
    return tuple(
        Monitor(f"kuma:{number}", "Acme", state, since=None if hour is None else NOW - hour * HOUR)
        for number, hour in enumerate(hours)
    )


def window(since: float, until: float) -> Maintenance:
    return Maintenance("2025-11-10-1", "Work.", NOW + since * HOUR, NOW + until * HOUR)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], []),
        ([Report("kuma", MONITORS, watched(1, state=State.UP))], []),
        ([Report("kuma", MONITORS, watched(1, 3, 2))], [Notice("maintenance", MAINTENANCE_TEXT, NOW - 3 * HOUR)]),
        ([Report("kuma", MONITORS, watched(None))], [Notice("maintenance", MAINTENANCE_TEXT)]),
        ([Report("kuma", MONITORS, watched(1), problem="timed out")], []),
        (
            [Report("kuma", MONITORS, watched(1, state=State.UP), in_maintenance=True), Report("probes", MONITORS)],
            [Notice("maintenance", MAINTENANCE_TEXT)],
        ),
    ],
)
def test_maintenance_of_the_monitoring_system_begins_with_its_first_monitor(
    reports: list[Report], expected: list[Notice]
) -> None:
    assert list(notices(Facts(NOW, tuple(reports)))) == expected


def test_what_is_announced_takes_the_place_of_what_the_monitoring_system_says() -> None:
    announced = Announcements(maintenance=(window(-1, 1),))
    (notice,) = notices(Facts(NOW, (Report("kuma", MONITORS, watched(1)),), announced))
    assert notice == Notice("maintenance", "Work.", NOW - HOUR, NOW + HOUR)


@pytest.mark.parametrize(("since", "text"), [(-1, "Work."), (0, "Work."), (0.01, f"{PLANNED}Work.")])
def test_future_maintenance_is_shown_as_planned_until_it_begins(since: float, text: str) -> None:
    (notice,) = notices(Facts(NOW, (), Announcements(maintenance=(window(since, 2),))))
    assert notice.text == text


def test_what_a_person_said_comes_first_and_of_an_incident_its_last_words() -> None:
    updates = tuple(IncidentUpdate(NOW - number * HOUR, text) for number, text in ((4, "a"), (2, "b"), (1, "c")))
    announced = Announcements(
        Override(PlatformStatus.OUTAGE, "A note.", NOW - HOUR, NOW + HOUR),
        (window(1, 2), window(-1, 1)),
        (Incident("2025-11-10-2", NOW - 4 * HOUR, updates),),
    )
    assert [(one.kind, one.text) for one in notices(Facts(NOW, (), announced))] == [
        ("override", "A note."),
        ("incident", "c"),
        ("maintenance", "Work."),
        ("maintenance", "Planned maintenance: Work."),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "in_german", "in_french"),
    [
        ("maintenance", "Work.", "Arbeit.", "Work."),
        ("maintenance", f"{PLANNED}Work.", f"{PLANNED}Arbeit.", f"{PLANNED}Work."),
        ("incident", "Work.", "Arbeit.", "Work."),
        # What a person wrote is no mark.
        ("incident", f"{PLANNED}done.", "Arbeit.", f"{PLANNED}done."),
    ],
)
def test_a_notice_keeps_the_mark_of_planned_maintenance_in_each_language(
    kind: str, text: str, in_german: str, in_french: str
) -> None:
    notice = Notice(kind, text, NOW, texts=(("de", "Arbeit."),))
    assert notice_in(notice, "de") == Notice(kind, in_german, NOW, texts=notice.texts)
    assert notice_in(notice, "fr") == Notice(kind, in_french, NOW, texts=notice.texts)
