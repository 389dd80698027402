# SPDX-License-Identifier: MIT
"""Build the publication: the one value that all documents are rendered from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from urllib.parse import unquote, urlsplit

from elytra_status.announcements.outages import components_in, with_working
from elytra_status.announcements.titles import title_of_work, unavailable
from elytra_status.announcements.translations import announcements_in
from elytra_status.decision.degraded_time import degraded_by_day
from elytra_status.decision.notices import PLANNED, notice_in
from elytra_status.documents import Day, Publication, PublicComponent, Texts, links, logo, subscriptions
from elytra_status.documents.document import DEFAULT_TITLE
from elytra_status.documents.facts import SHOWN, WrittenTexts
from elytra_status.documents.status_json import NAME as STATUS
from elytra_status.documents.withheld import Redactor
from elytra_status.documents.words import notice_text
from elytra_status.history.uptime import ALL_DAYS, Past
from elytra_status.leak_guard import Private
from elytra_status.locale import Language
from elytra_status.model import (
    Announcements,
    Change,
    ComponentChange,
    ComponentDecision,
    Incident,
    Maintenance,
    Notice,
    PlatformStatus,
    Translations,
)
from elytra_status.problem import Problem
from elytra_status.publish import visitor
from elytra_status.run import logo_file, private_terms
from elytra_status.run.assess import Assessment, incident_text
from elytra_status.run.languages import language_problems, page_codes, public_languages
from elytra_status.run.public_texts import AnnouncedTexts
from elytra_status.settings import Settings
from elytra_status.settings.keys import in_language
from elytra_status.system import journal


def build_publication(
    settings: Settings, assessment: Assessment, now: datetime, private: Private, redactor: Redactor
) -> Publication:
    """Return everything that the public learns of an assessment.

    All texts have been checked by `redactor`. A past text that has become `private` since, for example because of a new
    monitor's name, is left out and noted among the withheld texts: the administrator could not change it any more.
    """
    moment = now.replace(microsecond=0)
    past = assessment.past.together
    # Even without an outage: an administrator who is notified now can correct the text in time.
    incident_texts = _incident_texts(settings.incident_text, settings.translated)
    for name, text in (("", incident_text(settings) or ""), *incident_texts):
        redactor.clean(in_language("INCIDENT_TEXT", name) if name else "INCIDENT_TEXT", text)
    languages = public_languages(settings.language, settings.page_languages)
    said = AnnouncedTexts(redactor, moment, languages.every, settings.incident_text, incident_texts)
    for problem in language_problems(settings.languages):
        journal.log_warning(str(problem), event="settings")
    names = public_component_names([name for name, _ in settings.components], redactor, languages.main)
    states = {one.name: one.status for one in assessment.decision.components}
    working = components_in(states, PlatformStatus.OPERATIONAL)
    announced = said.cleaned(_for_the_public(assessment.announcements, names, working))
    notices = said.notices(assessment.decision.notices)
    components = _components(assessment, moment, names)
    written = {}
    for language in languages.every:
        described = _described(components, assessment, settings, language.code, redactor)
        written[language.code] = _written(announced, notices, described, language, redactor)
    shown = texts(settings, private, redactor)
    on_pages = page_texts(settings, shown, redactor)
    main = written.pop(languages.main.code)
    changes = tuple(change for change in assessment.past.changes if change.time >= moment - SHOWN)
    return Publication(
        replace(assessment.decision, notices=main.notices),
        moment,
        shown,
        past.windows[ALL_DAYS].ratio if past else None,
        # What was degraded before the chart began may be so until now.
        _with_degraded_time(_days(past), assessment.past.changes, announced.maintenance, moment),
        main.components,
        main.announcements,
        changes,
        redactor.withheld,
        redactor.sentences,
        decided=assessment.progress.now if assessment.progress else None,
        page_texts=on_pages,
        written={code: one for code, one in written.items() if one != main},
    )


def _incident_texts(plain: str, translated: Iterable[tuple[str, Settings]]) -> Translations:
    """Return INCIDENT_TEXT in further languages. `plain` is the text for all others."""
    return tuple((code, own.incident_text) for code, own in translated if own.incident_text != plain)


def _written(
    announced: Announcements,
    notices: Iterable[Notice],
    components: tuple[PublicComponent, ...],
    language: Language,
    redactor: Redactor,
) -> WrittenTexts:
    """Return what persons have written for a language.

    The sentences around it are noted as the program's own.
    """
    written = WrittenTexts(
        announcements_in(announced, language.code),
        tuple(notice_in(one, language.code) for one in notices),
        components,
    )
    _compose_titles(written.announcements, redactor, language)
    for notice in written.notices:
        redactor.compose(notice_text(notice, language) if notice.text.startswith(PLANNED) else "")
    return written


def _compose_titles(announced: Announcements, redactor: Redactor, language: Language) -> None:
    """Note the titles that no person has written, as their names were searched."""
    for window in (*announced.maintenance, *announced.cancelled):
        redactor.compose(language.listed(window.components))
        redactor.compose("" if window.title else title_of_work(window, language))
    for incident in announced.incidents:
        redactor.compose(language.listed(incident.components))
        redactor.compose(unavailable(incident, language))


def page_texts(settings: Settings, shown: Texts, redactor: Redactor) -> tuple[Texts, ...]:
    """Return the texts of the page in each of its languages.

    The first is that of index.html. `shown` are the texts of the other documents.
    """
    languages = public_languages(settings.language, settings.page_languages).pages
    folders = ["", *(f"{code}/" for code in page_codes(settings.page_languages)[1:])]
    # A page whose language cannot be used stays, and is linked from no other.
    of_language = dict(reversed(list(zip(languages, folders, strict=True))))
    pages = tuple((one, of_language[one]) for one in dict.fromkeys(languages) if len(of_language) > 1)
    return tuple(
        replace(_in_language(settings, shown, redactor, language), folder=folder, pages=pages)
        for language, folder in zip(languages, folders, strict=True)
    )


def _in_language(settings: Settings, shown: Texts, redactor: Redactor, language: Language) -> Texts:
    """Return `shown` with the administrator's texts for a language."""
    own = dict(settings.translated).get(language.code, settings)

    def clean(name: str, text: str, instead: str = "") -> str:
        return redactor.clean(
            name if text == getattr(settings, name.lower()) else in_language(name, language.code), text, instead
        )

    title = own.page_title if own.page_title != DEFAULT_TITLE else language.text(DEFAULT_TITLE)
    return replace(
        shown,
        title=clean("PAGE_TITLE", title, language.text(DEFAULT_TITLE)),
        links=tuple(link for link in own.page_links if all(redactor.clean("PAGE_LINKS", part) for part in link)),
        backup_policy=clean("BACKUP_POLICY", own.backup_policy),
        infrastructure_model=clean("INFRASTRUCTURE_MODEL", own.infrastructure_model),
        infrastructure_notes=clean("INFRASTRUCTURE_NOTES", own.infrastructure_notes),
        language=language,
    )


def texts(settings: Settings, private: Private, redactor: Redactor) -> Texts:
    """Return the administrator's texts for the documents."""
    address = visitor.sibling_url(settings.status_url, ".") if settings.status_url else None
    picture = _logo(settings.page_logo) if "page" in settings.publish else None
    shown = Texts(
        # The address of a trial installation may be an IP address, which must not be published.
        address=address if address and private_terms.may_be_published(address, private, frozenset()) else None,
        other_forms=links(settings.publish),
        subscriptions=subscriptions(settings.publish),
        status_name=_status_name(settings),
        logo=_clean_logo(picture, private, redactor) if picture else "",
        colour=settings.page_color,
        badge_style=settings.badge_style,
        badge_time=settings.badge_time == "yes",
        fresh_for=timedelta(minutes=settings.freshness_max_age_minutes),
        cache_max_age=timedelta(seconds=settings.cache_max_age_seconds),
        subscribe_mail=redactor.clean("SUBSCRIBE_MAIL_URL", settings.subscribe_mail_url or ""),
    )
    described = _in_language(
        settings, shown, redactor, public_languages(settings.language, settings.page_languages).main
    )
    return replace(described, infrastructure_regions=_regions(settings.infrastructure_regions, redactor))


def _logo(path: str | None) -> logo.Picture | None:
    """Return the logo, None if there is none or it is invalid.

    An invalid file is a warning in the journal, and the page has no logo then.
    """
    try:
        return logo_file.read_logo(path)
    except logo.LogoError as error:
        problem = Problem(f"PAGE_LOGO {error.problem}; the page is published without a logo", error.remedy)
        journal.log_warning(str(problem), event="settings")
        return None


def _clean_logo(picture: logo.Picture, private: Private, redactor: Redactor) -> str:
    return redactor.clean_picture("PAGE_LOGO", logo.address_of(picture), logo.broken_rules(picture, private))


def _regions(regions: tuple[str, ...], redactor: Redactor) -> tuple[str, ...]:
    clean = tuple(region for region in regions if redactor.clean("INFRASTRUCTURE_REGIONS", region))
    # The page shows them on one line.
    return clean if redactor.clean("INFRASTRUCTURE_REGIONS", ", ".join(clean)) else ()


def public_component_names(given: Sequence[str], redactor: Redactor, language: Language) -> dict[str, str]:
    """Return the public name of each component, by its name in COMPONENTS.

    A withheld name is replaced by its position in COMPONENTS, so that it stays the same from run to run.
    """
    found: dict[str, str] = {}
    for number, name in enumerate(given, 1):
        instead = language.text("Component {number}", number=number)
        while instead in given:
            instead = language.text("{name} (withheld)", name=instead)
        found[name] = redactor.clean("COMPONENTS", name, instead)
    return found


def _status_name(settings: Settings) -> str:
    """Return the name of status.json next to the page, which fetches it."""
    path = unquote(urlsplit(settings.status_url).path) if settings.status_url else ""
    return posixpath.basename(path or (settings.status_bucket_key if settings.status_bucket else "")) or STATUS


def _components(assessment: Assessment, now: datetime, names: Mapping[str, str]) -> tuple[PublicComponent, ...]:
    """Return the components without texts. `names` holds the public name of each."""
    return tuple(
        _component(
            replace(one, name=names.get(one.name, one.name)),
            assessment.past.parts.get(one.name),
            _days_of_component(one.name, assessment, now),
            assessment.past.changes_of_parts.get(one.name, ()),
        )
        for one in assessment.decision.components
    )


def _component(
    decided: ComponentDecision, past: Past | None, days: tuple[Day, ...], changes: Sequence[Change]
) -> PublicComponent:
    return PublicComponent(
        decided.name,
        decided.status,
        decided.in_maintenance,
        decided.uptime,
        past.windows[ALL_DAYS].ratio if past else None,
        days,
        changed=changes[-1].time if changes else None,
    )


def _described(
    components: Sequence[PublicComponent], assessment: Assessment, settings: Settings, code: str, redactor: Redactor
) -> tuple[PublicComponent, ...]:
    """Return the components with the administrator's texts for a language.

    Texts that must be withheld are left out.
    """
    own = dict(settings.translated).get(code, settings)

    def name_of(name: str) -> str:
        is_own = getattr(own, name.lower()) != getattr(settings, name.lower())
        return in_language(name, code) if is_own else name

    described, grouped = name_of("COMPONENT_DESCRIPTIONS"), name_of("COMPONENT_GROUPS")
    descriptions = {name: redactor.clean(described, text) for name, text in own.component_descriptions}
    groups = {name: redactor.clean(grouped, group) for group, members in own.component_groups for name in members}
    return tuple(
        replace(one, description=descriptions.get(decided.name, ""), group=groups.get(decided.name, ""))
        for one, decided in zip(components, assessment.decision.components, strict=True)
    )


def _days_of_component(name: str, assessment: Assessment, now: datetime) -> tuple[Day, ...]:
    """Return the days of a component, by its name in COMPONENTS."""
    windows = [one for one in assessment.announcements.maintenance if not one.components or name in one.components]
    changes = assessment.past.changes_of_parts.get(name, ())
    return _with_degraded_time(_days(assessment.past.parts.get(name)), changes, windows, now)


def _with_degraded_time(
    days: Sequence[Day], changes: Sequence[Change], windows: Iterable[Maintenance], now: datetime
) -> tuple[Day, ...]:
    """Return days with the time in which a status was degraded.

    `changes` are those of the status, and `windows` is the maintenance that concerns it.

    Between two runs, a status may have been out of date for long: time that was not observed is not degraded.
    """
    degraded = degraded_by_day(changes, windows, now, [day.date for day in days])
    return tuple(replace(day, degraded=min(degraded[day.date], day.up + day.down)) for day in days)


def _days(past: Past | None) -> tuple[Day, ...]:
    return tuple(
        Day(
            day,
            measured.ratio,
            min(measured.observed, Fraction(1)),
            measured.seconds.up,
            measured.seconds.down,
            measured.seconds.maintenance,
        )
        for day, measured in (past.days.items() if past else ())
    )


def _for_the_public(announcements: Announcements, names: Mapping[str, str], working: frozenset[str]) -> Announcements:
    """Return announcements without authors, and without components that were removed.

    `names` holds the public name of each component. A component that is no longer in COMPONENTS is not shown anywhere.
    No open incident of the job names a component as out that is `working`, even if the job could not save that.
    """

    def named(components: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names[name] for name in components if name in names)

    def of_nobody(window: Maintenance) -> Maintenance:
        return replace(window, by="", components=named(window.components))

    def without_persons(incident: Incident) -> Incident:
        if incident.automatic and not incident.resolved:
            incident = with_working(incident, working)
        return replace(
            incident,
            updates=tuple(replace(update, by="", change=changed(update.change)) for update in incident.updates),
            postmortem=incident.postmortem and replace(incident.postmortem, by=""),
            components=named(incident.components),
            restored=named(incident.restored),
        )

    def changed(change: ComponentChange | None) -> ComponentChange | None:
        return change and ComponentChange(named(change.failed), named(change.remaining), named(change.restored))

    return Announcements(
        announcements.override and replace(announcements.override, by="", ended_by=""),
        tuple(map(of_nobody, announcements.maintenance)),
        tuple(map(without_persons, announcements.incidents)),
        cancelled=tuple(map(of_nobody, announcements.cancelled)),
    )
