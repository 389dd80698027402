# SPDX-License-Identifier: MIT
"""HTML as a tree. What a person has written stands in an element with dir="auto": as its text, href or content.

So it is known of each word of a page whether it is the page's own.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime

from elytra_status.documents.words import writable
from elytra_status.system.clock import to_text

DOCTYPE = "!doctype html"
# In a text, < is written as an entity: these are end tags.
_OPTIONAL_END = re.compile(rb"</(?:td|th|tr|thead|tbody|li|dt|dd)>")

# The attributes that may hold what a person has written.
_THEIRS = ("href", "content")

Content = str | ET.Element | None


def element(tag: str, *content: Content, **attributes: str) -> ET.Element:
    """Return an element. `_` in an attribute's name stands for -, and one at its end is left out: class_."""
    made = ET.Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    for one in content:
        if isinstance(one, ET.Element):
            made.append(one)
        elif one and len(made):
            made[-1].tail = (made[-1].tail or "") + one
        elif one:
            made.text = (made.text or "") + one
    return made


def theirs(tag: str, text: str, **attributes: str) -> ET.Element:
    """Return an element with what a person has written, in whatever direction that runs."""
    return element(tag, writable(text), dir="auto", **attributes)


def moment(of: datetime, *, as_seen_on: datetime | None = None) -> ET.Element:
    """Return a moment as people write it, in UTC, without the day where that is the one on which it is seen.

    The page's script makes the visitor's own of it.
    """
    day = "" if as_seen_on and of.date() == as_seen_on.date() else f"{of.day} {of:%b %Y}, "
    return element("time", f"{day}{of:%H:%M} UTC", datetime=to_text(of))


def own_words(root: ET.Element) -> Iterator[str]:
    """Yield every text, name and value of a tree that no person has written."""
    for one in root.iter():
        yield one.tag
        for name, value in one.attrib.items():
            yield name
            if name not in _THEIRS or one.get("dir") != "auto":
                yield value
        if one.text and one.get("dir") != "auto":
            yield one.text.strip()
        if one.tail:
            yield one.tail.strip()


def serialised(root: ET.Element) -> bytes:
    """Return the bytes of a page, without the end tags that HTML allows to leave out in tables and lists."""
    body: bytes = ET.tostring(root, encoding="utf-8", method="html")
    return f"<{DOCTYPE}>\n".encode() + _OPTIONAL_END.sub(b"", body) + b"\n"
