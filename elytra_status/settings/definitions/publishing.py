# SPDX-License-Identifier: MIT
"""Where documents are published, which documents, and how long they are valid."""

from __future__ import annotations

from dataclasses import dataclass

from elytra_status.secret import Secret
from elytra_status.settings import kinds, secret_kinds
from elytra_status.settings.definitions.definition import setting

# The values of PUBLISH.
DOCUMENTS = ("status", "page", "incidents", "card", "badge", "feed", "calendar", "statuspage", "history", "preview")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class PublishingSettings:
    """Where documents are published, which documents, and how long they are valid."""

    spaces_endpoint: str | None = setting(
        kinds.ENDPOINT,
        """Endpoint of the object storage with the status bucket: DigitalOcean Spaces or any S3-compatible storage.""",
        example="https://nyc3.digitaloceanspaces.com",
        section="Publishing",
    )
    spaces_region: str = setting(
        kinds.REGION,
        """Region that requests to SPACES_ENDPOINT are signed for. DigitalOcean Spaces accepts any region.""",
        """Set it to the region of the bucket if the storage is not DigitalOcean Spaces.""",
        default="us-east-1",
        example="nyc3",
    )
    spaces_access_key: Secret | None = setting(
        secret_kinds.KEY,
        """Access key for the status bucket. A key limited to this bucket is enough.""",
        requires="SPACES_SECRET_KEY",
    )
    spaces_secret_key: Secret | None = setting(
        secret_kinds.SECRET_KEY,
        """Secret key of SPACES_ACCESS_KEY.""",
        requires="SPACES_ACCESS_KEY",
    )
    spaces_addressing: str = setting(
        kinds.choice("auto", "path", "virtual"),
        """How requests name the bucket. path: as the first part of the path. virtual: as the first part of the host
        name. auto: virtual for Alibaba Cloud and Tencent Cloud, which refuse path, and path for other storage.""",
        """Set virtual if an error names SPACES_ADDRESSING.""",
        default="auto",
    )
    status_bucket: str | None = setting(
        kinds.BUCKET,
        """Bucket that the documents are published to. Without it, they are written to PUBLIC_DIRECTORY.""",
        """Set it to publish to object storage.""",
        example="example-status",
        former_names=("SPACES_BUCKET",),
        requires=("SPACES_ENDPOINT", "SPACES_ACCESS_KEY", "SPACES_SECRET_KEY"),
    )
    status_bucket_key: str = setting(
        kinds.OBJECT_KEY,
        """Key of status.json in the bucket. The other documents have the same prefix.""",
        """Set it to publish to a folder of the bucket.""",
        default="status.json",
    )
    status_acl: str = setting(
        kinds.choice("public-read", "none"),
        """Access control list (ACL) of each uploaded document. public-read: everybody may read the document. none: no
        ACL is sent. With none and STATUS_URL, the documents are read back at STATUS_URL alone.""",
        """Set none for storage without ACLs (AWS by default, Cloudflare R2, a private Backblaze B2 bucket, MinIO).
        There, a bucket policy or a public address makes the documents public.""",
        default="public-read",
    )
    status_url: str | None = setting(
        kinds.URL,
        """Public address of status.json, as visitors read it. With it, each run checks what a visitor gets, and
        check-freshness monitors it from outside.""",
        """Set it once visitors can read status.json.""",
        example="https://status.example.com/status.json",
        public=True,
    )
    publish: tuple[str, ...] = setting(
        kinds.some_of(*DOCUMENTS),
        """Which documents are published: status.json (always), the page, the pages of incidents and
        maintenance, the card for other sites, the badge, the feed, the calendar of maintenance, the documents for
        clients of Statuspage, the history by day, and the picture that programs show beside a link to the page. The
        picture needs STATUS_URL, and the packages python3-pil and fonts-dejavu-core.""",
        """Leave out what nobody reads.""",
        default=DOCUMENTS,
        example="status,page,badge",
    )
    public_directory: str | None = setting(
        kinds.PATH,
        """Directory that the documents are written to if STATUS_BUCKET is not set, for a web server to serve:
        /usr/share/doc/elytra-status/examples/ has configuration for nginx and Caddy.""",
        """Set it if your web server serves another directory, and let the service write there with ReadWritePaths=.""",
        unset="public/ in the state directory",
        example="/srv/status",
        per_machine=True,
    )
    publishers: str = setting(
        kinds.choice("one", "pair"),
        """How many machines publish to the bucket. pair: of two machines with the same settings, one publishes, and the
        other stands by and takes over, with the same announcements. The storage must enforce conditional writes; each
        machine tests this, and publishes nothing if the storage does not.""",
        """Set pair on both machines if a second machine should take over when the first one fails.""",
        default="one",
        requires="STATUS_BUCKET",
    )
    pair_bucket: str | None = setting(
        kinds.BUCKET,
        """Bucket with the private objects of a pair: its lease and its announcements. SPACES_ACCESS_KEY must be allowed
        to read and write in it.""",
        """Set it if STATUS_ACL=none, or if the storage makes the status bucket public as a whole, as Backblaze B2 does:
        these objects would be public too.""",
        unset="STATUS_BUCKET",
        example="example-status-pair",
    )
    pair_key: str = setting(
        kinds.OBJECT_PREFIX,
        """Prefix of the keys of the private objects of a pair.""",
        """Set it if other objects have this prefix.""",
        default="pair/",
    )
    cors_origins: tuple[str, ...] = setting(
        kinds.ORIGINS,
        """Websites whose pages may read the documents, or * for all. `elytra-status cors apply` sets the rule on the
        bucket.""",
        """Set it if only your own websites show the status.""",
        default=("*",),
        example="https://www.example.com,https://example.com",
    )
    revalidate_url: str | None = setting(
        kinds.URL,
        """Address at which a website clears the status that it keeps: the route of the parts for Next.js. Each run
        that publishes a changed status requests it, up to three times within 15 seconds.""",
        """Set it if your website should show a change at once instead of within ten minutes.""",
        example="https://www.example.com/api/revalidate",
        public=True,
        requires="REVALIDATE_SECRET",
    )
    revalidate_secret: Secret | None = setting(
        secret_kinds.SECRET,
        """Secret that signs requests to REVALIDATE_URL: X-Elytra-Status-Signature is sha256= and the HMAC-SHA256 of
        X-Elytra-Status-Timestamp, a full stop, and the body. The website has it as STATUS_REVALIDATE_SECRET.""",
        requires="REVALIDATE_URL",
    )
    cache_max_age_seconds: int = setting(
        kinds.whole_number(0, 3600, "seconds"),
        """How long browsers and proxies may keep a document (Cache-Control).""",
        """Reduce it if visitors should see a change sooner.""",
        default=300,
    )
    freshness_max_age_minutes: int = setting(
        kinds.whole_number(1, 1440, "minutes"),
        """How old a published status may be until readers must treat it as unknown (stale_after).""",
        """Increase it if the timer starts a run less often than every ten minutes. Keep it at 30 or more with
        PUBLISHERS=pair.""",
        default=30,
    )
    run_deadline_seconds: int = setting(
        kinds.whole_number(10, 3600, "seconds"),
        """How long a run may take, the confirmation poll included.""",
        """Increase it if runs end at this deadline. Keep it a minute below TimeoutStartSec= of elytra-status.service:
        notifications are sent after it.""",
        default=240,
        per_machine=True,
    )
