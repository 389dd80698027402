# SPDX-License-Identifier: MIT
"""CORS rules: what is asked for, what is there, and keys that may not touch them.

moto keeps the rules but applies others of its own, and knows no rights: that they work is seen in tests/spaces.
"""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from elytra_status import cors, errors, spaces
from elytra_status.errors import PublishError
from elytra_status.publish.spaces_bucket import account
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
    spaces.open_client(account(settings)).create_bucket(Bucket=settings.status_bucket)
    return settings


def test_rules_that_are_set_are_those_that_are_there(bucket_of_moto: Settings) -> None:
    assert cors.present(bucket_of_moto) == []
    assert not cors.same([], cors.wanted(bucket_of_moto))
    cors.apply(bucket_of_moto)
    assert cors.same(cors.present(bucket_of_moto), cors.wanted(bucket_of_moto))
    (rule,) = cors.present(bucket_of_moto)
    assert sorted(rule["AllowedMethods"]) == ["GET", "HEAD"]
    assert sorted(rule["AllowedOrigins"]) == sorted(ORIGINS.split(","))


def test_apply_replaces_what_was_there(bucket_of_moto: Settings) -> None:
    before = {"CORSRules": [{"ID": "old", "AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]}
    client = spaces.open_client(account(bucket_of_moto))
    client.put_bucket_cors(Bucket=bucket_of_moto.status_bucket, CORSConfiguration=before)
    assert not cors.same(cors.present(bucket_of_moto), cors.wanted(bucket_of_moto))
    cors.apply(bucket_of_moto)
    assert cors.same(cors.present(bucket_of_moto), cors.wanted(bucket_of_moto))


def test_nothing_is_allowed_but_reading(hostile: HostileS3, make_settings: Make) -> None:
    cors.apply(settings_of(make_settings, hostile.url, CORS_ORIGINS=ORIGINS))
    (put,) = hostile.asked("PUT")
    assert "cors" in put.query
    found: dict[str, list[str | None]] = {}
    for element in ElementTree.fromstring(put.body).iter():
        found.setdefault(element.tag.rpartition("}")[2], []).append(element.text)
    assert found["AllowedMethod"] == ["GET", "HEAD"]
    assert found["AllowedOrigin"] == ORIGINS.split(",")
    assert len(found["CORSRule"]) == 1


RULE: dict[str, Any] = {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 3600}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([RULE], [RULE], True),
        ([RULE], [{**RULE, "AllowedMethods": ["HEAD", "GET"]}], True),
        ([RULE], [{**RULE, "ExposeHeaders": []}], True),
        ([RULE], [{**RULE, "AllowedMethods": ["GET", "HEAD", "PUT"]}], False),
        ([RULE], [{**RULE, "AllowedOrigins": ["https://www.example.com"]}], False),
        ([RULE], [{**RULE, "MaxAgeSeconds": 60}], False),
        ([RULE], [RULE, RULE], False),
        ([RULE], [], False),
    ],
)
def test_what_means_the_same(one: list[Any], other: list[Any], expected: bool) -> None:
    assert cors.same(one, other) is expected
    assert cors.same(other, one) is expected


def test_show_and_apply(bucket_of_moto: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(tmp_path, "cors", "show") == errors.DONE
    assert "not as CORS_ORIGINS=" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert "are allowed now" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "apply") == errors.DONE
    assert "are allowed already" in capsys.readouterr().out
    assert run_command(tmp_path, "cors", "show") == errors.DONE
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("GET, HEAD from ")
    assert " as CORS_ORIGINS=" in second
    assert "not as" not in second


def test_what_is_right_already_is_not_written_again(hostile: HostileS3, make_settings: Make, tmp_path: Path) -> None:
    settings = settings_of(make_settings, hostile.url)
    rule = cors.wanted(settings)[0]
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
        assert "not as" in printed.out
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
        (error(501, "NotImplemented"), "has no way to read its CORS rules"),
        (error(503, "SlowDown"), "slow down"),
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


def test_a_refusal_that_is_none_of_rights_is_raised(hostile: HostileS3, make_settings: Make) -> None:
    hostile.answer = lambda request: error(404, "NoSuchBucket")
    settings = settings_of(make_settings, hostile.url)
    for call in (cors.present, cors.apply):
        with pytest.raises(PublishError) as caught:
            call(settings)
        assert not cors.is_forbidden(caught.value)


def test_without_a_bucket_there_are_no_rules(
    make_settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_settings()
    assert run_command(tmp_path, "cors", "show") == errors.SETTINGS
    assert "STATUS_BUCKET" in capsys.readouterr().err
