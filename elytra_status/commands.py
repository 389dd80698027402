# SPDX-License-Identifier: MIT
"""One function for each command: compute, print, return the exit status."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from elytra_status import errors, journal
from elytra_status.clock import SystemClock, for_people, to_text
from elytra_status.errors import ElytraStatusError, PublishError, RefusedError, SettingsError
from elytra_status.settings import Loaded, load

STATE_DIRECTORY = "/var/lib/elytra-status"


class _Terminated(BaseException):
    """SIGTERM came. Raised where the program stands, so that temporary files are removed on the way out."""


def run_command(options: argparse.Namespace) -> int:
    """Run the command that was chosen and return its exit status. Every error ends here, in words."""

    def terminate(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    signal.signal(signal.SIGTERM, terminate)
    journal.start_logging("info")
    try:
        return COMMANDS[options.command](options)
    except SettingsError as error:
        for fault in error.faults:
            journal.error(fault, event="settings")
        count = len(error.faults)
        return _failed(f"{count} fault{'' if count == 1 else 's'} in the settings", error.exit_status)
    except ElytraStatusError as error:
        return _failed(str(error), error.exit_status)
    except BrokenPipeError:
        sys.stdout = None
        return errors.DONE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except _Terminated:
        journal.warning("ended by SIGTERM; what was published last stays", event="terminated")
        # Ends as the signal would have ended it, so that systemd sees a stop and not a failure.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        return 128 + signal.SIGTERM
    except Exception as error:
        # The error's own text could hold anything, so only its kind and place are told.
        for line in traceback.format_tb(error.__traceback__):
            journal.error(line.rstrip(), event="fault")
        return _failed(f"a fault in elytra-status ({type(error).__name__}); please report it", errors.INTERNAL)


def _failed(words: str, exit_status: int) -> int:
    journal.error(words, event="failed", exit_status=exit_status)
    journal.notify(f"failed: {words}")
    return exit_status


def _load(options: argparse.Namespace) -> Loaded:
    loaded = load(Path(options.config) if options.config else None, os.environ)
    journal.start_logging(loaded.settings.log_level)
    for words in loaded.warnings:
        journal.warning(words, event="settings")
    return loaded


def _state_directory(options: argparse.Namespace) -> Path:
    return Path(options.state_directory or os.environ.get("STATE_DIRECTORY") or STATE_DIRECTORY)


def run(options: argparse.Namespace) -> int:
    """Do the job once."""
    from elytra_status import refresh

    settings = _load(options).settings
    outcome = refresh.run(settings, SystemClock(), _state_directory(options))
    done = f"published to {outcome.place}" if outcome.published else f"yielded to a newer one in {outcome.place}"
    words = f"{outcome.decision.status.value}: {outcome.decision.reason}; {done}"
    if not settings.uptime_kuma_url:
        words += "; set UPTIME_KUMA_URL in /etc/elytra-status/elytra-status.conf next"
    journal.notify(words)
    return errors.DONE


def summary(options: argparse.Namespace) -> int:
    """Print what a run would publish now, after one look."""
    from elytra_status import files, known, publish, refresh
    from elytra_status.assess import assess
    from elytra_status.summary import describe

    loaded = _load(options)
    settings, clock, state_directory = loaded.settings, SystemClock(), _state_directory(options)
    known_monitors = known.from_json(files.read_json(state_directory / refresh.STATE_FILE))
    assessment = assess(settings, clock, known_monitors, second_look=False)
    documents = refresh.render(settings, assessment, clock.now())
    if options.json:
        print(documents[-1].body.decode(), end="")
    else:
        print(describe(settings, assessment, publish.configured(settings, state_directory).description, clock.now()))
    return errors.DONE


def check_freshness(options: argparse.Namespace) -> int:
    """Say in one line for each address whether visitors get what they should."""
    from elytra_status import freshness

    settings, clock, state_directory = _load(options).settings, SystemClock(), _state_directory(options)
    findings = freshness.check(settings, clock, state_directory)
    now = clock.now()
    since = freshness.wrong_since(findings, now, state_directory)
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
    return exit_status


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
    return _check(options, loaded)


def _check(options: argparse.Namespace, loaded: Loaded) -> int:
    """Beyond what loading has checked: would the leak guard refuse the administrator's own texts?"""
    from elytra_status import policy, refresh
    from elytra_status.assess import Assessment, assess, rules
    from elytra_status.model import Facts

    clock = SystemClock()
    if options.offline:
        decision = policy.decide(Facts(clock.now(), ()), rules(loaded.settings))
        assessment = Assessment(decision, (), {})
    else:
        assessment = assess(loaded.settings, clock, {}, second_look=False)
    try:
        refresh.render(loaded.settings, assessment, clock.now())
    except RefusedError as error:
        raise SettingsError([str(error)]) from None
    count = len(loaded.warnings)
    print(f"the settings are right{f', with {count} warnings' if count else ''}")
    return errors.DONE


def schema(options: argparse.Namespace) -> int:
    """Print the schema of status.json."""
    from elytra_status import schema as status_schema

    print(status_schema.text(), end="")
    return errors.DONE


def demo(options: argparse.Namespace) -> int:
    """Do the job against recorded answers."""
    from elytra_status.demo.demo import run as run_demo

    return run_demo(options.scenario, serve=options.serve)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": run,
    "summary": summary,
    "check-freshness": check_freshness,
    "cors": cors,
    "config": config,
    "schema": schema,
    "demo": demo,
}
