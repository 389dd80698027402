# SPDX-License-Identifier: MIT
"""The TLS contexts of this process.

Loading the system's certificates takes longer than a request on a fast line, so each context is made once.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable
from functools import cache

# From a file of authorities, or a directory.
Make = Callable[[str | None, str | None], ssl.SSLContext]

_MAKING = threading.Lock()


def for_urllib3(ca_bundle: str | None, client_certificate: tuple[str, str] | None = None) -> ssl.SSLContext:
    """Return the context for urllib3, and for nothing else.

    With urllib3 1 it does not compare the server's name with that in the certificate, because urllib3 does. It trusts
    `ca_bundle`, or the system's certificates. `client_certificate` holds the paths of a client certificate and its key.
    Files that have changed are read again. Raise OSError if one cannot be read.
    """
    return _context(_make_for_urllib3, ca_bundle, client_certificate or ())


def for_sockets(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the context for all other connections, which compares names itself.

    It trusts the same certificates as that for urllib3. Raise OSError if they cannot be read.
    """
    return _context(_make_for_sockets, ca_bundle, ())


def _context(make: Make, ca_bundle: str | None, client_certificate: tuple[str, ...]) -> ssl.SSLContext:
    authorities = _authorities(ca_bundle)
    # As requests, accept a directory from the environment.
    is_file = authorities == ca_bundle or not os.path.isdir(authorities)
    versions = tuple((found.st_ino, found.st_mtime_ns) for found in map(os.stat, (authorities, *client_certificate)))
    with _MAKING:
        return _loaded(make, authorities, client_certificate, versions, is_file=is_file)


def _authorities(ca_bundle: str | None) -> str:
    """Return the file or directory of the authorities, as requests chooses it."""
    if chosen := ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE"):
        return chosen
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    return str(DEFAULT_CA_BUNDLE_PATH)


@cache
def _loaded(
    make: Make, authorities: str, client_certificate: tuple[str, ...], versions: tuple[object, ...], *, is_file: bool
) -> ssl.SSLContext:
    context = make(authorities, None) if is_file else make(None, authorities)
    assert context.verify_mode == ssl.CERT_REQUIRED
    if client_certificate:
        context.load_cert_chain(*client_certificate)
    return context


def _make_for_urllib3(file: str | None, directory: str | None) -> ssl.SSLContext:
    from urllib3.util.ssl_ import create_urllib3_context

    context: ssl.SSLContext = create_urllib3_context()
    context.load_verify_locations(file, directory)
    # check_hostname stays as urllib3 sets it: urllib3 1 compares the names itself, which IP addresses need.
    return context


def _make_for_sockets(file: str | None, directory: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=file, capath=directory)
    assert context.check_hostname
    return context
