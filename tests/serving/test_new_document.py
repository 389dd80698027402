# SPDX-License-Identifier: MIT
"""The configuration in the package for nginx and Caddy serves a new document without a change."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import requests

from tests.extension.extended import Extended, extend
from tests.serving.servers import SERVERS, site


@pytest.mark.parametrize("server", SERVERS)
def test_a_new_document_is_served_with_the_headers_of_all(server: str, tmp_path: Path) -> None:
    with site(server) as served, tempfile.TemporaryDirectory() as tree:
        extend(Path(tree))
        extended = Extended(Path(tree), tmp_path)
        extended.set({"PUBLIC_DIRECTORY": served.public})
        done = extended.run("run")
        assert done.returncode == 0, done.stderr
        answer = requests.get(f"{served.url}/almanac.json", timeout=20)
    assert answer.status_code == 200
    assert answer.json()["outlook"]
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
