# SPDX-License-Identifier: MIT
"""Unprivileged containers, whose images change every service, and which refuse parts of a sandbox."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.booted import administrator as admin
from tests.booted.administrator import FRESHNESS, RUN
from tests.booted.conftest import Buckets, machine_of_image
from tests.booted.machine import Machine
from tests.booted.outside import Outside

# The drop-in that images of LXC and Incus write at boot, for all services of an unprivileged container.
LXC = """[Service]
ProcSubset=all
ProtectProc=default
ProtectControlGroups=no
ProtectKernelTunables=no
NoNewPrivileges=no
LoadCredential=
PrivateNetwork=no
ImportCredential=
"""
COPIES = "/run/elytra-status-settings"
USERS, MOUNTS = "max_user_namespaces", "max_mnt_namespaces"


@pytest.fixture(scope="module")
def installed(image: Path, outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """An unprivileged container with the package installed: its root has no rights outside."""
    options = ("--private-users=pick", "--private-users-ownership=chown")
    with machine_of_image(image, tmp_path_factory.mktemp("container") / "copy", outside, *options) as machine:
        yield machine


@pytest.fixture
def container(configured: Machine, settings: dict[str, object], outside: Outside) -> Machine:
    """The container after just an installation, with settings, and its activations put off."""
    admin.allow_pages(configured, settings, outside.gateway.owner)
    return configured


@pytest.fixture
def of_lxc(container: Machine, suite: str) -> Iterator[Machine]:
    """The container with the drop-in of LXC's images for all services."""
    file = "/run/systemd/system/service.d/zzz-lxc-service.conf"
    # Debian 12's systemd does not know the last line, and logs that for each service, again and again.
    text = LXC.replace("ImportCredential=\n", "") if suite == "bookworm" else LXC
    container.run(f"mkdir -p {Path(file).parent}; cat > {file}; systemctl daemon-reload", input=text)
    assert "/etc/elytra-status" not in container.run(f"systemctl show --property=LoadCredential {RUN}").stdout
    yield container
    container.run(f"rm {file}; systemctl daemon-reload")


@contextmanager
def refusing(machine: Machine, kind: str) -> Iterator[None]:
    """Make the kernel refuse new namespaces of a kind to this container alone."""
    limit = f"/proc/sys/user/{kind}"
    inside = ["nsenter", f"--target={machine.leader}", "--user", "/bin/sh", "-ec"]
    kept = subprocess.run([*inside, f"cat {limit}; echo 0 > {limit}"], check=True, capture_output=True, text=True)
    try:
        yield
    finally:
        subprocess.run([*inside, f"echo {kept.stdout.strip()} > {limit}"], check=True)


def publishes(machine: Machine, outside: Outside, buckets: Buckets) -> bool:
    # What an earlier run has published in the same second may have the same bytes.
    outside.gateway.client(outside.gateway.owner).delete_object(Bucket=buckets.status, Key="status.json")
    return admin.start(machine, check=False) and outside.visit(f"{buckets.status}/status.json").status == 200


def mends(machine: Machine) -> str:
    """Return the commands in the first lines of the drop-in for containers."""
    text = machine.run("cat /usr/share/elytra-status/container.conf").stdout
    return "\n".join(re.findall(r"(?m)^#   (.+)$", text))


def test_the_whole_sandbox_works_in_an_unprivileged_container(
    container: Machine, outside: Outside, buckets: Buckets
) -> None:
    assert publishes(container, outside, buckets)
    assert admin.start(container, FRESHNESS)
    assert container.run(f"ls -A {COPIES}").stdout == ""


def test_where_lxc_takes_the_credentials_away_it_publishes_and_notifies(
    of_lxc: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    of_lxc.write("/etc/elytra-status/conf.d/20-policy.conf", "BACKUP_POLICY=Weekly.\n", 0o640)
    secret = "spaces_secret_key"
    of_lxc.write(f"{admin.CREDENTIALS}/{secret}", str(settings[secret.upper()]), 0o600)
    admin.write_settings(of_lxc, {name: value for name, value in settings.items() if name != secret.upper()})
    assert publishes(of_lxc, outside, buckets)
    assert b"Weekly." in outside.visit(f"{buckets.status}/status.json").body
    assert admin.start(of_lxc, FRESHNESS)
    assert of_lxc.run(f"ls -A {COPIES}").stdout == ""
    of_lxc.run(f"rm /etc/elytra-status/conf.d/20-policy.conf {admin.CREDENTIALS}/{secret}")
    assert not admin.start(of_lxc, check=False)  # The key is missing: 78, and no second attempt.
    admin.wait_until(lambda: outside.mailbox.mails, admin.SECONDS, "a mail about the failure")
    assert "(exit 78)" in outside.mailbox.mails[0]["Subject"]


def test_a_secret_that_a_drop_in_hands_over_counts_there_too(
    of_lxc: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    secrets = ("SPACES_SECRET_KEY", "SMTP_PASSWORD")
    admin.write_settings(of_lxc, {name: value for name, value in settings.items() if name not in secrets})
    for name in secrets:
        of_lxc.write(f"/root/{name}", str(settings[name]), 0o600)
    lines = "".join(f"LoadCredential={name.lower()}:/root/{name}\n" for name in secrets)
    for unit in (RUN, "elytra-status-alert@.service"):
        # After the drop-in of LXC, by its name.
        of_lxc.write(f"/etc/systemd/system/{unit}.d/zzzz.conf", f"[Service]\n{lines}")
    of_lxc.run("systemctl daemon-reload")
    assert publishes(of_lxc, outside, buckets)
    alert_goes_out(of_lxc, outside)


def test_nobody_else_may_read_the_copies(of_lxc: Machine, outside: Outside) -> None:
    look = f"cat {COPIES}/{RUN}/elytra-status.conf"
    # Root's own command at the end of each run, before the copies are removed.
    seen = f"ExecStopPost=\nExecStopPost=+/bin/sh -c 'find {COPIES} -printf \"%%m %%u:%%g %%f\\n\" > /root/copies'\n"
    other = f"ExecStopPost=-+setpriv --reuid=nobody --regid=nogroup --clear-groups {look}\n"
    admin.drop_in(of_lxc, RUN, f"[Service]\n{seen}{other}")
    assert admin.start(of_lxc)
    listed = dict(line.rsplit(" ", 1)[::-1] for line in of_lxc.run("cat /root/copies").stdout.splitlines())
    assert listed["elytra-status-settings"] == "711 root:root"
    assert listed[RUN] == "750 root:elytra-status"
    assert listed["elytra-status.conf"] == "640 root:elytra-status"
    told = [entry.message for entry in admin.entries(of_lxc, f"UNIT={RUN}", "-b")]
    told += [entry.message for entry in admin.entries(of_lxc, f"_SYSTEMD_UNIT={RUN}", "-b")]
    assert any("Permission denied" in message for message in told)
    of_lxc.run(f"/usr/libexec/elytra-status/hand-over --end {RUN}")


@pytest.mark.parametrize("name", ["elytra-status.conf", "conf.d", "credentials"])
def test_without_credentials_a_missing_file_is_an_error_with_a_remedy(
    name: str, of_lxc: Machine, outside: Outside
) -> None:
    place = f"/etc/elytra-status/{name}"
    of_lxc.run(f"mv {place} {place}.away")
    assert not admin.start(of_lxc, check=False)
    assert of_lxc.show(RUN, "ExecMainStatus", "NRestarts") == {"ExecMainStatus": "243", "NRestarts": "0"}
    of_lxc.run(f"mv {place}.away {place}")
    (message,) = [
        entry.message
        for entry in admin.entries(of_lxc, f"_SYSTEMD_UNIT={RUN}", "-b")
        if f"{place}: is missing" in entry.message
    ]
    assert message.startswith(f"{place}: is missing. Create it: ")
    # The alert may still be running, with its own copies.
    left = of_lxc.run(f"ls -A {COPIES}").stdout.split()
    assert [copy for copy in left if not copy.startswith("elytra-status-alert@")] == []


# Debian 13's systemd needs its own mount namespace to make StateDirectory= if there is a limit.
REFUSED = {"bookworm": ((USERS, "217"), (MOUNTS, "243")), "trixie": ((USERS, "217"),)}


def test_where_the_sandbox_is_refused_the_drop_in_of_the_package_mends_it(
    container: Machine, outside: Outside, buckets: Buckets, suite: str
) -> None:
    for kind, status in REFUSED[suite]:
        outside.mailbox.mails.clear()
        with refusing(container, kind):
            assert not admin.start(container, check=False)
            assert container.show(RUN, "ExecMainStatus") == {"ExecMainStatus": status}
            told = container.run("elytra-status doctor", check=False).stdout
            assert "the commands are in the first lines of /usr/share/elytra-status/container.conf" in " ".join(
                told.split()
            )
            container.run(mends(container))
            assert publishes(container, outside, buckets), kind
            assert admin.start(container, FRESHNESS)
            alert_goes_out(container, outside)
        admin.remove_drop_ins(container)
        admin.rest(container)


def test_setup_puts_the_drop_in_where_the_service_needs_it(
    container: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    answers = "".join(f'{name}="{value}"\n' for name, value in settings.items())
    with refusing(container, USERS):
        assert not admin.start(container, check=False)
        done = container.run("elytra-status setup --answers -", check=False, input=answers)
        assert "elytra-status setup --container turns it off" in done.stdout, done.stdout + done.stderr
        assert done.returncode == 69
        done = container.run("elytra-status setup --container --answers -", check=False, input=answers)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "status:    operational" in done.stdout
        units = ("elytra-status", "elytra-status-freshness", "elytra-status-alert@")
        files = [f"/etc/systemd/system/{unit}.service.d/container.conf" for unit in units]
        assert done.stdout.splitlines()[-1] == f"changed: {', '.join(files)}"
        assert publishes(container, outside, buckets)
    admin.remove_drop_ins(container)
    admin.rest(container)


def alert_goes_out(machine: Machine, outside: Outside) -> None:
    outside.mailbox.mails.clear()
    admin.drop_in(machine, RUN, "[Service]\nRestart=no\nExecStart=\nExecStart=/bin/false\n")
    assert not admin.start(machine, check=False)
    admin.wait_until(lambda: outside.mailbox.mails, admin.SECONDS, "a mail about the failure")
    machine.run(f"rm /etc/systemd/system/{RUN}.d/test.conf; systemctl daemon-reload")


def test_a_mount_that_is_refused_ends_in_226_without_the_drop_in(
    container: Machine, outside: Outside, buckets: Buckets, suite: str
) -> None:
    if MOUNTS not in dict(REFUSED[suite]):
        pytest.skip("Debian 13's systemd cannot be told so by a limit")
    # As in LXC: credentials are not what fails first.
    admin.drop_in(container, RUN, "[Service]\nRestart=no\nLoadCredential=\n")
    with refusing(container, MOUNTS):
        assert not admin.start(container, check=False)
        assert container.show(RUN, "ExecMainStatus") == {"ExecMainStatus": "226"}
        container.run(mends(container))
        assert publishes(container, outside, buckets)
