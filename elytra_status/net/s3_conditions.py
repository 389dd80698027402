# SPDX-License-Identifier: MIT
"""Conditional writes: an object replaces only the version that is expected.

A hook adds the headers to the request, because the botocore of Debian 12 does not know the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from types import MappingProxyType
from typing import Any

_headers: ContextVar[Mapping[str, str]] = ContextVar("condition_headers", default=MappingProxyType({}))


class TagForm(str, Enum):
    """How a storage expects a version's tag in If-Match; NONE without conditions.

    RFC 9110 puts the tag in quotes. Ceph 16 refuses every tag in quotes.
    """

    BARE = "bare"
    QUOTED = "quoted"
    NONE = "none"


# The form to try next if a storage refuses the right tag.
NEXT_FORM = {TagForm.BARE: TagForm.QUOTED, TagForm.QUOTED: TagForm.NONE, TagForm.NONE: TagForm.NONE}
# A tag that no object has, to find out whether a storage refuses a wrong tag.
NO_TAG = "0" * 32
# Error codes for an unmet condition. Amazon reports a missing object as missing.
UNMET = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey", "404"})
# The codes of UNMET that Amazon sends while another write of the same object is under way.
CONFLICT = frozenset({"ConditionalRequestConflict", "409"})
# Error codes of storage without conditional writes.
UNKNOWN_CONDITION = frozenset({"NotImplemented", "501", "InvalidArgument", "InvalidRequest"})


def plain_tag(tag: str) -> str:
    """Return an ETag without quotes and without the W/ of a weak one."""
    return tag.removeprefix("W/").strip('"')


@contextmanager
def only_in_place_of(tag: str, form: TagForm) -> Iterator[None]:
    """Let writes in this context only replace the version with this tag.

    If `tag` is "", they may only create an object.
    """
    if form is TagForm.NONE:
        headers = {}
    elif tag:
        headers = {"If-Match": f'"{tag}"' if form is TagForm.QUOTED else tag}
    else:
        headers = {"If-None-Match": "*"}
    token = _headers.set(headers)
    try:
        yield
    finally:
        _headers.reset(token)


def add_headers(params: dict[str, Any], **others: object) -> None:
    """Add the headers of the condition to a request of botocore, before it is signed."""
    params["headers"].update(_headers.get())
