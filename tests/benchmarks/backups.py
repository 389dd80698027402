# SPDX-License-Identifier: MIT
"""The cost of a run with a bucket of 1,000,000 backups in 1,000 groups: requests, and seconds of processor time.

python -m tests.benchmarks.backups             everything, printed python -m tests.benchmarks.backups CONF STATE SECONDS
RUNS    the job itself, at that time
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

GROUPS, KEPT = 1000, 1000
MODULE = "tests.benchmarks.backups"
# 4 a.m. in March.
BEGAN = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)


@dataclass
class Bucket:
    """A made-up bucket, and the job's settings and state for it."""

    address: str
    settings: Path
    state: Path

    def run(self, now: datetime, runs: int = 1) -> tuple[int, float]:
        """Run the job in a process of its own; return its requests and its seconds of processor time."""
        set_time(self.address, now)
        self._ask("DELETE")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        arguments = [str(self.settings), str(self.state), f"{now.timestamp():.0f}", str(runs)]
        subprocess.run([sys.executable, "-m", MODULE, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return int(self._ask("DELETE")), seconds

    def _ask(self, method: str) -> str:
        return requests.request(method, self.address, timeout=10).text


def set_time(address: str, now: datetime) -> None:
    """Set the time of the bucket."""
    requests.put(f"{address}/?now={now.timestamp():.0f}", timeout=10)


@contextmanager
def made_bucket(directory: Path, minutes: int, hours: int) -> Iterator[Bucket]:
    """Serve a bucket whose groups all have a backup every few hours, within a number of minutes."""
    command = [sys.executable, "-m", "tests.benchmarks.large_bucket", str(GROUPS), str(KEPT), str(minutes), str(hours)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = server.stdout.readline().strip()
            settings = directory / "conf"
            values = {
                "SPACES_ENDPOINT": address,
                "SPACES_ACCESS_KEY": "bench",
                "SPACES_SECRET_KEY": "bench",
                "BACKUP_BUCKET": "backups",
                "BACKUP_GROUPS": "prefix",
                "LOG_LEVEL": "error",
            }
            settings.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
            settings.chmod(0o600)
            yield Bucket(address, settings, directory / "state")
        finally:
            server.terminate()


def tell(what: str, asked: float, seconds: float, wanted: str = "") -> None:
    """Print the cost of something."""
    print(f"{what:66} {asked:7.1f} requests {seconds:7.2f} s {wanted}", flush=True)


def measure() -> None:
    """Measure the first runs, an evening, and the hour in which each group's next backup is expected."""
    print(f"{GROUPS * KEPT} backups of {GROUPS} groups, a run every 10 minutes")
    for hours in (24, 1):
        with tempfile.TemporaryDirectory() as name, made_bucket(Path(name), 60, hours) as bucket:
            print(f"backups every {hours} h, those of all groups within an hour")
            now = BEGAN
            for number in range(5):
                tell(f"  first runs: run {number + 1}", *bucket.run(now))
                now += TEN_MINUTES
            # Until the evening, six runs in each process, because only the cost of the following runs matters.
            for _ in range(13):
                bucket.run(now, 6)
                now += 6 * TEN_MINUTES
            for what, runs in (("the evening", 36), ("the night's hour", 8)):
                costs = [bucket.run(now + number * TEN_MINUTES) for number in range(runs)]
                asked, seconds = zip(*costs, strict=True)
                span = f"{now:%H:%M} to {now + (runs - 1) * TEN_MINUTES:%H:%M}"
                tell(f"  {what}, {span}: a run, mean", statistics.mean(asked), statistics.mean(seconds))
                tell("    and at most", max(asked), max(seconds), "(wanted: 20, 2 s)" if runs == 36 else "")
                now += runs * TEN_MINUTES
            state = sum(file.stat().st_size for file in bucket.state.iterdir() if file.is_file())
            print(f"  the files of state have {state / 1000:.0f} kB")


def job(settings: str, state: str, seconds: str, runs: str) -> None:
    """Run the job at that time, and again every ten minutes, this many times."""
    import os

    from elytra_status.run import job as refresh
    from elytra_status.settings import load
    from elytra_status.system import journal

    moment = datetime.fromtimestamp(int(seconds), UTC)

    class Clock:
        def now(self) -> datetime:
            return moment

        def monotonic(self) -> float:
            return moment.timestamp()

        def sleep(self, seconds: float) -> None:
            raise AssertionError("nothing is to be confirmed here")

    loaded = load(Path(settings), os.environ).settings
    journal.start_logging("error")
    for number in range(int(runs)):
        if number:
            moment += TEN_MINUTES
            assert loaded.spaces_endpoint
            set_time(loaded.spaces_endpoint, moment)
        outcome = refresh.run(loaded, Clock(), Path(state))
    print(outcome.decision.backups)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        job(*sys.argv[1:])
    else:
        measure()
