# SPDX-License-Identifier: MIT
"""Shorter names for a script, because a script is a third of the page. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import count, product

# Strings, templates, regular expressions, which begin with no space, properties after a dot, names, numbers and signs.
_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|`[^`]*`|/(?! )(?:\\.|[^/\\\n])+/\w*'
    r"|\.{3}|\??\.[A-Za-z_$][\w$]*|[A-Za-z_$][\w$]*|\d[\w.]*|=>|\s+|.",
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_EXPRESSION = re.compile(r"(?<=\$\{)[^{}]*(?=\})")
# A declaration of one variable or function, of several, and the parameters of a function.
_DECLARED = re.compile(
    r"(?:const|let) (\w+)|(?:const|let) ?\[([\w, ]+)\]|function (\w+)\(([^)]*)\)|(\w+)=>|\(([\w\[\], ]+)\)=>"
)
# No name of two letters is a word of the language but these.
_WORDS = frozenset({"as", "do", "if", "in", "of"})


@cache
def with_short_names(script: str) -> str:
    """Return a script whose own names have one or two letters.

    A name has the same short name wherever it occurs, so no scopes have to be known. It stays if it is also a name in
    an object.
    """
    tokens = list(_tokens(script))
    counts = Counter(token for token in tokens if _NAME.fullmatch(token))
    declared = {name for found in _DECLARED.findall(script) for part in found for name in _names_of(part)}
    own = [name for name, _ in counts.most_common() if len(name) > 1 and name in declared - _properties(tokens)]
    short = dict(zip(own, _short_names(counts), strict=False))

    def renamed(code: str) -> str:
        found = _TOKEN.findall(code)
        return "".join(_EXPRESSION.sub(lambda one: renamed(one[0]), token) if token[0] == "`" else
                       short.get(token, token) for token in found)  # fmt: skip

    return renamed(script)


def _tokens(code: str) -> Iterator[str]:
    """Yield the tokens of a script but spaces, and those in its templates."""
    for token in _TOKEN.findall(code):
        if token[0] == "`":
            for expression in _EXPRESSION.findall(token):
                yield from _tokens(expression)
        elif not token.isspace():
            yield token


def _names_of(declaration: str) -> list[str]:
    """Return the declared names, without default values."""
    return _NAME.findall(re.sub(r"=[^,)]*", "", declaration))


def _properties(tokens: list[str]) -> set[str]:
    """Return the names in objects: in braces, between commas or before a colon."""
    found, within = set(), [""]
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if token in ("(", "[", "{"):
            within.append(token)
        elif token in (")", "]", "}"):
            within.pop()
        elif within[-1] == "{" and before in ("{", ",") and after in (",", "}", ":"):
            found.add(token)
    return found


def _short_names(taken: Counter[str]) -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    for length in count(1):
        for name in map("".join, product(letters, repeat=length)):
            if name not in taken and name not in _WORDS:
                yield name
