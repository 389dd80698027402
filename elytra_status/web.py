# SPDX-License-Identifier: MIT
"""One GET over HTTP, with a cap on size and time, and errors that say what to do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from elytra_status import __version__
from elytra_status.errors import SourceError

if TYPE_CHECKING:
    import requests

USER_AGENT = f"elytra-status/{__version__}"
CONNECT_SECONDS = 10
# No answer of use is larger: 10,000 monitors make 4 MB of metrics, 9,000 make 60 MB of beats.
LARGEST_ANSWER = 64 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def open_session(ca_bundle: str | None = None) -> requests.Session:
    """Return a session that trusts `ca_bundle` (or the system's certificates) and sends no key of its own."""
    import requests

    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    if ca_bundle:
        session.verify = ca_bundle
    # Without this a key from ~/.netrc would be sent.
    session.auth = lambda request: request
    return session


def get(
    session: requests.Session,
    url: str,
    *,
    seconds: float,
    password: str | None = None,
    headers: Mapping[str, str] | None = None,
    follow_redirects: bool = False,
) -> Answer:
    """Return what a GET of `url` gives, whatever its status.

    `password` goes into HTTP basic authentication with an empty user name. Raise SourceError where no
    whole answer comes within `seconds`, where it is larger than LARGEST_ANSWER, or where it redirects
    and `follow_redirects` is not set.
    """
    import requests

    ends = time.monotonic() + seconds
    host = urlsplit(url).netloc
    try:
        with session.get(
            url,
            timeout=(min(CONNECT_SECONDS, seconds), seconds),
            stream=True,
            allow_redirects=follow_redirects,
            headers=dict(headers or {}),
            auth=("", password) if password is not None else None,
            # Given here, because REQUESTS_CA_BUNDLE of the environment would win over the session.
            verify=None if session.verify is True else session.verify,
        ) as response:
            if response.is_redirect:
                target = urlsplit(response.headers["Location"])
                where = f"{target.scheme}://{target.netloc}" if target.netloc else "another path"
                raise SourceError(
                    f"{host} redirects to {where}", "set the address it redirects to; keys are not sent on"
                )
            body = _read(response, ends, host)
            lower = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, lower, body)
    except requests.exceptions.SSLError:
        raise SourceError(
            f"the certificate of {host} does not verify",
            "renew it, correct the host name, or name the authority's file in CA_BUNDLE",
        ) from None
    except requests.exceptions.ConnectTimeout:
        raise SourceError(
            f"{host} does not accept a connection", "is its address right, and a firewall open?"
        ) from None
    except requests.exceptions.Timeout:
        raise SourceError(f"{host} gave no answer within {seconds:.0f} s", "is it overloaded or stuck?") from None
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        raise SourceError(f"the answer of {host} broke off", "is it restarting, or a proxy before it?") from None
    except requests.exceptions.ConnectionError as error:
        raise SourceError(
            f"{host} cannot be reached: {_cause(error)}", "does it run, and is its address right?"
        ) from None
    except (requests.exceptions.RequestException, ValueError) as error:
        raise SourceError(f"{host} cannot be asked: {type(error).__name__}", "is its address right?") from None


def _read(response: requests.Response, ends: float, host: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(_CHUNK):
        size += len(part)
        if size > LARGEST_ANSWER:
            raise SourceError(
                f"the answer of {host} has more than {LARGEST_ANSWER // 2**20} MB",
                "does the address lead to the right place?",
            )
        if time.monotonic() > ends:
            raise SourceError(f"the answer of {host} comes too slowly", "is it overloaded, or the network?")
        parts.append(part)
    return b"".join(parts)


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a failed connection in words, without addresses of objects or URLs."""
    text = str(error).lower()
    for sign, words in (
        ("refused", "connection refused"),
        ("name or service not known", "its name is not known to DNS"),
        ("name resolution", "DNS does not answer"),
        ("no address associated", "its name is not known to DNS"),
        ("reset by peer", "connection reset"),
        ("aborted", "connection closed without an answer"),
        ("no route", "no route to it"),
        ("unreachable", "network unreachable"),
    ):
        if sign in text:
            return words
    return "no connection"
