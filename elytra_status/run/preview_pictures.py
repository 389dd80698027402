# SPDX-License-Identifier: MIT
"""The picture for previews, which is only drawn if it shows something new.

Without a picture, the status is published all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from elytra_status.documents import EarlierDocument, Publication
from elytra_status.documents.document import PreviewPicture
from elytra_status.documents.preview_picture import NAME, subject_of
from elytra_status.run import drawing
from elytra_status.system import journal


def preview_picture(publication: Publication, earlier: Mapping[str, EarlierDocument]) -> PreviewPicture | None:
    """Return the picture of a publication, None if there is none.

    Without an address of the documents, no program would find the picture. `earlier` are the documents as they were
    published before, by name.
    """
    if not publication.texts.address:
        return None
    subject = subject_of(publication)
    # A font that was installed since may draw what was left out.
    drawn_from = subject.fingerprint(drawing.DESIGN, drawing.fonts())
    before = earlier.get(NAME)
    if before and before.body and drawn_from.encode() in before.body and _is_intact(before.body, before.of_body):
        return PreviewPicture(before.body, drawn_from)
    if not drawing.can_draw():
        return None
    try:
        return PreviewPicture(drawing.draw(subject, drawn_from), drawn_from)
    except Exception as error:  # whatever is wrong with the library, a font or a logo, the status is published
        words = f"{type(error).__name__}: {error}"
        journal.log_warning(
            f"{NAME} cannot be drawn ({words}). Check python3-pil and fonts-dejavu-core, or leave preview out of"
            " PUBLISH; the status is published without the picture.",
            event="preview",
        )
        return None


def _is_intact(body: bytes, digest: str) -> bool:
    return sha256(body).hexdigest() == digest
