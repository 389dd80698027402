# SPDX-License-Identifier: MIT
"""The cost of a run in production: with a Ceph gateway over TLS whose certificate is in the system's store."""

from __future__ import annotations

import json
import math
import os
import shlex
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from elytra_status.demo.replay import ReplayServer
from elytra_status.documents import history_json
from tests import synthetic
from tests.benchmarks import delay, history
from tests.benchmarks.requests_of_run import Run
from tests.ceph_gateway import CephGateway
from tests.conftest import recording

HERE = Path(__file__).parent
TREE = HERE.parent.parent
SCHEMA = TREE / "schema" / "status.schema.json"
# Debian's Python with the libraries that the package depends on, and no virtual environment.
PYTHON = "/usr/bin/python3"
START = "import sys; from elytra_status.start import main; sys.exit(main())"
STORE = "/etc/ssl/certs/ca-certificates.crt"
MONITORS, OBJECTS = 50, 2000
# What one run sends to storage to publish and to list, 144 times a day.
DOWN_EVERY = 10
RUNS_A_DAY, CHECKS_A_DAY = 144, 288
STATUS, BACKUPS, STATUS_BEFORE = "bench-status", "bench-backups", "bench-before"
# The last commit in which each of a visitor's reads opened a connection, and a run wrote every document.
BEFORE = "e50d1b0"
FOR_ALL = {"CORSRules": [{"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["*"]}]}
TRUSTING = f'mount --bind "$1" {STORE} && shift && exec "$@"'


class Cost(NamedTuple):
    """The cost of a command: wall time and processor time in seconds, peak memory in MiB."""

    wall: float
    processor: float
    memory: float


@dataclass(frozen=True)
class World:
    """A gateway over TLS, a replayed Uptime Kuma, and a directory for settings and state."""

    directory: Path
    gateway: CephGateway
    kuma: ReplayServer
    store: Path

    def settings(self, name: str, **values: str) -> list[str]:
        """Write a settings file with default settings except for `values`, and return the options that name it."""
        given = {
            "UPTIME_KUMA_URL": self.kuma.url,
            "UPTIME_KUMA_API_KEY": "bench",
            "UPTIME_KUMA_STATUS_PAGE": "elytra",
            "SPACES_ENDPOINT": self.gateway.https_endpoint,
            "SPACES_ACCESS_KEY": self.gateway.owner.access_key,
            "SPACES_SECRET_KEY": self.gateway.owner.secret_key,
            "STATUS_BUCKET": STATUS,
            "BACKUP_BUCKET": BACKUPS,
            **values,
        }
        file = self.directory / f"{name}.conf"
        file.write_text("".join(f"{key}={value}\n" for key, value in given.items()), "utf-8")
        file.chmod(0o600)
        return ["--config", str(file), "--state-directory", str(self.directory / name)]

    def with_history(self, name: str, **values: str) -> list[str]:
        """Write a settings file like `settings`, and make a history of 90 days with downtime on one day of ten."""
        options, directory = self.settings(name, **values), self.directory / name
        if not directory.exists():
            directory.mkdir()
            history.fill(directory, MONITORS, 90, datetime.now(UTC), down_every=DOWN_EVERY)
        return options

    def published(self, name: str) -> int:
        """Return the size of a document in the status bucket, in bytes."""
        size: int = self.gateway.client(self.gateway.owner).head_object(Bucket=STATUS, Key=name)["ContentLength"]
        return size

    def trusting(self, command: list[str]) -> list[str]:
        """Return a command that runs another one with the gateway's certificate in the system's store."""
        return ["unshare", "--mount", "--map-root-user", "sh", "-c", TRUSTING, "sh", str(self.store), *command]

    def recorded(self, *options: str, command: str = "run") -> Run:
        """Run a command of the job once, and return what it sent. Raise SystemExit if it fails."""
        file = self.directory / "sent.json"
        program = [PYTHON, str(HERE / "requests_of_run.py"), str(file), command, *options]
        self._done(program)
        found: Run = json.loads(file.read_text("utf-8"))
        return found

    def cost(self, command: list[str]) -> Cost:
        """Run a command once, and return its cost. Raise SystemExit if it fails."""
        return Cost(*map(float, self._done([PYTHON, str(HERE / "cost.py"), *command]).split()))

    def pairs(self, ours: list[str], theirs: list[str], rounds: int) -> tuple[Cost, Cost]:
        """Return the median costs of two commands that run in turns, without the first round."""
        found = [(self.cost(ours), self.cost(theirs)) for _ in range(rounds + 1)][1:]
        return tuple(Cost(*map(statistics.median, zip(*side, strict=True))) for side in zip(*found, strict=True))  # type: ignore[return-value]

    def _done(self, command: list[str]) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment |= {"PYTHONPATH": str(TREE), "PYTHONDONTWRITEBYTECODE": ""}
        result = subprocess.run(
            self.trusting(command), capture_output=True, text=True, check=False, env=environment, cwd=self.directory
        )
        if result.returncode:
            raise SystemExit(f"{shlex.join(command[:4])} ended with {result.returncode}:\n{result.stderr}")
        return result.stdout


def job(*options: str, command: str = "run") -> list[str]:
    """Return a command of the program on Debian's Python."""
    return [PYTHON, "-c", START, command, *options]


def replayed(monitors: int) -> ReplayServer:
    """Return a replayed Uptime Kuma with this many monitors, all up."""
    base = recording("v2.5.3", "all-up")
    badge = base.answers["/api/badge/1/uptime/168"]
    bodies = {
        "/metrics": synthetic.metrics_text(monitors),
        "/api/status-page/elytra": synthetic.page_json(monitors),
        "/api/status-page/heartbeat/elytra": synthetic.heartbeat_json(min(monitors, 1000), datetime.now(UTC)),
    }
    answers = {path: replace(base.answers[path], body=body, recorded_at=None) for path, body in bodies.items()}
    for hours in (168, 720):
        answers |= {f"/api/badge/{number}/uptime/{hours}": badge for number in range(1, monitors + 1)}
    return ReplayServer(replace(base, answers=answers), api_key="bench")


@contextmanager
def world(directory: Path, monitors: int = MONITORS, objects: int = OBJECTS) -> Iterator[World]:
    """Start the servers, with this many monitors and backups."""
    with CephGateway(directory / "gateway") as gateway, replayed(monitors) as kuma:
        for bucket in (STATUS, BACKUPS, STATUS_BEFORE):
            new_bucket(gateway, bucket)
        gateway.fill(BACKUPS, [f"nightly/{number:06}.sql.gz" for number in range(objects)], b"x")
        store = directory / "ca-certificates.crt"
        store.write_bytes(Path(STORE).read_bytes() + gateway.ca_file.read_bytes())
        yield World(directory, gateway, kuma, store)


def new_bucket(gateway: CephGateway, name: str) -> None:
    """Create a bucket whose documents pages of all sites may read."""
    client = gateway.client(gateway.owner)
    client.create_bucket(Bucket=name)
    client.put_bucket_cors(Bucket=name, CORSConfiguration=FOR_ALL)


def counts(run: Run) -> Counter[str]:
    """Return how many requests a run sent by method; `LIST` stands for a listing."""
    return Counter("LIST" if "list-type=2" in one["path"] else one["method"] for one in run["requests"])


def uploaded(run: Run) -> set[str]:
    """Return the names of the documents that a run uploaded."""
    return {one["path"].partition(f"/{STATUS}/")[2] for one in run["requests"] if one["method"] == "PUT"}


def uploads(here: World) -> Path:
    """Return a directory with all published documents, for the bare script to upload."""
    client, directory = here.gateway.client(here.gateway.owner), here.directory / "uploads"
    for item in client.list_objects_v2(Bucket=STATUS)["Contents"]:
        path = directory / item["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(client.get_object(Bucket=STATUS, Key=item["Key"])["Body"].read())
    return directory


def bare(here: World, run: Run, storage: str) -> list[str]:
    """Return the bare script with the requests of a run."""
    file = here.directory / f"bare-{urlsplit(storage).port}.json"
    file.write_text(json.dumps(run), "utf-8")
    keys = here.gateway.owner
    program = [PYTHON, str(HERE / "bare.py"), str(file), str(uploads(here)), storage]
    return [*program, keys.access_key, keys.secret_key, str(SCHEMA)]


def curl(here: World, run: Run) -> list[str]:
    """Return curl alone with the requests of a run, without signatures: what cannot be done for less."""
    directory, file = uploads(here), here.directory / "curl.conf"
    lines: list[str] = []
    for one in run["requests"]:
        lines += ["next"] if lines else []
        lines += [f'url = "{one["server"]}{one["path"]}"', 'output = "/dev/null"']
        if one["method"] == "HEAD":
            lines.append("head")
        elif one["method"] == "PUT":
            lines.append(f'upload-file = "{directory / one["path"].partition(f"/{STATUS}/")[2]}"')
    file.write_text("\n".join(lines), "utf-8")
    return ["curl", "--silent", "--config", str(file)]


class Row(NamedTuple):
    """A figure with its limit."""

    name: str
    figure: float
    limit: float = math.inf
    more: str = ""

    @property
    def is_within(self) -> bool:
        """Whether the figure is within the limit."""
        return self.figure <= self.limit

    def __str__(self) -> str:
        mark = " " if self.is_within else "!"
        limit = "" if self.limit == math.inf else f"at most {self.limit:g}"
        return f"{mark} {self.name:62} {self.figure:9.2f}  {limit:13} {self.more}".rstrip()


def steady(here: World, *options: str) -> Run:
    """Return what a run sends if nothing happens and everything is published already."""
    here.recorded(*options)
    here.recorded(*options)
    # Two runs of one second publish the same documents.
    time.sleep(1)
    return here.recorded(*options)


def what_is_sent(here: World, name: str = "default") -> list[Row]:
    """Return requests, connections and bytes of a run, which are the same on every machine."""
    options = here.settings(name)
    run = steady(here, *options)
    found = counts(run)
    listed = f"{dict(found)}"
    with_components = here.with_history("components", COMPONENTS=components())
    large = bytes_a_day(here, *with_components)
    return [
        Row("connections of a run", run["connections"], 10),
        Row("PUT and LIST requests a day", RUNS_A_DAY * (found["PUT"] + found["LIST"]), 1300, listed),
        Row("MB sent a day, 50 components, 90 days", large / 1e6, 30),
    ]


def bytes_a_day(here: World, *options: str) -> int:
    """Return how many bytes are sent in a day on which nothing happens, with the documents that only some runs write.

    These are larger than requests are, so that their headers do not count.
    """
    run = steady(here, *options)
    size = here.published(history_json.NAME)
    assert history_json.NAME not in uploaded(run), "it is counted for itself"
    return RUNS_A_DAY * run["bytes_sent"] + math.ceil(timedelta(days=1) / history_json.PUBLISHED_FOR) * size


def components(count: int = MONITORS) -> str:
    """Return the setting that makes this many components, each of one monitor."""
    return "; ".join(f"Service {number}: {number}" for number in range(1, count + 1))


def public_address(here: World) -> str:
    """Return the address of status.json at another port, at which the storage answers too."""
    port = urlsplit(here.gateway.https_endpoint).port or 0
    return f"https://127.0.0.1:{delay.start(port, 0)}/{STATUS}/status.json"


def what_it_costs(here: World, rounds: int) -> Iterator[Row]:
    """Measure a run against the bare script and the shell pipeline, and yield ratios."""
    storage = here.gateway.https_endpoint
    options = here.settings("default")
    run = steady(here, *options)
    ours, theirs = here.pairs(job(*options), bare(here, run, storage), rounds)
    yield Row("processor time against a bare script", ours.processor / theirs.processor, 1.10, _pair(ours, theirs))
    yield Row("peak memory in MiB", ours.memory, 64, f"bare script {theirs.memory:.0f}")
    ours, theirs = here.pairs(job(*options), curl(here, run), rounds)
    yield Row("processor time against curl alone", ours.processor / theirs.processor, more=_pair(ours, theirs))
    yield first_run(here, rounds)
    options = here.settings("elsewhere", STATUS_URL=public_address(here))
    run = steady(here, *options)
    ours, theirs = here.pairs(job(*options), bare(here, run, storage), rounds)
    yield Row("the same, STATUS_URL elsewhere", ours.processor / theirs.processor, 1.20, _pair(ours, theirs))
    far = f"https://127.0.0.1:{delay.start(urlsplit(storage).port or 0, 0.08)}"
    kuma = f"http://127.0.0.1:{delay.start(urlsplit(here.kuma.url).port or 0, 0.08)}"
    options = here.settings("far", SPACES_ENDPOINT=far, UPTIME_KUMA_URL=kuma)
    run = steady(here, *options)
    ours, theirs = here.pairs(job(*options), bare(here, run, far), rounds)
    yield Row("wall time against it, 80 ms away", ours.wall / theirs.wall, 0.55, _pair(ours, theirs))
    options = here.settings("one", PUBLISH="status")
    shell = [str(HERE / "pipeline.sh"), here.kuma.url, "bench", storage, STATUS, BACKUPS]
    keys = {"AWS_ACCESS_KEY_ID": here.gateway.owner.access_key, "AWS_SECRET_ACCESS_KEY": here.gateway.owner.secret_key}
    with_keys = ["env", *(f"{name}={value}" for name, value in keys.items()), "AWS_DEFAULT_REGION=us-east-1", *shell]
    steady(here, *options)
    # The figure is close to its limit, and medians of few pairs differ by more than that on a busy machine.
    ours, theirs = here.pairs(job(*options), with_keys, max(rounds, 11))
    yield Row(
        "processor time against curl, jq and awscli", ours.processor / theirs.processor, 0.30, _pair(ours, theirs)
    )


def first_run(here: World, rounds: int) -> Row:
    """Measure a run without saved state, with an empty bucket: it writes and reads back every document."""

    def options(name: str) -> list[str]:
        new_bucket(here.gateway, f"bench-{name}")
        return here.settings(name, STATUS_BUCKET=f"bench-{name}")

    middle = statistics.median(here.cost(job(*options(f"first-{number}"))).processor for number in range(rounds))
    sent = dict(counts(here.recorded(*options("first"))))
    return Row("processor time of a first run in s, nothing saved", middle, more=f"{sent}")


def a_day(here: World, rounds: int) -> Iterator[Row]:
    """Measure the processor time of all runs and freshness checks of a day against that of an earlier version."""
    tree = here.directory / "earlier"
    tree.mkdir()
    archive = subprocess.run(["git", "archive", BEFORE], cwd=TREE, capture_output=True, check=True).stdout
    subprocess.run(["tar", "--extract"], cwd=tree, input=archive, check=True)
    options, then = here.settings("default"), here.settings("before", STATUS_BUCKET=STATUS_BEFORE)
    earlier = ["env", f"PYTHONPATH={tree}"]
    here.cost([*earlier, *job(*then)])
    steady(here, *options)
    ours = theirs = 0.0
    for command, times in (("run", RUNS_A_DAY), ("check-freshness", CHECKS_A_DAY)):
        now, before = here.pairs(job(*options, command=command), [*earlier, *job(*then, command=command)], rounds)
        ours, theirs = ours + times * now.processor, theirs + times * before.processor
    yield Row("a day's processor time against " + BEFORE, ours / theirs, 0.55, f"{ours:.0f} s and {theirs:.0f} s")


def _pair(ours: Cost, theirs: Cost) -> str:
    return (
        f"processor {ours.processor:.2f} s and {theirs.processor:.2f} s, wall {ours.wall:.2f} s and {theirs.wall:.2f} s"
    )
