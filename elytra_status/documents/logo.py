# SPDX-License-Identifier: MIT
"""logo.png or logo.svg: the logo of the pages. Pure.

Pages show it as an image, so that no script in it can run. As it has an address of its own, an SVG with a script is
refused nevertheless.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from elytra_status import leak_guard
from elytra_status.documents.document import Document, Texts
from elytra_status.errors import ElytraStatusError
from elytra_status.leak_guard import Private
from elytra_status.leak_guard.encodings import printable

# In bytes. It is a document of its own, which visitors load once.
LARGEST = 20_000
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"
_HTML = "{http://www.w3.org/1999/xhtml"
_SVG_TYPE = "image/svg+xml"
_NAMES = {"image/png": "logo.png", _SVG_TYPE: "logo.svg"}
_ACTIVE_ELEMENTS = ("script", "foreignObject")
# Chunks of a PNG that may be compressed, and could fill the memory.
_COMPRESSED = (b"zTXt", b"iTXt", b"iCCP")
_LARGEST_CHUNK = 100_000
REMEDY = f"Use a PNG or SVG file of at most {LARGEST} bytes that this user may read"


class LogoError(ElytraStatusError):
    """A file cannot be used as the logo. `problem` follows the name of its setting."""


class Picture(NamedTuple):
    """The bytes of a logo, and their type."""

    body: bytes
    content_type: str


def picture_of(body: bytes) -> Picture:
    """Return the picture in a file. Raise LogoError if it is neither PNG nor SVG."""
    if body.startswith(_PNG):
        return Picture(body, "image/png")
    try:
        # The file is small and the administrator's own. Entities could expand without limit, and pictures need none.
        root = None if b"<!ENTITY" in body else ET.fromstring(body)  # noqa: S314
        if root is not None and root.tag == _SVG:
            _refuse_scripts(root)
            return Picture(body, _SVG_TYPE)
    except (ET.ParseError, ValueError, LookupError):
        pass  # neither is it an SVG
    raise LogoError("names a file that is neither PNG nor SVG", REMEDY)


def _refuse_scripts(root: ET.Element) -> None:
    for one in root.iter():
        space, _, name = str(one.tag).rpartition("}")
        # Browsers leave line feeds and tabs out of an address. An animation can set one later.
        values = ["".join(value.split()).lower() for value in one.attrib.values()]
        is_active = name in _ACTIVE_ELEMENTS or space == _HTML or any(name.startswith("on") for name in one.attrib)
        if is_active or any("javascript:" in value for value in values):
            raise LogoError("names an SVG file with a script", "Export the picture without scripts")


def address_of_logo(texts: Texts) -> str:
    """Return the address of the logo for a page in the folder of `texts`.

    Return '' if there is none.
    """
    return texts.logo and texts.up + _NAMES[_picture_in(texts.logo).content_type]


def logo_documents(texts: Texts) -> list[Document]:
    """Return the logo as a document, if there is one."""
    if not texts.logo:
        return []
    picture = _picture_in(texts.logo)
    name, headers = _NAMES[picture.content_type], (picture.content_type, texts.cache_control)
    if picture.content_type == _SVG_TYPE:
        return [Document(name, picture.body, *headers, _names(ET.fromstring(picture.body)))]  # noqa: S314
    return [Document(name, picture.body, *headers, frozenset(), drawn=("\n".join(_texts(picture.body)),))]


def _picture_in(address: str) -> Picture:
    kind, _, body = address.removeprefix("data:").partition(";base64,")
    return Picture(base64.b64decode(body), kind)


def address_of(picture: Picture) -> str:
    """Return the data: URL of a picture."""
    return f"data:{picture.content_type};base64,{base64.b64encode(picture.body).decode()}"


def broken_rules(picture: Picture, private: Private) -> tuple[str, ...]:
    """Return the rules of the leak guard that a picture breaks."""
    if picture.content_type == _SVG_TYPE:
        root = ET.fromstring(picture.body)  # noqa: S314  (picture_of has let it pass)
        # The markup comes from a drawing program, so the values of attributes are searched too.
        findings = leak_guard.search("PAGE_LOGO", picture.body, _SVG_TYPE, _names(root), private)
        # A drawing program may write each letter of a word as a separate text.
        parts = list(root.itertext())
        texts = ["".join(parts), "".join(part.strip() for part in parts)]
    else:
        # A PNG has no words of the program's own: all readable texts are searched.
        findings, texts = [], ["\n".join(_texts(picture.body))]
    findings += [finding for text in texts for finding in leak_guard.find_leaks(text, private)]
    return tuple(dict.fromkeys(finding.rule for finding in findings))


def _texts(png: bytes) -> Iterator[str]:
    """Yield the readable texts in a PNG, including those of compressed chunks.

    tEXt, zTXt, iTXt, iCCP and eXIf chunks may contain texts.
    """
    yield from printable(png)
    position = 8
    while position + 8 <= len(png):
        length = int.from_bytes(png[position : position + 4], "big")
        kind, data = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        yield from printable(data)
        # Exif may contain UTF-16.
        yield from printable(data.replace(b"\0", b""))
        for start in (match.end() for match in re.finditer(b"\0", data)) if kind in _COMPRESSED else ():
            try:
                yield from printable(zlib.decompressobj().decompress(data[start:], _LARGEST_CHUNK))
            except zlib.error:
                continue  # the compressed data begins after another zero byte
        position += length + 12


def _names(root: ET.Element) -> frozenset[str]:
    """Return the names of all elements and attributes of a picture."""
    every = (name for one in root.iter() for name in (one.tag, *one.attrib))
    return frozenset({"xmlns", _SVG[1:].partition("}")[0], *(name.rpartition("}")[2] for name in every)})
