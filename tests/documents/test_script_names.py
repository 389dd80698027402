# SPDX-License-Identifier: MIT
"""The short names in the script of the page."""

from __future__ import annotations

import pytest

from elytra_status.documents.script_names import with_short_names


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("const first=1;let second=first+first;", "const a=1;let b=a+a;"),
        ("function sum(left,right=NaN){return left+right;}", "function c(a,b=NaN){return a+b;}"),
        ("for(const[key,value]of pairs)log(key,value);", "for(const[a,b]of pairs)log(a,b);"),
        ("list.map((one)=>[...one.one]);", "list.map((a)=>[...a.one]);"),
        ("list.map(([term,nodes])=>term+nodes);", "list.map(([a,b])=>a+b);"),
        # The name of a property, in each way of writing it.
        ("const size=1;use({size});", "const size=1;use({size});"),
        ("const size=1;use({wide:2,size:3});", "const size=1;use({wide:2,size:3});"),
        ("const size=1;box?.size;", "const a=1;box?.size;"),
        # But not an argument, or an item of a list, in a block.
        ("const size=1;if(size){use(1,size,[size,size]);}", "const a=1;if(a){use(1,a,[a,a]);}"),
        # Strings and regular expressions stay, what is in templates does not.
        ('const word="word";', 'const a="word";'),
        ("const word=/word/g;", "const a=/word/g;"),
        ("const word=`word ${word} ${word.word1}`;", "const a=`word ${a} ${a.word1}`;"),
        ("const half=whole / half;", "const a=whole / a;"),
        # No name is taken, and none is a word of the language.
        ("const first=a+b;", "const c=a+b;"),
    ],
)
def test_variables_and_functions_have_short_names(script: str, expected: str) -> None:
    assert with_short_names(script) == expected


def test_no_short_name_is_a_word_of_the_language() -> None:
    given = "".join(f"let name{number};" for number in range(800))
    found = with_short_names(given).replace("let ", "").split(";")
    assert len(set(found)) == len(found)
    assert {"as", "do", "if", "in", "of"}.isdisjoint(found)
