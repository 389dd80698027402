# SPDX-License-Identifier: MIT
"""docs/backups.md: its commands and units run as written, on a copy of this machine, and the job judges the result.

`systemctl start` is done without systemd, which does not run in a container.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from elytra_status.settings import Settings
from elytra_status.sources.backup_evidence import KINDS
from tests.backup_programs.guide import GUIDE, ROOT, commands, prepared, settings_of, start
from tests.backup_programs.programs import run
from tests.installed import COMMAND

RESTIC_PASSWORD = "echo planted-password > /etc/restic-password"
BORG_PASSPHRASE = "echo planted-password > /etc/borg-passphrase"
BORG_INIT = "BORG_PASSCOMMAND='cat /etc/borg-passphrase' borg init --encryption=repokey"
VERSION = "$(ls /usr/lib/postgresql | sort -n | tail -1)"
# What exists before: a repository, a server. Then what breaks the next backup.
PROGRAMS: dict[str, tuple[str, str]] = {
    "restic": (
        f"{RESTIC_PASSWORD}\nrestic --quiet --repo /srv/restic --password-file /etc/restic-password init",
        "mv /srv/restic /srv/elsewhere",
    ),
    "borg": (f"{BORG_PASSPHRASE}\n{BORG_INIT} /srv/borg", "mv /srv/borg /srv/elsewhere"),
    "borgmatic": (
        f"{BORG_PASSPHRASE}\n{BORG_INIT} /srv/near\n{BORG_INIT} /srv/far\nmkdir -p /etc/borgmatic\n"
        "cat > /etc/borgmatic/config.yaml <<'END'\nlocation:\n    source_directories: [/srv/data]\n"
        "    repositories: [/srv/near, /srv/far]\n"
        "storage:\n    encryption_passcommand: cat /etc/borg-passphrase\nretention:\n    keep_daily: 7\nEND",
        "mv /srv/far /srv/elsewhere",
    ),
    "pgBackRest": (
        f"""cat > /etc/pgbackrest.conf <<'END'
[global]
repo1-path=/var/lib/pgbackrest
repo1-retention-full=2
repo2-path=/srv/pgbackrest
repo2-retention-full=2
start-fast=y
compress-type=none
log-level-console=error
[main]
pg1-path=/srv/cluster
pg1-port=54329
END
pg_createcluster {VERSION} guide --port=54329 --datadir=/srv/cluster -- --no-sync >/dev/null
cat >> /etc/postgresql/{VERSION}/guide/postgresql.conf <<'END'
fsync = off
archive_mode = on
archive_command = 'pgbackrest --stanza=main archive-push %p'
END
pg_ctlcluster {VERSION} guide start
trap 'pg_ctlcluster {VERSION} guide stop -m immediate >/dev/null 2>&1 || true' EXIT
install -d -o postgres -g postgres /srv/pgbackrest /var/lib/pgbackrest /var/log/pgbackrest
runuser -u postgres -- pgbackrest --stanza=main stanza-create
runuser -u postgres -- pgbackrest --stanza=main check""",
        f"pg_ctlcluster {VERSION} guide stop -m immediate >/dev/null",
    ),
    "Ansible": (
        "mkdir -p /etc/ansible && echo 'web1 ansible_connection=local' > /etc/ansible/hosts",
        "mv /srv/data /srv/elsewhere",
    ),
}
# Debian's borgmatic.service prevents sleep while this runs, through a bus that no container has.
BEFORE = {"borgmatic": "/usr/bin/borgmatic --verbosity 0 --log-file /dev/null"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_commands_of_the_guide(program: str, tmp_path: Path) -> None:
    there, breaks = PROGRAMS[program]
    options = f"--config {tmp_path}/settings.conf --state-directory {tmp_path}"
    (tmp_path / "settings.conf").write_text(f"PUBLISH_DIRECTORY={tmp_path}/public\n{settings_of(program)}")
    (tmp_path / "settings.conf").chmod(0o600)
    judge = f"{COMMAND} run {options} && cp {tmp_path}/public/status.json"
    begin = start(program, BEFORE.get(program, ""))
    script = "\n".join(
        [
            prepared(tmp_path / "copy"),
            there,
            *commands(program),
            begin,
            "[ $status -eq 0 ]",
            "test -z \"$(find /var/lib/backups -name '*.part')\"",
            "find /var/lib/backups -type f -printf '%f %m %g\\n' | sort",
            f"{judge} {tmp_path}/good.json",
            breaks,
            begin,
            "[ $status -ne 0 ]",
            f"{judge} {tmp_path}/broken.json",
        ]
    )
    done = run("unshare", "--mount", "--propagation=private", "bash", "-c", script)
    for file, expected in (("good", "success"), ("broken", "failed")):
        backups = json.loads((tmp_path / f"{file}.json").read_text())["backups"]
        assert backups["last_backup_status"] == expected, f"{file}: {done.stdout}{done.stderr}"
    written = done.stdout.splitlines()
    assert len(written) == 2, done.stdout
    assert all(line.endswith(" 640 elytra-status") for line in written), "elytra-status may read it, others may not"


@pytest.mark.parametrize(
    ("exit_status", "expected"), [("0", "0"), ("3", "3"), ("TERM", "255"), ("", "255"), (None, "255")]
)
def test_the_exit_status_that_systemd_gives_is_kept_and_none_is_no_good_sign(
    tmp_path: Path, exit_status: str | None, expected: str
) -> None:
    script, file = ROOT / "docs" / "examples" / "backup-evidence", tmp_path / "e.json"
    environment = {} if exit_status is None else {"EXIT_STATUS": exit_status}
    run(script, file, "echo", "[]", environment=environment)
    assert (file.read_text(), (tmp_path / "e.json.exit").read_text()) == ("[]\n", f"{expected}\n")
    run(script, file, "sh", "-c", "echo half; exit 1", environment=environment, expected=[1])
    assert file.read_text() == "[]\n", "a list that broke off replaces nothing"
    run(script, "--run", file, "sh", "-c", "echo '{}'; exit 2", environment=environment, expected=[2])
    assert (file.read_text(), (tmp_path / "e.json.exit").read_text()) == ("{}\n", "2\n")


def test_the_guide_names_every_kind_of_evidence_and_only_settings_that_exist() -> None:
    text = GUIDE.read_text()
    assert not [setting for setting in KINDS.values() if f"| `{setting.upper()}` |" not in text]
    named = set(re.findall(r"\bBACKUP_[A-Z_]+", text))
    assert not [name for name in named if not hasattr(Settings, name.lower())]
