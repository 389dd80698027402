# SPDX-License-Identifier: MIT
"""make bench: what a run costs, as ratios taken in one go. Machines differ and are noisy; ratios less so."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from elytra_status.demo.replay import ReplayServer
from tests import synthetic
from tests.benchmarks import delay, history, serving
from tests.ceph_gateway import CephGateway
from tests.conftest import recording

MONITORS, OBJECTS, ROUNDS = 50, 2000, 7
HERE = Path(__file__).parent
COMMAND = str(Path(sys.executable).parent / "elytra-status")
LARGE = 10_000


def cost(arguments: list[str]) -> tuple[float, float]:
    """Run a command; return its wall time in seconds and its peak memory in MB. Fail where it fails."""
    measured = [sys.executable, str(HERE / "cost.py"), *arguments]
    result = subprocess.run(measured, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{arguments[:3]} failed:\n{result.stderr}")
    seconds, memory = result.stdout.split()
    return float(seconds), float(memory)


def compare(
    ours: list[str], theirs: list[str], rounds: int = ROUNDS
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the medians of time and memory of two commands, run in turns, the first round left out."""
    pairs = [(cost(ours), cost(theirs)) for _ in range(rounds + 1)][1:]
    seconds, memory = (
        tuple(statistics.median(pair[side][part] for pair in pairs) for side in (0, 1)) for part in (0, 1)
    )
    return (seconds[0], seconds[1]), (memory[0], memory[1])


def tell(what: str, pair: tuple[float, float], unit: str, limit: float) -> None:
    """Print a ratio beside what was hoped for."""
    ratio = pair[0] / pair[1]
    verdict = "" if ratio <= limit else "   <-- more than that"
    print(f"{what:58} {pair[0]:8.3f} {pair[1]:8.3f} {unit:3} ratio {ratio:.2f} (at most {limit}){verdict}", flush=True)


def replayed(monitors: int) -> ReplayServer:
    """Return a replayed Uptime Kuma with so many monitors, all up."""
    base = recording("v2.5.3", "all-up")
    badge = base.answers["/api/badge/1/uptime/168"]
    bodies = {
        "/metrics": synthetic.metrics_text(monitors),
        "/api/status-page/elytra": synthetic.page_json(monitors),
        "/api/status-page/heartbeat/elytra": synthetic.heartbeat_json(min(monitors, 1000), datetime.now(UTC)),
    }
    answers = {path: replace(base.answers[path], body=body, recorded_at=None) for path, body in bodies.items()}
    answers |= {f"/api/badge/{number}/uptime/168": badge for number in range(1, monitors + 1)}
    return ReplayServer(replace(base, answers=answers), api_key="bench")


def run_against(directory: Path, gateway: CephGateway, kuma: str, storage: str) -> tuple[list[str], list[str]]:
    """Return the command of the job, and of the bare script, against some servers."""
    keys = gateway.owner
    settings = {
        "UPTIME_KUMA_URL": kuma,
        "UPTIME_KUMA_API_KEY": "bench",
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "SPACES_ENDPOINT": storage,
        "SPACES_ACCESS_KEY": keys.access_key,
        "SPACES_SECRET_KEY": keys.secret_key,
        "STATUS_BUCKET": "bench-status",
        "BACKUP_BUCKET": "bench-backups",
    }
    file = directory / f"{urlsplit(storage).port}.conf"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    file.chmod(0o600)
    state = directory / "state"
    ours = [COMMAND, "run", "--config", str(file), "--state-directory", str(state)]
    schema = str(HERE.parent.parent / "schema" / "status.schema.json")
    bare = [sys.executable, str(HERE / "bare.py"), kuma, storage, "bench-status", "bench-backups"]
    return ours, [*bare, keys.access_key, keys.secret_key, str(MONITORS), schema]


def main() -> None:
    """Measure everything and print it."""
    print(f"{'':58} {'ours':>8} {'other':>8}")
    with (
        tempfile.TemporaryDirectory() as name,
        CephGateway(Path(name) / "gateway") as gateway,
        replayed(MONITORS) as kuma,
    ):
        directory = Path(name)
        client = gateway.client(gateway.owner, https=False)
        for bucket in ("bench-status", "bench-backups"):
            client.create_bucket(Bucket=bucket)
        gateway.fill("bench-backups", [f"nightly/{number:06}.sql.gz" for number in range(OBJECTS)], b"x")
        seconds, memory = compare(*run_against(directory, gateway, kuma.url, gateway.http_endpoint))
        tell(f"a run, {MONITORS} monitors, {OBJECTS} objects, against a bare script", seconds, "s", 1.2)
        tell("its peak memory", memory, "MB", 1.15)
        kuma_port, storage_port = (urlsplit(url).port or 0 for url in (kuma.url, gateway.http_endpoint))
        far_kuma = f"http://127.0.0.1:{delay.start(kuma_port, 0.08)}"
        far_storage = f"http://127.0.0.1:{delay.start(storage_port, 0.08)}"
        seconds, _ = compare(*run_against(directory, gateway, far_kuma, far_storage), rounds=3)
        tell("the same with 80 ms added to each request", seconds, "s", 0.8)
        many_monitors_with_history(directory, gateway)
    the_history()
    for option in ("--version", "--help"):
        seconds, _ = compare([COMMAND, option], [sys.executable, "-c", "pass"], rounds=15)
        tell(f"elytra-status {option}, against python3 -c pass", seconds, "s", 2.0)
    many_monitors()
    serving.main()


def many_monitors_with_history(directory: Path, gateway: CephGateway) -> None:
    """Time a run with 1,000 monitors and 90 days of history against one with 50 and as many days."""
    commands = []
    with replayed(1000) as large, replayed(MONITORS) as small:
        for kuma, monitors in ((large, 1000), (small, MONITORS)):
            place = directory / str(monitors)
            state = place / "state"
            state.mkdir(parents=True)
            history.fill(state, monitors, 90, datetime.now(UTC))
            commands.append(run_against(place, gateway, kuma.url, gateway.http_endpoint)[0])
        seconds, memory = compare(*commands)
        tell(f"a run, 1000 monitors and 90 days of history, against {MONITORS}", seconds, "s", 1.5)
        tell("its peak memory", memory, "MB", 2.0)


def the_history() -> None:
    """Time how beats are taken in, and weigh the file of 1,000 monitors and 400 days."""
    with tempfile.TemporaryDirectory() as name:
        seconds = history.seconds_to_take_in(Path(name))
        tell("taking in 100000 beats of 1000 monitors, against 2 s", (seconds, 2.0), "s", 1.0)
    with tempfile.TemporaryDirectory() as name:
        full, later = history.megabytes(Path(name))
        tell("the history of 1000 monitors and 400 days, against 200 MB", (full, 200.0), "MB", 1.0)
        tell("it after three days more, 50 of them changing each minute", (later, 200.0), "MB", 1.0)


def many_monitors() -> None:
    """Time a look at many monitors in /metrics against parsing that text alone."""
    with tempfile.TemporaryDirectory() as name, replayed(LARGE) as kuma:
        text = Path(name) / "metrics"
        text.write_bytes(synthetic.metrics_text(LARGE))
        file = Path(name) / "conf"
        file.write_text(f"UPTIME_KUMA_URL={kuma.url}\nUPTIME_KUMA_API_KEY=bench\n")
        ours = [COMMAND, "summary", "--config", str(file), "--state-directory", name]
        parse = (
            "import sys; from prometheus_client.parser import text_string_to_metric_families as parse;"
            "print(sum(len(family.samples) for family in parse(open(sys.argv[1]).read())))"
        )
        seconds, memory = compare(ours, [sys.executable, "-c", parse, str(text)], rounds=3)
        tell(f"{LARGE} monitors in /metrics, against parsing alone", seconds, "s", 3.0)
        tell("its peak memory, against 150 MB", (memory[0], 150.0), "MB", 1.0)


if __name__ == "__main__":
    main()
