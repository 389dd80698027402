# SPDX-License-Identifier: MIT
"""Save what a run knows of a large bucket for the next run, in JSON's types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from elytra_status.model import CLOCK_SKEW
from elytra_status.settings import Settings
from elytra_status.sources.backups_s3.groups import BucketState, Costs, Cursor, Group
from elytra_status.system.clock import from_text, to_text
from elytra_status.system.digest import digest

# Increase this when the meaning of the saved data changes.
FORM = 1


def mark(settings: Settings) -> str:
    """Return a text that changes if other objects or other backups are meant."""
    meant = [
        FORM,
        settings.backup_endpoint or settings.spaces_endpoint,
        settings.backup_bucket,
        settings.backup_prefix,
        settings.backup_pattern,
        settings.backup_min_bytes,
        settings.backup_groups,
    ]
    return digest(json.dumps(meant), 64)


def to_json(state: BucketState, mark_of_settings: str) -> dict[str, Any]:
    """Return data for `from_json`.

    The fields of groups, cursor and costs are in the order of their classes.
    """
    return {
        "mark": mark_of_settings,
        "groups": {name: [_plain(value) for value in vars(group).values()] for name, group in state.groups.items()},
        "cursor": [_plain(value) for value in vars(state.cursor).values()] if state.cursor else None,
        "listed": _plain(state.listed),
        "list_began": _plain(state.list_began),
        "list_after": state.list_after,
        "tried": _plain(state.tried),
        "costs": [_plain(value) for value in vars(state.costs).values()],
    }


def from_json(value: Mapping[str, Any], mark_of_settings: str, now: datetime) -> BucketState | None:
    """Return what `to_json` wrote.

    Return None if it is missing, damaged, of other settings, or from the future.
    An earlier version saved no costs.
    """
    if value.get("mark") != mark_of_settings:
        return None
    try:
        state = BucketState(
            {_text(name): _group(fields, now) for name, fields in value["groups"].items()},
            None if value["cursor"] is None else _cursor(value["cursor"], now),
            _moment(value["listed"], now),
            _moment(value["list_began"], now),
            _text(value["list_after"]),
            _moment(value["tried"], now),
            _costs(value["costs"], now) if "costs" in value else Costs(),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return None if state.list_after and state.list_began is None else state


def _plain(value: object) -> object:
    return to_text(value) if isinstance(value, datetime) else value


def _group(fields: Any, now: datetime) -> Group:
    key, time, seen, whole, ordered, missing_since = fields
    if (key is None) != (time is None) or (key is None) != (seen is None) or not isinstance(ordered, bool):
        raise ValueError
    return Group(
        None if key is None else _text(key),
        _moment(time, now + CLOCK_SKEW),
        _moment(seen, now),
        _moment(whole, now),
        ordered,
        _moment(missing_since, now),
    )


def _cursor(fields: Any, now: datetime) -> Cursor:
    prefix, after, name, began, last = fields
    began = _moment(began, now)
    if began is None:
        raise ValueError
    name = None if name is None else _text(name)
    return Cursor(_text(prefix), _text(after), name, began, _moment(last, now + CLOCK_SKEW))


def _costs(fields: Any, now: datetime) -> Costs:
    since, runs, requests = fields
    return Costs(_moment(since, now), _count(runs), _count(requests))


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _moment(text: Any, latest: datetime) -> datetime | None:
    if text is None:
        return None
    moment = from_text(text)
    if moment > latest:
        raise ValueError
    return moment


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
