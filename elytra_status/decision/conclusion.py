# SPDX-License-Identifier: MIT
"""Complete a decision with everything else that follows from its facts. Pure.

Documents, summary, explanation and notifications only read the result. None of them applies a rule again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from elytra_status.decision.backup_policy import judge_groups
from elytra_status.decision.components import judge_all
from elytra_status.decision.flapping import changes, is_flapping
from elytra_status.decision.headline import headline_code
from elytra_status.decision.isolation import bad_since
from elytra_status.decision.notices import notices
from elytra_status.decision.rules import Rules
from elytra_status.model import BAD_STATES, MONITORS, Decision, Facts, MonitorDecision


def conclude(decision: Decision, facts: Facts, rules: Rules) -> Decision:
    """Return a decision with its notices, components, backup groups and headline.

    `facts` are the facts of the decision, with the announcements as they are after it.
    """
    decision = replace(
        decision,
        notices=notices(facts),
        components=judge_all(rules.components.items(), facts, rules),
        groups=judge_groups(facts.reports, facts.now, rules),
        monitors=dict(_judge_monitors(facts, rules)),
    )
    return replace(decision, headline=headline_code(decision, facts.announcements, facts.now))


def _judge_monitors(facts: Facts, rules: Rules) -> Iterator[tuple[str, MonitorDecision]]:
    for report in facts.reports:
        for monitor in report.monitors if report.about == MONITORS else ():
            judged = MonitorDecision(
                changes(monitor, facts.now, rules),
                is_flapping(monitor, facts.now, rules),
                bad_since(monitor) if monitor.state in BAD_STATES else None,
            )
            if judged != MonitorDecision():
                yield monitor.key, judged
