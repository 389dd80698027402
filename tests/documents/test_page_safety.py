# SPDX-License-Identifier: MIT
"""What the page may do: its policy, what it loads, texts of others, private names, and its scripts."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from elytra_status.documents import appearance, page
from elytra_status.model import PlatformStatus
from tests.published import ADDRESS, HOSTILE, published, realistic, with_address
from tests.read_page import NOTHING, SVG, TextsOfPage, found_by_guard, html

# What it may do


def test_its_policy_allows_only_its_own_scripts_and_styles() -> None:
    text = html(realistic())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    for kind, tag in (("script", "script"), ("style", "style")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    parsed = TextsOfPage(text)
    assert not [name for _, found in parsed.elements for name in found if name == "style" or name.startswith("on")]


def test_it_loads_nothing_from_elsewhere() -> None:
    parsed = TextsOfPage(html(realistic()))
    asked = [value for _, found in parsed.elements for name, value in found.items() if name in ("src", "srcset")]
    asked += [found["href"] for tag, found in parsed.elements if tag == "link" and found["rel"] == "icon"]
    assert asked
    assert all(value and value.startswith("data:") for value in asked)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_is_text(text: str) -> None:
    def parsed(text: str) -> TextsOfPage:
        value = published(PlatformStatus.OUTAGE, text)
        return TextsOfPage(html(replace(value, components=value.components[:1])))

    # As long as the other one: a title is shortened.
    clean, hostile = parsed("plain " * (len(text) // 6 + 1)), parsed(text)
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in clean.elements]
    # Where texts stand side by side the parser gives them in one.
    assert "".join(hostile.texts).count(text) > 8


def test_it_names_its_address_only_if_that_is_public() -> None:
    assert '<link rel="canonical" href="https://status.example.com/index.html">' in html(published())
    assert "canonical" not in html(with_address(published(), None))


def test_it_links_only_to_documents_of_the_publication() -> None:
    value = realistic()
    texts = replace(value.texts, other_forms=(), subscriptions=(), status_name="platform status.json")
    fewer = replace(value, texts=texts)
    links = [found["href"] or "" for tag, found in TextsOfPage(html(value)).elements if tag == "a"]
    assert "incidents/2025-11-08-1.html" in links
    assert [one for one in links if not one.startswith(("#", "incidents/2"))] == [
        "https://www.example.com/", "mailto:support@example.com",
        "incidents/index.html", f"{ADDRESS}feed.atom", "webcal://status.example.com/calendar.ics",
        "status.json", "incidents/index.html", "feed.atom", "calendar.ics", "history.json",
    ]  # fmt: skip
    ids = [found.get("id") for _, found in TextsOfPage(html(value)).elements]
    assert {one[1:] for one in links if one.startswith("#")} <= set(ids)
    assert len(set(filter(None, ids))) == len(list(filter(None, ids)))
    assert "feed.atom" not in html(fewer)
    assert 'data-report="platform%20status.json"' in html(fewer)


# The leak guard


@pytest.mark.parametrize("name", ["Websites", "switch", "7-day", "Website", "nyc3", "Example Hosting"])
def test_a_private_name_in_any_text_is_found(name: str) -> None:
    (document,) = page.render(realistic(PlatformStatus.OUTAGE))
    assert found_by_guard(document, replace(NOTHING, names=frozenset({name})))


@pytest.mark.parametrize(
    "name", ["main", "color", "const", "Uptime", "none", "self", "M0", "7 days", "UTC", "path", "width", "data"]
)
@pytest.mark.parametrize(
    "logo_of_page", ["image/png;base64,AA/main/", "image/svg+xml;base64," + base64.b64encode(SVG % b"A").decode()]
)
def test_its_own_words_are_no_name(name: str, logo_of_page: str) -> None:
    value = realistic(PlatformStatus.OUTAGE)
    _, document = page.render(replace(value, texts=replace(value.texts, logo=f"data:{logo_of_page}")))
    assert not found_by_guard(document, replace(NOTHING, names=frozenset({name})))


def test_a_secret_that_is_a_word_of_its_script_is_found_only_in_texts() -> None:
    value = realistic()
    guard = replace(NOTHING, secrets={"KEY": "test", "OTHER": "focus"})
    told = replace(value, texts=replace(value.texts, infrastructure_notes="The word is test, my friend."))
    (clean,), (leaking,) = page.render(value), page.render(told)
    assert found_by_guard(clean, guard) == []
    (finding,) = found_by_guard(leaking, guard)
    line = int(finding.field.removeprefix("line "))
    assert finding.rule == "secret KEY"
    assert b"my friend" in leaking.body.splitlines()[line - 1]


# The scripts


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("name", ["freshness.js", "page.js", "card.js", "incident.js"])
def test_the_scripts_are_right_before_and_after_comments_are_taken_out(name: str, tmp_path: Path) -> None:
    for number, text in enumerate((appearance.asset(name), (Path(page.__file__).parent / "assets" / name).read_text())):
        file = tmp_path / f"{number}.js"
        file.write_text(f"{{{text}\n}}")
        done = subprocess.run(["node", "--check", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
