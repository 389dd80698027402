# SPDX-License-Identifier: MIT
"""Secrets stay where they were put, in whatever way they were given, in success and in failure."""

from __future__ import annotations

import gzip
import subprocess
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from elytra_status.demo.replay import ReplayFault
from tests.booted import administrator as admin
from tests.booted.administrator import CONFIGURATION, CREDENTIALS, FRESHNESS, RUN, SERVICES, TIMERS
from tests.booted.conftest import Buckets
from tests.booted.machine import Machine
from tests.booted.outside import Outside

SECRETS = (
    "UPTIME_KUMA_API_KEY",
    "SPACES_ACCESS_KEY",
    "SPACES_SECRET_KEY",
    "BACKUP_ACCESS_KEY",
    "BACKUP_SECRET_KEY",
    "SMTP_PASSWORD",
)
ENCRYPTED = "/etc/elytra-status/encrypted"
METHODS = ("in the settings", "as files", "encrypted")
SEARCHED = "/boot /etc /home /opt /root /run /srv /tmp /usr /var"


def shapes(secret: str) -> set[str]:
    """Return the forms in which a secret could be written."""
    alone, as_password = b64encode(secret.encode()).decode(), b64encode(f":{secret}".encode()).decode()
    return {secret, quote(secret, safe=""), alone.rstrip("="), as_password.rstrip("=")}


def give(machine: Machine, settings: dict[str, object], method: str) -> set[str]:
    """Give the secrets in one of the ways. Return the files in which they are in clear."""
    public = {name: value for name, value in settings.items() if name not in SECRETS}
    if method == "in the settings":
        admin.write_settings(machine, settings)
        return {CONFIGURATION}
    admin.write_settings(machine, public)
    if method == "as files":
        for name in SECRETS:
            machine.run(f"umask 077; cat > {CREDENTIALS}/{name.lower()}", input=str(settings[name]))
        return {f"{CREDENTIALS}/{name.lower()}" for name in SECRETS}
    machine.run(f"mkdir -p -m 0700 {ENCRYPTED}")
    lines = ""
    for name in map(str.lower, SECRETS):
        machine.run(f"systemd-creds encrypt --name={name} - {ENCRYPTED}/{name}", input=str(settings[name.upper()]))
        lines += f"LoadCredentialEncrypted={name}:{ENCRYPTED}/{name}\n"
    # As elytra-status.conf(5) says: for the job, and for all services whose names begin with elytra-status-.
    for directory in ("elytra-status.service.d", "elytra-status-.service.d"):
        machine.write(f"/etc/systemd/system/{directory}/encrypted.conf", f"[Service]\n{lines}")
    machine.run("systemctl daemon-reload")
    return set()


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    """Each way to give secrets."""
    return str(request.param)


@pytest.fixture
def in_clear(configured: Machine, settings: dict[str, object], outside: Outside, method: str) -> set[str]:
    """The files in which the secrets are in clear after they were given."""
    configured.run(f"rm -rf {CREDENTIALS}/* {ENCRYPTED}")
    return give(configured, {**settings, "LOG_LEVEL": "debug"}, method)


def assert_no_secret(settings: dict[str, object], where: str, text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    for name in SECRETS:
        for shape in shapes(str(settings[name])):
            assert shape.encode() not in content, f"{name} stands in {where}"


def files_with_secrets(machine: Machine, settings: dict[str, object]) -> set[str]:
    """Return the files of the machine that contain a secret in any form."""
    patterns = "\n".join(shape for name in SECRETS for shape in shapes(str(settings[name])))
    found = machine.run(f"grep -rlsaF -f - {SEARCHED} --exclude-dir=host", check=False, input=patterns)
    return set(found.stdout.splitlines())


def test_the_manual_page_says_how_to_encrypt(installed: Machine) -> None:
    page = gzip.decompress((installed.root / "usr/share/man/man5/elytra-status.conf.5.gz").read_bytes()).decode()
    plain = page.replace("\\-", "-").replace("\\&", "")
    assert "systemd-creds encrypt --name=spaces_secret_key" in plain
    assert f"LoadCredentialEncrypted=spaces_secret_key:{ENCRYPTED}/spaces_secret_key" in plain
    assert "elytra-status-.service.d" in plain


def test_no_secret_is_seen_anywhere_while_it_runs_and_while_it_fails(
    configured: Machine,
    settings: dict[str, object],
    in_clear: set[str],
    outside: Outside,
    buckets: Buckets,
    method: str,
) -> None:
    machine = configured

    # While the job waits for a slow Uptime Kuma.
    with outside.kuma_has(ReplayFault(delay=12)):
        outside.kuma.requests.clear()
        admin.begin(machine)
        admin.wait_until(lambda: outside.kuma.requests, admin.SECONDS, "the job asks Uptime Kuma")
        process = machine.show(RUN, "MainPID")["MainPID"]
        assert "elytra-status" in machine.run(f"tr '\\0' ' ' < /proc/{process}/cmdline").stdout
        assert "CREDENTIALS_DIRECTORY" in machine.run(f"tr '\\0' '\\n' < /proc/{process}/environ").stdout
        of_all = machine.run("cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null", check=False).stdout
        assert_no_secret(settings, "the environment or the command line of a process", of_all)
        assert_no_secret(
            settings, "what systemctl show says during the run", machine.run(f"systemctl show {RUN}").stdout
        )
        handed_over = f"/run/credentials/{RUN}"
        assert all(path.startswith(handed_over) for path in files_with_secrets(machine, settings) - in_clear)
        others = machine.run(f"setpriv --reuid=www-data --clear-groups ls {handed_over}", check=False)
        assert others.returncode != 0
    admin.wait_until(lambda: admin.is_at_rest(machine, RUN), admin.SECONDS, "the run ends")
    assert machine.show(RUN, "Result") == {"Result": "success"}, "the secrets did not arrive"
    assert outside.visit(f"{buckets.status}/status.json").status == 200

    # All of them in use, and a failure with a notification.
    admin.drop_in(machine, RUN, "[Service]\nRestart=no\n")
    content = (machine.root / CONFIGURATION.lstrip("/")).read_text("utf-8")
    machine.write(CONFIGURATION, content.replace(buckets.status, "no-such-bucket"), 0o640)
    assert not admin.start(machine, check=False)
    assert not admin.start(machine, FRESHNESS, check=False)
    admin.wait_until(lambda: len(outside.mailbox.raw) >= 2, admin.SECONDS, "two alerts")
    for raw, mail in zip(outside.mailbox.raw, outside.mailbox.mails, strict=True):
        assert_no_secret(settings, "an alert", raw)
        assert_no_secret(settings, "an alert", str(mail["Subject"]) + str(mail.get_content()))

    machine.run("journalctl --sync")
    journal = machine.run("journalctl --no-pager --all --output=export").stdout
    assert "ELYTRA_STATUS_EVENT=monitor" in journal, "the journal was to hold all that is logged at debug"
    assert_no_secret(settings, "the journal", journal)
    units = [*SERVICES, *TIMERS]
    assert_no_secret(settings, "systemctl show", machine.run(["systemctl", "show", *units]).stdout)
    assert_no_secret(settings, "systemctl cat", machine.run(["systemctl", "cat", *units]).stdout)
    assert_no_secret(settings, "config show", machine.run("elytra-status config show", check=False).stdout)
    assert files_with_secrets(machine, settings) == in_clear


def test_by_hand_root_and_nobody_else_can_use_what_is_encrypted(
    configured: Machine, settings: dict[str, object], buckets: Buckets, outside: Outside
) -> None:
    machine = configured
    machine.run(f"rm -rf {CREDENTIALS}/* {ENCRYPTED}")
    give(machine, settings, "encrypted")
    told = []
    for words in ("config check", "config show", "summary", "cors show", "doctor"):
        done = machine.run(f"elytra-status {words}", check=False)
        assert done.returncode != 78, done.stderr
        told += [done.stdout, done.stderr]
    assert "credential of elytra-status.service" in told[2]
    # A person must be able to set an override at any time.
    machine.run(["elytra-status", "override", "set", "--status", "outage", "--note", "A disk has failed."])
    admin.wait_until(lambda: admin.is_at_rest(machine, RUN), admin.SECONDS, "the run ends")
    assert b'"outage"' in outside.visit(f"{buckets.status}/status.json").body
    machine.run(["elytra-status", "override", "clear"])
    assert "cannot be seen" not in "".join(told)
    assert_no_secret(settings, "what commands say", "".join(told))
    # Nobody else may read the settings themselves.
    reader = "setpriv --reuid=www-data --regid=root --clear-groups elytra-status summary"
    refused = machine.run(reader, check=False)
    assert refused.returncode == 78
    assert "this command cannot read it" in refused.stderr
    assert_no_secret(settings, "what others are told", refused.stdout + refused.stderr)
    machine.run(f"rm -rf {ENCRYPTED}")


def test_what_holds_secrets_is_for_root_alone(installed: Machine) -> None:
    listed = installed.run(f"stat -c '%U:%G %a %n' {CONFIGURATION} {CREDENTIALS}").stdout.splitlines()
    assert listed == [f"root:root 640 {CONFIGURATION}", f"root:root 700 {CREDENTIALS}"]


def test_the_package_holds_no_secret(package: Path, settings: dict[str, object], outside: Outside) -> None:
    for part in ("--fsys-tarfile", "--ctrl-tarfile"):
        content = subprocess.run(["dpkg-deb", part, str(package)], check=True, capture_output=True).stdout
        assert_no_secret(settings, "the package", content)
        for private in (
            b"BEGIN PRIVATE",
            b"BEGIN EC PRIVATE",
            b"BEGIN OPENSSH PRIVATE",
            outside.network.address.encode(),
        ):
            assert private not in content
