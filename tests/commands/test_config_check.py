# SPDX-License-Identifier: MIT
"""The commands config check, show and sample, as real processes."""

from __future__ import annotations

import re

import pytest
import requests

from elytra_status.demo.replay import ReplayFault, ReplayServer
from elytra_status.settings import DEFINITIONS
from tests.conftest import API_KEY
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.installation import Installation, Result, Start, publish

pytestmark = pytest.mark.slow


def test_config_check_shows_all_faults(installation: Installation) -> None:
    installation.set(LOG_LEVEL="loud", STATUS_BUCKET="s3://Pl4nted", BACKUP_GROUPS="Pl4nted")
    result = installation.call("config", "check")
    assert result.returncode == 78
    assert result.stdout == ""
    for line, name in enumerate(("LOG_LEVEL", "STATUS_BUCKET", "BACKUP_GROUPS"), 1):
        assert f"{installation.file}:{line}: {name} " in result.stderr
    assert "Pl4nted" not in result.stderr


@pytest.mark.parametrize("value", ["/nowhere/authority.pem", "/dev/null"])
def test_config_check_reads_the_certificates(value: str, installation: Installation) -> None:
    installation.set(CA_BUNDLE=value)
    result = installation.call("config", "check")
    assert result.returncode == 78
    assert f"{installation.file}:1: CA_BUNDLE names a file " in result.stderr


NOTHING_TO_ASK = "they name neither a source nor storage"
ASKED = "sources and storage were queried, and nothing was refused"
REFUSED = "some of what they name is unreachable or was refused, see above"


def verdict(result: Result) -> str:
    """The last line that the command prints."""
    return result.stdout.splitlines()[-1]


def test_config_check_counts_its_warnings_and_shows_them(installation: Installation) -> None:
    installation.set(LOG_LEVEL="info")
    assert verdict(installation.call("config", "check")) == f"settings: valid; {NOTHING_TO_ASK}"
    installation.set(SPACES_REGOIN="nyc3")
    result = installation.call("config", "check")
    assert verdict(result) == f"settings: valid, with 1 warning; {NOTHING_TO_ASK}"
    assert "SPACES_REGION is" in result.stderr


@pytest.mark.parametrize("content", ["", "\n\n", "# UPTIME_KUMA_URL=https://kuma.example.com\n  # more\n"])
def test_config_check_says_that_a_file_sets_nothing(content: str, installation: Installation) -> None:
    said = f"{installation.file}: holds nothing but comments and blank lines. Every setting has its default"
    for options in ([], ["--offline"]):
        installation.file.write_text(content)
        result = installation.call("config", "check", *options)
        assert result.returncode == 0
        assert said in result.stdout
        installation.set(LOG_LEVEL="info")
        assert said not in installation.call("config", "check", *options).stdout


def test_config_check_shows_each_part_that_it_queried(installation: Installation, with_kuma: ReplayServer) -> None:
    result = installation.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")
    for part in ("metrics", "page", "heartbeats"):
        assert re.search(rf"[✓+] uptime_kuma {part}\s+answered in [0-9.]+ s", result.stdout), result.stdout


def test_config_check_ends_with_1_where_a_key_is_refused(installation: Installation, with_kuma: ReplayServer) -> None:
    installation.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY="uk1_wrong", UPTIME_KUMA_STATUS_PAGE="elytra")
    result = installation.call("config", "check")
    assert (result.returncode, verdict(result)) == (1, f"settings: valid; {REFUSED}")
    assert re.search(r"[✗X] uptime_kuma\s+401, the API key is refused \(metrics\)", result.stdout)
    assert re.search(r"[✓+] uptime_kuma page\s+answered", result.stdout)
    assert "uk1_wrong" not in result.stdout + result.stderr


def test_config_check_shows_why_each_part_is_refused(installation: Installation, with_kuma: ReplayServer) -> None:
    installation.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY="uk1_wrong", UPTIME_KUMA_STATUS_PAGE="nowhere")
    result = installation.call("config", "check")
    assert result.returncode == 1
    refused = [line for line in result.stdout.splitlines() if line.strip()[:1] in ("✗", "X") and "uptime_kuma" in line]
    assert len(refused) == 3, result.stdout
    assert "401, the API key is refused (metrics)" in refused[0]
    assert "404, the status page does not exist (page)" in refused[1]


def test_config_check_tries_the_storage_and_notifies_nobody(installation: Installation, hostile: HostileS3) -> None:
    """The storage does not know the key, and the channel is an address of the same server."""
    hostile.always(error(403, "InvalidAccessKeyId"))
    installation.set(
        SPACES_ENDPOINT=hostile.url,
        SPACES_ACCESS_KEY="DO00KEYOFTHESTATUS",
        SPACES_SECRET_KEY="secret/of+the=status",
        STATUS_BUCKET="example-status",
        NTFY_URL=hostile.url,
        NTFY_TOPIC="elytra",
    )
    result = installation.call("config", "check")
    assert result.returncode == 1
    assert "InvalidAccessKeyId, the access key is not known" in result.stdout
    assert "set SPACES_ACCESS_KEY to one that exists at this endpoint" in " ".join(result.stdout.split())
    assert re.search(r"– ntfy\s+only the form|- ntfy\s+only the form", result.stdout)
    assert not [request for request in hostile.requests if request.method == "POST"]
    hostile.requests.clear()
    result = installation.call("config", "check", "--offline")
    assert (result.returncode, result.stdout) == (0, "settings: valid; sources and storage were not queried\n")
    assert hostile.requests == []


def test_a_bucket_that_nothing_was_published_to_is_no_fault(installation: Installation, hostile: HostileS3) -> None:
    """A new package has run before there were settings. The key is valid, and status.json does not exist."""
    publish(installation)

    def answer(request: Request) -> Reply:
        if "authorization" not in request.headers:
            return error(403, "AccessDenied")
        return error(404, "NoSuchUpload" if request.method == "PUT" else "NoSuchKey")

    hostile.answer = answer
    hostile.web_headers = {}
    installation.set(
        SPACES_ENDPOINT=hostile.url,
        SPACES_ACCESS_KEY="DO00KEYOFTHESTATUS",
        SPACES_SECRET_KEY="secret/of+the=status",
        STATUS_BUCKET="example-status",
    )
    result = installation.call("config", "check")
    said = " ".join(result.stdout.split())
    assert "no run has published there yet" in said
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}"), result.stdout


def test_what_has_no_address_yet_is_no_fault_before_the_first_run(
    installation: Installation, start_kuma: Start
) -> None:
    server = start_kuma("v2.5.3", "all-up")
    server.faults["/status.json"] = ReplayFault(status=404)
    installation.set(STATUS_URL=f"{server.url}/status.json")
    result = installation.call("config", "check")
    assert result.returncode == 0
    assert "no run has published there yet" in " ".join(result.stdout.split())
    publish(installation)
    result = installation.call("config", "check")
    assert result.returncode == 1
    assert "returned 404" in result.stdout


def test_texts_that_hold_a_monitors_name_are_found_and_can_be_allowed(
    installation: Installation, with_kuma: ReplayServer
) -> None:
    settings = {
        "UPTIME_KUMA_URL": with_kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
        "BACKUP_POLICY": "Each night, by the scheduler.",
        "INFRASTRUCTURE_REGIONS": "nyc3,internal only",
    }
    installation.set(**settings)
    result = installation.call("config", "check")
    assert result.returncode == 78
    faults = [line for line in result.stderr.splitlines() if "monitor or backup name" in line]
    assert [fault.split(": ")[1].rpartition(":")[2] for fault in faults] == ["4", "5"]
    assert "BACKUP_POLICY" in faults[0]
    assert "INFRASTRUCTURE_REGIONS" in faults[1]
    assert all("PUBLIC_WORDS" in fault for fault in faults)
    assert "cheduler" not in result.stderr
    installation.set(**settings, PUBLIC_WORDS="Scheduler,Internal only")
    result = installation.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")


def test_config_check_offline_queries_no_source(installation: Installation, with_kuma: ReplayServer) -> None:
    result = installation.call("config", "check", "--offline")
    assert result.returncode == 0
    assert with_kuma.requests == []
    installation.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY=API_KEY, INFRASTRUCTURE_NOTES=f"see {API_KEY}")
    result = installation.call("config", "check", "--offline")
    assert result.returncode == 78
    assert f"{installation.file}:3: INFRASTRUCTURE_NOTES" in result.stderr
    assert API_KEY not in result.stderr
    assert with_kuma.requests == []


def test_config_check_says_that_a_source_is_unreachable(installation: Installation, with_kuma: ReplayServer) -> None:
    with_kuma.__exit__(None, None, None)
    result = installation.call("config", "check")
    assert (result.returncode, verdict(result)) == (1, f"settings: valid; {REFUSED}")
    assert "is unreachable, connection refused" in " ".join(result.stdout.split())
    assert "texts not compared with the names in uptime_kuma" in " ".join(result.stdout.split())


def test_config_check_asks_for_the_address_that_should_answer(
    installation: Installation, with_kuma: ReplayServer
) -> None:
    address = f"{with_kuma.url}/outside"
    installation.set(UPTIME_KUMA_URL=with_kuma.url, UPTIME_KUMA_API_KEY=API_KEY, CONNECTIVITY_URL=address)
    result = installation.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")
    assert "CONNECTIVITY_URL answers" in result.stdout
    with_kuma.faults["/outside"] = ReplayFault(status=502)
    result = installation.call("config", "check")
    assert (result.returncode, verdict(result)) == (0, f"settings: valid; {ASKED}")
    assert re.search(r"[⚠!] uptime_kuma\s+CONNECTIVITY_URL", result.stdout)
    assert "CONNECTIVITY_URL failed (it returned 502)" in result.stdout
    with_kuma.requests.clear()
    assert installation.call("config", "check", "--offline").returncode == 0
    assert not with_kuma.requests


def test_config_show_says_where_each_value_came_from(installation: Installation) -> None:
    installation.set(UPTIME_KUMA_URL="https://kuma.example.com", UPTIME_KUMA_API_KEY="Pl4nted")
    result = installation.call("config", "show", LOG_LEVEL="debug")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines()}
    assert set(lines) == {definition.name for definition in DEFINITIONS}
    assert lines["UPTIME_KUMA_URL"].split() == ["https://kuma.example.com", f"{installation.file}:1"]
    assert lines["UPTIME_KUMA_API_KEY"].split() == ["set", f"{installation.file}:2"]
    assert lines["LOG_LEVEL"].split() == ["debug", "environment"]
    assert lines["SPACES_SECRET_KEY"].split() == ["not", "set", "default"]
    assert "Pl4nted" not in result.stdout + result.stderr


def test_config_sample_is_a_settings_file(installation: Installation) -> None:
    installation.file.write_text(installation.call("config", "sample").stdout)
    result = installation.call("config", "check")
    assert (result.returncode, verdict(result), result.stderr) == (0, f"settings: valid; {NOTHING_TO_ASK}", "")
    assert "holds nothing but comments" in result.stdout


@pytest.mark.parametrize(
    ("setting", "value"),
    [("MONITOR_IDS", "1,4711"), ("CRITICAL_MONITOR_IDS", "4711"), ("COMPONENTS", "Website:1,4711")],
)
def test_config_check_names_ids_that_no_answer_names(
    installation: Installation, with_kuma: ReplayServer, setting: str, value: str
) -> None:
    recorded = requests.get(f"{with_kuma.url}/metrics", auth=("", API_KEY), timeout=10).content
    # Just after its start, it names some monitors only once they are checked.
    long_ago = re.sub(rb"(?m)^(process_start_time_seconds) .*", rb"\1 978307200", recorded)
    with_kuma.faults["/metrics"] = ReplayFault(status=200, body=long_ago, content_type="text/plain; version=0.0.4")
    of_kuma = {
        "UPTIME_KUMA_URL": with_kuma.url,
        "UPTIME_KUMA_API_KEY": API_KEY,
        "UPTIME_KUMA_STATUS_PAGE": "elytra",
    }
    installation.set(**of_kuma, **{setting: value})
    result = installation.call("config", "check")
    assert result.returncode == 78
    assert "valid" not in result.stdout
    assert f"{installation.file}:4: " in result.stderr
    assert f"{setting} lists uptime_kuma:4711, but uptime_kuma does not report it" in result.stderr
    assert "uptime_kuma:1," not in result.stderr
    installation.set(**of_kuma, **{setting: value.replace("4711", "2")})
    assert installation.call("config", "check").returncode == 0
    # A partial answer does not show that a setting is wrong.
    installation.set(**of_kuma, **{setting: value})
    with_kuma.faults["/metrics"] = ReplayFault(status=401)
    result = installation.call("config", "check")
    assert result.returncode == 1
    assert "does not report" not in result.stderr
    assert installation.call("config", "check", "--offline").returncode == 0
