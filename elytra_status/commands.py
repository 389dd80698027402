# SPDX-License-Identifier: MIT
"""One function for each command: compute, print, return the exit status."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from elytra_status import errors, files, journal, process
from elytra_status.clock import SystemClock, for_people, to_text
from elytra_status.errors import PublishError, SettingsError
from elytra_status.settings import DEFAULT_FILE, Loaded, WrongSettingsError, load

STATE_DIRECTORY = "/var/lib/elytra-status"


def _load(options: argparse.Namespace) -> Loaded:
    loaded = load(Path(options.config) if options.config else None, os.environ)
    if options.command != "config":  # who asks about the settings is told all
        journal.start_logging(loaded.settings.log_level)
    for words in loaded.warnings:
        journal.warning(words, event="settings")
    return loaded


def _state_directory(options: argparse.Namespace) -> Path:
    """Return the state directory. The settings must be loaded by now: root becomes the user whom it belongs to."""
    directory = Path(options.state_directory or os.environ.get("STATE_DIRECTORY") or STATE_DIRECTORY)
    files.act_as_owner(directory)
    return directory


def run(options: argparse.Namespace) -> int:
    """Do the job once."""
    from elytra_status import alerts, refresh

    settings, clock, state_directory = _load(options).settings, SystemClock(), _state_directory(options)
    outcome = refresh.run(settings, clock, state_directory)
    done = f"published to {outcome.place}" if outcome.published else f"yielded to a newer one in {outcome.place}"
    words = f"{outcome.decision.status.value}: {outcome.decision.reason}; {done}"
    if not settings.uptime_kuma_url:
        next_step = f"set UPTIME_KUMA_URL in {options.config or DEFAULT_FILE} next"
        journal.info(f"no monitors are watched yet: {next_step}", event="next")
        words += f"; {next_step}"
    journal.notify(words)
    alerts.incident_is_over(settings, clock, state_directory, "elytra-status.service")
    return errors.DONE


def summary(options: argparse.Namespace) -> int:
    """Print what a run would publish now, after one look."""
    from elytra_status import known, publish, refresh
    from elytra_status.assess import assess
    from elytra_status.summary import describe

    loaded = _load(options)
    settings, clock, state_directory = loaded.settings, SystemClock(), _state_directory(options)
    known_monitors = known.from_json(files.read_json(state_directory / refresh.STATE_FILE))
    assessment = assess(settings, clock, known_monitors, second_look=False)
    documents = refresh.render(settings, assessment, clock.now())
    if options.json:
        process.write(documents[-1].body)
    else:
        print(describe(settings, assessment, publish.configured(settings, state_directory).description, clock.now()))
    return errors.DONE


def check_freshness(options: argparse.Namespace) -> int:
    """Say in one line for each address whether visitors get what they should."""
    from elytra_status import alerts, freshness

    settings, clock, state_directory = _load(options).settings, SystemClock(), _state_directory(options)
    findings = freshness.check(settings, clock, state_directory)
    now = clock.now()
    since = freshness.wrong_since(findings, now, state_directory)
    if freshness.waits_for_first_run(settings, findings, since, now, state_directory):
        journal.info("nothing is published yet: the first run is due", event="freshness")
        return errors.DONE
    exit_status = freshness.exit_status(findings)
    lines = []
    for finding in findings:
        if finding.faults:
            line = f"{finding.where}: {'; '.join(finding.faults)}"
            lines.append(f"{line}; wrong for {for_people((now - since).total_seconds())}, since {to_text(since)}")
        else:
            assert finding.updated_at
            age = for_people((now - finding.updated_at).total_seconds())
            lines.append(f"{finding.where}: fresh, {age} old, {finding.platform_status}")
    for finding, line in zip(findings, lines, strict=True):
        (journal.error if finding.faults else journal.info)(line, event="freshness", exit_status=exit_status)
    journal.notify("; ".join(lines))
    if exit_status == errors.DONE:
        alerts.incident_is_over(settings, clock, state_directory, "elytra-status-freshness.service")
    return exit_status


def alert(options: argparse.Namespace) -> int:
    """Tell that a unit has failed, where that is due."""
    from elytra_status import alerts

    try:
        settings = _load(options).settings
    except WrongSettingsError as error:
        # Wrong settings may be the very failure that is to be told.
        settings = error.settings
        journal.warning(f"{len(error.faults)} faults in the settings; what could be read is used", event="settings")
    told = alerts.report_failure(settings, SystemClock(), _state_directory(options), options.unit, os.environ)
    return errors.DONE if told else errors.UNAVAILABLE


def cors(options: argparse.Namespace) -> int:
    """Show the bucket's CORS rules, or set them where they differ from what the settings ask for."""
    from elytra_status import cors as rules

    settings = _load(options).settings
    if not settings.status_bucket:
        raise SettingsError(["STATUS_BUCKET is not set: there are CORS rules for a bucket only"])
    where = f"bucket {settings.status_bucket}"
    origins = ", ".join(settings.cors_origins)
    try:
        present = rules.present(settings)
        if options.action == "show":
            for rule in present:
                print(f"{', '.join(rule['AllowedMethods'])} from {', '.join(rule['AllowedOrigins'])}")
            agrees = "as" if rules.same(present, rules.wanted(settings)) else "not as"
            print(f"{where}: {agrees} CORS_ORIGINS={origins} asks")
        elif rules.same(present, rules.wanted(settings)):
            print(f"{where}: GET and HEAD from {origins} are allowed already")
        else:
            rules.apply(settings)
            print(f"{where}: GET and HEAD from {origins} are allowed now")
    except PublishError as error:
        if not rules.is_forbidden(error):
            raise
        # Keys limited to objects may not do this; it is done once, and by hand is as good.
        journal.warning(
            f"{where}: {error.problem}: do it once with a full key, or in the control panel:"
            f" allow GET and HEAD from {origins}"
        )
    return errors.DONE


def config(options: argparse.Namespace) -> int:
    """Check the settings, show them, or print a sample file."""
    from elytra_status.settings import show

    if options.action == "sample":
        print(show.sample(), end="")
        return errors.DONE
    loaded = _load(options)
    if options.action == "show":
        print(show.table(loaded), end="")
        return errors.DONE
    from elytra_status import config_check

    unheard = config_check.check(loaded, SystemClock(), offline=options.offline)
    count = len(loaded.warnings)
    print(f"the settings are right{f', with {count} warning' if count else ''}{'s' if count > 1 else ''}")
    if unheard:
        print(f"{' and '.join(unheard)} gave no answer: texts were not compared with the names there")
    return errors.DONE


def schema(options: argparse.Namespace) -> int:
    """Print the schema of status.json."""
    from elytra_status import schema as status_schema

    process.write(status_schema.text().encode())
    return errors.DONE


def demo(options: argparse.Namespace) -> int:
    """Do the job against recorded answers."""
    from elytra_status.demo.demo import run as run_demo

    return run_demo(options.scenario, serve=options.serve)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": run,
    "summary": summary,
    "check-freshness": check_freshness,
    "alert": alert,
    "cors": cors,
    "config": config,
    "schema": schema,
    "demo": demo,
}
