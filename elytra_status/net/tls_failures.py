# SPDX-License-Identifier: MIT
"""Why a TLS connection failed, if not because of the server's certificate."""

from __future__ import annotations

import re
from typing import NamedTuple

# Fragments of messages of OpenSSL 1.1.1 to 3.5 and of urllib3, in lower case. What the server sent is not TLS.
WITHOUT_TLS = (
    "wrong version number",
    "wrong_version_number",
    "unknown protocol",
    "http request",
    "record layer failure",
    "packet length too long",
    "appears to only use http",
)
_CLOSED = ("eof occurred", "unexpected eof", "unexpected_eof")
# OpenSSL's own words, such as "[SSL: NO_PROTOCOLS_AVAILABLE] no protocols available (_ssl.c:992)".
_REASON = re.compile(r"\[ssl[^\]]*\] ([a-z0-9 ,:/-]{3,80}) \(_ssl\.c")


class TLSFailure(NamedTuple):
    """Problem and remedy, with `of_its` as in NoAnswerError.

    `may_pass`: another try may succeed.
    """

    of_its: str
    problem: str
    remedy: str
    may_pass: bool = False

    def problem_of(self, server: str) -> str:
        """Return the problem, of a server with this name."""
        return f"the {self.of_its} of {server} {self.problem}" if self.of_its else f"{server} {self.problem}"


def explain_tls(text: str, setting: str = "") -> TLSFailure:
    """Return why TLS failed.

    The remedy names the `setting` with the server's address.
    `text` is the message of OpenSSL, requests or urllib3, and it is not about the server's certificate.
    """
    lowered = text.lower()
    if any(sign in lowered for sign in WITHOUT_TLS):
        port = f"the port of {setting}" if setting else "its port"
        return TLSFailure("", "does not speak TLS", f"check {port}, and whether it needs https")
    if any(sign in lowered for sign in _CLOSED):
        remedy = "see its log, or that of its proxy: it may be restarting, or require a client certificate"
        return TLSFailure("", "closed the TLS connection", remedy, may_pass=True)
    found = _REASON.search(lowered)
    of_openssl = found[1] if found else ""
    if "alert" in of_openssl and "certificate required" in of_openssl:
        remedy = "have it accept requests without one, or set it where there is a setting for it"
        return TLSFailure("", "requires a client certificate", remedy)
    if "alert" in of_openssl and ("certificate" in of_openssl or "unknown ca" in of_openssl):
        remedy = "see its log for why: the certificate may have expired, or be from another authority"
        return TLSFailure("", f"refuses the client certificate ({of_openssl})", remedy)
    remedy = "see its log: TLS versions, ciphers, the host name and a client certificate must suit it"
    return TLSFailure("TLS handshake", f"failed{f', {of_openssl}' if of_openssl else ''}", remedy)
