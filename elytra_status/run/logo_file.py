# SPDX-License-Identifier: MIT
"""Read the file that PAGE_LOGO names."""

from __future__ import annotations

import errno
from pathlib import Path

from elytra_status.documents import logo
from elytra_status.documents.logo import LARGEST, REMEDY, LogoError, Picture
from elytra_status.problem import Problem, problem_of
from elytra_status.system import files


def read_logo(path: str | None) -> Picture | None:
    """Return the logo in a file, None without a path.

    Raise LogoError if the file cannot be used.
    """
    if path is None:
        return None
    try:
        body = files.read_regular(Path(path), LARGEST, follows_links=True)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise LogoError(f"names a file of more than {LARGEST} bytes", REMEDY) from None
        raise LogoError(f"names a file that cannot be read ({error.strerror})", REMEDY) from None
    return logo.picture_of(body)


def problem_of_logo(path: str | None) -> Problem | None:
    """Return what is wrong with the file, None if it is valid or not set.

    The problem follows the name of the setting in a sentence.
    """
    try:
        read_logo(path)
    except LogoError as error:
        return problem_of(error)
    return None
