# SPDX-License-Identifier: MIT
"""The texts of an incident: from options, a template, and the person's editor."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from elytra_status import errors
from elytra_status.commands import editor, translated_options
from elytra_status.commands.common import chosen_components

if TYPE_CHECKING:
    from pathlib import Path

    from elytra_status.announcements.drafts import IncidentDraft
    from elytra_status.announcements.incidents import Details
    from elytra_status.model import Incident, IncidentPhase, Translations
    from elytra_status.settings import Settings

# A template describes one incident, and a directory has a few of them.
MOST_TEMPLATES = 200


class IncidentTexts(NamedTuple):
    """The texts of an incident.

    `texts` are those that the public will read, by the option or field that gives each. `in_languages` is the text in
    further languages.
    """

    text: str | None
    phase: IncidentPhase | None
    details: Details
    texts: dict[str, str]
    in_languages: Translations = ()


def add_options(parser: argparse.ArgumentParser, text_help: str, title_help: str) -> None:
    """Add the options of `incident open` and `incident update`."""
    translated_options.add_text_option(
        parser, "--text", metavar="TEXT", words=f"{text_help}; default: written in your editor"
    )
    translated_options.add_text_option(parser, "--title", metavar="TITLE", words=title_help)
    parser.add_argument("--phase", metavar="PHASE", help="the phase: investigating, identified, monitoring or resolved")
    parser.add_argument(
        "--component",
        action="append",
        metavar="NAME",
        help="a component that is affected; may be repeated; the status does not change",
    )
    parser.add_argument("--impact", metavar="IMPACT", help="the impact: none, minor, major or critical")
    parser.add_argument("--template", metavar="NAME", help="begin with a file of INCIDENT_TEMPLATES")


@contextmanager
def given_texts(
    options: argparse.Namespace,
    settings: Settings,
    comments: tuple[str, ...],
    incident: Incident | None = None,
) -> Iterator[IncidentTexts]:
    """Yield the texts from the options, a template and the person's editor.

    The editor is used if there is no text. If the block fails, what was written is saved. Raise UsageError if something
    is invalid, or if there is no text.
    """
    from elytra_status.announcements.drafts import IncidentDraft, read_draft, write_draft

    draft = _given(options)
    configured = [name for name, _ in settings.components]
    if options.template is not None:
        # A template may serve machines that publish in fewer languages.
        draft = draft.over(_template(settings.incident_templates, options.template).in_languages(settings.languages))
    changes_only = options.action == "update" and draft.phase is None and _has_details(draft)
    if draft.text is not None or changes_only:
        yield _checked(draft, configured, settings.languages, removes_titles=incident is not None)
        return
    if not editor.can_ask():
        raise errors.UsageError("there is no text", "give --text, or run this at a terminal to write it in your editor")
    listed = ", ".join(configured) or "none, COMPONENTS is not set"
    help_lines = (*comments, f"Components: {listed}", "Without text, nothing is changed.")
    # In the editor, an open `incident` has its present texts, to be changed there.
    present = _draft_of(incident).in_languages(settings.languages) if incident else IncidentDraft()
    shown = draft.over(present)
    with editor.edited(write_draft(shown, help_lines)) as text:
        written = read_draft(text, "text of the editor")
        if written.text is None:
            raise errors.UsageError("the text is empty; nothing was changed", "write what visitors should read")
        # A person removes a translation of the title by removing its line.
        yield _checked(written.without_titles_of(present), configured, settings.languages, removes_titles=True)


@contextmanager
def postmortem(options: argparse.Namespace, comments: tuple[str, ...]) -> Iterator[str]:
    """Yield the text of a postmortem, from the option or the person's editor."""
    from elytra_status.announcements import words

    if options.text is not None:
        yield words.read_paragraphs(options.text, "--text")
        return
    if not editor.can_ask():
        raise errors.UsageError("there is no text", "give --text, or run this at a terminal to write it in your editor")
    with editor.edited("\n".join(("", "", *(f"# {line}" for line in comments), ""))) as text:
        lines = (line for line in text.splitlines() if not line.startswith("#"))
        yield words.read_paragraphs("\n".join(lines), "the text")


def _given(options: argparse.Namespace) -> IncidentDraft:
    from elytra_status.announcements.drafts import IncidentDraft, read_word
    from elytra_status.model import Impact, IncidentPhase

    return IncidentDraft(
        options.text,
        options.title,
        read_word(IncidentPhase, options.phase, "--phase"),
        read_word(Impact, options.impact, "--impact"),
        None if options.component is None else tuple(options.component),
        translated_options.given_translations(options, "--title") or None,
        translated_options.given_translations(options, "--text") or None,
    )


def _draft_of(incident: Incident) -> IncidentDraft:
    from elytra_status.announcements.drafts import IncidentDraft

    return IncidentDraft(
        None,
        incident.title or None,
        incident.phase,
        incident.impact,
        incident.components or None,
        incident.titles or None,
    )


def _has_details(draft: IncidentDraft) -> bool:
    return any(one is not None for one in (draft.title, draft.impact, draft.components, draft.titles))


def _checked(
    draft: IncidentDraft, configured: Sequence[str], published: Sequence[str], *, removes_titles: bool
) -> IncidentTexts:
    from elytra_status.announcements import words
    from elytra_status.announcements.incidents import Details

    text = title = None
    if draft.text is not None:
        text = words.read_public_text(draft.text, "--text")
    if draft.title is not None:
        title = words.read_title(draft.title, "--title")
    components = draft.components
    if components is not None:
        components = chosen_components(components, configured)
    in_languages = translated_options.read_translations(draft.texts or (), "--text", published)
    translated_options.refuse_without_plain(in_languages, text)
    own_titles = translated_options.read_translations(
        draft.titles or (), "--title", published, words.read_title, removes=removes_titles
    )
    texts = {"--text": text, "--title": title}
    return IncidentTexts(
        text,
        draft.phase,
        Details(title, components, draft.impact, own_titles),
        {
            **{option: one for option, one in texts.items() if one is not None},
            **translated_options.by_option(in_languages, "--text"),
            **translated_options.by_option(own_titles, "--title"),
        },
        in_languages,
    )


def _template(templates: str, name: str) -> IncidentDraft:
    """Return a template of INCIDENT_TEMPLATES.

    Raise UsageError if there is none of that name, or it cannot be read.
    """
    from pathlib import Path

    from elytra_status.announcements.drafts import LARGEST_DRAFT, read_draft
    from elytra_status.system import files

    directory = Path(templates)
    names = _template_names(directory)
    if name not in names:
        remedy = f"use {', '.join(names)}" if names else f"write one to {directory}/{name}, or leave out --template"
        raise errors.UsageError(f"--template: {directory} holds no template of this name", remedy)
    path = directory / name
    try:
        text = files.read_regular(path, LARGEST_DRAFT, follows_links=True).decode()
    except UnicodeDecodeError:
        raise errors.UsageError(f"{path} is not UTF-8", "write plain text, in UTF-8") from None
    except OSError as error:
        raise errors.UsageError(f"{path} cannot be read ({error.strerror})", "let root read it") from None
    return read_draft(text, str(path))


def _template_names(directory: Path) -> list[str]:
    """Return the names of the templates. Files of editors and packages do not count."""
    try:
        names = sorted(path.name for path in directory.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise errors.UsageError(f"{directory} cannot be read ({error.strerror})", "run this as root") from None
    left_out = (".dpkg-old", ".dpkg-dist", ".dpkg-new", ".bak", "~")
    return [name for name in names if not name.startswith((".", "#")) and not name.endswith(left_out)][:MOST_TEMPLATES]
