# SPDX-License-Identifier: MIT
"""One POST of JSON over HTTP, for the channels that are web services."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from elytra_status import web
from elytra_status.alerts.channel import AlertError
from elytra_status.errors import SourceError

SECONDS = 15.0
# No answer of use is larger.
LARGEST_ANSWER = 64 * 1024


def post_json(url: str, value: Any, headers: Mapping[str, str], ca_bundle: str | None) -> web.Answer:
    """Return the answer to a POST, whatever its status. Raise AlertError where none comes.

    Redirects are not followed, as the headers may hold a key.
    """
    import requests

    host = urlsplit(url).netloc
    try:
        with (
            web.open_session(ca_bundle) as session,
            session.post(
                url,
                json=value,
                headers=dict(headers),
                timeout=SECONDS,
                stream=True,
                allow_redirects=False,
                # Said again here, as the environment (REQUESTS_CA_BUNDLE) would go before the session.
                verify=session.verify,
            ) as response,
        ):
            body = response.raw.read(LARGEST_ANSWER, decode_content=True)
            lower = {name.lower(): text for name, text in response.headers.items()}
            return web.Answer(response.status_code, lower, body)
    except SourceError as error:
        raise AlertError(error.problem, error.remedy, permanent=True) from None
    except requests.exceptions.SSLError:
        raise AlertError(
            f"the certificate of {host} does not verify",
            "is a proxy between, or an authority of your own? then name its file in CA_BUNDLE",
            permanent=True,
        ) from None
    except requests.exceptions.Timeout:
        raise AlertError(
            f"{host} gave no answer within {SECONDS:.0f} s", "is a firewall open?", permanent=False
        ) from None
    except requests.exceptions.ConnectionError:
        raise AlertError(
            f"{host} cannot be reached", "does DNS answer, and is a firewall open?", permanent=False
        ) from None
    except Exception as error:
        raise AlertError(f"{host} cannot be asked: {type(error).__name__}", permanent=False) from None


def seconds_to_wait(answer: web.Answer, now: float) -> float | None:
    """Return how many seconds a service asks to wait: Retry-After, or the end of its period; None if it does not."""
    for header, start in (("retry-after", 0.0), ("x-ratelimit-reset", now)):
        try:
            seconds = float(answer.headers[header]) - start
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None
