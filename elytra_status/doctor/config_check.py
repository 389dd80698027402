# SPDX-License-Identifier: MIT
"""Check the settings: by reading them, and by trying them.

Each function that tries something returns findings, with a remedy for each problem, and changes nothing at any server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from elytra_status.alerts import configured as channels
from elytra_status.decision import policy
from elytra_status.decision.conclusion import conclude
from elytra_status.decision.ended_groups import UNUSED_PATTERN, Ended, unused_patterns
from elytra_status.doctor import answers, connections, import_libraries, public_address, targets
from elytra_status.doctor.finding import Context, Finding, Level, skipped
from elytra_status.documents import Document
from elytra_status.errors import RefusedError
from elytra_status.history import PrivateNames
from elytra_status.model import UNNAMED, Facts, Report
from elytra_status.net import certificates
from elytra_status.problem import Problem, SettingsError, SettingsProblem, problem_of
from elytra_status.run import logo_file, private_terms, rendering
from elytra_status.run.assess import Assessment, policy_rules
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import DEFAULT_FILE, Settings
from elytra_status.settings.load import DEFAULT, DROP_INS
from elytra_status.sources import configured
from elytra_status.system import journal


def nothing_set(context: Context) -> str:
    """Return a hint if no setting is set, '' if one is."""
    if any(origin != DEFAULT for origin in context.origins.values()):
        return ""
    file = context.file
    holds = "holds nothing but comments and blank lines" if file.exists() else "does not exist"
    if file == DEFAULT_FILE:
        holds += f", and {file.parent / DROP_INS} sets nothing either"
    return f"{file}: {holds}. Every setting has its default; set UPTIME_KUMA_URL first, and STATUS_BUCKET."


def check_files(context: Context) -> None:
    """Raise SettingsError if a file that the settings name cannot be used."""
    settings = context.settings
    found = {
        "CA_BUNDLE": certificates.problem_of_bundle(settings.ca_bundle),
        "PAGE_LOGO": logo_file.problem_of_logo(settings.page_logo),
    }
    if faults := [
        SettingsProblem(f"{name} {fault.problem}", fault.remedy, context.origins[name], setting=name)
        for name, fault in found.items()
        if fault
    ]:
        raise SettingsError(faults)


def try_everything(context: Context, words: PrivateNames) -> tuple[list[Finding], tuple[Report, ...]]:
    """Try everything in the settings; return findings and the reports of the sources.

    `words` are the private words from earlier runs.
    """
    import_libraries()
    findings, reports = try_sources(context, words)
    if silent := [report.source for report in reports if report.problem]:
        findings.append(skipped("texts", f"not compared with the names in {', '.join(silent)}"))
    storage = try_storage(context)
    # The first run of a new package publishes locally, before there are settings.
    is_published = not any(one.name == targets.READ_STATUS and one.level is Level.WARNING for one in storage)
    tried = {
        "sources": findings,
        "connections": try_connections(context),
        "storage": storage,
        "public address": try_public_address(context, is_published=is_published),
        "alerts": about_channels(context.settings),
    }
    return [replace(finding, area=area) for area, found in tried.items() for finding in found], reports


def try_sources(context: Context, words: PrivateNames = PrivateNames()) -> tuple[list[Finding], tuple[Report, ...]]:  # noqa: B008
    """Query each source within SOURCE_DEADLINE_SECONDS; return findings and reports."""
    limit = float(context.settings.source_deadline_seconds)
    findings: list[Finding] = []
    reports = []
    for source, answer, took in answers.poll_each(
        configured(context.settings), SavedState(private_names=words), context, limit
    ):
        findings += answers.tried(source, answer, took, limit, context)
        reports.append(answers.report_of_answer(source, answer))
    return findings, tuple(reports)


def try_connections(context: Context) -> list[Finding]:
    """Request the addresses that should answer unless their source is isolated."""
    return list(connections.AREA.checks(context))


def try_storage(context: Context) -> list[Finding]:
    """Check the rights of the keys in the buckets, or of the directory."""
    return list(targets.AREA.checks(context))


def try_public_address(context: Context, *, is_published: bool) -> list[Finding]:
    """Read the status as visitors do, if it has an address.

    Its age is not checked, since that is no fault of the settings. `is_published` says that a run has published it, so
    that it must exist.
    """
    if not (context.settings.status_url or context.settings.status_bucket):
        return []
    return list(public_address.check_address(context, old_is_wrong=False, may_be_missing=not is_published))


def about_channels(settings: Settings) -> list[Finding]:
    """Return that only the form of the channels' settings was checked.

    A trial would notify somebody.
    """
    names = [channel.name for channel in channels(settings)]
    words = "only the form of the settings was checked; elytra-status alert test sends a message"
    return [skipped(", ".join(names), words)] if names else []


def check_texts(context: Context, words: PrivateNames, reports: tuple[Report, ...]) -> list[Problem]:
    """Return warnings about monitors and texts, given the reports of the sources.

    Raise SettingsError for monitors that no answer names, and for texts that a run would withhold because they contain
    one of the `words` or a name from a report.
    """
    settings, now = context.settings, context.clock.now()
    facts, chosen = Facts(now, reports), policy_rules(settings)
    decision = conclude(policy.decide(facts, chosen), facts, chosen)
    assessment = Assessment(decision, reports, SavedState(private_names=words))
    if faults := list(_unnamed(context, reports)):
        raise SettingsError(faults)
    try:
        documents, withheld, _ = rendering.render_publication(settings, assessment, now)
    except RefusedError as error:
        raise SettingsError([problem_of(error)]) from None
    shows_word = journal.is_on_terminal()
    if present := [text for text in withheld if not text.is_past]:
        raise SettingsError([text.as_problem(context.origins, shows_word=shows_word) for text in present])
    return [*_published_secrets(settings, documents), *_unused_patterns(settings.backup_ignore_groups, reports)]


def _unnamed(context: Context, reports: Iterable[Report]) -> Iterator[SettingsProblem]:
    """Yield the monitors that the settings name but no complete answer does."""
    expected = {source.name: source.expected for source in configured(context.settings)}
    for report in reports:
        for problem in report.problems:
            if problem.kind == UNNAMED:
                setting = expected[report.source].named[problem.keys[0]]
                origin = context.origins.get(setting, report.source)
                yield SettingsProblem(problem.seen, problem.remedy, origin, setting=setting)


def _published_secrets(settings: Settings, documents: Iterable[Document]) -> Iterator[Problem]:
    """Yield a warning for each secret that is a word of the documents."""
    problem, remedy = private_terms.PUBLISHED_SECRET
    for name in private_terms.published_secrets(settings, documents):
        yield Problem(problem, remedy, name)


def _unused_patterns(patterns: tuple[str, ...], reports: tuple[Report, ...]) -> Iterator[Problem]:
    """Yield a warning for each pattern of BACKUP_IGNORE_GROUPS that matches no group."""
    problem, remedy = UNUSED_PATTERN
    for pattern in unused_patterns(Ended(patterns=patterns), reports):
        shown = f" ({pattern})" if journal.is_on_terminal() else ""
        yield Problem(f"{problem}{shown}", remedy, "BACKUP_IGNORE_GROUPS")
