# SPDX-License-Identifier: MIT
"""JSON that would take much memory, or end what walks through it, is refused with the limit that it exceeds."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from elytra_status.system import bounded_json, memory
from elytra_status.system.bounded_json import DEEPEST, MOST_VALUES, UnboundedJSONError, loads


@pytest.mark.parametrize("text", ["{}", "[1, 2.5, null, true]", '{"a": {"b": ["ü"]}}', '"x"', "12"])
def test_a_value_is_what_json_makes_of_it(text: str) -> None:
    assert loads(text) == loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize("text", ["", "{", "[1,]", "nothing", "{'a': 1}", "1 2"])
def test_what_is_not_json_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        loads(text)
    assert not isinstance(caught.value, UnboundedJSONError)


@pytest.mark.parametrize(("begins", "ends"), [("[", "]"), ('{"a":', "}")])
def test_the_depth_is_limited(begins: str, ends: str) -> None:
    assert loads(begins * DEEPEST + "1" + ends * DEEPEST)
    for depth in (DEEPEST + 1, 900, 5000, 200_000):
        with pytest.raises(UnboundedJSONError, match="nested more than 50 levels deep"):
            loads(begins * depth + "1" + ends * depth)


@pytest.mark.parametrize("element", ["[],", "{},", '{"":1},', "1,", '"a",', "1.5,"])
def test_the_number_of_values_is_limited(element: str) -> None:
    with pytest.raises(UnboundedJSONError, match="more than 1000 values"):
        loads("[" + element * 1001 + "0]", most_values=1000)
    with pytest.raises(UnboundedJSONError):
        loads(f"[{element * MOST_VALUES}0]".encode())


@pytest.mark.parametrize(
    ("memory_max", "most"), [(None, 1000), (2**20, 1000), (2**30, 1000), (2**31, 2000), (5 * 2**29, 2500)]
)
def test_the_number_of_values_grows_with_the_limit_of_the_unit(
    memory_max: int | None, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_json, "MOST_VALUES", 1000)
    monkeypatch.setattr(memory, "limit_of_group", lambda: memory_max)
    assert len(loads("[" + "10," * (most - 1) + "10]")) == most
    with pytest.raises(UnboundedJSONError, match=f"more than {most} values") as caught:
        loads("[" + "10," * most + "10]")
    assert caught.value.remedy_after("check its address").startswith("check its address; if it needs so many, raise")
    assert "MemoryMax= of elytra-status.service" in caught.value.remedy


def test_a_fixed_limit_names_no_setting() -> None:
    with pytest.raises(UnboundedJSONError) as caught:
        loads("[" + "10," * 1000 + "10]", most_values=1000)
    assert caught.value.remedy_after("check its address") == "check its address"


def test_an_object_counts_as_several_values() -> None:
    objects = '{"name": 1},'
    assert len(loads("[" + objects * 190 + "{}]", most_values=1000)) == 191
    with pytest.raises(UnboundedJSONError, match="more than 1000 values"):
        loads("[" + objects * 210 + "{}]", most_values=1000)


def test_signs_in_long_texts_do_not_count_as_long_as_there_are_few() -> None:
    text = json.dumps(["," * 900] * 1000)
    assert len(loads(text)) == 1000


# Texts of 201 characters that take as many bytes in memory, twice as many, and four times as many.
ONE, TWO, FOUR = 1, 2, 4
TEXTS = {
    "x" * 201: ONE,
    "é" + "x" * 200: TWO,
    "€" + "x" * 200: TWO,
    "\\u00e9" + "x" * 195: TWO,
    "😀" + "x" * 200: FOUR,
    "x" * 200 + "😀": FOUR,
    "x" * 189 + "\\ud83d\\ude00": FOUR,
}


@pytest.mark.parametrize(("text", "width"), TEXTS.items())
def test_the_bytes_of_a_decoded_text_are_limited(text: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words = f'["{text}"]'
    for limit, is_loaded in ((900, True), (width * 220, True), (width * 200, False)):
        monkeypatch.setattr(bounded_json, "LARGEST_TEXT", limit)
        for given in (words, words.encode()):
            if is_loaded:
                assert loads(given) == json.loads(words)
            else:
                with pytest.raises(UnboundedJSONError, match="takes more than"):
                    loads(given)


def test_an_encoding_with_wide_characters_takes_more_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_json, "LARGEST_TEXT", 1000)
    assert loads(json.dumps(["x" * 100]).encode("utf-16")) == ["x" * 100]
    with pytest.raises(UnboundedJSONError, match="takes more than"):
        loads(json.dumps(["x" * 200]).encode("utf-16"))


@pytest.mark.parametrize(
    "number",
    [
        "1e999999999",
        "-1E+1000",
        "0e-999999999",
        "0." + "1" * 500,
        "1" * 500 + ".5",
        "1e9999999999999999999",
        "0e-9" + "9" * 20,
    ],
)
def test_a_number_that_would_have_a_billion_digits_is_refused(number: str) -> None:
    with pytest.raises(UnboundedJSONError, match="digits"):
        loads(f'{{"a": {number}}}', exact=True)


@pytest.mark.parametrize("number", ["0.1", "1e10", "99.9999999999999999999999999", "-0.0", "5E-324"])
def test_other_numbers_are_as_they_are_written(number: str) -> None:
    assert loads(number, exact=True) == Decimal(number)


def test_a_whole_number_of_very_many_digits_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"."):
        loads("9" * 5000)
