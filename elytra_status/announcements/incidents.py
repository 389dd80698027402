# SPDX-License-Identifier: MIT
"""Incidents: opened by a person, or by the job after an outage. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from elytra_status.announcements.identifiers import take
from elytra_status.announcements.outages import followed
from elytra_status.announcements.translations import merged
from elytra_status.errors import UsageError
from elytra_status.locale import to_translate
from elytra_status.model import (
    CLOCK_SKEW,
    IN_MAINTENANCE,
    Announcements,
    Decision,
    Impact,
    Incident,
    IncidentPhase,
    IncidentUpdate,
    PlatformStatus,
    Translations,
)

EASED_TEXT = to_translate("The outage has eased, but not everything works yet.")
RESOLVED_TEXT = to_translate("The platform works again.")
# The text if a person resolves an incident without writing one.
ENDED_TEXT = to_translate("This is resolved.")
# With these rules, `degraded` does not mean that an outage has eased.
_NOT_MEASURED = ("override", *IN_MAINTENANCE)
# An outage that returns within this time continues the same incident.
SAME_WITHIN = timedelta(hours=1)
# Visitors read all open incidents, so their number is limited.
MOST = 20


@dataclass(frozen=True)
class Details:
    """The details of an incident besides its text; None leaves one unchanged.

    `titles` is the title in further languages, '' to remove one of them. A new title removes its earlier translations.
    """

    title: str | None = None
    components: tuple[str, ...] | None = None
    impact: Impact | None = None
    titles: Translations = ()

    def of(self, incident: Incident) -> Incident:
        """Return the incident with these details."""
        earlier = incident.titles if self.title in (None, incident.title) else ()
        given = {name: value for name, value in vars(self).items() if value is not None}
        return replace(incident, **{**given, "titles": merged(earlier, self.titles)})


NOTHING_MORE = Details()


def ongoing(announcements: Announcements) -> tuple[Incident, ...]:
    """Return the incidents that are not resolved, the newest first."""
    return tuple(incident for incident in reversed(announcements.incidents) if incident.resolved is None)


def begin(
    announcements: Announcements,
    text: str,
    now: datetime,
    by: str,
    details: Details = NOTHING_MORE,
    phase: IncidentPhase = IncidentPhase.INVESTIGATING,
    *,
    texts: Translations = (),
    automatic: bool = False,
) -> Announcements:
    """Return the announcements with a new incident.

    `texts` is its text in further languages. Raise UsageError if MOST incidents are open already.
    """
    if len(ongoing(announcements)) >= MOST:
        raise UsageError(
            f"{MOST} incidents are open already", "resolve those that are over: elytra-status incident list"
        )
    announcements, identifier = take(announcements, now)
    resolved = now if phase is IncidentPhase.RESOLVED else None
    first = IncidentUpdate(now, text, by, phase, texts)
    opened = Incident(identifier, now, (first,), resolved, automatic=automatic)
    return replace(announcements, incidents=(*announcements.incidents, details.of(opened)))


def find(announcements: Announcements, identifier: str) -> Incident:
    """Return an open incident. Raise UsageError if no open one has this identifier."""
    for incident in ongoing(announcements):
        if incident.identifier == identifier:
            return incident
    if any(incident.identifier == identifier for incident in announcements.incidents):
        raise UsageError("that incident is resolved", "open another one: elytra-status incident open")
    raise UsageError("there is no incident with this ID", "run elytra-status incident list")


def update(
    announcements: Announcements,
    identifier: str,
    text: str | None,
    now: datetime,
    by: str,
    details: Details = NOTHING_MORE,
    phase: IncidentPhase | None = None,
    texts: Translations = (),
) -> Announcements:
    """Return the announcements with an update of an open incident.

    If `phase` is None, the incident keeps its phase. If `text` is None, only its details change, at that time. `texts`
    is the text in further languages. Raise UsageError if no open incident has this identifier.
    """
    incident = find(announcements, identifier)
    if text is None:
        after = _detailed(incident, details)
        return announcements if after == incident else _put(announcements, replace(after, changed=now))
    updated = _with_update(incident, text, now, by, phase or incident.phase, texts)
    return _put(announcements, _detailed(updated, details))


def _detailed(incident: Incident, details: Details) -> Incident:
    """Return an open incident with details that a person gives.

    The job has not seen that a component which a person adds is out.
    """
    after = details.of(incident)
    if not incident.automatic:
        return after
    names = (name for name in after.components if name in incident.restored or name not in incident.components)
    return replace(after, restored=tuple(names))


def resolve(
    announcements: Announcements,
    identifier: str,
    text: str,
    now: datetime,
    by: str,
    details: Details = NOTHING_MORE,
    texts: Translations = (),
) -> Announcements:
    """Return the announcements with an incident resolved.

    `texts` is the text in further languages. Raise UsageError if no open incident has this identifier.
    """
    updated = _with_update(find(announcements, identifier), text, now, by, IncidentPhase.RESOLVED, texts)
    return _put(announcements, details.of(replace(updated, resolved=now, restored=())))


def review(
    announcements: Announcements, identifier: str, text: str, now: datetime, by: str, texts: Translations = ()
) -> Announcements:
    """Return the announcements with the postmortem of a resolved incident.

    `texts` is the text in further languages. It replaces an earlier postmortem. Raise UsageError if the incident does
    not exist or is open.
    """
    for incident in announcements.incidents:
        if incident.identifier == identifier:
            if incident.resolved is None:
                raise UsageError(
                    "that incident is open", f"resolve it first: elytra-status incident resolve {identifier}"
                )
            postmortem = IncidentUpdate(now, text, by, IncidentPhase.RESOLVED, texts)
            return _put(announcements, replace(incident, postmortem=postmortem))
    raise UsageError("there is no incident with this ID", "run elytra-status incident list --all")


def remove(announcements: Announcements, identifier: str) -> Announcements:
    """Return the announcements without an incident. Raise UsageError if none matches."""
    kept = tuple(one for one in announcements.incidents if one.identifier != identifier)
    if len(kept) == len(announcements.incidents):
        raise UsageError("there is no incident with this ID", "run elytra-status incident list --all")
    return replace(announcements, incidents=kept)


def follow(announcements: Announcements, decision: Decision, now: datetime, text: str | None) -> Announcements:
    """Return the announcements with the job's own incidents brought up to date.

    The job opens an incident with `text` when it has confirmed an outage. It does not if `text` is None, if an incident
    is open already, or if a person resolved an incident within SAME_WITHIN: people know more than the job. If the job
    itself resolved an incident within that time, it opens that incident again.

    The job's incidents have all components that have been in outage, and say when one of them works again or another
    one fails (see `outages.followed`). The job resolves its incidents, and no person's, when everything is operational:
    while the status is degraded, some users are still without service, and unknown proves nothing. Once a person has
    updated an incident of the job, the job adds no text until it resolves it.
    """
    if decision.awaits_confirmation:
        return announcements
    now = now.replace(microsecond=0)
    ours = [incident for incident in ongoing(announcements) if incident.automatic]
    if decision.status is PlatformStatus.OPERATIONAL:
        for incident in ours:
            announcements = resolve(announcements, incident.identifier, RESOLVED_TEXT, now, "")
        return announcements
    # An override is a person's word on the whole, and the job adds nothing to it.
    writes = text is not None and decision.rule != "override"
    for incident in ours:
        announcements = _put(announcements, followed(incident, decision.components, now, writes=writes))
    if decision.status is PlatformStatus.OUTAGE and decision.rule != "override":
        if ours:
            return _reworded(announcements, ours, text, now)
        return announcements if text is None or ongoing(announcements) else _open(announcements, text, now, decision)
    if decision.status is PlatformStatus.DEGRADED and decision.rule not in _NOT_MEASURED:
        return _reworded(announcements, ours, EASED_TEXT, now)
    return announcements


def without_future(announcements: Announcements, now: datetime) -> Announcements:
    """Return the announcements without future dates that the job has set.

    What a person has written stays and is dated `now`, because it cannot have been written later.
    """
    now = now.replace(microsecond=0)
    without = (one for incident in announcements.incidents if (one := _without_future(incident, now + CLOCK_SKEW)))
    kept = tuple(_dated_until(one, now) for one in without)
    return announcements if kept == announcements.incidents else replace(announcements, incidents=kept)


def _without_future(incident: Incident, latest: datetime) -> Incident | None:
    updates = tuple(update for update in incident.updates if update.by or update.time <= latest)
    if updates == incident.updates:
        return incident
    if not updates or (incident.automatic and incident.opened > latest):
        return None
    by_job = not incident.updates[-1].by
    is_of_future = incident.resolved is not None and incident.resolved > latest
    return replace(incident, updates=updates, resolved=None if by_job and is_of_future else incident.resolved)


def _dated_until(incident: Incident, now: datetime) -> Incident:
    """Return the incident with each future date replaced by `now`."""

    def dated(moment: datetime) -> datetime:
        return now if moment > now + CLOCK_SKEW else moment

    return replace(
        incident,
        opened=dated(incident.opened),
        updates=tuple(replace(update, time=dated(update.time)) for update in incident.updates),
        resolved=incident.resolved and dated(incident.resolved),
        changed=incident.changed and dated(incident.changed),
    )


def _open(announcements: Announcements, text: str, now: datetime, decision: Decision) -> Announcements:
    recent = [one for one in announcements.incidents if one.resolved and now - one.resolved < SAME_WITHIN]
    if any(one.updates[-1].by for one in recent):
        return announcements
    ours = [one for one in recent if one.automatic]
    if ours:
        # All of it worked in between.
        again = replace(ours[-1], resolved=None, restored=ours[-1].components)
        again = followed(again, decision.components, now, writes=False)
        return _put(announcements, _with_update(again, text, now, "", IncidentPhase.INVESTIGATING))
    out = tuple(one.name for one in decision.components if one.status is PlatformStatus.OUTAGE)
    details = Details(components=out, impact=Impact.MAJOR)
    return begin(announcements, text, now, "", details, automatic=True)


def _reworded(announcements: Announcements, ours: list[Incident], text: str | None, now: datetime) -> Announcements:
    open_now = {incident.identifier: incident for incident in announcements.incidents}
    for incident in (open_now[one.identifier] for one in ours):
        # What the job has said of components says nothing of the whole.
        last = next((update for update in reversed(incident.updates) if not update.change), incident.updates[-1])
        if text is not None and not last.by and last.text != text:
            announcements = _put(announcements, _with_update(incident, text, now, "", incident.phase))
    return announcements


def _with_update(
    incident: Incident, text: str, now: datetime, by: str, phase: IncidentPhase, texts: Translations = ()
) -> Incident:
    return replace(incident, updates=(*incident.updates, IncidentUpdate(now, text, by, phase, texts)), changed=None)


def _put(announcements: Announcements, incident: Incident) -> Announcements:
    incidents = (incident if one.identifier == incident.identifier else one for one in announcements.incidents)
    return replace(announcements, incidents=tuple(incidents))
