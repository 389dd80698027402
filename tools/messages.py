#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bring the catalogues in elytra_status/locale/ up to date with the source.

usage: messages.py [LANGUAGE...]

New texts are added without a translation, and texts that the source no longer has are removed. A language that has no
catalogue gets one.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

TREE = Path(__file__).resolve().parent.parent
PACKAGE = TREE / "elytra_status"
LOCALE = PACKAGE / "locale"
FILE = Path("LC_MESSAGES/elytra-status.po")
# The functions of locale/language.py that take a text, with the positions of its forms.
KEYWORDS = {"text": None, "to_translate": None, "count": (1, 2)}
# It has a function `text` of its own, for JSON.
NOT_EXTRACTED = ("announcements/written.py",)
# The folders with texts for the public.
FOLDERS = ("alerts", "announcements", "decision", "documents", "locale", "run", "settings/definitions")


def template() -> Catalog:
    """Return a catalogue of all texts in the source, without translations."""
    found = Catalog(project="elytra-status", charset="utf-8")
    for folder in FOLDERS:
        messages = extract_from_dir(str(PACKAGE / folder), [("**.py", "python")], keywords=KEYWORDS)
        for name, _, message, _, _ in messages:
            if f"{folder}/{name}" not in NOT_EXTRACTED:
                found.add(message, locations=[(f"elytra_status/{folder}/{name}", 0)])
    return found


def read(language: str) -> Catalog:
    """Return the catalogue of a language, empty if there is none."""
    path = LOCALE / language / FILE
    if not path.exists():
        return Catalog(language, project="elytra-status", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """Return the catalogue of a language with all texts of the source and no other."""
    catalogue, source = read(language), template()
    source.creation_date = catalogue.creation_date
    catalogue.update(source, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    return catalogue


def text_of(catalogue: Catalog) -> bytes:
    """Return a catalogue as a file."""
    catalogue.header_comment = f"# SPDX-License-Identifier: MIT\n# {catalogue.locale.english_name}"
    file = BytesIO()
    write_po(file, catalogue, width=110, include_lineno=False, sort_by_file=True)
    # These would change with each version of Babel.
    lines = file.getvalue().decode().splitlines(keepends=True)
    noise = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Report-Msgid-Bugs-To", "Last-Translator")
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}:' for name in noise))).encode()


def main(languages: list[str]) -> None:
    """Write the catalogues of the languages, or of all that there are."""
    for language in languages or sorted(path.parent.parent.name for path in LOCALE.glob(f"*/{FILE}")):
        path, catalogue = LOCALE / language / FILE, updated(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text_of(catalogue))
        missing = sum(not _is_complete(message.string) for message in catalogue if message.id)
        print(f"{path.relative_to(TREE)}: {len(catalogue)} texts, {missing} without a translation")


def _is_complete(translation: str | tuple[str, ...]) -> bool:
    return all(translation) if isinstance(translation, tuple) else bool(translation)


if __name__ == "__main__":
    main(sys.argv[1:])
