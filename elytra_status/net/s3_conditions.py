# SPDX-License-Identifier: MIT
"""Conditional writes: an object is written only in place of the version that is expected there.

The headers are added to the request by a hook, as the botocore of Debian 12 does not know the parameters.
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
    """How a storage takes the tag of a version in If-Match, NONE where it takes no conditions at all.

    Ceph 16 refuses every tag in quotes, as RFC 9110 writes them.
    """

    BARE = "bare"
    QUOTED = "quoted"
    NONE = "none"


# The next form to try where a storage refuses the right tag.
NEXT_FORM = {TagForm.BARE: TagForm.QUOTED, TagForm.QUOTED: TagForm.NONE, TagForm.NONE: TagForm.NONE}
# The tag of no object: to find out whether a storage refuses a wrong one.
NO_TAG = "0" * 32
# What storage answers where the condition is not met. For a missing object Amazon says that it is missing.
UNMET = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey", "404"})
# What storage answers that knows no conditions.
UNKNOWN_CONDITION = frozenset({"NotImplemented", "501", "InvalidArgument", "InvalidRequest"})


def plain_tag(tag: str) -> str:
    """Return an ETag without quotes, and without the sign of a weak one."""
    return tag.removeprefix("W/").strip('"')


@contextmanager
def only_in_place_of(tag: str, form: TagForm) -> Iterator[None]:
    """Let a write in this context succeed only in place of the version with that tag, or of nothing if it is ""."""
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
    """Add the headers of the condition to a request of botocore's, before it is signed."""
    params["headers"].update(_headers.get())
