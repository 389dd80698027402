# SPDX-License-Identifier: MIT
"""Render the documents of a decision, validate them, and search them for leaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from elytra_status import leak_guard, schema
from elytra_status.documents import Document, EarlierDocument, render_all
from elytra_status.documents.withheld import Redactor, Withheld
from elytra_status.run import private_terms
from elytra_status.run.assess import Assessment
from elytra_status.run.publication import build_publication
from elytra_status.settings import Settings
from elytra_status.system import journal


class Rendered(NamedTuple):
    """The documents of a publication, and the texts withheld from them.

    `left_out` are the names of pages of the archive that were not rendered.
    """

    documents: list[Document]
    withheld: tuple[Withheld, ...]
    left_out: frozenset[str] = frozenset()


def render_publication(
    settings: Settings, assessment: Assessment, now: datetime, earlier: Mapping[str, EarlierDocument] | None = None
) -> Rendered:
    """Return the documents of a decision, without texts that contain private data.

    A document that has not changed since it was published `earlier` keeps its date. None says that nothing will be
    published, and then no picture is drawn. Raise RefusedError if a document is invalid or contains private data
    outside a text: nothing may be published then.
    """
    private = private_terms.private(settings, assessment.reports, assessment.saved_state.private_names)

    def render_with(redactor: Redactor) -> tuple[Rendered, list[leak_guard.Leak]]:
        value = build_publication(settings, assessment, now, private, redactor)
        if earlier is not None and "preview" in settings.publish:
            from elytra_status.run.preview_pictures import preview_picture

            value = replace(value, preview=preview_picture(value, earlier))
        if "incidents" in settings.publish:
            from elytra_status.run.archive_plan import plan_archive

            value = replace(value, archive=plan_archive(value, earlier or {}))
        documents = render_all(value, settings.publish, earlier)
        schema.validate(documents[-1].name, documents[-1].body)
        return Rendered(documents, value.withheld, value.archive.left_out), _search_all(
            documents, value.sentences, private
        )

    rendered, findings = render_with(private_terms.redactor(settings, assessment.reports, private))
    if findings:
        # Texts that are harmless alone can break a rule together. The status is published without any of them.
        together = private_terms.redactor(settings, assessment.reports, private, together=findings[0].rule)
        rendered, findings_without_texts = render_with(together)
        if findings_without_texts:
            raise private_terms.refusal_of(findings_without_texts, shows_word=journal.is_on_terminal())
    return rendered


def _search_all(
    documents: list[Document], sentences: frozenset[str], private: leak_guard.Private
) -> list[leak_guard.Leak]:
    *others, status = documents
    findings = _search(status, sentences, private)
    # All documents show much the same, and one leak needs to be reported once.
    if not findings:
        findings = [one for document in others if not document.local for one in _search(document, sentences, private)]
    return findings


def _search(document: Document, sentences: frozenset[str], private: leak_guard.Private) -> list[leak_guard.Leak]:
    own_words = document.own_words | sentences
    if document.drawn:
        return leak_guard.search_drawn(document.name, document.drawn, own_words, private)
    return leak_guard.search(document.name, document.body, document.content_type, own_words, private)
