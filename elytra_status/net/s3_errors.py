# SPDX-License-Identifier: MIT
"""Problem and remedy of boto3's errors.

The remedy names a setting or a permission of the key.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from elytra_status.net import certificates, http_failures, tls_failures

WEB_PAGE = "a web page was returned instead of the storage's answer"
# Error codes of storage that requires the bucket in the host name: Alibaba Cloud, Tencent Cloud.
PATH_REFUSED = ("SecondLevelDomainForbidden", "PathStyleDomainForbidden")

# The error code of a bucket that accepts no ACL at all.
ACLS_DISABLED = "AccessControlListNotSupported"
# Error codes of storage without ACLs, which sends them for other reasons too.
MAY_REFUSE_ACL = (ACLS_DISABLED, "NotImplemented", "InvalidArgument", "InvalidRequest")
_ACL = re.compile(r"(?<![a-z])acls?(?![a-z])|access control list", re.IGNORECASE)


class Names(NamedTuple):
    """The names of the settings, for remedies."""

    access_key: str
    secret_key: str
    endpoint: str
    region: str
    addressing: str = "SPACES_ADDRESSING"


# MinIO sends the second and the third. The rest are those that botocore knows.
_SLOW_DOWN = (
    "SlowDown",
    "SlowDownRead",
    "SlowDownWrite",
    "TooManyRequests",
    "TooManyRequestsException",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "429",
)
_LATER = "it is tried again at the next run"
# The code of a response that did not come in time.
TIMED_OUT = "RequestTimeout"
# Codes of what may pass by itself.
PASSING = frozenset({*_SLOW_DOWN, "ServiceUnavailable", "InternalError", "500", "502", "503", "504", TIMED_OUT})


# Anything else could be a name, and a code goes to the journal: each part of a code begins with a capital.
_CODE = re.compile(r"(?=.{3,50}\Z)(?:[A-Za-z]+|[0-9]{3}|[A-Z][A-Za-z0-9]*(?:[._][A-Z0-9][A-Za-z0-9]*)*)\Z")


def code_of(error: Exception) -> str:
    """Return the error code of the storage, else the HTTP status, else ''."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    code = str(response.get("Error", {}).get("Code", ""))
    return code if _CODE.match(code) else _status_of(error)


def _status_of(error: Exception) -> str:
    response = getattr(error, "response", None)
    # A broken-off response has none.
    return str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")) if isinstance(response, dict) else ""


def known_code(error: Exception) -> str:
    """Return the error code of the storage, or the HTTP status if that says more.

    A response of status 429, 500, 502, 503 or 504 may pass by itself, whatever its code.
    """
    code, status = code_of(error), _status_of(error)
    return status if code not in PASSING and status in PASSING else code


def names_acl(error: Exception) -> bool:
    """Whether a refusal is about an access control list (ACL).

    Its code, its argument or its message says so: Cloudflare R2 writes "Header 'x-amz-acl' with value 'public-read' not
    implemented", and Backblaze B2 "Unsupported value for canned acl 'public-read'".
    """
    response = getattr(error, "response", None)
    details = response.get("Error", {}) if isinstance(response, dict) else {}
    if details.get("Code") == ACLS_DISABLED:
        return True
    of_storage = f"{details.get('ArgumentName', '')} {details.get('Message', '')}"
    return details.get("Code") in MAY_REFUSE_ACL and _ACL.search(of_storage) is not None


def expected_region(error: Exception) -> str:
    """Return the region that a refusal names, '' if it names none."""
    response: dict[str, Any] = getattr(error, "response", {})
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    named = str(response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region") or "")
    return named if re.fullmatch("[a-z0-9-]{1,40}", named) else ""


def _by_another_server(error: Exception, code: str, names: Names, action: str) -> tuple[str, str] | None:
    """Return problem and remedy if a proxy, firewall or web server answered.

    Storage sends its errors as XML, or without a body. Return None if the storage itself may have answered.
    """
    if known_code(error) in _SLOW_DOWN:
        return None
    response: dict[str, Any] = getattr(error, "response", {})
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    kind = str(headers.get("content-type", "")).partition(";")[0].strip().lower()
    if code.startswith(("3", "4")) and kind == "text/html":
        return f"{code}, {WEB_PAGE} to the request to {action}", another_server(names.endpoint)
    # HEAD has no body. A code of the storage itself is no number.
    is_head = str(getattr(error, "operation_name", "")).startswith("Head")
    has_body = headers.get("content-length", "0") != "0" and not is_head
    if code.startswith("4") and has_body and kind in ("text/plain", "application/json"):
        words = f"the answer to the request to {action} is {kind}, not the XML of a storage"
        return f"{code}, {words}", another_server(names.endpoint)
    return None


def another_server(endpoint: str) -> str:
    """Return the remedy if another server answered in place of the storage.

    `endpoint` is the name of its setting.
    """
    own = "the storage's own address, with https:// if it needs TLS"
    return f"set {endpoint} to {own}, or have the proxy or firewall in front of it pass requests"


def explain_code(error: Exception, names: Names, bucket: str, action: str, attempts: int) -> tuple[str, str]:
    """Return problem and remedy of an error by its code.

    The messages of storage are often empty. `action` completes the words "the key may not"; `attempts` is how often the
    request was sent.
    """
    code = code_of(error)
    if not code:
        return _by_class(error, names, action, attempts)
    if by_another := _by_another_server(error, code, names, action):
        return by_another
    by_code = _of_region(names, bucket, expected_region(error)) | _by_code(names, bucket, action, attempts)
    if found := by_code.get(code) or by_code.get(known_code(error)):
        return f"{code}, {found[0]}", found[1]
    return f"{code}, the storage refused to {action}", f"find {code} in the documentation of the storage"


def _of_region(names: Names, bucket: str, region: str) -> dict[str, tuple[str, str]]:
    """Return problem and remedy for each error code about a region.

    `region` is the region that the storage expects, '' if it is not known.
    """
    to_region = f"set {names.region}={region}" if region else f"set {names.region} to its own"
    wrong = f"the region is wrong for bucket {bucket}", to_region
    to_both = f"set {names.endpoint} and {names.region} to {f'those of {region}' if region else 'its own'}"
    elsewhere = f"bucket {bucket} is in another region", to_both
    return {
        **dict.fromkeys(("AuthorizationHeaderMalformed", "IllegalLocationConstraintException"), wrong),
        **dict.fromkeys(("PermanentRedirect", "301", "302", "307"), elsewhere),
    }


def _by_code(names: Names, bucket: str, action: str, attempts: int) -> dict[str, tuple[str, str]]:
    """Return problem and remedy for each error code that storage sends."""
    forbidden = f"the key is wrong or may not {action}", f"see {names.access_key}, and its rights on bucket {bucket}"
    create = "create it, or correct its name or the endpoint's region"
    unavailable = f"the storage is not available, tried {_times(attempts)}", _LATER
    # botocore also uses this code for a response that it cannot parse.
    no_answer = unavailable[0], f"{_LATER}; if it persists: check that {names.endpoint} is the address of an S3 service"
    return {
        "InvalidAccessKeyId": (
            "the access key is not known",
            f"set {names.access_key} to one that exists at this endpoint",
        ),
        "SignatureDoesNotMatch": (
            "the secret key is wrong, or a proxy has changed the request",
            f"set {names.secret_key} to the one that belongs to the access key; if there is a proxy in front of"
            f" {names.endpoint}, have it pass on Host and path unchanged",
        ),
        "AccessDenied": (f"the key may not {action}", f"give it that right on bucket {bucket}"),
        "407": ("the proxy requires a login", "write HTTP_PROXY as http://USER:PASSWORD@HOST:PORT"),
        "401": forbidden,
        "403": forbidden,
        "NoSuchBucket": (f"there is no bucket {bucket}", create),
        "404": (f"there is no bucket {bucket}, or no such key", create),
        "RequestTimeTooSkewed": (
            "this machine's clock is wrong by more than 15 minutes",
            "set it: timedatectl set-ntp true",
        ),
        **dict.fromkeys(_SLOW_DOWN, (f"the storage limits the rate of requests, tried {_times(attempts)}", _LATER)),
        "ServiceUnavailable": unavailable,
        "InternalError": unavailable,
        **dict.fromkeys(("500", "502", "503", "504"), no_answer),
        "InvalidArgument": (
            f"the storage refuses an argument of the request to {action}",
            "check that it is S3 compatible",
        ),
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
    # botocore's own message leaves out that of urllib3.
    details = getattr(error, "kwargs", {})
    text = str(details.get("error", error))
    if proxy := details.get("proxy"):
        explained: tuple[str, str] = proxy.explain(text)
        return explained
    cause = http_failures.cause_of(text)
    is_plain = str(details.get("endpoint_url", "")).startswith("http:")
    needs_https = f"; if it persists: check whether {names.endpoint} needs https" if is_plain else ""
    no_service = "the answer cannot be read", f"check that {names.endpoint} is the address of an S3 service"
    by_class = {
        "EndpointConnectionError": (
            f"the endpoint is unreachable{f', {cause}' if cause else ''}",
            f"check {names.endpoint} and the network",
        ),
        "ConnectTimeoutError": (
            "the endpoint does not accept a connection",
            f"check {names.endpoint}, and that no firewall blocks it",
        ),
        # botocore signs again for the region that an answer names. The settings are checked when they are read.
        "InvalidRegionError": ("the answer names an invalid region", no_service[1]),
        "ReadTimeoutError": (f"the endpoint timed out {_times(attempts)}", _LATER),
        "SSLError": _explain_tls(error, names),
        "ConnectionClosedError": ("the endpoint closed the connection", f"{_LATER}{needs_https}"),
        "ResponseStreamingError": ("the answer broke off", _LATER),
        "IncompleteReadError": ("the answer broke off", _LATER),
        "ResponseParserError": no_service,
        **dict.fromkeys(("AttributeError", "KeyError", "TypeError", "ValueError"), no_service),
    }
    name = type(error).__name__
    return by_class.get(name, (f"{name}: could not {action}", f"see {names.endpoint}"))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _explain_tls(error: Exception, names: Names) -> tuple[str, str]:
    text = str(error).lower()
    if of_certificate := certificates.explain_certificate(text):
        return f"the certificate of {names.endpoint} {of_certificate[0]}", of_certificate[1]
    if "errno 2]" in text or "errno 13]" in text:
        return "CA_BUNDLE cannot be read", "set it to a PEM file that this user can read"
    failure = tls_failures.explain_tls(text, names.endpoint)
    remedy = f"{_LATER}; if it persists: {failure.remedy}" if failure.may_pass else failure.remedy
    return failure.problem_of("the endpoint"), remedy
