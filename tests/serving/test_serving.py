# SPDX-License-Identifier: MIT
"""The published directory, served by real web servers with the configuration in the package."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from elytra_status.documents import Document, render_all
from elytra_status.documents.document import PreviewPicture
from elytra_status.publish.directory import STAMP, Directory
from elytra_status.settings import Settings
from elytra_status.settings.definitions import DOCUMENTS
from elytra_status.system.clock import SYSTEM_CLOCK
from tests.in_process import run_command
from tests.published import in_english_and_german, published
from tests.serving.servers import SERVERS, Site, site

ORIGIN = "https://www.example.com"
PICTURE = PreviewPicture(b"\x89PNG\r\n\x1a\n", "ab" * 32)
STATUS = replace(in_english_and_german(published()), preview=PICTURE)
EVERY = [document for document in render_all(STATUS, DOCUMENTS) if not document.local]
# As the comments in the examples say.
FOR_SOME = {
    "nginx": {'default "*";': 'default "";', f'# "{ORIGIN}"': f'"{ORIGIN}"'},
    "caddy": {
        "header Access-Control-Allow-Origin *\n": "",
        "# @readers": "@readers",
        "# header @readers": "header @readers",
        "# header +Vary": "header +Vary",
    },
}

Make = Callable[..., Settings]


@pytest.fixture(params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path: Path, make_settings: Make) -> Iterator[Site]:
    """A web server and the documents in its directory."""
    with site(request.param) as made:
        make_settings(PUBLIC_DIRECTORY=made.public, STATUS_URL=f"{made.url}/status.json")
        assert run_command(tmp_path, "run") == 0
        # Documents of incidents and components, which this run does not have.
        for document in EVERY:
            path = made.public / document.name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(document.body)
        yield made


def get(served: Site, name: str, method: str = "GET", **headers: str) -> requests.Response:
    """Request like a browser that does not accept gzip, unless `headers` say otherwise."""
    asked = {"Accept-Encoding": "identity", "Origin": ORIGIN} | {key.replace("_", "-"): headers[key] for key in headers}
    return requests.request(method, f"{served.url}/{name}", headers=asked, timeout=20, allow_redirects=False)


def test_every_document_is_served_as_it_is_in_a_bucket(served: Site) -> None:
    for document in EVERY:
        answer = get(served, document.name)
        assert answer.status_code == 200, document.name
        assert answer.content == (served.public / document.name).read_bytes()
        # Caddy adds UTF-8 to the type of scripts too.
        assert answer.headers["Content-Type"] in (document.content_type, f"{document.content_type}; charset=utf-8")
        assert answer.headers["Cache-Control"] == document.cache_control
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_pages_of_a_language_are_in_folders_that_show_their_index(served: Site) -> None:
    for folder in ("de", "de/incidents", "incidents"):
        page = (served.public / folder / "index.html").read_bytes()
        answer = get(served, f"{folder}/", Accept_Encoding="gzip")
        assert (answer.status_code, answer.content) == (200, page)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert answer.headers["X-Frame-Options"] == "DENY"
        without_slash = get(served, folder)
        assert without_slash.status_code in (301, 308)
        assert without_slash.headers["Location"].endswith(f"/{folder}/")
        assert get(served, f"{folder}/nothing.html").status_code == 404
    assert get(served, "fr/").status_code == get(served, "fr/index.html").status_code == 404


def test_our_own_checks_find_nothing_to_say(served: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(tmp_path, "check-freshness") == 0
    capsys.readouterr()
    run_command(tmp_path, "doctor", "--json")
    found = json.loads(capsys.readouterr().out)["findings"]
    (address,) = (one for one in found if one["area"] == "public address")
    assert address["level"] == "ok"
    assert address["seen"].endswith("with the right headers")


def test_a_file_of_which_the_browser_has_a_copy_is_not_sent_again_until_it_changes(
    served: Site, tmp_path: Path
) -> None:
    for encoding in ("identity", "gzip"):
        for name in ("status.json", "history.json"):
            tag = get(served, name, Accept_Encoding=encoding).headers["ETag"]
            again = get(served, name, Accept_Encoding=encoding, If_None_Match=tag)
            assert (again.status_code, again.content) == (304, b"")
            # The browser uses these for its copy.
            assert again.headers["Cache-Control"] == "public, max-age=300"
            assert again.headers["Access-Control-Allow-Origin"] == "*"
    changed = b'{"another": "document"}'
    Directory(served.public, SYSTEM_CLOCK).write(Document("status.json", changed, "", "", frozenset()))
    assert get(served, "status.json", If_None_Match=tag).content == changed


def test_what_is_worth_it_is_compressed(served: Site) -> None:
    for document in EVERY:
        answer = get(served, document.name, Accept_Encoding="gzip")
        body = (served.public / document.name).read_bytes()
        assert answer.content == body
        if len(body) > 600:
            assert answer.headers["Content-Encoding"] == "gzip", document.name
            assert "Accept-Encoding" in answer.headers["Vary"]


def test_nothing_can_be_done_but_to_read(served: Site) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert get(served, "status.json", method).status_code == 405
        assert get(served, "new.json", method).status_code in (404, 405)
    assert get(served, "status.json", "HEAD").status_code == 200
    assert not (served.public / "new.json").exists()


def test_nothing_is_shown_but_what_is_published(served: Site) -> None:
    half_written = served.public / ".status.json.0123"
    half_written.write_text("{")
    (served.public.parent / "history.sqlite").write_text("names of monitors")
    assert (served.public / STAMP).exists()
    hidden = (half_written.name, STAMP)
    for name in (*hidden, "api/", "api/v2/", "../history.sqlite", "%2e%2e/history.sqlite", "nothing.json"):
        answer = requests.Request("GET", served.url).prepare()
        # requests would remove the dots itself.
        answer.url = f"{served.url}/{name}"
        with requests.Session() as session:
            found = session.send(answer, timeout=20)
        assert found.status_code in (400, 403, 404), name
        assert "Cache-Control" not in found.headers
        assert b"summary.json" not in found.content


def test_a_page_is_shown_in_no_frame_and_is_what_the_address_alone_gives(served: Site) -> None:
    (served.public / "index.html").write_text("<!DOCTYPE html><title>Status</title>")
    answer = get(served, "")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("server", SERVERS)
def test_pages_of_some_sites_alone_can_be_let_read_it(
    server: str, tmp_path: Path, make_settings: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    with site(server, FOR_SOME[server]) as made:
        make_settings(PUBLIC_DIRECTORY=made.public, STATUS_URL=f"{made.url}/status.json", CORS_ORIGINS=ORIGIN)
        assert run_command(tmp_path, "run") == 0
        answer = get(made, "status.json")
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in answer.headers["Vary"]
        other = get(made, "status.json", Origin="https://www.example.org")
        assert other.status_code == 200
        assert "Access-Control-Allow-Origin" not in other.headers
        assert "Origin" in other.headers["Vary"]
        assert run_command(tmp_path, "check-freshness") == 0
