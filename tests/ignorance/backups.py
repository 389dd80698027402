# SPDX-License-Identifier: MIT
"""Backup evidence for the table: one group is good, and a test decides about the last one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import ClassVar

from elytra_status.sources.backup_evidence.kind import EvidenceKind
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.ignorance.stand import Answer, Stand, empty
from tests.made_evidence import PROGRAMS, Made

GOOD, BAD = timedelta(hours=1), timedelta(days=5)


class Storage(Stand):
    """A storage with a bucket of backups, which lists one entry a page."""

    def set_up(self) -> None:
        self.server = self.stack.enter_context(HostileS3())
        self.server.now = self.right.now
        self.server.page = 1

    def settings(self) -> dict[str, object]:
        return {
            "BACKUP_BUCKET": "planted-backups",
            "BACKUP_ENDPOINT": self.server.url,
            "BACKUP_ACCESS_KEY": "planted-access",
            "BACKUP_SECRET_KEY": "planted-secret",
            "BACKUP_GROUPS": "prefix",
        }

    def give(self, answer: Answer, *, bad: bool) -> None:
        self.server.objects.clear()
        now = self.right.now()
        self.server.put("/planted-backups/acme/1.gz", b"backup", now - GOOD)
        if answer is not Answer.ONE_MISSING:
            self.server.put("/planted-backups/bolt/1.gz", b"backup", now - (BAD if bad else GOOD))
        self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        def refuse(request: Request) -> Reply | None:
            if answer is Answer.REFUSED:
                return error(403, "AccessDenied")
            goes_on = "continuation-token" in request.query or "start-after" in request.query
            of_second = "bolt" in request.target
            return error(403, "AccessDenied") if answer is Answer.IN_PART and (goes_on or of_second) else None

        self.server.answer = refuse


def in_files(kind: EvidenceKind) -> type[Stand]:
    """Return the stand-in for one kind of evidence in a directory, with a file for each group."""

    class Files(Stand):
        impossible: ClassVar = {Answer.REFUSED: "a file asks for no key"}

        def set_up(self) -> None:
            self.folder = empty(self.directory / "evidence")

        def settings(self) -> dict[str, object]:
            return {kind.setting: self.folder}

        def give(self, answer: Answer, *, bad: bool) -> None:
            empty(self.folder)
            for name, text in _evidence(self, kind, answer, bad=bad).items():
                (self.folder / name).write_text(text)

    return Files


def in_objects(kind: EvidenceKind) -> type[Stand]:
    """Return the stand-in for one kind of evidence in a bucket, with an object for each group."""

    class Objects(Storage):
        def settings(self) -> dict[str, object]:
            named = super().settings()
            return {kind.setting: "s3://planted-backups/evidence/"} | {
                name: named[name] for name in ("BACKUP_ENDPOINT", "BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY")
            }

        def give(self, answer: Answer, *, bad: bool) -> None:
            self.server.objects.clear()
            for name, text in _evidence(self, kind, answer, bad=bad).items():
                self.server.put(f"/planted-backups/evidence/{name}", text.encode(), self.right.now() - GOOD)
            self._answer(answer)

    return Objects


def _evidence(stand: Stand, kind: EvidenceKind, answer: Answer, *, bad: bool) -> dict[str, str]:
    now, program = stand.right.now(), PROGRAMS[kind.setting]

    def of(name: str, age: timedelta) -> str:
        made = Made(now - age, host=name, repository=f"/srv/borg/{name}", stanza=name, group=name)
        return json.dumps(program([made]))

    evidence = {"acme.json": of("acme", GOOD), "bolt.json": of("bolt", BAD if bad else GOOD)}
    if answer is Answer.IN_PART:
        evidence["bolt.json"] = evidence["bolt.json"][: len(evidence["bolt.json"]) // 2]
    if answer is Answer.ONE_MISSING:
        del evidence["bolt.json"]
    return evidence
