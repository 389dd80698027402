# SPDX-License-Identifier: MIT
"""The real job between a replayed Uptime Kuma and an S3 server on this machine."""

from __future__ import annotations

import importlib.util
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from elytra_status import cors, errors, refresh, visitor
from elytra_status.clock import SystemClock
from elytra_status.demo.replay import RECORDINGS, ReplayServer, load_recording
from elytra_status.documents import page
from elytra_status.errors import RefusedError, UsageError
from elytra_status.publish.directory import path_of
from elytra_status.settings import Settings, load
from elytra_status.sources import spaces_backups
from elytra_status.spaces import open_client

VERSION = "2.5.3"
API_KEY = "uk1_demonstration-only"
STATUS_BUCKET, BACKUP_BUCKET = "example-status", "example-backups"
NIGHTS = 7
# moto's name for the account that everything belongs to.
_MOTO_ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Scenario:
    """What the platform is like: which recording, how old the newest backup is, and what else is wrong."""

    meaning: str
    recording: str = "all-up"
    backup_age: timedelta = timedelta(hours=3)
    kuma_is_gone: bool = False
    notes: str = "All sites behind managed HTTPS and monitored 24/7."


SCENARIOS = {
    "all-up": Scenario("all monitors are up, the backups are fresh"),
    "one-down": Scenario("one monitor is down", recording="one-down"),
    "pending": Scenario("two monitors have failed a check and are tried again", recording="one-pending"),
    "maintenance": Scenario("one monitor is in maintenance", recording="maintenance"),
    "kuma-gone": Scenario("Uptime Kuma does not answer", kuma_is_gone=True),
    "backups-old": Scenario("the newest backup is 50 hours old", backup_age=timedelta(hours=50)),
    "leak": Scenario("a public text holds the name of a monitor", notes="Jobs are started by Internal only."),
}


def run(name: str, *, serve: bool) -> int:
    """Run one scenario, say what came of it, and return the job's exit status. `list` names the scenarios."""
    if name == "list":
        for key, scenario in SCENARIOS.items():
            print(f"{key:12} {scenario.meaning}")
        return errors.DONE
    if name not in SCENARIOS:
        raise UsageError(f"there is no scenario of that name; there are {', '.join(SCENARIOS)}")
    scenario = SCENARIOS[name]
    # A proxy that the environment names would not find this machine's loopback.
    os.environ["NO_PROXY"] = "127.0.0.1"
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="elytra-status-demo-")))
        # Right after a start nobody could know whether there are more monitors: the status would be unknown.
        recorded = load_recording(RECORDINGS, f"v{VERSION}", scenario.recording, running_for=timedelta(days=1))
        replay = ReplayServer(recorded, api_key=API_KEY)
        stack.enter_context(replay)
        storage = stack.enter_context(_storage()) if importlib.util.find_spec("moto") else None
        settings = _settings(directory, replay.url, storage, scenario)
        print(f"Scenario {name}: {scenario.meaning}.")
        print(f"Uptime Kuma {VERSION}, recorded answers replayed at {replay.url}")
        if storage:
            _fill(settings, scenario)
            print(f"S3 storage (moto) at {storage}, with {NIGHTS} backups in bucket {BACKUP_BUCKET}")
        else:
            print("No S3 storage: moto is not installed; published to a local directory, backups unknown")
        if scenario.kuma_is_gone:
            replay.__exit__(None, None, None)
        print("\n-- the job " + "-" * 60, flush=True)
        exit_status = _job(settings, directory)
        print("-- what a visitor gets " + "-" * 48)
        _print_as_visitor(settings, directory)
        if serve:
            if settings.status_url:
                print(f"\nFor people: {visitor.beside(settings.status_url, page.NAME)}")
            print("\nIt stays up until Ctrl-C.", flush=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
        return exit_status


def _job(settings: Settings, state_directory: Path) -> int:
    try:
        outcome = refresh.run(settings, SystemClock(), state_directory)
    except RefusedError as error:
        print(f"Refused: {error}")
        print("Nothing was published. Had there been a good document before, it would have stayed.\n")
        return error.exit_status
    print(f"Decided: {outcome.decision.status.value}, by rule {outcome.decision.rule}: {outcome.decision.reason}\n")
    return errors.DONE


@contextmanager
def _storage() -> Iterator[str]:
    """Run moto's S3 server on a free port and yield its address."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _settings(directory: Path, kuma: str, storage: str | None, scenario: Scenario) -> Settings:
    """Return settings as they are read from a file, the way of every real run."""
    lines = {
        "UPTIME_KUMA_URL": kuma,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        # Real use wants 70: the recorded answers do not change, so waiting shows nothing here.
        "CONFIRM_AFTER_SECONDS": "2",
        "BACKUP_POLICY": "Nightly backups, 7-day retention, off-site object storage.",
        "INFRASTRUCTURE_MODEL": "Dedicated droplet per client + managed database cluster.",
        "INFRASTRUCTURE_REGIONS": "nyc3",
        "INFRASTRUCTURE_NOTES": scenario.notes,
    }
    if storage:
        lines |= {
            "SPACES_ENDPOINT": storage,
            "SPACES_ACCESS_KEY": "demonstration",
            "SPACES_SECRET_KEY": "demonstration-secret",
            "STATUS_BUCKET": STATUS_BUCKET,
            "STATUS_URL": f"{storage}/{STATUS_BUCKET}/status.json",
            "BACKUP_BUCKET": BACKUP_BUCKET,
            "BACKUP_PREFIX": "nightly/",
        }
    file = directory / "elytra-status.conf"
    file.write_text("".join(f'{key}="{value}"\n' for key, value in lines.items()), encoding="utf-8")
    file.chmod(0o600)
    return load(file, {}).settings


def _fill(settings: Settings, scenario: Scenario) -> None:
    """Make the buckets, some nights' backups, and the CORS rule."""
    client = open_client(spaces_backups.account(settings))
    for bucket in (STATUS_BUCKET, BACKUP_BUCKET):
        client.create_bucket(Bucket=bucket)
    newest = datetime.now(UTC) - scenario.backup_age
    for night in range(NIGHTS):
        moment = newest - timedelta(days=night)
        key = f"nightly/{moment:%Y-%m-%d}.sql.gz"
        client.put_object(Bucket=BACKUP_BUCKET, Key=key, Body=b"not really a backup")
        _made_at(key, moment)
    cors.apply(settings)


def _made_at(key: str, moment: datetime) -> None:
    """Make an object look as old as it should be. S3 has no request for this, so moto's memory is written to."""
    from moto.s3.models import s3_backends

    objects: Any = s3_backends[_MOTO_ACCOUNT]["aws"].buckets[BACKUP_BUCKET].keys
    objects[key].last_modified = moment.replace(tzinfo=None)


def _print_as_visitor(settings: Settings, state_directory: Path) -> None:
    """Print the published status.json, with its headers where there are any, and where it lies."""
    if not settings.status_url:
        path = path_of(settings, state_directory) / "status.json"
        print(path.read_text("utf-8") if path.exists() else "nothing: no document was published yet")
        print(f"It lies in {path}.")
        return
    answer = visitor.read(settings, settings.status_url, visitor.origins(settings)[0])
    print(f"GET {settings.status_url}: {answer.status}")
    shown = ("content-type", "cache-control", "access-control-allow-origin", "etag", "last-modified")
    for name in shown:
        if name in answer.headers:
            print(f"{name}: {answer.headers[name]}")
    print(f"\n{answer.body.decode()}" if answer.status == 200 else "Nothing was published.")
    print(f"It lies in bucket {settings.status_bucket} under the key {settings.status_bucket_key}.")
