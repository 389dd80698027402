# SPDX-License-Identifier: MIT
"""Run the real job with a replayed Uptime Kuma and a local storage."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from elytra_status import errors
from elytra_status.announcements import incidents, store
from elytra_status.demo import past
from elytra_status.demo.recording import RECORDINGS, load_recording
from elytra_status.demo.replay import ReplayServer
from elytra_status.demo.storage import Storage, open_storage
from elytra_status.documents import page
from elytra_status.errors import RefusedError, UsageError
from elytra_status.publish import visitor
from elytra_status.run import job
from elytra_status.settings import Settings, load
from elytra_status.system.clock import Clock

VERSION = "2.5.3"
API_KEY = "uk1_demonstration-only"
INCIDENT = "Sites in nyc3 load slowly. We are looking into it."
# The length of a rule below the job's output.
_WIDTH = 72


@dataclass(frozen=True)
class Scenario:
    """The state of the platform: recording, age of the backups, other faults."""

    meaning: str
    recording: str = "all-up"
    backup_age: timedelta = timedelta(hours=3)
    kuma_is_unreachable: bool = False
    incident: str = ""
    notes: str = "All sites behind managed HTTPS and monitored 24/7."


SCENARIOS = {
    "all-up": Scenario("all monitors are up, the backups are fresh"),
    "one-down": Scenario("one monitor is down", recording="one-down"),
    "pending": Scenario("two monitors have failed a check and are tried again", recording="one-pending"),
    "maintenance": Scenario("one monitor is in maintenance", recording="maintenance"),
    "incident": Scenario("all monitors are up, and an administrator has opened an incident", incident=INCIDENT),
    "no-kuma": Scenario("Uptime Kuma is unreachable", kuma_is_unreachable=True),
    "backups-old": Scenario("the newest backup is 50 hours old", backup_age=timedelta(hours=50)),
    "leak": Scenario("a public text holds the name of a monitor", notes="Jobs are started by Internal only."),
}


def run_scenario(name: str, clock: Clock, *, serve: bool) -> int:
    """Run one scenario, print its outcome, and return the job's exit status.

    `list` prints the names of the scenarios.
    """
    if name == "list":
        for key, scenario in SCENARIOS.items():
            print(f"{key:12} {scenario.meaning}")
        return errors.DONE
    if name not in SCENARIOS:
        raise UsageError("there is no scenario with this name", f"use {', '.join(SCENARIOS)}")
    scenario = SCENARIOS[name]
    # A proxy in the environment could not reach this machine's loopback.
    os.environ["NO_PROXY"] = "127.0.0.1"
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="elytra-status-demo-")))
        # Right after a start, nobody could know whether there are more monitors, and the status would be unknown.
        recorded = load_recording(RECORDINGS, f"v{VERSION}", scenario.recording, running_for=timedelta(days=1))
        replay = stack.enter_context(ReplayServer(recorded, api_key=API_KEY))
        storage = stack.enter_context(open_storage(directory))
        settings = _settings(directory, replay.url, storage, scenario)
        storage.fill(settings, clock.now(), scenario.backup_age)
        seeded = past.seed(settings, directory, clock)
        if scenario.incident:
            _open_incident(directory, clock, scenario.incident)
        print(f"Scenario {name}: {scenario.meaning}.")
        print(f"Monitoring: the recorded answers of an Uptime Kuma {VERSION}")
        print(f"Storage: {storage.description}")
        print(f"History: {seeded.days} days before today, made up; with failures on {seeded.mixed_days} of them")
        if scenario.kuma_is_unreachable:
            replay.__exit__(None, None, None)
        _print_rule("the job")
        exit_status = _job(settings, directory, clock)
        _print_rule("status.json, as a visitor gets it")
        _print_as_visitor(settings, storage.address)
        _print_rule("what next")
        if serve:
            _serve(storage.address)
        else:
            _print_next_steps(name)
        return exit_status


def _print_rule(heading: str) -> None:
    print(f"\n-- {heading} ".ljust(_WIDTH, "-"), flush=True)


def _job(settings: Settings, state_directory: Path, clock: Clock) -> int:
    try:
        outcome = job.run(settings, clock, state_directory)
    except RefusedError as error:
        print(f"Refused: {error}")
        print("Nothing was published. An earlier good document would have stayed.")
        return error.exit_status
    print(f"Decided: {outcome.decision.status.value}, {outcome.decision.reason}; rule {outcome.decision.rule}")
    return errors.DONE


def _settings(directory: Path, kuma: str, storage: Storage, scenario: Scenario) -> Settings:
    """Return settings read from a file, as in every real run."""
    lines = {
        "UPTIME_KUMA_URL": kuma,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "COMPONENTS": past.COMPONENTS,
        "PAGE_TITLE": "Example Hosting",
        # In real use it is 70. The recorded answers do not change, so waiting is pointless here.
        "CONFIRM_AFTER_SECONDS": "2",
        "BACKUP_POLICY": "Nightly backups, 7-day retention, off-site object storage.",
        "INFRASTRUCTURE_MODEL": "Dedicated droplet per client + managed database cluster.",
        "INFRASTRUCTURE_REGIONS": "nyc3",
        "INFRASTRUCTURE_NOTES": scenario.notes,
        **storage.settings,
    }
    file = directory / "elytra-status.conf"
    file.write_text("".join(f'{key}="{value}"\n' for key, value in lines.items()), encoding="utf-8")
    file.chmod(0o600)
    return load(file, {}).settings


def _open_incident(state_directory: Path, clock: Clock, text: str) -> None:
    """Open an incident, as `elytra-status incident open` does."""
    opened = (clock.now() - timedelta(minutes=20)).replace(microsecond=0)
    store.change(state_directory, clock, lambda before: incidents.begin(before, text, opened, "demo"))


def _print_as_visitor(settings: Settings, address: str) -> None:
    """Print the published status.json, with its headers."""
    answer = visitor.visitor_of(settings).fetch(address)
    print(f"HTTP status: {answer.status}")
    for name in ("content-type", "cache-control", "access-control-allow-origin", "etag", "last-modified"):
        if name in answer.headers:
            print(f"{name}: {answer.headers[name]}")
    print(f"\n{answer.body.decode().rstrip()}" if answer.status == 200 else "Nothing was published.")


def _serve(address: str) -> None:
    """Keep the servers running until Ctrl-C.

    Print the addresses of the page and of status.json, which is `address`.
    """
    print(f"For people:   {visitor.sibling_url(address, page.NAME)}")
    print(f"For programs: {address}")
    print("\nBoth stay up until Ctrl-C.", flush=True)
    # Treat SIGTERM like Ctrl-C. Otherwise the program would report that the publication stays.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
    print("\nEnded. Nothing was left on this machine.")


def _print_next_steps(name: str) -> None:
    command = _command()
    others = ", ".join(key for key in SCENARIOS if key != name)
    print("The storage was part of this demo. Nothing was left on this machine.")
    print("To see the page for people in a browser:")
    print(f"    {command} demo --serve")
    print(f"To see another day ({others}):")
    print(f"    {command} demo --scenario one-down")
    print("To publish the status of a platform, install the package and run elytra-status setup: see README.md.")


def _command() -> str:
    """Return this program's name if the shell finds it, else its path."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m {__package__.partition('.')[0]}"
    found = shutil.which(called.name)
    return called.name if found and Path(found).resolve() == called.resolve() else shlex.quote(str(called))
