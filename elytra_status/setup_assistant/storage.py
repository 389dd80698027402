# SPDX-License-Identifier: MIT
"""The storage that is published to, tried by a trial object: written, read without a key, removed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from posixpath import dirname, join
from typing import Any
from urllib.parse import quote, urlsplit

from elytra_status import cors, spaces, visitor, web
from elytra_status.doctor import rights
from elytra_status.errors import PublishError, SourceError
from elytra_status.publish import spaces_bucket
from elytra_status.publish.spaces_bucket import NO_POLICY
from elytra_status.settings import Settings
from elytra_status.setup_assistant.found import Fault, Found, fault_of

NAMES = (
    *("SPACES_ENDPOINT", "SPACES_REGION", "SPACES_ACCESS_KEY", "SPACES_SECRET_KEY"),
    *("STATUS_BUCKET", "STATUS_BUCKET_KEY", "CORS_ORIGINS"),
)
# The same each time: where a key may not delete, one object stays and not one for each trial.
TRIAL = "elytra-status-setup-trial.txt"
SECONDS = 20.0
_WRONG_REGION = ("AuthorizationHeaderMalformed", "PermanentRedirect", "301", "400")
# The region is part of the host name with these services.
_REGION_IN_HOST = re.compile(
    r"(?:s3[.-])?(?P<region>[a-z0-9-]+)\.(?:digitaloceanspaces\.com|wasabisys\.com|backblazeb2\.com|scw\.cloud)"
    r"|s3[.-](?P<amazon>[a-z]+(?:-[a-z]+)+-[0-9])\.amazonaws\.com"
    r"|(?P<hetzner>[a-z0-9]+)\.your-objectstorage\.com"
)


def region_of(endpoint: str) -> str:
    """Return the region that the host name of an endpoint holds, '' where it holds none."""
    match = _REGION_IN_HOST.fullmatch(urlsplit(endpoint).hostname or "")
    return next((name for name in match.groups() if name), "") if match else ""


def try_answers(settings: Settings, *, writes: bool = True) -> Found:
    """Write a trial object, read it as a visitor, remove it; find out the region. Without `writes` ask for rights only.

    The CORS rules of the bucket are only read.
    """
    assert settings.status_bucket
    if not writes:
        return _ask(settings, settings.status_bucket)
    trial = _Trial(settings, settings.status_bucket)
    try:
        trial.write()
    except PublishError as error:
        return Found(faults=(trial.explain(error),))
    try:
        faults = trial.read()
    finally:
        warnings = trial.remove()
    if faults and trial.settings.status_acl == "none" and not trial.settings.status_url:
        # The next question is for the public address, which may be the only one.
        warnings, faults = (*warnings, *(f"{fault.problem}. {fault.remedy}." for fault in faults)), ()
    if faults:
        return Found(warnings=warnings, faults=faults, discovered=trial.discovered)
    where = f"bucket {trial.bucket}, region {trial.settings.spaces_region}"
    lines = (f"{where}: a trial object was written, read without a key, and removed",)
    return Found(lines[: not warnings], warnings, discovered=trial.discovered)


def _ask(settings: Settings, bucket: str) -> Found:
    try:
        rights.check_may_write(replace(spaces_bucket.account(settings), attempts=2), bucket, settings.status_bucket_key)
    except PublishError as error:
        return Found(faults=(fault_of("STATUS_BUCKET", error),))
    return Found(lines=(f"bucket {bucket}: the key may write {settings.status_bucket_key}; nothing was written",))


@dataclass
class _Trial:
    """A trial object in the bucket. `discovered` are settings that were found out on the way."""

    settings: Settings
    bucket: str

    def __post_init__(self) -> None:
        self.key = join(dirname(self.settings.status_bucket_key), TRIAL)
        self.body = secrets.token_hex(16).encode()
        self.discovered: dict[str, str] = {}
        self.refused_acl: PublishError | None = None

    @property
    def _account(self) -> spaces.Account:
        return replace(spaces_bucket.account(self.settings), attempts=2)

    def write(self) -> None:
        """Write it as documents are written: in the region that the storage names, and with an ACL where it takes one.

        Raise PublishError.
        """
        try:
            self._put(self.settings.status_acl)
        except _WrongRegionError as wrong:
            self.discovered["SPACES_REGION"] = wrong.region
            self.settings = replace(self.settings, spaces_region=wrong.region)
            self.write()
        except PublishError as error:
            if self.settings.status_acl == "none" or error.code not in spaces_bucket.ACL_REFUSED:
                raise
            self._do_without_acl()
            self.write()

    def _do_without_acl(self) -> None:
        self.discovered["STATUS_ACL"] = "none"
        self.settings = replace(self.settings, status_acl="none")

    def _put(self, acl: str) -> None:
        client = spaces.open_client(self._account)
        # Else botocore would go on with the right region in silence, in each run anew.
        client.meta.events.register("before-call.s3.PutObject", _do_not_redirect)
        arguments = {"ACL": acl} if acl != "none" else {}
        with (
            spaces.errors_as(PublishError, self._account, self.bucket, f"write {self.key}"),
            _regions(self.settings.spaces_region),
        ):
            client.put_object(Bucket=self.bucket, Key=self.key, Body=self.body, ContentType="text/plain", **arguments)

    def explain(self, error: PublishError) -> Fault:
        """Return why it could not be written: the key, the bucket, or the right to make it public alone."""
        if error.code == "AccessDenied" and self.settings.status_acl != "none":
            try:
                self._put("none")
            except PublishError:
                return fault_of("STATUS_BUCKET", error)
            self.remove()
            return Fault(
                "STATUS_BUCKET",
                f"the key may write to bucket {self.bucket}, but may not make an object public ({error.code})",
                "give the key s3:PutObjectAcl (on Amazon S3 Block Public Access must be off as well), or set"
                " STATUS_ACL=none and make the bucket public by a policy or a public address",
            )
        return fault_of("STATUS_BUCKET", error)

    def read(self) -> tuple[Fault, ...]:
        """Read it without a key, where the storage has it and at the public address; return what is wrong."""
        of_address = "set it to the address of this very bucket and key, status.json"
        of_bucket = self._read_at(visitor.origin_url(self.settings), "STATUS_BUCKET", NO_POLICY)
        of_public = self._read_at(self.settings.status_url, "STATUS_URL", of_address)
        if of_bucket and self.settings.status_url and not of_public:
            self._do_without_acl()  # the storage ignored it: visitors read at STATUS_URL alone
            return ()
        return of_bucket or of_public

    def _read_at(self, address: str | None, subject: str, remedy: str) -> tuple[Fault, ...]:
        if address is None:
            return ()
        url = visitor.beside(address, TRIAL)
        try:
            answer = visitor.read(self.settings, url, visitor.origins(self.settings)[0], SECONDS)
        except SourceError as error:
            return (fault_of(subject, error),)
        if answer.status != 200:
            return (Fault(subject, f"visitors get {answer.status} for {url}, where it was just written", remedy),)
        if answer.body != self.body:
            return (Fault(subject, f"visitors get something else at {url}", remedy),)
        return ()

    def remove(self) -> tuple[str, ...]:
        """Remove it; return a warning where the key may not."""
        try:
            with spaces.errors_as(PublishError, self._account, self.bucket, f"delete {self.key}"):
                spaces.open_client(self._account).delete_object(Bucket=self.bucket, Key=self.key)
        except PublishError as error:
            words = f"bucket {self.bucket}: {error.problem}; the trial object {self.key} stays. Delete it by hand."
            return (words,)
        return ()

    def addresses(self) -> Iterator[str]:
        """Yield the addresses at which the storage itself could serve status.json, the one for people first."""
        for style in ("virtual", "path"):
            address = spaces.bucket_url(self.settings.spaces_endpoint or "", self.bucket, style)
            yield f"{address}/{quote(self.settings.status_bucket_key)}"


def public_address(settings: Settings) -> str:
    """Return the storage's own public address of status.json, found out by a trial object; '' where there is none."""
    assert settings.status_bucket
    trial = _Trial(settings, settings.status_bucket)
    trial.write()
    try:
        with web.open_session(settings.ca_bundle) as session:
            for address in trial.addresses():
                try:
                    answer = web.get(session, visitor.beside(address, TRIAL), seconds=SECONDS)
                except SourceError:
                    continue
                if answer.status == 200 and answer.body == trial.body:
                    return address
    finally:
        trial.remove()
    return ""


class _WrongRegionError(Exception):
    """The storage names another region than the request was signed for."""

    def __init__(self, region: str) -> None:
        super().__init__(region)
        self.region = region


@contextmanager
def _regions(signed_for: str) -> Iterator[None]:
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        details = error.response.get("Error", {})
        region = str(details.get("Region") or headers.get("x-amz-bucket-region") or "")
        is_other = re.fullmatch(r"[a-z0-9-]{1,40}", region) and region != signed_for
        if details.get("Code") in _WRONG_REGION and is_other:
            raise _WrongRegionError(region) from None
        raise


def _do_not_redirect(context: dict[str, Any], **others: object) -> None:
    context.setdefault("s3_redirect", {})["redirected"] = True


def cors_state(settings: Settings, *, applies: bool) -> Found:
    """Compare the CORS rules of the bucket with CORS_ORIGINS; with `applies` add ours, and keep those of others."""
    origins = ", ".join(settings.cors_origins)
    try:
        present = cors.present(settings)
        if cors.is_applied(present, settings):
            return Found(lines=(f"CORS: pages of {origins} may read the status",))
        if applies:
            cors.apply(settings, [rule for rule in present if not cors.is_own(rule, settings)])
            return Found(lines=(f"CORS: pages of {origins} may read the status now",))
        return Found(lines=(f"CORS: pages of {origins} would be allowed to read the status",))
    except PublishError as error:
        by_hand = f"In the control panel open the bucket, Settings, CORS: origin {origins}, GET and HEAD, header *"
        return Found(warnings=(f"CORS: {error.problem}. {by_hand}.",))
