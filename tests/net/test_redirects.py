# SPDX-License-Identifier: MIT
"""A public server cannot redirect this machine to servers that only this machine can reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from elytra_status.net import http, peers
from tests.hostile_s3 import HostileS3, Reply

PUBLIC = [
    "93.184.215.14",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "::ffff:93.184.215.14",
    "2002:5db8:d70e::",
    "64:ff9b::5db8:d70e",
    "64:ff9b:1::5db8:d70e",
]
PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::",
    "64:ff9b:1::a00:1",
    "64:ff9b:1:5db8:d7:e00::",
    "64:ff9b:1:7f00:0:100:5db8:d70e",
    "::7f00:1",
    "2001::1",
    "4000::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert peers.is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_other_addresses_are_not(address: str) -> None:
    assert not peers.is_public(address)


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileS3]:
    """A server whose address 127.0.0.1 counts as public, and 127.0.0.2 as private."""
    monkeypatch.setattr(peers, "is_public", lambda address: address == "127.0.0.1")
    with HostileS3() as server:
        yield server


@pytest.fixture
def private() -> Iterator[HostileS3]:
    with HostileS3(host="127.0.0.2") as server:
        server.always(Reply(200, b"metadata"))
        yield server


def get(url: str, redirects: http.Redirects | None) -> int:
    with http.open_session() as session:
        return http.get(session, url, seconds=10, redirects=redirects).status


def redirect_to(hostile: HostileS3, location: str) -> None:
    hostile.answer = lambda request: Reply(302, headers={"Location": location}) if request.path == "/" else None


def test_a_public_server_does_not_redirect_to_a_private_address(hostile: HostileS3, private: HostileS3) -> None:
    redirect_to(hostile, private.url)
    with pytest.raises(peers.PrivateAddressError, match="redirects to an address that is not public"):
        get(hostile.url, http.Redirects())
    assert not private.requests
    assert get(hostile.url, http.Redirects(to_private=True)) == 200


def test_nor_by_a_name_that_has_one(hostile: HostileS3, private: HostileS3, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = http_socket_getaddrinfo(monkeypatch)
    resolve["planted.example"] = "127.0.0.2"
    redirect_to(hostile, private.url.replace("127.0.0.2", "planted.example"))
    with pytest.raises(peers.PrivateAddressError):
        get(hostile.url, http.Redirects())
    assert not private.requests


def http_socket_getaddrinfo(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Resolve the names of the returned dictionary to its addresses."""
    import socket

    names: dict[str, str] = {}
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: real(names.get(host, host), *more, **named))
    return names


def test_nor_over_a_connection_that_is_kept(
    hostile: HostileS3, private: HostileS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = http_socket_getaddrinfo(monkeypatch)
    resolve["planted.example"] = "127.0.0.2"
    url = private.url.replace("127.0.0.2", "planted.example")
    assert get(url, http.Redirects()) == 200  # the administrator's own address may be anything
    redirect_to(hostile, url)
    with pytest.raises(peers.PrivateAddressError):
        get(hostile.url, http.Redirects())
    assert len(private.requests) == 1


def test_a_private_server_may_redirect_to_another(hostile: HostileS3, private: HostileS3) -> None:
    hostile.put("/there", b"fine")
    private.always(Reply(302, headers={"Location": f"{hostile.url}/there"}))
    assert get(private.url, http.Redirects()) == 200


@pytest.mark.parametrize("redirects", [None, http.Redirects(same_site=True), http.Redirects()], ids=str)
def test_a_server_writes_no_control_characters_into_a_message(
    hostile: HostileS3, redirects: http.Redirects | None
) -> None:
    hostile.always(Reply(302, headers={"Location": "http://a\x1bc.\x9b2J.example:0/"}))
    with pytest.raises(http.FetchError) as caught:
        get(hostile.url, redirects)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("location", "is_same"),
    [
        ("http://www.127.0.0.1.example/", False),
        ("http://127.0.0.2/", False),
        ("//127.0.0.2/", False),
        ("/there", True),
        ("there?a=b", True),
    ],
)
def test_the_same_site_is_the_same_host(hostile: HostileS3, location: str, is_same: bool) -> None:
    hostile.put("/there", b"fine")
    redirect_to(hostile, location)
    if is_same:
        assert get(hostile.url, http.Redirects(same_site=True)) == 200
    else:
        with pytest.raises(http.OtherSiteError):
            get(hostile.url, http.Redirects(same_site=True))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("http://example.com", "https://www.example.com/a", True),
        ("https://www.example.com", "https://EXAMPLE.com./", True),
        ("https://example.com", "https://example.com.evil.example/", False),
        ("https://a.example.com", "https://b.example.com", False),
        ("https://example.com", "https://example.com@evil.example/", False),
    ],
)
def test_with_and_without_www_is_the_same_site(one: str, other: str, is_same: bool) -> None:
    assert (http.site_of(one) == http.site_of(other)) is is_same
