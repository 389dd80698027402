# SPDX-License-Identifier: MIT
"""A day of a chart: pointed at, reached by the keyboard, tapped, and read by a screen reader."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.browser.conftest import Site

if TYPE_CHECKING:
    pass
from tests.browser.shown_page import SOON, Open, facts_of, overflow, show, told, until

MONTHS = {"08": "Aug", "09": "Sept", "10": "Oct", "11": "Nov"}


def test_a_day_says_what_it_was_when_it_is_pointed_at(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page)
    chart = page.locator("#c3 .days")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    # Of 90 days, that of two days ago: mail was unavailable.
    page.mouse.move(box["x"] + box["width"] * 87.5 / 90, box["y"] + 9)
    assert told(page)[0] == "8 Nov 2025"
    assert "Mail unavailable" in told(page)
    # The mark of the day does not take the pointer away from the chart.
    page.clock.run_for(1000)
    assert page.locator(".tip").count() == 1
    # It can be pointed at itself, and goes away when nothing is pointed at any more.
    page.locator(".tip a").hover()
    page.clock.run_for(1000)
    assert page.locator(".tip").count() == 1
    page.mouse.move(5, 5)
    page.clock.run_for(1000)
    assert page.locator(".tip").count() == 0


def test_the_keyboard_goes_through_the_days_with_one_tab_stop_for_each_chart(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page)
    chart = page.locator("#c3 .days")
    chart.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert told(page)[0] == "8 Nov 2025"
    assert "8 Nov 2025, " in (chart.get_attribute("aria-valuetext") or "")
    assert "Mail unavailable" in (chart.get_attribute("aria-valuetext") or "")
    for key, date in (("Home", "13 Aug 2025"), ("ArrowLeft", "13 Aug 2025"), ("PageUp", "20 Aug 2025"),
                      ("End", "10 Nov 2025"), ("ArrowRight", "10 Nov 2025")):  # fmt: skip
        page.keyboard.press(key)
        assert told(page)[0] == date
    page.keyboard.press("Escape")
    assert page.locator(".tip").count() == 0
    assert page.evaluate("document.activeElement.classList.contains('days')")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert page.locator("#c3 .tip").count() == 0
    assert page.locator("[role=slider]").count() == 11


def test_a_tap_on_a_day_keeps_it_until_another_tap(site: Site, open_page: Open) -> None:
    page = show("outage", site, open_page, width=360, has_touch=True)
    chart = page.locator("#c3 .days")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] - 1, box["y"] + 9)
    page.clock.run_for(5000)
    assert told(page)[0] == "10 Nov 2025"
    assert overflow(page) == 0
    page.touchscreen.tap(100, 20)
    assert page.locator(".tip").count() == 0


def test_each_day_of_a_chart_says_the_same_as_its_table(site: Site, open_page: Open) -> None:
    given = facts_of("outage")
    mail = given.components[2]
    # Days that were partly observed, from 1 to 99 percent.
    days = tuple(
        replace(one, observed=Fraction(number % 99 + 1, 100)) if number % 3 == 0 and one.observed else one
        for number, one in enumerate(mail.days)
    )
    site.publish(
        replace(given, components=(*given.components[:2], replace(mail, days=days), *given.components[3:])), SOON
    )
    page = open_page(site.url, now=SOON)
    until(page, "outage")
    page.get_by_text("Every day in figures").click()
    rows = page.locator("#t3 tbody tr").evaluate_all("all => all.map(row => [...row.cells].map(one => one.innerText))")
    chart = page.locator("#c3 .days")
    chart.focus()
    page.keyboard.press("Home")
    seen = {}
    for _ in range(90):
        date, *facts = told(page)
        seen[date] = [one for one in facts if one]
        page.keyboard.press("ArrowRight")
    assert len(seen) == 90
    with_row = {f"{int(row[0][8:])} {MONTHS[row[0][5:7]]} {row[0][:4]}": row for row in rows if len(row) > 1}
    assert len(with_row) > 3
    observed = {
        f"{one.date.day} {MONTHS[f'{one.date:%m}']} {one.date.year}": f"{int(one.observed * 100)}%" for one in days
    }
    for date, facts in seen.items():
        assert dict(zip(facts[::2], facts[1::2], strict=False)).get("Observed", facts[-1]) == observed[date]
        if date in with_row:
            assert [one for one in with_row[date][1:] if one] == facts[1::2]
        else:
            assert facts[0] in ("No downtime", "No evidence")
