# SPDX-License-Identifier: MIT
"""The host of an address, and whether a host is this machine."""

from __future__ import annotations

import pytest

from elytra_status.net.hosts import host_of, is_this_machine


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://Status.Example.com/path?query", "status.example.com"),
        ("https://user:password@db.example.com:8443", "db.example.com"),
        ("db.example.com:9100", "db.example.com"),
        ("db.example.com", "db.example.com"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("[::1]:9090", "::1"),
        ("https://", ""),
        ("", ""),
        ("http://[broken", ""),
        ("the website of a client", ""),
    ],
)
def test_host_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.0.1.1", "::1", "[::1]"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["", "localhost.example.com", "128.0.0.1", "10.0.0.1", "127.example.com", "::2"])
def test_any_other_host_is_another_machine(host: str) -> None:
    assert not is_this_machine(host)
