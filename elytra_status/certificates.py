# SPDX-License-Identifier: MIT
"""Whether a file of certificates to trust can be used."""

from __future__ import annotations

import ssl


def fault(path: str | None) -> str:
    """Return what is wrong with a file of certificates and what is right, '' where nothing is wrong."""
    if path is None:
        return ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "names a file without certificates; one with certificates in PEM form is right"
    except OSError as error:
        return f"names a file that cannot be read: {error.strerror}; one that this user may read is right"
    return ""
