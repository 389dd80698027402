# SPDX-License-Identifier: MIT
"""`elytra-status setup` at a terminal: questions, corrections, Ctrl-C, and a second run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from elytra_status.demo.replay import ReplayFault, ReplayServer
from tests.alert_servers import mail_server
from tests.at_terminal import CTRL_C, CTRL_D, AtTerminal
from tests.conftest import API_KEY, wait_until
from tests.installed import COMMAND
from tests.setup_root import Root

pytestmark = pytest.mark.slow

SECRET = "wJalrXUtnFEMI-secret-of-the-test"
NOTHING = "nothing was written"


def at_terminal(root: Root, *words: str, **variables: str) -> AtTerminal:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "no_proxy": "127.0.0.1", **variables}
    return AtTerminal([COMMAND, "setup", "--root", str(root.directory), *words], environment)


def answer_kuma(person: AtTerminal, kuma: ReplayServer, key: str = API_KEY) -> None:
    person.answer("Which one?", "1")
    person.answer("Address of Uptime Kuma", kuma.url)
    person.answer("API key", key)
    person.answer("Status page: the part of its address after /status/", "elytra")


def test_from_nothing_to_written_settings(root: Root, kuma: ReplayServer, request: pytest.FixtureRequest) -> None:
    endpoint: str = request.getfixturevalue("s3_server")
    client: Any = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    status, backups = f"status-{uuid4().hex[:12]}", f"backups-{uuid4().hex[:12]}"
    client.create_bucket(Bucket=status)
    client.create_bucket(Bucket=backups)
    client.put_object(Bucket=backups, Key="nightly/acme/dump.gz", Body=b"x")
    with mail_server() as mailbox, at_terminal(root) as person:
        answer_kuma(person, kuma)
        person.expect("✓ uptime_kuma: ")
        person.expect("Elytra API: up")
        # Its name has a line break.
        person.expect("Line one line two: up")
        person.answer("Another monitoring system?", "n")
        person.answer("Which one?", "1")
        person.answer("Endpoint", endpoint)
        person.answer("Bucket, for the status alone", status)
        person.answer("Access key", "AKIAIOSFODNN7EXAMPLE")
        person.answer("Secret key", SECRET)
        person.answer("Websites whose pages may read the status", "https://www.example.com")
        person.expect("a trial object was written, read without a key and removed")
        person.expect("CORS: pages of https://www.example.com may read the status now")
        person.answer("Which one?", "1")
        person.answer(f"Public address of status.json [{endpoint}/{status}/status.json]", "")
        person.expect("status.json: visitors read the object in the bucket there")
        person.answer("Which one?", "1")
        person.answer("Bucket", backups)
        person.answer("Folder in it", "nightly/")
        person.answer("if each folder is a client", "prefix")
        person.answer("Endpoint (Enter: same as for the status)", "")
        person.answer("Access key that may only read (Enter: same as for the status)", "")
        person.expect("✓ spaces_backups: 1 backup group")
        person.expect("acme: success, newest ")
        person.answer("More evidence of backups?", "")
        person.answer("Which one?", "1")
        person.answer("Mail server", "127.0.0.1")
        person.answer("Encryption", "none")
        person.answer("Port [587]", str(mailbox.port))
        person.answer("Login", "")
        person.answer("Mail address of the sender", "from@example.com")
        person.answer("Mail addresses to notify", "to@example.com")
        person.expect("✓ smtp: a test notification was sent and accepted")
        person.answer("Another channel?", "")
        person.expect(f"write {root.credential('SPACES_SECRET_KEY')}")
        person.expect(f"    STATUS_BUCKET={status}")
        person.answer("Write this?", "y")
        assert person.end() == 0
        assert len(mailbox.mails) == 1
        for secret in (API_KEY, SECRET):
            assert secret not in person.shown
    settings = root.load().settings
    assert (settings.status_bucket, settings.backup_groups) == (status, "prefix")
    assert settings.status_url == f"{endpoint}/{status}/status.json"
    assert settings.spaces_secret_key
    assert settings.spaces_secret_key.reveal() == SECRET


def answer_the_rest(person: AtTerminal, until: str = "") -> None:
    """Publish to a directory, and skip everything optional."""
    for question, text in (
        ("Another monitoring system?", "n"),
        ("Which one?", "2"),  # a directory
        ("Which one?", "2"),  # no address
        ("Which one?", "8"),  # no backups
        ("Which one?", "8"),  # no notifications
        ("Write this?", "y"),
    ):
        if question == until:
            return
        person.answer(question, text)


def test_a_wrong_key_is_reported_with_its_cause_and_corrected(root: Root, kuma: ReplayServer) -> None:
    with at_terminal(root) as person:
        answer_kuma(person, kuma, "uk1_wrong")
        person.expect("the API key is refused")
        person.expect("reate an API key under Settings")
        person.answer("What now?", "1")
        person.answer(f"Address of Uptime Kuma [{kuma.url}]", "")
        person.answer("API key (Settings, API Keys) [set]", API_KEY)
        person.answer("Status page", "")
        person.expect("✓ uptime_kuma: ")
        answer_the_rest(person)
        assert person.end() == 0
        assert "uk1_wrong" not in person.shown
    settings = root.load().settings
    assert settings.uptime_kuma_api_key
    assert settings.uptime_kuma_api_key.reveal() == API_KEY
    assert settings.status_bucket is None


def test_answers_that_cannot_be_are_asked_for_again_and_explained(root: Root, kuma: ReplayServer) -> None:
    with at_terminal(root) as person:
        person.answer("Which one?", "0")
        person.expect("Answer with a number from 1 to 7.")
        person.answer("Which one?", "1")
        person.answer("Address of Uptime Kuma", "?")
        person.expect("UPTIME_KUMA_URL: Address of Uptime Kuma, without a path")
        person.answer("Address of Uptime Kuma", "")
        person.expect("An answer is needed here")
        person.answer("Address of Uptime Kuma", "kuma.example.com")
        person.expect("UPTIME_KUMA_URL is not a web address")
        person.answer("Address of Uptime Kuma", kuma.url)
        person.answer("API key", "")
        person.answer("Status page", "nobodys-page")
        person.expect("404, the status page does not exist")
        person.answer("What now?", "3")
        person.answer("Which one?", "6")
        person.answer("Addresses", kuma.url.replace("http://", "tcp://"))
        person.expect("✓ probes: 1 monitor (1 up)")
        answer_the_rest(person)
        assert person.end() == 0
    settings = root.load().settings
    assert settings.uptime_kuma_url is None
    assert settings.probe_urls


QUESTIONS = [
    *("Which one?", "Address of Uptime Kuma", "API key", "Status page", "Another monitoring system?"),
    *("2. Where is the status", "3. At which address", "4. Where is the evidence", "5. Who is notified"),
    "Write this?",
]


@pytest.mark.parametrize("keys", [CTRL_C, CTRL_D], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_whoever_stops_at_a_question_leaves_nothing_behind(
    question: str, keys: str, root: Root, kuma: ReplayServer
) -> None:
    before = root.files()
    with at_terminal(root) as person:
        steps: list[tuple[str, str]] = [
            ("1. Which monitoring system", ""),
            ("Which one?", "1"),
            ("Address of Uptime Kuma", kuma.url),
            ("API key", API_KEY),
            ("Status page", "elytra"),
            ("Another monitoring system?", "n"),
            ("2. Where is the status", ""),
            ("Which one?", "2"),
            ("3. At which address", ""),
            ("Which one?", "2"),
            ("4. Where is the evidence", ""),
            ("Which one?", "8"),
            ("5. Who is notified", ""),
            ("Which one?", "8"),
        ]
        for text, typed in steps:
            if text == question:
                break
            if typed:
                person.answer(text, typed)
            else:
                person.expect(text)
        person.expect(question)
        # The choices of a question come after its title.
        person.expect("Which one? [1]: " if question[0].isdecimal() else ": ")
        person.type(keys)
        person.expect(NOTHING)
        assert person.end() == (130 if keys == CTRL_C else 64)
        assert API_KEY not in person.shown
    assert root.files() == before
    assert not list(root.etc.glob(".setup-*"))


def test_the_second_run_shows_what_is_set_and_where_and_changes_what_is_answered(
    root: Root, kuma: ReplayServer
) -> None:
    (root.etc / "elytra-status.conf").write_text("LOG_LEVEL=info\nPROBE_URLS=tcp://127.0.0.1:9\n")
    root.setup("--offline", UPTIME_KUMA_URL="http://127.0.0.1:9", UPTIME_KUMA_API_KEY=API_KEY)
    with at_terminal(root) as person:
        person.expect(f"UPTIME_KUMA_URL=http://127.0.0.1:9  ({root.own}:3)")
        person.expect("UPTIME_KUMA_API_KEY=set  (credential uptime_kuma_api_key)")
        person.expect(f"PROBE_URLS=tcp://127.0.0.1:9  ({root.etc}/elytra-status.conf:2)")
        person.answer("Change this?", "y")
        person.answer("Which one?", "6")
        person.answer("Addresses", kuma.url.replace("http://", "tcp://"))
        # Uptime Kuma does not run: that is reported, and the answer can be kept.
        person.expect("✗ uptime_kuma: ")
        person.answer("What now?", "2")
        answer_the_rest(person)
        assert person.end() == 0
        assert API_KEY not in person.shown
    before = root.files()
    assert root.load().settings.probe_urls == (kuma.url.replace("http://", "tcp://"),)
    assert root.load().settings.uptime_kuma_api_key
    with at_terminal(root) as person:
        person.answer("Change this?", "")
        for number in ("2", "2", "8", "8"):
            person.answer("Which one?", number)
        person.expect("nothing changed")
        assert person.end() == 0
    assert root.files() == before


def test_an_answer_of_no_writes_nothing(root: Root, kuma: ReplayServer) -> None:
    before = root.files()
    with at_terminal(root) as person:
        answer_kuma(person, kuma)
        answer_the_rest(person, until="Write this?")
        person.answer("Write this?", "n")
        person.expect(NOTHING)
        person.expect("Next: elytra-status doctor")
        assert person.end() == 0
    assert root.files() == before


def test_a_setting_that_overrides_an_answer_is_shown_at_the_question_and_can_be_corrected(
    root: Root, kuma: ReplayServer
) -> None:
    later = root.etc / "conf.d" / "60-mine.conf"
    later.write_text("UPTIME_KUMA_URL=http://127.0.0.1:9\n")
    with at_terminal(root) as person:
        person.answer("Change this?", "y")
        answer_kuma(person, kuma)
        person.expect(f"{later}:1: UPTIME_KUMA_URL is set there, which overrides conf.d/50-setup.conf")
        person.answer("What now?", "2")
        person.expect("cannot be kept until that is corrected")
        later.unlink()
        for question in ("Address of Uptime Kuma", "API key", "Status page"):
            person.answer(question, "")
        person.expect("6 up")
        answer_the_rest(person)
        assert person.end() == 0
    assert root.load().settings.uptime_kuma_url == kuma.url


def test_a_fault_of_another_file_can_be_corrected_before_the_answers_are_lost(root: Root, kuma: ReplayServer) -> None:
    main = root.etc / "elytra-status.conf"
    main.write_text("RUN_DEADLINE_SECONDS=soon\n")
    with at_terminal(root) as person:
        person.expect(f"now set: {main}:1: RUN_DEADLINE_SECONDS is not a whole number")
        answer_kuma(person, kuma)
        answer_the_rest(person, until="Write this?")
        person.expect("RUN_DEADLINE_SECONDS is not a whole number")
        person.expect("Try again, once that is corrected?")
        main.write_text("RUN_DEADLINE_SECONDS=200\n")
        person.type("\n")
        person.answer("Write this?", "y")
        assert person.end() == 0
    assert root.load().settings.uptime_kuma_url == kuma.url


def test_changes_while_setup_waits_for_the_last_answer_are_kept(root: Root, kuma: ReplayServer) -> None:
    root.own.write_text("PAGE_TITLE=Before\n")
    with at_terminal(root) as person:
        answer_kuma(person, kuma)
        answer_the_rest(person, until="Write this?")
        person.expect("Write this?")
        root.own.write_text("PAGE_TITLE=Meanwhile\nINFRASTRUCTURE_NOTES=Mine\n")
        person.type("y\n")
        person.expect(f"{root.own}: was changed meanwhile; nothing was written. Run this again.")
        person.answer("Try again, once that is corrected?", "y")
        person.answer("Write this?", "y")
        assert person.end() == 0
    settings = root.load().settings
    assert (settings.page_title, settings.infrastructure_notes) == ("Meanwhile", "Mine")
    assert settings.uptime_kuma_url == kuma.url


def test_what_is_not_utf8_is_asked_for_again(root: Root, kuma: ReplayServer) -> None:
    with at_terminal(root, PYTHONIOENCODING="utf-8:strict", LC_ALL="C.UTF-8") as person:
        person.expect("Which one?")
        person.type_bytes(b"\xe4\n")
        person.expect("That was not UTF-8. Type it again.")
        person.answer("Which one?", "1")
        person.answer("Address of Uptime Kuma", kuma.url)
        person.expect("API key")
        person.type_bytes(b"\xff\xfe\n")
        person.expect("That was not UTF-8. Type it again.")
        person.type(CTRL_C)
        assert person.end() == 130
    assert not root.own.exists()


def test_ctrl_c_while_an_answer_is_tried_ends_at_once(root: Root, kuma: ReplayServer) -> None:
    kuma.faults = dict.fromkeys(kuma.recording.answers, ReplayFault(hang=True))
    before = root.files()
    with at_terminal(root) as person:
        answer_kuma(person, kuma)
        wait_until(lambda: bool(kuma.requests), 60)
        person.type(CTRL_C)
        person.expect(NOTHING)
        assert person.end() == 130
    assert root.files() == before


def test_what_is_set_can_be_taken_back_for_another_choice(root: Root, kuma: ReplayServer) -> None:
    root.setup("--offline", UPTIME_KUMA_URL="http://127.0.0.1:9", UPTIME_KUMA_API_KEY=API_KEY)
    with at_terminal(root) as person:
        person.answer("Change this?", "y")
        person.expect("8  none of these: remove what is set here")
        person.answer("Which one?", "8")
        person.answer("Which one?", "6")
        person.answer("Addresses", kuma.url.replace("http://", "tcp://"))
        answer_the_rest(person)
        assert person.end() == 0
        assert "✗" not in person.shown
    settings = root.load().settings
    assert (settings.uptime_kuma_url, settings.uptime_kuma_api_key) == (None, None)
    assert not root.credential("UPTIME_KUMA_API_KEY").exists()


def test_a_setting_that_is_not_asked_for_can_be_answered_where_a_fault_names_it(root: Root, kuma: ReplayServer) -> None:
    with at_terminal(root) as person:
        answer_kuma(person, kuma, "uk1_wrong")
        person.answer("What now?", "4")
        person.answer("Setting", "uptime_kuma_apikey")
        person.expect("That is not a setting, but UPTIME_KUMA_API_KEY is.")
        person.answer("What now?", "4")
        person.answer("Setting", "monitor_ids")
        person.answer("MONITOR_IDS", "one")
        person.expect("MONITOR_IDS is not a list of monitor ids")
        person.answer("MONITOR_IDS", "1,3")
        person.answer("What now?", "4")
        person.answer("Setting", "UPTIME_KUMA_API_KEY")
        person.answer("UPTIME_KUMA_API_KEY [set], not shown", API_KEY)
        person.expect("✓ uptime_kuma: 2 monitors (2 up)")
        answer_the_rest(person)
        assert person.end() == 0
        assert API_KEY not in person.shown
    assert root.load().settings.monitor_ids == (1, 3)


def test_a_terminal_without_utf8_gets_signs_that_it_has(root: Root, kuma: ReplayServer) -> None:
    with at_terminal(root, LANG="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0") as person:
        answer_kuma(person, kuma, "uk1_wrong")
        person.expect("  X uptime_kuma")
        person.answer("What now?", "1")
        for question, text in (("Address", ""), ("API key", API_KEY), ("Status page", "")):
            person.answer(question, text)
        person.expect("  + uptime_kuma: 6 monitors (6 up)")
        answer_the_rest(person)
        assert person.end() == 0
        assert person.shown.isascii()


def test_options_fill_in_answers_that_are_then_tried(root: Root, kuma: ReplayServer, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(f"{API_KEY}\n")
    options = ["--uptime-kuma-url", kuma.url, "--uptime-kuma-api-key-file", str(key)]
    with at_terminal(root, *options, "--uptime-kuma-status-page", "nobodys") as person:
        person.answer("Change this?", "")
        person.expect("404, the status page does not exist")
        person.expect("Which one?")
        person.type(CTRL_C)
        assert person.end() == 130
    with at_terminal(root, *options) as person:
        person.expect(f"UPTIME_KUMA_URL={kuma.url}  (--uptime-kuma-url)")
        person.expect(f"UPTIME_KUMA_API_KEY=set  (--uptime-kuma-api-key-file {key})")
        person.answer("Change this?", "")
        person.expect("✓ uptime_kuma: ")
        for number in ("2", "2", "8", "8"):
            person.answer("Which one?", number)
        person.answer("Write this?", "")
        assert person.end() == 0
    assert root.load().settings.uptime_kuma_url == kuma.url
