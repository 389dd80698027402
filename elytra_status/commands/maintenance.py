# SPDX-License-Identifier: MIT
"""Work on the platform that a person announces."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES, translated_options
from elytra_status.commands.announcing import announcing, assess_proposed, publish_announcement
from elytra_status.commands.common import chosen_components, load_settings, prepare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from elytra_status.announcements.maintenance import NewTexts
    from elytra_status.commands.parser import Commands
    from elytra_status.model import Maintenance

EXAMPLE = (
    'elytra-status maintenance add --from 2025-11-12T22:00Z --until 2h --title "New database" '
    '--text "The database moves."'
)

UPDATE = 'elytra-status maintenance update 2025-11-10-1 --title "New database server"'


def register(commands: Commands) -> None:
    """Add the commands to the command line."""
    group = commands.add_group("maintenance", SUMMARIES["maintenance"], EXAMPLE)
    parser = group.add("add", "announce maintenance; its components are then not in outage", EXAMPLE, add_window)
    translated_options.add_text_option(
        parser, "--text", metavar="TEXT", words="what visitors read, in a sentence or two", required=True
    )
    translated_options.add_text_option(
        parser, "--title", metavar="TITLE", words="its title, in a few words; default: made from the components"
    )
    parser.add_argument(
        "--from",
        dest="since",
        metavar="WHEN",
        help="when it begins: after a duration (2h, 1d), or a time with its zone (2025-11-12T22:00Z); default: now",
    )
    parser.add_argument(
        "--until", required=True, metavar="WHEN", help="its duration (2h, 90m), or a time with its zone; at most 7d"
    )
    parser.add_argument(
        "--component",
        action="append",
        default=[],
        metavar="NAME",
        help="a component that is affected; may be repeated; default: the whole platform",
    )
    parser = group.add("update", "correct the texts of maintenance that is not over", UPDATE, update)
    parser.add_argument("identifier", metavar="ID", help="the ID, as maintenance list shows it")
    translated_options.add_text_option(
        parser, "--text", metavar="TEXT", words="what visitors read now; an empty translation is removed"
    )
    translated_options.add_text_option(
        parser, "--title", metavar="TITLE", words="its title from now on; an empty translation is removed"
    )
    parser = group.add("list", "show announced maintenance with its ID", "elytra-status maintenance list", show)
    parser.add_argument("--all", action="store_true", help="show past maintenance too")
    parser = group.add(
        "remove", "cancel maintenance, or end it now", "elytra-status maintenance remove 2025-11-10-1", remove
    )
    parser.add_argument("identifier", metavar="ID", help="the ID, as maintenance list shows it")


def add_window(options: argparse.Namespace) -> int:
    """Announce maintenance, where the documents with it may go out, and publish."""
    from elytra_status.announcements import maintenance, times
    from elytra_status.model import Maintenance
    from elytra_status.run import announced

    settings = load_settings(options).settings
    texts, typed = _given_texts(options, settings.languages)
    with announcing(options, settings) as announces:
        given, now = announces.given, announces.now
        since = now
        if options.since is not None:
            since = times.within("--from", times.read_moment(options.since, "--from", now), now, maintenance.FURTHEST)
        until = times.read_moment(options.until, "--until", since)
        until = times.within("--until", until, since, maintenance.LONGEST, after="now" if since == now else "--from")
        names = chosen_components(options.component, [name for name, _ in given.settings.components])
        window = Maintenance(
            "",
            texts.text or "",
            since,
            until,
            announces.by,
            names,
            title=texts.title or "",
            texts=texts.texts,
            titles=texts.titles,
        )
        proposed = maintenance.add(announced.read_announcements(*given), window, now)
        assess_proposed(given, proposed, typed)
        _, kept = announced.change_announcements(*given, lambda there: maintenance.add(there, window, now))
        print(f"announced: {_in_words(kept.maintenance[-1], now)}")
        return publish_announcement(announces)


def update(options: argparse.Namespace) -> int:
    """Correct the texts of a window, where the documents with them may go out."""
    from elytra_status.announcements import maintenance
    from elytra_status.run import announced

    identifier, settings = options.identifier, load_settings(options).settings
    texts, typed = _given_texts(options, settings.languages, removes=True)
    if texts == maintenance.NewTexts():
        raise errors.UsageError("there is no text; nothing was changed", "give --text or --title")
    with announcing(options, settings) as announces:
        given, now = announces.given, announces.now
        proposed = maintenance.update(announced.read_announcements(*given), identifier, texts, now)
        if typed:
            assess_proposed(given, proposed, typed)
        _, after = announced.change_announcements(
            *given, lambda there: maintenance.update(there, identifier, texts, now)
        )
        print(f"changed: {_in_words(maintenance.find(after, identifier, now), now)}")
        return publish_announcement(announces)


def _given_texts(
    options: argparse.Namespace, published: Sequence[str], *, removes: bool = False
) -> tuple[NewTexts, dict[str, str]]:
    """Return the texts that were given, and those to search, by the option of each.

    `published` are the codes of the languages of all documents.
    """
    from elytra_status.announcements import words
    from elytra_status.announcements.maintenance import NewTexts

    plain: dict[str, str] = {}
    in_languages = {}
    for option, typed, read in (
        ("--text", options.text, words.read_public_text),
        ("--title", options.title, words.read_title),
    ):
        if typed is not None:
            plain[option] = read(typed, option)
        given = translated_options.given_translations(options, option)
        in_languages[option] = translated_options.read_translations(given, option, published, read, removes=removes)
    texts = NewTexts(plain.get("--text"), plain.get("--title"), in_languages["--text"], in_languages["--title"])
    for option, translations in in_languages.items():
        plain |= translated_options.by_option(translations, option)
    return texts, plain


def show(options: argparse.Namespace) -> int:
    """Show the windows that last or are to come; all, where that is asked for."""
    from elytra_status.announcements import maintenance
    from elytra_status.run import announced

    given = prepare(options)
    now = given.clock.now()
    announcements = announced.read_announcements(*given)
    shown = [*maintenance.current(announcements, now), *maintenance.to_come(announcements, now)]
    if options.all:
        shown = [*(window for window in announcements.maintenance if window.until <= now), *shown]
    for window in shown:
        print(_in_words(window, now))
    if not shown:
        print("no maintenance is announced")
    return errors.DONE


def remove(options: argparse.Namespace) -> int:
    """Take back a window, or end it now, and publish."""
    from elytra_status.announcements import maintenance
    from elytra_status.run import announced

    with announcing(options) as announces:
        given, now = announces.given, announces.now
        before, after = announced.change_announcements(
            *given, lambda there: maintenance.remove(there, options.identifier, now)
        )
        window = maintenance.find(before, options.identifier, now)
        ended = [one for one in after.maintenance if one.identifier == options.identifier]
        print(f"ended: {_in_words(ended[0], now)}" if ended else f"taken back: {_in_words(window, now)}")
        return publish_announcement(announces)


def _in_words(window: Maintenance, now: datetime) -> str:
    from elytra_status.system.clock import for_people, to_text

    length = for_people((window.until - window.since).total_seconds())
    state = "over" if window.until <= now else "now" if window.since <= now else "planned"
    times = f"{to_text(window.since)} to {to_text(window.until)} ({length})"
    concerns = f" of {', '.join(window.components)}" if window.components else ""
    title = f"{window.title}. " if window.title else ""
    shown = f"{window.identifier}, {state}{concerns}, {times}, by {window.by or 'somebody'}: {title}{window.text}"
    return "\n".join((shown, *translated_options.lines_by_language(window.titles, window.texts)))
