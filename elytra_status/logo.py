# SPDX-License-Identifier: MIT
"""The logo of the page: a small picture in a file of the administrator's, made into an address that holds it.

A page shows it as a picture, so that nothing in it can run. It is searched for what is private as it stands in the
file: within the page nobody could read it.
"""

from __future__ import annotations

import base64
import errno
import xml.etree.ElementTree as ET
from pathlib import Path

from elytra_status import files, journal, leak_guard
from elytra_status.leak_guard import Private
from elytra_status.leak_guard.encodings import picture_texts

# The page with everything in it stays below 14 kB compressed.
LARGEST = 3500
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"
_SVG_TYPE = "image/svg+xml"
_RIGHT = f"a PNG or SVG file of at most {LARGEST} bytes, which this user may read, is right"


def fault(path: str | None) -> str:
    """Return what is wrong with the file and what is right, '' where nothing is wrong, or there is none to be."""
    try:
        _read(path)
    except ValueError as error:
        return str(error)
    return ""


def load(path: str | None, private: Private) -> tuple[str, tuple[str, ...]]:
    """Return the data: address of the logo, '' where there is none, and the rules of the leak guard that it breaks.

    With a file that is not right the page goes out without: that is a warning.
    """
    try:
        found = _read(path)
    except ValueError as error:
        journal.warning(f"PAGE_LOGO {error}; the page goes out without", event="settings")
        return "", ()
    if found is None:
        return "", ()
    body, kind = found
    if kind == _SVG_TYPE:
        searched, own_words = body, _names(ET.fromstring(body))  # noqa: S314  (_read has let it pass)
    else:
        # Of a picture in bytes, what can be read is searched for.
        searched, own_words = "\n".join(picture_texts(body)).encode(), frozenset()
    # What a drawing program has left in a file is nothing of ours to allow: values of attributes are searched too.
    findings = leak_guard.search("PAGE_LOGO", searched, kind if kind == _SVG_TYPE else "text/plain", own_words, private)
    rules = tuple(dict.fromkeys(finding.rule for finding in findings))
    return f"data:{kind};base64,{base64.b64encode(body).decode()}", rules


def _read(path: str | None) -> tuple[bytes, str] | None:
    """Return a logo and its type. Raise ValueError with what is wrong and what is right."""
    if path is None:
        return None
    try:
        body = files.read_regular(Path(path), LARGEST, follows_links=True)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise ValueError(f"names a file of more than {LARGEST} bytes; {_RIGHT}") from None
        raise ValueError(f"names a file that cannot be read: {error.strerror}; {_RIGHT}") from None
    if body.startswith(_PNG):
        return body, "image/png"
    try:
        # Of the administrator's own and small; entities, which could grow, are no part of a picture.
        if b"<!ENTITY" not in body and ET.fromstring(body).tag == _SVG:  # noqa: S314
            return body, _SVG_TYPE
    except (ET.ParseError, ValueError, LookupError):
        pass  # No picture of that kind either.
    raise ValueError(f"names a file that is neither PNG nor SVG; {_RIGHT}")


def _names(root: ET.Element) -> frozenset[str]:
    """Return the names of elements and attributes of a picture, as they stand in the file."""
    every = (name for one in root.iter() for name in (one.tag, *one.attrib))
    return frozenset({"xmlns", _SVG[1:].partition("}")[0], *(name.rpartition("}")[2] for name in every)})
