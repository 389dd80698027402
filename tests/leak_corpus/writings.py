# SPDX-License-Identifier: MIT
"""How people and machines write a text: each form, with whether it is a hard one."""

from __future__ import annotations

import base64
import html
import json
import quopri
import string
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

Writing = Callable[[str], str]

_CYRILLIC = str.maketrans("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ")
_GREEK = str.maketrans("oABEZHIKMNOPTYX", "οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_BOLD = {ord("a") + i: 0x1D41A + i for i in range(26)} | {ord("A") + i: 0x1D400 + i for i in range(26)}
_SANS = {ord("a") + i: 0x1D5BA + i for i in range(26)} | {ord("A") + i: 0x1D5A0 + i for i in range(26)}
# Letters in other styles, which Unicode does not decompose.
SHAPES = {
    "negative circled letters": "".join(map(chr, range(0x1F150, 0x1F16A))),
    "negative squared letters": "".join(map(chr, range(0x1F170, 0x1F18A))),
    "squared letters": "".join(map(chr, range(0x1F130, 0x1F14A))),
    "regional indicators": "".join(map(chr, range(0x1F1E6, 0x1F200))),
    "small capitals": "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘqʀꜱᴛᴜᴠᴡxʏᴢ",
}
_CIRCLED = {ord("a") + i: 0x24D0 + i for i in range(26)} | {ord("A") + i: 0x24B6 + i for i in range(26)}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _units(text: str) -> list[bytes]:
    data = text.encode("utf-16-be")
    return [data[start : start + 2] for start in range(0, len(data), 2)]


def _half(text: str, tag: str) -> str:
    middle = len(text) // 2
    return f"<{tag}>{html.escape(text[:middle])}</{tag}><{tag}>{html.escape(text[middle:])}</{tag}>"


def _in_shape(letters: str) -> Writing:
    table = str.maketrans(string.ascii_lowercase, letters) | str.maketrans(string.ascii_uppercase, letters)
    return lambda text: text.translate(table)


USUAL: dict[str, Writing] = {
    "plain": lambda text: text,
    "quoted": lambda text: f"“{text}”",
    "in brackets": lambda text: f"({text})",
    "HTML": html.escape,
    "percent": lambda text: quote(text, safe=""),
    "JSON string": lambda text: json.dumps(text)[1:-1],
    "JSON string, UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "base64": _base64,
    "base64 without padding": lambda text: _base64(text).rstrip("="),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "login in base64": lambda text: _base64(f"admin:{text}"),
    "hex": lambda text: text.encode().hex(),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
}

HARD: dict[str, Writing] = {
    **{name: _in_shape(letters) for name, letters in SHAPES.items()},
    "full width": lambda text: text.translate(_WIDE),
    "bold letters": lambda text: text.translate(_BOLD),
    "sans letters": lambda text: text.translate(_SANS),
    "circled letters": lambda text: text.translate(_CIRCLED),
    "Cyrillic letters": lambda text: text.translate(_CYRILLIC),
    "Greek letters": lambda text: text.translate(_GREEK),
    "zero-width spaces": "\u200b".join,
    "zero-width joiners": "\u200d".join,
    "soft hyphens": "\u00ad".join,
    "decimal entities": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "hex entities": lambda text: "".join(f"&#x{ord(sign):x};" for sign in text),
    "each byte as percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "each character as \\u": lambda text: "".join(f"\\u{unit.hex()}" for unit in _units(text)),
    "base64 behind one byte": lambda text: _base64(f":{text};x"),
    "base64 behind two bytes": lambda text: _base64(f"a:{text}/b"),
    "hex in capitals": lambda text: text.encode().hex().upper(),
    "hex with colons": lambda text: text.encode().hex(":"),
    "hex with spaces": lambda text: text.encode().hex(" "),
    "bytes of Python": lambda text: "".join(chr(one) if one < 128 else f"\\x{one:02x}" for one in text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "escape of JavaScript": lambda text: "".join(sign if sign.isascii() else f"%u{ord(sign):04X}" for sign in text),
    "list of bytes": lambda text: ", ".join(map(hex, text.encode())),
    "each character as \\u{}": lambda text: "".join(f"\\u{{{ord(sign):x}}}" for sign in text),
    "diaeresis as a sign": lambda text: unicodedata.normalize("NFD", text).replace("\u0308", "&uml;"),
    "base64 of base64": lambda text: _base64(_base64(text)),
    "percent of base64": lambda text: quote(_base64(text), safe=""),
    "base64 of percent": lambda text: _base64(quote(text, safe="")),
    "base64 of hex": lambda text: _base64(text.encode().hex()),
    "hex of base64": lambda text: _base64(text).encode().hex(),
    "in two spans": lambda text: _half(text, "span"),
    "in two tspans": lambda text: _half(text, "tspan"),
    "CDATA": lambda text: f"<![CDATA[{text}]]>",
}

# For names: how a keyboard, a file name or an address spells them.
SPELLINGS: dict[str, Writing] = {
    "capitals": str.upper,
    "small letters": str.lower,
    "hyphens": lambda text: text.replace(" ", "-"),
    "underscores": lambda text: text.replace(" ", "_"),
    "dots": lambda text: text.replace(" ", "."),
    "slashes": lambda text: text.replace(" ", "/"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "line break": lambda text: text.replace(" ", "\n"),
    "without diacritics": lambda text: "".join(
        sign for sign in unicodedata.normalize("NFD", text.replace("ß", "ss")) if not unicodedata.combining(sign)
    ),
    "umlauts spelled": lambda text: (
        text.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss").replace("Ü", "Ue")
    ),
}
