# SPDX-License-Identifier: MIT
"""status.prom, for the textfile collector of Prometheus' node_exporter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum
from fractions import Fraction

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents.document import Document
from elytra_status.documents.facts import Publication
from elytra_status.model import BackupStatus, PlatformStatus, Uptime

NAME = "status.prom"
CONTENT_TYPE = "text/plain; version=0.0.4"
_PREFIX = "elytra_status_"

# Labels, and their value.
Sample = tuple[dict[str, str], float]


def render(publication: Publication) -> list[Document]:
    """Return the document, which stays on this machine."""
    lines = [line for name, meaning, samples in _families(publication) for line in _family(name, meaning, samples)]
    body = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    return [Document(NAME, body, CONTENT_TYPE, "", frozenset(), local=True)]


def _families(publication: Publication) -> Iterator[tuple[str, str, list[Sample]]]:
    decision = publication.decision
    yield "platform", "1 for the present platform status, 0 for the others.", _one_of(PlatformStatus, decision.status)
    yield (
        "headline",
        "1 for the code of the present headline, 0 for the others.",
        [({"code": code}, int(code == publication.headline.code)) for code in SENTENCES],
    )
    parts = [
        (component.name, sample)
        for component in publication.components
        for sample in _one_of(PlatformStatus, component.status)
    ]
    yield (
        "component",
        "1 for the present status of a component, 0 for the others.",
        [({"component": name, **labels}, value) for name, (labels, value) in parts],
    )
    uptimes: list[tuple[dict[str, str], Uptime, Fraction | None]] = [({}, decision.uptime, publication.last_90d)]
    uptimes += [({"component": one.name}, one.uptime, one.last_90d) for one in publication.components]
    yield (
        "uptime_ratio",
        "Uptime of a window, 0 to 1.",
        [sample for labels, found, last_90d in uptimes for sample in _ratios(labels, found, last_90d)],
    )
    yield (
        "backups",
        "1 for the present status of the backups, 0 for the others.",
        _one_of(BackupStatus, decision.backups.status),
    )
    times = {
        "last_backup": ("Time of the newest backup.", decision.backups.last_backup),
        "last_successful_backup": (
            "Time up to which every backup group is covered.",
            decision.backups.last_successful_backup,
        ),
        "updated": ("Time of this publication.", publication.now),
        "stale_after": ("Time from which the status counts as unknown.", publication.stale_after),
    }
    for name, (meaning, moment) in times.items():
        yield f"{name}_timestamp_seconds", meaning, _seconds(moment)
    yield "open_incidents", "Incidents that are not resolved.", [({}, len(publication.open_incidents))]
    yield (
        "maintenance",
        "Windows of announced maintenance that are in progress.",
        [({}, len(publication.current_maintenance))],
    )


def _one_of(words: type[Enum], which: Enum) -> list[Sample]:
    return [({"status": str(word.value)}, int(word is which)) for word in words]


def _ratios(labels: dict[str, str], found: Uptime, last_90d: Fraction | None) -> Iterator[Sample]:
    for window, ratio in {**vars(found), "last_90d": last_90d}.items():
        if ratio is not None:
            yield {**labels, "window": window.removeprefix("last_")}, float(ratio)


def _seconds(moment: datetime | None) -> list[Sample]:
    return [] if moment is None else [({}, int(moment.timestamp()))]


def _family(name: str, meaning: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {_PREFIX}{name} {meaning}"
    yield f"# TYPE {_PREFIX}{name} gauge"
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{_PREFIX}{name}{f'{{{inner}}}' if inner else ''} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
