# SPDX-License-Identifier: MIT
"""CORS rules: what is asked for, what is there, and keys that may not touch them.

moto keeps the rules but applies others of its own, and knows no rights: that they work is seen in tests/spaces.
"""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from elytra_status import errors
from elytra_status.errors import PublishError
from elytra_status.net import s3
from elytra_status.publish import cors
from elytra_status.publish.s3_bucket import status_bucket
from elytra_status.settings import Settings
from tests.hostile_s3 import HostileS3, Reply, Request, error
from tests.in_process import run_command

KEY, SECRET = "DO00KEYOFTHEPLATFORM", "secret/of+the=platform"
BUCKETS = (f"cors-{number}" for number in itertools.count())
ORIGINS = "https://www.example.com,https://*.example.net"

Make = Callable[..., Settings]


def settings_of(make: Make, url: str, bucket: str = "status", **more: object) -> Settings:
    return make(SPACES_ENDPOINT=url, SPACES_ACCESS_KEY=KEY, SPACES_SECRET_KEY=SECRET, STATUS_BUCKET=bucket, **more)


@pytest.fixture
def bucket_of_moto(s3_server: str, make_settings: Make) -> Settings:
    settings = settings_of(make_settings, s3_server, next(BUCKETS), CORS_ORIGINS=ORIGINS)
    bucket = bucket_of(settings)
    s3.open_client(bucket.account).create_bucket(Bucket=bucket.name)
    return settings


def bucket_of(settings: Settings) -> s3.Bucket:
    bucket = status_bucket(settings)
    assert bucket is not None
    return bucket


def test_rules_that_are_set_are_those_that_are_there(bucket_of_moto: Settings) -> None:
    bucket, origins = bucket_of(bucket_of_moto), bucket_of_moto.cors_origins
    assert cors.current_rules(bucket) == []
    assert not cors.is_applied([], origins)
    cors.apply(bucket, origins)
    assert cors.is_applied(cors.current_rules(bucket), origins)
    (rule,) = cors.current_rules(bucket)
    assert sorted(rule["AllowedMethods"]) == ["GET", "HEAD"]
    assert sorted(rule["AllowedOrigins"]) == sorted(ORIGINS.split(","))


OTHERS: list[dict[str, Any]] = [
    {"ID": "uploads", "AllowedMethods": ["PUT"], "AllowedOrigins": ["*"], "AllowedHeaders": ["x-csrf"]},
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://shop.example.org"], "MaxAgeSeconds": 60},
]


def put_rules(settings: Settings, rules: list[dict[str, Any]]) -> None:
    bucket = bucket_of(settings)
    s3.open_client(bucket.account).put_bucket_cors(Bucket=bucket.name, CORSConfiguration={"CORSRules": rules})


def methods_and_origins(settings: Settings) -> list[tuple[list[str], list[str]]]:
    rules = cors.current_rules(bucket_of(settings))
    return [(sorted(rule["AllowedMethods"]), sorted(rule["AllowedOrigins"])) for rule in rules]


def test_apply_keeps_the_rules_of_others(
    bucket_of_moto: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_rules(bucket_of_moto, OTHERS)
    for words in ("allowed now; 2 rules of others kept", "allowed already"):
        assert run_command(tmp_path, "cors", "apply") == errors.DONE
        assert words in capsys.readouterr().out
        assert methods_and_origins(bucket_of_moto) == [
            (["PUT"], ["*"]),
            (["GET"], ["https://shop.example.org"]),
            (["GET", "HEAD"], sorted(ORIGINS.split(","))),
        ]
    assert cors.current_rules(bucket_of(bucket_of_moto))[0]["AllowedHeaders"] == ["x-csrf"]
    assert run_command(tmp_path, "cors", "show") == errors.DONE
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition("(")[2] for line in lines[:3]] == [
        "set by others)",
        "set by others)",
        "set by elytra-status)",
    ]


def test_replace_deletes_the_rules_of_others(
    bucket_of_moto: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_rules(bucket_of_moto, [*OTHERS, cors.wanted_rule(bucket_of_moto.cors_origins)])
    assert run_command(tmp_path, "cors", "apply", "--replace") == errors.DONE
    assert "allowed now; 2 rules of others deleted" in capsys.readouterr().out
    assert methods_and_origins(bucket_of_moto) == [(["GET", "HEAD"], sorted(ORIGINS.split(",")))]


@pytest.mark.parametrize("has_id", [True, False])
def test_our_rule_for_earlier_origins_is_replaced(
    has_id: bool, bucket_of_moto: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = {**cors.wanted_rule(bucket_of_moto.cors_origins), "AllowedOrigins": ["https://old.example.com"]}
    if not has_id:  # release 0.1 gave it none
        del earlier["ID"]
    put_rules(bucket_of_moto, [earlier, OTHERS[0]])
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert methods_and_origins(bucket_of_moto) == [(["PUT"], ["*"]), (["GET", "HEAD"], sorted(ORIGINS.split(",")))]


def test_rules_that_cannot_be_read_are_not_overwritten(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    settings_of(make_settings, hostile.url)
    hostile.answer = lambda request: error(403, "AccessDenied") if request.method == "GET" else None
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert not hostile.asked("PUT")


def test_nothing_is_allowed_but_reading(hostile: HostileS3, make_settings: Make) -> None:
    cors.apply(bucket_of(settings_of(make_settings, hostile.url)), ORIGINS.split(","))
    (put,) = hostile.asked("PUT")
    assert "cors" in put.query
    found: dict[str, list[str | None]] = {}
    for element in ElementTree.fromstring(put.body).iter():
        found.setdefault(element.tag.rpartition("}")[2], []).append(element.text)
    assert found["AllowedMethod"] == ["GET", "HEAD"]
    assert found["AllowedOrigin"] == ORIGINS.split(",")
    assert len(found["CORSRule"]) == 1


RULE: dict[str, Any] = {
    "AllowedMethods": ["GET", "HEAD"],
    "AllowedOrigins": ["*"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["Age", "Date", "ETag"],
    "MaxAgeSeconds": 3600,
}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([RULE], True),
        ([{**RULE, "AllowedMethods": ["HEAD", "GET"], "ExposeHeaders": ["ETag", "Date", "Age"]}], True),
        ([{**RULE, "ID": "1"}], True),
        ([OTHERS[0], RULE], True),
        ([{**RULE, "AllowedMethods": ["GET", "HEAD", "PUT"]}], False),
        ([{**RULE, "AllowedOrigins": ["https://www.example.com"]}], False),
        ([{**RULE, "MaxAgeSeconds": 60}], False),
        ([{**RULE, "ExposeHeaders": []}], False),
        ([RULE, RULE], False),
        ([], False),
    ],
)
def test_rules_that_match_the_settings_are_applied(
    rules: list[dict[str, Any]], expected: bool, make_settings: Make
) -> None:
    assert cors.is_applied(rules, make_settings().cors_origins) is expected


def test_show_and_apply(bucket_of_moto: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(tmp_path, "cors", "show") == errors.DONE
    shown = capsys.readouterr().out
    assert "does not agree with CORS_ORIGINS=" in shown
    assert shown.endswith(". Run elytra-status cors apply.\n")
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert "are allowed now" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert "are allowed already" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "show") == errors.DONE
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("GET, HEAD from ")
    assert " agrees with CORS_ORIGINS=" in second
    assert "does not agree" not in second


def test_what_is_right_already_is_not_written_again(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    settings = settings_of(make_settings, hostile.url)
    rule = cors.wanted_rule(settings.cors_origins)
    tags = {name: name[:-1] for name in ("AllowedMethods", "AllowedOrigins", "AllowedHeaders", "ExposeHeaders")}
    inner = "".join(f"<{tag}>{value}</{tag}>" for name, tag in tags.items() for value in reversed(rule[name]))
    inner += f"<MaxAgeSeconds>{cors.MAX_AGE_SECONDS}</MaxAgeSeconds><ID>1</ID>"
    text = f"<CORSConfiguration><CORSRule>{inner}</CORSRule></CORSConfiguration>"
    hostile.answer = lambda request: Reply(200, text.encode(), {"Content-Type": "application/xml"})
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert [request.method for request in hostile.requests] == ["GET"]


@pytest.mark.parametrize("action", ["show", "apply"])
@pytest.mark.parametrize("refused", ["GET", "PUT"])
def test_a_key_that_may_not_is_a_warning_and_no_failure(
    action: str, refused: str, hostile: HostileS3, make_settings: Make, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    settings_of(make_settings, hostile.url, CORS_ORIGINS=ORIGINS)

    def answer(request: Request) -> Reply:
        return error(403, "AccessDenied") if request.method == refused else error(404, "NoSuchCORSConfiguration")

    hostile.answer = answer
    assert run_command(tmp_path, "cors", action) == errors.DONE
    printed = capsys.readouterr()
    if (action, refused) == ("show", "PUT"):
        assert "does not agree" in printed.out
        return
    (line,) = printed.err.splitlines()
    assert line.startswith("WARNING")
    assert "control panel" in line
    assert "https://*.example.net" in line
    assert "are allowed" not in printed.out


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error(403, "InvalidAccessKeyId"), "SPACES_ACCESS_KEY"),
        (error(403, "SignatureDoesNotMatch"), "SPACES_SECRET_KEY"),
        (error(404, "NoSuchBucket"), "no bucket status"),
        (error(501, "NotImplemented"), "does not support the request to read its CORS rules"),
        (error(503, "SlowDown"), "limits the rate of requests"),
        (Reply(200, b"<html>"), "SPACES_ENDPOINT"),
    ],
)
def test_other_refusals_are_failures(
    reply: Reply, words: str, hostile: HostileS3, make_settings: Make, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
    settings_of(make_settings, hostile.url)
    hostile.answer = lambda request: reply
    assert run_command(tmp_path, "cors", "apply") == errors.UNAVAILABLE
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert KEY not in line
    assert SECRET not in line


def test_an_error_other_than_missing_rights_is_raised(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: error(404, "NoSuchBucket")
    bucket = bucket_of(settings_of(make_settings, hostile.url))
    for call in (cors.current_rules, partial(cors.apply, origins=ORIGINS.split(","))):
        with pytest.raises(PublishError) as caught:
            call(bucket)
        assert not cors.is_forbidden(caught.value)


def test_without_a_bucket_there_are_no_rules(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    assert run_command(tmp_path, "cors", "show") == errors.SETTINGS
    assert "STATUS_BUCKET" in capsys.readouterr().err
