# SPDX-License-Identifier: MIT
"""What is refused and in which words, and what settings require of each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from elytra_status.problem import SettingsError
from elytra_status.settings import DEFINITIONS, Settings, Threshold, WrongSettingsError, kinds, load, secret_kinds
from elytra_status.settings.file import quoted
from tests.settings.reading import SECRETS, STORAGE, Read, Refuse, credentials


def test_every_fault_is_shown_at_once_with_file_and_line(refuse: Refuse, tmp_path: Path) -> None:
    directory = credentials(tmp_path, cache_max_age_seconds="-1")
    faults = refuse(
        "LOG_LEVEL=loud\nno line\nBACKUP_MAX_AGE_HOURS=50\nSTATUS_BUCKET=s3://x\n",
        CREDENTIALS_DIRECTORY=directory,
        UPTIME_KUMA_API_KEY="key",
        OUTAGE_THRESHOLD="none",
    )
    places = [fault.partition(": ")[0] for fault in faults]
    assert sorted(places) == sorted(
        [
            "settings.conf:2",
            "environment",
            "settings.conf:4",
            "credential cache_max_age_seconds",
            "settings.conf:1",
            "environment",
            "settings.conf:3",
        ]
    )
    for fault in faults:
        assert re.search(r"\. [A-Z].*\.$", fault), f"{fault} names no remedy"


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "form", ["{}", "{}=", "'{}'", "{}==", "export {}", "{} = x", '"{}', "\t{}\t", "{}=x #", ": {}"]
)
def test_a_secret_on_a_line_of_its_own_is_not_shown(secret: str, form: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.conf"
    file.write_text(f"SPACES_SECRET_KEY=\n{form.format(secret)}\n", encoding="utf-8")
    file.chmod(0o600)
    told: list[str] = []
    try:
        told += map(str, load(file, {}).warnings)
    except WrongSettingsError as error:
        told += map(str, error.faults + error.warnings)
    assert told
    for words in told:
        assert "settings.conf:2: " in words
        assert secret.rstrip("=") not in words


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_as_a_wrong_value_is_not_shown(secret: str, refuse: Refuse) -> None:
    may_be_anything = (
        *(kinds.TEXT, kinds.NAME, kinds.NOTICE, kinds.LIST, kinds.HEADER, kinds.REGION),
        *(secret_kinds.SECRET, secret_kinds.KEY, secret_kinds.SECRET_KEY, secret_kinds.TOPIC, kinds.HELO),
        *(kinds.LABELS, kinds.OBJECT_KEY, kinds.SLUG, kinds.HOST, kinds.ENDPOINT),
    )
    faults = refuse("".join(f'{definition.name}="{secret} "\n' for definition in DEFINITIONS))
    for definition in DEFINITIONS:
        told = any(fault.split()[1] == definition.name for fault in faults)
        assert told or definition.kind in may_be_anything, definition.name
    assert not any(secret in fault for fault in faults)


BOUNDS: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "UPTIME_KUMA_URL",
        {
            "https://kuma.example.com": "https://kuma.example.com",
            "http://10.0.0.5:3001/": "http://10.0.0.5:3001",
            "http://[::1]:3001": "http://[::1]:3001",
        },
        [
            "kuma.example.com",
            "kuma:3001",
            "ftp://kuma.example.com",
            "https://",
            "https://:80",
            "https://kuma.example.com:99999",
            "https://kuma.example.com:x",
            "https://kuma.example.com:0",
            "https://user@kuma.example.com",
            "https://@kuma.example.com",
            "https://u:p@kuma.example.com",
            "https://:p@kuma.example.com",
            "https://kuma.example.com/?a=b",
            "https://kuma.example.com/?",
            "https://kuma.example.com/#",
            "https://kuma example.com",
            "https://kuma.example.com/a b",
            "https://[::1",
            "https://kuma.example.com\u2028/",
            "https:/kuma.example.com",
        ],
    ),
    ("STATUS_URL", {"https://a.example/status/status.json": "https://a.example/status/status.json"}, ["status.json"]),
    (
        "UPTIME_KUMA_STATUS_PAGE",
        {"main": "main", "elytra-2": "elytra-2"},
        ["https://kuma.example.com/status/main", "/status/main", "a b"],
    ),
    (
        "SPACES_ENDPOINT",
        {
            "nyc3.digitaloceanspaces.com": "https://nyc3.digitaloceanspaces.com",
            "https://nyc3.digitaloceanspaces.com/": "https://nyc3.digitaloceanspaces.com",
            "localhost:9000": "https://localhost:9000",
            "http://localhost:9000": "http://localhost:9000",
        },
        ["s3://bucket", "//nyc3.digitaloceanspaces.com", "nyc3 digitaloceanspaces", "key:secret@host"],
    ),
    (
        "SMTP_HOST",
        {
            "mail.example.com": "mail.example.com",
            "Mail.Example.COM": "mail.example.com",
            "localhost": "localhost",
            "mail_1": "mail_1",
            "post.müller.example": "post.müller.example",
            "192.0.2.25": "192.0.2.25",
            "2001:DB8:0::25": "2001:db8::25",
            "[::1]": "::1",
        },
        [
            "https://mail.example.com",
            "smtp://mail.example.com",
            "mail.example.com:587",
            "[::1]:587",
            "mail.example.com/",
            "user@mail.example.com",
            "587",
            "192.0.2.256",
            "mail..example.com",
            "-mail.example.com",
            "mail-.example.com",
            "mail example",
            "a" * 64 + ".example",
        ],
    ),
    ("MONITOR_IDS", {"1": (1,), " 1, 2,,2 ,3": (1, 2, 3)}, ["a", "1;2", "-1", "1.5", ",", "1234567890", "1 2"]),
    (
        "PROMETHEUS_LABELS",
        {"instance": ("instance",), "namespace, service,,service": ("namespace", "service"), "_a1": ("_a1",)},
        ["1a", "name-space", "a b", "a;b", ",", "a{b}", "ä"],
    ),
    ("CRITICAL_MONITOR_IDS", {"7,8": (7, 8)}, ["critical", "1;2"]),
    ("FLAP_CHANGES", {"2": 2, "100": 100}, ["1", "101", "4 changes"]),
    ("FLAP_MINUTES", {"5": 5, "60": 60}, ["4", "61", "30m"]),
    ("MONITOR_STALE_MINUTES", {"1": 1, "1440": 1440}, ["0", "1441", "15m", "1.5", "１", "9" * 40]),
    ("SOURCE_DEADLINE_SECONDS", {"1": 1, "200": 200}, ["0", "201"]),
    ("STATUS_POLICY", {"monitors": "monitors", "Uptime": "uptime"}, ["both", "monitors uptime"]),
    (
        "OUTAGE_THRESHOLD",
        {
            "1": Threshold(count=1),
            "999999": Threshold(count=999999),
            "25%": Threshold(ratio=Fraction(1, 4)),
            "33.333 %": Threshold(ratio=Fraction(33333, 100000)),
            "100%": Threshold(ratio=Fraction(1)),
        },
        ["0", "0%", "101%", "-1", "25 percent", "0.25", "%", "1e2"],
    ),
    ("CONFIRM_AFTER_SECONDS", {"1": 1, "170": 170}, ["0", "171"]),
    ("UPTIME_AGGREGATE", {"mean": "mean", "minimum": "minimum"}, ["average"]),
    ("UPTIME_OPERATIONAL_PERCENT", {"100": 100.0, "99.95": 99.95}, ["100.1", "99,5", "-1", "nan", "inf", "1e1", "99%"]),
    ("UPTIME_DEGRADED_PERCENT", {"0": 0.0, "99.5": 99.5}, ["101", ".5"]),
    (
        "SPACES_REGION",
        {"nyc3": "nyc3", "eu-central-1": "eu-central-1", "RegionOne": "RegionOne"},
        [
            "nyc3.digitaloceanspaces.com",
            "https://nyc3",
            "New York 3",
            "nyc3\u2026",
            "-a",
            "a-",
            "12",
            "a" * 64,
            "nyc_3",
        ],
    ),
    (
        "SMTP_HELO",
        {
            "web1.example.com": "web1.example.com",
            "Web1.Example.COM": "web1.example.com",
            "192.0.2.25": "[192.0.2.25]",
            "2001:db8::25": "[IPv6:2001:db8::25]",
        },
        ["web1", "web1.example.com:25", "smtp://web1.example.com", "web 1.example", "m\u00fcller.example", "[web1.a]"],
    ),
    ("PROMETHEUS_TENANT", {"hosting": "hosting", "a|b (c)": "a|b (c)"}, ["t\u00e9nant", "a\u2026b", "a\x7fb"]),
    ("STATUS_BUCKET_KEY", {"a/status.json": "a/status.json"}, ["/status.json", "a/", "a//b"]),
    (
        "BACKUP_MANIFEST",
        {"/srv/manifests/": "/srv/manifests"},
        [
            "manifests",
            "s3://",
            "s3:///key",
            "s3://Backups/a",
            "s3://backups//a",
            "s3://backups/a//",
            "s3://backups/a//b",
        ],
    ),
    ("PUBLIC_DIRECTORY", {"/srv/status/": "/srv/status", "/srv/a/../b": "/srv/b"}, ["status", "~/status", "./a"]),
    (
        "CORS_ORIGINS",
        {"*": ("*",), "https://a.example, http://b.example:8080": ("https://a.example", "http://b.example:8080")},
        ["a.example", "https://a.example/", "https://a.example/x", ",", "null", "https://"],
    ),
    ("CACHE_MAX_AGE_SECONDS", {"0": 0, "3600": 3600}, ["-1", "3601"]),
    ("FRESHNESS_MAX_AGE_MINUTES", {"1": 1, "1440": 1440}, ["0", "1441"]),
    ("RUN_DEADLINE_SECONDS", {"130": 130, "3600": 3600}, ["9", "3601"]),
    ("BACKUP_MIN_BYTES", {"0": 0, "1000000000000000": 10**15}, ["-1", "1000000000000001", "1 MB", "1_000"]),
    ("BACKUP_GROUPS", {"none": "none", "prefix": "prefix"}, ["folder"]),
    ("BACKUP_LISTING", {"auto": "auto", "full": "full", "remembered": "remembered"}, ["whole"]),
    ("BACKUP_MAX_AGE_HOURS", {"0.1": 0.1, "26.5": 26.5}, ["0", "0.09", "8761"]),
    ("BACKUP_FAILED_AGE_HOURS", {"25": 25.0, "8760": 8760.0}, ["8760.1", "two"]),
    ("BACKUP_POLICY", {"Nächtlich ☂": "Nächtlich ☂"}, ["a\x85b", "a\u2028b", "a\x1b[31mb", "a\x7f"]),
    ("INFRASTRUCTURE_REGIONS", {"nyc3, ams3,": ("nyc3", "ams3")}, [",", "a\x1bb"]),
    ("PUBLIC_WORDS", {"Website,Shop": ("Website", "Shop")}, [" , "]),
    ("LOG_LEVEL", {"info": "info", "WARNING": "warning"}, ["loud", "10"]),
]


# What some settings are nothing without.
BESIDE = {
    "PROMETHEUS_LABELS": {"PROMETHEUS_URL": "https://prometheus.example.com"},
    "UPTIME_KUMA_URL": {},
    "SMTP_HOST": {"SMTP_FROM": "a@example.com", "ALERT_EMAIL_TO": "b@example.com"},
    "SMTP_HELO": {
        "SMTP_HOST": "mail.example.com",
        "SMTP_FROM": "a@example.com",
        "ALERT_EMAIL_TO": "b@example.com",
    },
    "PROMETHEUS_TENANT": {"PROMETHEUS_URL": "https://mimir.example.com"},
}


@pytest.mark.parametrize(
    ("name", "text", "value"), [(name, *pair) for name, right, _ in BOUNDS for pair in right.items()]
)
def test_what_is_right_is_read(name: str, text: str, value: Any, read: Read) -> None:
    """Out of the environment and out of the file."""
    beside = BESIDE.get(name, {"UPTIME_KUMA_URL": "https://kuma.example.com"})
    assert getattr(read("", **beside, **{name: text}).settings, name.lower()) == value
    assert getattr(read(f"{name}={quoted(text)}\n", **beside).settings, name.lower()) == value


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, _, wrong in BOUNDS for text in wrong if text])
def test_what_is_wrong_is_refused(name: str, text: str, refuse: Refuse) -> None:
    (fault,) = refuse("", **{name: text})
    place, _, words = fault.partition(": ")
    assert place == "environment"
    assert words.startswith(f"{name} ")
    assert re.search(r"\. [A-Z].*\.$", words), "it names no remedy"
    assert re.search(r"\. [A-Z].*\.$", words), "it names no remedy"


@pytest.mark.parametrize("text", ["manifests", "s3:/backups/a", "S3://backups/a", "https://backups.example/a"])
def test_the_remedy_for_what_is_neither_a_path_nor_in_a_bucket_names_both(text: str, refuse: Refuse) -> None:
    (fault,) = refuse(f"BACKUP_MANIFEST={text}")
    assert fault == (
        "settings.conf:1: BACKUP_MANIFEST is neither an absolute path nor in a bucket."
        " Write a path that begins with / or with s3://."
    )


@pytest.mark.parametrize("text", ["ab", "a" * 64, "Example", "a_b", "-ab", "s3://ab", "a b", "abc/def", "", "ab."])
def test_what_is_no_bucket_is_refused(text: str, refuse: Refuse, read: Read) -> None:
    if text:
        (fault,) = refuse("", BACKUP_BUCKET=text)
        assert fault.startswith("environment: BACKUP_BUCKET is not a bucket name. ")
    else:
        assert read("", BACKUP_BUCKET=text).settings.backup_bucket is None


@pytest.mark.parametrize("name", [definition.name for definition in DEFINITIONS])
def test_what_holds_only_spaces_is_not_set(name: str, read: Read) -> None:
    loaded = read(f'{name}="  "\n')
    assert loaded.warnings == []
    assert loaded.settings == Settings()
    assert loaded.origins[name] == "default"


def test_every_kind_reads_back_what_it_writes() -> None:
    for definition in DEFINITIONS:
        if definition.is_secret:
            continue
        for text in (definition.example, definition.kind.write(definition.default) if definition.default else ""):
            if text:
                value = definition.kind.read(text)
                assert definition.kind.read(definition.kind.write(value)) == value
    percent = kinds.number(0, 100, "percent")
    assert percent.write(99.99999) == "99.99999"
    assert percent.write(95.0) == "95"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"UPTIME_KUMA_API_KEY": "key"}, "UPTIME_KUMA_URL"),
        ({"UPTIME_KUMA_STATUS_PAGE": "main"}, "UPTIME_KUMA_URL"),
        ({"MONITOR_IDS": "1"}, "UPTIME_KUMA_URL"),
        ({"CRITICAL_MONITOR_IDS": "1"}, "UPTIME_KUMA_URL"),
        ({"CONNECTIVITY_URL": "https://outside.example"}, "UPTIME_KUMA_URL"),
        (
            {"UPTIME_KUMA_URL": "https://kuma.example/", "CONNECTIVITY_URL": "https://kuma.example/"},
            "CONNECTIVITY_URL",
        ),
        (
            {"PROBE_URLS": "https://a.example/,https://b.example/", "CONNECTIVITY_URL": "https://b.example"},
            "PROBE_URLS",
        ),
        (
            {
                "HEALTHCHECKS_API_KEY": "key",
                "HEALTHCHECKS_URL": "https://pings.example/",
                "CONNECTIVITY_URL": "https://pings.example",
            },
            "HEALTHCHECKS_URL",
        ),
        (
            {"BETTER_STACK_TOKEN": "token", "CONNECTIVITY_URL": "https://uptime.betterstack.com"},
            "BETTER_STACK_URL",
        ),
        (
            {"UPTIME_KUMA_URL": "https://kuma.example", "MONITOR_IDS": "1,2", "CRITICAL_MONITOR_IDS": "2,3"},
            "MONITOR_IDS",
        ),
        ({**STORAGE, "SPACES_ENDPOINT": ""}, "SPACES_ENDPOINT"),
        ({**STORAGE, "SPACES_ACCESS_KEY": ""}, "SPACES_ACCESS_KEY"),
        ({**STORAGE, "SPACES_SECRET_KEY": ""}, "SPACES_SECRET_KEY"),
        ({**STORAGE, "SPACES_ENDPOINT": "example-status.nyc3.digitaloceanspaces.com"}, "SPACES_ENDPOINT"),
        ({**STORAGE, "SPACES_ENDPOINT": "nyc3.digitaloceanspaces.com/example-status"}, "SPACES_ENDPOINT"),
        ({**STORAGE, "SPACES_ENDPOINT": "example-status.s3.us-east-1.amazonaws.com"}, "SPACES_ENDPOINT"),
        ({"SPACES_ACCESS_KEY": "access"}, "SPACES_SECRET_KEY"),
        ({"SPACES_SECRET_KEY": "secret"}, "SPACES_ACCESS_KEY"),
        ({"BACKUP_ACCESS_KEY": "access"}, "BACKUP_SECRET_KEY"),
        ({"BACKUP_SECRET_KEY": "secret"}, "BACKUP_ACCESS_KEY"),
        ({**STORAGE, "SPACES_ENDPOINT": "", "STATUS_BUCKET": "", "BACKUP_BUCKET": "backups"}, "BACKUP_ENDPOINT"),
        ({"BACKUP_ENDPOINT": "fra1.digitaloceanspaces.com", "BACKUP_BUCKET": "backups"}, "BACKUP_ACCESS_KEY"),
        ({"BACKUP_ENDPOINT": "a.example", "BACKUP_MANIFEST": "s3://backups/latest/"}, "BACKUP_ACCESS_KEY"),
        ({**STORAGE, "SPACES_ENDPOINT": "", "STATUS_BUCKET": "", "BACKUP_MANIFEST": "s3://backups"}, "BACKUP_ENDPOINT"),
        (
            {**STORAGE, "BACKUP_BUCKET": "backups", "BACKUP_ENDPOINT": "backups.fra1.digitaloceanspaces.com"},
            "BACKUP_ENDPOINT",
        ),
        ({"BACKUP_GROUPS": "prefix", "BACKUP_PREFIX": "nightly"}, "BACKUP_PREFIX"),
        ({"BACKUP_FAILED_AGE_HOURS": "24"}, "BACKUP_FAILED_AGE_HOURS"),
        ({"UPTIME_DEGRADED_PERCENT": "99.6"}, "UPTIME_DEGRADED_PERCENT"),
        ({"RUN_DEADLINE_SECONDS": "129"}, "RUN_DEADLINE_SECONDS"),
    ],
)
def test_what_does_not_go_together_is_refused_once(values: dict[str, str], named: str, refuse: Refuse) -> None:
    content = "".join(f"{name}={value}\n" for name, value in values.items() if value)
    (fault,) = refuse(content)
    assert fault.startswith("settings.conf:")
    assert named in fault
    assert re.search(r"\. [A-Z].*\.$", fault), "it names no remedy"


@pytest.mark.parametrize(
    "values",
    [
        STORAGE,
        {**STORAGE, "STATUS_BUCKET": "nyc3"},
        {**STORAGE, "STATUS_BUCKET": "status", "SPACES_ENDPOINT": "https://status.example.com"},
        {**STORAGE, "BACKUP_BUCKET": "backups"},
        {**STORAGE, "STATUS_BUCKET": "", "BACKUP_BUCKET": "backups"},
        {**STORAGE, "BACKUP_MANIFEST": "s3://backups/latest/"},
        {
            "BACKUP_ENDPOINT": "a.example",
            "BACKUP_ACCESS_KEY": "a",
            "BACKUP_SECRET_KEY": "b",
            "BACKUP_BUCKET": "backups",
        },
        {"BACKUP_GROUPS": "prefix", "BACKUP_PREFIX": "nightly/"},
        {"BACKUP_GROUPS": "prefix"},
        {"BACKUP_FAILED_AGE_HOURS": "25"},
        {"UPTIME_DEGRADED_PERCENT": "99.5"},
        {"RUN_DEADLINE_SECONDS": "130"},
        {"CONFIRM_AFTER_SECONDS": "170", "RUN_DEADLINE_SECONDS": "230"},
    ],
)
def test_what_goes_together_is_accepted(values: dict[str, str], read: Read) -> None:
    read("".join(f"{name}={value}\n" for name, value in values.items() if value))


def test_a_value_that_is_refused_makes_no_second_fault(refuse: Refuse) -> None:
    faults = refuse("UPTIME_KUMA_URL=kuma\nUPTIME_KUMA_API_KEY=key\nBACKUP_MAX_AGE_HOURS=9999\n")
    assert [fault.split()[1] for fault in faults] == ["UPTIME_KUMA_URL", "BACKUP_MAX_AGE_HOURS"]


def test_a_line_that_cannot_be_read_makes_no_second_fault(refuse: Refuse) -> None:
    (fault,) = refuse('UPTIME_KUMA_URL="https://kuma.example.com\nUPTIME_KUMA_API_KEY=key\n')
    assert "UPTIME_KUMA_URL has an open quote" in fault


def test_components_have_groups_and_descriptions(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(
        COMPONENTS="Websites: 1; Mail: 2",
        COMPONENT_GROUPS="Hosting: Websites, Mail",
        COMPONENT_DESCRIPTIONS="Websites: Sites of all clients: fast; Mail: IMAP",
    )
    assert settings.component_groups == (("Hosting", ("Websites", "Mail")),)
    assert settings.component_descriptions == (("Websites", "Sites of all clients: fast"), ("Mail", "IMAP"))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("COMPONENT_GROUPS", "Hosting: Web", "names a component that COMPONENTS does not name"),
        ("COMPONENT_DESCRIPTIONS", "Web: x", "names a component that COMPONENTS does not name"),
        ("COMPONENT_GROUPS", "Hosting", "is not a list of names"),
        ("COMPONENT_GROUPS", ";", "contains no name"),
        ("COMPONENT_GROUPS", "A: Websites; B: Websites", "contains a component in two groups"),
        ("COMPONENT_GROUPS", "A: Websites; A: Mail", "contains a name twice"),
        ("COMPONENT_DESCRIPTIONS", "Websites: " + "x" * 501, "has 501 characters"),
    ],
)
def test_groups_and_descriptions_that_cannot_be_used_are_refused(
    name: str, value: str, problem: str, make_settings: Callable[..., Settings]
) -> None:
    with pytest.raises(SettingsError, match=problem):
        make_settings(COMPONENTS="Websites: 1; Mail: 2", **{name: value})
