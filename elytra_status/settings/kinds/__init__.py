# SPDX-License-Identifier: MIT
"""The kinds of values: how a setting's value is read and written."""

from elytra_status.settings.kinds.addresses import (
    ADDRESSES,
    CHAT,
    ENDPOINT,
    HELO,
    HOST,
    MAIL_ADDRESS,
    MAIL_ADDRESSES,
    ORIGINS,
    SLUG,
    URL,
)
from elytra_status.settings.kinds.kind import InvalidValueError, Kind
from elytra_status.settings.kinds.locations import BUCKET, LOCATION, OBJECT_KEY, PATH, REGION, S3, in_bucket
from elytra_status.settings.kinds.monitors import COMPONENTS, IDS, SOURCES, THRESHOLD, Threshold
from elytra_status.settings.kinds.numbers import TIMEZONE, number, timezone, whole_number
from elytra_status.settings.kinds.texts import (
    COLOUR,
    DESCRIPTIONS,
    GROUPS,
    HEADER,
    LABELS,
    LANGUAGE,
    LANGUAGES,
    LINKS,
    LIST,
    LONGEST_NAME,
    LONGEST_NOTICE,
    NAME,
    NOTICE,
    TEXT,
    choice,
    some_of,
)

__all__ = [
    "ADDRESSES",
    "BUCKET",
    "CHAT",
    "COLOUR",
    "COMPONENTS",
    "DESCRIPTIONS",
    "ENDPOINT",
    "GROUPS",
    "HEADER",
    "HELO",
    "HOST",
    "IDS",
    "Kind",
    "InvalidValueError",
    "LABELS",
    "LANGUAGE",
    "LANGUAGES",
    "LINKS",
    "LIST",
    "LONGEST_NAME",
    "LONGEST_NOTICE",
    "MAIL_ADDRESS",
    "MAIL_ADDRESSES",
    "NAME",
    "NOTICE",
    "OBJECT_KEY",
    "ORIGINS",
    "PATH",
    "LOCATION",
    "REGION",
    "S3",
    "SLUG",
    "SOURCES",
    "TEXT",
    "THRESHOLD",
    "TIMEZONE",
    "Threshold",
    "URL",
    "WORDS",
    "choice",
    "in_bucket",
    "number",
    "some_of",
    "timezone",
    "whole_number",
]

# Kinds of values that may contain a # that begins no comment.
WORDS = (TEXT, NAME, NOTICE, LINKS, LIST, COMPONENTS, GROUPS, DESCRIPTIONS)
