# SPDX-License-Identifier: MIT
"""Certificates: is a CA file usable, and why does a certificate not verify?"""

from __future__ import annotations

import re
import ssl

from elytra_status.net import tls_contexts
from elytra_status.problem import Problem

DOES_NOT_VERIFY = ("does not verify", "renew it, correct the host name, or name the authority's file in CA_BUNDLE")
_OF_SERVER = ("has expired", "is not yet valid", "is for another name")
_OTHER_NAME = "use a name that the certificate holds, or have it issued for this one"
# Fragments of messages of OpenSSL 1.1.1 to 3.5 and of urllib3, in lower case. The first that occurs counts.
_REASONS = (
    ("has expired", "has expired", "renew it, and see that this machine's clock is right"),
    ("is not yet valid", "is not yet valid", "set the clocks of both machines: timedatectl set-ntp true"),
    ("hostname mismatch", "is for another name", _OTHER_NAME),
    ("doesn't match", "is for another name", _OTHER_NAME),
    ("ip address mismatch", "is for another name", "use a name that the certificate holds, not the IP address"),
    ("self-signed", "is self-signed", "name its file, or that of the authority, in CA_BUNDLE"),
    ("self signed", "is self-signed", "name its file, or that of the authority, in CA_BUNDLE"),
    (
        "unable to get local issuer",
        "is from an authority that this machine does not know, or comes without its intermediate certificate",
        "have the server send the whole chain, or name the authority's file in CA_BUNDLE",
    ),
)
# Such as "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required".
_ALERT = re.compile(r"\[ssl[^\]]*\] [a-z0-9]+ alert ")


def explain_certificate(text: str) -> tuple[str, str] | None:
    """Return problem and remedy of a certificate that does not verify.

    `text` is the message of OpenSSL or urllib3. The problem follows the words "the certificate" in a sentence. Return
    None if the message is not about a certificate.
    """
    lowered = text.lower()
    for sign, problem, remedy in _REASONS:
        if sign in lowered:
            return problem, remedy
    # An alert of the server is about a certificate of this machine.
    return DOES_NOT_VERIFY if "certificate" in lowered and not _ALERT.search(lowered) else None


def is_of_server(text: str) -> bool:
    """Whether a certificate that does not verify is surely that of the server.

    A proxy that inspects TLS shows a certificate of its own, for the right name, from an unknown authority. `text` is
    the message of OpenSSL or urllib3.
    """
    found = explain_certificate(text)
    return found is not None and found[0] in _OF_SERVER


def problem_of_bundle(path: str | None) -> Problem | None:
    """Return problem and remedy of a CA file; None if it is usable.

    The problem follows the name of the setting in a sentence.
    """
    if path is None:
        return None
    try:
        tls_contexts.for_sockets(path)
    except ssl.SSLError:
        return Problem("names a file without certificates", "Name a file with certificates in PEM form")
    except OSError as error:
        return Problem(f"names a file that cannot be read ({error.strerror})", "Name a file that this user may read")
    return None
