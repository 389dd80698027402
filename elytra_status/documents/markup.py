# SPDX-License-Identifier: MIT
"""HTML as a tree of elements that separates own words from people's texts.

A bdi, and an element with dir="auto", contains a text of a person, as its text, href or content. All other words of a
page are the program's own.
"""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from string import Formatter

from elytra_status.documents.words import writable
from elytra_status.locale import Language
from elytra_status.system.clock import to_text

DOCTYPE = "!doctype html"
# A < in a text is written as an entity, so these are end tags.
_OPTIONAL_END = re.compile(rb"</(?:td|th|tr|thead|tbody|li|dt|dd)>")

# Attributes that may contain a text of a person.
_THEIRS = ("href", "content")
# Lines break at spaces, hyphens and soft hyphens, and between the letters of Chinese, Japanese and Korean. page.js has
# the same rules.
_WORD = re.compile(r"[^\s\xad\u2010-\u206f\u2e80-\ud7af\uf900-\uffef-]+")
# The most letters and signs for which a small screen has room in a heading: of the usual size, and of "long".
_USUAL, _LONG = 12, 21
# Elements that have a direction of their own, but no edge to which their text is aligned.
_INLINE = ("a", "bdi", "title")

Content = str | ET.Element | None


def element(tag: str, *content: Content, **attributes: str) -> ET.Element:
    """Return an element with its content and attributes.

    `_` in the name of an attribute stands for -, and a trailing one is removed: `class_`.
    """
    made = ET.Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    for one in content:
        if isinstance(one, ET.Element):
            made.append(one)
        elif one and len(made):
            made[-1].tail = (made[-1].tail or "") + one
        elif one:
            made.text = (made.text or "") + one
    return made


def source_hash(text: str) -> str:
    """Return the source of an inline script or style in a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def theirs(tag: str, text: str, **attributes: str) -> ET.Element:
    """Return an element with a text of a person, in its own direction.

    The text of a block is aligned like the page, whatever its own direction: it stands below its title.
    """
    if tag not in _INLINE:
        return element(tag, theirs("bdi", text), **attributes)
    return element(tag, writable(text), **({} if tag == "bdi" else {"dir": "auto"}), **attributes)


def long_words(text: str) -> dict[str, str]:
    """Return the attribute of a heading whose long words need smaller letters.

    Its value is "long" for words of 13 to 21 letters and signs, and "longer" for longer words.
    """
    letters = max(map(len, _WORD.findall(text)), default=0)
    return {"class_": "longer" if letters > _LONG else "long"} if letters > _USUAL else {}


def filled(template: str, **contents: Content | list[Content]) -> list[Content]:
    """Return a translated text with elements in the places of their names."""
    found: list[Content] = []
    for text, name, _, _ in Formatter().parse(template):
        content = contents[name] if name else None
        found.append(text)
        found += content if isinstance(content, list) else [content]
    return found


def direction(language: Language) -> dict[str, str]:
    """Return the attribute of a page that is not written from left to right."""
    return {} if language.direction == "ltr" else {"dir": language.direction}


def time_element(of: datetime, language: Language, *, as_seen_on: datetime | None = None) -> ET.Element:
    """Return a moment as people write it, in UTC.

    The day is left out if it is that of `as_seen_on`. The page's script changes the text to the visitor's time zone.
    """
    is_same_day = as_seen_on and of.date() == as_seen_on.date()
    return element("time", language.time_of_day(of) if is_same_day else language.moment(of), datetime=to_text(of))


def own_words(root: ET.Element) -> Iterator[str]:
    """Yield each text, name and value of a tree that no person has written."""
    for one in root.iter():
        is_theirs = one.tag == "bdi" or one.get("dir") == "auto"
        yield one.tag
        for name, value in one.attrib.items():
            yield name
            if name not in _THEIRS or not is_theirs:
                yield value
        if one.text and not is_theirs:
            yield one.text.strip()
        if one.tail:
            yield one.tail.strip()


def serialised(root: ET.Element) -> bytes:
    """Return the bytes of a page, without end tags that HTML does not require."""
    body: bytes = ET.tostring(root, encoding="utf-8", method="html")
    return f"<{DOCTYPE}>\n".encode() + _OPTIONAL_END.sub(b"", body) + b"\n"
