# SPDX-License-Identifier: MIT
"""Every setting, once: name, kind, default, meaning. Sample file, manual and checks come from here.

The name of a setting in the file is the name of its field here in capital letters.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from elytra_status.secret import Secret
from elytra_status.settings import kinds, secret_kinds
from elytra_status.settings.kinds import Kind, Threshold

# The largest settings file that is read, in bytes. A real one has some kilobytes.
LARGEST_FILE = 1_000_000

# The default of INCIDENT_TEXT, which is true of every outage.
DEFAULT_INCIDENT_TEXT = "Part of the platform is not available."

# The words of PUBLISH.
DOCUMENTS = ("status", "page", "card", "badge", "feed", "calendar", "statuspage", "history")


def setting(
    kind: Kind,
    meaning: str,
    *,
    default: Any = None,
    example: str = "",
    section: str = "",
    former_names: tuple[str, ...] = (),
    public: bool = False,
    of: str | tuple[str, ...] = (),
) -> Any:
    """Return the field of one setting.

    `section` begins a new section of the sample file. An address is private, so that the leak guard
    searches for its host, unless it is `public`. `of` is the kind of source that the setting belongs to, or several:
    it can be given again for each further source of that kind. The first setting that belongs to one kind alone is
    the one without which there is no such source.
    """
    metadata = {
        "kind": kind,
        "meaning": " ".join(meaning.split()),
        "example": example,
        "section": section,
        "former_names": former_names,
        "public": public,
        "of": (of,) if isinstance(of, str) else of,
    }
    return field(default=default, metadata=metadata, repr=not kind.is_secret)


@dataclass(frozen=True)
class Settings:
    """The settings of one run. A value of None, or an empty list, means not set.

    `named` holds the settings of each source that SOURCES gives a name of its own.
    """

    named: tuple[tuple[str, Settings], ...] = ()
    sources: tuple[str, ...] = setting(
        kinds.SOURCES,
        """The monitoring systems to ask. Several of a kind get a name each, as in
        uptime_kuma,uptime_kuma:office; the settings of the second one then begin with that name:
        OFFICE_UPTIME_KUMA_URL. Not set: one of each kind whose settings are there.""",
        default=(),
        example="uptime_kuma,prometheus",
        section="Sources",
    )
    monitor_stale_minutes: int = setting(
        kinds.whole_number(1, 1440, "minutes"),
        """A monitor whose newest heartbeat is older than this, and than twice its own usual gap between
        heartbeats, is unknown. A monitor that a complete answer no longer names keeps its last state for as long. With
        UPTIME_KUMA_API_KEY, a first run publishes unknown until Uptime Kuma has been running for this long.""",
        default=15,
    )
    source_deadline_seconds: int = setting(
        kinds.whole_number(1, 200, "seconds"),
        """How long one look at a source may take. An Uptime Kuma 2 with 1,000 monitors needs up to 100 s
        for its first answer after a restart; a deadline below that makes such a look rest on /metrics.""",
        default=110,
    )
    connectivity_url: str | None = setting(
        kinds.URL,
        """An address that answers only while the machine that makes the checks (of Uptime Kuma, Prometheus or Gatus;
        this machine for probes) reaches the network, and that is no part of the platform. If everything that a source
        checks goes down at the same moment, this machine requests the address. If it is unreachable, or answers with
        500 or above, the source is isolated: its monitors are unknown and not down. If the source runs on this
        machine, use any dependable address outside. If it runs elsewhere, use a path of the web server before it that
        passes requests on to such an address. A source with a name has its own: OFFICE_CONNECTIVITY_URL.""",
        example="https://kuma.example.com/outside",
        of=("uptime_kuma", "prometheus", "gatus", "probes"),
    )
    uptime_kuma_url: str | None = setting(
        kinds.URL,
        """Address of Uptime Kuma, without a path behind it unless Kuma itself lies below one.""",
        example="https://kuma.example.com",
        section="Uptime Kuma",
        former_names=("UPTIME_KUMA_METRICS_URL",),
        of="uptime_kuma",
    )
    uptime_kuma_api_key: Secret | None = setting(
        secret_kinds.KEY,
        """API key of Uptime Kuma (Settings, API Keys), for /metrics. Without it the public page alone
        is read. With both, private monitors count too and paused ones are told from stuck ones.""",
        of="uptime_kuma",
    )
    uptime_kuma_user: str | None = setting(
        kinds.TEXT,
        """Login by HTTP basic authentication at a proxy before Uptime Kuma, or at an Uptime Kuma without API keys.
        Not set: none. If UPTIME_KUMA_API_KEY is set too, requests to /metrics carry the key and other requests the
        login: then let the proxy pass /metrics without a login.""",
        example="elytra-status",
        of="uptime_kuma",
    )
    uptime_kuma_password: Secret | None = setting(
        secret_kinds.SECRET, """Password that belongs to UPTIME_KUMA_USER.""", of="uptime_kuma"
    )
    uptime_kuma_headers: Secret | None = setting(
        secret_kinds.HEADERS,
        """Headers of each request to Uptime Kuma, for a proxy before it that requires a login. Not set: none. For
        Cloudflare Access, the headers of a service token: CF-Access-Client-Id: ID.access; CF-Access-Client-Secret:
        SECRET. For Authelia, Proxy-Authorization: Basic and user:password in base64. They are sent only to
        UPTIME_KUMA_URL, and to no address that it redirects to.""",
        example="X-Proxy-Token: a-value-of-yours",
        of="uptime_kuma",
    )
    uptime_kuma_status_page: str | None = setting(
        kinds.SLUG,
        """Slug of a public status page of Uptime Kuma: what follows /status/ in its address. Without it /metrics
        alone is read, which gives neither times nor figures for 7 days.""",
        example="main",
        of="uptime_kuma",
    )
    monitor_ids: tuple[int, ...] = setting(
        kinds.IDS,
        """Ids of the monitors that count (the number in a monitor's address in Uptime Kuma). Empty: all
        that are not paused. A group that is named here counts beside its children. One that no answer names is
        unknown.""",
        default=(),
        example="1,2,5",
        of="uptime_kuma",
    )
    critical_monitor_ids: tuple[int, ...] = setting(
        kinds.IDS,
        """Ids of the monitors of which each makes an outage alone, whatever OUTAGE_THRESHOLD is; beside those
        that have the tag critical in Uptime Kuma. A critical group counts beside its children.
        One that no answer names is unknown.""",
        default=(),
        example="1",
        of="uptime_kuma",
    )
    prometheus_url: str | None = setting(
        kinds.URL,
        """Address of Prometheus, or of what speaks its query API (Thanos, Mimir, VictoriaMetrics), up to
        before /api/v1.""",
        example="https://prometheus.example.com",
        section="Prometheus",
        of="prometheus",
    )
    prometheus_metric: str = setting(
        kinds.TEXT,
        """The metric that is 1 for up and 0 for down; what stands in braces chooses among its series.
        monitor_status of Uptime Kuma is understood too, and so are expressions such as max by (instance) (up). An
        expression has no samples that can be counted: what is down by it is confirmed after six minutes.""",
        default="probe_success",
        example='probe_success{job="blackbox"}',
        of="prometheus",
    )
    prometheus_labels: tuple[str, ...] = setting(
        kinds.LABELS,
        """Labels that identify a monitor: series in which they are equal are one monitor, and the worst of them
        counts. By default instance with job; for monitor_status those and monitor_id, or the monitor's name, type and
        address without one; for an expression, and where none of these is there, all labels. Set it where another
        label (pod, container) changes at a redeploy, or where one instance stands for several monitors.""",
        default=(),
        example="namespace,service",
        of="prometheus",
    )
    prometheus_token: Secret | None = setting(
        secret_kinds.KEY, """Bearer token, where Prometheus wants one.""", of="prometheus"
    )
    prometheus_user: str | None = setting(
        kinds.TEXT,
        """Login at Prometheus, or at the proxy before it, where it wants one.""",
        example="elytra-status",
        of="prometheus",
    )
    prometheus_password: Secret | None = setting(
        secret_kinds.SECRET, """Password that belongs to PROMETHEUS_USER.""", of="prometheus"
    )
    prometheus_tenant: str | None = setting(
        kinds.HEADER,
        """Tenant that the monitors belong to, sent as X-Scope-OrgID. Not set: none is sent. Set it if Mimir, Loki or
        Cortex answers "no org id".""",
        example="hosting",
        of="prometheus",
    )
    prometheus_client_certificate: str | None = setting(
        kinds.PATH,
        """File with a client certificate (PEM), where Prometheus wants one. The service's user must be able to
        read it.""",
        example="/etc/elytra-status/client.crt",
        of="prometheus",
    )
    prometheus_client_key: str | None = setting(
        kinds.PATH,
        """File with the key of PROMETHEUS_CLIENT_CERTIFICATE.""",
        example="/etc/elytra-status/client.key",
        of="prometheus",
    )
    better_stack_token: Secret | None = setting(
        secret_kinds.KEY,
        """Uptime API token of a Better Stack team.""",
        section="Better Stack",
        of="better_stack",
    )
    better_stack_monitor_ids: tuple[int, ...] = setting(
        kinds.IDS,
        """Ids of the monitors that count (the number in a monitor's address). Empty: all that are not paused.""",
        default=(),
        example="12,34",
        of="better_stack",
    )
    better_stack_url: str = setting(
        kinds.URL,
        """Address of Better Stack's API.""",
        default="https://uptime.betterstack.com",
        of="better_stack",
    )
    gatus_url: str | None = setting(
        kinds.URL,
        """Address of Gatus, up to before /api/v1.""",
        example="https://gatus.example.com",
        section="Gatus",
        of="gatus",
    )
    gatus_endpoints: tuple[str, ...] = setting(
        kinds.LIST,
        """Keys of the endpoints that count: what follows /endpoints/ in the address of an endpoint's page. Default:
        all, unless GATUS_GROUPS is set. One that no answer names is unknown.""",
        default=(),
        example="core_website,core_database",
        of="gatus",
    )
    gatus_groups: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of the groups whose endpoints count, beside those in GATUS_ENDPOINTS. Default: all.""",
        default=(),
        example="core",
        of="gatus",
    )
    gatus_user: str | None = setting(
        kinds.TEXT,
        """Login by HTTP basic authentication: the username in security.basic of Gatus, or a login at the proxy before
        it. Default: none. Gatus with OpenID Connect alone answers no program.""",
        example="elytra-status",
        of="gatus",
    )
    gatus_password: Secret | None = setting(secret_kinds.SECRET, """Password that belongs to GATUS_USER.""", of="gatus")
    gatus_token: Secret | None = setting(
        secret_kinds.KEY,
        """Bearer token, in place of GATUS_USER. Default: none. Set it if the proxy before Gatus requires one.""",
        of="gatus",
    )
    healthchecks_api_key: Secret | None = setting(
        secret_kinds.KEY,
        """API key of a project of Healthchecks (Project Settings, API Access). Use the read-only key.""",
        section="Healthchecks",
        of="healthchecks",
    )
    healthchecks_tags: tuple[str, ...] = setting(
        kinds.LIST,
        """Tags of the checks that count: those that have any of them. Default: all checks of the project that are not
        paused.""",
        default=(),
        example="public,production",
        of="healthchecks",
    )
    healthchecks_url: str = setting(
        kinds.URL,
        """Address of Healthchecks, up to before /api/v3. Set it if you run Healthchecks (3.0 or later) yourself.""",
        default="https://healthchecks.io",
        of="healthchecks",
    )
    systemd_units: tuple[str, ...] = setting(
        kinds.LIST,
        """Units of this machine that must be active; without an ending, services.""",
        default=(),
        example="nginx.service,postgresql",
        section="Units of this machine",
        of="systemd_units",
    )
    probe_urls: tuple[str, ...] = setting(
        kinds.ADDRESSES,
        """Addresses that this machine looks at by itself, for who has no monitoring system: a page, which must
        answer with less than 400, or tcp://host:port, which must take a connection.""",
        default=(),
        example="https://www.example.com/,tcp://database.example.com:5432",
        section="Probes",
        of="probes",
    )
    probe_timeout_seconds: int = setting(
        kinds.whole_number(1, 60, "seconds"),
        """How long a probe waits. One that fails is tried once more after 2 seconds.""",
        default=10,
        of="probes",
    )
    status_policy: str = setting(
        kinds.choice("monitors", "uptime"),
        """How the platform status is decided: from the monitors' present states, or from the uptime of
        the last 24 hours and the backups.""",
        default="monitors",
        section="Decision",
    )
    outage_threshold: Threshold = setting(
        kinds.THRESHOLD,
        """How many monitors must be down, and confirmed to be, for an outage: a count, or a share of
        all those that are watched, critical ones included. Fewer make it degraded, but for a critical one.""",
        default=Threshold(count=1),
        example="25%",
    )
    confirm_after_seconds: int = setting(
        kinds.whole_number(1, 170, "seconds"),
        """When the decision would rest on a single failed check, the job looks again after this time.
        Below 70 it may see Uptime Kuma's cached answer, or the same heartbeat, twice.""",
        default=70,
    )
    flap_changes: int = setting(
        kinds.whole_number(2, 100, "changes"),
        """A monitor that changes between up and down or pending more often than this within FLAP_MINUTES
        flaps: it makes the platform degraded, up or down, and not an outage each time that it is down. What
        stays down for five minutes, or for twice as long as it did while it flapped, is down.""",
        default=4,
    )
    flap_minutes: int = setting(
        kinds.whole_number(5, 60, "minutes"),
        """The time within which changes are counted. It is also how long after its last change a monitor that
        flapped may be up before it is taken for steady again.""",
        default=30,
    )
    uptime_aggregate: str = setting(
        kinds.choice("mean", "minimum"),
        """What is published of the monitors' uptime figures.""",
        default="mean",
    )
    history_days: int = setting(
        kinds.whole_number(31, 10_000, "days"),
        """For how many days it is remembered how long each monitor was up.""",
        default=400,
    )
    uptime_operational_percent: float = setting(
        kinds.number(0, 100, "percent"),
        """STATUS_POLICY=uptime: from this uptime of the last 24 hours on, with backups in order, the
        platform is operational.""",
        default=99.5,
    )
    uptime_degraded_percent: float = setting(
        kinds.number(0, 100, "percent"),
        """STATUS_POLICY=uptime: from this uptime of the last 24 hours on the platform is degraded, below
        it is an outage.""",
        default=95.0,
    )
    incidents: str = setting(
        kinds.choice("automatic", "manual"),
        """automatic: an outage that the monitors show and that is confirmed opens an incident in the notices, and
        what works again resolves it. manual: a person alone does, with `elytra-status incident`.""",
        default="automatic",
    )
    spaces_endpoint: str | None = setting(
        kinds.ENDPOINT,
        """Endpoint of the object storage that the status is published to (DigitalOcean Spaces or any S3).""",
        example="https://nyc3.digitaloceanspaces.com",
        section="Publishing",
    )
    spaces_region: str = setting(
        kinds.REGION,
        """Region that requests are signed for. Spaces accepts any; other storage wants its own.""",
        default="us-east-1",
        example="nyc3",
    )
    spaces_access_key: Secret | None = setting(
        secret_kinds.KEY,
        """Access key for the status bucket. A key limited to this bucket is enough.""",
    )
    spaces_secret_key: Secret | None = setting(secret_kinds.SECRET_KEY, """Secret that belongs to SPACES_ACCESS_KEY.""")
    spaces_addressing: str = setting(
        kinds.choice("auto", "path", "virtual"),
        """How requests name the bucket. path: as the first part of the path. virtual: as the first part of the host
        name. auto: virtual for Alibaba Cloud and Tencent Cloud, which refuse path, and path for other storage. Set
        virtual if an error names SPACES_ADDRESSING.""",
        default="auto",
    )
    status_bucket: str | None = setting(
        kinds.BUCKET,
        """Bucket that the status is published to. Without it the documents are written to
        PUBLIC_DIRECTORY.""",
        example="example-status",
        former_names=("SPACES_BUCKET",),
    )
    status_bucket_key: str = setting(
        kinds.OBJECT_KEY,
        """Key of status.json in the bucket; other documents lie beside it.""",
        default="status.json",
    )
    status_acl: str = setting(
        kinds.choice("public-read", "none"),
        """Access control list that each document is uploaded with. public-read: everybody may read the document.
        none: no list is sent. Set none for storage without such lists (AWS by default, Cloudflare R2, a private
        Backblaze B2 bucket, MinIO): there a bucket policy or a public address makes the documents public. With
        none and STATUS_URL, the documents are read back at STATUS_URL alone.""",
        default="public-read",
    )
    status_url: str | None = setting(
        kinds.URL,
        """Public address of status.json, as visitors read it. With it each run checks what a visitor
        gets, and check-freshness can watch from outside.""",
        example="https://status.example.com/status.json",
        public=True,
    )
    publish: tuple[str, ...] = setting(
        kinds.some_of(*DOCUMENTS),
        """What to publish: status.json, which is always there, and beside it the page, the card for other sites,
        the badge, the feed, the calendar of maintenance, the set that clients of Statuspage read, and the history
        by day. What is left out here and was published before stays where it lies: delete it there, or it will
        show an old status for ever.""",
        default=DOCUMENTS,
        example="status,page,badge",
    )
    public_directory: str | None = setting(
        kinds.PATH,
        """Directory that the documents are written to where no STATUS_BUCKET is set, for a web server to
        serve: /usr/share/doc/elytra-status/examples/ has configuration for nginx and Caddy. Not set: public/ in
        the state directory. The service may write to another one only with ReadWritePaths=.""",
        example="/srv/status",
    )
    cors_origins: tuple[str, ...] = setting(
        kinds.ORIGINS,
        """Web sites whose pages may read the status, or * for all. `elytra-status cors apply` sets it on
        the bucket.""",
        default=("*",),
        example="https://www.example.com,https://example.com",
    )
    cache_max_age_seconds: int = setting(
        kinds.whole_number(0, 3600, "seconds"),
        """How long browsers and proxies may keep a document (Cache-Control).""",
        default=300,
    )
    freshness_max_age_minutes: int = setting(
        kinds.whole_number(1, 1440, "minutes"),
        """How old a published status may be before readers must take it for unknown (stale_after).""",
        default=30,
    )
    run_deadline_seconds: int = setting(
        kinds.whole_number(10, 3600, "seconds"),
        """How long a whole run may take, the second look included. Keep it a minute below TimeoutStartSec= of
        elytra-status.service: that long it may take to tell what is to be told after a run.""",
        default=240,
    )
    backup_bucket: str | None = setting(
        kinds.BUCKET,
        """Bucket in which the backups lie. Without it backups are unknown.""",
        example="example-backups",
        section="Backups",
    )
    backup_prefix: str = setting(
        kinds.TEXT,
        """Beginning of the keys of all backups. End it with / to mean a folder.""",
        default="",
        example="backups/",
    )
    backup_pattern: str = setting(
        kinds.TEXT,
        """What the rest of a backup's key, behind BACKUP_PREFIX, must look like; * stands for anything,
        / included.""",
        default="*",
        example="*.sql.gz",
    )
    backup_min_bytes: int = setting(
        kinds.whole_number(0, 10**15, "bytes"),
        """An object smaller than this is no backup.""",
        default=1,
    )
    backup_groups: str = setting(
        kinds.choice("none", "prefix"),
        """none: all backups are one group. prefix: each folder below BACKUP_PREFIX is a group (a client,
        say) of its own, and the worst group is what is published; its name never is. In a bucket of more
        than 20,000 objects a deleted backup and a new group are noticed within 6 hours; names that sort by
        date, as in acme/2025-11-10.sql.gz, keep that cheap.""",
        default="none",
    )
    backup_max_age_hours: float = setting(
        kinds.number(0.1, 8760, "hours"),
        """A group whose newest backup is younger than this is a success.""",
        default=25.0,
    )
    backup_failed_age_hours: float = setting(
        kinds.number(0.1, 8760, "hours"),
        """A group whose newest backup is at least this old has failed; between the two is a warning. A missing group
        is forgotten once runs have observed for as long again that it is missing and failed.""",
        default=48.0,
    )
    backup_ignore_groups: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of backup groups that do not count, in buckets and files alike; * stands for anything. `elytra-status
        backups list` shows the names, and which groups are ignored. Default: none. Set it for groups that are never
        meant to count; end a group whose client has left with `elytra-status backups retire`.""",
        default=(),
        example="scratch-*,*:/var/cache",
    )
    backup_endpoint: str | None = setting(
        kinds.ENDPOINT,
        """Endpoint of the backups' storage, where it is not SPACES_ENDPOINT.""",
        example="https://fra1.digitaloceanspaces.com",
    )
    backup_region: str | None = setting(
        kinds.REGION, """Region of the backups' storage, where it is another.""", example="fra1"
    )
    backup_addressing: str | None = setting(
        kinds.choice("auto", "path", "virtual"),
        """How requests to the backups' storage name the bucket. Not set: as SPACES_ADDRESSING says.""",
        example="virtual",
    )
    backup_access_key: Secret | None = setting(
        secret_kinds.KEY,
        """Access key for the backup bucket: one that may only read it. Not set: SPACES_ACCESS_KEY.""",
    )
    backup_secret_key: Secret | None = setting(secret_kinds.SECRET_KEY, """Secret that belongs to BACKUP_ACCESS_KEY.""")
    backup_manifest: str | None = setting(
        kinds.PLACE,
        """Manifests of backups: a file, or a directory of files that end in .json, of objects with key,
        finished_at, exit_status, size, and where known group and sha256. The last run of each group counts. In a
        bucket, which BACKUP_ENDPOINT, BACKUP_REGION and the key for the backups lead to: s3://bucket/key, or
        s3://bucket/folder/ for every object in it whose key ends in .json. The access key must be allowed to read.""",
        example="/var/lib/backups/manifests",
    )
    backup_ansible: str | None = setting(
        kinds.PATH,
        """What Ansible's json callback printed of backup playbooks: a file, or a directory of files that end in
        .json. Each host of each playbook's file is a group. A host has failed when a task failed on it, ignored or
        rescued, or when it was unreachable; a run that skipped everything made no backup. The exit status in FILE.exit
        counts too.""",
        example="/var/lib/backups/ansible",
    )
    backup_ansible_tasks: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of the tasks that make the backups; * stands for anything. They alone then decide for each host. Not
        set: all tasks of the playbook decide. Set it when the playbook does more than back up.""",
        example="Dump the database,Copy the dump *",
    )
    backup_ansible_rescued: str = setting(
        kinds.choice("failed", "accepted"),
        """failed: a failure that a rescue section dealt with is a failure. accepted: it is none. Set it to accepted
        when your rescue sections make the backup in another way.""",
        default="failed",
    )
    backup_restic: str | None = setting(
        kinds.PATH,
        """What `restic snapshots --json` printed: a file, or a directory of files that end in .json. Each host with
        its paths is a group; a later snapshot of the host that holds all these paths supersedes it. An exit status in
        FILE.exit counts too.""",
        example="/var/lib/backups/restic.json",
    )
    backup_restic_group_by: str = setting(
        kinds.choice("host,paths", "host", "paths", "tag", "host,tag"),
        """What makes restic's snapshots of one file a group. Set it to paths or tag when hosts have a new name each
        time, as containers do, and to host when the paths differ each time.""",
        default="host,paths",
    )
    backup_borg: str | None = setting(
        kinds.PATH,
        """What `borgmatic list --json` or `borg list --json` printed: a file, or a directory of files that end in
        .json. The archives of a repository whose names differ by their date alone are a group. An exit status in
        FILE.exit counts too.""",
        example="/var/lib/backups/borg.json",
    )
    backup_borg_timezone: str | None = setting(
        kinds.TIMEZONE,
        """Time zone of the times in lists of borg 1, which name none. Not set: archives count as 14 hours older than
        they seem, as if written in the zone that is furthest ahead of UTC. Set it to UTC when the list is written
        with TZ=UTC borg list --json.""",
        example="UTC",
    )
    backup_pgbackrest: str | None = setting(
        kinds.PATH,
        """What `pgbackrest info --output=json` printed: a file, or a directory of files that end in .json. Each stanza
        in each of its repositories is a group. An exit status in FILE.exit counts too.""",
        example="/var/lib/backups/pgbackrest.json",
    )
    backup_kopia: str | None = setting(
        kinds.PATH,
        """What `kopia snapshot list --json` printed: a file, or a directory of files that end in .json. Each host, user
        and path is a group. An exit status in FILE.exit counts too.""",
        example="/var/lib/backups/kopia.json",
    )
    backup_proxmox: str | None = setting(
        kinds.PATH,
        """What `proxmox-backup-client snapshot list --output-format json` printed: a file, or a directory of files that
        end in .json, one for each datastore and namespace. Each type and id of backups is a group. An exit status in
        FILE.exit counts too.""",
        example="/var/lib/backups/proxmox",
    )
    backup_policy: str = setting(
        kinds.TEXT,
        """Sentence about the backups for the public (backups.policy). It is published as it stands.""",
        default="",
        example="Nightly backups, 7-day retention, off-site object storage.",
        section="Texts for the public",
    )
    infrastructure_model: str = setting(
        kinds.TEXT,
        """Sentence about the platform (infrastructure.model).""",
        default="",
        example="Dedicated droplet per client + managed database.",
    )
    infrastructure_regions: tuple[str, ...] = setting(
        kinds.LIST,
        """Regions that the platform runs in (infrastructure.regions).""",
        default=(),
        example="nyc3",
    )
    infrastructure_notes: str = setting(
        kinds.TEXT,
        """Further sentence about the platform (infrastructure.notes).""",
        default="",
        example="All sites behind managed HTTPS and monitored 24/7.",
    )
    incident_text: str = setting(
        kinds.NOTICE,
        """Sentence about an outage for the public, in the incident that the job opens by itself.""",
        default=DEFAULT_INCIDENT_TEXT,
    )
    components: tuple[tuple[str, tuple[str, ...]], ...] = setting(
        kinds.COMPONENTS,
        """Parts of the platform that visitors are shown one by one, under names of your own, each with its monitors:
        ids of Uptime Kuma, or keys as `elytra-status history --json` shows them. The status of each is decided by
        the rules of the whole, over its own monitors.""",
        default=(),
        example="Websites: 1,2,5; Databases: prometheus:ab12cd34",
    )
    page_title: str = setting(
        kinds.NAME,
        """What the page, the feed and the rest are called: the name of the platform.""",
        default="Platform status",
        example="Example Hosting",
    )
    page_logo: str | None = setting(
        kinds.PATH,
        """File with a logo for the page, PNG or SVG, of at most 3500 bytes: it is put into the page. The service's user
        must be able to read it; the service sees neither /home nor /root.""",
        example="/etc/elytra-status/logo.svg",
    )
    page_color: str = setting(
        kinds.COLOUR,
        """Colour of links and marks on the page. It is made darker or lighter where it could not be read.""",
        default="#0b57d0",
    )
    page_links: tuple[tuple[str, str], ...] = setting(
        kinds.LINKS,
        """Links at the head of the page, to https:// and mailto: addresses. These addresses are public.""",
        default=(),
        example="Website: https://www.example.com/; Help: mailto:help@example.com",
    )
    public_words: tuple[str, ...] = setting(
        kinds.LIST,
        """Names of monitors or backup groups that may stand in public texts, because they are ordinary
        words there. Secrets, addresses, buckets and hosts cannot be allowed.""",
        default=(),
        example="Website",
    )
    smtp_host: str | None = setting(
        kinds.HOST,
        """Mail server that alerts are sent through: that publishing or the freshness check fails, and that
        it is over.""",
        example="mail.example.com",
        section="Alerts",
    )
    smtp_port: int = setting(
        kinds.whole_number(1, 65535, "port"),
        """Port of the mail server: 587 for starttls, 465 for tls, 25 for none, mostly.""",
        default=587,
    )
    smtp_security: str = setting(
        kinds.choice("starttls", "tls", "none"),
        """How the connection to the mail server is encrypted: begun in clear and encrypted before anything
        is sent, from the first byte on, or not at all. A password goes over an encrypted one only.""",
        default="starttls",
    )
    smtp_helo: str | None = setting(
        kinds.HELO,
        """Name by which this machine greets the mail server (EHLO). Not set: the name that DNS or /etc/hosts has for
        it. Set it if the mail server refuses that name.""",
        example="web1.example.com",
    )
    smtp_user: str | None = setting(
        kinds.TEXT, """Login at the mail server, where it wants one.""", example="elytra-status"
    )
    smtp_password: Secret | None = setting(secret_kinds.SECRET, """Password that belongs to SMTP_USER.""")
    smtp_from: str | None = setting(
        kinds.TEXT,
        """Address that the alerts come from.""",
        example="elytra-status@example.com",
    )
    alert_email_to: tuple[str, ...] = setting(
        kinds.LIST,
        """Addresses that the alerts are sent to through SMTP_HOST.""",
        default=(),
        example="admin@example.com,on-call@example.com",
    )
    sendgrid_api_key: Secret | None = setting(
        secret_kinds.KEY,
        """API key of SendGrid, to send alerts through it. The right Mail Send is enough.""",
    )
    sendgrid_from_email: str | None = setting(
        kinds.TEXT,
        """Address that the alerts come from: one that SendGrid has verified.""",
        example="elytra-status@example.com",
    )
    sendgrid_admin_email: tuple[str, ...] = setting(
        kinds.LIST,
        """Addresses that the alerts are sent to through SendGrid.""",
        default=(),
        example="admin@example.com",
    )
    sendgrid_url: str = setting(
        kinds.URL,
        """Address of SendGrid's API. For a subuser in the EU: https://api.eu.sendgrid.com""",
        default="https://api.sendgrid.com",
    )
    slack_webhook_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address of an incoming webhook of Slack, to send alerts to its channel. It is a secret: who has it can
        write there.""",
    )
    teams_webhook_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address of a workflow of Microsoft Teams that posts to a channel when a webhook request is received.""",
    )
    webhook_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address of a program of your own, which alerts are posted to as JSON.""",
    )
    webhook_secret: Secret | None = setting(
        secret_kinds.SECRET,
        """Secret that alerts to WEBHOOK_URL are signed with: X-Elytra-Status-Signature is sha256= and the
        HMAC-SHA256 of X-Elytra-Status-Timestamp, a full stop, and the body.""",
    )
    ntfy_topic: Secret | None = setting(
        secret_kinds.TOPIC,
        """Topic of ntfy that alerts are published on. Who knows the name of an open one can read it.""",
    )
    ntfy_url: str = setting(kinds.URL, """Address of the ntfy server.""", default="https://ntfy.sh")
    ntfy_token: Secret | None = setting(secret_kinds.KEY, """Access token of ntfy, where the topic wants one.""")
    telegram_bot_token: Secret | None = setting(
        secret_kinds.KEY,
        """Token of a Telegram bot, to notify in the chat TELEGRAM_CHAT_ID. @BotFather issues it.""",
    )
    telegram_chat_id: str | None = setting(
        kinds.CHAT,
        """Chat that the bot writes to: the id of a person who has written to the bot or of a group that it is in, or
        the @name of a public channel.""",
        example="-1001234567890",
    )
    telegram_url: str = setting(
        kinds.URL,
        """Address of Telegram's Bot API. Set it if you run a Bot API server yourself.""",
        default="https://api.telegram.org",
    )
    dead_man_url: Secret | None = setting(
        secret_kinds.ADDRESS,
        """Address that is asked for after each good run, and notices when nobody comes: that of a push monitor of
        an Uptime Kuma, or of a check of Healthchecks, on another machine.""",
    )
    alert_detail: str = setting(
        kinds.choice("counts", "full"),
        """What alerts say of monitors and backup groups: counts and keys, or their names too, which may be
        clients'.""",
        default="counts",
    )
    alert_repeat_hours: float = setting(
        kinds.number(0.1, 8760, "hours"),
        """A reminder follows each time this long after the last one, while something still fails.""",
        default=6.0,
    )
    ca_bundle: str | None = setting(
        kinds.PATH,
        """File with certificates to trust (PEM), where a server's certificate comes from an authority of
        your own. Not set: those that the system trusts.""",
        example="/etc/ssl/certs/ca-certificates.crt",
        section="This machine",
    )
    log_level: str = setting(
        kinds.choice("debug", "info", "warning", "error"),
        """Least level of what is logged. At debug the journal holds monitors' names.""",
        default="info",
    )


@dataclass(frozen=True)
class Definition:
    """One setting, as code that prints or checks settings needs it."""

    name: str
    attribute: str
    kind: Kind
    default: Any
    meaning: str
    example: str
    section: str
    former_names: tuple[str, ...]
    public: bool
    of: tuple[str, ...]

    @property
    def is_secret(self) -> bool:
        """Whether the value must not be shown."""
        return self.kind.is_secret


DEFINITIONS: tuple[Definition, ...] = tuple(
    Definition(name=part.name.upper(), attribute=part.name, default=part.default, **part.metadata)
    for part in dataclasses.fields(Settings)
    if part.metadata
)

_KINDS_OF_SOURCES = dict.fromkeys(definition.of[0] for definition in DEFINITIONS if len(definition.of) == 1)
# The settings of each kind of source: first the one without which there is no such source, last those that it shares.
OF_KIND: dict[str, tuple[Definition, ...]] = {
    kind: tuple(
        sorted(
            (definition for definition in DEFINITIONS if kind in definition.of),
            key=lambda definition: len(definition.of) > 1,
        )
    )
    for kind in _KINDS_OF_SOURCES
}
# The settings that belong to several kinds.
SHARED: tuple[Definition, ...] = tuple(definition for definition in DEFINITIONS if len(definition.of) > 1)
