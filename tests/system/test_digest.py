# SPDX-License-Identifier: MIT
"""Keys by hash, which never change because saved state and the history hold them."""

from __future__ import annotations

from elytra_status.system.digest import digest


def test_a_digest_is_the_beginning_of_the_sha256_of_the_text() -> None:
    assert digest("abc", 64) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest("abc") == "ba7816bf8f01cfea"


def test_half_a_character_has_a_digest() -> None:
    assert digest("\ud800", 10) != digest("?", 10)
