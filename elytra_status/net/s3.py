# SPDX-License-Identifier: MIT
"""S3 as DigitalOcean Spaces and Ceph speak it: one client for each account.

Errors of boto3 become errors of this program.
"""

from __future__ import annotations

import io
import os
import random
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from hashlib import md5
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from elytra_status.errors import ElytraStatusError, ProxyError
from elytra_status.net import s3_conditions, s3_models, server_dates
from elytra_status.net.body_memory import BodyMemory
from elytra_status.net.concurrency import DeadlineExceededError
from elytra_status.net.hosts import host_of, host_with_port, is_address
from elytra_status.net.http import USER_AGENT
from elytra_status.net.libraries import load_storage
from elytra_status.net.response_limits import LimitExceededError
from elytra_status.net.s3_errors import Names, explain_code, known_code
from elytra_status.secret import Secret
from elytra_status.system.clock import Clock, Deadline

__all__ = [
    "ATTEMPTS",
    "READ_SECONDS",
    "Account",
    "Bucket",
    "Names",
    "addressing",
    "bucket_url",
    "errors_as",
    "open_client",
    "do_not_redirect",
    "read_object",
    "read_tag",
    "write_object",
]

CONNECT_SECONDS = 5
READ_SECONDS = 15
# Including the first.
ATTEMPTS = 4
LONGEST_WAIT_SECONDS = 20.0
TOO_MANY_REQUESTS = 429
_CHUNK = 64 * 1024
# They answer SecondLevelDomainForbidden or PathStyleDomainForbidden if the bucket is in the path (their documentation).
_REFUSE_PATH = (".aliyuncs.com", ".myqcloud.com")
# Earlier and later dates of objects are errors.
_YEARS = range(1970, 9000)
# What botocore raises for a response with an invalid number or time, or with a missing or repeated element.
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
# A session can make only one client at a time.
_MAKING = threading.Lock()


@dataclass(frozen=True)
class Account:
    """The storage and the key for it.

    `attempts` is how often a request is sent, including the first time.
    """

    endpoint: str
    region: str
    access_key: Secret = field(repr=False)
    secret_key: Secret = field(repr=False)
    ca_bundle: str | None
    names: Names = field(compare=False)
    attempts: int = ATTEMPTS
    addressing: str = "path"

    def bucket_url(self, bucket: str) -> str:
        """Return the URL of a bucket, without a trailing slash."""
        return bucket_url(self.endpoint, bucket, self.addressing)


class Bucket(NamedTuple):
    """A bucket, and the account that may use it."""

    name: str
    account: Account


def addressing(style: str, endpoint: str) -> str:
    """Return the addressing style for an endpoint: "path" or "virtual".

    `style` is a value of SPACES_ADDRESSING; with "auto", the host of the endpoint decides. An IP address has no names
    below it, so that the bucket is in the path.
    """
    host = host_of(endpoint)
    if is_address(host):
        return "path"
    if style != "auto":
        return style
    return "virtual" if host.endswith(_REFUSE_PATH) else "path"


def bucket_url(endpoint: str, bucket: str, style: str) -> str:
    """Return the URL of a bucket, without a trailing slash.

    `style` is a value of SPACES_ADDRESSING.
    """
    if addressing(style, endpoint) == "path":
        return f"{endpoint}/{bucket}"
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{bucket}.{parts.netloc}"


@cache
def _session() -> Any:
    """Return the session of this process. It has no key: each client gets its own."""
    # botocore 1.36 and later would send checksums in a trailer, which Ceph refuses over TLS. Debian 12's botocore does
    # not know these options of Config, but ignores the environment variables.
    os.environ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"
    os.environ["AWS_RESPONSE_CHECKSUM_VALIDATION"] = "when_required"
    # A profile or configuration file of the user who runs this must have no effect.
    os.environ.pop("AWS_PROFILE", None)
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

    load_storage()
    import boto3
    import botocore.session

    session = botocore.session.Session()
    session.register_component("data_loader", s3_models.loader())
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_read_time)

    class Session(boto3.session.Session):  # type: ignore[misc]
        def _register_default_handlers(self) -> None:
            """Leave out multipart transfers: they load multiprocessing, and are not needed."""

    return Session(botocore_session=session)


def _read_time(value: Any) -> datetime:
    """Return a time from a response. Raise ValueError if it is malformed.

    So is a year that no storage has seen, near which calculations overflow.
    """
    moment = _parsed_time(value)
    if moment.year not in _YEARS:
        raise ValueError(f"not a time of an object: the year {moment.year}")
    return moment


def _parsed_time(value: Any) -> datetime:
    """Return a time of any year.

    Listings have ISO times. botocore spends two thirds of the time for a listing on parsing them, so they are parsed
    here.
    """
    from botocore.utils import parse_timestamp

    if isinstance(value, str) and value.endswith("Z"):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    try:
        moment: datetime = parse_timestamp(value)
    # RuntimeError: for a time zone that is out of range, botocore of 2026.
    except (OverflowError, RuntimeError) as error:
        raise ValueError(f"not a time: {error}") from None
    return moment


@cache
def open_client(account: Account) -> Any:
    """Return a boto3 client, which retries with backoff and jitter.

    The key comes from the settings only, never from the environment, files or a metadata service. Several threads may
    use a client. It is made once for each account, because that takes a tenth of a run.
    """
    with _MAKING:
        load_storage()
        from botocore.config import Config

        from elytra_status.net import s3_transport

        client = _session().client(
            "s3",
            endpoint_url=account.endpoint,
            region_name=account.region,
            aws_access_key_id=account.access_key.reveal(),
            aws_secret_access_key=account.secret_key.reveal(),
            verify=account.ca_bundle or True,
            config=Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": account.attempts},
                s3={"addressing_style": account.addressing},
                # The environment could turn these on. Only Amazon has them.
                use_dualstack_endpoint=False,
                use_fips_endpoint=False,
                user_agent_extra=USER_AGENT,
            ),
        )
        client.meta.events.register("before-call.s3.HeadBucket", do_not_redirect)
        client.meta.events.register("before-call.s3.PutObject", s3_conditions.add_headers)
        client.meta.events.register("request-created.s3", _do_not_wait)
        client.meta.events.register(
            "before-send.s3",
            partial(s3_transport.send_for_botocore, account.ca_bundle, CONNECT_SECONDS, READ_SECONDS),
        )
        client.meta.events.register("needs-retry.s3", partial(_wait_if_too_many, account.attempts))
        # A refusal has a Date too, and storage refuses requests that are signed with a wrong clock.
        server = host_with_port(account.endpoint)
        client.meta.events.register("after-call.s3", partial(_note_time, server))
        return client


def do_not_redirect(context: dict[str, Any], **others: object) -> None:
    """Keep botocore from repeating a request in the region that the bucket is in."""
    context.setdefault("s3_redirect", {})["redirected"] = True


def _wait_if_too_many(most: int, response: Any, attempts: int, **others: object) -> float | None:
    """Return how many seconds to wait before the next attempt after a 429.

    Return None if this was another response or the last attempt. botocore itself does not retry after a 429.
    """
    if response is None or response[0].status_code != TOO_MANY_REQUESTS or attempts >= most:
        return None
    return _backoff(attempts)


def _note_time(server: str, http_response: Any, **others: object) -> None:
    """Note the time that the storage reports."""
    server_dates.note_date(server, {name.lower(): value for name, value in http_response.headers.items()})


def _do_not_wait(request: Any, **others: object) -> None:
    """Send a body without waiting for 100 Continue.

    Ceph may mix its refusal of an empty body with the interim response. A document is small, and waiting costs a round
    trip.
    """
    del request.headers["Expect"]


class StoredObject(NamedTuple):
    """An object as read from the storage.

    `body` is longer than the limit if the object is: the rest is not read. `tag` is its ETag, without quotes. `memory`
    is that of the body: keep it while the body is used.
    """

    body: bytes
    content_type: str
    cache_control: str
    modified: datetime | None
    tag: str
    metadata: Mapping[str, str]
    memory: BodyMemory


def read_object(account: Account, bucket: str, key: str, limit: int, clock: Clock) -> StoredObject:
    """Return an object; of a larger one a little more than `limit` bytes.

    If a body breaks off, the request is repeated after a moment, `account.attempts` times in all. Raise the exceptions
    of boto3, and LimitExceededError if there is no memory for the body in time.
    """
    load_storage()
    from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    from elytra_status.net import s3_transport

    client = open_client(account)
    for attempt in range(1, account.attempts + 1):
        answer = client.get_object(Bucket=bucket, Key=key)
        # Unlike a bytearray that is copied at the end, this holds the body in memory only once.
        body = io.BytesIO()
        memory = BodyMemory(host_with_port(account.endpoint), limit + _CHUNK)
        ends = Deadline.after(clock, s3_transport.RESPONSE_SECONDS)
        try:
            # Read until the empty part at the end: only then does botocore notice that a response has broken off.
            while body.tell() <= limit and (part := answer["Body"].read(_CHUNK)):
                memory.grow(body.tell() + len(part), ends)
                body.write(part)
        except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
            if attempt == account.attempts:
                raise
            clock.sleep(_backoff(attempt))
            continue
        finally:
            answer["Body"].close()
        memory.end(body.tell())
        return StoredObject(
            body.getvalue(),
            answer.get("ContentType", ""),
            answer.get("CacheControl", ""),
            answer.get("LastModified"),
            s3_conditions.plain_tag(answer.get("ETag", "")),
            answer.get("Metadata", {}),
            memory,
        )
    raise AssertionError("an account has at least one attempt")


def read_tag(account: Account, bucket: str, key: str) -> str:
    """Return the tag of the present version of an object, without its body.

    Raise the exceptions of boto3.
    """
    load_storage()
    return s3_conditions.plain_tag(open_client(account).head_object(Bucket=bucket, Key=key).get("ETag", ""))


def write_object(
    account: Account,
    bucket: str,
    key: str,
    body: bytes,
    *,
    acl: str,
    content_type: str,
    cache_control: str,
    metadata: Mapping[str, str] | None = None,
) -> str:
    """Write an object and return its tag. Raise the exceptions of boto3.

    `acl` may be `none`: then the request has no ACL.
    """
    # Without an ACL, overwriting an object would make it private.
    with_acl = {"ACL": acl} if acl != "none" else {}
    answer = open_client(account).put_object(
        Bucket=bucket,
        Key=key,
        Body=body,
        ContentType=content_type,
        CacheControl=cache_control,
        Metadata=dict(metadata or {}),
        # A bucket with Object Lock refuses an object without it.
        ContentMD5=b64encode(md5(body, usedforsecurity=False).digest()).decode(),
        **with_acl,
    )
    return s3_conditions.plain_tag(answer.get("ETag", ""))


def _backoff(attempt: int) -> float:
    return random.uniform(0, min(2.0**attempt, LONGEST_WAIT_SECONDS))  # noqa: S311 - no secret


@contextmanager
def errors_as(kind: type[ElytraStatusError], account: Account, bucket: str, action: str) -> Iterator[None]:
    """Raise an exception of boto3 as one of `kind`, with a remedy.

    Its `code` is the error code of the storage, or the status of what may pass by itself. `action` completes the words
    "the key may not".
    """
    load_storage()
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except (DeadlineExceededError, LimitExceededError, ProxyError) as error:  # of s3_transport
        raise kind(error.problem, error.remedy) from None
    except (ClientError, BotoCoreError, ResponseParserError, *_MALFORMED) as error:
        ours = kind(*explain_code(error, account.names, bucket, action, account.attempts))
        ours.code = known_code(error)
        raise ours from None
