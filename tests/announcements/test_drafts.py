# SPDX-License-Identifier: MIT
"""Drafts of incidents, as templates and editors hold them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elytra_status.announcements.drafts import IncidentDraft, read_draft, write_draft
from elytra_status.announcements.words import LONGEST_POSTMORTEM, read_paragraphs
from elytra_status.errors import UsageError
from elytra_status.model import Impact, IncidentPhase

lines = st.text("Abc xyz.,é", min_size=1).map(lambda text: " ".join(text.split())).filter(bool)


def test_a_draft_has_fields_and_a_text_of_several_lines() -> None:
    draft = read_draft(
        "# Which sites?\n\nTitle: Mail: delayed\nphase: Identified\nImpact:major\nComponent: Mail\nComponent: DNS\n"
        "\nMail arrives late.\n# Ask the data centre.\nWe are\nlooking into it.\n\n",
        "x",
    )
    assert draft == IncidentDraft(
        "Mail arrives late. We are looking into it.",
        "Mail: delayed",
        IncidentPhase.IDENTIFIED,
        Impact.MAJOR,
        ("Mail", "DNS"),
    )


@pytest.mark.parametrize("text", ["Mail: it is late.", "We know: it is slow.\nSorry.", "Note: all is well"])
def test_a_draft_without_fields_is_all_text(text: str) -> None:
    assert read_draft(text, "x") == IncidentDraft(" ".join(text.split()))


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "Title:\nPhase:\nImpact:\nComponent:\n\n\n# x"])
def test_nothing_is_given_where_nothing_is_written(text: str) -> None:
    assert read_draft(text, "x") == IncidentDraft()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Phase: solved\n\nx", "/etc/t: Phase is invalid"),
        ("Impact: huge\n\nx", "/etc/t: Impact is invalid"),
        ("Title: x\nSeverity: 1\n\nx", "/etc/t: a field is unknown"),
        ("Title: x\nIt is slow.", "/etc/t: a field is unknown, or no empty line"),
        ("Title.pt-BR: x\n\nIt is slow.", "/etc/t: a field is unknown"),
        ("text.xx : x\nIt is slow.", "/etc/t: a field is unknown"),
    ],
)
def test_what_is_invalid_is_refused_with_what_is_right(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        read_draft(text, "/etc/t")
    assert "identified" in caught.value.remedy or "minor" in caught.value.remedy or "Title" in caught.value.remedy


@given(
    st.builds(
        IncidentDraft,
        st.none() | lines,
        st.none() | lines,
        st.sampled_from(IncidentPhase),
        st.sampled_from(Impact),
        st.none() | st.lists(lines, min_size=1, max_size=3).map(tuple),
    )
)
def test_what_an_editor_shows_is_read_as_it_was(draft: IncidentDraft) -> None:
    assert read_draft(write_draft(draft, ["Components: Mail", "Title: not this one"]), "x") == draft


def test_options_win_over_a_template() -> None:
    template = IncidentDraft("From the template.", "A title", IncidentPhase.IDENTIFIED)
    assert IncidentDraft(title="Mine", impact=Impact.NONE).over(template) == IncidentDraft(
        "From the template.", "Mine", IncidentPhase.IDENTIFIED, Impact.NONE
    )


def test_an_empty_translation_stays_if_there_is_nothing_to_leave_out() -> None:
    template = IncidentDraft("Text", "Title", titles=(("de", "Titel"), ("fr", "Titre")))
    assert IncidentDraft(titles=(("de", ""), ("ja", ""))).over(template).titles == (("fr", "Titre"), ("ja", ""))
    assert IncidentDraft(title="Mine").over(template).titles is None
    assert IncidentDraft(titles=(("fr", ""), ("de", ""))).over(template).titles is None


def test_a_postmortem_has_paragraphs() -> None:
    assert read_paragraphs("\n A disk\nwas full. \n\n\n It is\tlarger now.\n", "x") == (
        "A disk was full.\n\nIt is larger now."
    )


@pytest.mark.parametrize("text", ["", " \n\n ", "One.\n\n\x1b[31m", "x" * (LONGEST_POSTMORTEM + 1), "\u202e"])
def test_a_postmortem_that_cannot_be_published_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_paragraphs(text, "--text")
