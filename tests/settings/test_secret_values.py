# SPDX-License-Identifier: MIT
"""A secret of the settings is seen by nobody who does not ask for it."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import logging
import os
import pickle
import pprint
import string
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elytra_status.settings import Secret, Settings
from tests.settings.reading import Read, Refuse, credentials

SECRET = "Pl4ntedS3cret"


def _logged(value: object) -> str:
    stream = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("%s %r", value, {"key": value})
    return stream.getvalue()


def _in_traceback(value: object) -> str:
    def fail(key: object) -> None:
        raise ValueError(f"not this: {key}")

    try:
        fail(value)
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    raise AssertionError


SHOWN: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda value: format(value),
    "format with a width": lambda value: f"{value!s:>40}",
    "f-string": lambda value: f"{value} {value!r} {value!s} {value!a}",
    "%": lambda value: "%s %r" % (value, value),  # noqa: UP031
    "% in a mapping": lambda value: "%(key)s" % {"key": value},  # noqa: UP031
    "str.format": lambda value: "{0} {0!r}".format(value),  # noqa: UP032
    "Template": lambda value: string.Template("$key").substitute(key=value),
    "print": lambda value: print(value, file=(stream := io.StringIO())) or stream.getvalue(),
    "pprint": lambda value: pprint.pformat([value]),
    "in a list": lambda value: str([value, (value,), {value: value}, {value}]),
    "as an exception": lambda value: str(ValueError(value)) + repr(ValueError(value)),
    "KeyError": lambda value: str(KeyError(value)),
    "log": _logged,
    "traceback": _in_traceback,
    "json with default=str": lambda value: json.dumps({"key": value}, default=str),
    "json with default=vars": lambda value: json.dumps({"key": value}, default=lambda one: getattr(one, "__dict__", 0)),
    "copy": lambda value: repr(copy.copy(value)),
    "deepcopy": lambda value: repr(copy.deepcopy({"key": value})),
    "dir": lambda value: str(dir(value)),
}

REFUSED: dict[str, Callable[[Any], object]] = {
    "json": lambda value: json.dumps(value),
    "json as a key": lambda value: json.dumps({value: 1}),
    "json in a dict": lambda value: json.dumps({"key": [value]}),
    "pickle": lambda value: pickle.dumps(value),
    "old pickle": lambda value: pickle.dumps(value, 0),
    "added to": lambda value: "key: " + value,
    "added": lambda value: value + "!",
    "join": lambda value: "".join([value]),
    "times": lambda value: value * 2,
    "iteration": lambda value: list(value),
    "slice": lambda value: value[1:],
    "index": lambda value: value[0],
    "in": lambda value: "x" in value,
    "bytes": lambda value: bytes(value),
    "encode": lambda value: value.encode(),
    "upper": lambda value: value.upper(),
    "write": lambda value: io.StringIO().write(value),
    "path": lambda value: os.fspath(value),
    "vars": lambda value: vars(value),
    "order": lambda value: sorted([value, value]),
    "length": lambda value: len(value),
}


@pytest.mark.parametrize("way", SHOWN)
def test_a_secret_is_not_seen(way: str) -> None:
    for value in (Secret(SECRET), Settings(spaces_secret_key=Secret(SECRET))):
        assert SECRET not in str(SHOWN[way](value)), way


@pytest.mark.parametrize("way", REFUSED)
def test_a_secret_is_no_text_that_could_be_taken_along(way: str) -> None:
    with pytest.raises((TypeError, AttributeError)):
        REFUSED[way](Secret(SECRET))


def test_settings_do_not_carry_a_secret_out() -> None:
    settings = Settings(spaces_secret_key=Secret(SECRET))
    assert SECRET not in repr(settings)
    assert SECRET not in str(dataclasses.asdict(settings))
    assert SECRET not in str(dataclasses.astuple(settings))
    assert SECRET not in str(vars(settings))
    assert SECRET not in repr(dataclasses.replace(settings, log_level="debug"))
    with pytest.raises(TypeError):
        pickle.dumps(settings)
    with pytest.raises(TypeError):
        json.dumps(dataclasses.asdict(settings))


def test_a_secret_is_given_to_who_asks_for_it() -> None:
    secret = Secret(SECRET)
    assert secret.reveal() == SECRET
    assert type(secret.reveal()) is str
    assert copy.deepcopy(secret).reveal() == SECRET
    assert secret == Secret(SECRET)
    assert hash(secret) == hash(Secret(SECRET))
    assert secret != Secret("another")
    assert secret != SECRET
    assert secret
    assert not Secret("")
    assert f"{secret:>40}" == "***"


def test_a_secret_is_read_without_the_space_around_it(read: Read, tmp_path: Path) -> None:
    directory = credentials(tmp_path, spaces_access_key="  key\r\n")
    settings = read('SPACES_SECRET_KEY=" \\"a-b\\"=#c "\n', CREDENTIALS_DIRECTORY=directory).settings
    assert settings.spaces_access_key == Secret("key")
    assert settings.spaces_secret_key == Secret('"a-b"=#c')


def test_a_secret_of_two_lines_is_refused(refuse: Refuse, tmp_path: Path) -> None:
    directory = credentials(tmp_path, spaces_access_key="key\nanother")
    (fault,) = refuse("SPACES_SECRET_KEY=x\n", CREDENTIALS_DIRECTORY=directory)
    assert fault == (
        "credential spaces_access_key: SPACES_ACCESS_KEY contains a line break or a control character. Write one line."
    )
