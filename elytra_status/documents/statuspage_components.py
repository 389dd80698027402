# SPDX-License-Identifier: MIT
"""Components and their groups in api/v2/…, in the format of Statuspage."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents.appearance import MAINTENANCE, appearance_of
from elytra_status.documents.facts import Publication, PublicComponent
from elytra_status.documents.page_components import WORST_FIRST
from elytra_status.model import PlatformStatus
from elytra_status.system.clock import to_text

# By appearance: the indicator of the page, and the status of a component. Clients show a green light for "none",
# whatever the description says.
WORDS = {
    PlatformStatus.OPERATIONAL.value: ("none", "operational"),
    PlatformStatus.DEGRADED.value: ("minor", "degraded_performance"),
    PlatformStatus.OUTAGE.value: ("major", "major_outage"),
    PlatformStatus.UNKNOWN.value: ("minor", "degraded_performance"),
    MAINTENANCE: ("maintenance", "under_maintenance"),
}
# The description of a component whose state is unknown, as its status cannot say so. Programs compare it (card.js too),
# so that it is not translated.
UNKNOWN_COMPONENT = SENTENCES["unknown"]
# When a component was created is not recorded, and clients require a time that stays the same.
_CREATED = datetime(1970, 1, 1, tzinfo=UTC)


def components_and_groups(publication: Publication, page: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the components in the order of COMPONENTS, then their groups.

    A client that searches for a name therefore finds the component before the group. The position is that in the group,
    or on the page.
    """
    together: dict[tuple[str, str], list[PublicComponent]] = {}
    for one in publication.components:
        together.setdefault((one.group, "" if one.group else one.name), []).append(one)
    components, groups = {}, []
    for number, ((name, _), members) in enumerate(together.items(), 1):
        group = statuspage_identifier(f"{page['id']} group {name}") if name else None
        for position, one in enumerate(members, 1):
            identifier = statuspage_identifier(f"{page['id']} component {one.name}")
            fields = _fields(one.name, [one], position if group else number, one.description, page)
            components[one.name] = {**fields, "id": identifier, "group_id": group}
        if group:
            inside = [components[one.name]["id"] for one in members]
            fields = _fields(name, members, number, "", page)
            groups.append({**fields, "id": group, "group": True, "components": inside})
    return [*(components[one.name] for one in publication.components), *groups]


def _fields(
    name: str, members: Sequence[PublicComponent], position: int, description: str, page: dict[str, Any]
) -> dict[str, Any]:
    """Return the fields of a component or of a group.

    A group has the worst status of its members. A component is its own only member.
    """
    appearance = min(map(appearance_of, members), key=WORST_FIRST.index)
    changes = [one.changed for one in members if one.changed]
    if appearance == PlatformStatus.UNKNOWN.value:
        description = UNKNOWN_COMPONENT
    return {
        "id": "",
        "name": name,
        "status": WORDS[appearance][1],
        "created_at": statuspage_time(_CREATED),
        "updated_at": statuspage_time(max(changes)) if changes else page["updated_at"],
        "position": position,
        "description": description or None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page["id"],
        "group": False,
        "only_show_if_degraded": False,
    }


def statuspage_time(moment: datetime) -> str:
    """Return a moment with milliseconds, without which some clients cannot read it."""
    return f"{to_text(moment).removesuffix('Z')}.000Z"


def statuspage_identifier(text: str) -> str:
    """Return a permanent identifier of twelve characters, as Statuspage's are."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
