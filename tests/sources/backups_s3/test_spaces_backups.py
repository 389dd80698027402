# SPDX-License-Identifier: MIT
"""Backups in a bucket: what counts, how old is too old, which key is used, and the whole job."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from elytra_status.decision.backup_policy import judge_backups
from elytra_status.decision.ended_groups import Ended
from elytra_status.model import Backups, BackupStatus, Report
from elytra_status.net import s3
from elytra_status.run.assess import assess, policy_rules
from elytra_status.run.saved_state import SavedState
from elytra_status.settings import Secret
from elytra_status.sources.backups_s3 import spaces_backups
from elytra_status.sources.source import PollRequest
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.conftest import MovableClock
from tests.hostile_s3 import HostileS3, Reply, error, listing
from tests.listed_backups import (
    CLIENT,
    KEY,
    NOW,
    OWN_KEY,
    OWN_SECRET,
    SECRET,
    WHOLE,
    XML,
    Make,
    ago,
    judge,
    poll,
    settings_of,
)

pytestmark = pytest.mark.slow

NAMES = s3.Names("SPACES_ACCESS_KEY", "SPACES_SECRET_KEY", "SPACES_ENDPOINT", "SPACES_REGION")
BUCKETS = (f"backups-{number}" for number in itertools.count())


@pytest.fixture
def fill(s3_server: str) -> Callable[..., str]:
    """Fill a new bucket of the S3 server: fill({key: time}) or fill({key: (time, size)}) returns its name."""
    models = pytest.importorskip("moto.s3.models")

    def put(objects: dict[str, Any]) -> str:
        bucket = next(BUCKETS)
        account = s3.Account(s3_server, "us-east-1", Secret(KEY), Secret(SECRET), None, NAMES)
        s3.open_client(account).create_bucket(Bucket=bucket)
        backend = models.s3_backends["123456789012"]["aws"]
        for key, value in objects.items():
            moment, size = value if isinstance(value, tuple) else (value, 1)
            # Bypass HTTP: signing thousands of requests takes long, and S3 does not let clients choose the time.
            backend.put_object(bucket, key, b"x" * size).last_modified = moment.replace(tzinfo=None)
        return bucket

    return put


# What is there


@pytest.mark.parametrize("groups", ["none", "prefix"])
def test_the_newest_is_found_on_whatever_page_it_lies(
    groups: str, fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    objects = {f"b/{CLIENT}/{number:05}.gz": ago(days=3) for number in range(2500)}
    objects[f"b/{CLIENT}/01500.gz"] = ago(hours=2)
    settings = settings_of(make_settings, s3_server, fill(objects), BACKUP_PREFIX="b/", BACKUP_GROUPS=groups)
    assert judge(settings) == Backups(BackupStatus.SUCCESS, ago(hours=2), ago(hours=2))
    assert objects.keys() <= poll(settings).private_names


def test_pattern_size_and_markers_decide_what_is_a_backup(
    fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    bucket = fill(
        {
            "b/": ago(minutes=1),
            "b/old.sql.gz": (ago(hours=30), 100),
            "b/folder/": (ago(minutes=2), 200),
            "b/empty.sql.gz": (ago(minutes=3), 0),
            "b/small.sql.gz": (ago(minutes=4), 99),
            "b/note.txt": (ago(minutes=5), 100),
            "b/UPPER.SQL.GZ": (ago(minutes=6), 100),
            "b/x.sql.gz.part": (ago(minutes=7), 100),
        }
    )
    settings = settings_of(
        make_settings, s3_server, bucket, BACKUP_PREFIX="b/", BACKUP_PATTERN="*.sql.gz", BACKUP_MIN_BYTES=100
    )
    assert judge(settings) == Backups(BackupStatus.WARNING, ago(hours=30), ago(hours=30))


def test_the_pattern_is_of_the_rest_of_the_key_and_reaches_into_folders(
    fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    bucket = fill({f"b/{CLIENT}/db\n1.gz": ago(hours=1), "b/c.gz": ago(hours=2)})
    for pattern, newest in (("*.gz", 1), (f"{CLIENT}/*", 1), ("c*", 2), ("?.gz", 2), ("[c].gz", 2)):
        settings = settings_of(make_settings, s3_server, bucket, BACKUP_PREFIX="b/", BACKUP_PATTERN=pattern)
        assert judge(settings).last_backup == ago(hours=newest), pattern
    settings = settings_of(make_settings, s3_server, bucket, BACKUP_PREFIX="b/", BACKUP_PATTERN="b/*")
    assert judge(settings) == Backups(BackupStatus.UNKNOWN)


def test_the_worst_group_counts(fill: Callable[..., str], make_settings: Make, s3_server: str) -> None:
    objects = {"b/one/1": ago(hours=1), "b/two/1": ago(hours=49), "b/two/2": ago(hours=40), "b/three/1": ago(hours=2)}
    settings = settings_of(make_settings, s3_server, fill(objects), BACKUP_PREFIX="b/", BACKUP_GROUPS="prefix")
    assert judge(settings) == Backups(BackupStatus.WARNING, ago(hours=1), ago(hours=40))
    assert {"one", "two", "three"} <= poll(settings).private_names


@pytest.mark.parametrize(
    ("of_the_group", "expected"), [({"b/two/1": (ago(hours=1), 0)}, "unknown"), ({"b/two/": ago(hours=1)}, "unknown")]
)
def test_a_group_without_a_backup_is_unknown(
    of_the_group: dict[str, Any], expected: str, fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    objects = {"b/one/1": ago(hours=1), **of_the_group}
    settings = settings_of(make_settings, s3_server, fill(objects), BACKUP_PREFIX="b/", BACKUP_GROUPS="prefix")
    assert judge(settings) == Backups(BackupStatus(expected), ago(hours=1), None)


def test_objects_outside_of_groups_count_for_none(
    fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    objects = {"b/one/1": ago(hours=30), "b/loose": ago(hours=1), "b//nameless": ago(hours=1)}
    settings = settings_of(make_settings, s3_server, fill(objects), BACKUP_PREFIX="b/", BACKUP_GROUPS="prefix")
    report = poll(settings)
    assert judge(settings) == Backups(BackupStatus.WARNING, ago(hours=30), ago(hours=30))
    assert any("2 objects lie in no folder" in warning for warning in map(str, report.warnings))
    assert "loose" not in str(report)
    assert "b/loose" in report.private_names


def test_the_marker_of_the_prefix_itself_is_nothing_odd(
    fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    bucket = fill({"b/": (ago(hours=1), 0), "b/one/": (ago(hours=1), 0), "b/one/1": ago(hours=1)})
    settings = settings_of(make_settings, s3_server, bucket, BACKUP_PREFIX="b/", BACKUP_GROUPS="prefix")
    assert poll(settings).warnings == ()
    assert judge(settings).status is BackupStatus.SUCCESS


@pytest.mark.parametrize("groups", ["none", "prefix"])
def test_an_empty_bucket_is_unknown_and_says_what_to_check(
    groups: str, fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    settings = settings_of(make_settings, s3_server, fill({}), BACKUP_GROUPS=groups)
    assert judge(settings) == Backups(BackupStatus.UNKNOWN)
    (warning,) = map(str, poll(settings).warnings)
    assert "0 objects" in warning
    assert "BACKUP_PREFIX" in warning


def test_a_folder_whose_name_begins_alike_is_another_folder(
    fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    bucket = fill({"b/1": ago(hours=50), "b-old/1": ago(hours=1), "b": ago(hours=2), "B/1": ago(hours=1)})
    settings = settings_of(make_settings, s3_server, bucket, BACKUP_PREFIX="b/")
    assert judge(settings).status is BackupStatus.FAILED
    assert poll(settings).warnings == ()


def test_a_prefix_that_takes_in_two_folders_is_warned_of(
    fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    bucket = fill({"b/1": ago(hours=50), "b-old/1": ago(hours=1)})
    settings = settings_of(make_settings, s3_server, bucket, BACKUP_PREFIX="b")
    assert judge(settings).status is BackupStatus.SUCCESS
    assert any("BACKUP_PREFIX" in warning and "/" in warning for warning in map(str, poll(settings).warnings))
    narrower = settings_of(make_settings, s3_server, fill({"db-1.gz": ago(hours=1)}), BACKUP_PREFIX="db")
    assert poll(narrower).warnings == ()


@pytest.mark.parametrize("name", ["Süd Café", "a+b c", "50%25 & <x>", "日本", "𝔸", "a%2Fb", "quo\"te'", "tab\tx"])
def test_any_key_that_s3_allows_is_read_as_it_is(
    name: str, fill: Callable[..., str], make_settings: Make, s3_server: str
) -> None:
    bucket = fill({f"b/{name}/{name}.gz": ago(hours=1), "b/z/1.gz": ago(hours=2)})
    settings = settings_of(
        make_settings, s3_server, bucket, BACKUP_PREFIX="b/", BACKUP_GROUPS="prefix", BACKUP_PATTERN="*.gz"
    )
    report = poll(settings)
    assert {group.name: group.newest for group in report.backup_groups} == {name: ago(hours=1), "z": ago(hours=2)}
    assert f"b/{name}/{name}.gz" in report.private_names


def test_a_prefix_may_hold_any_character_too(fill: Callable[..., str], make_settings: Make, s3_server: str) -> None:
    bucket = fill({"Süd + 50%/1.gz": ago(hours=1), "Süd   50%/1.gz": ago(hours=50)})
    settings = settings_of(make_settings, s3_server, bucket, BACKUP_PREFIX="Süd + 50%/")
    assert judge(settings).status is BackupStatus.SUCCESS


# How old is too old


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), "success"),
        (timedelta(hours=25) - timedelta(milliseconds=1), "success"),
        (timedelta(hours=25), "warning"),
        (timedelta(hours=48) - timedelta(milliseconds=1), "warning"),
        (timedelta(hours=48), "failed"),
        (timedelta(days=4000), "failed"),
        (-timedelta(minutes=5), "success"),
        (-timedelta(minutes=5, milliseconds=1), "unknown"),
    ],
)
def test_borders_are_exact(age: timedelta, expected: str, hostile: HostileS3, make_settings: Make) -> None:
    stamp = f"{NOW - age:%Y-%m-%dT%H:%M:%S}.{(NOW - age).microsecond // 1000:03}Z"
    body = listing([("1.gz", 1, NOW)]).body.replace(b"2026-03-01T04:00:00.000Z", stamp.encode())
    hostile.answer = lambda request: Reply(200, body, {"Content-Type": "application/xml"})
    settings = settings_of(make_settings, hostile.url)
    assert judge(settings).status is BackupStatus(expected)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T03:04:05.678Z",
        "2026-03-01T03:04:05Z",
        "20260301T030405Z",
        "2026-03-01T03:04:05+00:00",
        "Sun, 01 Mar 2026 03:04:05 GMT",
        "2026-03-01T04:04:05.678901+01:00",
    ],
)
def test_times_are_read_as_botocore_reads_them(text: str, hostile: HostileS3, make_settings: Make) -> None:
    parse_timestamp = pytest.importorskip("botocore.utils").parse_timestamp
    body = listing([("1.gz", 1, NOW)]).body.replace(b"2026-03-01T04:00:00.000Z", text.encode())
    hostile.always(Reply(200, body, XML))
    assert judge(settings_of(make_settings, hostile.url)).last_backup == parse_timestamp(text)


def test_thresholds_are_settings(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: listing([("1.gz", 1, ago(minutes=40))])
    hours: dict[str, Any] = {"BACKUP_MAX_AGE_HOURS": 0.5, "BACKUP_FAILED_AGE_HOURS": 0.75}
    assert judge(settings_of(make_settings, hostile.url, **hours)).status is BackupStatus.WARNING


def test_a_backup_of_the_future_is_no_evidence_and_is_warned_of(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: listing([("1.gz", 1, ago(hours=-1)), ("2.gz", 1, ago(hours=30))])
    settings = settings_of(make_settings, hostile.url)
    assert judge(settings) == Backups(BackupStatus.WARNING, ago(hours=30), ago(hours=30))
    assert any("1 backup is dated in the future" in warning for warning in map(str, poll(settings).warnings))


# Where it is asked, and as whom


def test_own_endpoint_region_and_key_are_used(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: listing([("1.gz", 1, ago(hours=1))])
    settings = settings_of(
        make_settings,
        "https://elsewhere.invalid",
        BACKUP_ENDPOINT=hostile.url,
        BACKUP_REGION="fra1",
        BACKUP_ACCESS_KEY=OWN_KEY,
        BACKUP_SECRET_KEY=OWN_SECRET,
    )
    report = poll(settings)
    (request,) = hostile.requests
    assert f"Credential={OWN_KEY}/" in request.headers["authorization"]
    assert "/fra1/s3/aws4_request" in request.headers["authorization"]
    assert report.private_hosts == {"127.0.0.1"}


def test_without_a_key_of_their_own_the_platforms_key_is_used(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: listing([])
    poll(settings_of(make_settings, "https://elsewhere.invalid", BACKUP_ENDPOINT=hostile.url, SPACES_REGION="nyc3"))
    assert f"Credential={KEY}/" in hostile.requests[0].headers["authorization"]
    assert "/nyc3/s3/aws4_request" in hostile.requests[0].headers["authorization"]


def test_the_environment_and_files_of_aws_have_no_say(
    hostile: HostileS3, make_settings: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id=FROMFILE\naws_secret_access_key=x\n")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "FROMENVIRONMENT",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "token-of-the-environment",
        "AWS_DEFAULT_REGION": "eu-west-9",
        "AWS_PROFILE": "none-such",
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ENDPOINT_URL_S3": "http://elsewhere.invalid",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_USE_FIPS_ENDPOINT": "true",
    }.items():
        monkeypatch.setenv(name, value)
    s3._session.cache_clear()
    hostile.answer = lambda request: listing([("1.gz", 1, ago(hours=1))])
    poll(settings_of(make_settings, hostile.url))
    (request,) = hostile.requests
    assert f"Credential={KEY}/" in request.headers["authorization"]
    assert "x-amz-security-token" not in request.headers


def test_a_confirmation_poll_sends_no_request(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: listing([])
    settings = settings_of(make_settings, hostile.url)
    first = poll(settings)
    assert spaces_backups.sources(settings)[0].poll(PollRequest(NOW, 10, first, clock=SYSTEM_CLOCK)) is first
    assert len(hostile.requests) == 1


# In the whole job


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_a_storage_that_is_stuck_costs_its_own_deadline_only(
    fault: str, hostile: HostileS3, make_settings: Make, log_lines: list[str]
) -> None:
    hostile.answer = lambda request: Reply(200, WHOLE.body * 100, XML, fault=fault)
    settings = settings_of(make_settings, hostile.url, SOURCE_DEADLINE_SECONDS=1)
    decision = assess(settings, SYSTEM_CLOCK, SavedState(), confirming=True).decision
    assert decision.backups == Backups(BackupStatus.UNKNOWN)
    assert any("is unavailable: " in line for line in log_lines)


@pytest.mark.parametrize("groups", ["none", "prefix"])
def test_no_key_and_no_group_is_logged_at_info(
    groups: str, hostile: HostileS3, make_settings: Make, clock: MovableClock, log_lines: list[str]
) -> None:
    now = clock.now()
    objects = [(f"{CLIENT}-{number}/{CLIENT}.gz", number % 2, now + timedelta(hours=number - 3)) for number in range(6)]
    hostile.answer = lambda request: listing([*objects, (f"{CLIENT}.gz", 1, now)])
    settings = settings_of(make_settings, hostile.url, BACKUP_GROUPS=groups)
    assessment = assess(settings, clock, SavedState(), confirming=True)
    hostile.answer = lambda request: error(403, "AccessDenied", f"<Key>{CLIENT}</Key>")
    refused = assess(settings, clock, SavedState(), confirming=True)
    told = [line for line in log_lines if not line.startswith("DEBUG")]
    assert told
    assert not any(CLIENT in line for line in told)
    assert CLIENT not in repr(assessment.decision)
    assert CLIENT not in repr(assessment.reports)
    assert CLIENT not in repr(refused)


class Folder:
    """A bucket with a folder for each of two clients, and runs that poll it."""

    path = f"/backups/b/{CLIENT}/1.gz"

    def __init__(self, hostile: HostileS3, make_settings: Make) -> None:
        self.hostile = hostile
        self.settings = settings_of(make_settings, hostile.url, BACKUP_PREFIX="b/", BACKUP_GROUPS="prefix")
        self.saved: dict[str, Any] = {}
        self.hours = 0.0
        hostile.put(self.path, b"x", ago(hours=1))

    def run(self, hours: float) -> Report:
        """Poll this many hours after the start; the other client's backups continue."""
        self.hours, now = hours, NOW + timedelta(hours=hours)
        self.hostile.put("/backups/b/other/1.gz", b"x", now)
        report = spaces_backups.sources(self.settings)[0].poll(
            PollRequest(now, 20, None, self.saved, clock=SYSTEM_CLOCK)
        )
        self.saved = json.loads(json.dumps(report.saved))
        # As each poll does.
        return Ended().apply(report)

    def run_hourly(self, until: int) -> Report:
        return [self.run(hour) for hour in range(int(self.hours) + 1, until + 1)][-1]

    def status(self, report: Report) -> str:
        now = NOW + timedelta(hours=self.hours)
        return judge_backups([report], now, policy_rules(self.settings)).status.value


def test_a_folder_that_is_missing_counts_as_a_missing_file_does(hostile: HostileS3, make_settings: Make) -> None:
    folder = Folder(hostile, make_settings)
    assert folder.status(folder.run(0)) == "success"
    del hostile.objects[folder.path]
    report = folder.run(1)
    assert folder.status(report) == "unknown"
    assert any("1 backup group is missing from the evidence" in warning for warning in map(str, report.warnings))
    assert folder.status(folder.run_hourly(23)) == "unknown"
    assert folder.status(folder.run_hourly(24)) == "warning"
    assert folder.status(folder.run_hourly(47)) == "failed"
    report = folder.run_hourly(94)
    assert folder.status(report) == "failed"
    assert CLIENT in report.private_names
    report = folder.run_hourly(95)
    assert (folder.status(report), [group.name for group in report.backup_groups]) == ("success", ["other"])
    assert any("1 backup group is forgotten" in warning for warning in map(str, report.warnings))


def test_a_folder_that_is_back_counts_again(hostile: HostileS3, make_settings: Make) -> None:
    folder = Folder(hostile, make_settings)
    folder.run(0)
    del hostile.objects[folder.path]
    assert folder.status(folder.run_hourly(60)) == "failed"
    hostile.put(folder.path, b"x", NOW + timedelta(hours=60))
    assert folder.status(folder.run(61)) == "success"


@pytest.fixture
def missing(hostile: HostileS3, make_settings: Make) -> Folder:
    """A folder that a run has seen and that is deleted now."""
    folder = Folder(hostile, make_settings)
    folder.run(0)
    del hostile.objects[folder.path]
    return folder


def test_no_folder_is_forgotten_in_time_that_no_run_observed(missing: Folder) -> None:
    missing.run(1)
    assert [missing.status(missing.run(hours)) for hours in (500, 5000, 50000)] == ["failed"] * 3


def test_a_clock_that_is_ahead_once_forgets_no_folder(missing: Folder) -> None:
    assert missing.status(missing.run(26)) == "warning"
    missing.run(26 + 72)
    assert missing.status(missing.run(27)) == "warning"


def test_folders_that_the_version_before_found_missing_are_unknown(missing: Folder) -> None:
    missing.run(1)
    del missing.saved["missing"]
    assert missing.status(missing.run(2)) == "unknown"
    assert missing.status(missing.run_hourly(48)) == "unknown"
    assert missing.status(missing.run_hourly(51)) == "success"


def test_an_empty_prefix_is_unknown_with_its_reason(hostile: HostileS3, make_settings: Make) -> None:
    settings = settings_of(make_settings, hostile.url, BACKUP_PREFIX="b/", BACKUP_GROUPS="prefix")
    hostile.put("/backups/elsewhere/1.gz", b"x", ago(hours=1))
    (group,) = spaces_backups.sources(settings)[0].poll(PollRequest(NOW, 20, clock=SYSTEM_CLOCK)).backup_groups
    assert (group.newest, group.reason) == (None, "no folder below BACKUP_PREFIX holds anything")
