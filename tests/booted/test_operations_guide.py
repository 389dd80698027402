# SPDX-License-Identifier: MIT
"""The operations guide, followed word for word on a new machine: every command and every setting that it shows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import CONFIGURATION, PUBLIC, STATE
from tests.booted.conftest import Buckets, machine_of
from tests.booted.machine import Machine, copy_of, enter
from tests.booted.outside import Archive, Outside

GUIDE = Path(__file__).parents[2] / "docs/operations.md"
# The guide's time for everything, most of which are clicks in control panels.
FIFTEEN_MINUTES = 15 * 60
SETTING = re.compile(r"([A-Z_]+)=(.*)")


def shown(heading: str) -> list[str]:
    """Return the lines of code below a heading of the guide, in order."""
    (section,) = re.findall(rf"^## {heading}.*?\n(.*?)(?=^## |\Z)", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    assert lines, f"nothing is shown below {heading}"
    return lines


def commands(heading: str) -> list[str]:
    """Return the commands below a heading."""
    return [line for line in shown(heading) if not SETTING.match(line)]


def edit_settings(machine: Machine, heading: str, values: dict[str, object]) -> None:
    """Set the settings below a heading in the settings file, in place or at the end, with the test's values."""
    text = machine.run(["cat", CONFIGURATION]).stdout
    for line in shown(heading):
        if not (setting := SETTING.match(line)):
            continue
        name = setting[1]
        given = f'{name}="{values[name]}"'
        text, found = re.subn(rf"^#{name}=.*$", given, text, flags=re.MULTILINE)
        text += "" if found else f"{given}\n"
    machine.run(f"cat > {CONFIGURATION}", input=text)


@pytest.fixture(scope="module")
def fresh(root: Path, outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine that never had the package, with curl, as rented machines have it."""
    directory = tmp_path_factory.mktemp("guide")
    with copy_of(root, directory / "with-curl") as with_curl:
        enter(with_curl, "apt-get -q update && apt-get -q -y --no-install-recommends install curl")
        with machine_of(with_curl, directory / "copy", outside) as machine:
            yield machine


def test_a_new_machine_publishes_what_the_guide_says_it_does(
    fresh: Machine, archive: Archive, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    machine, began = fresh, time.monotonic()
    # A check between the settings and the first run would find no status.
    admin.put_activations_off(machine)

    def follow(heading: str, only: str = "") -> str:
        """Type in the commands below a heading, and return the output of the last one."""
        said = ""
        for command in commands(heading):
            if only in command:
                typed = command.replace("https://ARCHIVE", archive.url).replace("apt install", "apt install -y")
                done = machine.run(f"({typed}) 2>&1", check="status" not in command)
                said = done.stdout
        return said

    follow("1. Install")
    assert admin.failed_units(machine) == ""
    assert follow("1. Install", "list-timers").count("elytra-status") == 4
    assert "set UPTIME_KUMA_URL in /etc/elytra-status/elytra-status.conf next" in follow(
        "1. Install", "systemctl status"
    )
    assert '"unknown"' in machine.run(["cat", PUBLIC]).stdout

    edit_settings(machine, "5. The settings", settings)
    # The guide's Uptime Kuma is reached by its name over https; its answers do not change, so waiting is pointless.
    machine.run(f"echo CONFIRM_AFTER_SECONDS=1 >> {CONFIGURATION}")
    assert "sources and storage were queried, and nothing was refused" in follow("5. The settings")

    said = follow("6. Who may read it")
    assert "WARNING" in said, "a limited key may not set it"
    assert "in the control panel" in said
    # The panel:
    admin.allow_pages(machine, settings, outside.gateway.owner)
    assert "are allowed already" in admin.allow_pages(machine, settings, outside.gateway.owner)

    follow("7. First run")
    (line,) = [line for line in follow("7. First run", "systemctl status").splitlines() if "Status:" in line]
    wanted = rf"operational: \d+ monitors, none down, pending or unknown; published to bucket {buckets.status}"
    assert re.search(wanted, line), line
    assert outside.visit(f"{buckets.status}/status.json").status == 200
    assert time.monotonic() - began < FIFTEEN_MINUTES / 3

    edit_settings(machine, "9. Alerts", settings)
    machine.run(f"echo SMTP_PORT={outside.mailbox.port} >> {CONFIGURATION}")
    outside.mailbox.mails.clear()
    follow("9. Alerts")
    (mail,) = outside.mailbox.mails
    assert "alerts arrive, nothing has failed" in mail["Subject"]

    said = follow("10. Check that everything works")
    assert "✓ write status" in said
    assert "✗" not in said, said

    assert "elytra-status.timer" in follow("What to watch", "list-timers")
    assert "published status.json" in follow("What to watch", "--since today")
    assert "ELYTRA_STATUS_RULE=all-up" in follow("What to watch", "-o verbose")
    assert machine.run(f"stat -c %U {STATE}/last-run.json").stdout == "elytra-status\n"
    assert admin.failed_units(machine) == ""
