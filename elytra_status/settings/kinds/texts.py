# SPDX-License-Identifier: MIT
"""Kinds of texts: words for people, choices, lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from elytra_status import locale
from elytra_status.settings.kinds.kind import InvalidValueError, Kind

# The longest name of the page or a link in characters, so that it fits into columns and lines.
LONGEST_NAME = 80
# The longest notice in characters. A notice is a sentence or two and can link to a page with more.
LONGEST_NOTICE = 500


def read_text(text: str) -> str:
    """Return a text on one line.

    Raise InvalidValueError if it contains a control character.
    """
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", text):
        raise InvalidValueError("contains a line break or a control character", "Write one line of plain text")
    return text


def _read_notice(text: str) -> str:
    if len(read_text(text)) > LONGEST_NOTICE:
        raise InvalidValueError(f"has {len(text)} characters", f"Write at most {LONGEST_NOTICE}")
    return text


def _read_name(text: str) -> str:
    if len(read_text(text)) > LONGEST_NAME:
        raise InvalidValueError(f"has {len(text)} characters", f"Write at most {LONGEST_NAME}")
    return text


def _read_colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise InvalidValueError("is not a colour", 'Write six hexadecimal digits after #, in quotes: "#0b57d0"')
    return text.lower()


def _read_links(text: str) -> tuple[tuple[str, str], ...]:
    form = "Write links such as Website: https://www.example.com/; Support: mailto:support@example.com"
    found = []
    for part in read_text(text).split(";"):
        if not part.strip():
            continue
        name, _, address = (half.strip() for half in part.partition(": "))
        if not name or not address:
            raise InvalidValueError("is not a list of texts, each with an address", form)
        _read_name(name)
        # A link must not run code, so no other scheme is allowed.
        if not re.fullmatch(r"https://[^\s/?#@]+([/?#]\S*)?|mailto:[^\s?@]+@[^\s?@]+", address):
            raise InvalidValueError("contains an address that begins neither with https:// nor with mailto:", form)
        found.append((name, address))
    if not found:
        raise InvalidValueError("contains no link", form)
    return tuple(found)


def _write_links(links: Any) -> str:
    return "; ".join(f"{name}: {address}" for name, address in links)


def _read_named(text: str, form: str) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of a value such as `name: text; name: text`."""
    names = set()
    for part in read_text(text).split(";"):
        if not part.strip():
            continue
        name, _, content = (half.strip() for half in part.partition(":"))
        if not name or not content:
            raise InvalidValueError("is not a list of names, each with a colon", form)
        if name in names:
            raise InvalidValueError("contains a name twice", "Write each name once")
        names.add(_read_name(name))
        yield name, content
    if not names:
        raise InvalidValueError("contains no name", form)


def _read_groups(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    form = "Write groups such as Hosting: Websites, Databases; Tools: Control panel"
    found = tuple((name, read_list(content)) for name, content in _read_named(text, form))
    members = [one for _, group in found for one in group]
    if len(set(members)) < len(members):
        raise InvalidValueError("contains a component in two groups", "Write each component once")
    return found


def _write_groups(groups: Any) -> str:
    return "; ".join(f"{name}: {', '.join(members)}" for name, members in groups)


def _read_descriptions(text: str) -> tuple[tuple[str, str], ...]:
    form = "Write descriptions such as Websites: Sites of all clients; Databases: MySQL"
    found = tuple(_read_named(text, form))
    for _, description in found:
        _read_notice(description)
    return found


def _read_header(text: str) -> str:
    if not re.fullmatch(r"[ -~]+", text):
        raise InvalidValueError("contains a character that is not ASCII", "Write plain letters and digits")
    return text


def read_list(text: str) -> tuple[str, ...]:
    """Return the items of a list with commas between, each once.

    Raise InvalidValueError if there are none.
    """
    parts = tuple(dict.fromkeys(part.strip() for part in read_text(text).split(",") if part.strip()))
    if not parts:
        raise InvalidValueError("contains only commas", "Write one or more items, or an empty value")
    return parts


def join(values: Any) -> str:
    """Return a list as written in the settings file."""
    return ",".join(str(value) for value in values)


def _read_labels(text: str) -> tuple[str, ...]:
    labels = read_list(text)
    if any(not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", label) for label in labels):
        raise InvalidValueError(
            "is not a list of labels of Prometheus", "Write names with commas between, such as instance,job"
        )
    return labels


def choice(*words: str) -> Kind:
    """Return a kind for one of several words."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise InvalidValueError("is invalid", f"Write one of {', '.join(words)}")
        return text.lower()

    return Kind(f"one of {', '.join(words)}", read)


def some_of(*words: str) -> Kind:
    """Return a kind for a list of some of several words."""

    def read(text: str) -> tuple[str, ...]:
        given = tuple(word.lower() for word in read_list(text))
        if any(word not in words for word in given):
            raise InvalidValueError("contains an invalid value", f"Choose among {', '.join(words)}")
        return given

    return Kind(f"some of {', '.join(words)}, with commas between", read, join)


TEXT = Kind("text on one line", read_text)
LANGUAGE = choice(*locale.codes())
LANGUAGES = some_of(*locale.codes())
NAME = Kind(f"text on one line, at most {LONGEST_NAME} characters", _read_name)
COLOUR = Kind("colour as #rrggbb, in quotes", _read_colour)
LINKS = Kind("texts, each with a colon, a space and an address, with semicolons between", _read_links, _write_links)
NOTICE = Kind(f"text on one line, at most {LONGEST_NOTICE} characters", _read_notice)
GROUPS = Kind(
    "names, each with a colon and names of components with commas between, with semicolons between",
    _read_groups,
    _write_groups,
)
DESCRIPTIONS = Kind(
    "names of components, each with a colon and a text, with semicolons between", _read_descriptions, _write_links
)
HEADER = Kind("text of plain letters, digits and signs", _read_header)
LIST = Kind("list with commas between", read_list, join)
LABELS = Kind("list of names of labels with commas between", _read_labels, join)
