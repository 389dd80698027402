# SPDX-License-Identifier: MIT
"""The notices that are published with the status. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from elytra_status.announcements import incidents, maintenance
from elytra_status.announcements.override import in_force
from elytra_status.announcements.translations import chosen
from elytra_status.locale import to_translate
from elytra_status.model import Facts, Incident, Maintenance, Notice, State

MAINTENANCE_TEXT = to_translate("Maintenance is in progress.")
# Marks maintenance that has not begun, for readers who do not check the times.
PLANNED = "Planned maintenance: "
# Replacements for texts that must not be published.
NO_NOTE = to_translate("This status was set by hand.")
NO_INCIDENT_TEXT = to_translate("An incident is open.")
NO_MAINTENANCE_TEXT = to_translate("Work on the platform.")


def notices(facts: Facts) -> tuple[Notice, ...]:
    """Return the notices, the most important first.

    The order is: override, incidents, current and planned maintenance.
    """
    announcements, now = facts.announcements, facts.now
    found = []
    if override := in_force(announcements, now):
        found.append(Notice("override", override.note, override.since, override.until, override.notes))
    found += [of_incident(incident) for incident in incidents.ongoing(announcements)]
    if windows := maintenance.current(announcements, now):
        found += [of_window(window, now) for window in windows]
    else:
        found += _of_monitors(facts)
    return (*found, *(of_window(window, now) for window in maintenance.to_come(announcements, now)))


def of_incident(incident: Incident) -> Notice:
    """Return the notice of an open incident, with its last text."""
    last = incident.updates[-1]
    return Notice("incident", last.text, incident.opened, texts=last.texts)


def of_window(window: Maintenance, now: datetime) -> Notice:
    """Return the notice of current or planned maintenance."""
    text = f"{PLANNED}{window.text}" if now < window.since else window.text
    return Notice("maintenance", text, window.since, window.until, window.texts)


def notice_in(notice: Notice, code: str) -> Notice:
    """Return a notice with the text that a person has written for a language.

    Without one for it, the text stays.
    """
    mark = PLANNED if notice.kind == "maintenance" and notice.text.startswith(PLANNED) else ""
    text = chosen(notice.text.removeprefix(mark), notice.texts, code)
    return replace(notice, text=f"{mark}{text}")


def _of_monitors(facts: Facts) -> list[Notice]:
    """Return a notice if the monitoring system itself reports maintenance."""
    monitors = [monitor for report in facts.reports if not report.problem for monitor in report.monitors]
    in_maintenance = [monitor for monitor in monitors if monitor.state is State.MAINTENANCE]
    if not in_maintenance and not any(report.in_maintenance for report in facts.reports):
        return []
    began = [monitor.since for monitor in in_maintenance if monitor.since]
    return [Notice("maintenance", MAINTENANCE_TEXT, since=min(began, default=None))]
