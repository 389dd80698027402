# SPDX-License-Identifier: MIT
"""Show what a run would publish now."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from elytra_status import errors
from elytra_status.commands import SUMMARIES
from elytra_status.commands.common import Prepared, prepare

if TYPE_CHECKING:
    from elytra_status.commands.parser import Commands
    from elytra_status.run.assess import Assessment


def register(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add(
        "summary",
        SUMMARIES["summary"],
        "elytra-status summary --json | jq .platform_status",
        summary,
    )
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--json", action="store_true", help="print the status.json that would be published")
    kinds.add_argument(
        "--explain",
        action="store_true",
        help="print each rule that was tried, and the evidence of each monitor and backup with its name",
    )


def summary(options: argparse.Namespace) -> int:
    """Print what a run would publish now, after one poll."""
    import sys
    from functools import partial

    from elytra_status.history import history_of, names_of
    from elytra_status.run import announced, rendering, saved_state
    from elytra_status.run.assess import assess
    from elytra_status.run.explanation import explain
    from elytra_status.run.summary import unconfirmed
    from elytra_status.system import journal, process

    given = prepare(options)
    settings, clock, state_directory = given.settings, given.clock, given.state_directory
    history = history_of(settings, state_directory, learns=False)
    assessment = assess(
        settings,
        clock,
        saved_state.read(state_directory),
        confirming=False,
        announced=partial(announced.read_announcements, *given),
        history=history,
    )
    if options.explain:
        # It is also printed if the documents are refused, when it is needed most.
        print(explain(settings, assessment, clock.now(), names_of(history.path)))
    try:
        documents, withheld, _ = rendering.render_publication(settings, assessment, clock.now())
    except errors.RefusedError as error:
        if not options.explain:
            raise
        print(f"\nA run would publish nothing: {error.problem}. {error.remedy}")
        return errors.DONE
    if options.json:
        for text in withheld:
            log = journal.log_notice if text.is_past else journal.log_error
            log(str(text.as_problem(shows_word=journal.is_on_terminal())), event="withheld")
        process.write_output(documents[-1].body)
        for line in unconfirmed(assessment, settings.confirm_after_seconds):
            print(line, file=sys.stderr)
        return errors.DONE
    if not options.explain:
        _describe(given, assessment)
    for text in withheld:
        print(f"{'Left out' if text.is_past else 'Withheld'}  {text.as_problem(shows_word=True)}")
    return errors.DONE


def _describe(given: Prepared, assessment: Assessment) -> None:
    """Print what a run would publish, and where."""
    from elytra_status import publish
    from elytra_status.run import saved_pair
    from elytra_status.run.summary import describe

    settings = given.settings
    target = publish.configured(settings, given.state_directory, given.clock).description
    print(describe(assessment, target, given.clock.now(), settings.confirm_after_seconds))
    if settings.publishers == "pair":
        print(f"Pair      {saved_pair.read_pair(given.state_directory).in_words}")
