# SPDX-License-Identifier: MIT
"""status.json, for programs."""

from __future__ import annotations

import json
from datetime import datetime
from fractions import Fraction

from elytra_status import schema
from elytra_status.decision.uptimes import percentage
from elytra_status.documents.document import Document
from elytra_status.documents.facts import Publication
from elytra_status.documents.words import notice_text, own_headline
from elytra_status.system.clock import to_text

NAME = schema.NAME
CONTENT_TYPE = schema.CONTENT_TYPE


def render(publication: Publication) -> list[Document]:
    """Return the document."""
    decision, texts, headline = publication.decision, publication.texts, publication.headline
    content = {
        "schema_version": 1,
        "updated_at": to_text(publication.now),
        "stale_after": to_text(publication.stale_after),
        "platform_status": decision.status.value,
        "headline": {"code": headline.code, "text": headline.text, "components": list(headline.names)},
        "uptime": {
            "last_24h": _percent(decision.uptime.last_24h),
            "last_7d": _percent(decision.uptime.last_7d),
            "last_30d": _percent(decision.uptime.last_30d),
        },
        "backups": {
            "policy": texts.backup_policy,
            "last_backup_status": decision.backups.status.value,
            "last_backup_time": _time(decision.backups.last_backup),
            "last_successful_backup": _time(decision.backups.last_successful_backup),
        },
        "infrastructure": {
            "model": texts.infrastructure_model,
            "regions": list(texts.infrastructure_regions),
            "notes": texts.infrastructure_notes,
        },
        "notices": [
            {
                "kind": notice.kind,
                "text": notice_text(notice, texts.language),
                "since": _time(notice.since),
                "until": _time(notice.until),
            }
            for notice in decision.notices
        ],
    }
    body = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    return [Document(NAME, body, CONTENT_TYPE, texts.cache_control, schema.vocabulary() | own_headline(publication))]


def _percent(ratio: Fraction | None) -> float | None:
    return None if ratio is None else percentage(ratio)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
