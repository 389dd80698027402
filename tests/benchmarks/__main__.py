# SPDX-License-Identifier: MIT
"""make bench: the cost of a run, as ratios measured in one go, because machines differ and are noisy.

The exit status is 1 if a figure exceeds its limit.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests import synthetic
from tests.benchmarks import history, production, serving
from tests.benchmarks.production import MONITORS, PYTHON, Cost, Row, World, job

ROUNDS = 7
LARGE = 10_000
PARSE = (
    "import sys; from prometheus_client.parser import text_string_to_metric_families as parse;"
    "print(sum(len(family.samples) for family in parse(open(sys.argv[1]).read())))"
)


def main() -> int:
    """Measure everything, print each figure with its limit, and return the exit status."""
    is_within = True
    for row in rows():
        print(row, flush=True)
        is_within &= row.is_within
    serving.main()
    return 0 if is_within else 1


def rows() -> Iterator[Row]:
    """Yield every figure with its limit."""
    with tempfile.TemporaryDirectory() as name, production.world(Path(name)) as here:
        yield from production.what_is_sent(here)
        yield from production.what_it_costs(here, ROUNDS)
        yield from production.a_day(here, ROUNDS)
        for option in ("--version", "--help"):
            ours, theirs = here.pairs(job(command=option), [PYTHON, "-c", "pass"], 15)
            yield Row(f"wall time of {option} against python3 -c pass", ours.wall / theirs.wall, 2.0)
        yield from against_parsing_alone(here)
        yield from growth(here)
    yield from the_history()


def against_parsing_alone(here: World) -> Iterator[Row]:
    """Measure a poll of many monitors in /metrics, compared with just parsing that text."""
    text = here.directory / "metrics.txt"
    text.write_bytes(synthetic.metrics_text(LARGE))
    with production.replayed(LARGE) as kuma:
        options = replace(here, kuma=kuma).settings("metrics", UPTIME_KUMA_STATUS_PAGE="", BACKUP_BUCKET="")
        ours, theirs = here.pairs(job(*options, command="summary"), [PYTHON, "-c", PARSE, str(text)], 3)
    yield Row(f"processor time, {LARGE} monitors, against parsing alone", ours.processor / theirs.processor, 3.0)
    yield Row("its peak memory in MiB", ours.memory, 150)


def growth(here: World) -> Iterator[Row]:
    """Measure how a run's processor time grows with monitors, backups, components, history and sources."""
    for monitors in (50, 1000, LARGE):
        with production.replayed(monitors) as kuma:
            yield _grown(replace(here, kuma=kuma), f"{monitors} monitors", 0)
    for objects in (1000, 20_000):
        bucket = f"bench-{objects}"
        here.gateway.client(here.gateway.owner).create_bucket(Bucket=bucket)
        here.gateway.fill(bucket, [f"nightly/{number:06}.sql.gz" for number in range(objects)], b"x")
        yield _grown(here, f"{objects} backups", 0, BACKUP_BUCKET=bucket)
    for count in (1, 10, MONITORS):
        yield _grown(here, f"{count} components", 0, COMPONENTS=production.components(count))
    for days in (0, 90, 400):
        yield _grown(here, f"{days} days of history, {MONITORS} components", days, COMPONENTS=production.components())
    office = {"OFFICE_UPTIME_KUMA_URL": here.kuma.url, "OFFICE_UPTIME_KUMA_API_KEY": "bench"}
    yield _grown(here, "2 sources", 0, SOURCES="uptime_kuma, uptime_kuma:office", **office)


def _grown(here: World, what: str, days: int, **values: str) -> Row:
    name = what.replace(" ", "-").replace(",", "")
    options = here.settings(name, **values)
    if days:
        (here.directory / name).mkdir()
        history.fill(here.directory / name, MONITORS, days, datetime.now(UTC))
    production.steady(here, *options)
    costs = sorted(here.cost(job(*options)) for _ in range(3))
    middle = Cost(*(sorted(part)[1] for part in zip(*costs, strict=True)))
    return Row(f"processor time of a run in s, {what}", middle.processor, more=f"{middle.memory:.0f} MiB")


def the_history() -> Iterator[Row]:
    """Measure how fast heartbeats are saved, and the size of the file with 1,000 monitors and 400 days."""
    with tempfile.TemporaryDirectory() as name:
        yield Row("s to take in 100,000 heartbeats of 1,000 monitors", history.seconds_to_take_in(Path(name)), 2.0)
    with tempfile.TemporaryDirectory() as name:
        full, later = history.megabytes(Path(name))
        yield Row("MB of the history of 1,000 monitors and 400 days", full, 200.0)
        yield Row("MB after three days more, 50 of them changing each minute", later, 200.0)


if __name__ == "__main__":
    sys.exit(main())
