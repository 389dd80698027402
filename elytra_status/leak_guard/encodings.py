# SPDX-License-Identifier: MIT
"""The ways in which one and the same thing can be written: escapes, encodings, letters that look alike."""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote, unquote_plus

# A secret shorter than this, in characters, counts as a whole word only: it may stand within other words.
SHORT_SECRET = 6
# From this length on a secret, in characters, is not a word: it counts in capital and small letters alike.
LONG_SECRET = 16

# Unicode's Default_Ignorable_Code_Point: characters that show nothing.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Editors put typographic characters in the place of these.
_SAME = str.maketrans("\u2018\u2019\u02bc\u201c\u201d\u2010\u2011\u2012\u2013\u2014", "'''\"\"-----")
# Letters of Cyrillic and of Greek that look like Latin ones: a capital may where its small letter does not.
_LOOK_ALIKE = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5",
    "ABEKMHOPCTYXSIJaeopcyxsijABEZHIKMNOPTYXaikvopu",
)
_TAG = re.compile(r"<[^<>]*>")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|code|em|i|mark|s|small|span|strong|sub|sup|tspan|u|wbr)\b[^<>]*>", re.IGNORECASE
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\"'\\/bfnrt]))")
_HEX = re.compile(r"%[0-9A-F]{2}")
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

Finder = Callable[[str], bool]


def writings(text: str) -> list[str]:
    """Return a text and what it says when its escapes are read: of JSON, HTML, URLs, one within another, and tags.

    Each is in NFC and without invisible characters too.
    """
    found = {text: None}
    newest = [text]
    for _ in range(2):
        newest = [read for known in newest for decode in _DECODERS if (read := decode(known)) not in found]
        found.update(dict.fromkeys(newest))
        newest = list(dict.fromkeys(newest))
    return list(dict.fromkeys(form for known in found for form in (known, _clean(known))))


def _clean(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    read = _ESCAPE.sub(
        lambda match: _CONTROL.get(match[3], match[3]) if match[3] else chr(int(match[1] or match[2], 16)), text
    )
    # JSON writes what lies beyond U+FFFF as two surrogates.
    return read.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _strip_tags(text: str) -> str:
    return _TAG.sub(" ", text) if "<" in text else text


def _strip_inline_tags(text: str) -> str:
    return _TAG.sub(" ", _INLINE_TAG.sub("", text)) if "<" in text else text


_DECODERS: tuple[Callable[[str], str], ...] = (
    _unescape,
    html.unescape,
    unquote,
    unquote_plus,
    _strip_tags,
    _strip_inline_tags,
)


def secret_finder(secret: str) -> Finder:
    """Return what tells whether a text holds a secret: plain, escaped, in base64 alone or within a longer one."""
    data = secret.encode("utf-8", "surrogatepass")
    plain = {
        secret,
        unicodedata.normalize("NFC", secret),
        quote(data, safe=""),
        quote_plus(data),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
    plain |= {_HEX.sub(lambda match: match[0].lower(), form) for form in plain}
    if len(secret) < SHORT_SECRET:
        # Within other base64 so few characters would be found by chance.
        encoded = {base64.b64encode(part).decode().rstrip("=") for part in (data, b":" + data)}
        encoded |= {_url_safe(form) for form in encoded}
        words = re.compile("|".join([_whole_word(form, r"\w") for form in plain]))
        codes = re.compile("|".join([_whole_word(form, r"[\w+/-]") for form in encoded]))
        return lambda text: bool(words.search(text) or codes.search(text))
    forms = plain | _inside_base64(data)
    # Some passwords are shown in groups, with spaces that do not count.
    if len(together := "".join(secret.split())) >= LONG_SECRET:
        forms.add(together)
    lowered = secret.lower() if len(secret) >= LONG_SECRET else None
    return lambda text: any(form in text for form in forms) or (lowered is not None and lowered in text.lower())


def _whole_word(form: str, border: str) -> str:
    before = f"(?<!{border})" if re.match(border, form[0]) else ""
    after = f"(?!{border})" if re.match(border, form[-1]) else ""
    return before + re.escape(form) + after


def _inside_base64(data: bytes) -> set[str]:
    """Return what base64 of any text around some bytes holds for sure: one string for each of three offsets."""
    forms = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode()
        # The first characters depend on what stands before, the last on what follows.
        certain = encoded[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]
        forms |= {certain, _url_safe(certain)}
    return forms


def _url_safe(encoded: str) -> str:
    return encoded.replace("+", "-").replace("/", "_")


def join_lines(text: str) -> str:
    """Return a text without its line breaks: base64 and long tokens are often broken into lines."""
    return "".join(line.strip() for line in text.splitlines())


def fold(text: str) -> str:
    """Return a text as it is compared: NFC, no capitals, single spaces, plain quotes and hyphens, nothing invisible."""
    if text.isascii():
        return " ".join(text.lower().split())
    caseless = unicodedata.normalize("NFD", _INVISIBLE.sub("", text)).casefold()
    return " ".join(unicodedata.normalize("NFC", caseless).translate(_SAME).split())


def folds(text: str) -> set[str]:
    """Return a text folded, with its invisible characters taken for nothing and for spaces: either may be meant."""
    return {fold(text)} if text.isascii() else {fold(text), fold(_INVISIBLE.sub(" ", text))}


def latin(text: str) -> str:
    """Return a text folded, with Latin letters where others stand that look the same, or are the same but for style."""
    if text.isascii():
        return fold(text)
    return fold(unicodedata.normalize("NFKD", text).translate(_LOOK_ALIKE))


def latins(text: str) -> set[str]:
    """Return a text as `folds` does, by what its letters look like, where that is another than they are."""
    return set() if text.isascii() else {latin(text), latin(_INVISIBLE.sub(" ", text))} - folds(text)
