# SPDX-License-Identifier: MIT
"""Incidents: publish what went wrong, and updates until it is resolved."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES, incident_drafts, translated_options
from elytra_status.commands.announcing import Announcing, announcing, assess_proposed, publish_announcement
from elytra_status.commands.common import load_settings, prepare, refuse_unreadable_state, state_directory

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands
    from elytra_status.model import Announcements, Incident, Translations
    from elytra_status.settings import Settings

EXAMPLE = 'elytra-status incident open --title "Mail is delayed" --text "Mail arrives late. We are looking into it."'
UPDATE = 'elytra-status incident update 2025-11-10-1 --phase identified --text "A disk is full. We are replacing it."'
TITLE = "what visitors read first, such as: Mail is delayed"
WHICH = "the ID, as incident list shows it"


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    group = commands.add_group("incident", SUMMARIES["incident"], EXAMPLE)
    parser = group.add("open", "open an incident; the status does not change", EXAMPLE, begin)
    incident_drafts.add_options(parser, "what visitors read, in a sentence or two", TITLE)
    parser = group.add("update", "add an update, which replaces the text that visitors read", UPDATE, update)
    parser.add_argument("identifier", metavar="ID", help=WHICH)
    incident_drafts.add_options(parser, "what visitors read now", f"{TITLE}; an empty translation is removed")
    parser = group.add("resolve", "resolve an incident", "elytra-status incident resolve 2025-11-10-1", resolve)
    parser.add_argument("identifier", metavar="ID", help=WHICH)
    translated_options.add_text_option(parser, "--text", metavar="TEXT", words="a last sentence, for the record")
    parser = group.add(
        "postmortem",
        "publish what was learnt from a resolved incident",
        "elytra-status incident postmortem 2025-11-10-1",
        review,
    )
    parser.add_argument("identifier", metavar="ID", help="the ID, as incident list --all shows it")
    translated_options.add_text_option(
        parser, "--text", metavar="TEXT", words="the text, with an empty line between paragraphs; default: your editor"
    )
    parser = group.add(
        "remove",
        "remove an incident and its page, as if it had not been opened",
        "elytra-status incident remove 2025-11-10-1",
        remove,
    )
    parser.add_argument("identifier", metavar="ID", help="the ID, as incident list --all shows it")
    parser = group.add("list", "show the open incidents, and their IDs", "elytra-status incident list", show)
    parser.add_argument("--all", action="store_true", help="show resolved incidents too")


def begin(options: argparse.Namespace) -> int:
    """Open an incident, if its texts may be published, and publish."""
    from elytra_status.announcements import incidents
    from elytra_status.model import IncidentPhase

    settings = load_settings(options).settings
    with (
        incident_drafts.given_texts(options, settings, ("A new incident.",)) as written,
        announcing(options, settings) as announces,
    ):
        now, by, phase = announces.now, announces.by, written.phase or IncidentPhase.INVESTIGATING
        text = written.text or ""
        return _change_and_publish(
            announces,
            written.texts,
            lambda there: incidents.begin(there, text, now, by, written.details, phase, texts=written.in_languages),
        )


def update(options: argparse.Namespace) -> int:
    """Update an open incident, if the texts may be published, and publish."""
    from elytra_status.announcements import incidents
    from elytra_status.model import IncidentPhase

    identifier, settings = options.identifier, load_settings(options).settings
    incident = incidents.find(_announcements(options, settings), identifier)
    with (
        incident_drafts.given_texts(options, settings, _about(incident), incident) as written,
        announcing(options, settings) as announces,
    ):
        now, by, details = announces.now, announces.by, written.details

        def change(there: Announcements) -> Announcements:
            if written.phase is IncidentPhase.RESOLVED:
                last = written.text or incidents.ENDED_TEXT
                return incidents.resolve(there, identifier, last, now, by, details, written.in_languages)
            return incidents.update(
                there, identifier, written.text, now, by, details, written.phase, written.in_languages
            )

        return _change_and_publish(announces, written.texts, change)


def resolve(options: argparse.Namespace) -> int:
    """Resolve an incident, if its last text may be published, and publish."""
    from elytra_status.announcements import incidents, words

    text = None if options.text is None else words.read_public_text(options.text, "--text")
    settings = load_settings(options).settings
    typed = translated_options.given_translations(options, "--text")
    in_languages = translated_options.read_translations(typed, "--text", settings.languages)
    translated_options.refuse_without_plain(in_languages, text)
    with announcing(options, settings) as announces:
        now, by = announces.now, announces.by
        last = text or incidents.ENDED_TEXT
        texts = {} if text is None else {"--text": text}
        texts |= translated_options.by_option(in_languages, "--text")
        return _change_and_publish(
            announces,
            texts,
            lambda there: incidents.resolve(there, options.identifier, last, now, by, texts=in_languages),
        )


def review(options: argparse.Namespace) -> int:
    """Publish the postmortem of a resolved incident, if it may be published."""
    from elytra_status.announcements import incidents, words
    from elytra_status.system.clock import SYSTEM_CLOCK

    identifier, settings = options.identifier, load_settings(options).settings
    typed = translated_options.given_translations(options, "--text")
    in_languages = translated_options.read_translations(typed, "--text", settings.languages, words.read_paragraphs)
    there = _announcements(options, settings)
    incidents.review(
        there, identifier, "", SYSTEM_CLOCK.now(), ""
    )  # So that nobody writes a text that is then refused.
    (incident,) = (one for one in there.incidents if one.identifier == identifier)
    with (
        incident_drafts.postmortem(options, _about(incident)) as text,
        announcing(options, settings) as announces,
    ):
        now, by = announces.now, announces.by
        texts = {"--text": text, **translated_options.by_option(in_languages, "--text")}
        return _change_and_publish(
            announces, texts, lambda there: incidents.review(there, identifier, text, now, by, in_languages)
        )


def remove(options: argparse.Namespace) -> int:
    """Remove an incident, and publish."""
    from elytra_status.announcements import incidents

    with announcing(options) as announces:
        exit_status = _change_and_publish(announces, {}, lambda there: incidents.remove(there, options.identifier))
        print(f"{options.identifier}: removed")
        return exit_status


def _announcements(options: argparse.Namespace, settings: Settings) -> Announcements:
    """Return the present announcements, before a text is written.

    A refusal then comes before the work.
    """
    from elytra_status.run import announced
    from elytra_status.system.clock import SYSTEM_CLOCK

    directory = state_directory(options)
    refuse_unreadable_state(directory)
    return announced.read_announcements(settings, SYSTEM_CLOCK, directory)


def _about(incident: Incident) -> tuple[str, ...]:
    """Return what the editor shows about an incident."""
    return tuple(line for line in _in_words(incident) if line)


def _change_and_publish(
    announces: Announcing, texts: Mapping[str, str], change: Callable[[Announcements], Announcements]
) -> int:
    """Change the incidents and publish.

    The `texts` that a person has written must be publishable.
    """
    from elytra_status.run import announced

    given = announces.given
    proposed = change(announced.read_announcements(*given))
    if texts:
        assess_proposed(given, proposed, texts)
    before, after = announced.change_announcements(*given, change)
    for incident in after.incidents:
        if incident not in before.incidents:
            print("\n".join(_in_words(incident)))
    return publish_announcement(announces)


def show(options: argparse.Namespace) -> int:
    """Show the open incidents with all their texts, and resolved ones on request."""
    from elytra_status.announcements import incidents
    from elytra_status.run import announced

    given = prepare(options)
    announcements = announced.read_announcements(*given)
    shown = announcements.incidents if options.all else incidents.ongoing(announcements)[::-1]
    for incident in shown:
        print("\n".join(_in_words(incident)))
    if not shown:
        print("no incident is open" if not options.all else "there was no incident")
    return errors.DONE


def _in_words(incident: Incident) -> list[str]:
    from elytra_status.system.clock import to_text

    state = f"resolved {to_text(incident.resolved)}" if incident.resolved else "open"
    lines = [f"{incident.identifier}, opened {to_text(incident.opened)}, {state}{_details(incident)}"]
    lines += translated_options.lines_by_language(incident.titles, ())
    for entry in incident.updates:
        lines.append(f"  {to_text(entry.time)}, by {entry.by or 'the job'}: {entry.text}")
        lines += translated_options.lines_by_language((), entry.texts)
    if postmortem := incident.postmortem:
        text = " ".join(postmortem.text.split())
        lines.append(f"  postmortem {to_text(postmortem.time)}, by {postmortem.by}: {text}")
        lines += translated_options.lines_by_language((), _on_one_line(postmortem.texts))
    return lines


def _on_one_line(texts: Translations) -> Translations:
    return tuple((code, " ".join(text.split())) for code, text in texts)


def _details(incident: Incident) -> str:
    """Return the details of an incident apart from its texts, '' if there are none."""
    from elytra_status.model import IncidentPhase

    is_usual = incident.phase in (IncidentPhase.INVESTIGATING, IncidentPhase.RESOLVED)
    names = (f"{name} (works again)" if name in incident.restored else name for name in incident.components)
    parts = [*([] if is_usual else [incident.phase.value]), *names]
    parts += [incident.title] if incident.title else []
    return f": {', '.join(parts)}" if parts else ""
