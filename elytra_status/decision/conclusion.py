# SPDX-License-Identifier: MIT
"""Complete a decision with everything else that follows from its facts. Pure.

Documents, summary, explanation and notifications only read the result. None of them applies a rule again.
"""

from __future__ import annotations

from dataclasses import replace

from elytra_status.decision.backup_policy import judge_groups
from elytra_status.decision.components import judge_all
from elytra_status.decision.headline import headline_code
from elytra_status.decision.notices import notices
from elytra_status.decision.rules import Rules
from elytra_status.model import Decision, Facts


def conclude(decision: Decision, facts: Facts, rules: Rules) -> Decision:
    """Return a decision with its notices, components, backup groups and headline.

    `facts` are the facts of the decision, with the announcements as they are after it.
    """
    decision = replace(
        decision,
        notices=notices(facts),
        components=judge_all(rules.components.items(), facts, rules),
        groups=judge_groups(facts.reports, facts.now, rules),
    )
    return replace(decision, headline=headline_code(decision, facts.announcements, facts.now))
