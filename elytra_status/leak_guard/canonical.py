# SPDX-License-Identifier: MIT
"""Maps any text to the form in which it is compared with what is sought."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from importlib.resources import files

# Signs that Unicode does not decompose, and how people spell letters where a keyboard lacks them.
_PLAIN = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "þ": "th", "ð": "d", "ß": "ss", "。": "."}
_SPELLED = {**_PLAIN, "ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
# Fillers that show nothing, though Unicode counts them as letters.
_FILLERS = "\u115f\u1160\u3164\uffa0"
_ESCAPE_SIGN = re.compile(r"[\\&%\[({]|xn--", re.IGNORECASE)
# An escape of an escape, such as %2541 or &amp;amp;#46;, is read in one go, so that no text takes many rounds.
_ESCAPE = re.compile(
    r"(?<!\\)\\+(?:u\{?([0-9A-F]{4})\}?|x([0-9A-F]{2}))|((?:%(?:25)*[0-9A-F]{2})+)|&(?:amp;)*(\#\w{1,20};?|[A-Z][A-Z0-9]{1,30};?)"
    r"|\s?[\[({]\s?(\.|dot|punkt|point|punto|punt|:|@|at)\s?[\])}]\s?|\\([\\/\"'&])|\\([bfnrt])|xn--([a-z0-9-]{1,60})",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%(?:25)*(?=[0-9A-F]{2})", re.IGNORECASE)
_SIGNS = {"at": "@", ":": ":", "@": "@"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SEPARATORS = str.maketrans(dict.fromkeys("-_./\\·", " "))
# A form writes a space so, between words; "C++" and "A+" are names.
_PLUS = re.compile(r"""(?:(?<=[^\s+_\-(\[{"'“„])|(?<=\w["'”’]))\+(?=[^\s+_\-)\]}.,;:!?"'”’]|["'](?=\w))""")
_SIGNS_OF_ASCII = str.maketrans(dict.fromkeys(sign for sign in map(chr, range(128)) if not sign.isalnum()))
_SIGNS_BEYOND = re.compile(r"[\W_]+")
# Escapes of different kinds within each other are read this often.
_ROUNDS = 6


class _Table(dict[int, str]):
    """What each character says, found out when it is first met."""

    def __init__(self, meaning: Callable[[str], str]) -> None:
        super().__init__()
        self._meaning = meaning

    def __missing__(self, code: int) -> str:
        text, known = chr(code), ""
        while text != known and len(text) < 20:
            text, known = "".join(map(self._meaning, text)), text
        return self.setdefault(code, text)


def _alike() -> dict[str, str]:
    lines = files("elytra_status.leak_guard").joinpath("confusables.list").read_text(encoding="utf-8").splitlines()
    return {sign: line[0] for line in lines if not line.startswith("# ") for sign in line[2:]}


_ALIKE = _alike()


def _look(sign: str) -> str:
    """Return the ASCII character that a character looks like, or is but for its style. Keep its case."""
    if sign.isascii():
        return sign
    if unicodedata.category(sign) in ("Cf", "Mn", "Me") or sign in _FILLERS:
        return ""
    if sign.isspace():
        return " "
    if (digit := unicodedata.digit(sign, None)) is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKD", sign)
    if plain != sign:
        return plain
    alike = _ALIKE.get(sign, "")
    if alike == "l" and sign.isupper():
        return "I"
    # A small letter says what its capital looks like, where it looks like nothing itself.
    return alike or _ALIKE.get(sign.upper(), "").lower() or _PLAIN.get(sign.lower(), sign)


def _letter(sign: str) -> str:
    """Return the letter that a character is: no other alphabet's, spelled out where people do so."""
    if sign.isascii():
        return sign
    if unicodedata.category(sign) == "Cf" or sign in _FILLERS or sign.isspace():
        return " "
    if sign.lower() in _SPELLED:
        return _SPELLED[sign.lower()]
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))


_LOOK, _LETTER = _Table(_look), _Table(_letter)


def _unescape(match: re.Match[str]) -> str:
    long, short, percent, entity, sign, itself, control, punycode = match.groups()
    if percent:
        data = bytes.fromhex(_PERCENT.sub("", percent))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    if entity:
        return html.unescape("&" + entity + (";" if entity[0] == "#" and entity[-1] != ";" else ""))
    if punycode:
        return punycode.encode().decode("punycode", "ignore")
    if sign:
        return _SIGNS.get(sign.lower(), ".")
    return itself or (" " if control else chr(int(long or short, 16)))


def _join_surrogates(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def has_escapes(text: str) -> bool:
    """Return whether a text may hold escapes."""
    return _ESCAPE_SIGN.search(text) is not None


def read(text: str, *, by_look: bool = True) -> str:
    """Return what a text says when its escapes are read and its letters are made plain. Keep its case.

    With `by_look`, characters are the ASCII ones that they look like and what is invisible is left out. Else they
    are the letters that they are (ü is ue), and what is invisible is a space.
    """
    for _ in range(_ROUNDS):
        known = text
        if not text.isascii():
            text = _SURROGATES.sub(_join_surrogates, unicodedata.normalize("NFC", text))
            text = text.translate(_LOOK if by_look else _LETTER)
        if has_escapes(text):
            text = _ESCAPE.sub(_unescape, text)
        if text == known:
            break
    return text


def caseless(text: str, *, by_look: bool = True) -> str:
    """Return what was read in small letters and with single spaces."""
    text = text.casefold()
    if not text.isascii():
        # A small letter may look like another than its capital.
        text = text.translate(_LOOK if by_look else _LETTER).casefold()
    return " ".join(text.split())


def canonical(text: str, *, by_look: bool = True) -> str:
    """Return the form in which a text is compared: read, in small letters, with single spaces."""
    return caseless(read(text, by_look=by_look), by_look=by_look)


def spaced(compared: str) -> str:
    """Return a compared text in the form of names: all separators are one space."""
    return " ".join(_PLUS.sub(" ", compared).translate(_SEPARATORS).split())


def squeezed(compared: str) -> str:
    """Return the letters and digits alone of a compared text: long secrets are found in whatever groups they stand."""
    letters = compared.translate(_SIGNS_OF_ASCII)
    return letters if letters.isascii() else _SIGNS_BEYOND.sub("", letters)
