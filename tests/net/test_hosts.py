# SPDX-License-Identifier: MIT
"""The host of an address, and whether a host is this machine."""

from __future__ import annotations

import pytest

from elytra_status.net.hosts import crosses_in_clear, host_of, host_with_port, is_this_machine


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


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:password@db.example.com:8443/path", "db.example.com:8443"),
        ("https://status.example.com", "status.example.com"),
        ("http://[2001:db8::1]:9090/", "[2001:db8::1]:9090"),
        ("https://", ""),
    ],
)
def test_host_with_port_has_no_login(url: str, host: str) -> None:
    assert host_with_port(url) == host


@pytest.mark.parametrize(
    ("url", "crosses"),
    [
        ("http://db.example.com/", True),
        ("https://db.example.com/", False),
        ("http://127.0.0.1:9090", False),
        ("http://[::1]/", False),
    ],
)
def test_only_plain_requests_to_other_machines_cross_in_clear(url: str, crosses: bool) -> None:
    assert crosses_in_clear(url) is crosses
