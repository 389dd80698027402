# SPDX-License-Identifier: MIT
"""Sites as create-next-app makes them, with the parts in them as a newcomer puts them there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from elytra_status.documents import render_all
from elytra_status.documents.facts import Publication
from elytra_status.settings.definitions.publishing import DOCUMENTS
from tests.conftest import wait_until
from tests.published import realistic
from tests.serving.servers import nginx_command, running

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "web/examples"
NGINX_EXAMPLE, VERCEL_EXAMPLE = EXAMPLES / "nginx.conf", EXAMPLES / "vercel.json"
SECRET = "revalidation-secret-of-a-test"
WARNING = re.compile(r"\b(warn|warning|deprecat\w*)\b|⚠", re.IGNORECASE)
OF_THE_MACHINE = ("Slow filesystem", "No build cache found")

# A page with the section for a home page.
SECTION = """import {{ PlatformStatusSection }} from "{module}";

export default function About() {{
  return (
    <main>
      <PlatformStatusSection heading="Watched all the time">
        <p>See for yourself.</p>
      </PlatformStatusSection>
    </main>
  );
}}
"""

# The names of the guides, and the earlier names beside them. The build of the site checks their types.
NAMES = """import {{
  fetchPlatformStatus,
  fetchStatus,
  type PlatformStatus,
  type PlatformStatusResult,
  type Status,
  type StatusResult,
}} from "{module}";

type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;

export const isSame: [Same<Status, PlatformStatus>, Same<PlatformStatusResult["data"], Status>] = [true, true];
export const byGuide: () => Promise<PlatformStatusResult> = fetchPlatformStatus;
export const earlier: () => Promise<StatusResult> = fetchStatus;
"""


@dataclass(frozen=True)
class Kind:
    """How a site is made: `version` of create-next-app, with Tailwind or not, and the parts installed or copied.

    `cache_components` None leaves that as create-next-app sets it.
    """

    version: str
    tailwind: bool
    copied: bool
    cache_components: bool | None = None

    @property
    def name(self) -> str:
        """A word for the test and its directory."""
        words = [
            f"next-{self.version}",
            "tailwind" if self.tailwind else "plain",
            "copied" if self.copied else "installed",
        ]
        if self.cache_components is not None:
            words.append(f"cache-components-{'on' if self.cache_components else 'off'}")
        return "-".join(words)

    @property
    def module(self) -> str:
        """Where the site imports the parts from."""
        return "@/components/platform-status" if self.copied else "elytra-status-next"


def warnings_in(output: str) -> list[str]:
    """Return the lines of a build that warn of more than the machine: a slow disk, or CI without a cache."""
    warnings = filter(WARNING.search, output.splitlines())
    return [line for line in warnings if not any(words in line for words in OF_THE_MACHINE)]


class StatusServer:
    """A web server for a publication, which may answer slowly."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.delay_seconds = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, owner=self, directory=str(directory)))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/status.json"

    def publish(self, publication: Publication) -> None:
        """Serve the documents of a publication."""
        for document in render_all(publication, DOCUMENTS):
            path = self.directory / document.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(document.body)

    def publish_now(self) -> None:
        """Publish a realistic status of now. A build on a busy machine may take longer than a status is valid."""
        self.publish(replace(realistic(), now=now()))

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, owner: StatusServer, **options: Any) -> None:
        self.owner = owner
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        time.sleep(self.owner.delay_seconds)
        super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class FreshSite:
    """A site in a directory of its own."""

    def __init__(self, kind: Kind, directory: Path, status_url: str) -> None:
        self.kind = kind
        self.directory = directory / kind.name
        self.status_url = status_url
        self.environment = {
            **os.environ,
            "NEXT_TELEMETRY_DISABLED": "1",
            "NEXT_PUBLIC_STATUS_JSON_URL": status_url,
            "STATUS_REVALIDATE_SECRET": SECRET,
            # What the layout of create-next-app fetches from Google.
            "NEXT_FONT_GOOGLE_MOCKED_RESPONSES": str(HERE / "google_fonts.cjs"),
        }

    def make(self, package: Path) -> None:
        """Make the site and put the parts into it, as the README says."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        options = ["--ts", "--eslint", "--app", "--no-src-dir", "--use-npm", "--disable-git", "--skip-install", "--yes"]
        options += ["--tailwind" if self.kind.tailwind else "--no-tailwind", "--import-alias", "@/*"]
        maker = f"create-next-app@{self.kind.version}"
        self._call("npx", "--yes", maker, self.directory.name, *options, at=self.directory.parent)
        quiet = ("--no-audit", "--no-fund", "--loglevel", "error")
        if self.kind.copied:
            self._call("npm", "install", *quiet)
            self.copy_sources(package)
        else:
            self._call("npm", "install", *quiet, str(package))
            for route in ("app/status/page.tsx", "app/api/revalidate/route.ts"):
                self.write(route, (self.directory / "node_modules/elytra-status-next/templates" / route).read_text())
        self._show_the_card()
        self.write("app/about/page.tsx", SECTION.format(module=self.kind.module))
        self.write("app/names.ts", NAMES.format(module=self.kind.module))
        self._configure()

    def copy_sources(self, package: Path) -> None:
        """Copy the sources into the site, whose own files stay as they are."""
        self._call("npx", "--yes", "--package", str(package), "elytra-status-next", "copy")

    def write(self, path: str, text: str) -> None:
        """Write a file of the site."""
        target = self.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def _show_the_card(self) -> None:
        """Put card and badge into the home page as create-next-app makes it, with its pictures and fonts."""
        home = (self.directory / "app/page.tsx").read_text()
        imports = f'import {{ PlatformStatusBadge, PlatformStatusCard }} from "{self.kind.module}";\n'
        home, count = re.subn(r"(<main[^>]*>)", r"\1<PlatformStatusCard /><PlatformStatusBadge />", home, count=1)
        assert count == 1
        self.write("app/page.tsx", imports + home)

    def _configure(self) -> None:
        """Merge the headers into the configuration as it is."""
        config = (self.directory / "next.config.ts").read_text()
        module = "./components/platform-status/headers" if self.kind.copied else "elytra-status-next/headers"
        opening = "const nextConfig: NextConfig = {"
        assert opening in config
        headers = '\n  headers: async () => [{ source: "/:path*", headers: securityHeaders() }],'
        config = config.replace(opening, opening + headers)
        if self.kind.cache_components is None:
            assert ("cacheComponents: true" in config) == (self.kind.version == "latest"), config
        else:
            config = re.sub(r"\n  (cacheComponents|partialPrefetching): \w+,", "", config)
            config = config.replace(
                opening, f"{opening}\n  cacheComponents: {str(self.kind.cache_components).lower()},"
            )
        self.write("next.config.ts", f'import {{ securityHeaders }} from "{module}";\n{config}')

    def export(self) -> None:
        """Make it a static export, which has neither routes nor pages that are rendered for each request.

        Next.js 16 exports no site with cacheComponents: "PPR cannot be enabled in export mode".
        """
        config = (self.directory / "next.config.ts").read_text()
        config = re.sub(r"\n  headers: .*", '\n  output: "export",\n  images: { unoptimized: true },', config)
        config = re.sub(r"\n  (cacheComponents|partialPrefetching): \w+,", "", config)
        self.write("next.config.ts", re.sub(r"import \{ securityHeaders.*\n", "", config))
        (self.directory / "app/api/revalidate/route.ts").unlink()
        page = (self.directory / "app/status/page.tsx").read_text()
        assert " perRequest" in page
        self.write("app/status/page.tsx", page.replace(" perRequest", ""))

    def build(self) -> str:
        """Build it, and return what was said."""
        return self._call("npm", "run", "build")

    def lint(self) -> str:
        """Check it as create-next-app sets that up, where a warning is a failure."""
        return self._call("npm", "run", "lint", "--", "--max-warnings", "0")

    def _call(self, *command: str, at: Path | None = None) -> str:
        done = subprocess.run(
            command, cwd=at or self.directory, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}"
        return done.stdout

    @contextmanager
    def serve(self, port: int) -> Iterator[str]:
        """Serve what was built, and give its address."""
        log = self.directory / "server.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                ["node_modules/.bin/next", "start", "--hostname", "127.0.0.1", "--port", str(port)],
                cwd=self.directory, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                wait_until(lambda: server.poll() is not None or "Ready" in log.read_text(), seconds=120)
                assert server.poll() is None, log.read_text()
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait(10)


@contextmanager
def serve_directory(directory: Path, headers: Callable[[str], Mapping[str, str]] = lambda _: {}) -> Iterator[str]:
    """Serve static files, with the page of a path in PATH.html as Next.js exports it; give the address.

    `headers` returns the headers of a path, besides those of every server.
    """

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            found = Path(super().translate_path(path))
            return str(found if found.is_file() or found == directory else found.with_suffix(".html"))

        def end_headers(self) -> None:
            for name, value in headers(self.path).items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def serve_by_nginx(directory: Path, status_url: str) -> Iterator[str]:
    """Serve an exported site as the example for nginx does, and give its address."""

    def command(scratch: Path, port: int) -> list[str]:
        shutil.copytree(directory, scratch / "public")
        origin = status_url.removesuffix("/status.json")
        changes = {
            "listen 80;": f"listen 127.0.0.1:{port};",
            "root /srv/www;": f"root {scratch}/public;",
            "https://status.example.com": origin,
        }
        return nginx_command(scratch, NGINX_EXAMPLE, changes)

    with running(command) as site:
        yield site.url


@contextmanager
def serve_as_vercel(directory: Path, status_url: str) -> Iterator[str]:
    """Serve an exported site with the headers of the example for Vercel, and give its address.

    A rule's source is a pattern of a whole path, of which the example uses only what regular expressions have too.
    """
    text = VERCEL_EXAMPLE.read_text().replace("https://status.example.com", status_url.removesuffix("/status.json"))
    rules = json.loads(text)["headers"]

    def headers(path: str) -> dict[str, str]:
        matching = [rule["headers"] for rule in rules if re.fullmatch(rule["source"], path.partition("?")[0])]
        return {header["key"]: header["value"] for rule in matching for header in rule}

    with serve_directory(directory, headers) as address:
        yield address


def now() -> datetime:
    """The time in whole seconds, as publications have it."""
    return datetime.now(UTC).replace(microsecond=0)
