# SPDX-License-Identifier: MIT
"""A state directory that cannot be written to: one notification, and runs do not open an incident again and again.

These are real runs with a real mail server. The state directory is a disk of its own that is read-only, full, nearly
full or not writable. The documents are on another disk, as with a bucket.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from elytra_status.demo.replay import ReplayServer
from tests.alert_servers import mail_server
from tests.conftest import API_KEY
from tests.installation import Installation, mounted

pytestmark = pytest.mark.slow

Start = Callable[..., ReplayServer]

# How the state directory breaks, how it is repaired, and the error of a run in between.
FILL, EMPTY = 'cat /dev/zero > "$STATE/filler" 2> /dev/null || true', 'rm "$STATE/filler"'
BROKEN = {
    "read-only": ('mount -o remount,bind,ro "$STATE"', 'mount -o remount,bind,rw "$STATE"', ""),
    "full": (FILL, EMPTY, ""),
    # There is room for one byte, but not for what a run saves.
    "nearly full": (f'{FILL}; truncate --size=-4096 "$STATE/filler"', EMPTY, ""),
    # Even root may not write there without the capability, which its children must not inherit either.
    "forbidden": ('chmod 0555 "$STATE"', 'chmod 0755 "$STATE"', "setpriv --inh-caps=-all --bounding-set=-dac_override"),
}
RUNS = 5
# Does some runs in one process, and keeps what each has published in a directory named after its number.
PROGRAM = """
import shutil, sys
from tests.in_process import run_words
kept, first, last, *words = sys.argv[1:]
for number in range(int(first), int(last)):
    assert run_words(*words) == 0
    shutil.copytree(f"{kept}/public", f"{kept}/run-{number}")
"""


@pytest.mark.parametrize(
    ("how", "begins"),
    [
        ("read-only", "before"),
        ("read-only", "meanwhile"),
        ("full", "meanwhile"),
        ("nearly full", "before"),
        ("nearly full", "meanwhile"),
        ("forbidden", "before"),
    ],
)
def test_an_outage_meanwhile_is_one_incident_and_each_condition_one_notification(
    how: str, begins: str, installation: Installation, start_kuma: Start
) -> None:
    breaks, mends, called_by = BROKEN[how]
    kuma = start_kuma("v2.5.3", "one-down")
    with mail_server() as mailbox:
        installation.set(
            UPTIME_KUMA_URL=kuma.url,
            UPTIME_KUMA_API_KEY=API_KEY,
            UPTIME_KUMA_STATUS_PAGE="elytra",
            PUBLIC_DIRECTORY=str(installation.directory / "public"),
            PUBLISH="status,feed,statuspage,calendar,history",
            CONFIRM_AFTER_SECONDS="1",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(mailbox.port),
            SMTP_SECURITY="none",
            SMTP_FROM="from@example.com",
            ALERT_EMAIL_TO="to@example.com",
        )
        words = [sys.executable, "-c", PROGRAM, str(installation.directory)]
        run = f'run() {{ {called_by} {shlex.join(words)} "$@" run {shlex.join(installation.options())} > /dev/null; }}'
        before = "run 0 1" if begins == "before" else ":"
        script = f"{run}\n{before}; {breaks}; run 1 {RUNS + 1}; {mends}; run {RUNS + 1} {RUNS + 3}"
        result = mounted(
            installation,
            script,
            TMPDIR=str(installation.directory),
            PYTHONPATH=str(Path(__file__).resolve().parents[2]),
        )
    assert result.returncode == 0, result.stderr
    subjects = [str(mail["Subject"]).partition(": ")[2].partition(",")[0] for mail in mailbox.mails]
    assert sorted(one.partition(" after ")[0] for one in subjects) == [
        "saved state is in order again",
        "the state directory is not writable",
        "there is an outage of the platform",
    ]
    published = [installation.directory / f"run-{number}" for number in range(1, RUNS + 1)]
    assert {json.loads((one / "status.json").read_bytes())["platform_status"] for one in published} == {"outage"}
    assert len({opened(one) for one in published}) == 1


def opened(directory: Path) -> str:
    """Return the incidents in the documents, with their beginnings."""
    api = json.loads((directory / "api" / "v2" / "incidents.json").read_bytes())["incidents"]
    feed = (directory / "feed.atom").read_text().partition("<entry>")[2]
    return json.dumps([api, feed])
