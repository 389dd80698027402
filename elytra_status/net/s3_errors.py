# SPDX-License-Identifier: MIT
"""Problem and remedy of boto3's errors.

The remedy names a setting or a permission of the key.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from elytra_status.net import certificates

# Error codes of storage that requires the bucket in the host name: Alibaba Cloud, Tencent Cloud.
PATH_REFUSED = ("SecondLevelDomainForbidden", "PathStyleDomainForbidden")


class Names(NamedTuple):
    """The names of the settings, for remedies."""

    access_key: str
    secret_key: str
    endpoint: str
    region: str
    addressing: str = "SPACES_ADDRESSING"


_LATER = "it is tried again at the next run"


def code_of(error: Exception) -> str:
    """Return the error code of the storage, else the HTTP status, else ''."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    code = str(response.get("Error", {}).get("Code", ""))
    # Anything else could be a name, and this goes to the journal.
    if re.fullmatch(r"[A-Za-z]{3,50}|[A-Za-z]+SHA256[A-Za-z]+|[0-9]{3}", code):
        return code
    return str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))


def _is_web_page(error: Exception) -> bool:
    """Whether a proxy, firewall or web server answered instead of the storage.

    Its code, its argument or its message says so: Cloudflare R2 writes "Header 'x-amz-acl' with value 'public-read' not
    implemented", and Backblaze B2 "Unsupported value for canned acl 'public-read'".
    """
    response: dict[str, Any] = getattr(error, "response", {})
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("content-type", "")).startswith("text/html")


def explain_code(error: Exception, names: Names, bucket: str, action: str, attempts: int) -> tuple[str, str]:
    """Return problem and remedy of an error by its code.

    The messages of storage are often empty. `action` completes the words "the key may not"; `attempts` is how often the
    request was sent.
    """
    code = code_of(error)
    if code.startswith(("3", "4")) and _is_web_page(error):
        return (
            f"{code}, a web page comes in place of the storage's answer",
            f"set {names.endpoint} to the storage's own address, or have the proxy or firewall before it pass requests",
        )
    if not code:
        return _by_class(error, names, action, attempts)
    if found := _by_code(names, bucket, action, attempts).get(code):
        return f"{code}, {found[0]}", found[1]
    return f"{code}, the storage refused to {action}", f"find {code} in the documentation of the storage"


def _by_code(names: Names, bucket: str, action: str, attempts: int) -> dict[str, tuple[str, str]]:
    """Return problem and remedy for each error code that storage sends."""
    forbidden = f"the key is wrong or may not {action}", f"see {names.access_key}, and its rights on bucket {bucket}"
    wrong_region = f"the region is wrong for bucket {bucket}", f"set {names.region} to its own"
    elsewhere = f"bucket {bucket} is in another region", f"set {names.endpoint} and {names.region} to its own"
    create = "create it, or correct its name or the endpoint's region"
    unavailable = f"the storage is not available, tried {attempts} times", _LATER
    # botocore also uses this code for a response that it cannot parse.
    no_answer = unavailable[0], f"{_LATER}; if it persists: check that {names.endpoint} is the address of an S3 service"
    return {
        "InvalidAccessKeyId": (
            "the access key is not known",
            f"set {names.access_key} to one that exists at this endpoint",
        ),
        "SignatureDoesNotMatch": (
            "the secret key is wrong",
            f"set {names.secret_key} to the one that belongs to the access key",
        ),
        "AccessDenied": (f"the key may not {action}", f"give it that right on bucket {bucket}"),
        "401": forbidden,
        "403": forbidden,
        "NoSuchBucket": (f"there is no bucket {bucket}", create),
        "404": (f"there is no bucket {bucket}, or no such key", create),
        "RequestTimeTooSkewed": (
            "this machine's clock is wrong by more than 15 minutes",
            "set it: timedatectl set-ntp true",
        ),
        **dict.fromkeys(
            ("SlowDown", "TooManyRequests", "429"), (f"the storage demanded to slow down, {attempts} times", _LATER)
        ),
        "ServiceUnavailable": unavailable,
        "InternalError": unavailable,
        **dict.fromkeys(("500", "502", "503", "504"), no_answer),
        "PermanentRedirect": elsewhere,
        **dict.fromkeys(("301", "302", "307"), elsewhere),
        "AuthorizationHeaderMalformed": wrong_region,
        "IllegalLocationConstraintException": wrong_region,
        "InvalidArgument": ("the storage refuses an argument", "check that it is S3 compatible"),
        **dict.fromkeys(
            ("NotImplemented", "MethodNotAllowed"),
            (f"the storage does not support the request to {action}", "check that it is S3 compatible"),
        ),
        **dict.fromkeys(
            PATH_REFUSED,
            ("the storage wants the bucket in the host name", f"set {names.addressing}=virtual"),
        ),
        "QuotaExceeded": ("the storage is full", "raise its quota, or delete what is not needed"),
    }


def _by_class(error: Exception, names: Names, action: str, attempts: int) -> tuple[str, str]:
    """Return problem and remedy of an error without a code.

    There was no response, or it could not be parsed.
    """
    reachable = f"check {names.endpoint} and the network"
    no_service = "the answer cannot be read", f"check that {names.endpoint} is the address of an S3 service"
    by_class = {
        "EndpointConnectionError": ("the endpoint is unreachable", reachable),
        "ConnectTimeoutError": (
            "the endpoint does not accept a connection",
            f"check {names.endpoint}, and that no firewall blocks it",
        ),
        "ProxyConnectionError": ("the proxy is unreachable", "check HTTPS_PROXY in the environment"),
        "ReadTimeoutError": (f"the endpoint timed out {attempts} times", _LATER),
        "SSLError": _explain_tls(error, names),
        "ConnectionClosedError": ("the endpoint closed the connection", _LATER),
        "ResponseStreamingError": ("the answer broke off", _LATER),
        "IncompleteReadError": ("the answer broke off", _LATER),
        "ResponseParserError": no_service,
        **dict.fromkeys(("AttributeError", "KeyError", "TypeError", "ValueError"), no_service),
    }
    name = type(error).__name__
    return by_class.get(name, (f"{name}: could not {action}", f"see {names.endpoint}"))


def _explain_tls(error: Exception, names: Names) -> tuple[str, str]:
    text = str(error).lower()
    if of_certificate := certificates.explain_certificate(text):
        return f"the certificate of the endpoint {of_certificate[0]}", of_certificate[1]
    if "errno 2]" in text or "errno 13]" in text:
        return "CA_BUNDLE cannot be read", "set it to a PEM file that this user can read"
    return "the endpoint does not speak TLS", f"check the port of {names.endpoint}, and whether it needs https"
