# SPDX-License-Identifier: MIT
"""Realistic names of clients, secrets as people choose them, and the ways in which a text may contain them."""

from __future__ import annotations

import base64
import html
import json
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, quote_plus

CLIENTS = (
    "M. Müller & Söhne GmbH", "L'Oréal", "3M", "O2", "Bäckerei Groß", "Crédit Général d'Aix", "São João Têxtil",
    "Peña y Hijos, S.A.", "Van 't Hoff B.V.", "株式会社山田", "شركة النور", "Wędliny Łuków", "AT&T", "H&M", "7-Eleven",
    "Dr. Oetker", "E.ON", "C&A", "Jack & Jones (Shop)", "web01/prod", "Kunde #12", "Ærø Færge", "Škoda Plzeň", "Žabka",
    "Ιωάννης ΑΕ", "ООО Ромашка", "Smith-Jones Ltd.", "Ben & Jerry’s", "Yahoo!", "Toys “R” Us", "Kühne + Nagel",
    "René Lacoste™", "A.P. Møller – Mærsk", "1&1", "50Hertz", "D'Angelo S.r.l.", "Café 24/7", "N26", "[Acme] Shop: EU",
    "Acme|Prod", "kunde_nord-3", "Straßenbau", "Zürich Re", "iPhone-Klinik", "Muñoz", "C++ Haus",
    "Gebr. Heinemann SE & Co. KG", "J. & W. Ödegård AS", "Bücher.de", "24h-Pflege",
)  # fmt: skip
SECRETS = (
    "Sommer2024!", "correct horse battery staple", "Tür&Tor-öffnen_7", "p@ss/w0rd+=%", "0123456789", "x7Kq",
    "b64+/Zm9vYmFyYmF6cXV4Cg==", "9f86d081884c7d659a2feaa0c55ad015", '"quoted" <tag>', "C:\\keys\\7f3a",
    "пароль-2026", "uk3_Qw8eRt5yUi2oPa9sDf", "acme-alerts-7f3",
)  # fmt: skip

Way = Callable[[str], str]


def _plain_letters(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _spelled(text: str) -> str:
    for umlaut, spelling in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ö", "Oe"), ("ß", "ss")):
        text = text.replace(umlaut, spelling)
    return text


# How a sentence contains a name or a secret.
AROUND: dict[str, Way] = {
    "German sentence": lambda text: f"Bei {text} gibt es eine Störung.",
    "German quotation marks": lambda text: f"Der Kunde „{text}“ ist betroffen",
    "French quotation marks": lambda text: f"Le site «\u00a0{text}\u00a0» ne répond pas",
    "commas": lambda text: f"Acht Kunden, {text}, und andere",
    "dashes": lambda text: f"Ausfall – {text} – behoben",
    "long dashes": lambda text: f"Outage—{text}—resolved",
    "colon": lambda text: f"{text}: down",
    "slashes": lambda text: f"Shop/{text}/Mail",
    "bold": lambda text: f"**{text}** is down",
    "link": lambda text: f"[{text}](https://status.example.com)",
    "table": lambda text: f"| {text} | down |",
    "ellipsis": lambda text: f"{text}… ist langsam",
    "emoji": lambda text: f"🔴{text}🔴",
    "genitive": lambda text: f"{text}'s shop",
    "typographic genitive": lambda text: f"{text}’s shop",
    "Japanese": lambda text: f"「{text}」で障害が発生しています。",
    "Arabic": lambda text: f"تعطل {text} الآن",
    "from right to left": lambda text: f"\u202b{text}\u202c down",
    "lines": lambda text: f"Kunden:\n{text}\nsind betroffen",
    "markup": lambda text: f"<p>Kunde <b>{html.escape(text)}</b></p>",
    "address": lambda text: f"https://status.example.com/c/{quote(text, safe='')}",
    "form": lambda text: f"client={quote_plus(text)}&x=1",
    "JSON": lambda text: json.dumps({"client": text}),
    "decomposed": lambda text: unicodedata.normalize("NFD", f"see {text} now"),
}
# Other spellings of a name.
SPELLED: dict[str, Way] = {
    "capitals": lambda text: f"see {text.upper()} now",
    "small letters": lambda text: f"see {text.lower()} now",
    "hyphens": lambda text: f"see {text.replace(' ', '-')} now",
    "underscores": lambda text: f"see {text.replace(' ', '_')} now",
    "no-break spaces": lambda text: f"see {text.replace(' ', chr(0xA0))} now",
    "two spaces": lambda text: f"see {text.replace(' ', '  ')} now",
    "umlauts spelled": lambda text: f"see {_spelled(text)} now",
    "without diacritics": lambda text: f"see {_plain_letters(text).replace('ß', 'ss')} now",
}
# What people put between the words of a name.
SEPARATED: dict[str, Way] = {
    name: lambda text, sign=sign: f"see {text.replace(' ', sign)} now"
    for name, sign in {
        "em dash": "—", "horizontal bar": "―", "minus": "−", "bullet": " • ", "middle dot of Japanese": "・",
        "hyphenation point": "‧", "middle dot": "·", "tilde": "~", "bar": " | ", "box drawing": "│", "arrow": " → ",
        "blank of Braille": "\u2800", "black circle": "●",
    }.items()
}  # fmt: skip
# How a program encodes it.
ENCODED: dict[str, Way] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of more": lambda text: base64.b64encode(f"client={text};".encode()).decode(),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
    "bytes": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
    "escapes of JavaScript": lambda text: "".join(f"\\u{{{ord(sign):x}}}" for sign in text),
    "entities": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "percent of base64": lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
    "base64 of JSON": lambda text: base64.b64encode(json.dumps({"k": text}).encode()).decode(),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
}
