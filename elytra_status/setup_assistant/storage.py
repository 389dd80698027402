# SPDX-License-Identifier: MIT
"""The question about storage, answered by a trial object.

The object is written, read without a key, and removed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from posixpath import dirname, join
from typing import Any
from urllib.parse import quote

from elytra_status.doctor import rights
from elytra_status.errors import NoAnswerError, PublishError
from elytra_status.net import http, s3
from elytra_status.net.s3_errors import MAY_REFUSE_ACL, PATH_REFUSED
from elytra_status.problem import Problem
from elytra_status.publish import cors, s3_bucket, visitor
from elytra_status.publish.visitor_check import NO_POLICY
from elytra_status.settings import Settings
from elytra_status.setup_assistant.found import TrialResult, fault_of
from elytra_status.setup_assistant.regions import WrongRegionError, refusals_named

NAMES = (
    *("SPACES_ENDPOINT", "SPACES_REGION", "SPACES_ACCESS_KEY", "SPACES_SECRET_KEY"),
    *("STATUS_BUCKET", "STATUS_BUCKET_KEY", "CORS_ORIGINS", "STATUS_ACL", "SPACES_ADDRESSING"),
)
# The name is always the same: if the key may not delete, only one object stays.
TRIAL = "elytra-status-setup-trial.txt"
SECONDS = 20.0
# How often a request is sent, including the first time.
ATTEMPTS = 2
_LARGEST = 64 * 1024


def try_answers(settings: Settings, bucket: s3.Bucket, *, writes: bool = True) -> TrialResult:
    """Write a trial object, read it as a visitor, and remove it. Find out the region.

    Without `writes`, only check rights. The CORS rules of the bucket are only read.
    """
    if not writes:
        return _check_rights(settings.status_bucket_key, bucket)
    trial = _Trial(settings, bucket)
    try:
        trial.write()
    except PublishError as error:
        return TrialResult(faults=(trial.explain(error),))
    try:
        faults = trial.read()
    finally:
        left = trial.remove()
    if faults and (trial.settings.status_acl != "none" or trial.settings.status_url):
        return TrialResult(warnings=left, faults=faults, discovered=trial.discovered)
    # Without a list the next question asks for the public address, which may be the only one.
    warnings = (*left, *(Problem(fault.problem, fault.remedy) for fault in faults))
    done = ["written", *([] if faults else ["read without a key"]), *([] if left else ["removed"])]
    shown = ", ".join(done[:-1]) + (" and " if done[1:] else "") + done[-1]
    where = f"bucket {trial.bucket}, region {trial.settings.spaces_region}"
    return TrialResult((f"{where}: a trial object was {shown}",), warnings, discovered=trial.discovered)


def _check_rights(key: str, bucket: s3.Bucket) -> TrialResult:
    try:
        rights.check_may_write(replace(bucket.account, attempts=ATTEMPTS), bucket.name, key)
    except PublishError as error:
        return TrialResult(faults=(fault_of("STATUS_BUCKET", error),))
    return TrialResult(lines=(f"bucket {bucket.name}: the key may write {key}; nothing was written",))


@dataclass
class _Trial:
    """A trial object in the bucket. `discovered` are settings that it has revealed."""

    settings: Settings
    target: s3.Bucket

    def __post_init__(self) -> None:
        self.bucket, self.account = self.target.name, replace(self.target.account, attempts=ATTEMPTS)
        self.key = join(dirname(self.settings.status_bucket_key), TRIAL)
        self.body = secrets.token_hex(16).encode()
        self.discovered: dict[str, str] = {}

    def write(self) -> None:
        """Write the object like a document.

        Use the region that the storage names, and an ACL if it accepts one. Raise PublishError.
        """
        while True:
            try:
                return self._put(self.settings.status_acl)
            except WrongRegionError as wrong:
                words = "the storage names another region for each request"
                error = PublishError(words, "set SPACES_REGION to the region of the bucket")
                self._apply({"SPACES_REGION": wrong.region}, error)
            except PublishError as refusal:
                self._apply(self._instead(refusal.code), refusal)

    def _instead(self, code: str) -> dict[str, str]:
        """Return the settings that may avoid a refusal with this code."""
        if code in PATH_REFUSED:
            return {"SPACES_ADDRESSING": "virtual"}
        if code in MAY_REFUSE_ACL and self.settings.status_acl != "none":
            return {"STATUS_ACL": "none"}
        return {}

    def _apply(self, answers: dict[str, str], error: PublishError) -> None:
        """Note discovered settings. Raise the error if there are none, or no new ones."""
        if not answers or answers.keys() & self.discovered.keys():
            raise error
        self._note(answers)

    def _note(self, answers: dict[str, str]) -> None:
        """Note discovered settings, and use them."""
        self.discovered |= answers
        values: dict[str, Any] = {name.lower(): text for name, text in answers.items()}
        self.settings = replace(self.settings, **values)
        style = s3.addressing(self.settings.spaces_addressing, self.account.endpoint)
        self.account = replace(self.account, region=self.settings.spaces_region, addressing=style)

    def _put(self, acl: str) -> None:
        client = s3.open_client(self.account)
        # Otherwise botocore would silently use the right region, in each run again.
        client.meta.events.register("before-call.s3.PutObject", s3.do_not_redirect)
        with (
            s3.errors_as(PublishError, self.account, self.bucket, f"write {self.key}"),
            refusals_named(self.settings.spaces_region),
        ):
            s3.write_object(
                self.account,
                self.bucket,
                self.key,
                self.body,
                acl=acl,
                content_type="text/plain",
                cache_control="no-store",
            )

    def explain(self, error: PublishError) -> Problem:
        """Return why the object could not be written.

        The cause is the key, the bucket, or only the right to make an object public.
        """
        if error.code == "AccessDenied" and self.settings.status_acl != "none":
            try:
                self._put("none")
            except PublishError:
                return fault_of("STATUS_BUCKET", error)
            self.remove()
            return Problem(
                f"the key may write to bucket {self.bucket}, but may not make an object public ({error.code})",
                "give the key s3:PutObjectAcl (on Amazon S3 Block Public Access must be off as well), or set"
                " STATUS_ACL=none and make the bucket public by a policy or a public address",
                "STATUS_BUCKET",
            )
        return fault_of("STATUS_BUCKET", error)

    def read(self) -> tuple[Problem, ...]:
        """Read the object without a key, and return what is wrong.

        Read it at the storage's own address and at the public address.
        """
        of_address = "set it to the address of this very bucket and key, status.json"
        of_bucket = self._read_at(visitor.origin_url(self.settings), "STATUS_BUCKET", NO_POLICY)
        of_public = self._read_at(self.settings.status_url, "STATUS_URL", of_address)
        if of_bucket and self.settings.status_url and not of_public:
            self._note({"STATUS_ACL": "none"})  # The storage ignored the ACL: visitors can read only at STATUS_URL.
            return ()
        return of_bucket or of_public

    def _read_at(self, address: str | None, subject: str, remedy: str) -> tuple[Problem, ...]:
        if address is None:
            return ()
        url = visitor.sibling_url(address, TRIAL)
        try:
            response = visitor.visitor_of(self.settings).fetch(url, SECONDS)
        except NoAnswerError as error:
            return (fault_of(subject, error),)
        if response.status != 200:
            return (Problem(f"visitors get {response.status} for {url}, where it was just written", remedy, subject),)
        if response.body != self.body:
            return (Problem(f"visitors get another document at {url}", remedy, subject),)
        return ()

    def remove(self) -> tuple[Problem, ...]:
        """Remove the object; return a warning if the key may not."""
        try:
            with s3.errors_as(PublishError, self.account, self.bucket, f"delete {self.key}"):
                s3.open_client(self.account).delete_object(Bucket=self.bucket, Key=self.key)
        except PublishError as error:
            words = f"{error.problem}; the trial object {self.key} stays"
            return (Problem(words, "Delete it by hand", f"bucket {self.bucket}"),)
        return ()

    def addresses(self) -> Iterator[str]:
        """Yield the storage's own addresses of status.json, best first."""
        for style in ("virtual", "path"):
            address = s3.bucket_url(self.account.endpoint, self.bucket, style)
            yield f"{address}/{quote(self.settings.status_bucket_key)}"


def public_address(settings: Settings, bucket: s3.Bucket) -> str:
    """Return the storage's own public address, found by a trial object.

    Return '' if there is none.
    """
    trial = _Trial(settings, bucket)
    trial.write()
    try:
        with http.open_session(settings.ca_bundle) as session:
            for address in trial.addresses():
                try:
                    response = http.get(session, visitor.sibling_url(address, TRIAL), seconds=SECONDS, largest=_LARGEST)
                except NoAnswerError:
                    continue
                if response.status == 200 and response.body == trial.body:
                    return address
    finally:
        trial.remove()
    return ""


def cors_state(settings: Settings, *, applies: bool) -> TrialResult:
    """Compare the CORS rules of the bucket with CORS_ORIGINS.

    With `applies`, add our rule and keep those of others.
    """
    bucket, cors_origins = s3_bucket.status_bucket(settings), settings.cors_origins
    if bucket is None:
        return TrialResult()
    origins = ", ".join(cors_origins)
    try:
        present = cors.current_rules(bucket)
        if cors.is_applied(present, cors_origins):
            return TrialResult(lines=(f"CORS: pages of {origins} may read the status",))
        if applies:
            cors.apply(bucket, cors_origins, [rule for rule in present if not cors.is_own(rule, cors_origins)])
            return TrialResult(lines=(f"CORS: pages of {origins} may read the status now",))
        return TrialResult(lines=(f"CORS: pages of {origins} would be allowed to read the status",))
    except PublishError as error:
        by_hand = f"In the control panel open the bucket, Settings, CORS: origin {origins}, GET and HEAD, header *"
        return TrialResult(warnings=(Problem(error.problem, by_hand, "CORS"),))
