# SPDX-License-Identifier: MIT
"""The logo of the page: a small picture of the administrator's, made into an address that holds it. Pure.

A page shows it as a picture, so that nothing in it can run. It is searched for what is private as it stands in the
file: within the page nobody could read it.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from elytra_status import leak_guard
from elytra_status.errors import ElytraStatusError
from elytra_status.leak_guard import Private
from elytra_status.leak_guard.encodings import printable

# The page with everything in it stays below 14 kB compressed.
LARGEST = 3500
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"
_SVG_TYPE = "image/svg+xml"
# Chunks of a PNG that may be compressed, and made to fill the memory.
_COMPRESSED = (b"zTXt", b"iTXt", b"iCCP")
_LARGEST_CHUNK = 100_000
REMEDY = f"Use a PNG or SVG file of at most {LARGEST} bytes that this user may read"


class LogoError(ElytraStatusError):
    """A file cannot be used as the logo. `problem` follows the name of its setting."""


class Picture(NamedTuple):
    """A logo as it stands in its file, and its type."""

    body: bytes
    content_type: str


def picture_of(body: bytes) -> Picture:
    """Return the picture that the bytes of a file are. Raise LogoError if they are none."""
    if body.startswith(_PNG):
        return Picture(body, "image/png")
    try:
        # Of the administrator's own and small; entities, which could grow, are no part of a picture.
        if b"<!ENTITY" not in body and ET.fromstring(body).tag == _SVG:  # noqa: S314
            return Picture(body, _SVG_TYPE)
    except (ET.ParseError, ValueError, LookupError):
        pass  # No picture of that kind either.
    raise LogoError("names a file that is neither PNG nor SVG", REMEDY)


def address_of(picture: Picture) -> str:
    """Return the data: address that holds a picture."""
    return f"data:{picture.content_type};base64,{base64.b64encode(picture.body).decode()}"


def broken_rules(picture: Picture, private: Private) -> tuple[str, ...]:
    """Return the rules of the leak guard that a picture breaks."""
    if picture.content_type == _SVG_TYPE:
        root = ET.fromstring(picture.body)  # noqa: S314  (picture_of has let it pass)
        # What a drawing program has left in a file is nothing of ours to allow: values of attributes are searched too.
        findings = leak_guard.search("PAGE_LOGO", picture.body, _SVG_TYPE, _names(root), private)
        # A program may draw each letter of a word as a text of its own.
        parts = list(root.itertext())
        texts = ["".join(parts), "".join(part.strip() for part in parts)]
    else:
        # Of a picture in bytes, what can be read is searched for.
        findings, texts = [], ["\n".join(_texts(picture.body))]
    findings += [finding for text in texts for finding in leak_guard.find(text, private)]
    return tuple(dict.fromkeys(finding.rule for finding in findings))


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
