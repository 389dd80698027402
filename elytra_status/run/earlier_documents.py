# SPDX-License-Identifier: MIT
"""Keep the digests of the published documents, to upload only changed ones.

The files only save work. If they are missing or damaged, every document is written. A document is skipped only if the
storage still has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from elytra_status.documents import Document, EarlierDocument, body_digest, document_digest
from elytra_status.system import files, journal
from elytra_status.system.clock import from_text, to_text

FILE = "published.json"
# The bytes of the documents that are kept, by name.
DIRECTORY = "published"
# The entry that says where the documents were published. No document has this name.
_TARGET = "target"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MADE_FROM = re.compile(r"[0-9a-f]{16}-[0-9a-f]{16}")


def read(state_directory: Path) -> dict[str, EarlierDocument]:
    """Return the documents published last, by name. Malformed entries are skipped."""
    found: dict[str, EarlierDocument] = {}
    for name, value in files.read_state(state_directory / FILE).value.items():
        with suppress(KeyError, TypeError, ValueError):
            if _DIGEST.fullmatch(value["digest"]):
                of_body, tag, made_from = (value.get(field, "") for field in ("of_body", "tag", "made_from"))
                is_digest = isinstance(of_body, str) and _DIGEST.fullmatch(of_body)
                is_tag = isinstance(tag, str) and re.fullmatch(r"[!-~]{1,200}", tag)
                is_made_from = isinstance(made_from, str) and _MADE_FROM.fullmatch(made_from)
                found[name] = EarlierDocument(
                    from_text(value["updated"]),
                    value["digest"],
                    tag=tag if is_tag else "",
                    of_body=of_body if is_digest else "",
                    made_from=made_from if is_made_from else "",
                )
    for path in (state_directory / DIRECTORY).glob("*"):
        if path.name in found:
            with suppress(OSError):
                found[path.name] = replace(found[path.name], body=files.read_regular(path))
    return found


def read_target(state_directory: Path) -> str:
    """Return what identifies the last target, '' if that is not known."""
    found = files.read_state(state_directory / FILE).value.get(_TARGET)
    return found if isinstance(found, str) else ""


def unchanged(documents: Sequence[Document], earlier: Mapping[str, EarlierDocument]) -> frozenset[str]:
    """Return the names of documents that have not changed since they were published."""
    return frozenset(
        one.name for one in documents if one.name in earlier and earlier[one.name].digest == document_digest(one)
    )


def tags(earlier: Mapping[str, EarlierDocument]) -> dict[str, str]:
    """Return the storage's tags of the documents when they were published, by name."""
    return {name: one.tag for name, one in earlier.items() if one.tag}


def outdated(published: Collection[str], earlier: Mapping[str, EarlierDocument]) -> dict[str, EarlierDocument]:
    """Return the documents that are not among the `published` names any more."""
    return {name: one for name, one in earlier.items() if name not in published and one.of_body}


def write(
    state_directory: Path,
    documents: Sequence[Document],
    earlier: Mapping[str, EarlierDocument],
    now: datetime,
    still_there: Collection[str] = (),
    tags_there: Mapping[str, str] = MappingProxyType({}),
    target: str = "",
) -> None:
    """Save what has been published, and those of `earlier` that are `still_there`.

    `tags_there` are the tags of the documents at the storage, by name, and `target` identifies where they are. A
    failure is a warning: the next run writes every document.
    """
    as_before = unchanged(documents, earlier)
    kept = {name: one for name, one in earlier.items() if name in still_there}
    for document in documents:
        if not document.local:
            updated = earlier[document.name].updated if document.name in as_before else now
            tag = tags_there.get(document.name, "")
            kept[document.name] = EarlierDocument(
                updated, document_digest(document), tag, of_body=body_digest(document), made_from=document.made_from
            )
    stored: dict[str, object] = {
        name: {
            "updated": to_text(one.updated),
            "digest": one.digest,
            "tag": one.tag,
            "of_body": one.of_body,
            **({"made_from": one.made_from} if one.made_from else {}),
        }
        for name, one in kept.items()
    }
    stored[_TARGET] = target
    try:
        for document in documents:
            if document.kept and not (document.name in as_before and earlier[document.name].body == document.body):
                (state_directory / DIRECTORY).mkdir(mode=0o700, exist_ok=True)
                files.write_atomically(state_directory / DIRECTORY / document.name, document.body, 0o600)
        files.write_atomically(state_directory / FILE, json.dumps(stored).encode(), 0o600)
    except OSError as error:
        journal.log_warning(
            f"{state_directory / FILE} cannot be written ({error.strerror}). The next run uploads everything."
        )
