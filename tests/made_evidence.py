# SPDX-License-Identifier: MIT
"""Made-up evidence in the format of each program: which backups of which series, and their outcomes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Made:
    """One backup. What a program does not record is left out of its evidence."""

    ended: datetime
    host: str = "web1"
    paths: tuple[str, ...] = ("/srv/data",)
    tags: tuple[str, ...] = ()
    repository: str = "/srv/borg/one"
    series: str = "nightly"
    stanza: str = "orders"
    repo_key: int = 1
    group: str = ""
    size: int = 5000


def restic(backups: Sequence[Made]) -> Any:
    return [
        {
            "time": (made.ended - timedelta(minutes=5)).isoformat(),
            "hostname": made.host,
            "paths": list(made.paths),
            "tags": list(made.tags) or None,
            "summary": {
                "backup_start": (made.ended - timedelta(minutes=5)).isoformat(),
                "backup_end": made.ended.isoformat(),
                "total_bytes_processed": made.size,
            },
        }
        for made in backups
    ]


def borg(backups: Sequence[Made]) -> Any:
    return [
        {
            "repository": {"location": location, "id": "84cc8e"},
            "archives": [
                {"name": f"{made.series}-{made.ended:%Y-%m-%dT%H:%M:%S}", "time": made.ended.isoformat()}
                for made in backups
                if made.repository == location
            ],
        }
        for location in dict.fromkeys(made.repository for made in backups)
    ]


def pgbackrest(backups: Sequence[Made]) -> Any:
    return [
        {
            "name": stanza,
            "backup": [
                {
                    "database": {"id": 1, "repo-key": made.repo_key},
                    "error": False,
                    "timestamp": {"start": int(made.ended.timestamp()) - 60, "stop": int(made.ended.timestamp())},
                }
                for made in backups
                if made.stanza == stanza
            ],
            "repo": [
                {"key": key, "status": {"code": 0, "message": "ok"}}
                for key in sorted({made.repo_key for made in backups if made.stanza == stanza})
            ],
            "status": {"code": 0, "message": "ok"},
        }
        for stanza in dict.fromkeys(made.stanza for made in backups)
    ]


def ansible(backups: Sequence[Made], *, task: str = "dump", action: str = "command", **result: Any) -> Any:
    hosts = {made.host: {"action": action, "changed": True, **result} for made in backups}
    ended = max(made.ended for made in backups)
    counts = {"ok": 1, "failures": 0, "ignored": 0, "rescued": 0, "skipped": 0, "unreachable": 0}
    return {
        "plays": [
            {
                "play": {"name": "backup", "duration": {"end": ended.isoformat()}},
                "tasks": [{"task": {"name": task}, "hosts": hosts}],
            }
        ],
        "stats": {host: dict(counts) for host in hosts},
    }


def manifest(backups: Sequence[Made]) -> Any:
    return [
        {
            "key": f"{made.host}/1.gz",
            "finished_at": made.ended.isoformat(),
            "exit_status": 0,
            "size": made.size,
            **({"group": made.group} if made.group else {}),
        }
        for made in backups
    ]


def kopia(backups: Sequence[Made]) -> Any:
    """The output of kopia 0.17 without --json-verbose: `stats` is omitted, the sources of all hosts are included."""
    return [
        {
            "id": f"6f{number:030x}",
            "source": {"host": made.host, "userName": "root", "path": ",".join(made.paths)},
            "description": "",
            "startTime": (made.ended - timedelta(minutes=5)).isoformat().replace("+00:00", ".123456789Z"),
            "endTime": made.ended.isoformat().replace("+00:00", "Z"),
            "rootEntry": {
                "name": "data",
                "type": "d",
                "mode": "0755",
                "mtime": "2026-11-01T10:00:00Z",
                "obj": "k0c5b1d",
                "summ": {
                    "size": made.size, "files": 3, "symlinks": 0, "dirs": 1, "maxTime": "2026-11-01T10:00:00Z",
                    "numFailed": 0,
                },
            },
            "retentionReason": ["latest-1", "daily-1"],
        }
        for number, made in enumerate(backups)
    ]  # fmt: skip


def proxmox(backups: Sequence[Made]) -> Any:
    return [
        {
            "backup-type": "host",
            "backup-id": made.host,
            "backup-time": int(made.ended.timestamp()),
            "files": [
                {"filename": "catalog.pcat1.didx", "crypt-mode": "none", "size": 100},
                {"filename": "root.pxar.didx", "crypt-mode": "none", "size": made.size},
                {"filename": "index.json.blob", "crypt-mode": None, "size": 500},
            ],
            "owner": "backup@pbs!web",
            "protected": False,
            "size": made.size,
        }
        for made in backups
    ]


# The function that makes the evidence for each setting.
PROGRAMS: dict[str, Callable[[Sequence[Made]], Any]] = {
    "BACKUP_RESTIC": restic,
    "BACKUP_BORG": borg,
    "BACKUP_PGBACKREST": pgbackrest,
    "BACKUP_ANSIBLE": ansible,
    "BACKUP_MANIFEST": manifest,
    "BACKUP_KOPIA": kopia,
    "BACKUP_PROXMOX": proxmox,
}


def write(file: Path, value: Any, exit_status: object = None, before: str = "", after: str = "") -> Path:
    """Write evidence, with lines before and after it, and the exit status of the job in a second file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{before}{json.dumps(value)}{after}")
    if exit_status is not None:
        file.with_name(f"{file.name}.exit").write_text(f"{exit_status}\n")
    return file


def another(made: Made, **changes: Any) -> Made:
    return replace(made, **changes)
