# SPDX-License-Identifier: MIT
"""From a fresh machine to the first publication: apt install, elytra-status setup, done."""

from __future__ import annotations

import json
from collections.abc import Mapping

from elytra_status import schema
from tests.at_terminal import AtTerminal
from tests.booted import administrator as admin
from tests.booted.conftest import Buckets
from tests.booted.machine import ENVIRONMENT, Machine
from tests.booted.outside import ORIGIN, PAGE, Archive, Outside

OWN = "/etc/elytra-status/conf.d/50-setup.conf"
ANSWERS = "/root/answers"
SECRETS = ("UPTIME_KUMA_API_KEY", "SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY")


def write_answers(machine: Machine, answers: Mapping[str, object]) -> None:
    machine.write(ANSWERS, "".join(f'{name}="{value}"\n' for name, value in answers.items()), 0o600)


def test_three_commands_lead_to_the_first_publication(
    fresh: Machine, archive: Archive, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    # 1. The archive is added, once for all packages of it.
    admin.add_archive(fresh, archive)
    # 2.
    admin.apt(fresh, "install elytra-status")
    admin.put_activations_off(fresh)
    outside.mailbox.mails.clear()
    write_answers(fresh, settings)
    # 3.
    done = fresh.run(f"elytra-status setup --answers {ANSWERS}", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert f"published: {settings['STATUS_URL']}" in lines
    assert "status:    operational" in lines
    assert any(line.startswith("why:       operational: ") for line in lines)
    assert any("spaces_backups: 1 backup group" in line for line in lines)
    assert any("In the control panel open the bucket, Settings, CORS" in line for line in lines), "the key is limited"
    assert lines[-1].startswith("changed: /etc/elytra-status/credentials/uptime_kuma_api_key, ")
    document, problems = schema.parse_status(outside.visit(f"{buckets.status}/status.json").body)
    assert document, problems
    assert document["platform_status"] == "operational"
    assert len(outside.mailbox.mails) == 1
    for secret in SECRETS:
        assert str(settings[secret]) not in done.stdout + done.stderr


def test_files_have_the_owner_and_mode_that_the_guide_gives_them(fresh: Machine) -> None:
    shown = fresh.run(f"stat --format='%U %G %a' {OWN} {admin.CREDENTIALS} {admin.CREDENTIALS}/*").stdout.splitlines()
    assert shown[:2] == ["root root 640", "root root 700"]
    assert set(shown[2:]) == {"root root 600"}
    assert fresh.run("ls -A /etc/elytra-status").stdout.split() == ["conf.d", "credentials", "elytra-status.conf"]


def test_the_second_time_nothing_changes(fresh: Machine) -> None:
    before = fresh.run("find /etc/elytra-status -type f -printf '%p %T@\\n' | sort").stdout
    done = fresh.run(f"elytra-status setup --answers {ANSWERS}")
    assert done.stdout.splitlines() == ["nothing changed"]
    assert fresh.run("find /etc/elytra-status -type f -printf '%p %T@\\n' | sort").stdout == before


def test_doctor_finds_nothing_wrong_once_the_rule_of_its_remedy_is_set(
    fresh: Machine, outside: Outside, settings: dict[str, object]
) -> None:
    admin.allow_pages(fresh, settings, outside.gateway.owner)
    admin.start(fresh, admin.FRESHNESS)
    found = json.loads(fresh.run("elytra-status doctor --json", check=False).stdout)
    assert [one for one in found["findings"] if one["level"] == "fault"] == []


def test_a_person_at_a_terminal_sets_up_a_machine(
    fresh: Machine, outside: Outside, buckets: Buckets, settings: dict[str, object]
) -> None:
    fresh.run(f"rm -rf {OWN} {admin.CREDENTIALS}/* {admin.STATE}/public {admin.STATE}/last-run.json")
    variables = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    inside = ["nsenter", "--target", str(fresh.leader), "--all", "--", "env", "-i", *variables, "TERM=dumb"]
    with AtTerminal([*inside, "elytra-status", "setup"], {"PATH": ENVIRONMENT["PATH"]}) as person:
        person.answer("Which one?", "1")
        person.answer("Address of Uptime Kuma", outside.kuma_url)
        person.answer("API key", outside.kuma.api_key)
        person.answer("Status page", PAGE)
        person.expect("Elytra API: up")
        person.answer("Another monitoring system?", "n")
        person.answer("Which one?", "1")
        person.answer("Endpoint", outside.storage_url)
        person.answer("Bucket, for the status alone", buckets.status)
        person.answer("Access key", outside.gateway.publisher.access_key)
        person.answer("Secret key", outside.gateway.publisher.secret_key)
        person.answer("Websites whose pages may read the status", ORIGIN)
        person.answer("Which one?", "1")
        person.answer("Public address of status.json", str(settings["STATUS_URL"]))
        person.answer("Which one?", "1")
        person.answer("Bucket", buckets.backups)
        person.answer("Folder in it", "nightly/")
        person.answer("if each folder is a client", "prefix")
        person.answer("Endpoint (Enter: same as for the status)", "")
        person.answer("Access key that may only read", outside.gateway.reader.access_key)
        person.answer("Secret key", outside.gateway.reader.secret_key)
        person.expect("client: success, newest ")
        person.answer("More evidence of backups?", "n")
        person.answer("Which one?", "1")
        for question, name in (
            ("Mail server", "SMTP_HOST"),
            ("Encryption", ""),
            ("Port", "SMTP_PORT"),
            ("Login", "SMTP_USER"),
            ("Password", "SMTP_PASSWORD"),
            ("Mail address of the sender", "SMTP_FROM"),
            ("Mail addresses to notify", "ALERT_EMAIL_TO"),
        ):
            person.answer(question, str(settings.get(name, "")))
        person.expect("smtp: a test notification was sent and accepted")
        person.answer("Another channel?", "n")
        person.answer("Write this, and start the service?", "y")
        person.expect("published: ")
        person.expect("status:    operational")
        assert person.end() == 0
        for secret in SECRETS:
            assert str(settings[secret]) not in person.shown
    assert fresh.show(admin.RUN, "Result") == {"Result": "success"}


def test_a_wrong_key_is_reported_and_the_service_is_not_touched(fresh: Machine, settings: dict[str, object]) -> None:
    fresh.run(f"rm -rf {OWN} {admin.CREDENTIALS}/*")
    before = fresh.show(admin.RUN, "InvocationID")
    write_answers(fresh, {**settings, "UPTIME_KUMA_API_KEY": "uk1_wrong"})
    done = fresh.run(f"elytra-status setup --answers {ANSWERS}", check=False)
    assert done.returncode == 78
    assert "the API key is refused" in done.stderr
    assert fresh.run(f"ls {OWN}", check=False).returncode != 0
    assert fresh.show(admin.RUN, "InvocationID") == before
