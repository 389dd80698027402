# SPDX-License-Identifier: MIT
"""The logo of the page: a small picture in a file of the administrator's, made into an address that holds it.

A page shows it as a picture, so that nothing in it can run. It is searched for what is private as it stands in the
file: within the page nobody could read it.
"""

from __future__ import annotations

import base64
import errno
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from pathlib import Path

from elytra_status import leak_guard
from elytra_status.leak_guard import Private
from elytra_status.leak_guard.encodings import printable
from elytra_status.system import files, journal

# The page with everything in it stays below 14 kB compressed.
LARGEST = 3500
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"
_SVG_TYPE = "image/svg+xml"
# Chunks of a PNG that may be compressed, and made to fill the memory.
_COMPRESSED = (b"zTXt", b"iTXt", b"iCCP")
_LARGEST_CHUNK = 100_000
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
        root = ET.fromstring(body)  # noqa: S314  (_read has let it pass)
        # What a drawing program has left in a file is nothing of ours to allow: values of attributes are searched too.
        findings = leak_guard.search("PAGE_LOGO", body, kind, _names(root), private)
        # A program may draw each letter of a word as a text of its own.
        parts = list(root.itertext())
        texts = ["".join(parts), "".join(part.strip() for part in parts)]
    else:
        # Of a picture in bytes, what can be read is searched for.
        findings, texts = [], ["\n".join(_texts(body))]
    findings += [finding for text in texts for finding in leak_guard.find(text, private)]
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


def _texts(png: bytes) -> Iterator[str]:
    """Yield the texts that a PNG holds: of tEXt, zTXt, iTXt and eXIf chunks, and what can be read anywhere else."""
    yield from printable(png)
    position = 8
    while position + 8 <= len(png):
        length = int.from_bytes(png[position : position + 4], "big")
        kind, data = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        yield from printable(data)
        # Exif may hold UTF-16.
        yield from printable(data.replace(b"\0", b""))
        for start in (match.end() for match in re.finditer(b"\0", data)) if kind in _COMPRESSED else ():
            try:
                yield from printable(zlib.decompressobj().decompress(data[start:], _LARGEST_CHUNK))
            except zlib.error:
                continue  # It begins behind another zero byte.
        position += length + 12


def _names(root: ET.Element) -> frozenset[str]:
    """Return the names of elements and attributes of a picture, as they stand in the file."""
    every = (name for one in root.iter() for name in (one.tag, *one.attrib))
    return frozenset({"xmlns", _SVG[1:].partition("}")[0], *(name.rpartition("}")[2] for name in every)})
