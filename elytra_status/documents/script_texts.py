# SPDX-License-Identifier: MIT
"""The texts that scripts show, in the language of a document."""

from __future__ import annotations

from collections.abc import Mapping

from elytra_status.decision.headline import SENTENCES
from elytra_status.documents.facts import Publication
from elytra_status.documents.page_words import NO_EVIDENCE, OBSERVED
from elytra_status.documents.words import LABELS, MAINTENANCE_LABEL
from elytra_status.locale import Language, to_translate
from elytra_status.model import PlatformStatus

# The headline if a report has none: those of early versions.
_WITHOUT_HEADLINE = {
    "operational": to_translate("Platform operational"),
    "degraded": SENTENCES["degraded"],
    "outage": SENTENCES["outage"],
    "unknown": SENTENCES["unknown"],
}
# By its name in page.js and page_days.js.
_OF_PAGE = {
    "checked": to_translate("Last checked {age}, {moment}."),
    "report": to_translate("Last report {age}, {moment}."),
    "reportOf": to_translate("The last report is from {moment}."),
    "below": to_translate("The information below is from {moment}."),
    "clocks": to_translate("This device and the server disagree about the time."),
    "unknown": LABELS[PlatformStatus.UNKNOWN],
    "noEvidence": NO_EVIDENCE,
    "noDowntime": to_translate("No downtime"),
    "observed": OBSERVED,
}
_OF_CARD = {
    "checking": to_translate("Checking status"),
    "report": to_translate("Last report {age}"),
    "noReport": to_translate("No report"),
    "updated": to_translate("Updated {age}"),
    "uptime": to_translate("{percent} up in 30 days"),
    "maintenance": MAINTENANCE_LABEL,
    "comma": to_translate(", "),
    **{status.value: label for status, label in LABELS.items()},
}
# Of components without their names, for a page that does not have the language of status.json.
_WITHOUT_NAMES = {"component_not_operational": to_translate("Operational, except some components")}


def freshness_texts(language: Language) -> dict[str, object]:
    """Return the texts of freshness.js."""
    return {
        "locale": language.browser_code,
        "justNow": language.text("less than a minute ago"),
        "statuses": _translated(_WITHOUT_HEADLINE, language),
    }


def card_texts(language: Language) -> dict[str, object]:
    """Return the texts of the card."""
    return freshness_texts(language) | _translated(_OF_CARD, language) | {"lang": language.code}


def script_texts(publication: Publication) -> dict[str, object]:
    """Return the texts of the scripts of the page.

    The headlines are those of a page that has another language than status.json.
    """
    language = publication.language
    found = freshness_texts(language) | _translated(_OF_PAGE, language)
    if publication.is_in_other_language:
        headlines = {**SENTENCES, **_WITHOUT_NAMES}
        own = {code: text for code, text in headlines.items() if text not in _WITHOUT_HEADLINE.values()}
        found["headlines"] = _translated(own, language)
    return found


def _translated(texts: Mapping[str, str], language: Language) -> dict[str, object]:
    return {name: language.text(text) for name, text in texts.items()}
