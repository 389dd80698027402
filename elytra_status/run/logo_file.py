# SPDX-License-Identifier: MIT
"""Read the file that PAGE_LOGO names."""

from __future__ import annotations

import errno
from pathlib import Path

from elytra_status.documents import logo
from elytra_status.documents.logo import LARGEST, RIGHT, Picture
from elytra_status.system import files


def read(path: str | None) -> Picture | None:
    """Return the logo in a file, None without a path.

    Raise ValueError that says what is wrong with the file and what is valid.
    """
    if path is None:
        return None
    try:
        body = files.read_regular(Path(path), LARGEST, follows_links=True)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise ValueError(f"names a file of more than {LARGEST} bytes; {RIGHT}") from None
        raise ValueError(f"names a file that cannot be read: {error.strerror}; {RIGHT}") from None
    return logo.picture_of(body)


def fault(path: str | None) -> str:
    """Return what is wrong with the file and what is valid, '' if it is valid.

    Without a path, nothing is wrong.
    """
    try:
        read(path)
    except ValueError as error:
        return str(error)
    return ""
