#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bring the catalogues in elytra_status/locale/ up to date with the source.

usage: messages.py [LANGUAGE...]

New texts are added without a translation, and texts that the source no longer has are removed. A language that has no
catalogue gets one.
"""

from __future__ import annotations

import ast
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

TREE = Path(__file__).resolve().parent.parent
PACKAGE = TREE / "elytra_status"
LOCALE = PACKAGE / "locale"
FILE = Path("LC_MESSAGES/elytra-status.po")
# What takes a text, with the number of its forms: methods of a language, and the function that marks constants.
FORMS = {"text": 1, "count": 2, "to_translate()": 1}


def template() -> Catalog:
    """Return a catalogue of all texts in the source, without translations."""
    found = Catalog(project="elytra-status", charset="utf-8")
    for file in sorted(PACKAGE.rglob("*.py")):
        for text in texts_in(file.read_text(encoding="utf-8")):
            found.add(text, locations=[(file.relative_to(TREE).as_posix(), 0)])
    return found


def texts_in(source: str) -> list[str | tuple[str, ...]]:
    """Return the texts in a module in their order, each with all its forms.

    Babel's own search would not find texts inside f-strings, and takes the arguments of every function of these names.
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    found = (_forms(call) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)))
    return [forms if len(forms) > 1 else forms[0] for forms in found if forms]


def _forms(call: ast.Call) -> tuple[str, ...]:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else f"{getattr(function, 'id', '')}()"
    values = [getattr(argument, "value", None) for argument in call.args[: FORMS.get(name, 0)]]
    forms = tuple(value for value in values if isinstance(value, str))
    return forms if len(forms) == FORMS.get(name) else ()


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
