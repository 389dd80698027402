# SPDX-License-Identifier: MIT
"""What the script that page and card share makes of a status.json: never more than it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents import render_all
from elytra_status.documents.appearance import freshness_script
from elytra_status.documents.script_texts import freshness_texts
from elytra_status.locale import ENGLISH
from elytra_status.model import PlatformStatus
from elytra_status.system.clock import for_people
from tests.headlines import APPEARANCES, headlined
from tests.published import NOW, published

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPT = f"const TEXTS = {json.dumps(freshness_texts(ENGLISH))};{freshness_script()}"

OLDER = json.loads((Path(__file__).resolve().parent.parent / "fixtures/older-documents.json").read_text("utf-8"))

Judge = Callable[..., Any]


STATUS = json.loads(render_all(published())[-1].body)


@pytest.fixture(scope="module")
def judge(browser: Browser) -> Iterator[Judge]:
    """What the script makes of a text so many minutes after the report."""
    page = browser.new_page()

    def judged(text: str | None, minutes: float = 3, before: float | None = None) -> Any:
        moment = NOW.timestamp() * 1000
        earlier = "NaN" if before is None else moment + before * 60e3
        code = f"(() => {{ {SCRIPT}; return statusAt({json.dumps(text)}, {moment + minutes * 60e3}, {earlier}); }})()"
        return page.evaluate(code)

    yield judged
    page.close()


def text_of(**changed: Any) -> str:
    return json.dumps({**STATUS, **changed})


@pytest.mark.parametrize("status", list(PlatformStatus))
def test_what_a_fresh_report_says_is_believed(status: PlatformStatus, judge: Judge) -> None:
    found = judge(text_of(platform_status=status.value))
    assert (found["status"], found["age"], found["stale"]) == (status.value, "3 minutes ago", False)
    assert found["report"]["platform_status"] == status.value


@pytest.mark.parametrize("code", SENTENCES)
def test_a_headline_has_the_appearance_of_the_other_documents(code: str, judge: Judge) -> None:
    found = judge(render_all(headlined(code))[-1].body.decode())
    expected = APPEARANCES[code]
    assert (found["status"], found["looks"]) == (expected["platform_status"], expected["appearance"])


@pytest.mark.parametrize(
    ("status", "headline", "looks"),
    [
        ("operational", None, "operational"),
        ("operational", {"text": "All is well"}, "degraded"),
        ("operational", [], "degraded"),
        ("operational", {"code": "of_a_later_version", "text": "Operational, but odd"}, "degraded"),
        ("operational", {"code": ["operational"], "text": "x"}, "degraded"),
        ("operational", "operational", "degraded"),
        ("outage", {"code": "operational", "text": "All systems operational"}, "outage"),
        ("unknown", {"code": "of_a_later_version", "text": "x"}, "unknown"),
    ],
)
def test_only_a_good_headline_of_an_operational_platform_is_green(
    status: str, headline: Any, looks: str, judge: Judge
) -> None:
    assert judge(text_of(platform_status=status, headline=headline))["looks"] == looks


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"platform_status": "fine"}, id="another word"),
        pytest.param({"platform_status": "constructor"}, id="a word that every object knows"),
        pytest.param({"platform_status": "Operational"}, id="in capitals"),
        pytest.param({"platform_status": None}, id="no word"),
        pytest.param({"platform_status": ["operational"]}, id="words"),
        pytest.param({"stale_after": "9999"}, id="another way of writing a time"),
        pytest.param({"stale_after": 9e15}, id="a number for a time"),
        pytest.param({"updated_at": None}, id="no time"),
        pytest.param({"updated_at": "2025-11-10T15:39:00Z"}, id="from the future"),
        pytest.param({"stale_after": "2025-11-10T15:33:00Z"}, id="stale from now on"),
    ],
)
def test_what_may_not_be_relied_on_is_unknown(changed: dict[str, Any], judge: Judge) -> None:
    found = judge(text_of(**changed))
    assert (found["status"], found["words"], found["stale"]) == ("unknown", "Status unknown", True)
    assert found["report"] is None


@pytest.mark.parametrize("case", OLDER["cases"], ids=lambda case: case["what"])
def test_older_documents_are_read_by_the_common_rules_of_all_readers(case: dict[str, Any], judge: Judge) -> None:
    minutes = (datetime.fromisoformat(OLDER["now"]) - NOW).total_seconds() / 60
    found = judge(json.dumps(case["document"]), minutes)
    reads = case["reads"]
    assert (found["status"], found["words"]) == (reads["status"], reads["words"])
    assert found["looks"] == reads.get("looks", reads["status"])
    uptime = (found["report"] or {}).get("uptime") or {}
    assert uptime.get("last_30d") == reads["last_30d"]


@pytest.mark.parametrize("text", [None, "", "null", "[]", '"operational"', "7", "{", "<!doctype html>", "{}"])
def test_what_is_no_status_json_is_unknown_and_the_age_that_of_the_last_report(text: str | None, judge: Judge) -> None:
    found = judge(text, minutes=47, before=0)
    assert (found["status"], found["stale"], found["age"]) == ("unknown", True, "47 minutes ago")
    assert judge(text)["age"] == ""


def test_a_report_holds_until_its_stale_after_and_no_longer(judge: Judge) -> None:
    text = text_of()
    assert judge(text, minutes=29.99)["status"] == "operational"
    late = judge(text, minutes=30)
    assert (late["status"], late["stale"], late["age"]) == ("unknown", True, "30 minutes ago")


@pytest.mark.parametrize("minutes", [1, 2, 59, 60, 119, 120, 180, 47 * 60, 48 * 60, 100 * 24 * 60])
def test_ages_are_in_the_words_of_the_rest(minutes: int, judge: Judge) -> None:
    assert judge(None, minutes=minutes, before=0)["age"] == f"{for_people(minutes * 60)} ago"


def test_what_was_just_said_is_not_from_the_future(judge: Judge) -> None:
    assert judge(text_of(), minutes=-2)["age"] == "less than a minute ago"
