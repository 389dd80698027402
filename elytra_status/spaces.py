# SPDX-License-Identifier: MIT
"""Speaks S3, as DigitalOcean Spaces and Ceph do: one client, and its errors in words."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from elytra_status.errors import ElytraStatusError
from elytra_status.settings import Secret
from elytra_status.web import USER_AGENT

CONNECT_SECONDS = 5
READ_SECONDS = 15
ATTEMPTS = 4
# A session makes one client at a time.
_MAKING = threading.Lock()


@dataclass(frozen=True)
class Account:
    """Where the storage is, and the key to it. `setting_prefix` is how its settings' names begin."""

    endpoint: str
    region: str
    access_key: Secret = field(repr=False)
    secret_key: Secret = field(repr=False)
    ca_bundle: str | None
    setting_prefix: str


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

    return boto3.session.Session()


@cache
def open_client(account: Account) -> Any:
    """Return a boto3 client that retries, with backoff and jitter, what is worth retrying.

    Keys come from the settings alone, never from the environment, files or a metadata service. A client
    may be used by several threads; it is made once, as that costs a tenth of a run.
    """
    with _MAKING:
        from botocore.config import Config

        return _session().client(
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
                retries={"mode": "standard", "max_attempts": ATTEMPTS},
                s3={"addressing_style": "path"},
                user_agent_extra=USER_AGENT,
            ),
        )


@contextmanager
def errors_as(kind: type[ElytraStatusError], account: Account, bucket: str, action: str) -> Iterator[None]:
    """Raise what boto3 raises as an error of ours, with the remedy, and with the service's word as its `code`.

    `action` says what is being done, after the words "the key may not".
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        ours = kind(*_explain(error, account, bucket, action))
        ours.code = _code(error)
        raise ours from None


def _code(error: Exception) -> str:
    """Return the code of an S3 error: the service's own word, or the number that a HEAD gives; else ''."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _explain(error: Exception, account: Account, bucket: str, action: str) -> tuple[str, str]:
    """Return what went wrong and what to do, from an error's code; messages of the service are often empty."""
    prefix = account.setting_prefix
    code = _code(error)
    known = {
        "InvalidAccessKeyId": (
            "the access key is not known",
            f"set {prefix}_ACCESS_KEY to one that exists at this endpoint",
        ),
        "SignatureDoesNotMatch": (
            "the secret key is wrong",
            f"set {prefix}_SECRET_KEY to the one that belongs to the access key",
        ),
        "AccessDenied": (f"the key may not {action}", f"give it that right on bucket {bucket}"),
        "403": (f"the key is wrong or may not {action}", f"see {prefix}_ACCESS_KEY, and its rights on bucket {bucket}"),
        "NoSuchBucket": (f"there is no bucket {bucket}", "create it, or correct its name or the endpoint's region"),
        "404": (
            f"there is no bucket {bucket}, or no such key",
            "create it, or correct its name or the endpoint's region",
        ),
        "RequestTimeTooSkewed": (
            "this machine's clock is wrong by more than 15 minutes",
            "set it: timedatectl set-ntp true",
        ),
        "SlowDown": (f"the storage asked to slow down, {ATTEMPTS} times", "it is tried again at the next run"),
        "ServiceUnavailable": (
            f"the storage is not available, tried {ATTEMPTS} times",
            "it is tried again at the next run",
        ),
        "PermanentRedirect": (
            f"bucket {bucket} is in another region",
            f"set {prefix}_ENDPOINT and {prefix}_REGION to its own",
        ),
        "AuthorizationHeaderMalformed": (f"the region is wrong for bucket {bucket}", f"set {prefix}_REGION to its own"),
        "IllegalLocationConstraintException": (
            f"the region is wrong for bucket {bucket}",
            f"set {prefix}_REGION to its own",
        ),
        "InvalidArgument": ("the storage refuses an argument", "is it S3 compatible?"),
    }
    if code in known:
        return f"{code}: {known[code][0]}", known[code][1]
    name = type(error).__name__
    by_class = {
        "EndpointConnectionError": (
            "the endpoint cannot be reached",
            f"is {prefix}_ENDPOINT right, and the network up?",
        ),
        "ConnectTimeoutError": (
            "the endpoint does not accept a connection",
            f"is {prefix}_ENDPOINT right, and a firewall open?",
        ),
        "ReadTimeoutError": ("the endpoint gave no answer in time", "it is tried again at the next run"),
        "SSLError": ("the certificate of the endpoint does not verify", "correct the host name, or set CA_BUNDLE"),
        "ConnectionClosedError": ("the endpoint closed the connection", "it is tried again at the next run"),
        "ResponseStreamingError": ("the answer broke off", "it is tried again at the next run"),
        "IncompleteReadError": ("the answer broke off", "it is tried again at the next run"),
        "ResponseParserError": ("the answer cannot be read", f"does {prefix}_ENDPOINT lead to an S3 service?"),
    }
    return by_class.get(name, (f"{code or name}: the storage answered with an error", f"see {prefix}_ENDPOINT"))
