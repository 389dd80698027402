# SPDX-License-Identifier: MIT
"""Speaks S3, as DigitalOcean Spaces and Ceph do: one client for each account, and its errors as ours."""

from __future__ import annotations

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

from elytra_status.errors import ElytraStatusError
from elytra_status.net import s3_conditions, s3_models, server_dates
from elytra_status.net.concurrency import DeadlineExceededError
from elytra_status.net.hosts import host_of
from elytra_status.net.http import USER_AGENT
from elytra_status.net.response_limits import LimitExceededError
from elytra_status.net.s3_errors import Names, code_of, explain
from elytra_status.secret import Secret
from elytra_status.system.clock import SYSTEM_CLOCK

__all__ = [
    "ATTEMPTS",
    "READ_SECONDS",
    "Account",
    "Names",
    "addressing",
    "bucket_url",
    "errors_as",
    "open_client",
    "do_not_redirect",
    "read_object",
    "write_object",
]

CONNECT_SECONDS = 5
READ_SECONDS = 15
# The first one included.
ATTEMPTS = 4
LONGEST_WAIT_SECONDS = 20.0
TOO_MANY_REQUESTS = 429
_CHUNK = 64 * 1024
# Their documentation: SecondLevelDomainForbidden and PathStyleDomainForbidden are the answers to a bucket in the path.
_REFUSE_PATH = (".aliyuncs.com", ".myqcloud.com")
# A session makes one client at a time.
_MAKING = threading.Lock()


@dataclass(frozen=True)
class Account:
    """Where the storage is, and the key to it. `attempts` is how often a question is asked, the first time included."""

    endpoint: str
    region: str
    access_key: Secret = field(repr=False)
    secret_key: Secret = field(repr=False)
    ca_bundle: str | None
    names: Names = field(compare=False)
    attempts: int = ATTEMPTS
    addressing: str = "path"

    def bucket_url(self, bucket: str) -> str:
        """Return the address of a bucket, without a slash at its end."""
        return bucket_url(self.endpoint, bucket, self.addressing)


def addressing(style: str, endpoint: str) -> str:
    """Return the style that `style` means at an endpoint: "path" or "virtual"; auto depends on the host."""
    if style != "auto":
        return style
    return "virtual" if host_of(endpoint).endswith(_REFUSE_PATH) else "path"


def bucket_url(endpoint: str, bucket: str, style: str) -> str:
    """Return the address of a bucket, without a slash at its end. `style` is a value of SPACES_ADDRESSING."""
    if addressing(style, endpoint) == "path":
        return f"{endpoint}/{bucket}"
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{bucket}.{parts.netloc}"


@cache
def _session() -> Any:
    """Return the one session of this process. Keys are given to each client, and to none by the session."""
    # botocore 1.36 and later would send checksums in a trailer, which Ceph refuses over TLS. Debian 12's
    # botocore does not know the options of Config for this, but passes over the environment variables.
    os.environ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"
    os.environ["AWS_RESPONSE_CHECKSUM_VALIDATION"] = "when_required"
    # Neither a profile nor a configuration file of the user who runs this has a say.
    os.environ.pop("AWS_PROFILE", None)
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

    import boto3
    import botocore.session

    session = botocore.session.Session()
    session.register_component("data_loader", s3_models.loader())
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_read_time)

    class Session(boto3.session.Session):  # type: ignore[misc]
        def _register_default_handlers(self) -> None:
            """Leave out transfers in several parts: they load multiprocessing, and a document is one request."""

    return Session(botocore_session=session)


def _read_time(value: Any) -> datetime:
    """Return a time of an answer. Raise ValueError where it is none.

    The ISO form, in which listings have it, is not left to botocore: two thirds of the time in which it
    reads a listing go into its times.
    """
    from botocore.utils import parse_timestamp

    if isinstance(value, str) and value.endswith("Z"):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    try:
        moment: datetime = parse_timestamp(value)
    except OverflowError as error:
        raise ValueError(f"not a time: {error}") from None
    return moment


@cache
def open_client(account: Account) -> Any:
    """Return a boto3 client that retries, with backoff and jitter, what is worth retrying.

    Keys come from the settings alone, never from the environment, files or a metadata service. A client
    may be used by several threads; it is made once, as that costs a tenth of a run.
    """
    with _MAKING:
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
                # The environment could ask for these, and they are Amazon's.
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
        # What is refused has a Date too: the storage refuses what is signed with a wrong clock.
        server = urlsplit(account.endpoint).netloc
        client.meta.events.register("after-call.s3", partial(_note_time, server))
        return client


def do_not_redirect(context: dict[str, Any], **others: object) -> None:
    """Keep botocore from going on in another region by itself, after it has asked for that of the bucket."""
    context.setdefault("s3_redirect", {})["redirected"] = True


def _wait_if_too_many(most: int, response: Any, attempts: int, **others: object) -> float | None:
    """Return for how many seconds to wait before trying again, where the answer is 429: botocore takes it for final."""
    if response is None or response[0].status_code != TOO_MANY_REQUESTS or attempts >= most:
        return None
    return _backoff(attempts)


def _note_time(server: str, http_response: Any, **others: object) -> None:
    """Note what time the storage says it is."""
    server_dates.note(server, {name.lower(): value for name, value in http_response.headers.items()})


def _do_not_wait(request: Any, **others: object) -> None:
    """Send a body without asking whether to: of an empty one Ceph's refusal may come mixed with the word to go on.

    A document is small, and to wait for the word costs a round trip.
    """
    del request.headers["Expect"]


class StoredObject(NamedTuple):
    """An object as it was read. `body` is cut off behind what is too much; it is then longer than the limit.

    `tag` is its ETag, without quotes.
    """

    body: bytes
    content_type: str
    cache_control: str
    modified: datetime | None
    tag: str
    metadata: Mapping[str, str]


def read_object(account: Account, bucket: str, key: str, limit: int) -> StoredObject:
    """Return an object, of its body no more than a little above `limit` bytes.

    A body that breaks off is asked for again, as often as `account.attempts` says. Raise what boto3 raises.
    """
    from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    client = open_client(account)
    for attempt in range(1, account.attempts + 1):
        answer = client.get_object(Bucket=bucket, Key=key)
        body = bytearray()
        try:
            # Up to the empty part at its end: there botocore notices that an answer has broken off.
            while len(body) <= limit and (part := answer["Body"].read(_CHUNK)):
                body += part
        except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
            if attempt == account.attempts:
                raise
            SYSTEM_CLOCK.sleep(_backoff(attempt))
            continue
        finally:
            answer["Body"].close()
        return StoredObject(
            bytes(body),
            answer.get("ContentType", ""),
            answer.get("CacheControl", ""),
            answer.get("LastModified"),
            s3_conditions.plain_tag(answer.get("ETag", "")),
            answer.get("Metadata", {}),
        )
    raise AssertionError("an account has at least one attempt")


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
    """Put an object there, with an ACL unless that is `none`, and return its tag. Raise what boto3 raises."""
    # An overwrite without an ACL would make the object private.
    with_acl = {"ACL": acl} if acl != "none" else {}
    answer = open_client(account).put_object(
        Bucket=bucket,
        Key=key,
        Body=body,
        ContentType=content_type,
        CacheControl=cache_control,
        Metadata=dict(metadata or {}),
        # A bucket with Object Lock takes no object without it.
        ContentMD5=b64encode(md5(body, usedforsecurity=False).digest()).decode(),
        **with_acl,
    )
    return s3_conditions.plain_tag(answer.get("ETag", ""))


def _backoff(attempt: int) -> float:
    return random.uniform(0, min(2.0**attempt, LONGEST_WAIT_SECONDS))  # noqa: S311 - no secret


@contextmanager
def errors_as(kind: type[ElytraStatusError], account: Account, bucket: str, action: str) -> Iterator[None]:
    """Raise what boto3 raises as an error of ours, with the remedy, and with the service's word as its `code`.

    `action` says what is being done, after the words "the key may not".
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except (DeadlineExceededError, LimitExceededError) as error:  # the response exceeds a limit
        raise kind(error.problem, error.remedy) from None
    # A number or a time that is none is a ValueError.
    except (ClientError, BotoCoreError, ResponseParserError, ValueError) as error:
        ours = kind(*explain(error, account.names, bucket, action, account.attempts))
        ours.code = code_of(error)
        raise ours from None
