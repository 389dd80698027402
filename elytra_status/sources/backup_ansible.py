# SPDX-License-Identifier: MIT
"""Backups made by Ansible: the JSON of a playbook's run, as its `json` callback prints it; a group for each host.

ANSIBLE_STDOUT_CALLBACK=json ansible-playbook backup.yml > run.json.new
echo $? > run.json.exit; mv run.json.new run.json
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from elytra_status.settings import Settings
from elytra_status.sources.backup_files import File, Run, moment, source
from elytra_status.sources.source import Source

NAME = "backup_ansible"


def sources(settings: Settings) -> list[Source]:
    """Return the runs of playbooks, where the settings name them."""
    return source(NAME, "BACKUP_ANSIBLE", settings, _runs)


def _runs(file: File) -> Iterator[Run]:
    """Yield the run for each host: good where it was reached, nothing failed on it, and the playbook ended well."""
    ended = _ended(file)
    ended_well = _exit_status(file) in (None, 0)
    hosts = file.value["stats"]
    if not hosts:
        # A playbook that matched no host ends with 0 and has done nothing.
        raise ValueError
    for host, counts in hosts.items():
        bad = int(counts["failures"]) + int(counts["unreachable"])
        # With another exit status, what made it fail may have come before a host's own tasks.
        yield Run(host, ended, bad == 0 and (ended_well or any(_is_bad(one) for one in hosts.values())))


def _is_bad(counts: dict[str, int]) -> bool:
    return int(counts["failures"]) + int(counts["unreachable"]) > 0


def _ended(file: File) -> datetime:
    """Return when the last play ended; by the file where the callback, of an older Ansible, does not say."""
    ends = [play["play"].get("duration", {}).get("end") for play in file.value["plays"]]
    return max((moment(end) for end in ends if end), default=file.modified)


def _exit_status(file: File) -> int | None:
    """Return the exit status of the playbook, from the file beside it with .exit at its end; None without one."""
    try:
        return int(file.path.with_name(f"{file.path.name}.exit").read_text("ascii"))
    except FileNotFoundError:
        return None
    except OSError:
        raise ValueError from None
