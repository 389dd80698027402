# SPDX-License-Identifier: MIT
"""Where backups or lists of backups are, and when a backup is late."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.secret import Secret
from elytra_status.settings import kinds, secret_kinds
from elytra_status.settings.definitions.definition import Requirement, setting

# The settings that a bucket with backups or a manifest requires.
BACKUP_STORAGE: tuple[Requirement, ...] = (
    ("BACKUP_ENDPOINT", "SPACES_ENDPOINT"),
    ("BACKUP_ACCESS_KEY", "SPACES_ACCESS_KEY"),
)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class BackupSettings:
    """Where backups or lists of backups are, and when a backup is late."""

    backup_bucket: str | None = setting(
        kinds.BUCKET,
        """Bucket with the backups. If neither it nor another setting names backups, their status is unknown.""",
        """Set it if the backups are objects in a bucket.""",
        example="example-backups",
        section="Backups",
        requires=BACKUP_STORAGE,
    )
    backup_prefix: str = setting(
        kinds.TEXT,
        """Prefix of the keys of all backups. A folder ends with /.""",
        """Set it if the bucket also holds other objects.""",
        default="",
        example="backups/",
    )
    backup_pattern: str = setting(
        kinds.TEXT,
        """Pattern for the rest of the key of a backup, after BACKUP_PREFIX; * matches any characters, also /.""",
        """Set it if there are other objects below BACKUP_PREFIX.""",
        default="*",
        example="*.sql.gz",
    )
    backup_min_bytes: int = setting(
        kinds.whole_number(0, 10**15, "bytes"),
        """An object smaller than this is not a backup.""",
        """Set it to half the size of your smallest backup.""",
        default=1,
    )
    backup_groups: str = setting(
        kinds.choice("none", "prefix"),
        """How backups are grouped. none: all backups are one group. prefix: each folder below BACKUP_PREFIX is a group
        of its own (a client, for example); the status of the worst group is published, and no name. Keys that sort by
        date, as in acme/2025-11-10.sql.gz, need the fewest requests.""",
        """Set prefix if each client must have a backup.""",
        default="none",
    )
    backup_listing: str = setting(
        kinds.choice("auto", "full", "remembered"),
        """How much of the bucket each run lists. full: all objects. remembered: only what is due, beginning from the
        saved state of the last run; a deleted backup and a new group are noticed within 6 hours. auto: all objects
        of a bucket of up to 5,000 objects, and of a larger bucket what costs fewer requests.""",
        """Set full to notice each change at once, with a request for each 1,000 objects.""",
        default="auto",
    )
    backup_max_age_hours: float = setting(
        kinds.number(0.1, 8760, "hours"),
        """The backups of a group are successful while the newest is younger than this.""",
        """Set it to an hour more than the interval of your backups.""",
        default=25.0,
    )
    backup_failed_age_hours: float = setting(
        kinds.number(0.1, 8760, "hours"),
        """The backups of a group have failed if the newest is at least this old. Between BACKUP_MAX_AGE_HOURS and this,
        there is a warning. A missing group is forgotten after runs have observed for the same time that it is missing
        and failed.""",
        """Set it to twice the interval of your backups.""",
        default=48.0,
    )
    backup_ignore_groups: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of backup groups that do not count, in buckets and files; * matches any characters. `elytra-status
        backups list` shows the names, and which groups are ignored.""",
        """Set it for groups that are never meant to count. If a client has left, use `elytra-status backups
        retire`.""",
        default=(),
        example="scratch-*,*:/var/cache",
    )
    backup_endpoint: str | None = setting(
        kinds.ENDPOINT,
        """Endpoint of the storage with the backups.""",
        """Set it if the backups are in another storage than the documents.""",
        unset="SPACES_ENDPOINT",
        example="https://fra1.digitaloceanspaces.com",
    )
    backup_region: str | None = setting(
        kinds.REGION,
        """Region of the storage with the backups.""",
        """Set it with BACKUP_ENDPOINT.""",
        unset="SPACES_REGION",
        example="fra1",
    )
    backup_addressing: str | None = setting(
        kinds.choice("auto", "path", "virtual"),
        """How requests to the storage with the backups name the bucket, as for SPACES_ADDRESSING.""",
        """Set it with BACKUP_ENDPOINT, if an error names SPACES_ADDRESSING.""",
        unset="SPACES_ADDRESSING",
        example="virtual",
    )
    backup_access_key: Secret | None = setting(
        secret_kinds.KEY,
        """Access key for the bucket with the backups. It only needs to read that bucket.""",
        """Set it, so that the key that publishes cannot read the backups.""",
        unset="SPACES_ACCESS_KEY",
        requires="BACKUP_SECRET_KEY",
    )
    backup_secret_key: Secret | None = setting(
        secret_kinds.SECRET_KEY,
        """Secret key of BACKUP_ACCESS_KEY.""",
        requires="BACKUP_ACCESS_KEY",
    )
    backup_manifest: str | None = setting(
        kinds.LOCATION,
        """Manifests of backups: JSON objects with key, finished_at, exit_status and size, and optionally group and
        sha256. Either a file, or a directory of files that end in .json. In the storage of the backups, either
        s3://bucket/key, or s3://bucket/folder/ for all objects in the folder whose keys end in .json; the access key
        must be allowed to read them. The last run of each group counts.""",
        """Set it if your backup program writes a manifest.""",
        example="/var/lib/backups/manifests",
    )
    backup_ansible: str | None = setting(
        kinds.PATH,
        """Output of Ansible's json callback for playbooks that make backups: a file, or a directory of files that end
        in .json. Each host in the file of a playbook is a group. A host has failed if a task failed on it, also an
        ignored or rescued task, or if it was unreachable; a run that skipped all tasks made no backup. The exit status
        in FILE.exit counts too.""",
        """Set it if Ansible makes your backups.""",
        example="/var/lib/backups/ansible",
    )
    backup_ansible_tasks: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of the tasks that make the backups; * matches any characters. Only they decide for each host.""",
        """Set it if the playbook also does other things.""",
        unset="all tasks of the playbook",
        example="Dump the database,Copy the dump *",
    )
    backup_ansible_rescued: str = setting(
        kinds.choice("failed", "accepted"),
        """How a failed task counts that a rescue section has handled. failed: as a failure. accepted: as a success.""",
        """Set accepted if your rescue sections make the backup by other means.""",
        default="failed",
    )
    backup_restic: str | None = setting(
        kinds.PATH,
        """Output of `restic snapshots --json`: a file, or a directory of files that end in .json. Each host with its
        paths is a group; a later snapshot of the host that contains all these paths replaces the group. The exit status
        in FILE.exit counts too.""",
        """Set it if restic makes your backups.""",
        example="/var/lib/backups/restic.json",
    )
    backup_restic_group_by: str = setting(
        kinds.choice("host,paths", "host", "paths", "tag", "host,tag"),
        """What restic's snapshots in one file are grouped by.""",
        """Set paths or tag if hosts have a new name each time, as containers do. Set host if the paths differ each
        time.""",
        default="host,paths",
    )
    backup_borg: str | None = setting(
        kinds.PATH,
        """Output of `borgmatic list --json` or `borg list --json`: a file, or a directory of files that end in .json.
        The archives of a repository whose names differ only by their date are a group. The exit status in FILE.exit
        counts too.""",
        """Set it if Borg makes your backups.""",
        example="/var/lib/backups/borg.json",
    )
    backup_borg_timezone: str | None = setting(
        kinds.TIMEZONE,
        """Time zone of the times in lists of Borg 1, which contain no zone.""",
        """Set it to UTC if the list is written with TZ=UTC borg list --json.""",
        unset="""the zone that is furthest ahead of UTC, so that archives count as 14 hours older""",
        example="UTC",
    )
    backup_pgbackrest: str | None = setting(
        kinds.PATH,
        """Output of `pgbackrest info --output=json`: a file, or a directory of files that end in .json. Each stanza
        in each of its repositories is a group. The exit status in FILE.exit counts too.""",
        """Set it if pgBackRest makes your backups.""",
        example="/var/lib/backups/pgbackrest.json",
    )
    backup_kopia: str | None = setting(
        kinds.PATH,
        """Output of `kopia snapshot list --json`: a file, or a directory of files that end in .json. Each combination
        of host, user and path is a group. The exit status in FILE.exit counts too.""",
        """Set it if Kopia makes your backups.""",
        example="/var/lib/backups/kopia.json",
    )
    backup_proxmox: str | None = setting(
        kinds.PATH,
        """Output of `proxmox-backup-client snapshot list --output-format json`: a file, or a directory of files that
        end in .json, one for each datastore and namespace. Each combination of type and id is a group. The exit status
        in FILE.exit counts too.""",
        """Set it if Proxmox Backup Server holds your backups.""",
        example="/var/lib/backups/proxmox",
    )
