# SPDX-License-Identifier: MIT
"""Map any text to the canonical form in which it is compared."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache

from elytra_status.leak_guard.lists import PATTERN, lines

# Replaces something public. It is neither letter nor space, so that its neighbours do not join to something new.
GAP = "\ufffc"
# How people spell letters that their keyboard lacks, and the full stop of Chinese and Japanese.
_SPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "。": "."}
# Invisible fillers that Unicode counts as letters.
_FILLERS = "\u115f\u1160\u3164\uffa0"
# Marks that follow their letter, as in Mu¨ller.
_MARKS = str.maketrans({0xA8: 0x308, 0xB8: 0x327, 0x2C7: 0x30C, 0x2DA: 0x30A})
# A character that stands for more letters, such as the ligature of a whole blessing, is left as it is.
_MOST_LETTERS = 8
_ALIKE = {sign: line[0] for line in lines("confusables.list") for sign in line[2:]}
# Nested escapes of different kinds are decoded up to this depth.
_ROUNDS = 6


def _settled(meaning: Callable[[str], str]) -> Callable[[str], str]:
    """Return a lookup of characters beyond ASCII, each computed when first needed."""

    @cache
    def settled(sign: str) -> str:
        text = sign if sign.isascii() else meaning(sign)
        return text if text in (sign, "") else "".join(map(settled, text))

    return settled


@_settled
def _look_alike(sign: str) -> str:
    """Return the ASCII character that a character looks like or is a variant of.

    Its case is kept.
    """
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
    # If a small letter looks like nothing itself, its capital may.
    return alike or _ALIKE.get(sign.upper(), "").lower() or _SPELLED.get(sign.lower(), sign)


@_settled
def _letter(sign: str) -> str:
    """Return a character as Latin letters, spelled out as people do.

    Letters of other alphabets stay.
    """
    if unicodedata.category(sign) == "Cf" or sign in _FILLERS:
        return " "
    plain = unicodedata.normalize("NFKD", sign)
    plain = "".join(part for part in plain if not unicodedata.combining(part)) if len(plain) <= _MOST_LETTERS else sign
    return _SPELLED.get(sign.lower(), plain)


@cache
def _gap(sign: str) -> str:
    """Return a space for a sign that may separate the words of a name.

    That is any sign beyond ASCII except quotes and brackets.
    """
    stays = sign.isalnum() or sign == GAP or unicodedata.category(sign) in ("Mn", "Mc", "Pi", "Pf", "Ps", "Pe")
    return " " if sign in "-_./\\|~" or not (sign.isascii() or stays) else sign


# A faster table for ASCII texts.
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


def _plain(text: str, by_shape: bool) -> str:
    return text if text.isascii() else "".join(map(_look_alike if by_shape else _letter, text))


def has_escapes(text: str) -> bool:
    """Return whether a text may contain escapes, faster than decoding them."""
    return any(map(text.__contains__, ("\\", "&", "%", "=", "[", "(", "{", "xn--", "Xn--", "xN--", "XN--")))


def plain_text(text: str, *, by_shape: bool = True) -> str:
    """Return a text with its escapes decoded and its letters made plain. Keep case.

    With `by_shape`, characters become the ASCII ones that they look like, and invisible ones are left out. Otherwise
    they become the letters that they are (ü is ue), and invisible ones become spaces.
    """
    for _ in range(_ROUNDS):
        before = text
        if not text.isascii():
            # Surrogates from escapes become one character.
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
            text = _plain(unicodedata.normalize("NFC", text.translate(_MARKS)), by_shape)
        if has_escapes(text):
            text = PATTERN["escape"].sub(_unescape, PATTERN["soft break"].sub("", text))
        if text == before:
            break
    return text


def caseless(text: str, *, by_shape: bool = True) -> str:
    """Return a read text in lower case and with single spaces."""
    # A small letter may look like another one than its capital.
    return " ".join(_plain(text.casefold(), by_shape).casefold().split())


def canonical(text: str, *, by_shape: bool = True) -> str:
    """Return the canonical form of a text: read, in lower case, with single spaces."""
    return caseless(plain_text(text, by_shape=by_shape), by_shape=by_shape)


def spaced(compared: str) -> str:
    """Return a canonical text in the form of names.

    Whatever may separate words becomes one space.
    """
    words = PATTERN["plus"].sub(" ", compared) if "+" in compared else compared
    return " ".join((words.translate(_GAPS) if words.isascii() else "".join(map(_gap, words))).split())


def squeezed(compared: str) -> str:
    """Return only the letters and digits of a canonical text.

    Long secrets are then found in any grouping.
    """
    return compared.translate(_NO_LETTERS) if compared.isascii() else "".join(filter(str.isalnum, compared))
