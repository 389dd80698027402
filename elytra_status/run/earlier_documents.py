# SPDX-License-Identifier: MIT
"""Keep the digests of the published documents, to upload only changed ones.

The files only save work. If they are missing or damaged, every document is written. A document is skipped only if the
storage still has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from elytra_status.documents import Document, EarlierDocument, digest
from elytra_status.system import files, journal
from elytra_status.system.clock import from_text, to_text

FILE = "published.json"
# The bytes of the documents that are kept, by name.
DIRECTORY = "published"


def read(state_directory: Path) -> dict[str, EarlierDocument]:
    """Return the documents published last, by name. Malformed entries are skipped."""
    found: dict[str, EarlierDocument] = {}
    for name, value in files.read_state(state_directory / FILE).value.items():
        with suppress(KeyError, TypeError, ValueError):
            if re.fullmatch(r"[0-9a-f]{64}", value["digest"]):
                found[name] = EarlierDocument(from_text(value["updated"]), value["digest"])
    for path in (state_directory / DIRECTORY).glob("*"):
        if path.name in found:
            with suppress(OSError):
                found[path.name] = replace(found[path.name], body=files.read_regular(path))
    return found


def unchanged(documents: Sequence[Document], earlier: Mapping[str, EarlierDocument]) -> frozenset[str]:
    """Return the names of documents that have not changed since they were published."""
    return frozenset(one.name for one in documents if one.name in earlier and earlier[one.name].digest == digest(one))


def keep(
    state_directory: Path, documents: Sequence[Document], earlier: Mapping[str, EarlierDocument], now: datetime
) -> None:
    """Save the digests of the published documents.

    A failure is a warning: the next run writes every document.
    """
    as_before = unchanged(documents, earlier)
    stored = {
        document.name: {
            "updated": to_text(earlier[document.name].updated if document.name in as_before else now),
            "digest": digest(document),
        }
        for document in documents
        if not document.local
    }
    try:
        for document in documents:
            if document.kept and not (document.name in as_before and earlier[document.name].body == document.body):
                (state_directory / DIRECTORY).mkdir(mode=0o700, exist_ok=True)
                files.write_atomically(state_directory / DIRECTORY / document.name, document.body, 0o600)
        files.write_atomically(state_directory / FILE, json.dumps(stored).encode(), 0o600)
    except OSError as error:
        journal.warning(
            f"{state_directory / FILE} cannot be written: {error.strerror}. The next run uploads everything."
        )
