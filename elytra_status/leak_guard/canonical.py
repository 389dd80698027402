# SPDX-License-Identifier: MIT
"""Maps any text to the form in which it is compared with what is sought."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache

from elytra_status.leak_guard.lists import PATTERN, lines

# Put where something public was taken out: no letter, no space, so that nothing new arises around it.
GAP = "\ufffc"
# How people spell letters where a keyboard lacks them; and a full stop of Chinese and Japanese.
_SPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "。": "."}
# Fillers that show nothing, though Unicode counts them as letters.
_FILLERS = "\u115f\u1160\u3164\uffa0"
# Marks that stand behind their letter, as in Mu¨ller.
_MARKS = str.maketrans({0xA8: 0x308, 0xB8: 0x327, 0x2C7: 0x30C, 0x2DA: 0x30A})
# A sign that stands for more letters, such as the ligature of a whole blessing, is left as it is.
_MOST_LETTERS = 8
_ALIKE = {sign: line[0] for line in lines("confusables.list") for sign in line[2:]}
# Escapes of different kinds within each other are read this often.
_ROUNDS = 6


def _settled(meaning: Callable[[str], str]) -> Callable[[str], str]:
    """Return what says what a character beyond ASCII means, and what that means, found out when it is first met."""

    @cache
    def settled(sign: str) -> str:
        text = sign if sign.isascii() else meaning(sign)
        return text if text in (sign, "") else "".join(map(settled, text))

    return settled


@_settled
def _look(sign: str) -> str:
    """Return the ASCII character that a character looks like, or is but for its style. Keep its case."""
    if unicodedata.category(sign) in ("Cf", "Mn", "Me") or sign in _FILLERS:
        return ""
    if (digit := unicodedata.digit(sign, None)) is not None:
        return str(digit)
    name = unicodedata.name(sign, "")
    if named := PATTERN["letter"].fullmatch(name):
        letters = named[1] or named[2]
        return letters.lower() if " SMALL " in name else letters
    plain = unicodedata.normalize("NFKD", sign)
    if plain != sign and len(plain) <= _MOST_LETTERS:
        return plain
    alike = _ALIKE.get(sign, "")
    if alike == "l" and sign.isupper():
        return "I"
    # A small letter says what its capital looks like, where it looks like nothing itself.
    return alike or _ALIKE.get(sign.upper(), "").lower() or _SPELLED.get(sign.lower(), sign)


@_settled
def _letter(sign: str) -> str:
    """Return the letter that a character is: no other alphabet's, spelled out where people do so."""
    if unicodedata.category(sign) == "Cf" or sign in _FILLERS:
        return " "
    plain = unicodedata.normalize("NFKD", sign)
    plain = "".join(part for part in plain if not unicodedata.combining(part)) if len(plain) <= _MOST_LETTERS else sign
    return _SPELLED.get(sign.lower(), plain)


@cache
def _gap(sign: str) -> str:
    """Return a space for what may stand between the words of a name: any sign beyond ASCII but quotes and brackets."""
    stays = sign.isalnum() or sign == GAP or unicodedata.category(sign) in ("Mn", "Mc", "Pi", "Pf", "Ps", "Pe")
    return " " if sign in "-_./\\|~" or not (sign.isascii() or stays) else sign


# For texts of ASCII alone, in less time.
_GAPS = str.maketrans({sign: _gap(sign) for sign in map(chr, range(128))})
_NO_LETTERS = str.maketrans(dict.fromkeys(sign for sign in map(chr, range(128)) if not sign.isalnum()))


def _unescape(match: re.Match[str]) -> str:
    code, escaped_bytes, entity, sign, escaped, punycode = match.groups()
    if code:
        return chr(int(code[1:].strip("{}"), 16))
    if escaped_bytes:
        data = bytes.fromhex(PATTERN["byte"].sub("", escaped_bytes))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    if entity:
        return html.unescape("&" + entity + (";" if entity[0] == "#" and entity[-1] != ";" else ""))
    if punycode:
        return punycode.encode().decode("punycode", "ignore")
    if escaped:
        return " " if escaped.isalpha() else escaped
    return {"at": "@", "@": "@", ":": ":"}.get(sign.lower(), ".")


def _plain(text: str, by_look: bool) -> str:
    return text if text.isascii() else "".join(map(_look if by_look else _letter, text))


def has_escapes(text: str) -> bool:
    """Return whether a text may hold escapes, in less time than it takes to read them."""
    return any(map(text.__contains__, ("\\", "&", "%", "=", "[", "(", "{", "xn--", "Xn--", "xN--", "XN--")))


def read(text: str, *, by_look: bool = True) -> str:
    """Return what a text says when its escapes are read and its letters are made plain. Keep its case.

    With `by_look`, characters are the ASCII ones that they look like and what is invisible is left out. Else they
    are the letters that they are (ü is ue), and what is invisible is a space.
    """
    for _ in range(_ROUNDS):
        known = text
        if not text.isascii():
            # Halves of a character, from escapes, become one.
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
            text = _plain(unicodedata.normalize("NFC", text.translate(_MARKS)), by_look)
        if has_escapes(text):
            text = PATTERN["escape"].sub(_unescape, PATTERN["soft break"].sub("", text))
        if text == known:
            break
    return text


def caseless(text: str, *, by_look: bool = True) -> str:
    """Return what was read in small letters and with single spaces."""
    # A small letter may look like another than its capital.
    return " ".join(_plain(text.casefold(), by_look).casefold().split())


def canonical(text: str, *, by_look: bool = True) -> str:
    """Return the form in which a text is compared: read, in small letters, with single spaces."""
    return caseless(read(text, by_look=by_look), by_look=by_look)


def spaced(compared: str) -> str:
    """Return a compared text in the form of names: whatever may separate words is one space."""
    words = PATTERN["plus"].sub(" ", compared)
    return " ".join((words.translate(_GAPS) if words.isascii() else "".join(map(_gap, words))).split())


def squeezed(compared: str) -> str:
    """Return the letters and digits alone of a compared text: long secrets are found in whatever groups they stand."""
    return compared.translate(_NO_LETTERS) if compared.isascii() else "".join(filter(str.isalnum, compared))
