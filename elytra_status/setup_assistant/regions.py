# SPDX-License-Identifier: MIT
"""The region of a bucket, from the name of the endpoint or from a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from elytra_status.net.libraries import load_storage
from elytra_status.net.s3_errors import expected_region

_WRONG_REGION = ("AuthorizationHeaderMalformed", "PermanentRedirect", "301", "400")
# These services have the region in the host name.
_REGION_IN_HOST = re.compile(
    r"(?:s3[.-])?(?P<region>[a-z0-9-]+)\.(?:digitaloceanspaces\.com|wasabisys\.com|backblazeb2\.com|scw\.cloud)"
    r"|s3[.-](?P<amazon>[a-z]+(?:-[a-z]+)+-[0-9])\.amazonaws\.com"
    r"|(?P<hetzner>[a-z0-9]+)\.your-objectstorage\.com"
    r"|s3\.oss-(?P<alibaba>[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com"
)


def region_of(endpoint: str) -> str:
    """Return the region in the host name of an endpoint, '' if there is none."""
    match = _REGION_IN_HOST.fullmatch(urlsplit(endpoint).hostname or "")
    return next((name for name in match.groups() if name), "") if match else ""


class WrongRegionError(Exception):
    """The storage names another region than the request was signed for."""

    def __init__(self, region: str) -> None:
        super().__init__(region)
        self.region = region


@contextmanager
def refusals_named(signed_for: str) -> Iterator[None]:
    """Raise WrongRegionError if a refusal names another region.

    It is compared with the region that the request was signed for.
    """
    load_storage()
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        region = expected_region(error)
        if error.response.get("Error", {}).get("Code") in _WRONG_REGION and region not in ("", signed_for):
            raise WrongRegionError(region) from None
        raise
