# SPDX-License-Identifier: MIT
"""The trial that `make run` makes: the real job on recorded answers, kept up to be looked at."""

from __future__ import annotations

import signal
import subprocess

import pytest
import requests

from tests.installed import COMMAND
from tests.test_cli import environment, heed_signals

SECONDS = 60
WORDS = {"all-up": ("operational", "All systems operational"), "one-down": ("outage", "Service outage")}


@pytest.mark.parametrize("scenario", WORDS)
def test_it_publishes_and_shows_the_page_until_it_is_told_to_stop(scenario: str) -> None:
    pytest.importorskip("moto.server")
    status, headline = WORDS[scenario]
    command = [COMMAND, "demo", "--serve", "--scenario", scenario]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment(), preexec_fn=heed_signals
    ) as process:
        assert process.stdout is not None
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                if "Ctrl-C" in line:
                    break
            assert any(line.startswith(f"Decided: {status}, ") for line in said)
            assert f'  "platform_status": "{status}",\n' in said
            (address,) = [line.split()[-1] for line in said if line.startswith("For people: ")]
            page = requests.get(address, timeout=SECONDS)
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert headline in page.text
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
