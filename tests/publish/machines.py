# SPDX-License-Identifier: MIT
"""Machines that publish to one bucket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from elytra_status import publish
from elytra_status.documents import Document, body_digest
from elytra_status.publish.stamp import Publisher
from elytra_status.publish.target import ConditionalWrites
from elytra_status.publish.upload import PublishResult, always
from elytra_status.publish.upload import publish as publish_set
from elytra_status.settings import Settings
from elytra_status.system.clock import SYSTEM_CLOCK, Clock
from tests.hostile_s3 import HostileS3
from tests.publishing import BADGE, documents_of

RUN = timedelta(minutes=10)
PAGE = replace(BADGE, name="index.html", content_type="text/html; charset=utf-8")
ENFORCING, NOT_ENFORCING = ("any", "bare", "quoted"), ("ignored", "refused")
every_storage = pytest.mark.parametrize("storage", [*ENFORCING, *NOT_ENFORCING])


@dataclass
class Machine:
    """A machine that publishes: each run has a mark, and what it publishes says whose it is and of which run.

    `ahead` is by how much its clock is ahead of the storage's.
    """

    name: str
    hostile: HostileS3
    settings: Settings
    state: Path
    ahead: timedelta = timedelta(0)
    conditions: ConditionalWrites = field(default_factory=ConditionalWrites)
    marks: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    last: tuple[Document, ...] = ()
    published: str = ""
    clock: Clock = SYSTEM_CLOCK
    may_publish: Callable[[], bool] = always

    def run(
        self, *others: Document, leaves_good_for: timedelta = timedelta(0), ago: timedelta = timedelta(0)
    ) -> PublishResult:
        """Publish once. What is published was decided so long `ago`."""
        own = frozenset(self.marks)
        number = len(self.marks)
        mark = f"{self.name}{9 * number % 16:x}{number:06x}"
        self.marks.append(mark)
        now = self.hostile.now() + self.ahead - ago
        named = [replace(one, body=one.body + mark.encode()) for one in others or (BADGE, PAGE)]
        documents = [*named, *documents_of(now)]
        known = ConditionalWrites(self.conditions.form, self.conditions.enforced)
        target = publish.configured(self.settings, self.state, conditions=known, clock=SYSTEM_CLOCK)
        result = publish_set(
            target,
            documents,
            now,
            publisher=Publisher(mark, own, last=self.published),
            tags=self.tags,
            leaves_good_for=leaves_good_for,
            may_publish=self.may_publish,
            clock=self.clock,
            decided=self.clock.monotonic() - ago.total_seconds(),
        )
        self.tags = dict(result.tags)
        self.conditions = target.conditions
        self.last = tuple(one for one in documents if not one.local)
        self.published = body_digest(self.last[-1]) if result.done else self.published
        return result


Machines = Callable[[str], Machine]


def lying_there(hostile: HostileS3) -> dict[str, bytes]:
    return {path.removeprefix("/status/"): stored.body for path, stored in hostile.objects.items()}


def set_of(machine: Machine) -> dict[str, bytes]:
    return {document.name: document.body for document in machine.last}


def later(hostile: HostileS3, seconds: float = 2.0) -> None:
    """Let the storage's clock go on: two runs of the same second are equally new."""
    before = hostile.now
    hostile.now = lambda: before() + timedelta(seconds=seconds)
