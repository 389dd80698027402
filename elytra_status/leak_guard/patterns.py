# SPDX-License-Identifier: MIT
"""What is private by its shape alone, whoever it belongs to: addresses, keys, tokens, private host names."""

from __future__ import annotations

import base64
import ipaddress
import re

ADDRESS = "IP address"
STORAGE = "s3:// address"
PRIVATE_HOST = "private host name"
PRIVATE_KEY = "private key"
LOGIN = "login in an address"
HEADER = "authorization header"

# A whole run of numbers and points, so that 1.2.3.4.5 holds no address. To look back only after a digit is faster.
_IPV4 = re.compile(r"[0-9](?<![0-9][0-9])(?<![0-9]\.[0-9])[0-9]*(?:\.[0-9]+){3,}")
_VERSION_MARK = re.compile(r"(?<![^\W_])(?:v|ver|version)\Z", re.IGNORECASE)
_IPV6 = re.compile(r"(?<![0-9A-Fa-f:])[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*")
# Every IPv6 address has two colons as near as this; to look for that first saves time.
_TWO_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
# As cloud providers name machines: ip-10-0-0-1.
_IPV4_IN_A_LABEL = re.compile(r"(?<![^\W_])ip(?:-[0-9]{1,3}){4}(?![0-9])", re.IGNORECASE)
_BASIC = re.compile(r"\bbasic\s+([A-Za-z0-9+/_-]{4,})", re.IGNORECASE)

# A label before it makes it a host: "acme.corp", not "Acme Corp". More labels behind it make it another one.
_PRIVATE_HOST = re.compile(
    r"(?<!\w)localhost(?!\w)"
    r"|(?<=\w)\.(?:local|internal|lan|intranet|corp|home\.arpa|localdomain|private)(?!\w)(?!\.\w)",
    re.IGNORECASE,
)

# Rule; marks in lower case, of which one must be there (they only save time); pattern. The tokens are as
# their services document them, with some room in their length, and not in the middle of a longer word.
_SHAPES: tuple[tuple[str, str, str], ...] = (
    (STORAGE, "s3", r"(?i:(?<![A-Z0-9])s3[an]?://)"),
    (PRIVATE_KEY, "private", r"(?i:-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY)"),
    (PRIVATE_KEY, "putty-user-key-file-", r"(?i:putty-user-key-file-)"),
    (PRIVATE_KEY, "age-secret-key-", r"(?i:age-secret-key-)"),
    # "-----BEGIN" and "openssh-key-v1" in base64, as in a Kubernetes secret or without the frame.
    (PRIVATE_KEY, "ls0tls1crudjti b3blbnnzac1rzxktdj", r"LS0tLS1CRUdJTi|b3BlbnNzaC1rZXktdj"),
    (LOGIN, "@", r"://[^\s/?#@\"'<>]+@[^\s\"'<>]"),
    (HEADER, "bearer", r"(?i:\bbearer\s+(?=[a-z._~+/=-]*[0-9])[\w.~+/=-]{16,})"),
    (HEADER, "authorization", r"(?i:authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|token|digest)\s+\S{4,})"),
    ("token of AWS", "akia asia", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("token of AWS", "x-amz-", r"(?i:X-Amz-(?:Signature|Credential|Security-Token)=)"),
    ("token of AWS", "awsaccesskeyid", r"(?i:AWSAccessKeyId=)"),
    ("token of DigitalOcean", "do00 do80", r"(?<![A-Za-z0-9])DO(?:00|80)[A-Z0-9]{14,20}(?![A-Za-z0-9])"),
    ("token of DigitalOcean", "_v1_", r"(?<![A-Za-z0-9])do[a-z]_v1_[A-Za-z0-9]{16,}"),
    ("token of Uptime Kuma", "uk", r"(?<![A-Za-z0-9])uk[0-9]+_[A-Za-z0-9_-]{8,}"),
    ("token of SendGrid", "sg.", r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("token of Slack", "xox xapp-", r"(?<![A-Za-z0-9])(?:xox[a-z]|xapp)-[A-Za-z0-9.-]{8,}"),
    ("token of Slack", "hooks.slack", r"(?i:hooks\.slack(?:-gov)?\.com)"),
    ("token of Discord", "api/webhooks/", r"(?i:discord(?:app)?\.com/api/webhooks/)"),
    ("token of GitHub", "gh github_pat_", r"(?<![A-Za-z0-9])(?:gh[opusr]|github_pat)_[A-Za-z0-9_]{20,}"),
    ("token of GitLab", "gl", r"(?<![A-Za-z0-9])gl(?:pat|dt|rt|cbt|ptt|soat|ft|oas)-[A-Za-z0-9_.-]{16,}"),
    ("token of Stripe", "k_live_ k_test_ whsec_", r"(?<![A-Za-z0-9])(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{10,}"),
    ("token of Google", "aiza", r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}"),
    ("token of Google", "gocspx- ya29.", r"(?<![A-Za-z0-9])(?:GOCSPX-|ya29\.)[A-Za-z0-9_-]{20,}"),
    ("token of npm", "npm_", r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}"),
    ("token of PyPI", "pypi-", r"(?<![A-Za-z0-9])pypi-(?:Ag[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]{40,})"),
    ("token of Telegram", ":", r"(?<![0-9])[0-9]{6,12}:[A-Za-z0-9_-]{30,}"),
    ("JSON web token", "eyj", r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}"),
)
_COMPILED = tuple((rule, tuple(marks.split()), re.compile(pattern)) for rule, marks, pattern in _SHAPES)


def private_shapes(text: str) -> set[str]:
    """Return the rules that a text breaks by what is public nowhere: addresses, s3://, keys and tokens."""
    lowered = text.lower()
    found = {
        rule for rule, marks, pattern in _COMPILED if any(mark in lowered for mark in marks) and pattern.search(text)
    }
    if _holds_address(text):
        found.add(ADDRESS)
    if any(_is_login(match[1]) for match in _BASIC.finditer(text)):
        found.add(HEADER)
    return found


def holds_private_host(text: str) -> bool:
    """Tell whether a text names a host that only a private network knows (RFC 6761, 6762 and 8375, and usage)."""
    return _PRIVATE_HOST.search(text) is not None


def _holds_address(text: str) -> bool:
    """Tell whether a text holds an IP address that is one by the ipaddress module."""
    return (
        any(_is_ipv4(text, match) for match in _IPV4.finditer(text))
        or (_TWO_COLONS.search(text) is not None and any(_is_ipv6(text, match) for match in _IPV6.finditer(text)))
        or _IPV4_IN_A_LABEL.search(text) is not None
    )


def _is_ipv4(text: str, match: re.Match[str]) -> bool:
    # v1.2.3.4 is a version: an address has no such letter directly before it.
    return _parses(match[0]) and not _VERSION_MARK.search(text[max(0, match.start() - 10) : match.start()])


def _is_ipv6(text: str, match: re.Match[str]) -> bool:
    run = match[0]
    if text[match.end() : match.end() + 1].isalnum():
        return False
    if match.start() and text[match.start() - 1].isalnum():
        # "IPv6:2001:db8::1" is a word and an address; "std::dec" is not.
        _, _, run = run.partition(":")
        if run.startswith(":"):
            return False
    # A colon before or after may belong to the sentence: "at fe80::1: refused".
    trimmed = (run, run.removeprefix(":"), run.removesuffix(":"), run.removeprefix(":").removesuffix(":"))
    return any(_is_address_of_groups(one) for one in trimmed)


def _is_address_of_groups(run: str) -> bool:
    # "Bad::Cafe" and "::dec" are words of a program; an address of so few groups has a digit.
    has_digit = any(character.isdigit() for character in run)
    return (has_digit or run.count(":") > 2) and _parses(run)


def _parses(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_login(encoded: str) -> bool:
    """Tell whether base64 text is `user:password`; "basic monitoring" is not."""
    padded = encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4)
    try:
        login = base64.b64decode(padded, validate=True).decode()
    except ValueError:
        return False
    return ":" in login and login.isprintable()
